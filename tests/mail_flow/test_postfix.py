"""The recipes of docs/production.md, tried with a real Postfix: it keeps what we cannot take, and comes again."""

import os
import pwd
import shutil
import smtplib
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.cli import Place, free_port
from tests.mail_flow.letters import letter

pytestmark = [
    pytest.mark.once,
    pytest.mark.skipif(not shutil.which("postfix") or os.getuid() != 0, reason="needs Postfix, and root to start it"),
]
ROOT = Path(__file__).parents[2]
NOBODY = "nobody"
PATIENCE_SECONDS = 60
SERVICES = """
{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 1 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
proxymap unix - - n - - proxymap
relay unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
tlsmgr unix - - n 1000? 1 tlsmgr
postlog unix-dgram n - n - 1 postlogd
helpdesk unix - n n - 4 pipe
  user={user} directory={folder} null_sender=<> argv={command} mail in --from ${{sender}} --to ${{recipient}}
"""
SETTINGS = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/lib
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mx.lua.example
mydestination =
mynetworks = 127.0.0.0/8
recipient_delimiter = +
relay_domains = lua.example, pipe.example
transport_maps = texthash:{folder}/transport
smtpd_recipient_restrictions = permit_mynetworks, reject
minimal_backoff_time = 1s
maximal_backoff_time = 1s
queue_run_delay = 1s
"""


class Postfix:
    """A mail server of its own, between a port and the desk."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.port = folder, port

    def send(self, to: str, raw: bytes, sender: str = "lan@khach.example") -> None:
        with smtplib.SMTP("127.0.0.1", self.port, timeout=PATIENCE_SECONDS) as server:
            assert server.sendmail(sender, [to], raw) == {}

    def waiting(self) -> int:
        """Letters that it keeps to try again."""
        return sum(1 for file in (self.folder / "queue" / "deferred").rglob("*") if file.is_file())

    def log(self) -> str:
        return (self.folder / "log").read_text("utf-8", "replace")


@contextmanager
def postfix(lmtp_port: int, command: str) -> Iterator[Postfix]:
    folder = Path(tempfile.mkdtemp(prefix="helpdesk-postfix-"))
    port = free_port()
    folder.chmod(0o755)
    (folder / "queue").mkdir()
    (folder / "lib").mkdir()
    shutil.chown(folder / "lib", "postfix")
    told = {"folder": folder, "port": f"127.0.0.1:{port}", "user": NOBODY, "command": command}
    (folder / "main.cf").write_text(SETTINGS.format(**told))
    (folder / "master.cf").write_text(SERVICES.format(**told))
    (folder / "transport").write_text(f"lua.example lmtp:inet:127.0.0.1:{lmtp_port}\npipe.example helpdesk:\n")
    try:
        subprocess.run(["postfix", "-c", folder, "start"], check=True, capture_output=True)
        yield Postfix(folder, port)
    finally:
        subprocess.run(["postfix", "-c", folder, "stop"], check=False, capture_output=True)
        shutil.rmtree(folder)


@pytest.fixture
def place() -> Iterator[Place]:
    """A desk whose folder everybody may reach, since Postfix runs no program as root."""
    folder = Path(tempfile.mkdtemp(prefix="helpdesk-desk-"))
    folder.chmod(0o755)
    yield Place(folder)
    shutil.rmtree(folder)


def came(place: Place) -> list[tuple[str, str, str]]:
    """Door, sender and recipients of what was kept from Lan."""
    sql = "SELECT source, envelope_from, envelope_to FROM inbound WHERE message_id LIKE '%@khach.example' ORDER BY id"
    try:
        with closing(sqlite3.connect(f"file:{place.data}/helpdesk.sqlite?mode=ro", uri=True, timeout=20)) as database:
            return database.execute(sql).fetchall()
    except sqlite3.OperationalError:  # there is no database yet
        return []


def until(happens: Callable[[], object], log: Callable[[], str]) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while not happens():
        assert time.monotonic() < end, log()
        time.sleep(0.1)


def numbered(number: int) -> bytes:
    return letter(f"Thư {number}.", message_id=f"<{number}@khach.example>").replace(b"\n", b"\r\n")


def test_by_lmtp_letters_wait_while_the_desk_is_dead_and_come_once(place: Place) -> None:
    port, smtp_port = free_port(), free_port()
    words = ("demo", "--port", str(port), "--smtp-port", str(smtp_port))
    to = "support+t7.abc@lua.example"
    with postfix(smtp_port, "unused") as server:
        with place.started(*words) as desk:
            server.send(to, numbered(1))
            until(lambda: len(came(place)) == 1, server.log)
            desk.kill()
        for number in (2, 3):
            server.send(to, numbered(number))
        until(lambda: server.waiting() == 2, server.log)
        with place.started(*words):
            until(lambda: len(came(place)) == 3 and not server.waiting(), server.log)
            server.send("stranger@lua.example", numbered(4))
            until(lambda: "550 5.1.1 We receive no letters at this address" in server.log(), server.log)

        assert came(place) == [("lmtp", "lan@khach.example", f'["{to}"]')] * 3


def test_by_pipe_letters_wait_while_the_database_is_away_and_come_once(place: Place) -> None:
    place.run("migrate")
    database = place.data / "helpdesk.sqlite"
    for file in (place.data, *place.data.iterdir()):
        shutil.chown(file, NOBODY)
    python = _python_for_everybody()
    paths = ":".join([str(ROOT), *(path for path in sys.path if path.endswith("site-packages"))])
    command = f"/usr/bin/env PYTHONPATH={paths} HELPDESK_DATA_DIR={place.data} {python} -m helpdesk"
    with postfix(free_port(), command) as server:
        server.send("support@pipe.example", numbered(1))
        until(lambda: len(came(place)) == 1, server.log)

        away = database.rename(place.data / "away")
        server.send("support@pipe.example", numbered(2), sender="")
        until(lambda: server.waiting() == 1, server.log)
        assert "not kept, try again" in server.log()

        away.rename(database)
        until(lambda: len(came(place)) == 2 and not server.waiting(), server.log)

    assert came(place) == [
        ("pipe", "lan@khach.example", '["support@pipe.example"]'),
        ("pipe", "<>", '["support@pipe.example"]'),
    ]


def _python_for_everybody() -> str:
    """A Python of this version that the user nobody may run."""
    for python in (sys.executable, shutil.which("python3", path="/usr/bin:/usr/local/bin") or ""):
        says = [python, "-c", "import sys; print(*sys.version_info[:2])"]
        try:
            version = subprocess.run(says, user=NOBODY, capture_output=True, text=True, check=True, cwd="/").stdout
        except (OSError, subprocess.CalledProcessError):
            continue
        if version.split() == [str(part) for part in sys.version_info[:2]]:
            return python
    pytest.skip(f"the user {pwd.getpwnam(NOBODY).pw_name} may run no Python of this version")
