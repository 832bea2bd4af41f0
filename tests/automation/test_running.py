"""Rules at work, by the front door: what happens, to which tickets, how often, and what is told of it."""

import re

import msgspec
import pytest

from helpdesk.assignment import actions as assignment
from helpdesk.assignment.actions import WantedPlan
from helpdesk.automation import actions, acts, queries, running
from helpdesk.automation.queries import Act
from helpdesk.automation.tables import RuleRun
from helpdesk.core.actor import SYSTEM
from helpdesk.core.errors import Forbidden, Invalid
from helpdesk.departments import queries as departments
from helpdesk.events.record import react
from helpdesk.events.tables import EventRow
from helpdesk.mail.tables import Outbound
from helpdesk.people import actions as people
from helpdesk.people.tables import Member
from helpdesk.tickets import actions as tickets
from helpdesk.tickets import merging
from helpdesk.tickets import queries as read
from helpdesk.tickets.canned import actions as canned
from helpdesk.tickets.canned.actions import Wanted as Reply
from helpdesk.tickets.conditions import Conditions
from helpdesk.tickets.fields import actions as fields
from helpdesk.tickets.fields import answers
from helpdesk.tickets.terms import Term
from kb.articles import actions as articles
from tests.automation import having, rule
from tests.factories import Desk, words
from tests.kb_articles import written
from tests.tickets import ask, said


async def facts(number: int) -> read.TicketFacts:
    return await read.ticket_facts(SYSTEM, number)


async def runs(number: int) -> list[tuple[int, list[str]]]:
    """Which rules ran on a ticket, and what became of each act."""
    rows = await RuleRun.select(RuleRun.rule, RuleRun.outcome).where(RuleRun.ticket == number).order_by(RuleRun.id)
    return [
        (row["rule"], [one.state for one in msgspec.json.decode(row["outcome"], type=list[queries.Done])])
        for row in rows
    ]


async def test_a_rule_does_all_its_acts_to_tickets_that_fit_in_order_and_stops(desk: Desk) -> None:
    care, billing = await desk.department(), await desk.department("Billing", "Kế toán", "billing@lua.example")
    lan, minh = await desk.customer("Lan"), await desk.agent("Minh", care, billing)
    refunds = await rule(
        Act("tag", "refund"),
        Act("priority", "high"),
        Act("move", str(billing)),
        Act("assign", str(minh.id)),
        Act("note", words="Look at **the order**."),
        Act("follow", str(minh.id)),
        conditions=having("hoan tien, refund"),
        is_last=True,
    )
    await rule(Act("tag", "seen"), title="Seen", conditions=Conditions())  # for every ticket

    fits = await ask(lan, "Đơn 12", "Tôi muốn HOÀN TIỀN đơn này.")
    no_whole_word = await ask(lan, "Đơn 13", "Refunding hoàn tiềnx không?")
    await desk.work()

    found = await facts(fits)
    assert (found.department, found.priority, found.assignee) == (billing, "high", minh.id)
    assert await read.tags(fits) == ["refund"]
    assert await runs(fits) == [(refunds, ["done"] * 6)]
    assert await read.tags(no_whole_word) == ["seen"]
    page = await (await desk.browser(await desk.admin(lang="en"))).get(f"/desk/tickets/{fits}")
    assert "Rule “Refunds” set the priority to High" in words(page)
    assert f'<a href="/admin/rules/{refunds}">Rule “Refunds” set the priority to High</a>' in page.text
    assert "/admin/rules" not in (await (await desk.browser(minh)).get(f"/desk/tickets/{fits}")).text
    notes = [one for one in await read.messages(SYSTEM, fits) if one.kind == "note"]
    assert [one.fresh for one in notes] == ["Look at the order."]
    assert "“Refunds”" in notes[0].who


async def test_a_rule_sees_what_the_rule_before_it_did_and_runs_once_for_an_event(desk: Desk) -> None:
    await desk.department()
    urgent = Conditions(all=(Term("priority", "is", ("urgent",)),))
    first = await rule(Act("priority", "urgent"), title="First")
    second = await rule(Act("tag", "alarm"), title="Second", conditions=urgent)
    number = await ask(await desk.customer("Lan"))
    await desk.work()
    event = await EventRow.select().where(EventRow.name == "TicketOpened").first()
    assert event is not None

    await react(event["id"], "helpdesk.automation.running:run")  # the same job again, as after a crash
    await desk.work()

    assert await read.tags(number) == ["alarm"]
    assert await runs(number) == [(first, ["done"]), (second, ["done"])]


async def test_a_rule_fills_fields_in_and_names_choices_as_they_are_called(desk: Desk) -> None:
    await desk.department()
    colour = await fields.add(
        SYSTEM, fields.Wanted(name_vi="Màu", name_en="Colour", kind="choices", choices="Đỏ | Red\nXanh | Blue\nĐen")
    )
    await rule(Act("field", str(colour), words="xanh, RED"), Act("snooze", "reply"))
    number = await ask(await desk.customer("Lan"))
    await desk.work()
    assert await answers.of_ticket(number) == {colour: ("1", "2")}
    assert (await facts(number)).snoozed_until is not None
    with pytest.raises(Invalid) as refused:
        await rule(Act("field", str(colour), words="mauve"))
    assert [*refused.value.errors] == ["do-0"]


async def test_an_act_that_fails_is_told_of_and_the_others_go_on(desk: Desk) -> None:
    care = await desk.department()
    minh, an = await desk.agent("Minh", care), await desk.admin(lang="en")
    ours = await tickets.open(minh, said("x"), subject="Ours", department=care)
    number = await rule(Act("assign", str(minh.id)), Act("tag", "late"), Act("link", str(ours)), when="priority")
    one, other = await ask(await desk.customer("Lan")), await ask(await desk.customer("Mai"))
    await Member.delete().where(Member.person == minh.id)
    for ticket in (one, other):
        await tickets.set_priority(SYSTEM, ticket, "high")
    await desk.work()

    assert await runs(one) == [(number, ["failed", "done", "done"])]
    assert await read.tags(other) == ["late"]
    letters = await Outbound.select(Outbound.subject, Outbound.recipients)
    told = [letter for letter in letters if letter["subject"] == "A rule failed: Refunds"]
    assert [an.email in letter["recipients"] for letter in told] == [True], "once a day"
    page = await (await desk.browser(an)).text(f"/admin/rules/{number}")
    assert "This person does not work in the ticket's department." in page
    assert "Rule “Refunds” could not do all that it should" in await (await desk.browser(an)).text(
        f"/desk/tickets/{one}"
    )


async def test_what_a_rule_names_may_be_gone(desk: Desk) -> None:
    care = await desk.department()
    minh, lan = await desk.agent("Minh", care), await desk.customer("Lan")
    with pytest.raises(Invalid):
        await rule(Act("assign", str(lan.id)))
    prices = await canned.add(SYSTEM, Reply(name="Prices", body_vi="PRICES"))
    article = await written("Bang gia", status="published", lang="vi")
    number = await rule(
        *(Act("assign", str(minh.id)), Act("follow", str(minh.id)), Act("tell", f"person:{minh.id}")),
        *(Act("answer", str(prices)), Act("answer", article=str(article)), Act("tag", "x")),
    )
    await people.deactivate(await desk.admin(lang="en"), minh.id or 0)
    await canned.remove(SYSTEM, prices)
    await articles.unpublish(SYSTEM, article)
    departments.forget_all()  # who works here is known for some seconds
    ticket = await ask(lan)
    await desk.work()

    assert await runs(ticket) == [(number, ["failed", "failed", "left", "failed", "failed", "done"])]
    page = await (await desk.browser(await desk.admin("Bình", lang="en"))).get(f"/admin/rules/{number}")
    assert "This canned reply is not there any more." in words(page)
    assert "This article is not there any more." in words(page)
    picked = re.findall(r'<option value="([^"]*)" selected>Not there any more</option>', page.text)
    assert picked == [str(minh.id), str(minh.id), f"person:{minh.id}", str(prices)], "none is put in its place"


async def test_a_ticket_that_went_into_another_is_left_alone(desk: Desk) -> None:
    care = await desk.department()
    minh, lan = await desk.agent("Minh", care), await desk.customer("Lan")
    await rule(Act("note", words="Silent"), when="status", waits_for="opened", hours=1, conditions=Conditions())
    kept, gone = await ask(lan, department=care), await ask(lan, department=care)
    await merging.merge(minh, kept, [gone])
    desk.clock.go(hours=1)
    await desk.work()
    assert [len(await runs(one)) for one in (kept, gone)] == [1, 0]


async def test_rules_that_fight_each_other_stop(desk: Desk) -> None:
    await desk.department()
    up = await rule(
        Act("priority", "high"), when="priority", title="Up", conditions=Conditions((Term("priority", "is", ("low",)),))
    )
    down = await rule(
        Act("priority", "low"),
        when="priority",
        title="Down",
        conditions=Conditions((Term("priority", "is", ("high",)),)),
    )
    both = await rule(Act("status", "open"), Act("status", "hold"), when="status", title="Both ways")
    number = await ask(await desk.customer("Lan"))
    await tickets.set_priority(SYSTEM, number, "low")
    await tickets.set_status(SYSTEM, number, "open")
    await desk.work()

    found = await runs(number)
    for one in (up, down, both):
        states = [said for number, said in found if number == one]
        assert 2 <= len(states) <= running.MOST_A_MINUTE
        assert [*map(set, states)].count({"failed"}) <= 1, "it is said once that they were stopped"
    stopped = [states for _, states in found if "failed" in states]
    assert stopped
    assert len(found) - len(stopped) <= running.MOST_A_MINUTE
    deepest = await EventRow.select(EventRow.depth).order_by(EventRow.depth, ascending=False).first()
    assert deepest == {"depth": running.DEEPEST}


async def test_no_more_than_so_many_runs_a_minute_change_one_ticket(desk: Desk) -> None:
    await desk.department()
    number = await rule(Act("note", words="Again"), when="tags")
    ticket, other = await ask(await desk.customer("Lan")), await ask(await desk.customer("Mai"))
    for place in range(running.MOST_A_MINUTE + 2):
        await tickets.tag(SYSTEM, ticket, f"tag {place}")
    await tickets.tag(SYSTEM, other, "one")
    await desk.work()

    states = [states for _, states in await runs(ticket)]
    assert states.count(["done"]) == running.MOST_A_MINUTE
    assert states.count(["failed"]) == 1
    assert await runs(other) == [(number, ["done"])]
    desk.clock.go(minutes=2)
    await tickets.tag(SYSTEM, ticket, "later")
    await desk.work()
    assert (await runs(ticket))[-1] == (number, ["done"])


async def test_rules_that_set_each_other_off_by_the_passing_of_time_come_to_an_end(desk: Desk) -> None:
    await desk.department()

    async def after_an_hour(was: str, then: str) -> int:
        wanted = Conditions((Term("status", "is", (was,)),))
        return await rule(Act("status", then), when="", waits_for="status", hours=1, conditions=wanted, title=then)

    one, other = await after_an_hour("open", "pending"), await after_an_hour("pending", "open")
    ticket = await ask(await desk.customer("Lan"))
    await tickets.set_status(SYSTEM, ticket, "open")
    for _ in range(running.DEEPEST + 3):
        desk.clock.go(minutes=61)
        await desk.work()
    turns = [(one if turn % 2 == 0 else other, ["done"]) for turn in range(running.DEEPEST)]
    assert await runs(ticket) == [*turns, (other, ["failed"])]


async def test_one_rule_runs_on_one_ticket_only_so_often_a_day(desk: Desk) -> None:
    await desk.department()
    number = await rule(Act("note", words="Again"), when="tags")
    ticket = await ask(await desk.customer("Lan"))
    for place in range(running.MOST_A_DAY + 3):
        if place % (running.MOST_A_MINUTE - 1) == 0:
            await desk.work()
            desk.clock.go(minutes=2)
        await tickets.tag(SYSTEM, ticket, f"tag {place}")
    await desk.work()
    assert await runs(ticket) == [*[(number, ["done"])] * running.MOST_A_DAY, (number, ["failed"])], "and said once"
    desk.clock.go(days=1, minutes=1)
    await tickets.tag(SYSTEM, ticket, "later")
    await desk.work()
    assert (await runs(ticket))[-1] == (number, ["done"])


@pytest.mark.parametrize("since", ["opened", "asked", "answered", "status"])
async def test_time_passes_since_the_last_of_its_kind_and_is_noticed_once(desk: Desk, since: str) -> None:
    care = await desk.department()
    lan, minh = await desk.customer("Lan"), await desk.agent("Minh", care)
    old = await ask(lan)
    desk.clock.go(days=3)
    number = await rule(Act("tag", "silent"), when="", waits_for=since, hours=48)
    ticket = await ask(lan)
    desk.clock.go(hours=30)
    await tickets.reply(minh, ticket, said("Did it work?"))
    desk.clock.go(hours=1)
    await tickets.reply(lan, ticket, said("No."))
    await tickets.reply(minh, ticket, said("And now?"))
    await desk.work()
    assert await runs(ticket) == []

    desk.clock.go(hours=20)
    await desk.work()
    assert await runs(ticket) == ([(number, ["done"])] if since == "opened" else [])
    desk.clock.go(hours=30)
    await desk.work()
    desk.clock.go(hours=30)
    await desk.work()
    assert await runs(ticket) == [(number, ["done"])]
    assert await runs(old) == [], "what was over when the rule began is not made up for"


async def test_a_rule_that_is_told_to_wait_longer_does_so_though_it_was_owed_already(desk: Desk) -> None:
    await desk.department()
    number = await rule(Act("tag", "old"), when="", waits_for="opened", hours=1)
    ticket = await ask(await desk.customer("Lan"))
    await desk.work()
    desk.clock.go(hours=1)
    await running.sweep()
    longer = actions.Wanted(title="Old", is_active=True, waits_for="opened", hours=3, acts=(Act("tag", "old"),))
    await actions.change(SYSTEM, number, longer)
    await desk.work()
    assert await runs(ticket) == []
    desk.clock.go(hours=2)
    await desk.work()
    assert await runs(ticket) == [(number, ["done"])]


async def test_agents_answers_and_customers_words_are_told_apart_and_machines_are_neither(desk: Desk) -> None:
    care = await desk.department()
    lan, minh = await desk.customer("Lan"), await desk.agent("Minh", care)
    asked = await rule(Act("tag", "asked"), when="asked", title="Asked")
    answered = await rule(Act("tag", "answered"), when="answered noted", title="Answered")
    number = await ask(lan)
    await tickets.reply(minh, number, said("Hello."))
    await desk.work()
    assert [one for one, _ in await runs(number)] == [answered]
    await tickets.note(minh, number, said("Psst."))
    away = msgspec.structs.replace(said("I am away."), is_automatic=True)
    await tickets.reply(lan, number, away)
    await desk.work()
    assert [one for one, _ in await runs(number)] == [answered, answered]
    await tickets.reply(lan, number, said("Still here."))
    await desk.work()
    assert [one for one, _ in await runs(number)][2:] == [asked]


async def test_only_administrators_write_rules_and_each_mistake_is_named(desk: Desk) -> None:
    minh = await desk.agent("Minh", await desk.department())
    with pytest.raises(Forbidden):
        await actions.add(minh, actions.Wanted(title="Mine"))
    wrong = actions.Wanted(
        title=" ",
        waits_for="opened",
        conditions=Conditions((Term("assignee", "is", ("me",)), Term("either", "has", ("!",)))),
        acts=(Act("priority", "sky-high"), Act("answer"), Act("webhook", "http://127.0.0.1/"), Act("dance")),
    )
    with pytest.raises(Invalid) as refused:
        await actions.add(SYSTEM, wrong)
    assert [*refused.value.errors] == ["title", "hours", "all-0", "all-1", "do-0", "do-1", "do-2", "do-3"]
    assert str(await acts.check(Act("answer", days=-1))) == "Write a whole number from 0 to 365."
    assert "10000" in str(await acts.check(Act("note", words="x" * 10_001)))
    with pytest.raises(Invalid) as refused:
        await actions.add(SYSTEM, actions.Wanted(title="Hours of what?", hours=5, acts=(Act("tag", "x"),)))
    assert [*refused.value.errors] == ["waits_for"], "what was typed is not dropped without a word"


async def test_a_rule_says_who_gets_a_ticket_before_it_is_handed_out(desk: Desk) -> None:
    care, billing = await desk.department(), await desk.department("Billing", "Kế toán", "billing@lua.example")
    minh, vy, huy = await desk.agent("Minh", care), await desk.agent("Vy", care), await desk.agent("Huy", billing)
    lan = await desk.customer("Lan")
    for place in (care, billing):
        await assignment.plan(SYSTEM, place, WantedPlan(way="turn"))
    await rule(Act("assign", str(vy.id)), conditions=having("refund"))
    await rule(Act("move", str(billing)), conditions=having("bill"))
    numbers = [await ask(lan, text, department=care) for text in ("A refund, please.", "Which bill?", "Hello?")]
    await desk.work()
    assert [(await facts(number)).assignee for number in numbers] == [vy.id, huy.id, minh.id]
    given = EventRow.name == "TicketAssigned"
    assert await EventRow.count().where(given) == 3  # nobody else had one meanwhile
