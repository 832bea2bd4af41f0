"""
What makes a letter the same letter, and what is known of one before anybody reads it.

Light on purpose: the pipe (`helpdesk mail in`) starts for every letter, and this is all it needs.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import dropwhile
from json import dumps
from typing import Any, Final

SORT_JOB: Final = "helpdesk.mailroom.sort:sort_letter"
"""The job that is owed for every letter. By name: what a letter means here is known many floors up."""

SORT_PATIENCE: Final = timedelta(seconds=30)
"""How long a letter lets go first what people wait for; what nobody waits for goes after it (jobs.queue.CAN_WAIT)."""

NULL_SENDER: Final = "<>"
"""`envelope_from` of bounces (RFC 5321, section 4.5.5); the empty text means that nobody told."""

_OF_THE_AUTHOR: Final = frozenset(
    b"from reply-to to cc subject date message-id in-reply-to references auto-submitted content-type"
    b" content-transfer-encoding content-disposition".split()
)
"""Fields that tell two letters of one Message-ID apart: what a person would call the letter."""
_OF_THE_WAY: Final = frozenset(
    b"received received-spf return-path delivered-to delivery-date envelope-to envelope-from envelope-recipient"
    b" apparently-to bcc original-recipient authenticated-by dmarc-filter domainkey-signature feedback-id"
    b" require-recipient-valid-since status content-length lines errors-to precedence mailing-list x-received"
    b" x-original-to x-original-from x-original-recipient x-delivered-to x-return-path x-sender-ip x-bogosity"
    b" x-originatororg x-originalarrivaltime x-message-info x-message-delivery x-account-key x-uid x-uidl x-status"
    b" x-keywords x-loop x-mime-autoconverted".split()
)
_OF_THE_WAY_AS_WELL: Final = tuple(
    b"authentication-results arc- dkim- bimi- ironport- spamdiagnostic resent- list- x-forwarded- x-envelope- x-rcpt-"
    b" x-spam x-virus x-antivirus x-clamav x-amavis x-sa- x-scan x-rspamd x-ironport x-proofpoint x-barracuda"
    b" x-mimecast x-sophos x-trend x-tm- x-kaspersky x-avast x-avg- x-dspam x-greylist x-policyd x-fe- x-ms-"
    b" x-microsoft x-forefront x-exchange x-eop x-sid- x-google- x-gm- x-gmail- x-apple- x-icl- x-ymail x-yahoo x-qq-"
    b" x-mozilla- x-evolution x-sieve x-quarantine x-auth x-dkim x-dmarc x-spf x-arc- x-content-filter x-pmx- x-cmae-"
    b" x-halon x-exim x-postfix x-getmail x-fetchmail".split()
)
"""How the names of fields begin, or are, that servers and mailboxes add: they tell of the way, and differ by door."""
_MBOX_LINE: Final = re.compile(rb">?From [^\n]*\n")
_MBOX_QUOTE: Final = re.compile(rb"^>+(?=From )", re.MULTILINE)
_END_OF_HEAD: Final = re.compile(rb"\r*\n\r*\n")
_FIELD: Final = re.compile(rb"(?m)^([!-9;-~]{1,100})[ \t]*:([^\n]*(?:\n[ \t][^\n]*)*)")
_USABLE_ID: Final = re.compile(rb"\s*<?[^\s<>@]+@[^\s<>@]+>?\s*")
_MOST_HEAD: Final = 1024 * 1024
_MOST_ID: Final = 998
_PIECE: Final = 1024 * 1024


def identity(raw: bytes) -> str:
    """
    A hash that two copies of one letter share, whichever way they came, and that no other letter has.

    It is made of the Message-ID and of the content, so that an id which two letters share swallows neither.
    With a usable id the author's own fields count, without one all that no server adds. Line ends, folding, the
    empty lines at the end and the `>From ` of mbox files do not count.
    """
    head, body = _halves(raw)
    said = sha256()
    for name, value in sorted(_own(raw, head)):
        said.update(name + b":" + b" ".join(value.split()) + b"\n")
    said.update(b"\n" + b" ".join(_FIELD.sub(b"", raw[head]).split()) + b"\n")
    for piece in _pieces(raw, body):
        said.update(_MBOX_QUOTE.sub(b"", piece.replace(b"\r", b"")))
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
    for name, value in _fields(raw, _halves(raw)[0]):
        if name == b"message-id":
            return _fit(value.strip(b" \t\r\n<>").decode("utf-8", "replace"), _MOST_ID)
    return ""


def _halves(raw: bytes) -> tuple[slice, slice]:
    """Where head and body are. The line that mbox files and some pipes put before a letter belongs to neither."""
    start = mark.end() if (mark := _MBOX_LINE.match(raw)) else 0
    written = len(raw.rstrip(b"\r\n"))
    if end := _END_OF_HEAD.search(raw, start, start + _MOST_HEAD):
        return slice(start, end.start()), slice(end.end(), written)
    return slice(start, start + _MOST_HEAD), slice(start + _MOST_HEAD, written)


def _own(raw: bytes, head: slice) -> list[tuple[bytes, bytes]]:
    """The fields that the author wrote. What servers add they put on top, under names of their own (X-…)."""
    fields = list(_fields(raw, head))
    if any(name == b"message-id" and _USABLE_ID.fullmatch(value) for name, value in fields):
        return [(name, value) for name, value in fields if name in _OF_THE_AUTHOR]
    own = [(name, value) for name, value in fields if not _is_of_the_way(name)]
    return list(dropwhile(lambda field: field[0].startswith(b"x-"), own))


def _is_of_the_way(name: bytes) -> bool:
    return name in _OF_THE_WAY or name.startswith(_OF_THE_WAY_AS_WELL)


def _fields(raw: bytes, head: slice) -> Iterator[tuple[bytes, bytes]]:
    for line in _FIELD.finditer(raw, head.start, head.stop):
        yield line[1].lower(), line[2]


def _pieces(raw: bytes, body: slice) -> Iterator[bytes]:
    """The body in pieces of whole lines, so that a large letter is not copied whole."""
    start = body.start
    while start < body.stop:
        end = raw.find(b"\n", start + _PIECE, body.stop) + 1 or body.stop
        yield raw[start:end]
        start = end


def _fit(text: str, most: int) -> str:
    """Text that any database keeps: no NUL, nothing that is not Unicode, not too long."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode()[:most]
