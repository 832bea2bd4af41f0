"""Fields that a desk adds to its tickets: who fills them in, who sees them, and what becomes of what they say."""

import html
import re
from typing import Any

import pytest

from helpdesk.core.actor import SYSTEM
from helpdesk.core.errors import Conflict, Forbidden, Invalid
from helpdesk.tickets import actions, bulk, merging, queries, undo, views
from helpdesk.tickets.actions import Changes
from helpdesk.tickets.conditions import Conditions, problem
from helpdesk.tickets.fields import actions as fields
from helpdesk.tickets.fields import answers
from helpdesk.tickets.fields import queries as entries
from helpdesk.tickets.fields.actions import Wanted
from helpdesk.tickets.tables import Bulk
from helpdesk.tickets.terms import Term
from tests.factories import Desk, words
from tests.tickets import ask, said

ONE_OF_EACH = {
    "text": ("Màu  sơn đỏ ", "Màu sơn đỏ"),
    "long": ("Two\r\nlines", "Two\nlines"),
    "order": ("DH\x00-1042", "DH-1042"),
    "number": ("12,50", "12.5"),
    "date": ("2026-11-24", "2026-11-24"),
    "yesno": ("yes", "yes"),
    "tracking": ("1z999aa10123456784", "ups:1Z999AA10123456784"),
}
NOT_OF_EACH = {
    "text": "x" * 201,
    "number": "1.250.000",
    "date": "31/12/2026",
    "yesno": "maybe",
    "tracking": "where is it?",
    "choice": "9",
    "choices": "9",
}


async def field(name: str = "Colour", kind: Any = "text", **more: Any) -> int:
    return await fields.add(SYSTEM, Wanted(name_vi=f"{name} (vi)", name_en=name, kind=kind, **more))


@pytest.mark.parametrize("kind", ONE_OF_EACH)
async def test_each_kind_keeps_one_spelling_of_a_value(desk: Desk, kind: str) -> None:
    minh = await desk.agent("Minh", await desk.department())
    number, one = await ask(await desk.customer("Lan")), await field(kind=kind)
    typed, kept = ONE_OF_EACH[kind]

    await actions.set_fields(minh, number, {one: [typed]})

    assert await answers.of_ticket(number) == {one: (kept,)}
    await actions.set_fields(minh, number, {one: [""]})
    assert await answers.of_ticket(number) == {}


@pytest.mark.parametrize("kind", NOT_OF_EACH)
async def test_what_cannot_stand_in_a_field_is_refused_beside_it(desk: Desk, kind: str) -> None:
    minh = await desk.agent("Minh", await desk.department())
    number, one = await ask(await desk.customer("Lan")), await field(kind=kind, choices="Đỏ | Red\nXanh | Blue")

    with pytest.raises(Invalid) as refused:
        await actions.set_fields(minh, number, {one: [NOT_OF_EACH[kind]]})

    assert [*refused.value.errors] == [f"field-{one}"]
    assert await answers.of_ticket(number) == {}


async def test_some_of_several_are_kept_in_the_fields_order_and_named_as_they_are_called_now(desk: Desk) -> None:
    minh = await desk.agent("Minh", await desk.department(), lang="en")
    number, one = (
        await ask(await desk.customer("Lan")),
        await field(kind="choices", choices="Đỏ | Red\nXanh | Blue\nĐen"),
    )
    await actions.set_fields(minh, number, {one: ["3", "1"]})

    await fields.change(
        SYSTEM, one, Wanted(name_vi="Màu", name_en="Colour", kind="choices", choices="Đỏ | Crimson\nĐen\nTím | Violet")
    )

    page = (await (await desk.browser(minh)).get(f"/desk/tickets/{number}/fields")).text
    assert await answers.of_ticket(number) == {one: ("1", "3")}
    assert [label in page for label in ("Crimson", "Đen", "Violet", "Red")] == [True, True, True, False]
    assert "Blue" not in page


async def test_a_ticket_has_the_fields_of_its_department(desk: Desk) -> None:
    care = await desk.department()
    sales = await desk.department("Sales", "Bán hàng", "sales@lua.example", position=1)
    minh = await desk.agent("Minh", care, sales, lang="en")
    number = await ask(await desk.customer("Lan"), department=care)
    ours, theirs, of_all = await field("Ours", department=care), await field("Theirs", department=sales), await field()
    gone = await field("Archived")
    await fields.archive(SYSTEM, gone)

    page = (await (await desk.browser(minh)).get(f"/desk/tickets/{number}/fields")).text

    assert [f'name="field-{one}"' in page for one in (ours, theirs, of_all, gone)] == [True, False, True, False]
    for other in (theirs, gone, 999):
        with pytest.raises(Invalid):
            await actions.set_fields(minh, number, {other: ["x"]})
    await actions.set_fields(minh, number, {ours: ["Kept"]})
    await actions.move(minh, number, sales)
    assert 'value="Kept"' in (await (await desk.browser(minh)).get(f"/desk/tickets/{number}/fields")).text


async def test_the_page_saves_without_javascript_and_loses_nothing_typed(desk: Desk) -> None:
    minh = await desk.agent("Minh", await desk.department(), lang="en")
    number, colour, day = await ask(await desk.customer("Lan")), await field(), await field("Day", "date")
    browser = await desk.browser(minh)
    at = f"/desk/tickets/{number}/fields"
    form = {"shown": [str(colour), str(day)], f"field-{colour}": "<Red>"}

    refused = await browser.post(at, data={**form, f"field-{day}": "soon"})
    assert refused.status_code == 422
    assert all(part in refused.text for part in ('value="&lt;Red&gt;"', 'value="soon"', f'href="#field-{day}"'))
    assert await answers.of_ticket(number) == {}

    page = await browser.post(at, data={**form, f"field-{day}": "2026-11-24"})
    assert "Minh set Colour: – → &lt;Red&gt;; Day: – → 24 Nov 2026" in page.text
    assert "It is done." in page.text


async def test_saving_leaves_alone_what_a_colleague_changed_meanwhile_and_what_is_offered_no_more(desk: Desk) -> None:
    minh = await desk.agent("Minh", await desk.department(), lang="en")
    number, colour, size = await ask(await desk.customer("Lan")), await field(), await field("Size", "long")
    some = await field("Some", "choices", choices="A\nB\nC")
    await actions.set_fields(minh, number, {colour: ["Red"], size: ["4\n5"], some: ["1", "2"]})
    await fields.change(SYSTEM, some, Wanted(name_vi="Vài", name_en="Some", kind="choices", choices="A\nD\nE"))
    browser, at = await desk.browser(minh), f"/desk/tickets/{number}/fields"
    page = (await browser.get(at)).text
    sent: dict[str, list[str]] = {
        name: [html.unescape(one) for one in re.findall(rf'name="{name}"[^>]* value="([^"]*)"', page)]
        for name in ("shown", f"was-{colour}", f"was-{size}", f"was-{some}", f"field-{colour}")
    }
    assert 'value="2" checked><span>B</span>' in page
    sent |= {f"field-{size}": ["6\r\n7"], f"field-{some}": ["1", "2", "4"]}

    await actions.set_fields(minh, number, {colour: ["Blue"]})
    await browser.post(at, data=sent)

    assert await answers.of_ticket(number) == {colour: ("Blue",), size: ("6\n7",), some: ("1", "4", "2")}


async def test_an_act_on_fields_is_taken_back_unless_somebody_changed_the_same(desk: Desk) -> None:
    minh = await desk.agent("Minh", await desk.department())
    number, colour, size = await ask(await desk.customer("Lan")), await field(), await field("Size", "number")
    await actions.set_fields(minh, number, {colour: ["Red"], size: ["4"]})
    await actions.set_fields(minh, number, {colour: ["Blue"]})
    second = await undo.newest(minh, number) or 0

    await undo.take_back(minh, second)
    assert await answers.of_ticket(number) == {colour: ("Red",), size: ("4",)}
    await undo.take_back(minh, await undo.newest(minh, number) or 0)
    assert await answers.of_ticket(number) == {}

    await actions.set_fields(minh, number, {colour: ["Red"]})
    third = await undo.newest(minh, number) or 0
    await actions.set_fields(minh, number, {colour: ["Green"]})
    with pytest.raises(Conflict):
        await undo.take_back(minh, third)
    assert await answers.of_ticket(number) == {colour: ("Green",)}


async def test_nobody_calls_a_ticket_solved_while_a_needed_field_is_empty(desk: Desk) -> None:
    minh, lan = await desk.agent("Minh", await desk.department()), await desk.customer("Lan")
    number, cause = await ask(lan), await field("Cause", is_needed=True)

    for act in (
        actions.set_status(minh, number, "solved"),
        actions.reply(minh, number, said("Done."), then="solved"),
        actions.change(minh, number, Changes(status="closed")),
    ):
        with pytest.raises(Invalid):
            await act
    assert (await queries.ticket_facts(minh, number)).status == "new"
    await actions.change(minh, number, Changes(status="solved", fields={cause: ["Paper"]}))
    assert (await queries.ticket_facts(minh, number)).status == "solved"
    other = await ask(lan)
    await actions.set_status(lan, other, "solved")
    assert (await queries.ticket_facts(minh, other)).status == "solved"


async def test_a_merge_fills_what_is_empty_and_taking_it_apart_empties_it_again(desk: Desk) -> None:
    minh, lan = await desk.agent("Minh", await desk.department()), await desk.customer("Lan")
    colour, size = await field(), await field("Size", "number")
    target, other = await ask(lan), await ask(lan)
    await actions.set_fields(minh, target, {colour: ["Red"]})
    await actions.set_fields(minh, other, {colour: ["Blue"], size: ["4"]})

    await merging.merge(minh, target, [other])
    assert await answers.of_ticket(target) == {colour: ("Red",), size: ("4",)}
    await merging.unmerge(minh, other)

    assert await answers.of_ticket(target) == {colour: ("Red",)}
    assert await answers.of_ticket(other) == {colour: ("Blue",), size: ("4",)}


async def test_agents_find_a_ticket_by_what_its_fields_say_and_its_customer_does_not(desk: Desk) -> None:
    minh, lan = await desk.agent("Minh", await desk.department()), await desk.customer("Lan")
    number, colour = await ask(lan), await field(kind="choice", choices="Đỏ mận | Burgundy\nXanh | Blue")
    await actions.set_fields(minh, number, {colour: ["1"]})
    agent, customer = await desk.browser(minh), await desk.browser(lan)

    for word in ("burgundy", "do man"):
        assert f"#{number}" in (await agent.get("/desk/queues/all", params={"q": word})).text
        assert not (await customer.get("/api/v1/tickets", params={"q": word})).json()["items"]
    await actions.set_fields(minh, number, {colour: []})
    assert f"#{number}<" not in (await agent.get("/desk/queues/all", params={"q": "burgundy"})).text


async def test_customers_see_public_fields_only(desk: Desk) -> None:
    minh, lan = await desk.agent("Minh", await desk.department()), await desk.customer("Lan")
    number = await ask(lan)
    order = await field("Order", "order", is_public=True, link="https://shop.example/o/{number}")
    secret = await field("Margin")
    await actions.set_fields(minh, number, {order: ["A/1"], secret: ["Loss"]})

    page = (await (await desk.browser(lan)).get(f"/en/help/requests/{number}")).text

    assert 'href="https://shop.example/o/A%2F1" target="_blank" rel="noopener noreferrer"' in page
    assert "Margin" not in page
    assert "Loss" not in page


async def test_the_form_asks_what_the_department_wants_to_know_and_loses_nothing(desk: Desk) -> None:
    care = await desk.department()
    sales = await desk.department("Sales", "Bán hàng", "sales@lua.example", position=1)
    hidden = await desk.department("Lab", "Phòng máy", "lab@lua.example", position=2, is_public=False)
    order = await field("Order", "order", department=sales, is_public=True, is_asked=True)
    inner, secret = await field("Inner", department=sales), await field("Secret", department=hidden, is_public=True)
    lan, browser = await desk.customer("Lan"), await desk.browser()
    form = {
        "name": "Lan",
        "email": lan.email,
        "subject": "Where is it?",
        "body": "Ordered last week.",
        "department": sales,
    }

    assert f'name="field-{order}"' not in (await browser.get("/en/help/requests/new")).text
    asked = await browser.post("/en/help/requests/new", data={**form, "act": "fields"})
    refused = await browser.post("/en/help/requests/new", data=form)
    for page in (asked, refused):
        assert all(
            part in page.text for part in (f'name="field-{order}"', "Ordered last week.", 'value="Where is it?"')
        )
        assert f'name="field-{inner}"' not in page.text
    assert (asked.status_code, refused.status_code) == (200, 422)
    assert f'href="#field-{order}"' in refused.text
    for place, other in ((care, order), (hidden, secret)):
        part = await browser.post("/en/help/requests/new/fields", data={"department": place})
        assert f"field-{other}" not in part.text

    sent = {**form, "shown": [order, inner], f"field-{order}": " DH-7 ", f"field-{inner}": "x"}
    assert (await browser.post("/en/help/requests/new", data=sent)).url.path.endswith("/sent")
    rows = await queries.newest(SYSTEM)
    assert [await answers.of_ticket(row.id) for row in rows.items] == [{order: ("DH-7",)}]
    assert care != sales


async def test_an_agent_fills_the_fields_of_a_new_ticket_in_and_loses_nothing(desk: Desk) -> None:
    care, sales = await desk.department(), await desk.department("Sales", "Bán hàng", "sales@lua.example", position=1)
    inner, size = await field("Inner", department=sales), await field("Size", "number")
    browser = await desk.browser(await desk.agent("Minh", care, sales, lang="en"))
    form = {"email": "lan@khach.example", "subject": "By telephone", "body": "She rang.", "department": sales}
    filled_in = {"shown": [inner, size], f"field-{inner}": "Kept", f"field-{size}": "4,5"}

    first = await browser.get("/desk/tickets/new")
    typed = {"department": sales, "shown": size, f"field-{size}": "4,5"}
    other = await browser.post("/desk/tickets/new/fields", data=typed)
    asked = await browser.post("/desk/tickets/new", data={**form, "act": "fields"})
    refused = await browser.post("/desk/tickets/new", data={**form, **filled_in, f"field-{size}": "many"})
    pages = (first, other, asked, refused)
    assert [f'name="field-{inner}"' in page.text for page in pages] == [False, True, True, True]
    assert 'value="4,5"' in other.text
    assert (asked.status_code, refused.status_code) == (200, 422)
    assert all(part in refused.text for part in ("She rang.", 'value="Kept"', f'href="#field-{size}"'))
    assert (await queries.newest(SYSTEM)).items == []

    await browser.post("/desk/tickets/new", data={**form, **filled_in})
    rows = await queries.newest(SYSTEM)
    assert [await answers.of_ticket(row.id) for row in rows.items] == [{inner: ("Kept",), size: ("4.5",)}]


async def test_a_field_is_filled_in_on_many_tickets_and_all_of_it_taken_back(desk: Desk) -> None:
    care, sales = await desk.department(), await desk.department("Sales", "Bán hàng", "sales@lua.example", position=1)
    minh, lan = await desk.agent("Minh", care, sales, lang="en"), await desk.customer("Lan")
    ours, theirs = await ask(lan, department=care), await ask(lan, department=sales)
    cause = await field("Cause", "choice", department=care, choices="Giấy | Paper\nMực | Ink")
    gone = await field("Gone")
    await fields.archive(SYSTEM, gone)
    browser = await desk.browser(minh)

    choice = await browser.post("/desk/queues/all", data={"id": [ours, theirs], "act": "choose"})
    assert [f'value="field {one}"' in choice.text for one in (cause, gone)] == [True, False]
    done = await browser.post("/desk/queues/all", data={"id": [ours, theirs], "act": f"field {cause}", "value": "2"})
    assert f"1 of 2 tickets were changed. #{theirs}: This ticket has no such field." in words(done)
    assert [await answers.of_ticket(one) for one in (ours, theirs)] == [{cause: ("2",)}, {}]
    for wrong in (f"{cause}=9", f"{gone}=x", "99=x", "=2", ""):
        with pytest.raises(Invalid):
            await bulk.begin(minh, "field", wrong, [ours])

    began = await Bulk.select(Bulk.id).first()
    await bulk.take_back(minh, began["id"] if began else 0)
    assert await answers.of_ticket(ours) == {}


async def test_one_of_several_is_added_to_many_tickets_and_taken_away_again(desk: Desk) -> None:
    minh, lan = await desk.agent("Minh", await desk.department(), lang="en"), await desk.customer("Lan")
    parts, cause = await field("Parts", "choices", choices="Drum\nRoller\nFuser"), await field("Cause")
    first, second = await ask(lan), await ask(lan)
    await actions.set_fields(minh, first, {parts: ["1", "3"]})
    browser, picked = await desk.browser(minh), {"id": [first, second]}

    async def said() -> list[tuple[str, ...]]:
        return [(await answers.of_ticket(one)).get(parts, ()) for one in (first, second)]

    assert f'value="field {parts}+"' in (await browser.post("/desk/queues/all", data={**picked, "act": "choose"})).text
    await browser.post("/desk/queues/all", data={**picked, "act": f"field {parts}+", "value": "2"})
    assert await said() == [("1", "2", "3"), ("2",)]
    await browser.post("/desk/queues/all", data={**picked, "act": f"field {parts}-", "value": "3"})
    assert await said() == [("1", "2"), ("2",)]
    for row in await Bulk.select(Bulk.id).order_by(Bulk.id, ascending=False):
        await bulk.take_back(minh, row["id"])
    assert await said() == [("1", "3"), ()]
    for wrong in (f"{cause}+=x", f"{parts}+=", f"{parts}+=9", f"{parts}++=1", "+=1"):
        with pytest.raises(Invalid):
            await bulk.begin(minh, "field", wrong, [first])


async def test_machines_read_and_write_fields(desk: Desk) -> None:
    minh, lan = await desk.agent("Minh", await desk.department()), await desk.customer("Lan")
    order, secret = await field("Order", "order", is_public=True), await field("Secret", "choices", choices="A\nB")
    agent, customer = await desk.browser(minh), await desk.browser(lan)

    listed = (await agent.get("/api/v1/fields")).json()["items"]
    assert [(one["id"], one["kind"]) for one in listed] == [(order, "order"), (secret, "choices")]
    assert [one["key"] for one in listed[1]["choices"]] == ["1", "2"]
    assert [one["id"] for one in (await customer.get("/api/v1/fields")).json()["items"]] == [order]

    new = {"subject": "Where?", "body": "Where is it?", "fields": {str(order): ["A1"]}}
    number = (await customer.post("/api/v1/tickets", json=new)).json()["number"]
    changed = await agent.patch(f"/api/v1/tickets/{number}", json={"fields": {str(secret): ["2", "1"]}})
    assert changed.json()["fields"] == {str(order): ["A1"], str(secret): ["1", "2"]}
    assert (await customer.get(f"/api/v1/tickets/{number}")).json()["fields"] == {str(order): ["A1"]}
    forbidden = await customer.post("/api/v1/tickets", json={**new, "subject": "Else", "fields": {str(secret): ["1"]}})
    assert forbidden.status_code == 422
    assert (await agent.patch(f"/api/v1/tickets/{number}", json={"fields": {str(secret): ["7"]}})).status_code == 422


async def test_outsiders_neither_see_nor_change_fields(desk: Desk) -> None:
    minh, lan = await desk.agent("Minh", await desk.department()), await desk.customer("Lan")
    vy = await desk.person("Vy", role="agent")
    number, colour = await ask(lan), await field()
    await actions.set_fields(minh, number, {colour: ["Red"]})

    with pytest.raises(Forbidden):
        await actions.set_fields(lan, number, {colour: ["Blue"]})
    assert (await (await desk.browser(vy)).get(f"/desk/tickets/{number}/fields")).status_code == 404
    assert (await (await desk.browser(lan)).get(f"/desk/tickets/{number}/fields")).status_code == 403
    assert await answers.of_ticket(number) == {colour: ("Red",)}


async def test_administrators_add_order_archive_and_remove_fields(desk: Desk) -> None:
    minh, an = await desk.agent("Minh", await desk.department(), lang="en"), await desk.admin(lang="en")
    number, browser = await ask(await desk.customer("Lan")), await desk.browser(an)
    names = {"name_vi": "Màu", "name_en": "Colour", "kind": "choice"}

    refused = await browser.post("/admin/fields/new", data={**names, "choices": ""})
    assert (refused.status_code, "Write at least one choice." in refused.text) == (422, True)
    await browser.post("/admin/fields/new", data={**names, "choices": "Đỏ | Red\nXanh | Blue"})
    await browser.post("/admin/fields/new", data={"name_vi": "Cỡ", "name_en": "Size", "kind": "number"})
    colour, size = await entries.everything()
    await actions.set_fields(minh, number, {colour: ["1"]})

    await browser.post(f"/admin/fields/{size}/move", data={"to": "up"})
    assert [*await entries.everything()] == [size, colour]
    assert "Archive it instead" in (await browser.post(f"/admin/fields/{colour}/remove")).text
    await browser.post(f"/admin/fields/{colour}/move", data={"to": "archive"})
    page = (await (await desk.browser(minh)).get(f"/desk/tickets/{number}/fields")).text
    assert ("Red" in page, f'name="field-{colour}"' in page) == (True, False)
    await browser.post(f"/admin/fields/{size}/remove")
    assert [*await entries.everything()] == [colour]
    for link in ("javascript:alert(1)//{number}", "shop.example/{number}", "https://"):
        form = {"name_vi": "Đơn", "name_en": "Order", "kind": "order", "link": link}
        assert (await browser.post("/admin/fields/new", data=form)).status_code == 422


ASKED = [
    ("order", "is", ("dh-1, DH-7",), {"red"}),
    ("order", "has", ("DH",), {"red", "blue"}),
    ("long", "has", ("xanh dam",), {"blue"}),
    ("order", "empty", (), {"bare"}),
    ("number", "least", ("12,5",), {"blue"}),
    ("number", "most", ("12.4",), {"red"}),
    ("date", "before", ("2026-11-20",), {"red"}),
    ("date", "after", ("2026-11-20",), {"blue"}),
    ("date", "last", ("7",), {"red"}),
    ("date", "next", ("7",), {"blue"}),
    ("choices", "is", ("1", "3"), {"red"}),
    ("choices", "not", ("1",), {"blue", "bare"}),
    ("yesno", "is", ("yes",), {"blue"}),
    ("yesno", "filled", (), {"red", "blue"}),
    ("tracking", "is", ("L8BBRD",), {"red"}),
]


async def test_views_ask_for_fields_of_every_kind(desk: Desk) -> None:
    minh, lan = await desk.agent("Minh", await desk.department()), await desk.customer("Lan")
    kinds = ("order", "number", "date", "choices", "yesno", "tracking", "long")
    own = {kind: await field(kind, kind, choices="Đỏ | Red\nXanh | Blue\nĐen") for kind in kinds}
    tickets = {name: await ask(lan) for name in ("red", "blue", "bare")}
    filled_in = {
        "red": ("DH-1", "12,4", "2026-11-19", "1", "no", "GHN L8BBRD", "Đỏ"),
        "blue": ("DH-2", "12,5", "2026-11-24", "2", "yes", "5ENLKKHD", "Dài dòng. " * 20 + "Xanh đậm"),
    }
    for name, texts in filled_in.items():
        wanted = {own[kind]: [text] for kind, text in zip(kinds, texts, strict=True)}
        await actions.set_fields(minh, tickets[name], wanted)

    names, found = {number: name for name, number in tickets.items()}, []
    for kind, op, values, _ in ASKED:
        wanted_view = Conditions(all=(Term(f"{kind}:{own[kind]}", op, values),))
        rows = await queries.listed(minh, views.matching(wanted_view, minh), "newest")
        found.append((kind, op, values, {names[row.id] for row in rows.items}))
    assert found == ASKED


@pytest.mark.parametrize(
    "term",
    [
        *(Term("order:x", "is", ("1",)), Term("shape:1", "is", ("1",)), Term("order:1", "least", ("1",))),
        *(Term("number:1", "least", ("many",)), Term("choice:1", "is", ("red",)), Term("yesno:1", "is", ("maybe",))),
        Term("date:1", "next", ("99999",)),
    ],
)
def test_a_term_about_a_field_that_means_nothing_is_refused(term: Term) -> None:
    assert problem(term) is not None


async def test_a_queue_is_put_together_with_a_field_as_condition_and_column(desk: Desk) -> None:
    minh, lan = await desk.agent("Minh", await desk.department(), lang="en"), await desk.customer("Lan")
    red, blue, colour = await ask(lan), await ask(lan), await field(kind="choice", choices="Đỏ | Red\nXanh | Blue")
    await actions.set_fields(minh, red, {colour: ["1"]})
    await actions.set_fields(minh, blue, {colour: ["2"]})
    browser, key = await desk.browser(minh), f"choice:{colour}"
    form = {"title": "Red ones", "row": "all-0", "field-all-0": key, "op-all-0": "is", "value-all-0": "1"}

    draft = (await browser.post("/desk/views/draft", data={**form, "was-all-0": "status"})).text
    assert all(part in draft for part in (f'value="{key}" selected', "<span>Blue</span>"))
    queue = (await browser.post("/desk/views/new", data={**form, "columns": ["number", key, "order:999"]})).text

    assert f"#{red}<" in queue
    assert f"#{blue}<" not in queue
    assert '<td role="cell" class="cell-own" title="Colour">Red</td>' in queue
