"""
Looks with axe at every page there is, in both languages, light and dark, 1280 and 390 pixels wide, and at whether it
fits 320 pixels: python tools/axe.py

A demo company is loaded into a folder that is gone afterwards, on a day on which its mail has much to tell
(tools/scene.py), so that most pages have something to show.
"""

import asyncio
import sys
from itertools import product
from pathlib import Path
from typing import Final

from playwright.async_api import Browser, async_playwright

sys.path.insert(0, str(Path(__file__).parents[1]))

from helpdesk.demo.load import PASSWORD
from tests.browser import audit
from tests.browser.conftest import CHROMIUM, FLAGS
from tools.measure.places import free_port, place, serving

PEOPLE: Final = {
    "tam@lua.example": audit.STARTS,
    "nhung@tiemaonhung.example": audit.CUSTOMERS,
    "": audit.VISITORS,
}


def main() -> None:
    if CHROMIUM is None:
        sys.exit("No Chromium is installed, so there is nothing to look with.")
    with place("sqlite") as where:
        where.environment["HELPDESK_SMTP_URL"] = f"smtp://127.0.0.1:{free_port()}"
        where.run("tools.scene")
        with serving(where, "serve", "--no-worker") as server:
            sys.exit(asyncio.run(_everything(f"http://127.0.0.1:{server.port}")))


async def _everything(url: str) -> int:
    """All people in all looks; 1 when something was found."""
    found = 0
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for who, lang, theme, width in product(PEOPLE, ("vi", "en"), ("light", "dark"), (1280, 390)):
            looked, wrong = await _look(browser, url, who, lang, theme, width)
            found += wrong
            print(f"{who or 'visitor'} {lang} {theme} {width}: {looked} pages, {wrong} findings", flush=True)
        await browser.close()
    return min(found, 1)


async def _look(browser: Browser, url: str, who: str, lang: str, theme: str, width: int) -> tuple[int, int]:
    async with audit.seat(browser, url, lang, theme, width, (who, PASSWORD) if who else None) as page:
        paths, found = await audit.pages(page.request, PEOPLE[who], lang), 0
        for path in paths:
            await page.goto(path)
            for finding in await audit.wrong(page) + await audit.too_wide(page):
                print(f"  {path}: {finding}")
                found += 1
    return len(paths), found


if __name__ == "__main__":
    main()
