"""Every page for everybody: axe finds nothing, and nothing has to be moved sideways at a magnification of 400 %."""

import re

import pytest
from playwright.async_api import Browser, FilePayload, expect

from helpdesk.demo.load import PASSWORD
from helpdesk.i18n.reader import Reader, reading_as
from tests.browser import audit
from tests.browser.conftest import LiveDesk, SitDown, text_of
from tests.browser.test_walk import sign_in

pytestmark = [pytest.mark.browser, pytest.mark.once]

LOOKS = [("vi", "light", 1280), ("en", "dark", 1280), ("vi", "dark", 390), ("en", "light", 390)]
"""Each page is looked at in one of these; `tools/axe.py` looks at all pages in all there are."""


@pytest.mark.parametrize(
    ("who", "starts"),
    [
        ("tam@lua.example", audit.STARTS),
        ("nhung@tiemaonhung.example", audit.CUSTOMERS),
        ("", audit.VISITORS),
    ],
    ids=["administrator", "customer", "visitor"],
)
async def test_axe_finds_nothing_on_any_page(
    live_desk: LiveDesk, chromium: Browser, who: str, starts: tuple[str, ...]
) -> None:
    found = {}
    paths: dict[str, list[str]] = {}
    for share, (lang, theme, width) in enumerate(LOOKS):
        async with audit.seat(chromium, live_desk.url, lang, theme, width, (who, PASSWORD) if who else None) as page:
            if lang not in paths:
                paths[lang] = await audit.pages(page.request, starts, lang)
            for path in paths[lang][share :: len(LOOKS)]:
                await page.goto(path)
                if wrong := await audit.wrong(page) + await audit.too_wide(page):
                    found[f"{path} {lang} {theme} {width}"] = wrong
    assert found == {}
    assert len(paths["vi"]) >= (60 if starts is audit.STARTS else 10)


async def test_a_customer_without_javascript_does_everything_on_a_phone(live_desk: LiveDesk, sit_down: SitDown) -> None:
    customer = await sit_down("en", width=390, javascript=False)
    page, address = customer.page, "guest.access@khach.example"
    await page.goto("/en/help/requests/new")
    for field, words in (
        ("subject", "Nothing but HTML"),
        ("body", "Does it work?"),
        ("name", "Linh"),
        ("email", address),
    ):
        await page.locator(f"#{field}").fill(words)
    await page.locator("#topic").select_option(label="A new shop, or another plan")
    await page.get_by_role("button", name="Send the request").click()
    link = re.search(r"https?://\S+\?key=[^\s>]+", text_of(await live_desk.letter_to(address)))
    assert link

    # the private link leads to an address without its key
    await page.goto(link[0])
    assert "key" not in page.url
    referers: list[str] = []
    page.on("request", lambda request: referers.append(request.headers.get("referer", "")))
    await page.locator("#body").fill("It still works.")
    await page.locator("#files").set_input_files(
        FilePayload(name="proof.txt", mimeType="text/plain", buffer=b"It does.")
    )
    await page.get_by_role("button", name="Send the answer").click()
    await expect(page.locator(".thread")).to_contain_text("It still works.")
    await expect(page.locator(".files")).to_contain_text("proof.txt")

    # somebody else takes part, the request is closed, rated and opened again
    await page.get_by_text("Let somebody else take part").click()
    await page.locator("#email").fill("friend.access@khach.example")
    await page.get_by_role("button", name="Add", exact=True).click()
    await expect(page.locator("aside .dl")).to_contain_text("friend.access@khach.example")
    await page.get_by_role("button", name="It is solved, close it").click()
    await page.get_by_role("link", name="Rate our answer").click()
    await page.get_by_role("button", name="Send the rating").click()
    await expect(page.locator(".flash")).to_contain_text("We have your rating")
    await page.locator("#body").fill("Not solved after all.")
    await page.get_by_role("button", name="Send the answer").click()
    await expect(page.locator(".progress-steps [aria-current]")).not_to_have_text("Done")

    # the link is stopped, by whoever has it, and opens nothing any more
    await page.get_by_text("Private links", exact=True).click()
    await page.get_by_role("button", name="Stop the private links").click()
    await page.wait_for_url("**/en/signin?next=**")
    await page.goto(link[0])
    await expect(page.locator("main")).to_contain_text("This private link no longer works.")
    assert referers
    assert not [referer for referer in referers if "key=" in referer]


async def test_what_was_focused_stays_so_when_a_part_of_the_page_is_fetched_anew(
    live_desk: LiveDesk, sit_down: SitDown
) -> None:
    person = await sit_down("vi")
    with reading_as(Reader("vi", "Asia/Ho_Chi_Minh")):
        await sign_in(person, "vi", "tam@lua.example")
    page = person.page
    await page.goto("/desk/queues/all")
    await page.locator(".queue .subj a").first.click()
    await page.wait_for_url("**/desk/tickets/*")
    await page.evaluate(
        "document.addEventListener('htmx:after:swap',"
        " event => document.body.classList.add(`new-${event.detail.ctx.target.id}`))"
    )
    for place in ("#assignee", "#tag", "#body"):
        focused = page.locator(place)
        await focused.focus()
        for part in ("aside", "thread", "here"):
            address = await page.locator(f"#{part}").get_attribute("hx-get")
            await page.evaluate(
                "([url, part]) => { document.body.classList.remove(`new-${part}`);"
                " htmx.ajax('GET', url, { target: `#${part}`, swap: 'innerMorph' }); }",
                [address, part],
            )
            await expect(page.locator("body")).to_have_class(re.compile(f"new-{part}"))
            await expect(focused).to_be_focused()


async def test_a_fields_long_name_and_long_choice_make_no_page_too_wide(live_desk: LiveDesk, chromium: Browser) -> None:
    name, choice = "An order that somebody else paid for, in words", "Because the parcel went round the whole country"
    form: dict[str, str | float | bool] = {
        "name_vi": name,
        "name_en": name,
        "kind": "choice",
        "choices": f"{choice}\n{'W' * 60}",
        "is_public": True,
        "is_asked": True,
    }
    too_wide = {}
    async with audit.seat(chromium, live_desk.url, "en", "light", 1280, ("tam@lua.example", PASSWORD)) as page:
        made = await page.request.post("/admin/fields/new", form=form)
        assert name in await made.text()
        for path in ("/desk/views/new", "/desk/tickets/51/fields", "/en/help/requests/new", "/admin/fields"):
            await page.goto(path)
            too_wide[path] = await audit.too_wide(page)
        await page.locator("a[href^='/admin/fields/']").last.click()
        await page.locator("form[action$='/remove'] button").click()
        await page.wait_for_url("**/admin/fields")
    assert not any(too_wide.values()), too_wide


@pytest.mark.parametrize("width", [1280, 390])
async def test_what_is_pressed_is_large_enough(live_desk: LiveDesk, sit_down: SitDown, width: int) -> None:
    person = await sit_down("vi", width=width)
    with reading_as(Reader("vi", "Asia/Ho_Chi_Minh")):
        await sign_in(person, "vi", "tam@lua.example")
    page = person.page
    small = {}
    for path in ("/desk/queues/active", "/desk/tickets/51", "/admin", "/admin/settings", "/vi/help", "/vi/community"):
        await page.goto(path)
        if found := await audit.too_small(page):
            small[path] = found
    assert small == {}


async def test_the_first_stop_of_the_keyboard_leads_past_the_navigation(live_desk: LiveDesk, sit_down: SitDown) -> None:
    person = await sit_down("en")
    page = person.page
    await page.goto("/en/help")
    await page.keyboard.press("Tab")
    skip = page.locator("a.skip")
    await expect(skip).to_be_focused()
    await expect(skip).to_be_in_viewport()
    await page.keyboard.press("Enter")
    await expect(page.locator("#main")).to_be_focused()
    await page.keyboard.press("Tab")
    assert await page.evaluate("getComputedStyle(document.activeElement).outlineStyle !== 'none'"), "focus is seen"
