"""
A small IMAP server on loopback: one account, a few folders, letters that tests put into it, and troubles on demand.

What a command changes is changed before the answer goes out, so a line that breaks leaves the client in doubt.
"""

import asyncio
import base64
import contextlib
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import date, datetime

from msgspec import Struct, field


class Box(Struct):
    """What the server has: letters by UID, those that were read, and how to get in."""

    letters: dict[int, bytes] = field(default_factory=dict)
    read: set[int] = field(default_factory=set)
    flagged: set[int] = field(default_factory=set)
    deleted: set[int] = field(default_factory=set)
    came_on: dict[int, date] = field(default_factory=dict)
    archive: list[bytes] = field(default_factory=list)
    """What was moved or copied to the folder Archive."""
    uid_validity: int = 7
    password: str = "bí mật".encode().hex()
    token: str = ""
    """An access token that opens it too."""
    port: int = 0
    folder: str = "INBOX"
    can: tuple[str, ...] = ("MOVE", "UIDPLUS", "IDLE", "AUTH=XOAUTH2")
    refuses: set[int] = field(default_factory=set)
    """UIDs that the server says NO to."""
    dies_at: set[int] = field(default_factory=set)
    """UIDs at which the server hangs up."""
    dies_at_size_of: set[int] = field(default_factory=set)
    hangs_at: set[int] = field(default_factory=set)
    """UIDs at which the server says nothing any more."""
    drips: float = 0.0
    """Seconds between the bytes of a letter."""
    hidden: set[int] = field(default_factory=set)
    """UIDs that are counted already and not shown yet."""
    gives_nothing_for: set[int] = field(default_factory=set)
    refuses_sizes: bool = False
    lies_about_size: bool = False
    cuts_after: int = 0
    """Hang up once so many bytes were said in one connection; 0: never."""
    said: int = 0
    """Bytes of the last connection."""
    meanwhile: dict[str, Callable[[], Awaitable[None]]] = field(default_factory=dict)
    """What happens elsewhere, once, before the server answers a command that holds these words."""
    heard: list[str] = field(default_factory=list)
    connections: int = 0
    news: asyncio.Event = field(default_factory=asyncio.Event)
    """Set it to tell those who wait in IDLE."""

    @property
    def uid_next(self) -> int:
        return max([*self.letters, *self.came_on], default=0) + 1


HANG_UP = b"hang up"
HANG = b"hang"


class _HangUp(Exception):
    pass


class _Line:
    """One connection, which counts what it says."""

    def __init__(self, box: Box, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.box, self.reader, self.writer = box, reader, writer
        self.said = 0

    async def say(self, data: bytes) -> None:
        limit = self.box.cuts_after
        if limit and self.said + len(data) >= limit:
            self.writer.write(data[: limit - self.said])
            raise _HangUp
        self.said += len(data)
        self.box.said = self.said
        self.writer.write(data)
        await self.writer.drain()

    async def hear(self) -> str:
        line = (await self.reader.readline()).decode()
        while announced := re.search(r"\{(\d+)\}\r\n$", line):
            await self.say(b"+ go on\r\n")
            line = line[: announced.start()] + (await self.reader.readexactly(int(announced[1]))).decode()
            line += (await self.reader.readline()).decode()
        return line


@asynccontextmanager
async def serving(box: Box) -> AsyncIterator[Box]:
    open_lines: set[asyncio.StreamWriter] = set()

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        open_lines.add(writer)
        box.connections += 1
        with contextlib.suppress(_HangUp, OSError, asyncio.IncompleteReadError):
            await _converse(_Line(box, reader, writer))
        open_lines.discard(writer)
        writer.close()

    server = await asyncio.start_server(speak, "127.0.0.1", 0)
    box.port = server.sockets[0].getsockname()[1]
    try:
        yield box
    finally:
        server.close()
        for writer in open_lines:
            writer.close()
        await server.wait_closed()


async def _converse(line: _Line) -> None:
    box = line.box
    await line.say(b"* OK ready\r\n")
    while text := await line.hear():
        tag, _, command = text.strip().partition(" ")
        box.heard.append(command)
        word = command.upper()
        if word == "IDLE":
            await _idle(line, tag)
            continue
        if word.startswith("AUTHENTICATE"):
            await line.say(b"+ \r\n")
            command = f"TOKEN {base64.b64decode((await line.hear()).strip() or b'').decode()}"
        for words in [words for words in box.meanwhile if words in command]:
            await box.meanwhile.pop(words)()
        *lines, last = _answer(box, command)
        for said in lines:
            if said is HANG_UP:
                raise _HangUp
            if said is HANG:
                await asyncio.sleep(60)
            if box.drips and b"BODY[]" in said:
                for byte in said:
                    await line.say(bytes([byte]))
                    await asyncio.sleep(box.drips)
            await line.say(b"* " + said + b"\r\n")
        await line.say(tag.encode() + b" " + last + b" done\r\n")
        if word == "LOGOUT":
            return


async def _idle(line: _Line, tag: str) -> None:
    await line.say(b"+ idling\r\n")
    done = asyncio.create_task(line.hear())
    try:
        while not done.done():
            news = asyncio.create_task(line.box.news.wait())
            await asyncio.wait({done, news}, return_when=asyncio.FIRST_COMPLETED)
            if not news.cancel():
                line.box.news.clear()
                await line.say(f"* {len(line.box.letters)} EXISTS\r\n".encode())
        if done.result().strip().upper() == "DONE":
            await line.say(tag.encode() + b" OK done\r\n")
    finally:
        done.cancel()


def _answer(box: Box, command: str) -> list[bytes]:
    """What the server says: lines, and the result as the last of them."""
    word = command.upper()
    if word.startswith("CAPABILITY"):
        return [b"CAPABILITY IMAP4rev1 " + " ".join(box.can).encode(), b"OK"]
    if word.startswith("LOGIN"):
        return [b"OK"] if box.password in command else [b"NO [AUTHENTICATIONFAILED] wrong name or password"]
    if word.startswith("TOKEN"):
        return [b"OK"] if box.token and f"Bearer {box.token}\1" in command else [b"NO the token has ended"]
    if word.startswith(("EXAMINE", "SELECT")):
        if box.folder not in command:
            return [b"NO no such folder"]
        return [
            f"{len(box.letters)} EXISTS".encode(),
            f"OK [UIDVALIDITY {box.uid_validity}] valid".encode(),
            f"OK [UIDNEXT {box.uid_next}] next".encode(),
            b"OK [READ-WRITE]",
        ]
    if word.startswith("LIST"):
        return [
            b'LIST (\\HasNoChildren) "/" INBOX',
            b'LIST (\\Noselect) "/" "[Gmail]"',
            b'LIST () "/" "Th&AbA- &AREevw-n"',
            b"OK",
        ]
    if searched := re.match(r"UID SEARCH UID (\d+):(\d+)(.*)", word):
        low, high = sorted((int(searched[1]), int(searched[2])))
        return [b"SEARCH " + _listed(_found(box, low, high, searched[3])), b"OK"]
    if fetched := re.match(r"UID FETCH ([\d,:]+) \((.*)\)", word):
        return _fetched(box, [int(uid) for uid in fetched[1].split(",")], fetched[2])
    if stored := re.match(r"UID STORE ([\d,]+) \+FLAGS\.SILENT \((.*)\)", word):
        return _stored(box, [int(uid) for uid in stored[1].split(",")], stored[2])
    if moved := re.match(r'UID (MOVE|COPY) ([\d,]+) "?ARCHIVE', word):
        return _moved(box, [int(uid) for uid in moved[2].split(",")], is_copy=moved[1] == "COPY")
    if expunged := re.match(r"UID EXPUNGE ([\d,]+)", word):
        for uid in {int(uid) for uid in expunged[1].split(",")} & box.deleted:
            _gone(box, uid)
        return [b"OK"]
    return [b"BYE", b"OK"] if word == "LOGOUT" else [b"NO [TRYCREATE] there is no such thing"]


def _found(box: Box, low: int, high: int, criteria: str) -> set[int]:
    found = {uid for uid in box.letters if low <= uid <= high} - box.hidden
    if "UNSEEN" in criteria:
        found -= box.read
    if since := re.search(r"SINCE (\S+)", criteria):
        first = datetime.strptime(since[1], "%d-%b-%Y").date()  # noqa: DTZ007  # a day of no zone
        found = {uid for uid in found if box.came_on.get(uid, date.max) >= first}
    return found


def _fetched(box: Box, uids: list[int], what: str) -> list[bytes]:
    if "SIZE" in what:
        if box.refuses_sizes:
            return [b"NO no sizes today"]
        if box.dies_at_size_of & set(uids):
            return [HANG_UP, b"OK"]
        sizes = {uid: 10 if box.lies_about_size else len(box.letters[uid]) for uid in uids if uid in box.letters}
        return [*(f"{uid} FETCH (UID {uid} RFC822.SIZE {size})".encode() for uid, size in sizes.items()), b"OK"]
    if "HEADER" in what:
        heads = {uid: box.letters[uid].partition(b"\r\n\r\n")[0] for uid in uids if uid in box.letters}
        name = "BODY[HEADER.FIELDS (FROM SUBJECT)]"
        return [*(_literal(uid, name, head) for uid, head in heads.items()), b"OK"]
    if box.refuses & set(uids):
        return [b"NO this one is broken"]
    return [*_bodies(box, uids), b"OK"]


def _bodies(box: Box, uids: list[int]) -> Iterator[bytes]:
    for uid in uids:
        if uid in box.dies_at:
            yield HANG_UP
        if uid in box.hangs_at:
            yield HANG
        if uid in box.letters and uid not in box.gives_nothing_for:
            yield _literal(uid, "BODY[]", box.letters[uid])


def _literal(uid: int, name: str, raw: bytes) -> bytes:
    return f"{uid} FETCH (UID {uid} {name} {{{len(raw)}}}\r\n".encode() + raw + b")"


def _stored(box: Box, uids: list[int], flags: str) -> list[bytes]:
    kind = {"\\SEEN": box.read, "\\FLAGGED": box.flagged, "\\DELETED": box.deleted}[flags]
    kind |= set(uids) & set(box.letters)
    return [b"OK"]


def _moved(box: Box, uids: list[int], *, is_copy: bool) -> list[bytes]:
    for uid in uids:
        if uid in box.letters:
            box.archive.append(box.letters[uid])
            if not is_copy:
                _gone(box, uid)
    return [b"OK"]


def _gone(box: Box, uid: int) -> None:
    """The letter goes, its number is never given again."""
    box.came_on.setdefault(uid, date.max)
    del box.letters[uid]
    box.deleted.discard(uid)


def _listed(uids: set[int]) -> bytes:
    return b" ".join(str(uid).encode() for uid in sorted(uids))
