"""A policy is tried on past tickets before it is promised; the one that was in force gives what happened."""

from random import Random

import msgspec

from helpdesk.core.actor import SYSTEM
from helpdesk.core.clock import now
from helpdesk.departments import queries as departments
from helpdesk.departments.tables import Department
from helpdesk.promises import histories, replaying
from helpdesk.sla import actions as sla
from helpdesk.sla import promise_actions
from helpdesk.sla.replay import replay, settled
from helpdesk.tickets import actions, deadlines, linking, merging
from helpdesk.tickets.said import typed
from helpdesk.tickets.tables import Ticket
from tests.factories import Desk, words
from tests.tickets import ask, said

TARGETS = {
    "first_response": {"any": 240, "urgent": 30},
    "next_response": {"any": 120},
    "resolution": {"any": 2400, "urgent": 600},
}
ACTS = ("asks", "answers", "machine", "note", "status", "priority", "moves", "tags", "sweeps")


async def test_the_history_of_a_ticket_gives_its_clocks_again(desk: Desk) -> None:
    """Whatever was done to it: the promises that it had, gone through once more, end as they did."""
    random = Random(3)
    care, technical = await desk.department(), await desk.department("Technical", "Kỹ thuật", "tech@lua.example")
    free = await sla.add_policy(SYSTEM, name="Nothing yet", targets={"resolution": {"low": 900}})
    await Department.update({Department.policy: free}).where(Department.id == technical)
    departments.forget_all()
    fast = await sla.add_policy(SYSTEM, name="Fast", targets=TARGETS)
    await promise_actions.add_rule(SYSTEM, fast, {"tag": ["rush"]})
    minh, lan = await desk.agent("Minh", care, technical), await desk.customer("Lan")
    tickets = [await ask(lan, department=place) for place in (care, technical, technical)]

    for step in range(60):
        desk.clock.go(minutes=random.choice([1, 20, 61, 400]), seconds=7)
        ticket, status = random.choice(tickets), random.choice(["open", "pending", "hold", "solved", "closed"])
        match random.choice(ACTS):
            case "asks":
                await actions.reply(lan, ticket, said(f"And now? {step}"))
            case "answers":
                await actions.reply(minh, ticket, said(f"Soon. {step}"))
            case "machine":
                automatic = msgspec.structs.replace(typed(f"I am away. {step}", channel="email"), is_automatic=True)
                await actions.reply(lan, ticket, automatic)
            case "note":
                await actions.note(minh, ticket, said(f"Hm. {step}"))
            case "status":
                await actions.set_status(minh, ticket, status)
            case "priority":
                await actions.set_priority(minh, ticket, random.choice(["low", "normal", "urgent"]))
            case "moves":
                await actions.move(minh, ticket, random.choice([care, technical]))
            case "tags":
                await random.choice([actions.tag, actions.untag])(minh, ticket, "rush")
            case _:
                await deadlines.sweep()

    desk.clock.go(seconds=7)
    kept = await deadlines.clocks(tickets)
    told = await histories.histories(await Ticket.objects().where(Ticket.id.is_in(tickets)))
    for ticket in tickets:
        assert replay(await histories.acts(told[ticket]), now()) == settled(kept[ticket], now())
    assert sum(len(clocks) for clocks in kept.values()) > 6
    began = [(one.kind, one.started_at - told[ticket].opened_at) for ticket in tickets for one in kept[ticket]]
    assert [later for kind, later in began if kind == "resolution" and later]
    assert "PromiseChanged" in {one.name for history in told.values() for one in history.happened}


async def test_a_draft_says_how_many_promises_would_have_been_held(desk: Desk) -> None:
    care = await desk.department()
    policy = (await departments.department(care)).policy
    minh, lan = await desk.agent("Minh", care), await desk.customer("Lan")
    quick, slow, urgent = [await ask(lan) for _ in range(3)]
    desk.clock.go(minutes=10)
    await actions.set_priority(minh, urgent, "urgent")
    await actions.reply(minh, quick, said("At once."), then="solved")
    desk.clock.go(minutes=70)
    await actions.reply(minh, slow, said("Here."), then="solved")
    await actions.reply(minh, urgent, said("Here, too."), then="solved")
    browser = await desk.browser(await desk.admin(lang="en"))
    draft = {"name": "x", "first_response_normal": "1h", "first_response_urgent": "2h", "resolution_normal": "4h"}

    asked = await browser.post(f"/admin/policies/{policy}/try", data=draft)
    assert "0 of 3 tickets" in words(asked)
    await desk.work()
    shown = await browser.get(f"/admin/policies/{policy}/try")

    tried = await replaying.tried(policy)
    assert tried is not None
    assert tried.done == 3
    first = tried.found.counts["all"]["first_response"]
    assert (first.held, first.missed, first.would_hold, first.would_miss) == (2, 1, 2, 1)
    normal = tried.found.counts["priority:normal"]
    assert (normal["first_response"].would_miss, normal["resolution"].would_hold) == (1, 2)
    assert "resolution" not in {late.kind for late in tried.found.worst}
    assert [(late.ticket, late.minutes) for late in tried.found.worst] == [(slow, 20)]
    assert f'href="/desk/tickets/{slow}"' in shown.text
    assert "Normal: 4h → 1h" in words(shown)
    assert (await browser.get(f"/admin/policies/{policy}?draft={tried.id}")).text.count('value="2h"') == 1
    wrong = await browser.post(f"/admin/policies/{policy}/try", data={"name": "x", "resolution_low": "soon"})
    assert wrong.status_code == 422


async def test_tickets_whose_history_is_mixed_with_others_are_left_out(desk: Desk) -> None:
    care = await desk.department()
    policy = (await departments.department(care)).policy
    minh, lan = await desk.agent("Minh", care), await desk.customer("Lan")
    one, other = await ask(lan), await ask(lan)
    await actions.reply(minh, one, said("Yes."))
    await merging.merge(minh, one, [other])
    desk.clock.go(days=1)
    await ask(lan)

    continued = await ask(lan)
    await actions.set_status(minh, continued, "closed")
    await linking.follow_up(lan, continued, said("It burns again."))

    await replaying.begin(await desk.admin(), policy, TARGETS, days=30)
    await desk.work()

    tried = await replaying.tried(policy)
    assert tried is not None
    assert (tried.done, tried.found.left_out) == (5, 2)
    desk.clock.go(days=31)
    await replaying.begin(await desk.admin("Bình"), policy, TARGETS)
    await desk.work()
    again = await replaying.tried(policy)
    assert again is not None
    assert again.total == 0
