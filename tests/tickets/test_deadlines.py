"""The promise of time, as a ticket lives. The clock begins on Friday 20 November 2026, 10:24 in Vietnam."""

from datetime import UTC, datetime

from helpdesk.events.tables import EventRow
from helpdesk.tickets import actions, deadlines, queries
from tests.factories import Desk
from tests.tickets import ask, said


def at(text: str) -> datetime:
    """A moment in Vietnam as UTC."""
    return datetime.fromisoformat(text + "+07:00").astimezone(UTC)


async def test_a_new_ticket_is_promised_an_answer_within_four_working_hours(desk: Desk) -> None:
    minh = await desk.agent("Minh", await desk.department())
    ticket = await ask(await desk.customer("Lan"))
    facts = await queries.ticket_facts(minh, ticket)
    assert (facts.due_kind, facts.due_at) == ("first_response", at("2026-11-20 15:24"))


async def test_waiting_for_the_customer_stops_the_clock_and_their_answer_starts_a_new_promise(desk: Desk) -> None:
    minh = await desk.agent("Minh", await desk.department())
    lan = await desk.customer("Lan")
    ticket = await ask(lan)
    desk.clock.go(minutes=30)
    await actions.reply(minh, ticket, said("Which printer?"))
    facts = await queries.ticket_facts(minh, ticket)
    assert (facts.due_kind, facts.due_at) == ("", None)

    desk.clock.set("2026-11-20 16:30+07:00")
    await actions.reply(lan, ticket, said("The red one."))
    facts = await queries.ticket_facts(minh, ticket)
    assert (facts.due_kind, facts.due_at) == ("next_response", at("2026-11-21 11:00"))


async def test_a_note_stops_no_clock(desk: Desk) -> None:
    minh = await desk.agent("Minh", await desk.department())
    ticket = await ask(await desk.customer("Lan"))
    await actions.note(minh, ticket, said("Looking."))
    assert (await queries.ticket_facts(minh, ticket)).due_kind == "first_response"


async def test_more_urgent_means_sooner_counted_from_the_beginning(desk: Desk) -> None:
    minh = await desk.agent("Minh", await desk.department())
    ticket = await ask(await desk.customer("Lan"))
    desk.clock.go(minutes=10)
    await actions.set_priority(minh, ticket, "urgent")
    assert (await queries.ticket_facts(minh, ticket)).due_at == at("2026-11-20 10:54")


async def test_solving_a_ticket_keeps_every_promise_and_reopening_goes_on_with_the_solution(desk: Desk) -> None:
    minh = await desk.agent("Minh", await desk.department())
    lan = await desk.customer("Lan")
    ticket = await ask(lan)
    await actions.reply(minh, ticket, said("Done."), then="solved")
    assert all(row.met_at for row in await queries.deadlines(ticket))
    desk.clock.go(minutes=10)
    await actions.reply(lan, ticket, said("No!"))
    running = {row.kind for row in await queries.deadlines(ticket) if row.due_at}
    assert running == {"next_response", "resolution"}


async def test_the_sweep_tells_once_that_a_promise_is_near_and_once_that_it_is_missed(desk: Desk) -> None:
    await desk.department()
    ticket = await ask(await desk.customer("Lan"))

    async def told() -> list[str]:
        await deadlines.sweep()
        rows = await EventRow.select(EventRow.name).where(EventRow.about == f"ticket:{ticket}").order_by(EventRow.id)
        return [row["name"] for row in rows if row["name"].startswith("Deadline")]

    assert await told() == []
    desk.clock.set("2026-11-20 15:00+07:00")
    assert await told() == ["DeadlineNear"]
    assert await told() == ["DeadlineNear"]
    desk.clock.set("2026-11-20 15:25+07:00")
    assert await told() == ["DeadlineNear", "DeadlineMissed"]
    assert await told() == ["DeadlineNear", "DeadlineMissed"]


async def test_promises_missed_while_nothing_ran_are_noticed_afterwards(desk: Desk) -> None:
    minh = await desk.agent("Minh", await desk.department())
    ticket = await ask(await desk.customer("Lan"))
    desk.clock.go(days=3)
    await deadlines.sweep()
    first = (await queries.deadlines(ticket))[0]
    assert first.missed_at == at("2026-11-20 15:24")
    await actions.reply(minh, ticket, said("Sorry."))
    assert (await queries.deadlines(ticket))[0].met_at == desk.clock.moment


async def test_moving_to_another_department_counts_by_its_hours_and_promise(desk: Desk) -> None:
    care = await desk.department()
    day_and_night = '{"' + '":[["00:00","24:00"]],"'.join(["mon", "tue", "wed", "thu", "fri", "sat", "sun"])
    technical = await desk.department(
        "Technical",
        "Kỹ thuật",
        "technical@lua.example",
        hours=day_and_night + '":[["00:00","24:00"]]}',
        targets='{"first_response":{"any":60}}',
    )
    minh = await desk.agent("Minh", care, technical)
    ticket = await ask(await desk.customer("Lan"), department=care)
    await actions.move(minh, ticket, technical)
    assert (await queries.ticket_facts(minh, ticket)).due_at == at("2026-11-20 11:24")


async def test_the_ticket_says_how_its_deadline_was_reckoned(desk: Desk) -> None:
    minh = await desk.agent("Minh", await desk.department(), lang="en")
    ticket = await ask(await desk.customer("Lan"))
    page = await (await desk.browser(minh)).text(f"/desk/tickets/{ticket}")
    assert "promised within 4 h of opening hours" in page
    assert "Friday 20 Nov, 10:24 + 4 h of work; lunch 12:00–13:00 → 15:24 on Friday 20 Nov" in page
    assert "How this was reckoned, day by day" in page
    assert "12:00" in page  # the lunch break that the four hours step over


async def test_the_customer_reads_the_promise_in_human_words_also_paused_and_when_it_is_missed(desk: Desk) -> None:
    minh = await desk.agent("Minh", await desk.department(), lang="en")
    lan = await desk.customer("Lan")
    ticket = await ask(lan)
    theirs, inside = await desk.browser(lan, lang="vi"), await desk.browser(minh)

    async def reads() -> str:
        page = await theirs.text(f"/vi/help/requests/{ticket}")
        return page.partition("Cam kết của chúng tôi")[2][:200]

    assert "Chúng tôi trả lời bạn chậm nhất 15:24 hôm nay, thứ Sáu 20/11." in await reads()
    desk.clock.set("2026-11-20 11:24+07:00")
    await actions.set_status(minh, ticket, "hold")
    assert "trong vòng 3 giờ làm việc" in await reads()
    assert "1 h of 4 h are used, 3 h are left" in await inside.text(f"/desk/tickets/{ticket}")
    desk.clock.set("2026-11-20 16:30+07:00")
    await actions.set_status(minh, ticket, "open")
    assert "chậm nhất 10:00 ngày mai, thứ Bảy 21/11." in await reads()
    assert "Friday 20 Nov, 16:30 + 3 h of work left of 4 h (1 h used before)" in await inside.text(
        f"/desk/tickets/{ticket}"
    )
    desk.clock.set("2026-11-21 10:01+07:00")
    assert "Chúng tôi đã hứa trả lời bạn chậm nhất 10:00 hôm nay" in await reads()
    await actions.reply(minh, ticket, said("Sorry."))
    assert await reads() == ""


async def test_a_missed_promise_that_opens_again_claims_no_sum(desk: Desk) -> None:
    minh = await desk.agent("Minh", await desk.department(), lang="en")
    ticket = await ask(await desk.customer("Lan"))
    desk.clock.go(days=9)
    await deadlines.sweep()
    await actions.set_status(minh, ticket, "solved")
    desk.clock.go(days=1)
    await actions.set_status(minh, ticket, "open")
    page = await (await desk.browser(minh)).text(f"/desk/tickets/{ticket}")
    assert "what has changed since does not move it" in page
