"""Real letters from the test suites of other mail readers (see ../letters/README.md), field by field."""

import hashlib
import json
import re
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from helpdesk.mail.reading.html import html_to_text
from helpdesk.mail.reading.letter import Attachment, Letter
from helpdesk.mail.reading.parse import parse

LETTERS = Path(__file__).parent.parent / "letters"
WANTED = 0.985


def test_real_letters_are_read_as_their_senders_meant_them() -> None:
    rows = [json.loads(line) for line in (LETTERS / "letters/expect.jsonl").read_text().splitlines()]
    fields = [(row["file"], *field) for row in rows for field in _compared(row)]
    wrong = [field for field in fields if not field[-1]]

    print(f"{len(fields) - len(wrong)} of {len(fields)} fields, {len(rows)} letters")
    print(*wrong, sep="\n")
    assert len(rows) == 107
    assert len(fields) > 700
    assert len(wrong) <= len(fields) * (1 - WANTED)


def _compared(row: dict[str, Any]) -> Iterator[tuple[str, object, bool]]:
    """Each field the row names: what it is called, what was found, whether it is right."""
    letter = parse((LETTERS / row["file"]).read_bytes())
    for name, wanted in row["expect"].items():
        if name in COMPARED:
            found = COMPARED[name](letter)
            yield name, (wanted, found), _same(wanted, found)
        elif name == "to_emails":
            found = [address.email for address in letter.to]
            yield name, (wanted, found), found[: len(wanted)] == wanted  # one library names the first only
        elif name in ("text_contains", "html_contains"):
            found = letter.text if name == "text_contains" else letter.html
            yield from ((name, piece, piece in found) for piece in wanted)
        elif name == "attachments":
            yield from _compared_files(wanted, letter)
        elif name == "attachment_names":
            # A name of eight hex digits is made up by the library the row comes from, for a part without one.
            names = {attachment.filename for attachment in letter.attachments}
            yield from ((name, (piece, names), piece in names) for piece in wanted if not MADE_UP.fullmatch(piece))
        elif name == "attachment_sha256":
            parts = (*letter.attachments, Attachment("", "text/plain", letter.text.encode()))  # the row lists all parts
            sums = set().union(*map(_sums, parts))
            yield from ((name, piece, piece in sums) for piece in wanted)
        else:
            assert name == "embedded_count", name


def _compared_files(wanted: list[dict[str, Any]], letter: Letter) -> Iterator[tuple[str, object, bool]]:
    for number, file in enumerate(wanted):
        attachment = letter.attachments[number] if number < len(letter.attachments) else Attachment("", "", b"")
        facts = {"filename": attachment.filename, "content_type": attachment.content_type}
        facts |= {"disposition": attachment.disposition}
        for name, value in file.items():
            if name == "content_contains" and value is not None:
                yield name, value, value.encode() in attachment.content
            elif name in ("size", "sha256") and value is not None:
                yield f"attachment {number} {name}", value, value in _sums(attachment)
            elif value is not None and not (name == "filename" and value == "noname1"):
                yield f"attachment {number} {name}", (value, facts[name]), _same(value, facts[name])


MADE_UP = re.compile("[0-9a-f]{8}")
COMPARED: dict[str, Callable[[Letter], object]] = {
    "subject": lambda letter: letter.subject,
    "from_email": lambda letter: letter.sender.email,
    "from_name": lambda letter: letter.sender.name,
    "message_id": lambda letter: letter.message_id,
    "text_exact": lambda letter: letter.text,
    "text_words": lambda letter: re.sub("<[^>]+>", " ", letter.text),  # the rows hold words without any tags
    "html_words": lambda letter: html_to_text(letter.html),
    "attachment_count": lambda letter: len(letter.attachments),
}


def _same(wanted: object, found: object) -> bool:
    """Equal after folding white space; U+FFFD in the expectation is a letter its reader could not read and we may."""
    if not isinstance(wanted, str):
        return wanted == found
    pattern = re.escape(_folded(wanted)).replace("\ufffd", ".")
    return re.fullmatch(pattern, _folded(str(found))) is not None


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())


def _sums(attachment: Attachment) -> set[str | int]:
    """Size and SHA-256 of the bytes as sent, or with the line ends of the library that the row comes from."""
    unix = attachment.content.replace(b"\r\n", b"\n")
    forms = {attachment.content, unix}
    if attachment.content_type.startswith(("text/", "message/")):
        forms.add(unix.strip().replace(b"\n", b"\r\n"))
    return {len(form) for form in forms} | {hashlib.sha256(form).hexdigest() for form in forms}
