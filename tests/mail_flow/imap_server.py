"""A small IMAP server on loopback: one account, one folder, and letters that tests put into it."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from msgspec import Struct, field


class Box(Struct):
    """What the server has: letters by UID, those that were read, and how to get in."""

    letters: dict[int, bytes] = field(default_factory=dict)
    read: set[int] = field(default_factory=set)
    uid_validity: int = 7
    password: str = "bí mật".encode().hex()
    port: int = 0
    folder: str = "INBOX"
    breaks_after: int = 0
    """Hang up when this many letters were handed out; 0: never."""
    handed_out: int = 0

    @property
    def uid_next(self) -> int:
        return max(self.letters, default=0) + 1


@asynccontextmanager
async def serving(box: Box) -> AsyncIterator[Box]:
    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"* OK ready\r\n")
        while line := await reader.readline():
            tag, _, command = line.decode().strip().partition(" ")
            answer = _answer(box, command)
            if answer is None:
                break
            *lines, last = answer
            for said in lines:
                writer.write(b"* " + said + b"\r\n")
            writer.write(tag.encode() + b" " + last + b" done\r\n")
            await writer.drain()
            if command.upper() == "LOGOUT":
                break
        writer.close()

    server = await asyncio.start_server(speak, "127.0.0.1", 0)
    box.port = server.sockets[0].getsockname()[1]
    try:
        yield box
    finally:
        server.close()
        await server.wait_closed()


def _answer(box: Box, command: str) -> list[bytes] | None:
    """What the server says: lines, and the result as the last of them; None hangs up."""
    word = command.upper()
    if word.startswith("CAPABILITY"):
        return [b"CAPABILITY IMAP4rev1", b"OK"]
    if word.startswith("LOGIN"):
        return [b"OK"] if box.password in command else [b"NO [AUTHENTICATIONFAILED] wrong name or password"]
    if word.startswith("EXAMINE"):
        return [f"{len(box.letters)} EXISTS".encode(), b"OK"] if box.folder in command else [b"NO no such folder"]
    if word.startswith("STATUS"):
        return [f"STATUS x (UIDVALIDITY {box.uid_validity} UIDNEXT {box.uid_next})".encode(), b"OK"]
    if word.startswith("UID SEARCH UNSEEN"):
        return [b"SEARCH " + _listed(set(box.letters) - box.read), b"OK"]
    if searched := re.match(r"UID SEARCH UID (\d+):\*", word):
        newest = max(box.letters, default=0)
        found = {uid for uid in box.letters if uid >= int(searched[1])} | ({newest} if newest else set())
        return [b"SEARCH " + _listed(found), b"OK"]
    if fetched := re.match(r"UID FETCH (\d+) \((.*)\)", word):
        uid = int(fetched[1])
        raw = box.letters[uid]
        if "SIZE" in fetched[2]:
            return [f"1 FETCH (UID {uid} RFC822.SIZE {len(raw)})".encode(), b"OK"]
        if box.breaks_after and box.handed_out >= box.breaks_after:
            return None
        box.handed_out += 1
        return [f"1 FETCH (UID {uid} BODY[] {{{len(raw)}}}\r\n".encode() + raw + b")", b"OK"]
    return [b"BYE", b"OK"] if word == "LOGOUT" else [b"BAD unknown"]


def _listed(uids: set[int]) -> bytes:
    return b" ".join(str(uid).encode() for uid in sorted(uids))
