"""Rules are written, tried and read on pages, by a browser without JavaScript."""

import re

import msgspec

from helpdesk.automation import queries
from helpdesk.automation.queries import Act
from helpdesk.core.actor import SYSTEM
from helpdesk.events.tables import EventRow
from helpdesk.schema import TABLES
from helpdesk.tickets import actions as tickets
from helpdesk.tickets import queries as read
from helpdesk.tickets.canned import actions as canned
from helpdesk.tickets.canned.actions import Wanted
from tests.automation import having, rule
from tests.factories import Desk, words
from tests.tickets import ask, said

FORM = {
    "title": "Refunds",
    "whens": ["opened", "asked"],
    "hours": "",
    "waits_for": "",
    "row": ["all-0"],
    "field-all-0": "either",
    "was-all-0": "either",
    "op-all-0": "has",
    "was-op-all-0": "has",
    "value-all-0": "hoan tien",
    "do-row": ["0", "1"],
    "kind-0": "tag",
    "was-kind-0": "tag",
    "value-0": "refund",
    "kind-1": "note",
    "was-kind-1": "note",
    "words-1": "Look at the order.",
}


async def test_a_rule_is_put_together_row_by_row_and_nothing_typed_is_lost(desk: Desk) -> None:
    await desk.department()
    browser = await desk.browser(await desk.admin(lang="en"))
    page = await browser.get("/admin/rules/new")
    assert page.status_code == 200

    more = await browser.post("/admin/rules/new", data={**FORM, "act": "add-do"})
    assert more.text.count('name="do-row"') == 3
    assert "Look at the order." in more.text
    assert 'value="hoan tien"' in more.text
    raised = await browser.post("/admin/rules/new", data={**FORM, "act": "raise-do-1"})
    assert re.findall(r'name="was-kind-\d" value="(\w+)"', raised.text) == ["note", "tag"]
    less = await browser.post("/admin/rules/new", data={**FORM, "act": "remove-all-0"})
    assert 'value="hoan tien"' not in less.text
    part = await browser.post("/admin/rules/draft/acts", data={**FORM, "kind-0": "webhook", "act": ""})
    assert 'placeholder="https://"' in part.text
    head = await browser.post("/admin/rules/draft/conditions", data={**FORM, "field-all-0": "head", "act": ""})
    assert 'placeholder="X-Priority"' in head.text

    wrong = await browser.post("/admin/rules/new", data={**FORM, "value-0": "", "value-all-0": "", "whens": []})
    assert wrong.status_code == 422
    assert {"#whens", "#all-0", "#do-0"} <= {*re.findall(r'href="(#[a-z0-9-]+)"', wrong.text)}
    kept = await browser.post("/admin/rules/new", data={**FORM, "act": "save"})
    assert "Saved." in kept.text
    (one,) = await queries.everything()
    assert one.rule.acts == (Act("tag", "refund"), Act("note", words="Look at the order."))
    assert "If: Subject or message has one of the words or phrases “hoan tien” → Add the tag: refund" in words(
        await browser.get("/admin/rules")
    )
    assert one.rule.conditions == having("hoan tien")
    assert not one.rule.is_active


async def test_rules_are_switched_moved_changed_and_removed(desk: Desk) -> None:
    await desk.department()
    first, second = await rule(Act("tag", "a"), title="First"), await rule(Act("tag", "b"), title="Second")
    browser = await desk.browser(await desk.admin(lang="en"))
    await browser.post(f"/admin/rules/{second}/move", data={"to": "up"})
    await browser.post(f"/admin/rules/{first}/move", data={"to": "off"})
    assert [(one.rule.id, one.rule.is_active) for one in await queries.everything()] == [(second, True), (first, False)]
    await browser.post(f"/admin/rules/{first}", data={**FORM, "is_active": "true"})
    number = await ask(await desk.customer("Lan"), "Hoàn tiền")
    await desk.work()
    assert await read.tags(number) == ["b", "refund"]
    log = words(await browser.get("/admin/audit"))
    assert f"Changed rule {first}" in log
    gone = await browser.post(f"/admin/rules/{first}/remove")
    assert "The rule is gone." in gone.text
    assert [one.rule.id for one in await queries.everything()] == [second]
    page = words(await browser.get(f"/desk/tickets/{number}"))
    assert "Rule “Refunds” added the tag refund" in page, "what it did stays"
    assert (await browser.get(f"/admin/rules/{first}")).status_code == 404


async def kept() -> dict[str, object]:
    """All that the database holds, but for trials, who looked at what, and what is owed."""
    beside = {"rule_trial", "event", "job", "schedule", "session"}
    tables = [table for table in TABLES if table._meta.tablename not in beside]
    return {one._meta.tablename: await one.select().order_by(one._meta.primary_key) for one in tables}


async def test_a_rule_is_tried_on_past_tickets_and_on_one_and_changes_nothing(desk: Desk) -> None:
    await desk.department()
    lan = await desk.customer("Lan")
    old = await ask(lan, "Hoàn tiền")
    desk.clock.go(days=40)
    fits, other = await ask(lan, "Xin hoàn tiền"), await ask(lan, "Hello")
    for is_automatic in (False, True):
        await tickets.reply(lan, fits, msgspec.structs.replace(said("Hoàn tiền?"), is_automatic=is_automatic))
    acts = (Act("tag", "refund"), Act("note", words="x"), Act("status", "solved"), Act("tell", "team"), Act("spam"))
    number = await rule(*acts, when="opened asked", conditions=having("hoan tien"), is_active=False)
    browser = await desk.browser(await desk.admin(lang="en"))
    await desk.work()
    before, events = await kept(), await EventRow.count()

    begun = words(await browser.post(f"/admin/rules/{number}/try"))
    assert "0 of 2" in begun
    await desk.work()
    page = await browser.get(f"/admin/rules/{number}/try")
    assert "2 of 2 It would have run on 1 ticket. Nothing was changed." in words(page)
    assert "On each of them: → Add the tag: refund" in words(page)
    assert f"#{fits} Xin hoàn tiền 2 times" in words(page), "what programs write is no occasion"
    assert f"#{old} " not in words(page)
    why = words(await browser.get(f"/admin/rules/{number}/try?ticket=%23{other}"))
    assert "No Subject or message has one of the words or phrases “hoan tien” The ticket does not fit." in why
    assert "Its history gives the rule 1 occasion." in why
    assert (await browser.get(f"/admin/rules/{number}/try?ticket=99")).status_code == 422
    assert await kept() == before
    news = await EventRow.select(EventRow.name).order_by(EventRow.id).offset(events).limit(9)
    assert [row["name"] for row in news] == ["RuleTried"]


async def test_a_price_list_goes_out_with_a_rule_that_is_there_to_begin_with(desk: Desk) -> None:
    await desk.department()
    reply = await canned.add(SYSTEM, Wanted(name="Price list", body_vi="Chào {{ customer.name }}!", body_en="Hello!"))
    browser = await desk.browser(await desk.admin(lang="en"))
    page = await browser.get("/admin/rules/new?like=send")
    assert "bảng giá" in page.text
    sent = {
        **FORM, "value-all-0": "bảng giá, price list", "is_active": "true", "do-row": ["0"], "kind-0": "answer",
        "was-kind-0": "answer", "value-0": str(reply), "days-0": "7", "title": "Price list",
    }  # fmt: skip
    kept = await browser.post(
        "/admin/rules/new", data=sent, files={"file-0": ("prices.pdf", b"%PDF-1", "application/pdf")}
    )
    assert kept.status_code == 200, kept.text
    (one,) = await queries.everything()
    assert one.rule.acts[0].file is not None
    assert one.rule.acts[0].file.filename == "prices.pdf"
    assert "prices.pdf" in kept.text
    ticket = re.search(r'name="kept-0" value="([^"]+)"', kept.text)
    assert ticket
    again = await browser.post(f"/admin/rules/{one.rule.id}", data={**sent, "kept-0": ticket[1], "title": "Prices"})
    assert again.status_code == 200
    (one,) = await queries.everything()
    assert one.rule.title == "Prices"
    assert one.rule.acts[0].file is not None

    number = await ask(await desk.customer("Lan"), "Cho em xin bang gia")
    await desk.work()
    (answer,) = [one for one in await read.messages(SYSTEM, number) if one.direction == "out"]
    assert answer.fresh == "Chào Lan!"
    assert [file.filename for file in answer.files] == ["prices.pdf"]
