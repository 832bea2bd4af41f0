"""Statuses and priorities as data: what they are called is the desk's, what they mean drives the clocks."""

from typing import Any

import pytest

from helpdesk.core.actor import SYSTEM, Actor
from helpdesk.core.clock import now
from helpdesk.mailroom import changing, wording
from helpdesk.mailroom.wording import Source
from helpdesk.sla.tables import PolicyRow
from helpdesk.tickets import actions, facts, linking, merging, queries, undo
from helpdesk.tickets.canned import actions as canned
from helpdesk.tickets.canned.actions import Wanted
from helpdesk.tickets.conditions import Conditions, hold
from helpdesk.tickets.named import actions as named
from helpdesk.tickets.named import moving
from helpdesk.tickets.named.actions import WantedPriority, WantedStatus
from helpdesk.tickets.tables import Ticket
from helpdesk.tickets.terms import Looker, Term
from helpdesk.tickets.view_keeping import Wanted as WantedView
from helpdesk.tickets.view_keeping import save as save_view
from tests.factories import Browser, Desk, words
from tests.tickets import ask, said

STOCK = WantedStatus(
    category="hold",
    name_vi="Chờ kho",
    name_en="Waiting for stock",
    public_vi="Đang lấy hàng",
    public_en="Being fetched",
)
REFUND = WantedStatus(category="open", name_vi="Chờ hoàn tiền", name_en="Refund owed", colour="amber")


async def two_of_its_own() -> None:
    """A desk with two statuses and a priority of its own."""
    assert await named.add_status(SYSTEM, STOCK) == "cho-kho"
    assert await named.add_status(SYSTEM, REFUND) == "cho-hoan"
    assert await named.add_priority(SYSTEM, WantedPriority(name_vi="Cấp cứu", name_en="Emergency", colour="red")) == (
        "cap-cuu"
    )


async def company(desk: Desk) -> tuple[Actor, Actor, int]:
    """Minh, whose desk has words of its own; Lan, and what she asked."""
    place = await desk.department()
    await two_of_its_own()
    lan = await desk.customer("Lan", lang="en")
    return await desk.agent("Minh", place, role="admin", lang="en"), lan, await ask(lan)


async def now_of(number: int) -> tuple[str, str | None, bool]:
    """What a ticket's status means, what it is called besides, and whether its clock runs."""
    row = await Ticket.objects().where(Ticket.id == number).first()
    assert row is not None
    return row.status, row.named_status, row.due_at is not None


async def api(browser: Browser, url: str, **body: Any) -> Any:
    answer = await (browser.patch(url, json=body) if body else browser.get(url))
    return answer.json()


async def test_what_a_status_means_drives_the_clock_and_what_it_is_called_is_shown_everywhere(desk: Desk) -> None:
    minh, lan, number = await company(desk)
    browser, hers = await desk.browser(minh), await desk.browser(lan)

    await browser.post(f"/desk/tickets/{number}/status", data={"status": "cho-kho"})

    assert await now_of(number) == ("hold", "cho-kho", False)
    for url in (f"/desk/tickets/{number}", "/desk/queues/waiting", f"/desk/tickets/{number}/print"):
        assert "Waiting for stock" in await browser.text(url), url
    assert "Minh set the status to Waiting for stock" in await browser.text(f"/desk/tickets/{number}")
    for url in ("/en/help/requests", f"/en/help/requests/{number}"):
        told = await hers.text(url)
        assert "Being fetched" in told, url
        assert "Waiting for stock" not in told, url
    told = await api(browser, f"/api/v1/tickets/{number}")
    assert (told["status"], told["status_key"], told["status_name"]) == ("hold", "cho-kho", "Waiting for stock")
    told = await api(hers, f"/api/v1/tickets/{number}")
    assert (told["status"], told["status_key"], told["status_name"]) == ("hold", "hold", "Being fetched")
    vietnamese = await desk.browser(await desk.admin("Bình"), lang="vi")
    assert (await api(vietnamese, f"/api/v1/tickets/{number}"))["status_name"] == "Chờ kho"
    assert [one["key"] for one in await api(browser, "/api/v1/statuses")][-2:] == ["cho-kho", "cho-hoan"]

    await browser.post(f"/desk/tickets/{number}/status", data={"status": "cho-hoan"})
    assert await now_of(number) == ("open", "cho-hoan", True)
    for url in (
        "/api/v1/tickets",
        f"/api/v1/tickets/{number}",
        "/en/help/search?q=printer",
        f"/en/help/requests/{number}",
    ):
        told = (await hers.get(url)).text  # which has no words for customers, so that they read the plain ones
        assert "In progress" in told, url
        assert "Refund" not in told, url
        assert "cho-hoan" not in told, url
    await browser.post(f"/desk/tickets/{number}/status", data={"status": "open"})
    assert await now_of(number) == ("open", None, True)


async def test_an_answer_a_macro_a_bulk_act_and_a_program_choose_a_status_by_its_key(desk: Desk) -> None:
    minh, lan, number = await company(desk)
    browser = await desk.browser(minh)

    shown = await browser.text(f"/desk/tickets/{number}")
    assert "then Waiting for stock" in shown
    await browser.post(f"/desk/tickets/{number}/messages", data={"body": "We look for it.", "then": "cho-kho"})
    assert await now_of(number) == ("hold", "cho-kho", False)

    await actions.reply(lan, number, said("Any news?"))  # a customer's word is our turn again
    assert (await now_of(number))[:2] == ("open", None)

    macro = await canned.add(minh, Wanted(name="Refund", status="cho-hoan", priority="cap-cuu"))
    await browser.post(f"/desk/tickets/{number}/insert", data={"pick": macro})
    assert (await now_of(number))[:2] == ("open", "cho-hoan")
    assert (await api(browser, f"/api/v1/tickets/{number}"))["priority_name"] == "Emergency"
    await actions.reply(lan, number, said("Thanks."))  # it is our turn already, by the word that was chosen
    assert (await now_of(number))[:2] == ("open", "cho-hoan")

    other = await ask(lan, "Another one")
    await browser.post("/desk/queues/all", data={"act": "status cho-kho", "id": [number, other]})
    assert {(await now_of(one))[1] for one in (number, other)} == {"cho-kho"}

    told = await api(browser, f"/api/v1/tickets/{other}", status="cho-hoan", priority="cap-cuu")
    assert (told["status"], told["status_key"], told["priority"]) == ("open", "cho-hoan", "cap-cuu")
    vietnamese = await desk.browser(await desk.admin("Bình"), lang="vi")
    refused = await vietnamese.patch(f"/api/v1/tickets/{other}", json={"status": "frozen"})
    assert refused.status_code == 422
    assert "cho-kho (Chờ kho)" in refused.text
    refused = await browser.patch(f"/api/v1/tickets/{other}", json={"priority": "huge"})
    assert refused.status_code == 422
    assert "cap-cuu (Emergency)" in refused.text


async def test_queues_find_a_category_as_a_whole_and_each_status_of_the_desks_own(desk: Desk) -> None:
    minh, lan, number = await company(desk)
    plain, refund = await ask(lan, "Plain"), await ask(lan, "Refund")
    await actions.set_status(minh, number, "cho-kho")
    await actions.set_status(minh, plain, "hold")
    await actions.set_status(minh, refund, "cho-hoan")
    await actions.set_priority(minh, refund, "cap-cuu")

    async def found(term: Term) -> set[int]:
        wanted = WantedView(title="X", conditions=Conditions((term,)), columns=["status"], order="due", audience="")
        shown = (await browser.get(f"/desk/queues/{await save_view(minh, wanted, None)}")).text
        listed = {one for one in (number, plain, refund) if f'id="row-{one}"' in shown}
        read = await facts.read(Ticket.id > 0, ())  # a rule asks of a ticket that it has read already
        assert listed == {one for one, fact in read.items() if hold(wanted.conditions, Looker(minh, now()), fact)}
        return listed

    browser = await desk.browser(minh)
    assert await found(Term("status", "is", ("hold",))) == {number, plain}
    assert await found(Term("status", "is", ("cho-kho", "cho-hoan"))) == {number, refund}
    assert await found(Term("status", "not", ("cho-kho",))) == {plain, refund}
    assert await found(Term("status", "not", ("hold", "cho-hoan"))) == set()
    assert await found(Term("priority", "is", ("cap-cuu",))) == {refund}
    filtered = await browser.get("/desk/queues/all?status=cho-kho")
    assert f'id="row-{number}"' in filtered.text
    assert f'id="row-{plain}"' not in filtered.text
    assert "On hold (all)" in words(filtered)
    rows = (await api(browser, "/api/v1/tickets?status=cho-hoan&priority=cap-cuu"))["items"]
    assert [one["number"] for one in rows] == [refund]


async def test_a_letter_names_the_status_to_customers_in_the_words_for_them(desk: Desk) -> None:
    minh, _, number = await company(desk)
    await actions.set_status(minh, number, "cho-kho")
    for kind, essential, told in (("reply", "answer", "Being fetched"), ("assigned", "link", "Waiting for stock")):
        wanted = {"en": Source("x", "{{ " + essential + " }}: {{ ticket.status }}!")}
        shown = await changing.preview(wording.KINDS[kind], wanted, minh, number)
        assert f": {told}!" in " ".join(shown["en"].text.split()), kind


async def test_a_queue_of_the_most_urgent_follows_priorities_that_change_places(desk: Desk) -> None:
    minh, lan, number = await company(desk)
    low, high, emergency, later = [await ask(lan) for _ in range(4)]
    wanted = {low: "low", high: "high", emergency: "cap-cuu", later: "cap-cuu"}
    for ticket, priority in wanted.items():
        await actions.set_priority(minh, ticket, priority)

    async def order() -> list[int]:
        return [row.id for row in (await queries.listed(minh, None, "urgent")).items]

    assert await order() == [emergency, later, high, number, low]
    for _ in range(2):
        await named.move_priority(minh, "cap-cuu", up=False)
    await named.move_priority(minh, "low", up=True)
    await desk.work()
    assert await order() == [high, emergency, later, low, number]
    again = await actions.reply(lan, number, said("By the way, the lamp flickers at night."))
    split = await linking.split(minh, again)
    newest = await undo.newest(minh, high)
    assert newest is not None
    await undo.take_back(minh, newest)
    assert await order() == [emergency, later, low, number, high, split]


async def test_undo_and_taking_out_of_a_merge_bring_back_what_it_was_called(desk: Desk) -> None:
    minh, lan, number = await company(desk)
    await actions.set_status(minh, number, "cho-hoan")
    clock = (await now_of(number))[2]
    await actions.set_status(minh, number, "cho-kho")
    await actions.set_priority(minh, number, "cap-cuu")

    for _ in range(2):
        newest = await undo.newest(minh, number)
        assert newest is not None
        await undo.take_back(minh, newest)

    assert await now_of(number) == ("open", "cho-hoan", clock)
    facts = await queries.ticket_facts(minh, number)
    assert (facts.called, facts.priority) == ("cho-hoan", "normal")
    target = await ask(lan, "The same")
    await merging.merge(minh, target, [number])
    assert (await now_of(number))[:2] == ("closed", None)
    await merging.unmerge(minh, number)
    assert await now_of(number) == ("open", "cho-hoan", clock)


async def test_tickets_of_a_status_that_goes_take_the_one_that_was_chosen(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moving, "IN_ONE", 2)
    minh, lan, number = await company(desk)
    macro = await canned.add(minh, Wanted(name="Stock", status="cho-kho", body_en="Wait."))
    for _ in range(5):  # more than a job changes in one transaction
        await actions.set_status(minh, await ask(lan), "cho-kho")
    browser = await desk.browser(minh)

    asked = await browser.get("/admin/statuses/cho-kho/removal")
    assert "5 tickets have it." in words(asked)
    refused = await browser.post("/admin/statuses/cho-kho/remove", data={"goes_to": ""})
    assert refused.status_code == 422
    await browser.post("/admin/statuses/cho-kho/remove", data={"goes_to": "cho-hoan"})
    assert await Ticket.count().where(Ticket.named_status == "cho-kho") == 5
    await desk.work()

    assert await Ticket.count().where((Ticket.named_status == "cho-hoan") & (Ticket.status == "open")) == 5
    assert await Ticket.count().where(Ticket.due_at.is_null()) == 0
    assert (await browser.get("/admin/statuses/cho-kho")).status_code == 404
    assert "Waiting for stock" in await browser.text(f"/desk/tickets/{number + 1}")  # what happened keeps its name
    await browser.post(f"/desk/tickets/{number}/insert", data={"pick": macro})
    await actions.set_status(minh, number, "cho-kho")  # as a macro or a program would still say
    assert (await now_of(number))[1] == "cho-hoan"


async def test_tickets_go_along_when_their_status_means_something_else_if_that_was_chosen(desk: Desk) -> None:
    minh, _, number = await company(desk)
    await actions.set_status(minh, number, "cho-kho")
    browser = await desk.browser(minh)
    form = {"name_vi": "Chờ kho", "name_en": "Waiting for stock", "category": "open", "is_active": "true"}

    asked = await browser.post("/admin/statuses/cho-kho", data=form)
    assert asked.status_code == 422
    assert "They keep “Waiting for stock” and go along" in words(asked)
    assert (await browser.post("/admin/statuses/cho-kho", data={**form, "goes_to": "cho-kho"})).status_code == 200
    await desk.work()

    assert await now_of(number) == ("open", "cho-kho", True)
    form["category"] = "solved"
    await browser.post("/admin/statuses/cho-kho", data={**form, "goes_to": "hold"})
    await desk.work()
    assert await now_of(number) == ("hold", None, False)


async def test_an_own_priority_has_its_place_its_promise_and_goes_where_it_is_sent(desk: Desk) -> None:
    minh, lan, number = await company(desk)
    browser = await desk.browser(minh)
    keys = [one["key"] for one in await api(browser, "/api/v1/priorities")]
    assert keys == ["cap-cuu", "urgent", "high", "normal", "low"]
    await browser.post("/admin/priorities/cap-cuu/move", data={"to": "down"})
    assert [one["key"] for one in await api(browser, "/api/v1/priorities")][:2] == ["urgent", "cap-cuu"]

    policy = await PolicyRow.objects().first()
    assert policy is not None
    promised = {
        "name": "Standard",
        "first_response_normal": "4h",
        "first_response_cap_cuu": "15m",
        "open_tickets": "take",
    }
    assert "Emergency: First reply" in (await browser.get(f"/admin/policies/{policy.id}")).text
    await browser.post(f"/admin/policies/{policy.id}", data=promised)
    await browser.post(f"/desk/tickets/{number}/priority", data={"priority": "cap-cuu"})
    await desk.work()
    assert (await queries.deadlines(await ask(lan)))[0].minutes == 240
    place = (await queries.ticket_facts(minh, number)).department
    urgent = await actions.open(
        SYSTEM, said("Fire!"), subject="Fire", department=place, requester=lan.id, priority="cap-cuu"
    )
    assert (await queries.deadlines(urgent))[0].minutes == 15
    assert "Minh set the priority to Emergency" in await browser.text(f"/desk/tickets/{number}")
    assert "Emergency" in await browser.text("/desk/queues/all?priority=cap-cuu")
    assert (await browser.post("/admin/priorities/urgent/remove", data={"goes_to": "low"})).status_code == 200
    assert "urgent" in [one["key"] for one in await api(browser, "/api/v1/priorities")]
    await browser.post("/admin/priorities/cap-cuu/remove", data={"goes_to": "high"})
    await desk.work()
    assert (await api(browser, f"/api/v1/tickets/{number}"))["priority"] == "high"
    await actions.set_priority(minh, number, "low")
    await actions.set_priority(minh, number, "cap-cuu")  # as a macro or a program would still say
    assert (await queries.ticket_facts(minh, number)).priority == "high"


async def test_the_office_adds_orders_and_words_statuses_and_says_what_is_wrong(desk: Desk) -> None:
    await desk.department()
    browser = await desk.browser(await desk.admin(lang="en"))
    form = {
        "name_vi": "Chờ ngân hàng",
        "name_en": "At the bank",
        "category": "hold",
        "colour": "plum",
        "is_active": "true",
    }

    await browser.post("/admin/statuses/add", data={**form, "is_default": "true"})
    shown = await browser.get("/admin/statuses")
    assert 'st st--hold tint--plum" title="At the bank">At the bank' in shown.text
    again = await browser.post("/admin/statuses/add", data=form)
    assert again.status_code == 422
    assert "Another one is called so already." in words(again)
    assert "Changed which statuses there are (At the bank)" in await browser.text("/admin/audit")
    assert (
        await browser.post("/admin/statuses/add", data={**form, "name_vi": "A", "colour": "pink"})
    ).status_code == 422
    number = await ask(await desk.customer("Lan"))
    await actions.turn(SYSTEM, number, "hold")  # what the house does by itself takes the default
    assert (await now_of(number))[:2] == ("hold", "cho-ngan")

    await browser.post("/admin/statuses/cho-ngan/move", data={"to": "up"})
    keys = [one["key"] for one in await api(browser, "/api/v1/statuses")]
    assert keys == ["new", "open", "pending", "hold", "solved", "cho-ngan", "closed"]
    await browser.post("/admin/statuses/open", data={"name_vi": "Đang làm", "name_en": "In hand", "category": "closed"})
    every = {one["key"]: one for one in await api(browser, "/api/v1/statuses")}
    assert "open" not in every  # it is offered no more, and means what it meant
    await actions.set_status(SYSTEM, number, "open")
    assert (await api(browser, f"/api/v1/tickets/{number}"))["status_name"] == "In hand"
    assert (await now_of(number))[0] == "open"
