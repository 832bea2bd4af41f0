"""Whether an article helped, and what was searched in vain."""

import pytest

from helpdesk.core.actor import SYSTEM, VISITOR
from helpdesk.core.errors import NotFound
from helpdesk.tickets import actions as tickets
from helpdesk.tickets.events import TicketOpened
from helpdesk.tickets.said import typed
from helpdesk.tickets.tables import Ticket
from kb.articles import feedback, queries
from kb.articles.tables import ArticleFeedback
from tests.factories import Desk
from tests.kb_articles import now_of, written


async def counts(number: int) -> tuple[int, int]:
    article = await now_of(number)
    return article.helpful, article.unhelpful


async def test_a_visitor_rates_without_javascript_and_is_thanked(desk: Desk) -> None:
    number = await written()
    browser = await desk.browser(lang="en")

    page = await browser.post(f"/en/help/articles/{number}/rate", data={"helpful": "yes"})

    assert str(page.url).endswith(f"/en/help/articles/{number}-hoan-tien-cho-khach-tra-bang-the")
    assert "Thank you." in page.text
    assert "1 of 1 people found it helpful" in page.text
    assert await counts(number) == (1, 0)


async def test_what_is_missing_reaches_the_writers(desk: Desk) -> None:
    number = await written()
    browser = await desk.browser(await desk.customer("Lan"), lang="vi")

    await browser.post(
        f"/vi/help/articles/{number}/rate",
        data={"helpful": "no", "reason": "outdated", "comment": "Nút này <b>không</b> còn."},
    )

    page = await (await desk.browser(await desk.agent("Minh"), lang="vi")).get(f"/desk/articles/{number}")
    assert "Thông tin đã cũ" in page.text
    assert "Nút này &lt;b&gt;không&lt;/b&gt; còn." in page.text


async def test_one_reader_has_one_word_and_may_change_it(desk: Desk) -> None:
    number, lan = await written(), await desk.customer("Lan")
    browser = await desk.browser(lan)

    for word in ("yes", "yes", "no"):
        await browser.post(f"/vi/help/articles/{number}/rate", data={"helpful": word, "reason": "unclear"})

    assert await counts(number) == (0, 1)
    await browser.post(f"/vi/help/articles/{number}/rate", data={"helpful": "yes"})
    assert await counts(number) == (1, 0)
    assert await queries.opinions(number) == []


async def test_two_visitors_are_two_and_the_same_one_tomorrow_is_new(desk: Desk) -> None:
    keys = {feedback.reader_key(VISITOR, address, "Browser") for address in ("203.0.113.7", "203.0.113.8")}
    desk.clock.go(days=1)
    keys.add(feedback.reader_key(VISITOR, "203.0.113.7", "Browser"))

    assert len(keys) == 3
    assert all(len(key) == 64 and "203" not in key[:3] for key in keys)


async def test_nothing_of_a_visitor_is_kept_but_a_hash(desk: Desk) -> None:
    number = await written()
    browser = await desk.browser()
    await browser.post(f"/vi/help/articles/{number}/rate", data={"helpful": "yes"})

    row = await ArticleFeedback.select().first()
    assert "127.0.0.1" not in str(row)
    assert "Browser of the tests" not in str(row)


async def test_a_draft_cannot_be_rated_by_those_who_do_not_see_it(desk: Desk) -> None:
    number = await written(status="draft")

    with pytest.raises(NotFound):
        await feedback.rate(VISITOR, number, "somebody", is_helpful=True)
    answer = await (await desk.browser()).post(f"/vi/help/articles/{number}/rate", data={"helpful": "yes"})
    assert answer.status_code == 404


async def test_nonsense_changes_nothing_and_too_much_is_too_much(desk: Desk) -> None:
    number = await written()
    browser = await desk.browser()

    assert (await browser.post(f"/vi/help/articles/{number}/rate", data={"helpful": "maybe"})).status_code == 200
    assert await counts(number) == (0, 0)
    codes = [(await browser.post(f"/vi/help/articles/{number}/rate", data={})).status_code for _ in range(31)]
    assert codes[-1] == 429


async def test_a_search_that_ended_in_a_ticket_is_the_writers_to_do(desk: Desk) -> None:
    lan, department = await desk.customer("Lan"), await desk.department()
    for came_from in ("search:máy in", "search:may in", "article:12", ""):
        ticket = await tickets.open(
            lan,
            typed("Giúp tôi", channel="web"),
            subject=f"Giúp {came_from}",
            department=department,
            came_from=came_from,
        )
        for _ in range(2):
            await feedback.count_gap(TicketOpened(actor=SYSTEM.id, ticket=ticket, message=1))

    [gap] = await queries.gaps()
    assert gap.query in {"máy in", "may in"}
    assert len(gap.tickets) == 2
    page = await (await desk.browser(await desk.agent("Minh", department, lang="en"))).text("/desk/articles/gaps")
    assert "Searched in vain" in page
    assert gap.query in page


async def test_the_gap_is_counted_when_a_ticket_is_opened(desk: Desk) -> None:
    lan, department = await desk.customer("Lan"), await desk.department()
    number = await tickets.open(
        lan, typed("Giúp tôi", channel="web"), subject="Giúp", department=department, came_from="search:máy in"
    )

    await desk.work()

    assert [gap.tickets for gap in await queries.gaps()] == [[number]]
    assert await Ticket.exists().where(Ticket.id == number)
