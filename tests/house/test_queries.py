"""A list asks the database as often for forty rows as for one: nothing is fetched row by row."""

from collections.abc import Awaitable, Callable

import pytest
from msgspec import Struct

from helpdesk.core.actor import SYSTEM
from helpdesk.tickets import actions as tickets
from helpdesk.tickets import binning, following, linking
from helpdesk.tickets.canned import actions as canned
from helpdesk.tickets.canned.actions import Wanted
from helpdesk.tickets.drafts import actions as drafts
from kb.forum import actions as forum
from kb.forum import keeping
from kb.forum.actions import Question
from kb.forum.keeping import BoardWords
from tests.counting import counted
from tests.factories import Browser, Desk
from tests.kb_articles import shelf, written
from tests.tickets import ask

ROW = "Zebra"
"""Stands once in whatever a list shows of a row, and nowhere else."""


class Listing(Struct, frozen=True):
    """A page with a list: where it is, who looks at it, and what adds a row."""

    url: str
    browser: Browser
    add: Callable[[], Awaitable[object]]


async def reader(desk: Desk) -> Browser:
    """Somebody who is signed in, for whom every page is made anew."""
    return await desk.browser(await desk.customer("Hoa"))


async def queue(desk: Desk) -> Listing:
    minh, lan = await desk.agent("Minh", await desk.department()), await desk.customer("Lan")
    return Listing("/desk/queues/unassigned", await desk.browser(minh), lambda: ask(lan, ROW))


async def in_bin(desk: Desk) -> Listing:
    minh, lan = await desk.agent("Minh", await desk.department()), await desk.customer("Lan")

    async def add() -> None:
        await binning.put(minh, await ask(lan, ROW))

    return Listing("/desk/bin", await desk.browser(minh), add)


async def replies(desk: Desk) -> Listing:
    minh = await desk.agent("Minh", await desk.department())
    return Listing("/desk/replies", await desk.browser(minh), lambda: canned.add(SYSTEM, Wanted(name=ROW, body_en="x")))


async def requests(desk: Desk) -> Listing:
    await desk.department()
    lan = await desk.customer("Lan")
    return Listing("/en/help/requests", await desk.browser(lan), lambda: ask(lan, ROW))


async def category(desk: Desk) -> Listing:
    number = await shelf()
    return Listing(
        f"/en/help/categories/{number}",
        await reader(desk),
        lambda: written(ROW, "Black and white.", lang="en", category=number),
    )


async def board(desk: Desk) -> Listing:
    lan = await desk.customer("Lan")
    number = await keeping.add_board(SYSTEM, BoardWords(name_vi="Thú vật", name_en="Animals"))
    question = Question(title=ROW, body="Black and white?", board=number, lang="en")
    return Listing(f"/en/community/boards/{number}", await reader(desk), lambda: forum.start(lan, question))


async def community(desk: Desk) -> Listing:
    animals = await board(desk)
    return Listing("/en/community", animals.browser, animals.add)


async def topic(desk: Desk) -> Listing:
    lan = await desk.customer("Lan")
    number = await keeping.add_board(SYSTEM, BoardWords(name_vi="Thú vật", name_en="Animals"))
    question = Question(title="Horses with stripes", body="What are they?", board=number, lang="en")
    started = await forum.start(lan, question)
    return Listing(f"/en/community/topics/{started}", await reader(desk), lambda: forum.post(lan, started, ROW))


@pytest.mark.parametrize("listing", [queue, replies, in_bin, requests, category, board, community, topic])
async def test_a_list_asks_as_often_for_forty_rows_as_for_one(
    desk: Desk, listing: Callable[[Desk], Awaitable[Listing]]
) -> None:
    shown = await listing(desk)
    await shown.add()
    rows, few = await _looked_at(shown)
    for _ in range(39):
        await shown.add()
    more_rows, many = await _looked_at(shown)
    assert rows > 0
    assert more_rows >= rows + 29
    assert len(many) == len(few) > 0, "\n".join(many[:60])


async def _looked_at(shown: Listing) -> tuple[int, list[str]]:
    """How often ROW stands on the page, and what the page asked, with all that is remembered for a while in place."""
    await shown.browser.get(shown.url)
    with counted() as asked:
        answer = await shown.browser.get(f"{shown.url}?again=1")  # the door keeps pages by their whole address
    assert answer.status_code == 200
    return answer.text.count(ROW), asked


async def test_a_tickets_page_asks_only_after_what_the_ticket_has(desk: Desk) -> None:
    care, lan = await desk.department(), await desk.customer("Lan")
    minh = await desk.agent("Minh", care)
    browser, plain, full = await desk.browser(minh), await ask(lan, ROW), await ask(lan, ROW)
    await tickets.tag(minh, full, "hot")
    await following.follow(minh, full)
    await linking.link(minh, full, plain, "related")
    await drafts.save(minh, full, mode="reply", body=ROW, status="")

    async def asked(ticket: int) -> list[str]:
        return (await _looked_at(Listing(f"/desk/tickets/{ticket}", browser, lambda: ask(lan, ROW))))[1]

    lacking, having = await asked(plain), await asked(full)
    assert len(lacking) == 8, "\n".join(lacking)  # where it is, its facts, messages, history, promises, troubles, links
    assert len(having) == 12, "\n".join(having)  # and tags, followers, what is being written, what can be taken back
