"""Letters of strangers in a real browser: nothing in them runs or fetches, in the thread and in a frame of its own."""

import json
import re
import smtplib
from email.message import EmailMessage
from pathlib import Path

import pytest
from playwright.async_api import expect

from helpdesk.i18n.reader import Reader, reading_as
from tests.browser.conftest import LiveDesk, Person, SitDown
from tests.browser.test_walk import sign_in

pytestmark = [pytest.mark.browser, pytest.mark.once]

CASES = Path(__file__).parent.parent / "cases"
PAYLOADS = [json.loads(row)["payload"] for row in (CASES / "xss.jsonl").read_text("utf-8").splitlines()]
WHOLE = re.compile(
    r"<!--|<(?:script|style|title|textarea|xmp|noscript|plaintext|iframe|svg|math|template|select)\b", re.I
)
"""What may swallow the payloads that follow it."""
AT_ONCE = 40


def bodies() -> list[str]:
    """All payloads, in as few letters as they leave each other alone in."""
    quiet = [payload for payload in PAYLOADS if not WHOLE.search(payload)]
    loud = [payload for payload in PAYLOADS if WHOLE.search(payload)]
    return [
        "\n<hr>".join(some) for size, kind in ((AT_ONCE * 4, quiet), (AT_ONCE, loud)) for some in _chunks(kind, size)
    ]


def _chunks(payloads: list[str], size: int) -> list[list[str]]:
    return [payloads[at : at + size] for at in range(0, len(payloads), size)]


def send(desk: LiveDesk, subject: str, html: str, text: str = "Please look at this.") -> None:
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = "Eve <eve@khach.example>", "support@lua.example", subject
    letter.set_content(text)
    letter.add_alternative(html, subtype="html")
    with smtplib.SMTP("127.0.0.1", desk.smtp_port) as smtp:
        smtp.send_message(letter)


async def agent(sit_down: SitDown, desk: LiveDesk) -> tuple[Person, list[str]]:
    """Khoa at his desk; whatever a page asks of anybody but the desk, or does by itself, is in the list."""
    person = await sit_down("vi")
    wrong: list[str] = []
    person.page.on("dialog", lambda dialog: wrong.append(f"dialog {dialog.message}"))
    person.page.on("popup", lambda page: wrong.append(f"popup {page.url}"))
    person.page.on(
        "request", lambda request: None if request.url.startswith((desk.url, "data:")) else wrong.append(request.url)
    )
    with reading_as(Reader("vi", "Asia/Ho_Chi_Minh")):
        await sign_in(person, "vi", "khoa@lua.example")
    return person, wrong


async def open_ticket(person: Person, subject: str) -> None:
    """Wait until the letter is a ticket, and open it."""
    for _ in range(100):
        await person.page.goto("/desk/queues/all")
        link = person.page.get_by_role("link", name=subject, exact=True).first
        if await link.count():
            await link.click()
            await person.page.wait_for_selector(".msg")
            return
        await person.page.wait_for_timeout(200)
    raise AssertionError(f"no ticket {subject}")


async def test_no_known_attack_does_anything(live_desk: LiveDesk, sit_down: SitDown) -> None:
    letters = bodies()
    for number, html in enumerate(letters):
        send(live_desk, f"Attack {number}", html)
    person, wrong = await agent(sit_down, live_desk)
    page = person.page

    for number in range(len(letters)):
        await open_ticket(person, f"Attack {number}")
        assert await page.title() == f"#{page.url.rpartition('/')[2]} Attack {number} · Lúa"
        await page.locator(".msg__more a[href$='/original']").first.click()
        frame = page.frame_locator("iframe.letterframe")
        await expect(frame.locator("body")).to_be_attached()
        assert await frame.locator("script, form, iframe, object, embed, svg, base").count() == 0

    assert len(PAYLOADS) == 668
    assert wrong == []
    assert person.troubles == []


async def test_a_letter_is_shown_as_it_was_drawn_and_its_pictures_wait(live_desk: LiveDesk, sit_down: SitDown) -> None:
    send(
        live_desk,
        "Spring sale",
        '<table bgcolor="#ffeecc"><tr><td style="color:rgb(200, 0, 0)">Half price</td></tr></table>'
        '<img src="https://cdn.example/banner.png" alt="banner"><img src="https://t.example/o.gif" width=1 height=1>'
        '<a href="https://evil.example/login">www.vietcombank.com.vn</a><form action="https://evil.example"><input></form>',
    )
    person, wrong = await agent(sit_down, live_desk)
    page = person.page
    await page.route("https://**", lambda route: route.abort())
    await open_ticket(person, "Spring sale")
    await expect(page.locator(".msg").first).to_contain_text("(evil.example)")
    await page.locator(".msg__more a[href$='/original']").first.click()
    frame = page.frame_locator("iframe.letterframe")

    await expect(frame.get_by_text("Half price")).to_have_css("color", "rgb(200, 0, 0)")
    assert await frame.locator("body").evaluate("() => [self.origin, document.forms.length]") == ["null", 0]
    assert wrong == []

    async with page.expect_request("https://cdn.example/*"):
        await page.locator("a[href$='pictures=true']").click()
    await page.wait_for_load_state()
    assert set(wrong) == {"https://cdn.example/banner.png"}


@pytest.mark.parametrize("width", [390, 1280])
async def test_the_fold_opens_without_javascript_and_nothing_is_too_wide(
    live_desk: LiveDesk, sit_down: SitDown, width: int
) -> None:
    cells = "".join(f"<td>column-number-{number}</td>" for number in range(20))
    old = "\n".join(f"> Line {number} of what was said before." for number in range(30))
    subject = f"Wide {width}"
    send(live_desk, subject, f"<p>New words.</p><table><tr><th>{cells}</tr></table>")
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = (
        "Eve <eve@khach.example>",
        "support@lua.example",
        f"{subject} quoted",
    )
    letter.set_content(f"New words.\n\nOn 3 March 2026 at 09:15, Minh <m@lua.example> wrote:\n{old}\n")
    with smtplib.SMTP("127.0.0.1", live_desk.smtp_port) as smtp:
        smtp.send_message(letter)
    signed_in, _ = await agent(sit_down, live_desk)
    person = await sit_down("vi", width=width, javascript=False)
    await person.context.add_cookies(await signed_in.context.cookies())  # type: ignore[arg-type]  # the same shape

    await open_ticket(person, f"{subject} quoted")
    fold = person.page.locator("details.fold").first
    await expect(fold.locator("summary")).to_contain_text("Hiện 31 dòng")
    await expect(fold.get_by_text("Line 29")).to_be_hidden()
    await fold.locator("summary").click()
    await expect(fold.get_by_text("Line 29")).to_be_visible()
    await open_ticket(person, subject)
    card = await person.page.locator(".msg__card").first.bounding_box()
    assert card
    assert card["x"] + card["width"] <= width
