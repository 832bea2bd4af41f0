"""An agent writes in Chromium: a canned reply by its letters, a colleague who looks on, a session that ends."""

import re

import pytest
from playwright.async_api import FilePayload, Page, expect

from helpdesk.i18n.reader import Reader, reading_as
from tests.browser.conftest import LiveDesk, Person, SitDown
from tests.browser.test_walk import sign_in

pytestmark = [pytest.mark.browser, pytest.mark.once]

TAM, HANH = "tam@lua.example", "hanh@lua.example"


async def seated(sit_down: SitDown, lang: str, address: str) -> Person:
    person = await sit_down(lang)
    await sign_in(person, lang, address)
    return person


async def keep_reply(page: Page, name: str) -> None:
    await page.goto("/desk/replies/new")
    await page.locator("#name").fill(name)
    await page.locator("#body_vi").fill("Chào {{ customer.name }}, tiền đang được hoàn.")
    await page.locator("#status").select_option("solved")
    await page.locator("#tags").fill("hoàn tiền")
    await page.locator("form[method=post] .btn--primary").click()
    await page.wait_for_url("**/desk/replies")


@pytest.mark.parametrize("lang", ["vi", "en"])
async def test_writing_loses_nothing_and_colleagues_see_it(live_desk: LiveDesk, sit_down: SitDown, lang: str) -> None:
    with reading_as(Reader(lang, "Asia/Ho_Chi_Minh")):
        tam, hanh = await seated(sit_down, lang, TAM), await seated(sit_down, lang, HANH)
        page = tam.page
        await keep_reply(page, f"Hoàn tiền ({lang})")
        await hanh.page.goto("/desk/queues/active")
        ticket = await hanh.page.locator(".queue .subj a").first.get_attribute("href")
        assert ticket
        await page.goto(ticket)
        body = page.locator("#body")

        await body.press_sequentially("A /hoan tien", delay=40)
        await page.locator(".expander [role=option]").first.click()
        await expect(body).to_have_value(re.compile("tiền đang được hoàn"))
        assert "{{" not in await body.input_value()
        await expect(page.locator("#then")).to_have_value("solved")
        await expect(page.locator(".chip:has([name=canned])").first).to_contain_text("#hoàn tiền")

        await hanh.page.goto(ticket)
        await expect(hanh.page.locator("#here .presence")).to_be_visible()
        await body.press_sequentially("và")
        await expect(page.locator("#body-status")).to_contain_text(":")

        await page.locator("button[data-look]").click()
        await expect(page.locator("#looked .prose")).to_contain_text("và")
        await body.press_sequentially(" viết dở")
        await expect(page.locator("#looked .prose")).to_have_count(0)
        await tam.context.clear_cookies()
        await body.press("Control+Enter")
        await page.wait_for_url("**/signin?next=**")
        await sign_in(tam, lang, TAM)
        await page.goto(f"{ticket}/messages")
        await expect(body).to_have_value(re.compile("và viết dở$"))

        await page.locator("form[action$='/draft/forget'] button").click()
        await expect(body).to_have_value("")
        assert tam.troubles == hanh.troubles == []


DROP = """
form => {
  const kept = new DataTransfer();
  kept.items.add(new File([Uint8Array.from(atob("%s"), c => c.charCodeAt(0))], "image.png", { type: "image/png" }));
  form.dispatchEvent(new DragEvent("drop", { dataTransfer: kept, bubbles: true, cancelable: true }));
}
"""
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


async def test_files_travel_while_one_writes_and_keys_choose_and_send(live_desk: LiveDesk, sit_down: SitDown) -> None:
    tam = await seated(sit_down, "en", TAM)
    page = tam.page
    await page.goto("/desk/queues/active")
    ticket = await page.locator(".queue .subj a").last.get_attribute("href")
    assert ticket
    await page.goto(ticket)
    body, kept = page.locator("#body"), page.locator("[data-kept] input[name=kept]")

    await body.press_sequentially("Your :parc", delay=40)
    await page.locator(".expander [role=option]").first.click()
    await expect(body).to_have_value(re.compile("^Your 📦"))
    await page.locator("input[name=files]").set_input_files(
        FilePayload(name="bill.txt", mimeType="text/plain", buffer=b"12 euro")
    )
    await expect(kept).to_have_count(1)
    await page.locator("form.composer").evaluate(DROP % PIXEL)
    await expect(kept).to_have_count(2)
    await expect(body).to_have_value(re.compile(r"!\[\]\(picture-1\.png\)"))

    await page.keyboard.press("f")  # typed into the text, not a shortcut
    await body.press("Control+Shift+Enter")
    await expect(page.locator("#then")).to_be_focused()
    await page.keyboard.press("Escape")
    await page.locator("#then").select_option("hold")
    await page.locator("#then").press("Control+Enter")
    await page.wait_for_url("**#message-*")
    said = page.locator(".thread .msg").last
    await expect(said).to_contain_text("bill.txt")
    await expect(said.locator("img")).to_have_count(1)
    await expect(page.locator("#then")).to_have_value("hold")

    await page.locator("h1").first.click()
    await page.keyboard.press("f")
    await expect(page.locator("#mode-forward")).to_be_checked()
    await expect(page.locator("#to")).to_be_focused()
    await expect(page.locator("#recipients")).to_be_hidden()

    await page.locator("#to").fill("claims@carrier.example")
    await body.fill("Please look into it.")
    await body.press("Control+Enter")
    await page.wait_for_url("**#side-*")
    await expect(body).to_have_value("")
    assert tam.troubles == []
