"""Bytes → text for whatever a letter claims about its character set, true or not."""

import codecs
import re
import unicodedata

# What senders call a character set → the codec that reads what they mean by it. The Latin ones follow
# the WHATWG encoding standard: who says ISO-8859-1 uses the quotes and the euro sign of windows-1252.
_MEANT = {
    "ascii": "cp1252", "us-ascii": "cp1252", "ansi_x3.4-1968": "cp1252", "iso-8859-1": "cp1252", "latin1": "cp1252",
    "iso8859-1": "cp1252", "iso_8859-1": "cp1252", "iso-8859-9": "cp1254", "tis-620": "cp874", "iso-8859-11": "cp874",
    "gb2312": "gb18030", "gbk": "gb18030", "x-gbk": "gb18030", "gb_2312-80": "gb18030", "cp936": "gb18030",
    "ks_c_5601-1987": "cp949", "ks_c_5601": "cp949", "ksc5601": "cp949", "euc-kr": "cp949", "korean": "cp949",
    "shift_jis": "cp932", "x-sjis": "cp932", "sjis": "cp932", "windows-31j": "cp932", "iso-2022-jp": "iso2022_jp_2",
    "iso-8859-8-i": "iso-8859-8", "iso-8859-6-i": "iso-8859-6", "x-mac-roman": "mac_roman", "macintosh": "mac_roman",
    "unicode-1-1-utf-7": "utf-7", "utf8": "utf-8", "utf-8mb4": "utf-8", "cp-850": "cp850", "big5": "big5hkscs",
}  # fmt: skip
_GUESSED = {"", "cp1252"}  # declared by habit: real UTF-8 beneath them is believed instead
_NOT_FOR_LETTERS = {"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem"}
# In windows-1258 a tone mark follows its vowel; in windows-1252 the same bytes are Ì ì Ò Þ ò and hardly ever do.
_VIETNAMESE_TONES = re.compile(rb"[aeiouyAEIOUY\xe2\xea\xf4\xe3\xf5\xfd\xc2\xca\xd4\xc3\xd5\xdd][\xcc\xec\xd2\xde\xf2]")
# More marks on one letter than any language uses; sorting a million of them takes minutes (UAX #15, section 13).
_MARKS = "[" + "".join(chr(code) for code in range(0x300, 0x1F000) if unicodedata.combining(chr(code))) + "]"
_TOO_MANY_MARKS = re.compile(f"({_MARKS}{{30}}){_MARKS}+")
_UNSAYABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x80-\x84\x86-\x9f\ufeff]")
_SURROGATE = re.compile("[\ud800-\udfff]")


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
    return unicodedata.normalize("NFC", text)


def is_known(charset: str) -> bool:
    """Whether text in that character set can be read without guessing."""
    return bool(_codec(charset))


def _codec(charset: str) -> str:
    """The codec for a declared character set; empty when it is none that belongs in a letter."""
    name = charset.partition("(")[0].strip(" \t\"'").lower()[:40]
    name = _MEANT.get(name, name)
    try:
        info = codecs.lookup(name)
    except (LookupError, ValueError):
        return ""
    is_text = getattr(info, "_is_text_encoding", True)  # rot13, zip and hex are codecs too, but not of text
    return info.name if is_text and info.name.replace("-", "_") not in _NOT_FOR_LETTERS else ""


def _read(data: bytes, codec: str) -> str:
    if codec in _GUESSED:
        return _guess(data)
    try:
        return data.decode(codec)
    except (UnicodeError, ValueError):
        pass
    try:
        return data.decode("utf-8")
    except UnicodeError:
        return data.decode(codec, "replace")


def _guess(data: bytes) -> str:
    if b"\x1b$" in data or b"\x1b(J" in data:
        return data.decode("iso2022_jp_2", "replace")
    try:
        return data.decode("utf-8")
    except UnicodeError:
        vietnamese = len(_VIETNAMESE_TONES.findall(data)) >= 2
        return data.decode("cp1258" if vietnamese else "cp1252", "replace")
