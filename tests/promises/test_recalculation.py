"""The table of the administrators' guide, row by row: what becomes of a promise when a ticket changes."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from msgspec import Struct

from helpdesk.assignment import actions as assignment
from helpdesk.core.actor import SYSTEM, Actor
from helpdesk.core.clock import now
from helpdesk.departments import queries as departments
from helpdesk.departments.tables import Department
from helpdesk.people import actions as people
from helpdesk.sla import actions as sla
from helpdesk.sla import promise_actions, promises
from helpdesk.sla.promises import Promised
from helpdesk.tickets import actions, deadlines, handing_over, merging, queries, recounting, undo
from helpdesk.tickets.queries import DeadlineRow
from helpdesk.tickets.tables import Ticket, Undo
from helpdesk.topics.tables import Topic
from tests.factories import Desk
from tests.tickets import ask, said

GUIDE = Path(__file__).parents[2] / "docs/guide-administrators.md"
WEEK = {day: [("08:00", "12:00"), ("13:00", "17:30")] for day in ("mon", "tue", "wed", "thu", "fri")}
FAST = {"first_response": {"any": 100}, "resolution": {"any": 1000}}
"""Other minutes than the usual policy has."""


class Place(Struct):
    """A desk whose tickets are promised the usual, and other things by rules; and one ticket in each state."""

    desk: Desk
    minh: Actor
    lan: Actor
    usual: int
    fast: int
    calendar: int
    other_department: int
    topic: int
    running: int = 0
    paused: int = 0
    missed: int = 0

    @property
    def tickets(self) -> tuple[int, int, int]:
        return self.running, self.paused, self.missed


class Seen(Struct):
    """What was promised for a ticket, and its clocks by kind."""

    promise: Promised
    clocks: dict[str, DeadlineRow]


Act = Callable[[Place, int], Awaitable[object]]


async def _reassigned(place: Place, ticket: int) -> None:
    await actions.assign(place.minh, ticket, place.minh.id)


async def _moved(place: Place, ticket: int) -> None:
    await actions.move(place.minh, ticket, place.other_department)


async def _handed(place: Place, ticket: int) -> None:
    home = (await queries.ticket_facts(place.minh, ticket)).department
    await assignment.plan(SYSTEM, home, assignment.WantedPlan(hands_to=[place.other_department]))
    await handing_over.hand_over(place.minh, ticket, place.other_department, "Theirs.")


async def _hurried(place: Place, ticket: int) -> None:
    await actions.set_priority(place.minh, ticket, "urgent")


async def _about(place: Place, ticket: int) -> None:
    await actions.set_topic(place.minh, ticket, place.topic)


async def _tagged(place: Place, ticket: int) -> None:
    await actions.tag(place.minh, ticket, "rush")


async def _ranked(place: Place, _: int) -> None:
    await people.change_person(place.minh, place.lan.id or 0, tier="VIP")
    await place.desk.work()


async def _organisation_ranked(place: Place, _: int) -> None:
    await people.change_person(place.minh, place.lan.id or 0, organisation_tier="VIP")
    await place.desk.work()


async def _joined_another(place: Place, _: int) -> None:
    await people.change_person(place.minh, place.lan.id or 0, organisation="Sao Mai")
    await place.desk.work()


async def _took_in(place: Place, ticket: int) -> None:
    other = await ask(place.lan)
    await actions.set_status(place.minh, other, "pending")
    await merging.merge(place.minh, ticket, [other])


async def _merged(place: Place, ticket: int) -> None:
    await merging.merge(place.minh, await ask(place.lan), [ticket])


async def _taken_out(place: Place, ticket: int) -> None:
    await _merged(place, ticket)
    await merging.unmerge(place.minh, ticket)


async def _reopened(place: Place, ticket: int) -> None:
    await actions.set_status(place.minh, ticket, "solved")
    await actions.set_status(place.minh, ticket, "open")


async def _taken_back(place: Place, ticket: int) -> None:
    await _hurried(place, ticket)
    row = await Undo.objects().where(Undo.ticket == ticket).order_by(Undo.id, ascending=False).first()
    assert row is not None
    await undo.take_back(place.minh, row.id)


def _policy_edited(*, takes: bool) -> Act:
    async def act(place: Place, _: int) -> None:
        await sla.change_policy(SYSTEM, place.usual, name="Usual", targets=FAST, takes=takes)
        await place.desk.work()

    return act


def _calendar_edited(*, takes: bool) -> Act:
    async def act(place: Place, _: int) -> None:
        shorter = {**WEEK, "mon": [("08:00", "11:00"), ("13:00", "17:30")]}
        await sla.change_calendar(
            SYSTEM, place.calendar, name="Office", tz="Asia/Ho_Chi_Minh", hours=shorter, takes=takes
        )
        await place.desk.work()

    return act


async def _other_policy(place: Place, _: int) -> None:
    await Department.update({Department.policy: place.fast}).where(Department.id > 0)
    departments.forget_all()


async def _rule_added(place: Place, _: int) -> None:
    await promise_actions.add_rule(SYSTEM, place.fast, {"channel": ["web"]})


async def _all_anew(place: Place, ticket: int) -> None:
    await _rule_added(place, ticket)
    await recounting.begin(None, recounting.Scope("rules"))
    await place.desk.work()


ACTS: dict[str, Act] = {
    "somebody else looks after it": _reassigned,
    "it goes to another department": _moved,
    "it is handed over to another department": _handed,
    "its priority changes": _hurried,
    "its topic changes": _about,
    "its tags change": _tagged,
    "its customer gets another tier": _ranked,
    "its customer's organisation gets another tier": _organisation_ranked,
    "its customer goes to another organisation": _joined_another,
    "another ticket is merged into it": _took_in,
    "it is merged into another one": _merged,
    "it is taken out of that one again": _taken_out,
    "it is solved and opened again": _reopened,
    "an act on it is taken back": _taken_back,
    "its policy is edited, open tickets keep": _policy_edited(takes=False),
    "its policy is edited, open tickets take": _policy_edited(takes=True),
    "its calendar is edited, open tickets keep": _calendar_edited(takes=False),
    "its calendar is edited, open tickets take": _calendar_edited(takes=True),
    "its department gets another policy": _other_policy,
    "a rule is added, changed or removed": _rule_added,
    "all open tickets are chosen anew": _all_anew,
}
AT_ONCE = {
    *("its customer gets another tier", "its customer's organisation gets another tier"),
    *("its customer goes to another organisation", "all open tickets are chosen anew"),
    *(name for name in ACTS if "edited" in name or name.startswith(("its department", "a rule"))),
}
"""What happens to all three tickets at once."""


def _table() -> list[tuple[str, ...]]:
    """The rows of the guide's table."""
    lines = GUIDE.read_text(encoding="utf-8").split("| What happens |")[1].splitlines()[2:]
    rows = []
    for line in lines:
        if not line.startswith("|"):
            break
        rows.append(tuple(cell.strip() for cell in line.strip("|").split("|")))
    return rows


@pytest.mark.once
def test_the_table_has_a_row_for_each_thing_that_can_happen() -> None:
    assert [row[0] for row in _table()] == list(ACTS)


@pytest.mark.parametrize("row", _table(), ids=lambda row: row[0])
async def test_what_happens_to_a_ticket_does_to_its_promise_what_the_guide_says(
    desk: Desk, row: tuple[str, ...]
) -> None:
    place = await _place(desk)
    before = {number: await _seen(number) for number in place.tickets}

    for number in place.tickets[:1] if row[0] in AT_ONCE else place.tickets:
        await ACTS[row[0]](place, number)

    after = {number: await _seen(number) for number in place.tickets}
    kind = "resolution" if "opened again" in row[0] else "first_response"
    found = {_promise(before[one].promise, after[one].promise) for one in place.tickets}
    assert found == {row[1]}
    assert _clock(before[place.running], after[place.running], kind) == row[2]
    assert _clock(before[place.paused], after[place.paused], "resolution") == row[3]
    assert _clock(before[place.missed], after[place.missed], "first_response") == row[4]


async def test_what_was_not_promised_begins_when_it_is_if_it_is_owed(desk: Desk) -> None:
    place = await _place(desk)
    nothing = await sla.add_policy(SYSTEM, name="Nothing", targets={})
    await promise_actions.add_rule(SYSTEM, nothing, {"tag": ["free"], "channel": ["web"]})
    every = {"first_response": {"any": 60}, "next_response": {"any": 60}, "resolution": {"any": 60}}
    department = (await queries.ticket_facts(place.minh, place.running)).department
    unanswered, answered, asked_again, solved = [
        await actions.open(place.lan, said(f"Fire {n}"), subject="Fire", department=department, tags=["free"])
        for n in range(4)
    ]
    for number in (answered, asked_again, solved):
        await actions.reply(place.minh, number, said("We come."), then="solved" if number == solved else "pending")
    await actions.reply(place.lan, asked_again, said("When?"))
    desk.clock.go(minutes=10)

    await sla.change_policy(SYSTEM, nothing, name="Nothing", targets=every, takes=True)
    await desk.work()

    found = {
        number: {one.kind: one.due_at is not None for one in await queries.deadlines(number)}
        for number in (unanswered, answered, asked_again, solved)
    }
    assert found == {
        unanswered: {"first_response": True, "resolution": True},
        answered: {"resolution": False},  # it waits for the customer, and so does the clock
        asked_again: {"next_response": True, "resolution": True},
        solved: {},
    }
    began = {one.started_at for one in await queries.deadlines(unanswered)}
    assert began == {now()}
    await actions.set_priority(place.minh, unanswered, "low")
    assert {one.started_at for one in await queries.deadlines(unanswered)} == began


async def test_a_ticket_that_others_leave_again_counts_by_the_promise_it_got_meanwhile(desk: Desk) -> None:
    place = await _place(desk)
    other = await ask(place.lan)
    await merging.merge(place.minh, place.paused, [other])
    await _tagged(place, place.paused)

    await merging.unmerge(place.minh, other)

    target = await _seen(place.paused)
    assert target.promise.policy == place.fast
    assert target.clocks["resolution"].minutes == FAST["resolution"]["any"]
    assert target.clocks["resolution"].running_since is None


async def test_a_ticket_taken_out_again_counts_by_the_hours_of_then(desk: Desk) -> None:
    place = await _place(desk)
    inside, beside = await ask(place.lan), await ask(place.lan)
    before = await _seen(beside)
    await merging.merge(place.minh, place.running, [inside])
    await _calendar_edited(takes=True)(place, beside)

    await merging.unmerge(place.minh, inside)

    taken_out, after = await _seen(inside), await _seen(beside)
    assert after.clocks["resolution"].due_at != before.clocks["resolution"].due_at
    assert taken_out.clocks["resolution"].due_at == after.clocks["resolution"].due_at


async def test_a_policy_that_is_gone_meanwhile_stays_promised(desk: Desk) -> None:
    place = await _place(desk)
    brief = await sla.add_policy(SYSTEM, name="Brief", targets=FAST)
    rule = await promise_actions.add_rule(SYSTEM, brief, {"tag": ["rush"], "channel": ["web"]})
    await _tagged(place, place.running)
    await promise_actions.remove_rule(SYSTEM, rule)
    await sla.change_policy(SYSTEM, brief, name="Brief", targets={}, takes=True)
    await sla.remove_policy(SYSTEM, brief)

    await place.desk.work()

    assert (await _seen(place.running)).promise.targets == FAST
    assert [run.ended_at is None for run in await recounting.runs(1)] == [False]


async def test_a_run_whose_job_failed_for_good_keeps_no_other_from_being_owed(desk: Desk) -> None:
    await desk.department()
    owed = await recounting.begin(None, recounting.Scope("rules"))
    assert await recounting.begin(None, recounting.Scope("rules")) == owed
    desk.clock.go(minutes=61)
    assert await recounting.begin(None, recounting.Scope("rules")) != owed


async def _place(desk: Desk) -> Place:
    """One ticket runs, one is paused, one has missed its first answer; all go by the usual policy."""
    first = await desk.department()
    other = await desk.department("Technical", "Kỹ thuật", "tech@lua.example")
    row = await Department.objects().where(Department.id == first).first()
    assert row is not None
    fast = await sla.add_policy(SYSTEM, name="Fast", targets=FAST)
    await Department.update({Department.policy: fast}).where(Department.id == other)
    departments.forget_all()
    topic = Topic(name_vi="Bể", name_en="Broken", department=first)
    await topic.save()
    lan = await desk.customer("Lan", organisation=await _organisation("Lúa"))
    place = Place(
        desk=desk,
        minh=await desk.agent("Minh", first, other),
        lan=lan,
        usual=row.policy,
        fast=fast,
        calendar=row.calendar,
        other_department=other,
        topic=int(topic.id),
    )
    for conditions in (
        {"priority": ["urgent"]},
        {"topic": [str(topic.id)]},
        {"tag": ["rush"]},
        {"tier": ["VIP"]},
        {"organisation": [str(await _organisation("Sao Mai"))]},
    ):
        await promise_actions.add_rule(SYSTEM, fast, conditions)
    place.missed = await ask(lan)
    desk.clock.set("2026-11-23 09:00+07:00")  # a Monday
    await deadlines.sweep()
    place.paused = await ask(lan)
    await actions.set_status(place.minh, place.paused, "pending")
    place.running = await ask(lan)
    desk.clock.set("2026-11-23 09:10+07:00")
    return place


async def _organisation(name: str) -> int:
    found = await people.organisation_named(name)
    assert found is not None
    return found


async def _seen(number: int) -> Seen:
    ticket = await Ticket.objects().where(Ticket.id == number).first()
    assert ticket is not None
    assert ticket.promise is not None
    promise = await promises.promised(ticket.promise)
    return Seen(promise, {one.kind: one for one in await queries.deadlines(number)})


def _promise(before: Promised, after: Promised) -> str:
    """The word of the guide for what became of a promise."""
    if before.policy != after.policy:
        return "chosen anew"
    return "stays" if before.targets == after.targets else "newest version"


def _clock(before: Seen, after: Seen, kind: str) -> str:
    """The word of the guide for what became of a clock."""
    was, now = before.clocks[kind], after.clocks[kind]
    assert now.started_at == was.started_at
    if was.missed_at is not None:
        assert now.minutes == was.minutes
        return "stays missed" if now.missed_at == was.missed_at else "?"
    if now.met_at is not None and was.met_at is None:
        return "ends"
    if (now.minutes, now.due_at) == (was.minutes, was.due_at):
        return "stays paused" if now.running_since is None else "goes on"
    if now.minutes == was.minutes and was.due_at is None:
        return "goes on"
    return "counted anew"
