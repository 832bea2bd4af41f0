"""
Which side conversation a letter belongs to: by marks like those of tickets (`thread.py`), with codes of their own.

A third party has seen only these. They lead into the conversation and nowhere else: no ticket can be reached by them.
"""

import base64
import hmac
import re
from collections.abc import Collection, Iterable
from typing import Final

from msgspec import Struct

from helpdesk.mail.reading.letter import Letter

MAX_LOOK: Final = 100_000  # characters of marks looked through

_CODE: Final = "[a-z2-7]{16}"
_LOOSE: Final = re.IGNORECASE | re.ASCII
_IN_ADDRESS: Final = re.compile(rf"\+s(\d{{1,9}})(?:\.a(\d{{1,9}}))?\.({_CODE})@", _LOOSE)
_IN_MESSAGE_ID: Final = re.compile(rf"s(\d{{1,9}})\.m(\d{{1,9}})\.({_CODE})@", _LOOSE)


class Claim(Struct, frozen=True):
    """A proven mark: its side conversation, and whose it is where it is one of a letter to an agent."""

    side: int
    agent: int | None = None


def reply_address(mailbox: str, side: int, secret: str, agent: int | None = None) -> str:
    """Where answers go: `support@shop.vn` → `support+s12.<code>@shop.vn`; in letters to an agent one of their own."""
    local, _, domain = mailbox.rpartition("@")
    whose = f".a{agent}" if agent else ""
    return f"{local}+s{side}{whose}.{_code(secret, 'address', side, agent or 0)}@{domain}"


def new_message_id(side: int, message: int, secret: str, domain: str) -> str:
    """The Message-ID of a letter to a third party, without angle brackets. The same for the same message."""
    return f"s{side}.m{message}.{_code(secret, 'message', side, message)}@{domain}"


def is_given(address: str, secret: str) -> bool:
    """Whether this is an address that we ourselves gave to answer to; nobody else can make one."""
    return _by_address([address], secret) is not None


def is_own_id(message_id: str, secret: str) -> bool:
    """Whether this is the id of a letter of ours to a third party."""
    return _by_message_id([message_id], secret) is not None


def claimed(letter: Letter, recipients: Collection[str], secret: str) -> Claim | None:
    """
    The side conversation that a letter proves to belong to, or None.

    `recipients` are the addresses the mail server was given. An address counts more than a reference.
    """
    noted = [value for name in ("delivered-to", "x-original-to", "envelope-to") for value in letter.all_headers(name)]
    addresses = [*recipients, *(one.email for one in (*letter.to, *letter.cc)), *noted]
    answered = [*letter.in_reply_to, *letter.all_headers("in-reply-to")]
    before = [*letter.references[::-1], *letter.all_headers("references")]
    return _by_address(addresses, secret) or _by_message_id([*answered, *before], secret)


def _by_address(texts: Iterable[str], secret: str) -> Claim | None:
    for text in texts:
        for side, agent, code in _IN_ADDRESS.findall(text[:MAX_LOOK]):
            if hmac.compare_digest(code.lower(), _code(secret, "address", int(side), int(agent or 0))):
                return Claim(int(side), int(agent) if agent else None)
    return None


def _by_message_id(texts: Iterable[str], secret: str) -> Claim | None:
    for text in texts:
        for side, message, code in _IN_MESSAGE_ID.findall("".join(text[:MAX_LOOK].split())):
            if hmac.compare_digest(code.lower(), _code(secret, "message", int(side), int(message))):
                return Claim(int(side))
    return None


def _code(secret: str, *about: str | int) -> str:
    """80 bits that only the holder of the secret can make, and no mark of a ticket has."""
    digest = hmac.digest(secret.encode(), ":".join(("side", *map(str, about))).encode(), "sha256")
    return base64.b32encode(digest[:10]).decode().lower()
