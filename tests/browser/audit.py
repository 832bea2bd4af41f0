"""What is asked of every page there is: that axe finds nothing on it, and that it fits a window of 320 pixels."""

import re
from collections import deque
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from html import unescape
from importlib.resources import files
from typing import Any, Final
from urllib.parse import urlsplit

from playwright.async_api import APIRequestContext, Browser, Page

AXE: Final = files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")
NARROW: Final = 320
"""Pixels: 1280 at a magnification of 400 % (WCAG 2.2, 1.4.10)."""
STARTS: Final = (
    *("/desk/queues/active", "/desk", "/desk/bin", "/desk/views", "/admin"),
    *("/{lang}/help", "/{lang}/community", "/{lang}/account"),
)
CUSTOMERS: Final = ("/{lang}/help/requests", "/{lang}/account")
VISITORS: Final = (
    *("/{lang}/help", "/{lang}/community", "/{lang}/signin", "/{lang}/signin/forgotten", "/{lang}/signin/sent"),
    *(
        "/{lang}/help/requests/new",
        "/{lang}/help/requests/new?topic=1",
        "/{lang}/help/requests/sent",
        "/{lang}/help/search?q=refund",
    ),
    *("/{lang}/help/search?q=zzzz", "/{lang}/help/requests/7?key=none", "/{lang}/nothing/here", "/api/v1/docs"),
)
"""Where people who are not signed in may be."""

_HREF: Final = re.compile(r"""<a[^>]*\shref="([^"#]+)""")
_TELLING: Final = frozenset({"tab", "kind", "q", "pictures", "notes", "like"})
"""What may stand behind a question mark and make another page."""


async def pages(browser: APIRequestContext, starts: Iterable[str], lang: str) -> list[str]:
    """One address of each kind of page that links lead to from `starts`, in the order in which they are found."""
    found: dict[str, str] = {}
    waiting = deque(start.format(lang=lang) for start in starts)
    asked = {_kind(path) for path in waiting}
    while waiting:
        answer = await browser.get(waiting.popleft())
        text = await answer.text() if "html" in answer.headers.get("content-type", "") else ""
        if "<html" not in text:
            continue
        found.setdefault(_kind(answer.url), _local(answer.url))
        for address in map(unescape, _HREF.findall(text)):
            if address.startswith("/") and not _is_elsewhere(address, lang) and _kind(address) not in asked:
                asked.add(_kind(address))
                waiting.append(address)
    return [*found.values()]


def _is_elsewhere(address: str, lang: str) -> bool:
    """The same page in another language, or nothing that is looked at."""
    return address.startswith(f"/{ {'vi': 'en', 'en': 'vi'}[lang] }/") or "/files/" in address or "/static/" in address


def _local(url: str) -> str:
    parts = urlsplit(url)
    return parts.path + (f"?{parts.query}" if parts.query else "")


def _kind(url: str) -> str:
    """The address without what is only a number or a name in it."""
    parts = urlsplit(url)
    names = sorted({pair.partition("=")[0] for pair in parts.query.split("&")} & _TELLING)
    path = re.sub(r"/(queues|wording|roles|domains|members)/[^/]+", r"/\1/*", parts.path)
    return re.sub(r"/\d[^/]*", "/*", path) + "?" + "&".join(names)


async def wrong(page: Page) -> list[str]:
    """What axe finds on the page as it stands: rule, place and reason."""
    if not await page.evaluate("typeof axe === 'object'"):
        await page.evaluate(AXE)
    found: dict[str, Any] = await page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{violation['id']}: {' '.join(map(str, node['target']))} {node['failureSummary'].splitlines()[-1].strip()}"
        for violation in found["violations"]
        for node in violation["nodes"]
    ]


async def too_wide(page: Page) -> list[str]:
    """What is wider than a narrow window, when the page has to be moved sideways in one."""
    size = page.viewport_size
    await page.set_viewport_size({"width": NARROW, "height": 640})
    found: list[str] = await page.evaluate(
        """() => {
            const width = document.documentElement.clientWidth;
            if (document.documentElement.scrollWidth <= width && document.body.scrollWidth <= width) return [];
            const right = element => Math.round(element.getBoundingClientRect().right);
            const wide = [...document.body.querySelectorAll("*")].filter(element => right(element) > width + 1);
            return ["too wide", ...wide.slice(0, 5).map(one => `${one.tagName}.${one.className} to ${right(one)}`)];
        }"""
    )
    if size:
        await page.set_viewport_size(size)
    return found


@asynccontextmanager
async def seat(
    browser: Browser, url: str, lang: str, theme: str, width: int, who: tuple[str, str] | None
) -> AsyncIterator[Page]:
    """A page in a browser of its own, signed in as `who` (address and password), with this look."""
    context = await browser.new_context(
        base_url=url,
        locale={"vi": "vi-VN", "en": "en-GB"}[lang],
        viewport={"width": width, "height": 900},
        color_scheme="dark" if theme == "dark" else "light",
        reduced_motion="reduce",
    )
    if who:
        await context.request.post("/signin/password", form={"email": who[0], "password": who[1]})
        await context.request.post("/preferences/language", form={"lang": lang})
    try:
        yield await context.new_page()
    finally:
        await context.close()


async def too_small(page: Page) -> list[str]:
    """
    What is pressed and smaller than 24 pixels, with less than 24 pixels to its neighbour (WCAG 2.2, 2.5.8).

    Links within a sentence may be as small as its letters.
    """
    found: list[str] = await page.evaluate(
        """() => {
            const shown = one => one.checkVisibility({ visibilityProperty: true, opacityProperty: true });
            const all = [...document.querySelectorAll("a[href], button, input, select, summary, [role=button]")];
            const pressed = all.filter(one => shown(one) && !one.closest(".prose, p, label, .vh, .skip, [hidden]"));
            const boxes = pressed.map(one => one.getBoundingClientRect());
            return pressed.flatMap((one, at) => {
                const { width, height, x, y } = boxes[at];
                if (!width || !height || (width >= 24 && height >= 24)) return [];
                const [cx, cy] = [x + width / 2, y + height / 2];
                const near = boxes.some((box, other) => other !== at && box.width && Math.hypot(
                    Math.max(box.x - cx, 0, cx - box.right), Math.max(box.y - cy, 0, cy - box.bottom)) < 12);
                return near ? [`${one.outerHTML.slice(0, 80)} ${Math.round(width)}x${Math.round(height)}`] : [];
            });
        }"""
    )
    return found
