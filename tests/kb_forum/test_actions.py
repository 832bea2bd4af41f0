"""Asking, answering, saying what helped: and who may."""

import asyncio

import pytest

from helpdesk.core.actor import SYSTEM, VISITOR, Actor
from helpdesk.core.errors import Conflict, Forbidden, Invalid, NotFound
from helpdesk.events.tables import EventRow
from kb.forum import actions, moderation, queries
from tests.factories import Desk
from tests.kb_forum import asked, board, now_of, question


async def test_a_question_stands_in_its_board_for_everybody_to_read(desk: Desk) -> None:
    lan, place = await desk.customer("Lan"), await board()

    topic = await actions.start(lan, question(place))

    thread = await queries.thread(VISITOR, topic, "en")
    assert (thread.topic.title, thread.topic.board_name) == ("Hai máy in trên một quầy", "Questions")
    assert (thread.topic.slug, thread.topic.lang, thread.topic.replies) == ("hai-may-in-tren-mot-quay", "vi", 0)
    assert [(post.author_name, post.is_question) for post in thread.posts] == [("Lan", True)]
    assert thread.posts[0].html == "<p>Máy in bếp và máy in quầy cùng một lúc, có được không?</p>"


async def test_an_answer_makes_the_topic_newer_and_counts(desk: Desk) -> None:
    lan, huy = await desk.customer("Lan"), await desk.customer("Huy")
    topic = await asked(lan)
    desk.clock.go(hours=3)

    await actions.post(huy, topic, "Được chứ.")

    after = await now_of(topic)
    assert (after.replies, after.active_at) == (1, desk.clock.moment)
    assert (await queries.boards(VISITOR, "en"))[0].last.author_name == "Huy"  # type: ignore[union-attr]


async def test_of_topics_that_moved_at_once_a_board_names_the_newest(desk: Desk) -> None:
    lan, place = await desk.customer("Lan"), await board()
    first = await actions.start(lan, question(place, "Máy in nào hợp với quầy nhỏ?"))
    await actions.start(lan, question(place, "Giấy in mua ở đâu?"))
    await actions.readings.saw(first)  # PostgreSQL then keeps the older one behind the newer
    await actions.readings.write()

    assert (await queries.boards(VISITOR, "en"))[0].last.title == "Giấy in mua ở đâu?"  # type: ignore[union-attr]


async def test_visitors_write_nothing(desk: Desk) -> None:
    topic = await asked(await desk.customer("Lan"))
    first = (await queries.question(topic)).id
    guest = Actor(id=1, name="Guest", only_ticket=7)

    for nobody in (VISITOR, guest, SYSTEM):
        for attempt in (
            actions.start(nobody, question(await board())),
            actions.post(nobody, topic, "Hello there"),
            actions.vote(nobody, first),
        ):
            with pytest.raises(Forbidden):
                await attempt
    with pytest.raises(Forbidden):
        await actions.edit(VISITOR, first, "Something else")

    assert (await now_of(topic)).replies == 0


async def test_customers_start_nothing_where_only_staff_announce_but_may_reply(desk: Desk) -> None:
    lan, minh = await desk.customer("Lan"), await desk.agent("Minh")
    news = await board("Thông báo", "News", staff_only=True)

    with pytest.raises(Forbidden):
        await actions.start(lan, question(news))
    topic = await actions.start(minh, question(news, "Bản 4.12 đã có"))
    await actions.post(lan, topic, "Cảm ơn nhiều!")

    assert (await now_of(topic)).replies == 1


async def test_a_board_that_is_not_there_is_said_at_its_field(desk: Desk) -> None:
    with pytest.raises(Invalid) as refusal:
        await actions.start(await desk.customer("Lan"), question(999_999))

    assert list(refusal.value.errors) == ["board"]


async def test_words_that_cannot_be_read_are_no_answer(desk: Desk) -> None:
    lan = await desk.customer("Lan")
    topic = await asked(lan)

    with pytest.raises(Invalid):
        await actions.post(lan, topic, "[](https://spam.example/)")

    assert (await now_of(topic)).replies == 0


async def test_what_people_write_is_made_safe_and_their_links_are_not_vouched_for(desk: Desk) -> None:
    lan = await desk.customer("Lan")
    topic = await asked(
        lan, body="<script>alert(1)</script> [here](https://shop.example/) <img src=x onerror=alert(1)>"
    )

    html = (await queries.question(topic)).html

    assert "<script" not in html
    assert "<img" not in html
    assert '<a href="https://shop.example/" rel="nofollow noopener ugc">here</a>' in html


async def test_own_words_can_be_changed_for_a_day(desk: Desk) -> None:
    lan = await desk.customer("Lan")
    topic = await asked(lan)
    first = (await queries.question(topic)).id
    desk.clock.go(hours=23)

    await actions.edit(lan, first, "Hai máy in **LAN**.", title="Hai máy in LAN trên một quầy")

    after = await queries.question(topic)
    assert (after.html, after.edited_at) == ("<p>Hai máy in <strong>LAN</strong>.</p>", desk.clock.moment)
    assert (await now_of(topic)).slug == "hai-may-in-lan-tren-mot-quay"
    desk.clock.go(hours=1)
    with pytest.raises(Forbidden):
        await actions.edit(lan, first, "Chuyện khác")


async def test_nobody_changes_what_others_wrote_but_moderators(desk: Desk) -> None:
    lan, huy, minh = await desk.customer("Lan"), await desk.customer("Huy"), await desk.agent("Minh")
    topic = await asked(lan)
    first = (await queries.question(topic)).id

    with pytest.raises(Forbidden):
        await actions.edit(huy, first, "Huy was here")
    desk.clock.go(days=30)
    await actions.edit(minh, first, "Số điện thoại đã được xoá.")

    assert (await queries.question(topic)).text == "Số điện thoại đã được xoá."


async def test_the_asker_and_moderators_say_what_helped_and_nobody_else(desk: Desk) -> None:
    lan, huy, minh = await desk.customer("Lan"), await desk.customer("Huy"), await desk.agent("Minh")
    topic = await asked(lan)
    answer, other = await actions.post(huy, topic, "Được chứ."), await actions.post(minh, topic, "Từ bản 4.12.")

    with pytest.raises(Forbidden):
        await actions.accept(huy, answer)
    await actions.accept(lan, answer)
    assert (await now_of(topic)).answer == answer
    await actions.accept(minh, other)
    assert (await now_of(topic)).answer == other
    await actions.take_back(lan, other)
    assert (await now_of(topic)).answer is None


async def test_a_question_is_no_answer_to_itself(desk: Desk) -> None:
    lan = await desk.customer("Lan")
    first = (await queries.question(await asked(lan))).id

    with pytest.raises(Conflict):
        await actions.accept(lan, first)


async def test_taking_back_another_post_leaves_the_answer(desk: Desk) -> None:
    lan = await desk.customer("Lan")
    topic = await asked(lan)
    answer, other = await actions.post(lan, topic, "Tự tìm ra rồi."), await actions.post(lan, topic, "Cảm ơn.")
    await actions.accept(lan, answer)

    await actions.take_back(lan, other)

    assert (await now_of(topic)).answer == answer


async def test_one_vote_a_person_and_none_for_oneself(desk: Desk) -> None:
    lan, huy, minh = await desk.customer("Lan"), await desk.customer("Huy"), await desk.agent("Minh")
    topic = await asked(lan)
    first = (await queries.question(topic)).id

    await actions.vote(huy, first)
    await actions.vote(huy, first)
    await actions.vote(minh, first)
    with pytest.raises(Forbidden):
        await actions.vote(lan, first)
    assert ((await queries.question(topic)).votes, (await now_of(topic)).votes) == (2, 2)

    await actions.unvote(huy, first)
    await actions.unvote(huy, first)
    await actions.unvote(lan, first)
    assert ((await queries.question(topic)).votes, (await now_of(topic)).votes) == (1, 1)


async def test_votes_and_answers_in_the_same_moment_all_count(desk: Desk) -> None:
    lan = await desk.customer("Lan")
    others = [await desk.customer(name) for name in ("Huy", "Mai", "Tuấn", "Yến")]
    topic = await asked(lan)
    first = (await queries.question(topic)).id

    await asyncio.gather(
        *(actions.vote(person, first) for person in others for _ in range(2)),
        *(actions.post(person, topic, "Tôi cũng vậy.") for person in others),
    )

    after = await now_of(topic)
    assert (after.votes, after.replies) == (4, 4)


async def test_what_is_hidden_only_moderators_see_and_touch(desk: Desk) -> None:
    lan, minh = await desk.customer("Lan"), await desk.agent("Minh")
    topic = await asked(lan)
    first = (await queries.question(topic)).id

    await moderation.hide(minh, topic)

    assert (await queries.topic(minh, topic, "en")).is_hidden
    for attempt in (
        queries.thread(lan, topic, "en"),
        queries.post(lan, first),
        queries.place(VISITOR, first),
        actions.post(lan, topic, "Where is it?"),
        actions.edit(lan, first, "Other words"),
        actions.unvote(lan, first),
    ):
        with pytest.raises(NotFound):
            await attempt
    assert (await queries.topics(lan, "en")).items == []
    assert await queries.newest() == []
    assert [(card.count, card.last) for card in await queries.boards(lan, "en")] == [(0, None)]
    await moderation.show(minh, topic)
    assert len((await queries.topics(lan, "en")).items) == 1


async def test_a_hidden_post_is_gone_for_readers_and_counts_no_more(desk: Desk) -> None:
    lan, huy, minh = await desk.customer("Lan"), await desk.customer("Huy"), await desk.agent("Minh")
    topic, asked_at = await asked(lan), desk.clock.moment
    desk.clock.go(hours=1)
    spam = await actions.post(huy, topic, "Buy gold!")
    await actions.accept(minh, spam)

    await moderation.hide_post(minh, spam)

    after = await queries.thread(lan, topic, "en")
    assert (after.topic.replies, after.topic.active_at, after.topic.answer) == (0, asked_at, None)
    assert len(after.posts) == 1
    with pytest.raises(NotFound):
        await queries.post(lan, spam)
    with pytest.raises(Conflict):
        await actions.accept(minh, spam)

    await moderation.show_post(minh, spam)
    assert ((await now_of(topic)).replies, (await now_of(topic)).active_at) == (1, desk.clock.moment)


async def test_a_question_is_hidden_with_its_topic_or_not_at_all(desk: Desk) -> None:
    minh = await desk.agent("Minh")
    topic = await asked(await desk.customer("Lan"))

    with pytest.raises(Conflict):
        await moderation.hide_post(minh, (await queries.question(topic)).id)


async def test_in_a_locked_topic_only_moderators_write(desk: Desk) -> None:
    lan, minh = await desk.customer("Lan"), await desk.agent("Minh")
    topic = await asked(lan)
    await moderation.lock(minh, topic)

    with pytest.raises(Conflict):
        await actions.post(lan, topic, "One more thing")
    with pytest.raises(Forbidden):
        await actions.edit(lan, (await queries.question(topic)).id, "Other words")
    await actions.post(minh, topic, "This is settled.")
    await moderation.unlock(minh, topic)
    await actions.post(lan, topic, "Thank you")

    assert (await now_of(topic)).replies == 2


async def test_customers_moderate_nothing(desk: Desk) -> None:
    lan, huy, minh = await desk.customer("Lan"), await desk.customer("Huy"), await desk.agent("Minh")
    topic = await asked(lan)
    post = await actions.post(huy, topic, "Được chứ.")
    plain = Actor(id=minh.id, role="reader", is_staff=True)

    for somebody in (lan, plain):
        for attempt in (
            *(act(somebody, topic) for act in (moderation.hide, moderation.lock, moderation.pin, moderation.unpin)),
            moderation.move(somebody, topic, await board()),
            moderation.hide_post(somebody, post),
            moderation.show_post(somebody, post),
        ):
            with pytest.raises(Forbidden):
                await attempt


async def test_a_topic_moves_to_another_board(desk: Desk) -> None:
    minh, topic = await desk.agent("Minh"), await asked(await desk.customer("Lan"))

    await moderation.move(minh, topic, await board("Góp ý", "Ideas"))

    assert (await now_of(topic)).board_name == "Ideas"
    with pytest.raises(Invalid):
        await moderation.move(minh, topic, 999_999)


async def test_what_happened_is_said_once_and_moderation_is_not_told_to_customers(desk: Desk) -> None:
    lan, minh = await desk.customer("Lan"), await desk.agent("Minh")
    topic = await asked(lan)
    answer = await actions.post(minh, topic, "Từ bản 4.12.")
    for _ in range(2):
        await actions.accept(lan, answer)
        await actions.vote(lan, answer)
        await moderation.pin(minh, topic)
    for _ in range(2):
        await moderation.hide(minh, topic)

    rows = await EventRow.select(EventRow.name, EventRow.is_internal).where(EventRow.about == f"topic:{topic}")
    assert [(row["name"], row["is_internal"]) for row in rows] == [
        ("TopicStarted", False),
        ("PostAdded", False),
        ("AnswerAccepted", False),
        ("PostVoted", False),
        ("TopicPinned", False),
        ("TopicHidden", True),
    ]
