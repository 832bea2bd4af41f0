"""Topics at the desk: administrators keep them, letters and programs name them, agents set them."""

import pytest

from helpdesk.core.actor import SYSTEM
from helpdesk.core.clock import now
from helpdesk.core.errors import Conflict, Invalid
from helpdesk.tickets import actions, bulk, documents, queries, renaming, undo
from helpdesk.tickets.conditions import Conditions, compiled
from helpdesk.tickets.fields import answers, lines
from helpdesk.tickets.fields import queries as fields
from helpdesk.tickets.tables import Ticket
from helpdesk.tickets.terms import Looker, Term
from helpdesk.topics import actions as topic_actions
from helpdesk.topics import queries as topics
from helpdesk.topics import rules
from helpdesk.topics.actions import Wanted
from tests.factories import Desk, words
from tests.mailroom import arrive
from tests.tickets import ask
from tests.topics import asked, topic

LETTER = b"From: Lan <lan@khach.example>\r\nTo: support+invoice@lua.example\r\nSubject: Bill\r\n\r\nIt is wrong.\r\n"


@pytest.mark.once
def test_names_are_kept_once_however_they_are_written() -> None:
    assert rules.tags_from("#Đổi trả, gấp\nĐỔI TRẢ,,") == ["đổi trả", "gấp"]
    assert rules.skills_from("Tiếng Anh, tieng anh\nKế toán") == ["Tiếng Anh", "Kế toán"]
    assert [rules.is_plus(one) for one in ("hoadon", "t7", "hoá", "x", "t7.abc", "-a", "a" * 41)] == [
        *(True, True, False, False, False, False, False)
    ]


async def test_administrators_keep_topics_and_their_forms(desk: Desk) -> None:
    department = await desk.department()
    browser = await desk.browser(await desk.admin(lang="en"))
    form = {"name_vi": "Đổi trả", "name_en": "Returns", "department": str(department), "is_public": "true"}
    more = {"is_active": "true", "tags": "return, #Return", "skills": "Kho", "plus": "+DoiTra", "priority": "high"}

    refused = await browser.post("/admin/topics/new", data={**form, "plus": "đổi"})
    made = await browser.post("/admin/topics/new", data={**form, **more})
    [one] = await topics.topics()
    again = await browser.post("/admin/topics/new", data={**form, "plus": "doitra"})

    assert refused.status_code == again.status_code == 422
    assert "Another topic has this word already." in words(again)
    assert made.url.path == f"/admin/topics/{one.id}/form"
    assert (one.name_vi, one.priority, one.tags, one.skills, one.plus) == (
        *("Đổi trả", "high", ("return",), ("Kho",), "doitra"),
    )

    other = await topic(department, "Other")
    await browser.post(f"/admin/topics/{other}/move", data={"to": "up"})
    assert [each.id for each in await topics.topics()] == [other, one.id]
    await browser.post(f"/admin/topics/{other}/remove")
    await browser.post(f"/admin/topics/{one.id}", data={**form, "name_en": "Return it"})
    [changed] = await topics.topics()
    assert (changed.name_en, changed.is_active, changed.plus) == ("Return it", False, "")
    assert "Returns" in await browser.text("/admin/audit") or "Return it" in await browser.text("/admin/audit")


async def test_a_form_keeps_what_decides_above_what_depends_on_it(desk: Desk) -> None:
    about = await topic(await desk.department())
    browser = await desk.browser(await desk.admin(lang="en"))
    why = await asked(about, "Why", "choice", choices="Hỏng | Broken\nKhác | Other")
    what = await asked(about, "What")
    at = f"/admin/topics/{about}/form"

    page = await browser.text(at)
    await browser.post(f"{at}/{what}", data={"only": f"{why}:1", "is_asked": "true"})
    told = [
        await browser.post(f"{at}/{what}/move", data={"to": "up"}),
        await browser.post(f"{at}/{why}/move", data={"to": "away"}),
        await browser.post(f"{at}/{why}", data={"only": f"{what}:x"}),
        await browser.post(f"{at}/{what}", data={"only": f"{why}:9"}),
    ]
    form = await fields.topic_form(about)

    assert "Only if “Why” is “Broken”" in page
    assert all("What you typed" not in words(one).partition("Skip")[0] for one in told)
    assert [(line.field.id, line.is_asked, line.only.id if line.only else 0, line.value) for line in form] == [
        *((why, False, 0, ""), (what, True, why, "1")),
    ]
    await browser.post(f"{at}/{what}/move", data={"to": "away"})
    await browser.post(f"{at}/{why}/move", data={"to": "away"})
    await browser.post(at, data={"field": str(what)})
    assert [line.field.id for line in await fields.topic_form(about)] == [what]
    with pytest.raises(Invalid):
        await lines.add(SYSTEM, about, what)


async def test_what_decides_what_a_form_asks_is_not_taken_from_it_unseen(desk: Desk) -> None:
    about = await topic(await desk.department())
    browser = await desk.browser(await desk.admin(lang="en"))
    why = await asked(about, "Why", "choice", choices="Hỏng | Broken\nKhác | Other")
    what = await asked(about, "What", only=(why, "1"))
    kept = {"name_vi": "Vì sao", "name_en": "Why", "kind": "choice", "is_public": "true", "is_of_topics": "true"}

    told = [
        await browser.post(f"/admin/fields/{why}/move", data={"to": "archive"}),
        await browser.post(f"/admin/fields/{why}/remove"),
    ]
    await browser.post(f"/admin/fields/{why}", data={**kept, "choices": "Khác | Other"})
    page = await browser.text(f"/admin/topics/{about}/form")
    await browser.post(f"/admin/topics/{about}/form/{what}", data={"only": f"{why}:1", "is_asked": "true"})

    assert all("The form of “Return” asks for another field only by what this one says." in words(one) for one in told)
    assert "Only if “Why” is “Broken”" in page
    [_, line] = await fields.topic_form(about)
    assert (line.is_asked, line.only.id if line.only else 0, line.value) == (True, why, "1")


async def test_an_address_with_a_plus_names_a_topic(desk: Desk) -> None:
    await desk.department()
    money = await desk.department("Accounts", "Kế toán", "money@lua.example", position=1)
    about = await topic(money, "Invoice", plus="invoice", tags=["bill"], priority="low", is_public=False)

    row = await arrive(desk, LETTER, to=("support+invoice@lua.example",))
    other = await arrive(desk, LETTER.replace(b"invoice", b"else"), to=("support+else@lua.example",))

    number, unnamed = (int(str(one["about"]).partition(":")[2]) for one in (row, other))
    ticket = await queries.get(SYSTEM, number)
    assert (ticket.topic, ticket.department, ticket.priority) == (about, money, "low")
    assert await queries.tags(number) == ["bill"]
    assert (await queries.get(SYSTEM, unnamed)).topic is None


async def test_agents_say_what_a_ticket_is_about_and_can_take_it_back(desk: Desk) -> None:
    department = await desk.department()
    minh, about = await desk.agent("Minh", department, lang="en"), await topic(department)
    number = await ask(await desk.customer("Lan"))
    theirs = await asked(about, "Serial number")
    browser = await desk.browser(minh)
    at = f"/desk/tickets/{number}"

    assert "Serial number" not in await browser.text(f"{at}/fields")
    page = words(await browser.post(f"{at}/topic", data={"topic": str(about)}))
    assert "Minh said what it is about: Return" in page
    assert "Serial number" in await browser.text(f"{at}/fields")
    await actions.set_fields(minh, number, {theirs: ["SN-1"]})
    assert [await documents.search(minh, query, 5) for query in ("return vi", "sn 1 return")] == [[number]] * 2
    refused = await browser.post(f"{at}/topic", data={"topic": "999"})
    assert "Choose one of the values offered." in words(refused)

    await browser.post(f"{at}/topic", data={"topic": ""})
    assert "SN-1" in (await browser.get(f"{at}/fields")).text
    await undo.take_back(minh, await undo.newest(minh, number) or 0)
    assert (await queries.get(minh, number)).topic == about
    assert await bulk.begin(minh, "topic", "", [number])
    assert (await queries.get(minh, number)).topic is None
    assert await documents.search(minh, "return", 5) == []
    with pytest.raises(Invalid):
        await bulk.begin(minh, "topic", "999", [number])


async def test_queues_ask_what_tickets_are_about_and_show_it(desk: Desk) -> None:
    department = await desk.department()
    minh, lan = await desk.agent("Minh", department, lang="en"), await desk.customer("Lan")
    about = await topic(department)
    one, other = await ask(lan, "One"), await ask(lan, "Other")
    await actions.set_topic(minh, one, about)

    async def found(op: str, *values: str) -> list[int]:
        where = compiled(Conditions(all=(Term("topic", op, values),)), Looker(minh, now()))
        rows = await Ticket.select(Ticket.id).where(where).order_by(Ticket.id)
        return [row["id"] for row in rows]

    assert await found("is", str(about)) == [one]
    assert await found("not", str(about)) == [other]
    assert await found("is", "nobody") == [other]
    assert await found("not", "nobody") == [one]
    browser = await desk.browser(minh)
    form = {"title": "Returns", "columns": ["number", "topic"], "order": "updated", "row": "all-0", "act": "save"}
    term = {"field-all-0": "topic", "op-all-0": "is", "value-all-0": str(about)}
    page = await browser.post("/desk/views/new", data={**form, **term})
    assert "One" in page.text
    assert "Return" in words(page)


async def test_programs_and_agents_name_a_topic_for_a_new_ticket(desk: Desk) -> None:
    care = await desk.department()
    stock = await desk.department("Stock", "Kho", "kho@lua.example", position=1)
    minh, lan = await desk.agent("Minh", care, stock, lang="en"), await desk.customer("Lan")
    about = await topic(stock, priority="high", tags=["return"])
    hidden = await topic(stock, "Hidden", is_public=False)
    order = await asked(about, "Order number", "order")

    async def opened(browser: object, **more: object) -> dict[str, object]:
        answer = await browser.post("/api/v1/tickets", json={"subject": "S", **more})  # type: ignore[attr-defined]
        return {"status": answer.status_code, **answer.json()}

    theirs, ours = await desk.browser(lan), await desk.browser(minh)
    said = {str(order): ["DH-1"]}
    mine = await opened(theirs, body="A", topic=about, department=care, priority="urgent", fields=said)
    chosen = await opened(ours, body="B", topic=about, department=care, priority="low", requester={"email": "a@b.vn"})
    refused = await opened(theirs, body="C", topic=hidden)
    page = {
        "email": "a@b.vn",
        "subject": "By phone",
        "body": "D",
        "topic": str(about),
        "department": "",
        "priority": "",
    }
    await ours.post("/desk/tickets/new", data=page)

    assert (mine["topic"], mine["department"], mine["priority"]) == (about, stock, "high")
    assert mine["fields"] == {str(order): ["DH-1"]}
    assert (chosen["topic"], chosen["department"], chosen["priority"], chosen["tags"]) == (
        about,
        care,
        "low",
        ["return"],
    )
    assert refused["status"] == 422
    nameable = [(await one.get("/api/v1/topics")).json()["items"] for one in (theirs, ours)]
    assert [[one["id"] for one in items] for items in nameable] == [[about], [about, hidden]]
    by_phone = await Ticket.objects().where(Ticket.subject == "By phone").first()
    assert by_phone is not None
    assert (by_phone.topic, by_phone.department, by_phone.priority) == (about, stock, "high")
    changed = await ours.patch(f"/api/v1/tickets/{mine['number']}", json={"topic": None})
    assert changed.json()["topic"] is None
    many = {"act": "topic", "value": hidden, "tickets": [mine["number"]]}
    assert (await ours.post("/api/v1/tickets/bulk", json=many)).json()["changed"] == 1
    listed = await ours.get("/api/v1/tickets", params={"topic": about})
    assert {one["number"] for one in listed.json()["items"]} == {chosen["number"], by_phone.id}
    assert await answers.of_ticket(by_phone.id) == {}


async def test_a_needed_field_that_the_form_does_not_ask_keeps_no_ticket_open(desk: Desk) -> None:
    department = await desk.department()
    minh, about = await desk.agent("Minh", department), await topic(department)
    why = await asked(about, "Why", "choice", choices="Hỏng | Broken\nKhác | Other")
    await asked(about, "What broke", only=(why, "1"), is_needed=True)
    number = await ask(await desk.customer("Lan"))
    await actions.set_topic(minh, number, about)

    await actions.set_fields(minh, number, {why: ["1"]})
    with pytest.raises(Invalid):
        await actions.set_status(minh, number, "solved")
    await actions.set_fields(minh, number, {why: ["2"]})
    await actions.set_status(minh, number, "solved")
    assert (await queries.get(minh, number)).status == "solved"


async def test_a_topic_that_is_gone_is_not_put_back(desk: Desk) -> None:
    department = await desk.department()
    minh, an = await desk.agent("Minh", department), await desk.browser(await desk.admin(lang="en"))
    about, number = await topic(department), await ask(await desk.customer("Lan"))
    await actions.set_topic(minh, number, about)

    kept = await an.post(f"/admin/topics/{about}/remove")
    await actions.set_topic(minh, number, None)
    gone = await an.post(f"/admin/topics/{about}/remove")

    assert "Tickets are about this topic." in words(kept)
    assert "The topic is gone." in words(gone)
    with pytest.raises(Conflict):
        await undo.take_back(minh, await undo.newest(minh, number) or 0)


async def test_a_request_that_was_closed_for_long_goes_on_about_the_same_also_where_customers_choose_nothing(
    desk: Desk,
) -> None:
    await desk.department()
    stock = await desk.department("Stock", "Kho", "kho@lua.example", position=1, is_public=False)
    about, lan = await topic(stock), await desk.customer("Lan")
    browser = await desk.browser(lan)
    await browser.post("/en/help/requests/new", data={"topic": str(about), "subject": "Broken", "body": "In two."})
    first = await Ticket.objects().order_by(Ticket.id).first()
    assert first is not None
    await actions.set_status(SYSTEM, first.id, "closed")
    desk.clock.go(days=60)

    page = await browser.post(f"/en/help/requests/{first.id}", data={"body": "It is broken again."})

    further = await Ticket.objects().order_by(Ticket.id, ascending=False).first()
    assert page.status_code == 200
    assert further is not None
    assert (further.id != first.id, further.topic, further.department) == (True, about, stock)


async def test_tickets_are_found_by_what_their_topic_is_called_now(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    department = await desk.department()
    minh, about = await desk.agent("Minh", department), await topic(department, "Return")
    numbers = [await ask(await desk.customer(name)) for name in ("Lan", "Mai", "Huy")]
    for number in numbers:
        await actions.set_topic(minh, number, about)
    monkeypatch.setattr(renaming, "IN_ONE", 2)

    await topic_actions.change(SYSTEM, about, Wanted(name_en="Refund", name_vi="Hoàn tiền", department=department))
    await desk.work()

    assert sorted(await documents.search(minh, "hoan tien", 10)) == numbers
    assert await documents.search(minh, "return", 10) == []
