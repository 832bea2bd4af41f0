"""The command as people run it: a process of its own, with a folder and a database of its own."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec


class Place:
    """A folder and a database that one test's commands share."""

    def __init__(self, folder: Path, database_url: str = "") -> None:
        self._environment = {name: value for name, value in os.environ.items() if not name.startswith("HELPDESK_")}
        self.data = folder / "data"
        self.set(data_dir=str(self.data))
        if database_url:
            self.set(database_url=database_url)

    def set(self, **settings: str) -> None:
        self._environment |= {f"HELPDESK_{name.upper()}": value for name, value in settings.items()}

    def run(self, *words: str, given: str | bytes = b"") -> "Ended":
        """Run a command to its end, with `given` on its standard input."""
        ended = subprocess.run(
            [sys.executable, "-m", "helpdesk", *words],
            input=given.encode() if isinstance(given, str) else given,
            env=self._environment,
            capture_output=True,
            check=False,
            timeout=60,
        )
        return Ended(ended.returncode, ended.stdout.decode(), ended.stderr.decode())

    @contextmanager
    def started(self, *words: str) -> Iterator["subprocess.Popen[str]"]:
        """A command that goes on: all it says is read through the process. Killed where the test leaves it running."""
        with subprocess.Popen(
            [sys.executable, "-m", "helpdesk", *words],
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process:
            try:
                yield process
            finally:
                process.kill()


class Ended(msgspec.Struct, frozen=True):
    """How a command ended, and what it said."""

    status: int
    out: str
    error: str


def free_port() -> int:
    """A port that nobody listened on a moment ago."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])
