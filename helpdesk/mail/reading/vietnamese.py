"""
Vietnamese as it was written before Unicode: VISCII, TCVN3 (the ABC fonts) and VNI, declared or not.

Letters in these sets were sent under any name, mostly none, so they are told apart by what they say:
a Vietnamese syllable has one of few beginnings, one of few ends and at most one tone. Bytes are taken
for one of these sets only when nearly every marked word becomes such a syllable.
"""

import re
import unicodedata
from functools import lru_cache
from itertools import product
from typing import Final

from msgspec import Struct

MOST_SCORED: Final = 5_000
"""Characters that are enough to know a language by."""

# RFC 1456, section 2.2; the six below 0x20 stand where no letter has a control character.
_VISCII_HIGH: Final = (
    "ẠẮẰẶẤẦẨẬẼẸẾỀỂỄỆỐỒỔỖỘỢỚỜỞỊỎỌỈỦŨỤỲÕắằặấầẩậẽẹếềểễệốồổỗỠƠộờởịỰỨỪỬơớƯ"
    "ÀÁÂÃẢĂẳẵÈÉÊẺÌÍĨỳĐứÒÓÔạỷừửÙÚỹỵÝỡưàáâãảăữẫèéêẻìíĩỉđựòóôõỏọụùúũủýợỮ"
)
_VISCII: Final = dict(enumerate(_VISCII_HIGH, 0x80)) | {
    0x02: "Ẳ", 0x05: "Ẵ", 0x06: "Ẫ", 0x14: "Ỷ", 0x19: "Ỹ", 0x1E: "Ỵ",
}  # fmt: skip

# TCVN 5712:1993, the third set; "." where it has nothing. Capital letters with a tone are in a font of their own.
_TCVN3: Final = {
    at: sign
    for at, sign in enumerate(
        "ĂÂÊÔƠƯĐăâêôơưđ.\u0300\u0309\u0303\u0301\u0323àảãáạ.ằẳẵắ......."
        "ặầẩẫấậè.ẻẽéẹềểễếệìỉ...ĩíịò.ỏõóọồổỗốộờởỡớợù.ủũúụừửữứựỳỷỹýỵ",
        0xA1,
    )
    if sign != "."
}

# VNI for Windows: a letter, then its mark or its mark and tone in one sign. A few letters are one sign.
_TONES: Final = {"ù": "\u0301", "ø": "\u0300", "û": "\u0309", "õ": "\u0303", "ï": "\u0323"}
_ROOFS: Final = {
    "â": "\u0302", "á": "\u0302\u0301", "à": "\u0302\u0300",
    "å": "\u0302\u0309", "ã": "\u0302\u0303", "ä": "\u0302\u0323",
}  # fmt: skip
_BREVES: Final = {
    "ê": "\u0306", "é": "\u0306\u0301", "è": "\u0306\u0300",
    "ú": "\u0306\u0309", "ü": "\u0306\u0303", "ë": "\u0306\u0323",
}  # fmt: skip
_VNI_SINGLE: Final = {"ô": "ơ", "ö": "ư", "ñ": "đ", "í": "í", "ì": "ì", "æ": "ỉ", "ó": "ĩ", "ò": "ị", "î": "ỵ"}


def _vni() -> dict[str, str]:
    pairs = [*product("aeouyôö", _TONES.items()), *product("aeo", _ROOFS.items()), *product("a", _BREVES.items())]
    small = {
        letter + sign: unicodedata.normalize("NFC", _VNI_SINGLE.get(letter, letter) + marks)
        for letter, (sign, marks) in pairs
    } | _VNI_SINGLE
    first_large = {key[0].upper() + key[1:]: value.upper() for key, value in small.items()}
    return small | first_large | {key.upper(): value.upper() for key, value in small.items()}


_VNI: Final = _vni()
_SECOND: Final = "".join({pair[1] for pair in _VNI if len(pair) == 2})
_VNI_SIGNS: Final = re.compile(f"[aeouyAEOUY][{_SECOND}]|[{''.join(one for one in _VNI if len(one) == 1)}][{_SECOND}]?")

_ONSETS: Final = r"(?:ngh|ng|nh|gh|gi|kh|ph|th|tr|ch|qu|[bcdđghklmnprstvx])?"
_RIMES: Final = (
    r"(?:a(?:ch|i|m|n|ng|nh|o|p|t|u|y|c)?|ă(?:c|m|n|ng|p|t)|â(?:c|m|n|ng|p|t|u|y)"
    r"|e(?:c|m|n|ng|o|p|t)?|ê(?:ch|c|m|n|ng|nh|p|t|u)?"
    r"|i(?:a|ch|êc|êm|ên|êng|êp|êt|êu|m|n|nh|p|t|u)?"
    r"|o(?:a(?:c|ch|i|m|n|ng|nh|o|p|t|y)?|ă(?:c|m|n|ng|t)|e(?:n|o|t)?|c|i|m|n|ng|ong|oc|p|t)?"
    r"|ô(?:c|i|m|n|ng|p|t)?|ơ(?:i|m|n|p|t)?"
    r"|u(?:a|â(?:n|ng|t|y)|c|ê(?:ch|nh)?|i|m|n|ng|ô(?:c|i|m|n|ng|t)|p|t|ơ|y(?:a|ch|ên|êt|nh|t|u|n|p)?)?"
    r"|ư(?:a|c|i|m|n|ng|t|u|ơ(?:c|i|m|n|ng|p|t|u))?"
    r"|y(?:êm|ên|êng|êt|êu|nh|ch|t|u)?)"
)
_SYLLABLE: Final = re.compile(_ONSETS + _RIMES)
_TONE: Final = re.compile("[\u0300\u0301\u0303\u0309\u0323]")
_WORD: Final = re.compile(r"(?:[^\W\d_]|[\u0300-\u0323])+")
_BETWEEN_LETTERS: Final = re.compile("(?<=[^\\W\\d_])[\x80-\xbf\u2018-\u203a\u20ac\u2122](?=[^\\W\\d_])")
_MARKUP: Final = re.compile(r"<[^<>]{0,2000}>|&[a-z]{2,8};|(?<![\w.+-])[\w.+-]{1,64}@[\w.-]+|https?://\S+")


class Score(Struct):
    """How many words are Vietnamese syllables: those with marks (distinct ones), and all."""

    good: int = 0
    bad: int = 0
    plain: int = 0
    foreign: int = 0

    @property
    def is_vietnamese(self) -> bool:
        """Whether it cannot well be anything else."""
        marked, words = self.good + self.bad, self.good + self.bad + self.plain + self.foreign
        fitting = (self.good + self.plain) / max(words, 1)
        few = self.good >= 2 and self.bad == 0 and fitting >= 0.8
        return few or (self.good >= 4 and self.good >= marked * 0.85 and fitting >= 0.5)

    @property
    def worth(self) -> int:
        return self.good - 2 * self.bad


def read(data: bytes, charset: str) -> str:
    """Bytes in `viscii`, `tcvn3` or `vni` as text. What the set does not have is read as windows-1252."""
    if charset == "viscii":
        return data.decode("latin-1").translate(_VISCII)
    if charset == "tcvn3":
        return _western(data, _TCVN3)
    return _VNI_SIGNS.sub(_out_of_vni, _western(data, {}))


def _out_of_vni(signs: re.Match[str]) -> str:
    """One letter for a pair that makes one; else the first of them by itself."""
    return _VNI.get(signs[0]) or _VNI.get(signs[0][0], signs[0][0]) + signs[0][1:]


def guess(data: bytes) -> str | None:
    """The text of bytes that are Vietnamese in some old set; None where they may well be something else."""
    sample = data[:MOST_SCORED]
    as_they_stand = score(_western(sample, {}))
    scored = {"cp1258": score(sample.decode("cp1258", "replace"))}
    scored |= {charset: score(read(sample, charset)) for charset in ("viscii", "tcvn3", "vni")}
    best = max(scored, key=lambda charset: scored[charset].worth)
    if not scored[best].is_vietnamese or scored[best].worth <= as_they_stand.worth:
        return None
    return data.decode("cp1258", "replace") if best == "cp1258" else read(data, best)


def score(text: str) -> Score:
    """How Vietnamese a text is, each different word counted once; tags, addresses and links are no words."""
    text = unicodedata.normalize("NFC", _MARKUP.sub(" ", text[:MOST_SCORED]))
    found = Score(bad=len(set(_BETWEEN_LETTERS.findall(text))))
    for word in set(_WORD.findall(text.lower())):
        fits = is_syllable(word)
        if len(word) == 1:  # in another set it may be a mark of quotation
            found.bad += not fits
        elif not word.isascii():
            found.good += fits
            found.bad += not fits
        else:
            found.plain += fits
            found.foreign += not fits
    return found


@lru_cache(maxsize=4096)
def is_syllable(word: str) -> bool:
    """Whether a word in lower case could be Vietnamese: `nghiêng`, `quyết`; not `été`, `können`, `năść`."""
    apart = unicodedata.normalize("NFD", word)
    tones = _TONE.findall(apart)
    bare = unicodedata.normalize("NFC", _TONE.sub("", apart))
    if len(tones) > 1 or not _SYLLABLE.fullmatch(bare):
        return False
    return not tones or tones[0] in "\u0301\u0323" or not bare.endswith(("c", "ch", "p", "t"))


def _western(data: bytes, table: dict[int, str]) -> str:
    """Bytes read as windows-1252, but those in `table` as it says. What neither has stays a control character."""
    return data.decode("latin-1").translate(_HIGH | table)


_HIGH: Final = {byte: bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in range(0x80, 0xA0)}
