"""Letters beside a ticket: where they find their place, whoever wrote them, and what becomes of those without one."""

from email import message_from_bytes, policy

import pytest

from helpdesk.core.actor import SYSTEM, Actor
from helpdesk.jobs.tables import Job
from helpdesk.mail.tables import Outbound
from helpdesk.mailroom import team
from helpdesk.people import actions as people
from helpdesk.tickets import actions, binning, queries
from helpdesk.tickets.side import queries as sides
from helpdesk.tickets.side.queries import Side
from helpdesk.tickets.tables import Ticket
from tests.factories import Desk
from tests.mail_flow.letters import letter
from tests.mailroom import arrive
from tests.mailroom.test_reports import report
from tests.tickets.test_side import answers, asked, back_to, body_of, company, sent


async def by_mail(desk: Desk, side: Side, agent: Actor, text: str, **more: str) -> dict[str, object]:
    """An agent answers the news of a side conversation."""
    place = back_to(side, agent.id)
    words = {"sender": f"{agent.name} <{agent.email}>", "to": place, "message_id": "<own@lua>", **more}
    return await arrive(desk, letter(text, **words), to=(place,))


async def news(about: str = "side:%:%") -> list[str]:
    """The letters to agents that tell them of answers, as text."""
    rows = await Outbound.select(Outbound.content).where(Outbound.key.like(about)).order_by(Outbound.id)
    return [body_of(message_from_bytes(row["content"], policy=policy.default)) for row in rows]


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-generated", "In_Reply_To": "<x@y>"},
        {"List_Id": "<dispatch.giaonhanh.example>", "Precedence": "list"},
    ],
)
async def test_answers_of_help_desks_and_groups_come_back_and_are_told(desk: Desk, headers: dict[str, str]) -> None:
    minh, _, number = await company(desk)
    side = await asked(desk, minh, number, hold="true")

    row = await answers(desk, side, "It lies in Da Nang.", **headers)

    assert row["about"] == f"ticket:{number}"
    assert [one.direction for one in (await sides.one(SYSTEM, side.id)).messages] == ["out", "in"]
    assert await Ticket.count() == 1
    assert (await queries.ticket_facts(SYSTEM, number)).status == "open"
    assert len(await news()) == 1


async def test_a_receipt_of_a_help_desk_wakes_nobody_and_its_answer_does(desk: Desk) -> None:
    minh, _, number = await company(desk)
    side = await asked(desk, minh, number, hold="true")
    words, marks = "We have received your request and will respond shortly.", {"Auto_Submitted": "auto-generated"}

    await answers(desk, side, words, **marks)

    assert (await queries.ticket_facts(SYSTEM, number)).status == "hold"
    assert not (await sides.one(SYSTEM, side.id)).is_answered
    assert await news() == []
    await answers(desk, side, words, message_id="<2@gn>", **marks)
    assert (await queries.ticket_facts(SYSTEM, number)).status == "open", "only the first one can be a receipt"
    assert len(await news()) == 1


async def test_an_answer_from_an_address_that_nobody_asked_is_marked_on_the_page_and_in_the_news(desk: Desk) -> None:
    minh, _, number = await company(desk)
    side = await asked(desk, minh, number)
    browser, at = await desk.browser(minh), f"/desk/tickets/{number}/sides/{side.id}"
    await answers(desk, side)
    assert "Nobody asked this address" not in (await browser.get(at)).text

    await answers(desk, side, "Pay here first.", sender="Rascal <rascal@elsewhere.example>", message_id="<2@gn>")

    assert (await browser.get(at)).text.count("Nobody asked this address") == 1
    told = await news()
    assert ["rascal@elsewhere.example, whom nobody asked" in one for one in told] == [False, True]


async def test_an_absence_is_no_answer(desk: Desk) -> None:
    minh, _, number = await company(desk)
    side = await asked(desk, minh, number)

    await answers(desk, side, "I am away.", Auto_Submitted="auto-replied")

    after = await sides.one(SYSTEM, side.id)
    assert len(after.messages) == 2
    assert not after.is_answered
    assert await news() == []


async def test_what_an_agent_marks_as_a_note_goes_to_nobody(desk: Desk) -> None:
    minh, _, number = await company(desk)
    side = await asked(desk, minh, number)
    await answers(desk, side)

    await by_mail(desk, side, minh, "#note canarimailnote")

    assert len(await sent(await sides.one(SYSTEM, side.id))) == 1
    assert [(one.kind, one.fresh) for one in await queries.messages(SYSTEM, number)][1:] == [("note", "canarimailnote")]


async def test_an_agent_who_works_there_no_more_writes_to_nobody(desk: Desk) -> None:
    minh, _, number = await company(desk)
    side = await asked(desk, minh, number)
    await answers(desk, side)
    await actions.assign(minh, number, None)
    await people.set_departments(await desk.admin(), minh.id or 0, [])

    row = await by_mail(desk, side, minh, "canarigone")

    assert row["state"] == "held"
    assert len((await sides.one(SYSTEM, side.id)).messages) == 2
    assert await Job.count() == 0


async def test_an_agent_whose_letter_only_became_a_note_is_told_so(desk: Desk) -> None:
    minh, _, number = await company(desk)
    side = await asked(desk, minh, number)

    await answers(desk, side, "canariforged", to=back_to(side, minh.id))

    noted = [one.fresh for one in await queries.messages(SYSTEM, number) if one.kind == "note"]
    assert "canariforged" in noted[0]
    assert "Không có gì chứng minh điều đó" in noted[1]


async def test_an_answer_while_the_ticket_is_in_the_bin_is_kept_and_nobody_is_told(desk: Desk) -> None:
    minh, _, number = await company(desk)
    side = await asked(desk, minh, number)
    await binning.put(minh, number)

    row = await answers(desk, side)
    owed = await Job.count()
    await binning.restore(minh, number)

    assert row["state"] == "sorted"
    assert owed == 0
    assert await news() == []
    assert len((await sides.one(SYSTEM, side.id)).messages) == 2


async def test_whoever_asked_hears_that_a_letter_came_back(desk: Desk) -> None:
    minh, _, number = await company(desk)
    side = await asked(desk, minh, number)
    (ours,) = await sent(side)
    about = Outbound.about == sides.ABOUT.format(side.messages[0].id)
    await Outbound.update({Outbound.state: "sent"}).where(about)  # no server is set: it would be kept

    returned = report(str(ours["Message-ID"]).strip("<>"), recipient="dieuphoi@giaonhanh.example")
    await arrive(desk, returned, sender="<>")

    (told,) = await news("side-unreached:%")
    assert "dieuphoi@giaonhanh.example: " in told
    assert f"/desk/tickets/{number}/sides/{side.id}" in told
    page = await (await desk.browser(minh)).get(f"/desk/tickets/{number}/sides/{side.id}")
    assert "not delivered" in page.text


async def test_what_was_said_before_is_folded_away(desk: Desk) -> None:
    minh, _, number = await company(desk)
    side = await asked(desk, minh, number, body="Where is VN123? It was to be in Da Nang on Monday.")

    await answers(desk, side, "Tomorrow.\n\nWhere is VN123? It was to be in Da Nang on Monday.", to=back_to(side))

    assert (await sides.one(SYSTEM, side.id)).messages[1].fresh == "Tomorrow."


async def test_news_beyond_what_an_hour_may_bring_stand_in_the_summary(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    minh, _, number = await company(desk)
    monkeypatch.setattr(
        team, "MOST_AN_HOUR", await Outbound.count().where(Outbound.about == team.about(minh.id or 0)) + 1
    )
    side = await asked(desk, minh, number)
    for each in range(2):
        desk.clock.go(minutes=1)
        await answers(desk, side, f"Answer {each}.", message_id=f"<{each}@gn>")
    assert len(await news()) == 1

    desk.clock.go(hours=2)
    await desk.work()

    (summary,) = await news("digest:%")
    assert f"#{number} Where is my parcel" in summary
