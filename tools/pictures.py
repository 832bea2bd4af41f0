"""
Takes the pictures of docs/pictures from the running product: python tools/pictures.py [NAME …]

A demo company is loaded into a folder that is gone afterwards, on a day on which its mail has much to tell
(tools/scene.py), and a headless Chromium looks at its pages, one picture a line of PICTURES. Each becomes a PNG of
256 colours, which is enough for pages and a third of the size.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Final

from msgspec import Struct
from playwright.sync_api import Browser, Page, sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1]))

from helpdesk.demo.load import PASSWORD
from tests.browser.conftest import CHROMIUM, FLAGS
from tools.measure.places import free_port, place, serving
from tools.png import few_colours

FOLDER: Final = Path(__file__).parents[1] / "docs" / "pictures"
MOST_BYTES: Final = 200_000
ADMIN, AGENT, VIETNAMESE, ENGLISH = (
    *("tam@lua.example", "dat@lua.example"),
    *("nhung@tiemaonhung.example", "oliver@northbound.example"),
)

Pose = Callable[[Page], None]
"""What is done on a page before its picture is taken."""


class Picture(Struct, frozen=True, kw_only=True):
    """What is taken: the page at `path`, for whom, in which language, in a window of how many pixels."""

    path: str
    who: str = ""
    lang: str = "en"
    size: tuple[int, int] = (1280, 800)
    pose: Pose | None = None


def _type(field: str, text: str, page: Page) -> None:
    """Type as a person does, and wait for what is offered."""
    page.locator(field).press_sequentially(text, delay=20)
    page.locator("#suggest [role=option], #deflect a").first.wait_for()


def _open(words: str, page: Page) -> None:
    """Follow the link with these words."""
    page.get_by_role("link", name=words).first.click()
    page.wait_for_load_state()


def _answer(subject: str, text: str, page: Page) -> None:
    _open(subject, page)
    page.locator("#body").fill(text)
    page.evaluate("scrollTo(0, 0)")


def _see(subject: str, part: str, above: int, page: Page) -> None:
    """Follow the link with these words, and bring a part of the page `above` pixels below its upper edge."""
    _open(subject, page)
    _bring(part, above, page)


def _look(page: Page) -> None:
    """Have the letters shown that a wording makes."""
    page.locator("button[name=only_look]").click()
    page.wait_for_load_state()
    _bring("#wording", 120, page)


def _bring(part: str, above: int, page: Page) -> None:
    page.locator(part).first.evaluate("(part, above) => scrollBy(0, part.getBoundingClientRect().top - above)", above)


PICTURES: Final = {
    "desk": Picture(path="/desk/queues/active", who=ADMIN, size=(1280, 720)),
    "ticket": Picture(
        path="/desk/queues/all?q=marketplace",
        who=AGENT,
        size=(1280, 900),
        pose=partial(_answer, "Marketplace orders stopped", "Only on that one, Priya. I have added the note now."),
    ),
    "editor": Picture(
        path="/desk/articles?lang=en", who=AGENT, pose=partial(_open, "Refund a customer who paid by card")
    ),
    "search": Picture(path="/en/help", size=(1280, 640), pose=partial(_type, "#q", "refun")),
    "search.vi": Picture(path="/vi/help", lang="vi", size=(1280, 640), pose=partial(_type, "#q", "hoa don")),
    "contact": Picture(path="/en/help/contact"),
    "request-topic": Picture(path="/admin/topics/1/form", who=ADMIN),
    "request": Picture(path="/en/help/requests/new", pose=partial(_type, "#subject", "Refund a card payment")),
    "request.vi": Picture(
        path="/vi/help/requests/new", lang="vi", pose=partial(_type, "#subject", "Xin hoá đơn điện tử")
    ),
    "follow": Picture(path="/en/help/requests", who=ENGLISH, size=(1280, 900), pose=partial(_open, "Need a contract")),
    "follow.vi": Picture(
        path="/vi/help/requests", who=VIETNAMESE, lang="vi", size=(1280, 900), pose=partial(_open, "mã OTP")
    ),
    "topic": Picture(path="/en/community", size=(1280, 900), pose=partial(_open, "Receipts in English for tourists")),
    "topic.vi": Picture(path="/vi/community", lang="vi", size=(1280, 900), pose=partial(_open, "Hai máy in")),
    "departments": Picture(path="/admin/departments", who=ADMIN),
    "calendar": Picture(
        path="/admin/calendars", who=ADMIN, size=(1280, 860), pose=partial(_open, "Giờ văn phòng · Office hours")
    ),
    "promise": Picture(path="/admin/policies", who=ADMIN, pose=partial(_open, "Edit")),
    "letters": Picture(path="/admin/letters", who=ADMIN, size=(1280, 640)),
    "sending": Picture(
        path="/desk/queues/all?q=marketplace",
        who=AGENT,
        size=(1280, 900),
        pose=partial(_see, "Marketplace orders stopped", ".msg__delivery .badge--danger", 200),
    ),
    "mailboxes": Picture(path="/admin/mailboxes", who=ADMIN, size=(1280, 640)),
    "outbox": Picture(path="/admin/outbox", who=ADMIN, size=(1280, 860)),
    "wording": Picture(path="/admin/wording/acknowledge", who=ADMIN, size=(1280, 1180), pose=_look),
    "domain": Picture(path="/admin/domains/lua.example", who=ADMIN, size=(1280, 860)),
    "health": Picture(path="/admin", who=ADMIN, size=(1280, 640)),
    "phone.vi": Picture(path="/vi/help", lang="vi", size=(390, 780)),
}


def main() -> None:
    parser = argparse.ArgumentParser(description="Take the pictures of docs/pictures from the running product.")
    parser.add_argument("name", nargs="*", choices=[[], *PICTURES], help="only these")
    names = parser.parse_args().name or list(PICTURES)
    if CHROMIUM is None:
        sys.exit("No Chromium is installed, so there is nothing to take pictures with.")
    FOLDER.mkdir(exist_ok=True)
    with place("sqlite") as where, _browser() as browser:
        where.environment["HELPDESK_SMTP_URL"] = f"smtp://127.0.0.1:{free_port()}"
        where.run("tools.scene")
        with serving(where, "serve", "--no-worker") as server:
            _take(browser, f"http://127.0.0.1:{server.port}", names)


def _take(browser: Browser, url: str, names: list[str]) -> None:
    for name in names:
        content = few_colours(_taken(browser, url, PICTURES[name]))
        if len(content) > MOST_BYTES:
            sys.exit(f"{name}.png would have {len(content)} bytes, which is too heavy for a page of words.")
        (FOLDER / f"{name}.png").write_bytes(content)
        print(f"{name}.png  {len(content) // 1024} KB")


@contextmanager
def _browser() -> Iterator[Browser]:
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as downloads:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS, downloads_path=downloads)
        yield browser
        browser.close()


def _taken(browser: Browser, url: str, picture: Picture) -> bytes:
    """The picture as Chromium makes it, of a page that has come to rest."""
    width, height = picture.size
    context = browser.new_context(
        base_url=url, locale=picture.lang, viewport={"width": width, "height": height}, reduced_motion="reduce"
    )
    context.set_default_timeout(10_000)
    page = context.new_page()
    if picture.who:
        _sign_in(page, picture)
    page.goto(picture.path)
    if picture.pose:
        picture.pose(page)
    page.evaluate("document.fonts.ready")
    page.wait_for_timeout(400)
    content = page.screenshot(animations="disabled", caret="hide")
    context.close()
    return content


def _sign_in(page: Page, picture: Picture) -> None:
    """By password, and in the picture's language from then on."""
    page.request.post("/signin/password", form={"email": picture.who, "password": PASSWORD})
    page.request.post("/preferences/language", form={"lang": picture.lang})


if __name__ == "__main__":
    main()
