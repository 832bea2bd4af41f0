"""The form for requests: what it is about decides what it asks, and where it goes."""

import html
import re

import msgspec
import pytest

from helpdesk.core.actor import SYSTEM
from helpdesk.core.config import config
from helpdesk.tickets import queries, uploads
from helpdesk.tickets.fields import actions as field_actions
from helpdesk.tickets.fields import answers
from helpdesk.tickets.fields import queries as fields
from helpdesk.tickets.tables import Ticket
from tests.factories import Desk, words
from tests.topics import asked, topic

NEW = "/en/help/requests/new"


async def newest() -> Ticket:
    found = await Ticket.objects().order_by(Ticket.id, ascending=False).first()
    assert found is not None
    return found


def hidden(page: str) -> dict[str, str]:
    """What the part of a form keeps out of sight, by name."""
    found = re.findall(r'<input type="hidden" name="((?:field|kept)-[^"]+|shown)" value="([^"]*)">', page)
    return {name: html.unescape(value) for name, value in found}


async def test_a_topic_decides_department_priority_and_tags_and_asks_nobody_for_them(desk: Desk) -> None:
    await desk.department()
    stock = await desk.department("Stock", "Kho", "kho@lua.example", position=1, is_public=False)
    about = await topic(stock, priority="urgent", tags=["return"], about_en="Within 30 days.")
    browser = await desk.browser(await desk.customer("Lan"))

    page = await browser.get(f"{NEW}/{about}-return")
    sent = {"topic": str(about), "subject": "It is broken", "body": "In two.", "department": "1", "impact": "ask"}
    answer = await browser.post(NEW, data=sent)

    assert ["Within 30 days." in page.text, 'name="department"' in page.text, 'name="impact"' in page.text] == [
        *(True, False, False)
    ]
    assert "It is broken" in words(answer)
    ticket = await newest()
    assert (ticket.topic, ticket.department, ticket.priority) == (about, stock, "urgent")
    assert await queries.tags(ticket.id) == ["return"]


async def test_a_form_of_a_topic_has_an_address_which_its_name_may_not_break(desk: Desk) -> None:
    department = await desk.department()
    about, hidden = await topic(department, "Return"), await topic(department, "Secret", is_public=False)
    idle = await topic(department, "Idle", is_active=False)
    browser = await desk.browser()

    named = await browser.get(f"{NEW}/{about}")
    old = await browser.get(f"{NEW}/{about}-what-it-was-called")
    asked_for = await browser.get(f"{NEW}?topic={about}")
    lost = [(await browser.get(f"{NEW}/{one}")).status_code for one in (hidden, idle, 999, "nothing")]

    assert [page.url.path.rpartition("/")[2] for page in (named, old)] == [f"{about}-return"] * 2
    assert all(f'<option value="{about}" selected' in page.text for page in (named, asked_for))
    assert "Secret" not in named.text
    assert lost == [404] * 4
    refused = await browser.post(
        NEW, data={"topic": str(hidden), "subject": "S", "body": "B", "name": "L", "email": "l@x.vn"}
    )
    assert "Choose one of the values offered." in words(refused)


async def test_without_javascript_choosing_a_topic_shows_its_fields_and_loses_nothing_typed(desk: Desk) -> None:
    about = await topic(await desk.department())
    order = await asked(about, "Order number", "order", is_asked=True)
    browser = await desk.browser()
    typed = {"subject": "My parcel", "body": "Where is it?", "name": "Lan", "email": "lan@khach.example"}

    first = await browser.get(NEW)
    unsaid = await browser.post(NEW, data=typed)
    shown = await browser.post(NEW, data={**typed, "topic": str(about), "act": "fields"})
    refused = await browser.post(NEW, data={**typed, "topic": str(about), "shown": str(order)})
    part = await browser.post(f"{NEW}/fields", data={"topic": about, "shown": order, f"field-{order}": "DH-<1>"})
    fine = await browser.post(NEW, data={**typed, "topic": str(about), "shown": str(order), f"field-{order}": "DH-1"})

    assert "Order number" not in first.text
    assert unsaid.status_code == 422
    assert 'href="#topic"' in unsaid.text
    assert shown.status_code == 200
    assert f'name="field-{order}"' in shown.text
    assert all(text in html.unescape(page.text) for text in typed.values() for page in (shown, refused))
    assert refused.status_code == 422
    assert f'href="#field-{order}"' in refused.text
    assert 'value="DH-&lt;1&gt;"' in part.text
    assert fine.status_code == 200
    assert await answers.of_ticket((await newest()).id) == {order: ("DH-1",)}


async def test_something_else_asks_who_should_answer(desk: Desk) -> None:
    care, about = await desk.department(), 0
    about = await topic(care)
    sales = await desk.department("Sales", "Bán hàng", "sales@lua.example", position=1)
    browser = await desk.browser(await desk.customer("Lan"))

    page = await browser.get(f"{NEW}?department={sales}")
    await browser.post(NEW, data={"topic": "0", "department": str(sales), "subject": "Price", "body": "How much?"})

    assert f'<option value="{sales}" selected' in page.text
    ticket = await newest()
    assert (ticket.topic, ticket.department, about > 0) == (None, sales, True)


async def test_a_field_is_asked_only_if_another_one_says_so(desk: Desk) -> None:
    about = await topic(await desk.department())
    why = await asked(about, "Why", "choice", choices="Hỏng | Broken\nĐổi ý | Changed my mind")
    sure = await asked(about, "Broken on arrival", "yesno", only=(why, "1"), is_asked=True)
    where = await asked(about, "What is broken", only=(sure, "yes"), is_asked=True)
    browser = await desk.browser(await desk.customer("Lan"))
    shown = {"topic": str(about), "subject": "Return", "shown": [str(one) for one in (why, sure, where)]}

    page = await browser.get(f"{NEW}?topic={about}")
    missing = await browser.post(NEW, data={**shown, "body": "A", f"field-{why}": "1", f"field-{sure}": "yes"})
    idle = {f"field-{why}": "2", f"field-{sure}": "yes", f"field-{where}": "left over"}
    await browser.post(NEW, data={**shown, "body": "B", **idle})
    passed_over = await answers.of_ticket((await newest()).id)
    full = {f"field-{why}": "1", f"field-{sure}": "yes", f"field-{where}": "The lid"}
    await browser.post(NEW, data={**shown, "body": "C", **full})

    assert "Only if “Why” is “Broken”" in html.unescape(page.text)
    assert re.search(rf'data-only="field-{why}"\s+data-value="1"', page.text)
    assert missing.status_code == 422
    assert f'href="#field-{where}"' in missing.text
    assert passed_over == {why: ("2",)}
    assert await answers.of_ticket((await newest()).id) == {why: ("1",), sure: ("yes",), where: ("The lid",)}


async def test_a_file_that_a_form_asks_for_is_kept_with_the_message_and_named_in_the_field(desk: Desk) -> None:
    department = await desk.department()
    about, minh = await topic(department), await desk.agent("Minh", department)
    bill = await asked(about, "Bill", "file", is_asked=True)
    browser = await desk.browser(await desk.customer("Lan"))
    typed = {"topic": str(about), "subject": "Invoice", "body": "It is wrong.", "shown": str(bill)}
    file = {f"field-{bill}": ("hoa-don.txt", b"100.000", "text/plain")}

    none = await browser.post(NEW, data=typed)
    came_back = await browser.post(NEW, data={**typed, "subject": ""}, files=file)
    token = re.search(rf'name="kept-{bill}" value="([^"]+)"', came_back.text)
    assert none.status_code == came_back.status_code == 422
    assert token is not None
    assert "hoa-don.txt" in came_back.text
    sent = await browser.post(NEW, data={**typed, f"kept-{bill}": html.unescape(token[1])})

    number = (await newest()).id
    [said] = (await answers.of_ticket(number))[bill]
    [message] = await queries.messages(SYSTEM, number)
    [attachment] = message.files
    assert said == f"{attachment.id}:hoa-don.txt"
    assert f"/en/help/requests/{number}/files/{attachment.id}" in sent.text
    panel = await (await desk.browser(minh)).get(f"/desk/tickets/{number}/fields")
    assert f"/desk/tickets/{number}/files/{attachment.id}" in panel.text
    assert f'<option value="{said}" selected' in panel.text


async def test_files_are_not_lost_with_a_form_that_comes_back(desk: Desk) -> None:
    about = await topic(await desk.department())
    browser = await desk.browser(await desk.customer("Lan"))
    typed = {"topic": str(about), "subject": "Broken", "body": "See the picture."}

    came_back = await browser.post(
        NEW, data={**typed, "act": "fields"}, files={"files": ("p.txt", b"a picture", "text/plain")}
    )
    token = re.search(r'name="kept" value="([^"]+)"', came_back.text)
    assert token is not None
    forged = {"kept": [html.unescape(token[1]), "forged"]}
    await browser.post(NEW, data={**typed, **forged})

    [message] = await queries.messages(SYSTEM, (await newest()).id)
    assert [file.filename for file in message.files] == ["p.txt"]


async def test_what_was_filled_in_for_another_topic_is_there_again_when_one_comes_back_to_it(desk: Desk) -> None:
    department = await desk.department()
    about, other = await topic(department), await topic(department, "Invoice")
    why, bill = await asked(about, "Why", "long"), await asked(about, "Bill", "file")
    number = await asked(other, "Invoice number")
    browser = await desk.browser(await desk.customer("Lan"))
    typed = {"subject": "Wrong", "body": "All of it."}
    filled = {**typed, "shown": [why, bill], f"field-{why}": "It broke.\nIn two."}
    file = {f"field-{bill}": ("bill.txt", b"100.000", "text/plain")}

    away = await browser.post(NEW, data={**filled, "topic": other, "act": "fields"}, files=file)
    aside = hidden(away.text)
    back = await browser.post(f"{NEW}/fields", data={**aside, "topic": about})
    await browser.post(NEW, data={**typed, **aside, "topic": other, "shown": [why, number], f"field-{number}": "7"})
    passed_over = (await newest()).id
    await browser.post(NEW, data={**typed, **aside, "topic": about, "subject": "Wrong again"})

    assert "It broke." not in words(away)
    assert "It broke.\nIn two.</textarea>" in back.text
    assert f'name="kept-{bill}" value="{html.escape(aside[f"kept-{bill}"])}"' in back.text
    assert await answers.of_ticket(passed_over) == {number: ("7",)}
    assert [message.files for message in await queries.messages(SYSTEM, passed_over)] == [()]
    said = await answers.of_ticket((await newest()).id)
    assert (said[why], said[bill][0].partition(":")[2]) == (("It broke.\nIn two.",), "bill.txt")


async def test_a_file_that_cannot_be_kept_takes_no_other_with_it(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    about = await topic(await desk.department())
    bill, photo = await asked(about, "Bill", "file"), await asked(about, "Photo", "file")
    browser = await desk.browser(await desk.customer("Lan"))
    monkeypatch.setattr(uploads, "config", lambda: msgspec.structs.replace(config(), upload_limit=10))
    typed = {"topic": about, "subject": "Wrong", "body": "All of it.", "shown": [bill, photo]}
    few, much = ("few.txt", b"few", "text/plain"), ("much.txt", b"much too much", "text/plain")

    for act in ("", "fields"):
        page = await browser.post(
            NEW, data={**typed, "act": act}, files=[(f"field-{bill}", few), (f"field-{photo}", much), ("files", few)]
        )
        assert f'href="#field-{photo}"' in page.text
        assert re.search(rf'name="kept-{bill}" value="', page.text)
        assert re.search(r'name="kept" value="', page.text)


async def test_files_that_a_form_has_kept_count_beside_new_ones(desk: Desk) -> None:
    about = await topic(await desk.department())
    browser = await desk.browser(await desk.customer("Lan"))
    typed = {"topic": about, "subject": "Wrong", "body": "All of it."}
    three = [("files", (f"{one}.txt", b"%d" % one, "text/plain")) for one in range(3)]

    first = await browser.post(NEW, data={**typed, "act": "fields"}, files=three)
    kept = [html.unescape(one) for one in re.findall(r'name="kept" value="([^"]+)"', first.text)]
    many = await browser.post(NEW, data={**typed, "kept": kept}, files=three)

    assert (len(kept), many.status_code) == (3, 422)
    assert "Send at most 5 files at once." in words(many)
    assert len(re.findall(r'name="kept" value="', many.text)) == 3


async def test_customers_are_not_asked_what_depends_on_a_field_for_agents(desk: Desk) -> None:
    about = await topic(await desk.department())
    fraud = await asked(about, "Fraud suspected", "yesno")
    proof = await asked(about, "Proof", "yesno", only=(fraud, "yes"), is_asked=True)
    await asked(about, "Page of the proof", only=(proof, "yes"))
    entry = await fields.field(fraud)
    wanted = {name: getattr(entry, name) for name in ("name_vi", "name_en", "kind", "is_of_topics")}
    await field_actions.change(SYSTEM, fraud, field_actions.Wanted(**wanted, is_public=False))

    page = await (await desk.browser()).get(f"{NEW}?topic={about}")

    assert "Fraud" not in page.text
    assert "roof" not in page.text


async def test_no_part_of_the_form_takes_files_without_end(desk: Desk) -> None:
    about = await topic(await desk.department())
    bill = await asked(about, "Bill", "file")
    browser, file = await desk.browser(), {f"field-{bill}": ("bill.txt", b"100.000", "text/plain")}

    part = [await browser.post(f"{NEW}/fields", data={"topic": about}, files=file) for _ in range(31)]
    page = await browser.post(NEW, data={"topic": about, "act": "fields"}, files=file)

    assert {one.status_code for one in part[:30]} == {200}
    assert (part[30].status_code, page.status_code) == (429, 429)
    assert (await browser.post(f"{NEW}/fields", data={"topic": about})).status_code == 200
