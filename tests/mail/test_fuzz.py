"""Whatever happens to a letter on its way, it is read: never an error, never out of bounds, always clean text."""

import random
import re
import unicodedata
from pathlib import Path

import pytest

from helpdesk.mail.reading.letter import Letter
from helpdesk.mail.reading.parse import MAX_ATTACHMENTS, MAX_TEXT, parse
from helpdesk.mail.reading.parts import MAX_NAME

LETTERS = Path(__file__).parent.parent / "letters"
UNSAYABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
LONGEST = 60_000
"""Bytes; longer letters are left to `test_fence.py`."""
PIECES = (
    *(
        b"--",
        b"\n",
        b"charset=vni",
        b"\r\n",
        b"\r",
        b"\x00",
        b"\xff",
        b"=?utf-8?B?",
        b"?=",
        b"=",
        b'"',
        b"<",
        b">",
        b"(",
        b";",
        b"@",
    ),
    *(b"\n\nContent-Type: multipart/mixed; boundary=", b"\nContent-Transfer-Encoding: base64\n\n", b"begin 644 a\n"),
    *(
        b"\nContent-Type: text/html\n\n<",
        b"\nContent-Type: application/ms-tnef\n\n\x78\x9f\x3e\x22\x00\x00",
        b"charset=vni",
    ),
)


def _mangled(raw: bytes, chance: random.Random) -> bytes:
    """A letter with a few of the accidents of the way: cut, doubled, swapped, changed, with something in between."""
    for _ in range(chance.randint(1, 6)):
        at, to = sorted(chance.randrange(len(raw) + 1) for _ in range(2))
        to = min(to, at + 400)
        raw = chance.choice(
            [
                raw[:at] + raw[to:],
                raw[:to] + raw[at:to] + raw[to:],
                raw[:at] + chance.choice(PIECES) + raw[at:],
                raw[:at] + bytes(chance.randrange(256) for _ in range(4)) + raw[at + 4 :],
                raw[:at] + raw[at:to][::-1] + raw[to:],
                raw[: max(at, 1)],
            ]
        )
    return raw


def _is_clean(letter: Letter) -> bool:
    said = [letter.subject, letter.text, letter.html, letter.sender.name, *(one.filename for one in letter.attachments)]
    return (
        all(unicodedata.is_normalized("NFC", one) and not UNSAYABLE.search(one) for one in said)
        and max(len(letter.text), len(letter.html)) <= MAX_TEXT
        and len(letter.attachments) <= MAX_ATTACHMENTS
        and all(len(one.filename) <= MAX_NAME for one in letter.attachments)
    )


@pytest.mark.parametrize("folder", ["letters", "machine", "attack"])
def test_mangled_letters_are_read_clean_and_the_same_each_time(folder: str) -> None:
    chance = random.Random(folder)
    for path in sorted((LETTERS / folder).glob("*.eml")):
        raw = path.read_bytes()[:LONGEST]
        for _ in range(4):
            mangled = _mangled(raw, chance)
            letter = parse(mangled)
            assert _is_clean(letter), path.name
            assert letter == parse(mangled), path.name


def test_every_beginning_of_a_letter_is_read() -> None:
    raw = (LETTERS / "letters" / "stalwart__rfc__007.eml").read_bytes()

    for end in range(len(raw)):
        assert _is_clean(parse(raw[:end]))
