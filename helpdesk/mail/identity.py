"""
What makes a letter the same letter, and what is known of one before anybody reads it.

Light on purpose: the pipe (`helpdesk mail in`) starts for every letter, and this is all it needs.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from hashlib import sha256
from json import dumps
from typing import Any, Final

SORT_JOB: Final = "helpdesk.mailroom.sort:sort_letter"
"""The job that is owed for every letter. By name: what a letter means here is known many floors up."""

NULL_SENDER: Final = "<>"
"""`envelope_from` of bounces (RFC 5321, section 4.5.5); the empty text means that nobody told."""

_OF_THE_WAY: Final = re.compile(
    rb"received(?:-spf)?|return-path|delivered-to|envelope-to|original-recipient|authentication-results|arc-.*"
    rb"|dkim-(?:signature|filter)|domainkey-signature|resent-.*|status|content-length|lines"
    rb"|x-(?:received|original-to|delivered-to|forwarded-.*|envelope-.*|spam.*|virus.*|antivirus.*|amavis.*|sa-.*|scan.*"
    rb"|rspamd.*|ironport.*|proofpoint.*|barracuda.*|ms-.*|microsoft.*|forefront.*|google-.*|gm-.*|ymail.*|yahoo.*"
    rb"|mozilla-.*|account-key|uidl?|status|keywords|sieve.*|quarantine.*|authentic.*)"
)
"""Names of headers that mail servers and mailboxes add: they tell of the way, and differ from door to door."""
_MBOX_LINE: Final = re.compile(rb">?From [^\n]*\n")
_END_OF_HEAD: Final = re.compile(rb"\r?\n\r?\n")
_FIELD: Final = re.compile(rb"(?m)^([!-9;-~]{1,100})[ \t]*:([^\n]*(?:\n[ \t][^\n]*)*)")
_MOST_HEAD: Final = 1024 * 1024
_MOST_ID: Final = 998


def identity(raw: bytes) -> str:
    """
    A hash that two copies of one letter share, whichever way they came, and that no other letter has.

    Line ends, folding, the empty lines at the end and every header that mail servers add do not count.
    """
    head, body = _halves(raw)
    said = sha256()
    for name, value in sorted(_own(head)):
        said.update(name + b":" + b" ".join(value.split()) + b"\n")
    said.update(b"\n" + b" ".join(_FIELD.sub(b"", head).split()))
    said.update(b"\n" + body.replace(b"\r\n", b"\n").rstrip(b"\n"))
    return said.hexdigest()


def row(
    raw: bytes, source: str, envelope_from: str, envelope_to: Sequence[str], received_at: datetime
) -> dict[str, Any]:
    """The columns of `Inbound` for a letter that has just arrived; nothing in it is judged yet."""
    return {
        "source": source[:100],
        "envelope_from": _fit(envelope_from, 320),
        "envelope_to": dumps([_fit(address, 320) for address in envelope_to[:100] if address], ensure_ascii=False),
        "identity": identity(raw),
        "message_id": message_id(raw),
        "sender": "",
        "subject": "",
        "size": len(raw),
        "state": "owed",
        "verdict": "",
        "may_answer": False,
        "reason": "",
        "about": "",
        "received_at": received_at,
    }


def message_id(raw: bytes) -> str:
    """The letter's own id without angle brackets, cut to what fits a column; empty when it has none."""
    for name, value in _fields(_halves(raw)[0]):
        if name == b"message-id":
            return _fit(value.strip(b" \t\r\n<>").decode("utf-8", "replace"), _MOST_ID)
    return ""


def _halves(raw: bytes) -> tuple[bytes, bytes]:
    """Head and body. The line that mbox files and some pipes put before a letter belongs to neither."""
    start = mark.end() if (mark := _MBOX_LINE.match(raw)) else 0
    end = _END_OF_HEAD.search(raw, start, start + _MOST_HEAD)
    if end is None:
        return raw[start : start + _MOST_HEAD], raw[start + _MOST_HEAD :]
    return raw[start : end.start()], raw[end.end() :]


def _own(head: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The fields that the sender wrote. What servers add they put on top, under names of their own (X-…)."""
    on_top = True
    for name, value in _fields(head):
        if not _OF_THE_WAY.fullmatch(name) and not (on_top and name.startswith(b"x-")):
            on_top = False
            yield name, value


def _fields(head: bytes) -> Iterator[tuple[bytes, bytes]]:
    for line in _FIELD.finditer(head):
        yield line[1].lower(), line[2]


def _fit(text: str, most: int) -> str:
    """Text that any database keeps: no NUL, nothing that is not Unicode, not too long."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode()[:most]
