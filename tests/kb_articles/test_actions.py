"""Writing: drafts, publishing, versions, and who may."""

import pytest

from helpdesk.core.actor import SYSTEM, VISITOR
from helpdesk.core.errors import Conflict, Forbidden, Invalid, NotFound
from helpdesk.events.tables import EventRow
from kb.articles import actions, queries
from tests.factories import Desk
from tests.kb_articles import draft, now_of, shelf, written


async def test_an_article_begins_as_a_draft_that_only_staff_see(desk: Desk) -> None:
    minh, lan = await desk.agent("Minh"), await desk.customer("Lan")

    number = await actions.create(minh, draft())

    article = await queries.read(minh, number, "vi")
    assert (article.status, article.version, article.slug) == ("draft", 1, "hoan-tien-cho-khach-tra-bang-the")
    assert article.summary == "Tiền về đúng thẻ khách đã dùng. Chúng tôi không thu phí hoàn."
    assert '<h2 id="h-truoc-khi-hoan">' in article.html
    for reader in (lan, VISITOR):
        with pytest.raises(NotFound):
            await queries.read(reader, number, "vi")


async def test_what_is_published_everybody_reads(desk: Desk) -> None:
    minh = await desk.agent("Minh")
    number = await actions.create(minh, draft())

    await actions.publish(minh, number)

    assert (await queries.read(VISITOR, number, "vi")).status == "published"
    assert (await now_of(number)).published_at == desk.clock.moment


async def test_what_is_taken_back_or_put_away_only_staff_see(desk: Desk) -> None:
    minh = await desk.agent("Minh")
    for act, status in ((actions.unpublish, "draft"), (actions.archive, "archived")):
        number = await written()

        await act(minh, number)

        assert (await now_of(number)).status == status
        with pytest.raises(NotFound):
            await queries.read(VISITOR, number, "vi")


async def test_what_was_put_away_comes_back_as_a_draft_and_never_straight_to_readers(desk: Desk) -> None:
    minh = await desk.agent("Minh")
    number = await written()
    await actions.archive(minh, number)

    with pytest.raises(Conflict):
        await actions.publish(minh, number)
    await actions.unpublish(minh, number)

    assert (await now_of(number)).status == "draft"


async def test_a_change_makes_a_new_version_and_keeps_the_old_one(desk: Desk) -> None:
    minh = await desk.agent("Minh")
    number = await actions.create(minh, draft("Hoàn tiền", "Cũ."))
    desk.clock.go(days=1)

    version = await actions.change(minh, number, draft("Hoàn tiền vào thẻ", "Mới."), seen=1)

    assert version == 2
    assert [(old.number, old.title, old.body, old.author_name) for old in await queries.versions(number)] == [
        (2, "Hoàn tiền vào thẻ", "Mới.", "Minh"),
        (1, "Hoàn tiền", "Cũ.", "Minh"),
    ]
    article = await now_of(number)
    assert (article.slug, article.updated_at) == ("hoan-tien-vao-the", desk.clock.moment)


async def test_another_category_alone_is_no_new_version_and_no_newer_text(desk: Desk) -> None:
    minh = await desk.agent("Minh")
    number, category = await actions.create(minh, draft()), await shelf()
    before = await now_of(number)
    desk.clock.go(days=1)

    await actions.change(minh, number, draft(category=category), seen=1)

    article = await now_of(number)
    assert (article.category, article.version, article.updated_at) == (category, 1, before.updated_at)
    assert len(await queries.versions(number)) == 1


async def test_who_began_from_an_older_version_is_told_and_overwrites_nothing(desk: Desk) -> None:
    minh, hoa = await desk.agent("Minh"), await desk.agent("Hoa")
    number = await actions.create(minh, draft("Hoàn tiền", "Cũ."))
    await actions.change(hoa, number, draft("Hoàn tiền", "Hoa viết."), seen=1)

    with pytest.raises(Conflict):
        await actions.change(minh, number, draft("Hoàn tiền", "Minh viết."), seen=1)

    assert (await now_of(number)).body == "Hoa viết."


async def test_an_older_version_comes_back_as_the_newest(desk: Desk) -> None:
    minh = await desk.agent("Minh")
    number = await written("Hoàn tiền", "Cũ.")
    await actions.change(minh, number, draft("Hoàn tiền", "Mới.", status="published"), seen=1)

    await actions.restore(minh, number, 1)

    article = await now_of(number)
    assert (article.version, article.body, article.status) == (3, "Cũ.", "published")
    with pytest.raises(NotFound):
        await actions.restore(minh, number, 9)


async def test_customers_write_nothing_and_do_not_learn_of_drafts(desk: Desk) -> None:
    lan, number = await desk.customer("Lan"), await written(status="draft")

    with pytest.raises(Forbidden):
        await actions.create(lan, draft())
    for act in (actions.publish, actions.archive):
        with pytest.raises(NotFound):
            await act(lan, number)
    public = await written()
    with pytest.raises(Forbidden):
        await actions.change(lan, public, draft("Của tôi"), seen=None)


async def test_who_may_write_but_not_publish_touches_nothing_that_is_public(desk: Desk) -> None:
    minh = await desk.agent("Minh")
    writer = type(minh)(id=minh.id, role="writer", is_staff=True, permissions=frozenset({"articles.write"}))
    public, own = await written(), await actions.create(writer, draft())

    await actions.change(writer, own, draft("Khác"), seen=1)
    for attempt in (
        actions.publish(writer, own),
        actions.unpublish(writer, public),
        actions.change(writer, public, draft("Khác", status="published"), seen=None),
        actions.create(writer, draft(status="published")),
    ):
        with pytest.raises(Forbidden):
            await attempt

    assert (await now_of(public)).title == "Hoàn tiền cho khách trả bằng thẻ"


async def test_a_translation_knows_its_original_and_there_is_one_for_each_language(desk: Desk) -> None:
    original = await written()
    english = await written("Refund a card", "Done.", lang="en", translation_of=original)

    found = await queries.translations(await queries.read(VISITOR, original, "vi"))
    back = await queries.translations(await queries.read(VISITOR, english, "en"))
    assert ([line.id for line in found], [line.id for line in back]) == ([english], [original])
    for wrong in (
        draft("Again", lang="en", translation_of=original),
        draft("Lại", lang="vi", translation_of=original),
        draft("Of a translation", translation_of=english),
        draft("Of nothing", translation_of=999_999),
        draft("In no category", category=999_999),
    ):
        with pytest.raises(Invalid):
            await actions.create(SYSTEM, wrong)


async def test_an_article_is_no_translation_of_itself(desk: Desk) -> None:
    number = await written()

    with pytest.raises(Invalid):
        await actions.change(SYSTEM, number, draft(lang="en", translation_of=number), seen=None)


async def test_a_category_with_articles_stays(desk: Desk) -> None:
    an, category = await desk.admin(), await shelf()
    await written(category=category)

    with pytest.raises(Conflict):
        await actions.remove_category(an, category)
    empty = await shelf("Trống", "Empty")
    await actions.remove_category(an, empty)

    assert [name for _, name in await queries.shelf_names("en")] == ["At the counter"]


async def test_agents_do_not_keep_the_categories(desk: Desk) -> None:
    minh = await desk.agent("Minh")

    with pytest.raises(Forbidden):
        await actions.add_category(minh, actions.Shelf(name_vi="Mới", name_en="New"))


async def test_customers_are_told_of_nothing_but_that_an_article_is_out(desk: Desk) -> None:
    minh, number = await desk.agent("Minh"), 0
    number = await actions.create(minh, draft())
    await actions.change(minh, number, draft("Khác"), seen=1)
    await actions.publish(minh, number)
    await actions.archive(minh, number)

    rows = await EventRow.select(EventRow.name, EventRow.is_internal).where(EventRow.about == f"article:{number}")
    assert [(row["name"], row["is_internal"]) for row in rows] == [
        ("ArticleDrafted", True),
        ("ArticleChanged", True),
        ("ArticlePublished", False),
        ("ArticleWithdrawn", True),
    ]


async def test_the_same_moment_of_two_writers_leaves_one_of_them_with_a_conflict(desk: Desk) -> None:
    import asyncio

    minh = await desk.agent("Minh")
    number = await actions.create(minh, draft("Hoàn tiền", "Cũ."))

    answers = await asyncio.gather(
        *(actions.change(minh, number, draft("Hoàn tiền", f"{who}."), seen=1) for who in ("Minh", "Hoa")),
        return_exceptions=True,
    )

    assert [type(answer) for answer in answers if isinstance(answer, Exception)] == [Conflict]
    assert 2 in answers
