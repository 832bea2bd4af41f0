"""
What Outlook packs into `winmail.dat` (MS-OXTNEF): the words of a letter and its files.

Every length is checked against what is there, nothing is unpacked to more than it may be, and a pack
that makes no sense is left alone.
"""

import re
import struct
from collections.abc import Iterator
from typing import Final

from msgspec import Struct, field

from helpdesk.mail.reading.charset import decode, tidy
from helpdesk.mail.reading.letter import Attachment

MAX_FILES: Final = 200
MAX_PROPERTIES: Final = 2000
MAX_DEPTH: Final = 3  # letters within letters
MAX_RTF: Final = 1_000_000  # bytes, unpacked
KINDS: Final = frozenset(("application/ms-tnef", "application/vnd.ms-tnef"))

_SIGNATURE: Final = b"\x78\x9f\x3e\x22"
# Attributes (section 2.1.3.1), by their number; their type is not needed.
_BODY, _CODEPAGE, _PROPERTIES = 0x800C, 0x9007, 0x9003
_FILE_BEGINS, _FILE_TITLE, _FILE_DATA, _FILE_PROPERTIES = 0x9002, 0x8010, 0x800F, 0x9005
# Properties (MS-OXPROPS).
_WORDS, _RTF, _HTML, _CPID = 0x1000, 0x1009, 0x1013, 0x3FDE
_DATA, _NAME, _SHORT_NAME, _SHOWN_NAME, _MIME, _CONTENT_ID = 0x3701, 0x3707, 0x3704, 0x3001, 0x370E, 0x3712
_SIZES: Final = {2: 4, 3: 4, 4: 4, 5: 8, 6: 8, 7: 8, 0x0A: 4, 0x0B: 4, 0x14: 8, 0x40: 8, 0x48: 16}
_OBJECT, _STRING, _UNICODE, _BINARY = 0x0D, 0x1E, 0x1F, 0x102
_MANY: Final = 0x1000


class Opened(Struct):
    """What was in it. `html` and `text` may both be empty."""

    text: str = ""
    html: str = ""
    attachments: list[Attachment] = field(default_factory=list)


class _Entry(Struct):
    """A file while its attributes come by."""

    name: str = ""
    content: bytes = b""
    kind: str = ""
    content_id: str = ""


def opened(data: bytes, depth: int = 0) -> Opened | None:
    """The content of a `winmail.dat`, or None where it is none or says nothing."""
    if not data.startswith(_SIGNATURE):
        return None
    found = Opened()
    entries: list[_Entry] = []
    charset = "cp1252"
    for number, value in _attributes(data):
        if number == _CODEPAGE and len(value) >= 4:
            charset = f"cp{_number(value)}"
        elif number == _BODY:
            found.text = decode(value, charset)
        elif number == _PROPERTIES:
            _say(found, dict(_properties(value)), charset)
        elif number == _FILE_BEGINS:
            if len(entries) == MAX_FILES:
                break
            entries.append(_Entry())
        elif entries:
            _describe(entries[-1], number, value, charset)
    for entry in entries:
        _add(found, entry, depth)
    return found if found.text or found.html or found.attachments else None


def _attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Number and value of each attribute: level, number, type, length, value, checksum."""
    at = 6
    while at + 9 <= len(data):
        number, _, length = struct.unpack_from("<HHI", data, at + 1)
        at += 9
        if length > len(data) - at:
            return
        yield number, data[at : at + length]
        at += length + 2


def _properties(data: bytes) -> Iterator[tuple[int, tuple[int, bytes]]]:
    """Type and first value of each property, by its number (section 2.1.3.4). Ends where it makes no sense."""
    at = 4
    for _ in range(min(_number(data), MAX_PROPERTIES)):
        if at + 4 > len(data):
            return
        kind, number = struct.unpack_from("<HH", data, at)
        at += 4
        if number >= 0x8000:
            at = _past_name(data, at)
        several = kind & _MANY or kind in (_OBJECT, _STRING, _UNICODE, _BINARY)
        count = _number(data[at : at + 4]) if several else 1
        at += 4 if several else 0
        value = b""
        for position in range(min(count, MAX_PROPERTIES)):
            size = _SIZES.get(kind & ~_MANY)
            if size is None:
                size = _number(data[at : at + 4])
                at += 4
            if size > len(data) - at:
                return
            value = data[at : at + size] if position == 0 else value
            at += size + -size % 4
        yield number, (kind & ~_MANY, value)


def _past_name(data: bytes, at: int) -> int:
    """A property of a program's own has a name: GUID, then a number or UTF-16."""
    if _number(data[at + 16 : at + 20]) == 0:
        return at + 24
    length = _number(data[at + 20 : at + 24])
    return at + 24 + length + -length % 4


def _number(data: bytes) -> int:
    return int.from_bytes(data[:4], "little")


def _text(said: tuple[int, bytes] | None, charset: str) -> str:
    if said is None:
        return ""
    kind, value = said
    return decode(value, "utf-16-le" if kind == _UNICODE else charset).strip("\x00")


def _say(found: Opened, said: dict[int, tuple[int, bytes]], charset: str) -> None:
    """The words of a letter: plain, HTML, or what its RTF says."""
    page = f"cp{_number(said[_CPID][1])}".replace("cp65001", "utf-8") if _CPID in said else charset
    found.html = _text(said.get(_HTML), page) or found.html
    found.text = _text(said.get(_WORDS), charset) or found.text
    if not found.text and _RTF in said:
        found.text = rtf_to_text(unpacked_rtf(said[_RTF][1]))


def _describe(entry: _Entry, number: int, value: bytes, charset: str) -> None:
    if number == _FILE_TITLE:
        entry.name = entry.name or decode(value, charset)
    elif number == _FILE_DATA:
        entry.content = value
    elif number == _FILE_PROPERTIES:
        said = dict(_properties(value))
        for key in (_NAME, _SHOWN_NAME, _SHORT_NAME):
            if name := _text(said.get(key), charset):
                entry.name = name
                break
        entry.kind = _text(said.get(_MIME), charset).lower()
        entry.content_id = _text(said.get(_CONTENT_ID), charset).strip(" <>")
        if _DATA in said:
            kind, content = said[_DATA]
            entry.content = (
                content[16:] if kind == _OBJECT else content
            )  # an object begins with the id of its interface


def _add(found: Opened, entry: _Entry, depth: int) -> None:
    """A file; of a letter within the letter (again TNEF) its files, and its words as one more."""
    inner = opened(entry.content, depth + 1) if depth < MAX_DEPTH else None
    if inner is None:
        kind = entry.kind if re.fullmatch(r"[\w.+-]+/[\w.+-]+", entry.kind) else "application/octet-stream"
        files = [Attachment(entry.name, kind, entry.content, entry.content_id, "attachment")]
    else:
        words = Attachment(f"{entry.name or 'letter'}.txt", "text/plain", inner.text.encode(), "", "attachment")
        files = ([words] if inner.text else []) + inner.attachments
    found.attachments += files[: MAX_FILES - len(found.attachments)]


# ---- RTF (MS-OXRTFCP and what is needed of the Rich Text Format to read the words) -------------------------------

_DICTIONARY: Final = (
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript \fdecor MS Sans Serif"
    rb"SymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0"
    b"\r\n"
    rb"\par \pard\plain\f0\fs20\b\i\u\tab\tx"
)


def unpacked_rtf(data: bytes) -> bytes:
    """RTF as it was before it was packed; what can be read of it, when it is broken."""
    if data[8:12] == b"MELA":
        return data[16 : 16 + MAX_RTF]
    if data[8:12] != b"LZFu":
        return b""
    window = bytearray(_DICTIONARY.ljust(4096, b"\x00"))
    write, at = len(_DICTIONARY), 16
    out = bytearray()
    while at < len(data) and len(out) < MAX_RTF:
        control = data[at]
        at += 1
        for bit in range(8):
            if control >> bit & 1:
                token = int.from_bytes(data[at : at + 2], "big")
                at += 2
                offset = token >> 4
                if offset == write or at > len(data):
                    return bytes(out)
                run = [offset + step for step in range((token & 15) + 2)]
            else:
                run = []
                out += data[at : at + 1]
                window[write : write + 1] = data[at : at + 1] or b"\x00"
                write = (write + 1) % 4096
                at += 1
            for place in run:
                sign = window[place % 4096]
                out.append(sign)
                window[write] = sign
                write = (write + 1) % 4096
    return bytes(out[:MAX_RTF])


_RTF_TOKEN: Final = re.compile(
    rb"\\'([0-9a-fA-F]{2})|\\([a-zA-Z]{1,32})(-?\d{1,10})? ?|\\([^a-zA-Z])|([{}])|([^\\{}\r\n]+)|[\r\n]+|\\"
)
_RTF_UNSEEN: Final = frozenset((
    b"fonttbl", b"colortbl", b"stylesheet", b"info", b"pict", b"object", b"header", b"footer", b"listtable",
    b"listoverridetable", b"rsidtbl", b"generator", b"themedata", b"datastore", b"fldinst", b"htmltag", b"mhtmltag",
))  # fmt: skip
_RTF_LINES: Final = {b"par": "\n", b"line": "\n", b"row": "\n", b"tab": "\t", b"cell": "\t", b"sect": "\n"}
_RTF_SIGNS: Final = {
    b"emdash": "\u2014", b"endash": "\u2013", b"lquote": "\u2018", b"rquote": "\u2019",
    b"ldblquote": "\u201c", b"rdblquote": "\u201d", b"bullet": "\u2022",
}  # fmt: skip


def rtf_to_text(rtf: bytes) -> str:
    """The words of an RTF document, one line for each of its paragraphs. Linear in its length."""
    return _RtfReader().read(rtf)


class _RtfReader:
    """What is known at one place of an RTF document: the group, whether it is seen, the character set."""

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.waiting = bytearray()
        self.charset = "cp1252"
        self.hidden: list[bool] = [False]
        self.skip = 0
        self.after_unicode = 1

    def read(self, rtf: bytes) -> str:
        for token in _RTF_TOKEN.finditer(rtf):
            coded, word, number, symbol, bracket, plain = token.groups()
            if coded or plain:
                self._say(bytes([int(coded, 16)]) if coded else plain)
            elif bracket == b"{":
                self.hidden.append(self.hidden[-1])
            elif bracket == b"}" and len(self.hidden) > 1:
                self.hidden.pop()
            elif word:
                self._word(word, int(number) if number else None)
            elif symbol == b"*":
                self.hidden[-1] = True
            elif symbol in (b"\\", b"{", b"}"):
                self._say(symbol)
            elif symbol == b"~":
                self._say(b" ")
        self._flush()
        text = "".join(self.pieces).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        return re.sub(r"\n{3,}", "\n\n", tidy(text)).strip()

    def _say(self, data: bytes) -> None:
        if self.skip:
            taken = min(self.skip, len(data))
            self.skip, data = self.skip - taken, data[taken:]
        if not self.hidden[-1]:
            self.waiting += data

    def _word(self, word: bytes, number: int | None) -> None:
        if word in _RTF_UNSEEN:
            self.hidden[-1] = True
        elif word == b"ansicpg" and number:
            self.charset = f"cp{number}"
        elif word == b"uc" and number is not None:
            self.after_unicode = max(0, min(number, 8))
        elif word == b"u" and number is not None:
            self._add(chr(number % 0x10000))
            self.skip = self.after_unicode
        else:
            self._add(_RTF_LINES.get(word) or _RTF_SIGNS.get(word, ""))

    def _add(self, text: str) -> None:
        if text and not self.hidden[-1]:
            self._flush()
            self.pieces.append(text)

    def _flush(self) -> None:
        """Bytes of one run are read together, for two of them may be one sign."""
        if self.waiting:
            self.pieces.append(decode(bytes(self.waiting), self.charset))
            self.waiting.clear()
