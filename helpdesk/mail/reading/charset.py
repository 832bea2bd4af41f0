"""Bytes → text for whatever a letter claims about its character set, true or not."""

import codecs
import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from helpdesk.mail.reading import vietnamese

# What senders call a character set → the codec that reads what they mean by it. The Latin ones follow
# the WHATWG encoding standard: who says ISO-8859-1 uses the quotes and the euro sign of windows-1252.
_MEANT: Final = {
    "ascii": "cp1252", "us-ascii": "cp1252", "ansi-x3.4-1968": "cp1252", "iso-8859-1": "cp1252", "latin1": "cp1252",
    "iso-ir-100": "cp1252", "ansi": "cp1252", "iso-8859-9": "cp1254", "tis-620": "cp874", "iso-8859-11": "cp874",
    "gb2312": "gb18030", "gbk": "gb18030", "gb-2312-80": "gb18030", "cp936": "gb18030", "chinese": "gb18030",
    "ks-c-5601-1987": "cp949", "ks-c-5601": "cp949", "ksc5601": "cp949", "euc-kr": "cp949", "korean": "cp949",
    "shift-jis": "cp932", "sjis": "cp932", "cp31j": "cp932", "iso-2022-jp": "iso2022_jp_2", "cp50220": "iso2022_jp_2",
    "mac-roman": "mac_roman", "mac": "mac_roman", "macintosh": "mac_roman", "mac-cyrillic": "mac_cyrillic",
    "unicode-1-1-utf-7": "utf-7", "unicode-1-1-utf-8": "utf-8", "unicode": "utf-16", "big5": "big5hkscs",
    "koi8": "koi8_r", "koi": "koi8_r", "cyrillic": "iso8859-5", "viscii1.1-1": "viscii", "viqr": "utf-8",
    "tcvn": "tcvn3", "tcvn-5712": "tcvn3", "tcvn5712": "tcvn3", "tcvn5712-1": "tcvn3", "tcvn-5712-1": "tcvn3",
    "tcvn-3": "tcvn3", "abc": "tcvn3", "viet-tcvn": "tcvn3", "vn3": "tcvn3", "viet-vps": "viscii",
    "vni-win": "vni", "vni-windows": "vni", "viet-vni": "vni", "viscii-1": "viscii", "viet-viscii": "viscii",
}  # fmt: skip
_BY_NUMBER: Final = re.compile(r"(?:windows|win|cp|ibm|dos|ms|microsoft-cp)-?(\d{3,5})")
_BY_PART: Final = re.compile(r"(?:iso-?|)8859-?(\d{1,2})(?:-[ie])?")
_OF_VIETNAM: Final = {"viscii", "tcvn3", "vni"}
_GUESSED: Final = {"", "cp1252"}  # declared by habit: real UTF-8 beneath them is believed instead
_NOT_FOR_LETTERS: Final = {"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem"}
# More marks on one letter than any language uses; sorting a million of them takes minutes (UAX #15, section 13).
_MARKS: Final = "[" + "".join(chr(code) for code in range(0x300, 0x1F000) if unicodedata.combining(chr(code))) + "]"
_TOO_MANY_MARKS: Final = re.compile(f"({_MARKS}{{30}}){_MARKS}+")
_UNSAYABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x80-\x84\x86-\x9f\ufeff]")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
# A Vietnamese tone written before the roof of its letter: the canonical order knows both ways, and only one letter.
_TONE_BEFORE_ROOF: Final = re.compile(
    "([AEOaeo\xc0\xc1\xc3\xc8\xc9\xd2\xd3\xd5\xe0\xe1\xe3\xe8\xe9\xf2\xf3\xf5\u1ea2\u1ea3\u1eba\u1ebb\u1ebc\u1ebd\u1ece\u1ecf])"
    "([\u0300\u0301\u0303\u0309]?)([\u0302\u0306])"
)
_FOREIGN: Final = re.compile(r"[^\x00-\x7f]+")
# What text that was encoded twice becomes again: letters of western Europe and of Vietnam, and usual signs.
_EXPECTED: Final = re.compile(
    "[\x00-\x7f\xa0-\xff\u0102\u0103\u0110\u0111\u0128\u0129\u0152\u0153\u0168\u0169\u01a0\u01a1\u01af\u01b0"
    "\u0300-\u0323\u1ea0-\u1ef9\u2010-\u2026\u2030-\u203a\u20ab\u20ac\u2122]*"
)
_VALID_UTF8: Final = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_MOST_TWICE: Final = 200_000
"""Characters in which text that was encoded twice is looked for."""


def decode(data: bytes, charset: str = "") -> str:
    """
    Read `data` as text in NFC, with line feeds, without control characters. Never raises.

    A character set that is missing, unknown or plainly untrue is guessed; what cannot be read is U+FFFD.
    """
    return tidy(_read(data, _codec(charset)))


def tidy(text: str) -> str:
    """Text as it is kept: NFC, line feeds only, no control characters, no lone surrogates."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if text.isascii():
        return _UNSAYABLE.sub("", text)
    text = _TOO_MANY_MARKS.sub(r"\1", _SURROGATE.sub("\ufffd", _UNSAYABLE.sub("", text)))
    if "\u0302" in text or "\u0306" in text:
        text = _TONE_BEFORE_ROOF.sub(_roof_first, text)
    return unicodedata.normalize("NFC", text)


def is_known(charset: str) -> bool:
    """Whether text in that character set can be read without guessing."""
    return bool(_codec(charset))


def _roof_first(found: re.Match[str]) -> str:
    letter = unicodedata.normalize("NFD", found[1])
    return letter[0] + found[3] + letter[1:] + found[2]


@lru_cache(maxsize=256)
def _codec(charset: str) -> str:
    """The codec for a declared character set; empty when it is none that belongs in a letter."""
    name = re.split(r"[(;,\s]", charset.strip(" \t\"'"), maxsplit=1)[0].lower()[:40]
    name = name.replace("_", "-").removeprefix("charset=").removeprefix("x-").removeprefix("cs").strip("\"'")
    if number := _BY_NUMBER.fullmatch(name):
        name = f"cp{number[1]}"
    elif part := _BY_PART.fullmatch(name):
        name = f"iso-8859-{int(part[1])}"
    name = "utf-8" if name.startswith(("utf8", "utf-8")) else _MEANT.get(name, name)
    if name in _OF_VIETNAM:
        return name
    try:
        info = codecs.lookup(name)
    except (LookupError, ValueError):
        return ""
    is_text = getattr(info, "_is_text_encoding", True)  # rot13, zip and hex are codecs too, but not of text
    return info.name if is_text and info.name.replace("-", "_") not in _NOT_FOR_LETTERS else ""


def _read(data: bytes, codec: str) -> str:
    if codec in _OF_VIETNAM:
        text = _as_unicode(data)
        return text if text and _EXPECTED.fullmatch(text) else vietnamese.read(data, codec)
    if codec in _GUESSED:
        return _guess(data)
    if codec == "utf-16":
        return data.decode(_utf_16(data), "replace")
    try:
        return _meant(data.decode(codec)) if codec == "utf-8" else data.decode(codec)
    except (UnicodeError, ValueError):
        pass
    if codec == "utf-8":
        return data.decode("utf-8", "replace") if _VALID_UTF8.search(data) else _guess(data)
    return _as_unicode(data) or data.decode(codec, "replace")


def _as_unicode(data: bytes) -> str:
    """Bytes that are UTF-8 and say more than ASCII, whatever was declared; empty otherwise."""
    try:
        return "" if data.isascii() else data.decode("utf-8")
    except UnicodeError:
        return ""


def _guess(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    if b"\x1b$" in data or b"\x1b(J" in data:
        return data.decode("iso2022_jp_2", "replace")
    try:
        return _meant(data.decode("utf-8"))
    except UnicodeError:
        return vietnamese.guess(data) or data.decode("cp1252", "replace")


def _utf_16(data: bytes) -> str:
    """Which of its two orders, where the mark that tells is missing: most text has its zeros in the high bytes."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    return "utf-16-le" if data[1:2000:2].count(0) > data[:2000:2].count(0) else "utf-16-be"


def _meant(text: str) -> str:
    """Text as its writer saw it, where a program on the way took its bytes for windows-1252, once or twice."""
    if text.isascii() or len(text) > _MOST_TWICE:
        return text
    once = _decoded_once(text)
    twice = _decoded_once(once) if once else None
    text = next((read for read in (twice, once) if read and _EXPECTED.fullmatch(read)), text)
    return _out_of_font(text) or text


def _decoded_once(text: str) -> str | None:
    """Text with one wrong decoding undone; None where a single piece of it does not fit."""
    pieces = list(_pieces(text))
    if not pieces or not all(pieces):
        return None
    read = iter(pieces)
    return _FOREIGN.sub(lambda _: next(read), text)


def _pieces(text: str) -> Iterator[str]:
    """Each run of foreign letters read anew as UTF-8; an empty piece, and an end, at the first that is none."""
    for run in _FOREIGN.finditer(text):
        data = _bytes_of(run[0])
        try:
            yield data.decode("utf-8") if data else ""
        except UnicodeError:
            yield ""
            return
        if not data:
            return


def _bytes_of(text: str) -> bytes:
    """The bytes that windows-1252 shows as this text, empty where it cannot."""
    try:
        return text.translate(_BYTE).encode("latin-1")
    except UnicodeError:
        return b""


def _out_of_font(text: str) -> str | None:
    """Vietnamese that was typed in an ABC or VNI font, and so sent as the western letters beneath; None for other."""
    data = _bytes_of(text)
    return vietnamese.guess(data) if data else None


_BYTE: Final = {
    ord(bytes([byte]).decode("cp1252")): byte
    for byte in range(0x80, 0xA0)
    if byte not in (0x81, 0x8D, 0x8F, 0x90, 0x9D)
}
"""The byte of each sign that windows-1252 has and latin-1 has not."""
