"""Where a measurement happens: a folder, an empty database, the environment that names them, and a server on it."""

import asyncio
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final, Literal

import asyncpg
from msgspec import Struct

from tests import postgresql

ROOT: Final = Path(__file__).parents[2]
Kind = Literal["sqlite", "postgresql"]
PATIENCE_SECONDS: Final = 180.0


class Place(Struct, frozen=True):
    """An empty desk. `database` is the process id of its database server, None for SQLite."""

    kind: Kind
    folder: Path
    environment: dict[str, str]
    database: int | None

    def run(self, module: str, *arguments: str, given: bytes = b"") -> bytes:
        """What a Python module prints here, run to its end. What it says on standard error is shown."""
        command = [sys.executable, "-m", module, *arguments]
        return subprocess.run(
            command, input=given, env=self.environment, cwd=ROOT, stdout=subprocess.PIPE, check=True
        ).stdout

    def number(self, sql: str) -> int:
        """What a query counts."""
        if self.kind == "sqlite":
            with closing(sqlite3.connect(f"file:{self.folder}/helpdesk.sqlite?mode=ro", uri=True)) as connection:
                return int(connection.execute(sql).fetchone()[0])
        return asyncio.run(_number(self.environment["HELPDESK_DATABASE_URL"], sql))

    def wait_until_none(self, sql: str) -> float:
        """Look until a query counts nothing; the moment, as time.perf_counter tells it."""
        until = time.perf_counter() + PATIENCE_SECONDS
        while self.number(sql):
            if time.perf_counter() > until:
                raise TimeoutError(f"after {PATIENCE_SECONDS:.0f} s there are still {self.number(sql)}: {sql}")
            time.sleep(0.05)
        return time.perf_counter()


class Server(Struct, frozen=True):
    """`helpdesk serve` or `helpdesk demo` that answers. `seconds` is how long it took from start to first page."""

    process: int
    port: int
    smtp_port: int
    seconds: float


@contextmanager
def place(kind: Kind, kept: Path | None = None) -> Iterator[Place]:
    """A desk on its own database: an empty one that is gone afterwards, or what is in the folder `kept` and stays."""
    folder = kept or Path(tempfile.mkdtemp(prefix="helpdesk-bench-"))
    environment = {name: value for name, value in os.environ.items() if not name.startswith("HELPDESK_")}
    environment |= {
        "HELPDESK_DATA_DIR": str(folder),
        "HELPDESK_SECRET_KEY": "only-for-measuring-" * 3,
        "HELPDESK_LOG_LEVEL": "warning",
        "HELPDESK_TRUSTED_PROXIES": "127.0.0.1",
    }
    database = None
    try:
        if kind == "postgresql":
            if not (folder / "postgresql").exists():
                postgresql.start(folder / "postgresql")
            environment["HELPDESK_DATABASE_URL"] = postgresql.start_again(folder / "postgresql")
            database = int((folder / "postgresql/data/postmaster.pid").read_text("ascii").split()[0])
        yield Place(kind, folder, environment, database)
    finally:
        if database is not None:
            postgresql.stop("fast" if kept else "immediate")
        if not kept:
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def serving(where: Place, *words: str) -> Iterator[Server]:
    """A real server, from its start until it has ended; `words` is what `helpdesk` is told, usually `serve`."""
    port, smtp_port = free_port(), free_port()
    ports = {"HELPDESK_PORT": str(port), "HELPDESK_SMTP_PORT": str(smtp_port)}
    base = {"HELPDESK_BASE_URL": f"http://127.0.0.1:{port}"}
    began = time.perf_counter()
    server = subprocess.Popen(
        [sys.executable, "-m", "helpdesk", *(words or ["serve"])],
        env=where.environment | ports | base,
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
    )
    try:
        _wait_for(f"http://127.0.0.1:{port}/vi/help", server)
        yield Server(server.pid, port, smtp_port, time.perf_counter() - began)
    finally:
        server.terminate()
        server.wait(30)


def _wait_for(url: str, server: subprocess.Popen[bytes]) -> None:
    until = time.perf_counter() + PATIENCE_SECONDS
    while server.poll() is None and time.perf_counter() < until:
        try:
            with urllib.request.urlopen(url, timeout=10):
                return
        except OSError:  # nobody listens yet, or it is slow to answer
            time.sleep(0.02)
    raise TimeoutError(f"no server answers at {url}")


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


async def _number(url: str, sql: str) -> int:
    connection = await asyncpg.connect(url)
    try:
        return int(await connection.fetchval(sql))
    finally:
        await connection.close()
