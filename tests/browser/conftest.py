"""A real desk with the demo company, and real browsers to walk through it."""

import asyncio
import contextlib
import os
import shutil
import signal
import socket
import sqlite3
import sys
import urllib.request
from collections.abc import AsyncIterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import httpx
import pytest
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

from helpdesk.demo.load import PASSWORD

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
]
PATIENCE = 15_000
"""Milliseconds."""
expect.set_options(timeout=PATIENCE)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Say so where no Chromium is found."""
    if CHROMIUM is None:
        for item in items:
            if item.get_closest_marker("browser"):
                item.add_marker(pytest.mark.skip(reason="no Chromium is installed: browser tests are left out"))


class LiveDesk:
    """A desk in a process of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port, self.smtp_port = _free_port(), _free_port()
        self.url = f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("HELPDESK_")}
        environment |= {"HELPDESK_DATA_DIR": str(self.folder), "HELPDESK_BASE_URL": self.url}
        self._log = (self.folder.parent / "live.log").open("wb")
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "helpdesk", "demo", "--port", str(self.port), "--smtp-port", str(self.smtp_port)),
            env=environment,
            stdout=self._log,
            stderr=self._log,
        )
        for _ in range(600):
            await asyncio.sleep(0.1)
            if self._process.returncode is not None:
                break
            with contextlib.suppress(OSError):
                await asyncio.to_thread(self._knock)
                return
        raise RuntimeError((self.folder.parent / "live.log").read_text())

    async def send_at_once(self) -> None:
        """Have answers leave without the seconds in which they can be taken back."""
        async with httpx.AsyncClient(base_url=self.url, headers={"Origin": self.url}) as admin:
            await admin.post("/signin/password", data={"email": "tam@lua.example", "password": PASSWORD})
            answer = await admin.post("/admin/settings/sending", data={"undo_seconds": "0"})
            assert answer.status_code == 303, answer.text

    async def stop(self) -> None:
        self._process.send_signal(signal.SIGTERM)
        await asyncio.wait_for(self._process.wait(), 20)
        self._log.close()

    def _knock(self) -> None:
        with urllib.request.urlopen(f"{self.url}/livez", timeout=2) as answer:
            answer.read()

    async def letter_to(self, address: str, having: str = "") -> EmailMessage:
        """The newest letter that this address got, as its mail program sees it; waits for one."""
        for _ in range(PATIENCE // 100):
            for content in self._letters():
                letter = message_from_bytes(content, policy=policy.default)
                assert isinstance(letter, EmailMessage)
                if address in str(letter["To"]) and having in text_of(letter):
                    return letter
            await asyncio.sleep(0.1)
        raise AssertionError(f"no letter to {address} with {having!r}")

    def _letters(self) -> list[bytes]:
        with contextlib.closing(sqlite3.connect(self.folder / "helpdesk.sqlite")) as database:
            return [row[0] for row in database.execute("SELECT content FROM outbound ORDER BY id DESC LIMIT 20")]


def text_of(letter: EmailMessage) -> str:
    body = letter.get_body(("plain",))
    return body.get_content() if body is not None else ""


@pytest.fixture(scope="session")
async def live_desk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[LiveDesk]:
    desk = LiveDesk(tmp_path_factory.mktemp("live") / "data")
    await desk.start()
    try:
        await desk.send_at_once()
        yield desk
    finally:
        await desk.stop()


@pytest.fixture(scope="session")
async def chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        await browser.close()


class Person:
    """Somebody at a browser of their own. Anything the page's console complains about is kept in `troubles`."""

    def __init__(self, context: BrowserContext, page: Page) -> None:
        self.context, self.page = context, page
        self.troubles: list[str] = []
        page.on("console", lambda message: self.troubles.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: self.troubles.append(str(error)))


@pytest.fixture
async def sit_down(chromium: Browser, live_desk: LiveDesk) -> AsyncIterator["SitDown"]:
    seats = SitDown(chromium, live_desk)
    yield seats
    await seats.leave()


class SitDown:
    """Give somebody a browser: `await sit_down("vi")`."""

    def __init__(self, chromium: Browser, desk: LiveDesk) -> None:
        self._chromium, self._desk = chromium, desk
        self._people: list[Person] = []

    async def __call__(self, lang: str, *, width: int = 1280, javascript: bool = True) -> Person:
        context = await self._chromium.new_context(
            base_url=self._desk.url,
            locale={"vi": "vi-VN", "en": "en-GB"}[lang],
            viewport={"width": width, "height": 900},
            java_script_enabled=javascript,
        )
        context.set_default_timeout(PATIENCE)
        person = Person(context, await context.new_page())
        self._people.append(person)
        return person

    async def leave(self) -> None:
        for person in self._people:
            await person.context.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
