"""An agent writes in Chromium: a canned reply by its letters, a colleague who looks on, a session that ends."""

import re

import pytest
from playwright.async_api import Page, expect

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
        await expect(page.locator("#body-status")).to_contain_text(":", timeout=10_000)

        await body.press_sequentially(" viết dở")
        await tam.context.clear_cookies()
        await body.press("Control+Enter")
        await page.wait_for_url("**/signin?next=**")
        await sign_in(tam, lang, TAM)
        await page.goto(f"{ticket}/messages")
        await expect(body).to_have_value(re.compile("và viết dở$"))

        await page.locator("form[action$='/draft/forget'] button").click()
        await expect(body).to_have_value("")
        assert tam.troubles == hanh.troubles == []
