"""Lists of topics: filters, orders, pages, boards, and how many questions they cost."""

import pytest

from helpdesk.core.actor import VISITOR
from kb.forum import actions, moderation, queries
from kb.forum.queries import POSTS_A_PAGE, TOPICS_A_PAGE
from tests.counting import counted
from tests.factories import Desk
from tests.kb_forum import asked, board, question


async def _titles(**wanted: object) -> list[str]:
    return [line.title for line in (await queries.topics(VISITOR, "en", **wanted)).items]  # type: ignore[arg-type]


async def test_topics_are_filtered_by_what_has_become_of_them(desk: Desk) -> None:
    lan, minh, place = await desk.customer("Lan"), await desk.agent("Minh"), await board()
    fresh, answered, solved, locked = [
        await actions.start(lan, question(place, title))
        for title in ("Fresh one", "Answered", "Solved it", "Locked up")
    ]
    await actions.start(minh, question(await board("Tin", "News", staff_only=True), "Version 5 is out"))
    await actions.post(minh, answered, "Perhaps.")
    await actions.accept(lan, await actions.post(minh, solved, "Like this."))
    await moderation.lock(minh, locked)

    assert set(await _titles(state="all")) == {"Fresh one", "Answered", "Solved it", "Locked up", "Version 5 is out"}
    assert set(await _titles(state="open")) == {"Fresh one", "Answered"}
    assert await _titles(state="unanswered") == ["Fresh one"]
    assert await _titles(state="solved") == ["Solved it"]
    assert await queries.unanswered(VISITOR) == 1
    assert fresh


async def test_topics_stand_by_activity_age_or_votes(desk: Desk) -> None:
    lan, huy, place = await desk.customer("Lan"), await desk.customer("Huy"), await board()
    ids = []
    for title in ("First asked", "Second asked", "Third asked"):
        ids.append(await actions.start(lan, question(place, title)))
        desk.clock.go(minutes=1)
    await actions.post(huy, ids[0], "An answer")
    await actions.vote(huy, (await queries.question(ids[1])).id)

    assert await _titles() == ["First asked", "Third asked", "Second asked"]
    assert await _titles(sort="newest") == ["Third asked", "Second asked", "First asked"]
    assert await _titles(sort="votes") == ["Second asked", "Third asked", "First asked"]


@pytest.mark.parametrize("sort", ["active", "newest", "votes"])
async def test_pages_show_every_topic_once(desk: Desk, sort: str) -> None:
    lan, place = await desk.customer("Lan"), await board()
    titles = [f"Topic number {n:02}" for n in range(TOPICS_A_PAGE + 5)]
    for title in titles:
        await actions.start(lan, question(place, title))

    first = await queries.topics(VISITOR, "en", board=place, sort=sort)
    second = await queries.topics(VISITOR, "en", board=place, sort=sort, after=first.next)

    assert (len(first.items), len(second.items), second.next) == (TOPICS_A_PAGE, 5, None)
    assert sorted(line.title for line in [*first.items, *second.items]) == titles


@pytest.mark.parametrize("key", ["nonsense", "WyJ4IiwxXQ", "WyIyMDI2LTAxLTAxIiwxXQ", "W10", "WzFd"])
async def test_a_key_that_is_not_ours_shows_the_beginning(desk: Desk, key: str) -> None:
    topic = await asked(await desk.customer("Lan"))

    assert len(await _titles(after=key)) == 1
    assert (await queries.thread(VISITOR, topic, "en", "WyJ4Il0")).is_first


async def test_pinned_topics_stand_first_in_their_board_on_the_first_page_only(desk: Desk) -> None:
    lan, minh, place = await desk.customer("Lan"), await desk.agent("Minh"), await board()
    rules = await actions.start(lan, question(place, "Read this first"))
    await moderation.pin(minh, rules)
    for n in range(TOPICS_A_PAGE + 1):
        desk.clock.go(minutes=1)
        await actions.start(lan, question(place, f"Topic number {n:02}"))

    first = await queries.topics(VISITOR, "en", board=place)
    second = await queries.topics(VISITOR, "en", board=place, after=first.next)

    assert first.items[0].title == "Read this first"
    assert (len(first.items), len(second.items)) == (TOPICS_A_PAGE + 1, 1)


async def test_boards_tell_what_moved_last(desk: Desk) -> None:
    lan, huy = await desk.customer("Lan"), await desk.customer("Huy")
    asking, empty = await board(), await board("Góp ý", "Ideas")
    old = await actions.start(lan, question(asking, "An old topic"))
    desk.clock.go(days=1)
    await actions.start(lan, question(asking, "A new topic"))
    desk.clock.go(days=1)
    await actions.post(huy, old, "Still true.")

    first, second = await queries.boards(VISITOR, "vi")

    assert (first.name, first.count, second.id, second.count, second.last) == ("Hỏi đáp", 2, empty, 0, None)
    assert first.last is not None
    assert (first.last.title, first.last.author_name) == ("An old topic", "Huy")


async def test_a_long_topic_comes_in_pages_and_every_post_knows_its_place(desk: Desk) -> None:
    lan, minh = await desk.customer("Lan"), await desk.agent("Minh")
    topic = await asked(lan)
    posts = [await actions.post(minh, topic, f"Reply number {n}") for n in range(2 * POSTS_A_PAGE + 3)]
    await actions.accept(lan, posts[-1])

    first = await queries.thread(VISITOR, topic, "en")
    second = await queries.thread(VISITOR, topic, "en", first.next)
    third = await queries.thread(VISITOR, topic, "en", second.next)

    assert [len(page.posts) for page in (first, second, third)] == [POSTS_A_PAGE, POSTS_A_PAGE, 4]
    assert [post.id for page in (first, second, third) for post in page.posts][1:] == posts
    assert first.answer is not None
    assert (first.answer.id, first.previous, third.next) == (posts[-1], None, None)
    assert second.previous == ""
    assert third.previous == first.next
    path = first.topic.path
    assert await queries.place(VISITOR, posts[0]) == f"{path}#post-{posts[0]}"
    assert await queries.place(VISITOR, posts[POSTS_A_PAGE - 2]) == f"{path}#post-{posts[POSTS_A_PAGE - 2]}"
    for number in (POSTS_A_PAGE - 1, POSTS_A_PAGE):
        assert await queries.place(VISITOR, posts[number]) == f"{path}?after={first.next}#post-{posts[number]}"
    assert await queries.place(VISITOR, posts[-1]) == f"{path}?after={second.next}#post-{posts[-1]}"


async def test_longer_pages_ask_the_database_no_more(desk: Desk) -> None:
    lan, minh, place = await desk.customer("Lan"), await desk.agent("Minh"), await board()
    topic = await actions.start(lan, question(place))

    async def cost() -> list[int]:
        costs = []
        for reading in (
            queries.boards(lan, "en"),
            queries.topics(lan, "en", board=place),
            queries.thread(lan, topic, "en"),
        ):
            with counted() as asked:
                await reading
            costs.append(len(asked))
        return costs

    alone = await cost()
    for n in range(5):
        await actions.start(lan, question(place, f"Topic number {n}"))
        await actions.post(minh, topic, f"Reply number {n}")
    await board("Góp ý", "Ideas")

    assert await cost() == alone
    assert alone == [3, 2, 4]


async def test_a_title_is_found_by_its_words_with_or_without_accents(desk: Desk) -> None:
    lan = await desk.customer("Lan")
    topic = await asked(lan, "Tồn kho bị âm sau khi trả hàng")

    assert await queries.titled(VISITOR, "ton kho am", 5) == [topic]
    assert await queries.titled(VISITOR, "Tồn  KHO", 5) == [topic]
    assert await queries.titled(VISITOR, "tồn quỹ", 5) == []
    assert await queries.titled(VISITOR, "%_", 5) == []
