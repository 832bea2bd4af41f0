"""
An agent's morning in Chromium, in both languages and by keyboard: the queue, an answer, what belongs to a ticket,
merging, many at once, what a colleague does meanwhile.
"""

import re
import secrets

import pytest
from playwright.async_api import APIRequestContext, Locator, Page, expect

from helpdesk.i18n.catalogue import gettext
from helpdesk.i18n.reader import Reader, reading_as
from helpdesk.web.elements import status_name
from tests.browser.conftest import LiveDesk, Person, SitDown
from tests.browser.test_walk import sign_in

pytestmark = [pytest.mark.browser, pytest.mark.once]

TAM, HANH = "tam@lua.example", "hanh@lua.example"
LANGS = pytest.mark.parametrize("lang", ["vi", "en"])


async def seated(sit_down: SitDown, lang: str, address: str = TAM) -> Person:
    person = await sit_down(lang)
    await sign_in(person, lang, address)
    await person.page.goto("/desk")
    return person


async def tickets(page: Page, *subjects: str) -> list[int]:
    """Tickets of one customer, whom nobody else knows, written down by the agent of this page."""
    departments = await (await page.request.get("/api/v1/departments")).json()
    number, address = departments["items"][0]["id"], f"{secrets.token_hex(4)}@khach.example"
    made = []
    for subject in subjects:
        form: dict[str, str | float | bool] = {
            "email": address,
            "subject": subject,
            "body": f"{subject}?",
            "department": str(number),
        }
        answer = await page.request.post("/desk/tickets/new", form=form)
        made.append(int(answer.url.partition("#")[0].rpartition("/")[2]))
    return made


def flash(page: Page) -> Locator:
    return page.locator(".flash")


async def put_in(page: Page, key: str, field: str, value: str) -> None:
    """Press the key that leads to a field of the side panel, choose, and go on to its button."""
    await page.keyboard.press(key)
    await expect(page.locator(field)).to_be_focused()
    await page.locator(field).select_option(value)
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")


@LANGS
async def test_a_queue_is_worked_through_by_keyboard_alone(live_desk: LiveDesk, sit_down: SitDown, lang: str) -> None:
    with reading_as(Reader(lang, "Asia/Ho_Chi_Minh")):
        agent = await seated(sit_down, lang)
        page = agent.page
        word = f"zq{secrets.token_hex(4)}"
        await tickets(page, f"{word} one", f"{word} two")

        # the palette leads to what is due soon
        await page.keyboard.press("Control+k")
        await page.keyboard.type(gettext("Due soon"))
        await expect(page.locator("#palette [role=option]:visible")).to_have_count(1)
        await page.keyboard.press("ArrowDown")
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/desk/queues/soon")

        # down, up, read beside, open, and back by the browser
        rows = page.locator(".queue tbody tr")
        await page.keyboard.press("j")
        await page.keyboard.press("j")
        await page.keyboard.press("k")
        await expect(rows.nth(0)).to_have_attribute("aria-current", "true")
        await expect(rows.nth(0).locator(".subj a")).to_be_focused()
        await page.keyboard.press("v")
        await expect(page.locator("#preview h2")).to_have_text(await rows.nth(0).locator(".subj a").inner_text())
        await page.keyboard.press("v")
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/desk/tickets/*")
        await page.keyboard.press("g")
        await page.keyboard.press("q")
        await page.wait_for_url("**/desk/queues/unassigned")
        await page.goto("/desk/queues/all")

        # the filter, the map of the keys, and many at once with the way back
        await page.keyboard.press("/")
        await page.keyboard.type(word)
        await page.keyboard.press("Enter")
        await expect(rows).to_have_count(2)
        await page.keyboard.press("?")
        await expect(page.locator("#shortcuts")).to_contain_text(gettext("Pick the row"))
        await page.keyboard.press("Escape")
        await expect(page.locator("#shortcuts")).to_be_hidden()
        for key in ("j", "x", "j", "x"):
            await page.keyboard.press(key)
        await expect(page.locator("[data-picked]")).to_have_text("2")
        await page.keyboard.press("e")
        await expect(rows.locator(".cell-st").filter(has_text=str(status_name("solved")))).to_have_count(2)
        await expect(flash(page)).to_contain_text("2")
        await page.keyboard.press("Control+Shift+Z")
        await expect(rows.locator(".cell-st").filter(has_text=str(status_name("new")))).to_have_count(2)

        # one row, nothing picked
        await page.keyboard.press("j")
        await page.keyboard.press("s")
        await page.keyboard.press("Enter")
        await expect(rows.locator(".cell-st").filter(has_text=str(status_name("open")))).to_have_count(1)
        await expect(flash(page)).to_contain_text("1")
        await expect(rows.locator(".cell-st").filter(has_text=str(status_name("new")))).to_have_count(1)
        assert agent.troubles == []


async def status(browser: APIRequestContext, number: int) -> str:
    return str((await (await browser.get(f"/api/v1/tickets/{number}")).json())["status"])


@LANGS
async def test_a_ticket_is_answered_and_put_in_order_by_keyboard(
    live_desk: LiveDesk, sit_down: SitDown, lang: str
) -> None:
    with reading_as(Reader(lang, "Asia/Ho_Chi_Minh")):
        agent = await seated(sit_down, lang)
        page, body = agent.page, agent.page.locator("#body")
        (number,) = await tickets(page, f"Receipt {lang}")
        ticket = f"/desk/tickets/{number}"
        await page.goto(ticket)

        # an answer with an article's link, sent, taken back and sent again
        await page.keyboard.press("r")
        await expect(body).to_be_focused()
        await body.press_sequentially("Xem ?hoá đơn" if lang == "vi" else "See ?receipt", delay=20)
        await page.locator(".expander [role=option]").first.click()
        await expect(body).to_have_value(re.compile(r"\]\(http"))
        await page.request.post("/admin/settings/sending", form={"undo_seconds": "120"})
        await body.press("Control+Enter")
        await page.wait_for_url("**#message-*")
        await page.request.post("/admin/settings/sending", form={"undo_seconds": "0"})
        await expect(page.locator(".toast[data-seconds]")).to_be_visible()
        await page.keyboard.press("Control+Shift+Z")
        await expect(flash(page)).to_contain_text(gettext("It is not sent. You can go on writing."))
        await expect(body).to_have_value(re.compile(r"\]\(http"))
        await body.press("Control+Enter")
        await page.wait_for_url("**#message-*")

        # a note that calls a colleague
        await page.goto(ticket)
        await page.keyboard.press("n")
        await body.press_sequentially("@han", delay=20)
        await page.locator(".expander [role=option]").first.click()
        called = await body.input_value()
        assert called.startswith("@")
        await body.press("Control+Enter")
        await expect(page.locator(".msg--note")).to_contain_text(called.strip())

        # whose it is, how urgent, where, its tags, until when it sleeps
        await page.keyboard.press("m")
        await expect(page.locator("#assignee option:checked")).to_contain_text(gettext("(me)"))
        await put_in(page, "p", "#priority", "urgent")
        await expect(flash(page)).to_be_visible()
        await expect(page.locator("#priority")).to_have_value("urgent")
        await page.keyboard.press("t")
        await expect(page.locator("#tag")).to_be_focused()
        await page.keyboard.type("giấy")
        await page.keyboard.press("Enter")
        await expect(page.locator(".ticket__title .tag")).to_have_text("giấy")
        other = await page.locator("#department option:not(:checked)").first.get_attribute("value")
        assert other
        await put_in(page, "d", "#department", other)
        await expect(page.locator("#department")).to_have_value(other)
        await page.keyboard.press("z")
        await expect(page.locator("[name=until][value=later]")).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(page.locator(".ticket__title")).to_contain_text(gettext("Snoozed"))
        await page.keyboard.press("e")
        await expect(page.locator("#status")).to_have_value("solved")
        await flash(page).get_by_role("button", name=gettext("Undo")).press("Enter")
        await expect(page.locator("#status")).not_to_have_value("solved")
        assert agent.troubles == []


@LANGS
async def test_two_tickets_become_one_and_two_again(live_desk: LiveDesk, sit_down: SitDown, lang: str) -> None:
    with reading_as(Reader(lang, "Asia/Ho_Chi_Minh")):
        agent = await seated(sit_down, lang)
        page = agent.page
        one, other = await tickets(page, "Twice one", "Twice two")
        await page.goto(f"/desk/tickets/{one}")
        await page.keyboard.press("Shift+M")
        await page.wait_for_url("**/merge")
        await page.locator(f"a[href$='id={other}']").first.press("Enter")
        await page.locator("form[method=post] .btn--primary").press("Enter")
        await page.wait_for_url(f"**/desk/tickets/{one}*")
        await expect(page.locator(".thread")).to_contain_text("Twice two?")
        assert await status(page.request, other) == "closed"
        await page.locator(f"form[action='/desk/tickets/{other}/unmerge'] button").first.press("Enter")
        await page.wait_for_url(f"**/desk/tickets/{other}*")
        await expect(page.locator(".thread")).to_contain_text("Twice two?")
        assert await status(page.request, other) == "new"
        assert agent.troubles == []


@LANGS
async def test_what_a_colleague_does_disturbs_nobody_who_types(
    live_desk: LiveDesk, sit_down: SitDown, lang: str
) -> None:
    with reading_as(Reader(lang, "Asia/Ho_Chi_Minh")):
        agent, colleague = await seated(sit_down, lang), await seated(sit_down, lang, HANH)
        page, body = agent.page, agent.page.locator("#body")
        (number,) = await tickets(page, f"Both write {lang}")
        ticket = f"/desk/tickets/{number}"
        await page.goto(ticket)
        await body.press_sequentially("My own words")
        await body.evaluate("text => text.setSelectionRange(3, 6)")
        scrolled = await page.evaluate("scrollY")

        await colleague.page.request.post(f"{ticket}/messages", form={"mode": "note", "body": "Seen by Hạnh."})
        await expect(page.locator(".msg--note")).to_contain_text("Seen by Hạnh.")
        await expect(body).to_be_focused()
        assert await body.evaluate("text => [text.value, text.selectionStart, text.selectionEnd]") == [
            *("My own words", 3, 6)
        ]
        assert await page.evaluate("scrollY") == scrolled
        await expect(page.locator("#thread-news")).to_contain_text(gettext("New in the conversation"))

        # the colleague answers first: nothing goes out before both have been seen
        await colleague.page.goto(ticket)
        await colleague.page.locator("#body").fill("Hạnh was quicker.")
        await colleague.page.locator("#body").press("Control+Enter")
        await expect(page.locator(".thread")).to_contain_text("Hạnh was quicker.")
        await body.press("Control+Enter")
        newer = page.locator("#newer")
        await expect(newer).to_contain_text("Hạnh was quicker.")
        await expect(body).to_have_value("My own words")
        await expect(page.locator("form.composer button.btn--primary")).to_contain_text(gettext("Send anyway"))
        await body.press("Control+Enter")
        await expect(page.locator(".thread")).to_contain_text("My own words")
        assert [trouble for trouble in agent.troubles if "409" not in trouble] == []


async def test_a_queue_that_changes_keeps_pick_place_and_focus(live_desk: LiveDesk, sit_down: SitDown) -> None:
    with reading_as(Reader("en", "Asia/Ho_Chi_Minh")):
        agent = await seated(sit_down, "en")
        page = agent.page
        word = f"zq{secrets.token_hex(4)}"
        first, _ = await tickets(page, f"{word} one", f"{word} two")
        await page.goto(f"/desk/queues/all?q={word}")
        rows = page.locator(".queue tbody tr")
        await expect(rows).to_have_count(2)
        row = page.locator(f"#row-{first}")
        while await row.get_attribute("aria-current") is None:
            await page.keyboard.press("j")
        await page.keyboard.press("x")

        await tickets(page, f"{word} three")

        await expect(rows).to_have_count(3)
        await expect(row).to_have_attribute("aria-current", "true")
        await expect(row.locator("input")).to_be_checked()
        await expect(row.locator(".subj a")).to_be_focused()
        await expect(page.locator("[data-picked]")).to_have_text("1")


async def test_single_keys_can_be_turned_off(live_desk: LiveDesk, sit_down: SitDown) -> None:
    with reading_as(Reader("en", "Asia/Ho_Chi_Minh")):
        agent = await seated(sit_down, "en")
        page = agent.page
        await page.keyboard.press("?")
        await page.locator("#single-keys").press("Space")
        await page.keyboard.press("Escape")
        await page.reload()
        await page.keyboard.press("?")
        await page.keyboard.press("Control+k")
        await expect(page.locator("#palette")).to_be_visible()
        await expect(page.locator("#shortcuts")).to_be_hidden()
