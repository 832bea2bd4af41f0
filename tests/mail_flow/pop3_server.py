"""A small POP3 server on loopback, with troubles on demand. What is deleted goes with the goodbye (RFC 1939)."""

import asyncio
import base64
import contextlib
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from msgspec import Struct, field


class Drop(Struct):
    """What the server has: letters by unique-id, in order."""

    letters: dict[str, bytes] = field(default_factory=dict)
    password: str = "bí mật".encode().hex()
    token: str = ""
    port: int = 0
    refuses: set[str] = field(default_factory=set)
    has_uidl: bool = True
    cuts_after: int = 0
    """Hang up once so many bytes were said in one connection; 0: never."""
    said: int = 0
    """Bytes of the last connection."""


class _HangUp(Exception):
    pass


@asynccontextmanager
async def serving(drop: Drop) -> AsyncIterator[Drop]:
    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(_HangUp, OSError):
            await _Session(drop, reader, writer).converse()
        writer.close()

    server = await asyncio.start_server(speak, "127.0.0.1", 0)
    drop.port = server.sockets[0].getsockname()[1]
    try:
        yield drop
    finally:
        server.close()
        await server.wait_closed()


class _Session:
    """One connection: the letters as they were when it began, and those marked as deleted."""

    def __init__(self, drop: Drop, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.drop, self.reader, self.writer = drop, reader, writer
        self.listed = [*drop.letters.items()]
        self.marked: set[str] = set()
        self.said = 0

    async def converse(self) -> None:
        await self.say(b"+OK ready\r\n")
        while line := (await self.reader.readline()).decode().strip():
            word, _, rest = line.partition(" ")
            if word == "QUIT":
                for uid in self.marked:
                    self.drop.letters.pop(uid, None)
                await self.say(b"+OK bye\r\n")
                return
            await self.say(await self.answer(word, rest))

    async def say(self, data: bytes) -> None:
        limit = self.drop.cuts_after
        if limit and self.said + len(data) >= limit:
            self.writer.write(data[: limit - self.said])
            raise _HangUp
        self.said += len(data)
        self.drop.said = self.said
        self.writer.write(data)
        await self.writer.drain()

    async def answer(self, word: str, rest: str) -> bytes:
        match word:
            case "USER":
                return b"+OK\r\n"
            case "PASS":
                return b"+OK\r\n" if rest == self.drop.password else b"-ERR [AUTH] wrong password\r\n"
            case "AUTH":
                await self.say(b"+ \r\n")
                said = base64.b64decode(await self.reader.readline()).decode()
                return b"+OK\r\n" if self.drop.token and f"Bearer {self.drop.token}\1" in said else b"-ERR no\r\n"
            case "LIST":
                return _several(f"{number} {len(raw)}" for number, (_, raw) in enumerate(self.listed, 1))
            case "UIDL" if self.drop.has_uidl:
                return _several(f"{number} {uid}" for number, (uid, _) in enumerate(self.listed, 1))
            case "RETR" | "TOP":
                uid, raw = self.listed[int(rest.split()[0]) - 1]
                if uid in self.drop.refuses:
                    return b"-ERR this one is broken\r\n"
                body = raw.partition(b"\r\n\r\n")[0] if word == "TOP" else raw
                return b"+OK\r\n" + _stuffed(body) + b".\r\n"
            case "DELE":
                self.marked.add(self.listed[int(rest) - 1][0])
                return b"+OK\r\n"
        return b"-ERR unknown\r\n"


def _several(lines: Iterable[str]) -> bytes:
    return b"+OK\r\n" + "".join(f"{line}\r\n" for line in lines).encode() + b".\r\n"


def _stuffed(raw: bytes) -> bytes:
    """A dot before each line that begins with one."""
    lines = raw.replace(b"\r\n", b"\n").rstrip(b"\n").split(b"\n")
    return b"".join((b"." if line.startswith(b".") else b"") + line + b"\r\n" for line in lines)
