"""
From words to the bytes of a letter (RFC 5322, MIME).

The head is written here, piece by piece: Python's own way breaks long message ids in two, which tears
conversations apart. No text can end a header and begin another one, since no control character survives.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from email.header import Header
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from itertools import groupby
from typing import Final, Literal

from msgspec import Struct

from helpdesk.core.text import nfc, printable
from helpdesk.mail.reading.letter import Address

Automatic = Literal["", "auto-replied", "auto-generated"]
"""Auto-Submitted (RFC 3834, section 5): an answer to a letter, or written by a program on its own; empty for people."""

LINE: Final = 76
MOST_REFERENCES: Final = 20
MOST_REFERENCE_BYTES: Final = 980
"""All ids of a conversation together, so that they fit into one line (RFC 5322, section 2.1.1) for who unfolds them."""
LONGEST_NAME: Final = 200
LONGEST_WORD: Final = 67
"""Characters of an encoded word, so that it fits into one line with the name of its field."""
MOST_ENCODED: Final = 39
"""Bytes that such a word holds in base64."""

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
_DIRECTION: Final = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]+")
"""Marks that turn the direction of what follows, with which a name can pretend to be another one."""
_ID: Final = re.compile(r"[!-;=?-~]{1,250}")
_UNSAFE_IN_ADDRESS: Final = re.compile(r"[\x00-\x20\x7f-\x9f<>,;:\"()\[\]\\]")
_PLAIN_NAME: Final = re.compile(r"[\w !#$%&'*+/=?^`{|}~-]*", re.ASCII)


class Enclosed(Struct, frozen=True):
    """A file that goes with a letter."""

    filename: str
    content_type: str
    content: bytes
    content_id: str = ""
    """For a picture that stands within the HTML as `cid:…` (RFC 2392)."""


class Outgoing(Struct, frozen=True, kw_only=True):
    """
    A letter before it has a form.

    Message ids stand without angle brackets. `references` are the letters before this one, oldest
    first; the last of them is the one it answers.
    """

    sender: Address
    to: tuple[Address, ...]
    subject: str
    text: str
    html: str
    message_id: str
    sent_at: datetime
    cc: tuple[Address, ...] = ()
    reply_to: str = ""
    references: tuple[str, ...] = ()
    automatic: Automatic = ""
    files: tuple[Enclosed, ...] = ()

    @property
    def recipients(self) -> list[str]:
        return [one.email for one in (*self.to, *self.cc)]


def compose(letter: Outgoing) -> bytes:
    """
    The whole letter as bytes, lines ending as SMTP wants them.

    Raises ValueError for an address that no letter can be sent to.
    """
    head = [
        _field("Date", [format_datetime(letter.sent_at)]),
        _field("From", _mailboxes([letter.sender])),
        _field("To", _mailboxes(letter.to)),
        *([_field("Cc", _mailboxes(letter.cc))] if letter.cc else []),
        *([_field("Reply-To", [f"<{checked(letter.reply_to)}>"])] if letter.reply_to else []),
        _field("Subject", _unstructured(letter.subject)),
        _field("Message-ID", _ids([letter.message_id])),
        *_conversation(letter.references),
        *_automatic(letter),
    ]
    return "".join(head).encode() + _body(letter).as_bytes()


def checked(email: str) -> str:
    """An address as it may stand in a header and an envelope, its domain in ASCII. Raises ValueError for others."""
    local, at, domain = email.strip().rpartition("@")
    try:
        host = domain if domain.isascii() else domain.encode("idna").decode()
    except UnicodeError:
        host = ""
    is_sound = local and at and len(local.encode()) <= 64 and len(host) <= 253
    if not is_sound or not all(host.split(".")) or _UNSAFE_IN_ADDRESS.search(local + domain):
        raise ValueError(f"{email!r} is no address that a letter can be sent to")
    return f"{local}@{host}"


def _conversation(references: Sequence[str]) -> list[str]:
    """In-Reply-To and References (RFC 5322, section 3.6.4); of a long conversation the first and the newest ids."""
    known = _ids(references)
    if not known:
        return []
    first, *newer = known
    newer = newer[1 - MOST_REFERENCES :]
    while newer[1:] and sum(len(one) + 1 for one in (first, *newer)) > MOST_REFERENCE_BYTES:
        del newer[0]
    return [_field("In-Reply-To", known[-1:]), _field("References", [first, *newer])]


def _automatic(letter: Outgoing) -> list[str]:
    """What keeps other programs from answering this one; X-Loop names us, so that we know our own letter again."""
    if not letter.automatic:
        return []
    return [
        _field("Auto-Submitted", [letter.automatic]),
        _field("X-Auto-Response-Suppress", ["All"]),
        _field("X-Loop", [checked(letter.sender.email)]),
    ]


def _ids(ids: Iterable[str]) -> list[str]:
    """Ids in angle brackets, each once; those that no header can hold are left out."""
    return [f"<{one}>" for one in dict.fromkeys(ids) if _ID.fullmatch(one)]


def _mailboxes(addresses: Sequence[Address]) -> list[str]:
    pieces: list[str] = []
    for number, one in enumerate(addresses, 1):
        comma = "," if number < len(addresses) else ""
        pieces += [*_display_name(one.name), f"<{checked(one.email)}>{comma}"]
    return pieces


def _display_name(name: str) -> list[str]:
    name = _line(name)[:LONGEST_NAME]
    if not name:
        return []
    if _PLAIN_NAME.fullmatch(name) and "=?" not in name:
        return name.split()
    if name.isascii() and "=?" not in name:
        escaped = re.sub(r'(["\\])', r"\\\1", name)
        return [f'"{escaped}"']
    return _phrase(name)


def _phrase(name: str) -> list[str]:
    """
    A name in as few encoded words as can be, its plain words as they are where it is too long for one.

    Some programs show a space between two encoded words of a name, where there is none (RFC 2047, section 6.2).
    """
    if len(name.encode()) <= MOST_ENCODED:
        return _encoded(name)
    pieces: list[str] = []
    for is_plain, group in groupby(name.split(" "), key=_is_plain):
        words = list(group)
        pieces += words if is_plain else _encoded(" ".join(words))
    return pieces


def _is_plain(word: str) -> bool:
    return _PLAIN_NAME.fullmatch(word) is not None and "=?" not in word


def _unstructured(text: str) -> list[str]:
    text = _line(text)
    return text.split() if text.isascii() and "=?" not in text and len(text) < 900 else _encoded(text)


def _encoded(text: str) -> list[str]:
    """Encoded words (RFC 2047), never breaking a letter in two."""
    return (
        Header(text, "utf-8", maxlinelen=LONGEST_WORD, header_name="").encode(splitchars="", linesep="\n").split("\n ")
    )


def _line(text: str) -> str:
    return " ".join(_CONTROL.sub(" ", _DIRECTION.sub("", nfc(text))).split())


def _field(name: str, pieces: Sequence[str]) -> str:
    """A header whose lines break only between pieces."""
    lines = [f"{name}:"]
    for piece in pieces:
        if len(lines[-1]) + 1 + len(piece) > LINE and lines[-1] != f"{name}:":
            lines.append("")
        lines[-1] += f" {piece}"
    return "\r\n".join(lines) + "\r\n"


def _body(letter: Outgoing) -> EmailMessage:
    """Text and HTML; pictures that stand within the HTML belong to it (RFC 2387), other files to the letter."""
    body = EmailMessage(policy=SMTP)
    body.set_content(printable(letter.text), cte="quoted-printable")
    body.add_alternative(printable(letter.html), subtype="html", cte="quoted-printable")
    html = body.get_payload()[1]  # type: ignore[index]  # it has two parts now
    assert isinstance(html, EmailMessage)
    for file in letter.files:
        main, _, sub = file.content_type.partition("/")
        if main in {"message", "multipart"} or not re.fullmatch(r"[\w.+-]+/[\w.+-]+", file.content_type, re.ASCII):
            main, sub = "application", "octet-stream"
        name = _line(file.filename) or "file"
        if file.content_id and main == "image":
            cid = f"<{file.content_id}>"
            html.add_related(file.content, maintype=main, subtype=sub, filename=name, cid=cid, disposition="inline")
        else:
            body.add_attachment(file.content, maintype=main, subtype=sub, filename=name)
    return body
