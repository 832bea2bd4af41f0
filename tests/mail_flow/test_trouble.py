"""A full disk and a locked database keep no letter out for good, lose none that was taken, and stop no page."""

import asyncio
import contextlib
import smtplib
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path

import httpx
import msgspec
import pytest

from helpdesk.core import disk, sqlite
from helpdesk.core.config import config
from helpdesk.core.db import IS_SQLITE, run_sql
from helpdesk.core.kept import forget_everything
from helpdesk.i18n.reader import Reader, reading_as
from helpdesk.mail import health
from helpdesk.mail.doors import listener
from helpdesk.mail.outgoing import outbox, sending
from helpdesk.mail.tables import Inbound
from tests.cli import Place, free_port
from tests.factories import Desk, words
from tests.mail_flow.letters import letter
from tests.mail_flow.test_compose import outgoing
from tests.mail_flow.test_health import box

TO = "support@lua.example"
MEGABYTES = 40


async def is_ours(address: str) -> bool:
    return address == TO


@asynccontextmanager
async def locked() -> AsyncIterator[None]:
    """Somebody else writes, and goes on writing."""
    if IS_SQLITE:
        path = config().sqlite_path
        assert path is not None
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            yield
            other.execute("ROLLBACK")
    else:
        import asyncpg

        other = await asyncpg.connect(config().database_url)
        try:
            async with other.transaction():
                await other.execute("LOCK TABLE inbound IN ACCESS EXCLUSIVE MODE")
                yield
        finally:
            await other.close()


def pipe(patience: float) -> "subprocess.CompletedProcess[bytes]":
    code = f"from helpdesk.mail.doors import pipe; pipe.PATIENCE_SECONDS = {patience}; raise SystemExit(pipe.main([]))"
    environment = {"HELPDESK_DATA_DIR": str(config().data_dir), "HELPDESK_DATABASE_URL": config().database_url}
    return subprocess.run([sys.executable, "-c", code], input=letter(), env=environment, capture_output=True)


@pytest.mark.usefixtures("database")
async def test_a_pipe_before_a_locked_database_asks_to_come_again() -> None:
    async with locked():
        waited = await asyncio.to_thread(pipe, 0.3)
    assert (waited.returncode, waited.stdout) == (75, b"")
    assert b"try again" in waited.stderr

    assert (await asyncio.to_thread(pipe, 20)).returncode == 0
    assert await Inbound.count() == 1


@pytest.mark.usefixtures("database")
async def test_a_mail_server_before_a_locked_database_is_asked_to_come_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "PATIENCE_MS", 300)
    monkeypatch.setattr(listener, "KEEP_SECONDS", 0.6)

    def hand_in(port: int) -> int:
        with smtplib.SMTP("127.0.0.1", port, timeout=20) as server:
            try:
                server.sendmail("lan@khach.example", [TO], letter())
            except smtplib.SMTPDataError as refusal:
                return refusal.smtp_code
            return 250

    async with listener.listening("127.0.0.1", 0, is_ours) as server:
        port = server.sockets[0].getsockname()[1]
        async with locked():
            assert await asyncio.to_thread(hand_in, port) == 451
        assert await asyncio.to_thread(hand_in, port) == 250
    assert await run_sql("SELECT COUNT(*) AS n FROM inbound") == [{"n": 1}]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of a few megabytes."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={MEGABYTES}m", "tmpfs", str(folder)]
    try:
        subprocess.run(mount, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("only root may make a small disk (mount -t tmpfs)")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(disk: Path) -> Path:
    """A file that takes all there is."""
    file = disk / "filling"
    with file.open("wb", buffering=0) as out:
        for size in (65536, 512):
            with pytest.raises(OSError, match="No space left"):
                while True:
                    out.write(b"x" * size)
    return file


@pytest.mark.once
def test_a_full_disk_loses_nothing_stops_no_page_and_heals(small_disk: Path) -> None:
    place = Place(small_disk)
    port, smtp_port = free_port(), free_port()
    large = "Một dòng của một lá thư dài.\n" * 6000
    letters = [letter(f"{number} {large}", to=TO, message_id=f"<{number}@khach.example>") for number in range(60)]

    def by_smtp(raw: bytes) -> int:
        with smtplib.SMTP("127.0.0.1", smtp_port, timeout=60) as server:
            try:
                server.sendmail("lan@khach.example", [TO], raw)
            except smtplib.SMTPResponseException as refusal:
                return refusal.smtp_code
            return 250

    with (
        serving(place, "--port", str(port), "--smtp-port", str(smtp_port)) as server,
        httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as browser,
    ):
        until(server, lambda: browser.get("/en/help").status_code == 200)
        assert by_smtp(letters[0]) == 250
        filling = fill(small_disk)
        answers = [by_smtp(raw) for raw in letters[1:50]]
        piped = [place.run("mail", "in", "--to", TO, given=raw).status for raw in letters[50:]]
        pages = [
            browser.get(path).status_code for path in ("/en/help", "/vi/help/search?q=may", "/vi/community", "/livez")
        ]

        filling.unlink()
        until(server, lambda: by_smtp(letters[1]) == 250)
        assert place.run("mail", "in", "--to", TO, given=letters[50]).status == 0

    assert set(answers) <= {250, 451, 452}
    assert set(answers) != {250}
    assert set(piped) <= {0, 75}
    assert 75 in piped
    assert pages == [200] * 4
    taken = {0, 1, 50}
    taken |= {number for number, answer in enumerate(answers, 1) if answer == 250}
    taken |= {number for number, status in enumerate(piped, 50) if status == 0}
    with closing(sqlite3.connect(small_disk / "data" / "helpdesk.sqlite")) as database:
        came = database.execute("SELECT message_id FROM inbound WHERE message_id LIKE '%@khach.example'").fetchall()
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert {f"{number}@khach.example" for number in taken} <= {one for (one,) in came}
    assert len(came) == len(set(came))


@pytest.mark.parametrize("hindrance", ["full", "closed"])
async def test_the_disk_is_named_where_staff_see_that_nothing_moves(
    desk: Desk, small_disk: Path, monkeypatch: pytest.MonkeyPatch, hindrance: str
) -> None:
    """In both languages, also where the outbox and mailboxes stand still together, and no longer than it is so."""
    settings = msgspec.structs.replace(config(), data_dir=small_disk, smtp_url="smtp://127.0.0.1:1")
    for module in (disk, health, sending):
        monkeypatch.setattr(module, "config", lambda: settings)
    await desk.department()
    for name in ("Sales", "Support"):
        await box(name, fetched_at=desk.clock.moment)
    await outbox.owe(outgoing(sent_at=desk.clock.moment), about="ticket:7")
    admin = await desk.admin(lang="en")
    browser = await desk.browser(admin)
    desk.clock.go(minutes=5)
    said = {
        "full": ("The disk is full, so nothing can be kept.", "Ổ đĩa đã đầy nên không lưu được gì."),
        "closed": ("The data folder cannot be written", "Không ghi được vào thư mục dữ liệu"),
    }[hindrance]

    with hindered(small_disk, hindrance):
        banner = words(await browser.get("/desk/queues/all"))
        assert "No letters go out. No letters come in from Sales, Support." in banner
        assert said[0] in banner
        assert (await browser.text("/admin")).count(said[0]) == 4, "the banner and three cards"
        with reading_as(Reader("vi", "UTC")):
            assert {str(one.reason).startswith(said[1]) for one in await health.everything()} == {True}
    forget_everything()

    assert {"is the worker running?" in str(one.reason) for one in await health.everything()} == {True}


@contextmanager
def hindered(folder: Path, hindrance: str) -> Iterator[None]:
    """A disk that is full, or that may only be read."""
    if hindrance == "full":
        filling = fill(folder)
        yield
        filling.unlink()
    else:
        subprocess.run(["mount", "-o", "remount,ro", str(folder)], check=True)
        yield
        subprocess.run(["mount", "-o", "remount,rw", str(folder)], check=True)


@contextmanager
def serving(place: Place, *words: str) -> Iterator["subprocess.Popen[str]"]:
    """A demo whose log, long when the disk is full, is read away."""
    with place.started("demo", *words) as server:
        assert server.stdout is not None
        reading = threading.Thread(target=server.stdout.read)
        reading.start()
        try:
            yield server
        finally:
            server.kill()
            reading.join()


def until(server: "subprocess.Popen[str]", happens: Callable[[], bool]) -> None:
    """Ask until it is so, for a minute."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        assert server.poll() is None, "the server has ended"
        with contextlib.suppress(httpx.TransportError, OSError, smtplib.SMTPException):
            if happens():
                return
        time.sleep(0.2)
    raise AssertionError("it did not happen in time")
