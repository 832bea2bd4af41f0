"""Every page for everybody: axe finds nothing, and nothing has to be moved sideways at a magnification of 400 %."""

import pytest
from playwright.async_api import Browser

from helpdesk.demo.load import PASSWORD
from tests.browser import audit
from tests.browser.conftest import LiveDesk

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
