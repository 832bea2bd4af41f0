"""The server's words for times and deadlines are the browser's: nothing jumps when the script takes over."""

from __future__ import annotations

import shutil
from datetime import timedelta

import pytest
from playwright.sync_api import sync_playwright

from helpdesk.core import clock
from helpdesk.i18n.reader import Reader, reading_as
from helpdesk.web import elements
from helpdesk.web.assets import STATIC
from tests.web.samples import NOW

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or ""
pytestmark = [
    pytest.mark.browser,
    pytest.mark.once,
    pytest.mark.skipif(not CHROMIUM, reason="no Chromium on this machine"),
]
MINUTES = [0, 0.5, 1, 2, 14, 15, 16, 59, 60, 61, 89, 90, 91, 119, 150, 600, 1439, 1440, 2160, 2879, 2880, 2881, 4320]
MINUTES += [
    minutes * 1440 for minutes in (4, 7, 8, 10, 11, 14, 29, 30, 31, 44, 45, 46, 75, 200, 364, 365, 366, 547, 548, 900)
]
TEXTS = "() => [...document.querySelectorAll('p')].map(p => p.innerHTML)"


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_no_text_changes_when_the_script_begins_to_count(lang: str) -> None:
    moments = [NOW + timedelta(minutes=sign * minutes) for minutes in MINUTES for sign in (-1, 1)]
    with clock.pretend(lambda: NOW), reading_as(Reader(lang, "Asia/Ho_Chi_Minh")):
        drawn = [str(draw(moment)) for moment in moments for draw in (elements.ago, elements.sla)]
    page_html = f'<!doctype html><html lang="{lang}"><body>{"".join(f"<p>{html}</p>" for html in drawn)}</body></html>'

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-quic"])
        page = browser.new_page()
        page.clock.set_fixed_time(NOW + timedelta(days=3))
        page.set_content(page_html)
        drawn_by_us = page.evaluate(TEXTS)
        page.add_script_tag(path=str(STATIC / "dist/public.js"), type="module")
        page.wait_for_function(f"texts => ({TEXTS})().join() !== texts.join()", arg=drawn_by_us)
        page.clock.set_fixed_time(NOW)
        page.evaluate("document.dispatchEvent(new Event('htmx:after:swap'))")  # the script looks at all of them again
        drawn_by_the_script = page.evaluate(TEXTS)
        browser.close()

    assert drawn_by_the_script == drawn_by_us
    assert len(drawn_by_us) == len(moments) * 2
