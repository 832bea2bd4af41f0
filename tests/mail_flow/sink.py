"""A mail server that can be as bad as they come: away, slow, moody, breaking off. It remembers what it took."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Final

from msgspec import Struct

HANG_UP: Final = "hang up"
"""What a mood says instead of an answer."""
LOST: Final = "lost"
"""The same at the end of a letter, which then nobody has."""


class Taken(Struct, frozen=True):
    """A letter that the server has, whether or not it could say so."""

    message_id: str
    recipients: list[str]
    content: bytes
    sender: str = ""
    """Of the envelope; empty is the null sender."""


class Asked(Struct, frozen=True):
    """What the other side wants: `CALL`, `MAIL`, `RCPT`, `DATA`, or `.` at the end of a letter, with its words."""

    verb: str
    words: str


Mood = Callable[[Asked], Awaitable[str | None]]
"""An answer to what was asked, HANG_UP, or None for the usual one. At `.` the letter is taken unless refused."""


async def _kind(asked: Asked) -> str | None:
    return None


class Sink:
    """Listens on loopback while it is open; opened again, on the same port."""

    def __init__(self) -> None:
        self.letters: list[Taken] = []
        self.mood: Mood = _kind
        self.calls = 0
        self.port = 0
        self._server: asyncio.Server | None = None
        self._lines: set[asyncio.StreamWriter] = set()
        self._talks: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def copies(self) -> dict[str, int]:
        """How often each letter came, by Message-ID."""
        counts: dict[str, int] = {}
        for letter in self.letters:
            counts[letter.message_id] = counts.get(letter.message_id, 0) + 1
        return counts

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._called, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Hang up on everybody, and take no more calls."""
        if self._server is not None:
            self._server.close()
            self._server = None
            for line in self._lines:
                line.transport.abort()
            await asyncio.gather(*self._talks)

    def _called(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talk = asyncio.create_task(self._talk(reader, writer))
        self._talks.add(talk)
        talk.add_done_callback(self._talks.discard)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.calls += 1
        self._lines.add(writer)
        try:
            await self._answer(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self._lines.discard(writer)
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        sender, recipients = "", list[str]()
        said = await self.mood(Asked("CALL", ""))
        if said == HANG_UP:
            return
        writer.write(f"{said or '220 sink'}\r\n".encode())
        while line := await reader.readline():
            words = line.decode().strip()
            verb = words[:4].upper()
            if verb == "QUIT":
                writer.write(b"221 bye\r\n")
                return
            if verb == "MAIL":
                sender, recipients = words[10:].split(">")[0].strip(" <"), []
            said = await self.mood(Asked(verb, words)) if verb in {"MAIL", "RCPT", "DATA"} else None
            if said == HANG_UP:
                return
            if verb == "DATA" and said is None:
                writer.write(b"354 go on\r\n")
                said = await self._letter(reader, sender, recipients)
                if said in {HANG_UP, LOST}:
                    return
            if verb == "RCPT" and said is None:
                recipients.append(words[8:].split(">")[0].strip(" <"))
            writer.write(f"{said or '250 OK'}\r\n".encode())
            await writer.drain()

    async def _letter(self, reader: asyncio.StreamReader, sender: str, recipients: list[str]) -> str | None:
        lines: list[bytes] = []
        while (line := await reader.readline()) != b".\r\n":
            if not line:
                raise ConnectionError
            lines.append(line[1:] if line.startswith(b".") else line)
        content = b"".join(lines)
        found = re.search(rb"(?im)^message-id:\s*<([^>]+)>", content)
        message_id = found[1].decode() if found else ""
        said = await self.mood(Asked(".", message_id))
        if said is None or said == HANG_UP:
            self.letters.append(Taken(message_id, list(recipients), content, sender))
            return said or f"250 2.0.0 queued as {len(self.letters)}"
        return said
