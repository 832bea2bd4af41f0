"""
Text to tokens, the same for documents and questions and for every engine.

Four streams of ready tokens: `exact` (marks kept), `folded` (marks dropped, đ → d), `pairs`
(neighbouring folded words, since most Vietnamese words are two syllables written apart) and `stem`
(English words cut to their stem). No stop words: "the" is thẻ and "can" is
cần. How well this finds is measured by tests/search/quality.py.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise

from whoosh.lang.porter import stem as porter

from helpdesk.core.text import fold
from helpdesk.search.document import Document

STREAMS = ("exact", "folded", "pairs", "stem")

VERSION = 1
"""Goes up when the same text gives other tokens: indexes of another version are left and built anew."""

TITLE, TAG = 3, 2
"""A word in the title counts as if it stood this often in the body; so does a tag."""

LONGEST = 64
"""Characters of a token; the rest of a longer one is dropped."""

# Digits may hold points and commas (1.250.000; 9,5), words an apostrophe (don't); anything else parts words.
_WORD = re.compile(r"[^\W_]+(?:(?:['’](?=[^\W\d_])|(?<=\d)[.,](?=\d))[^\W_]+)*")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
_LIKE_D = str.maketrans({"ð": "đ", "ɖ": "đ", "Ð": "đ", "Ɖ": "đ"})
_TONES = "\u0300\u0301\u0303\u0309\u0323"
_CIRCUMFLEX, _BREVE, _HORN = "\u0302\u0306\u031b"
_EITHER_I = re.compile("(?:[hklmstv]|qu)y")
_SYLLABLE = re.compile("(ngh?|nh|gh|gi|kh|ph|qu|th|tr|ch|[bcdđghklmnprstvx])?([aăâeêioôơuưy]{1,3})(ch|ng|nh|[cmnpt])?")


def words(text: str) -> list[str]:
    """
    The words of a text in lower case and one spelling each, marks kept.

    NFC, NFD and half-composed input come out the same, and so do old and new places of the tone
    mark: hoà, hòa → hòa; qúy → quý. Invisible characters vanish.
    """
    plain = _INVISIBLE.sub("", unicodedata.normalize("NFC", text)).lower().translate(_LIKE_D)
    return [_settled(match.group()[:LONGEST]) for match in _WORD.finditer(composed(plain))]


def spans(text: str) -> Iterator[tuple[int, int, str]]:
    """Where the words of an NFC text begin and end, and each as `words` gives it."""
    for match in _WORD.finditer(text):
        yield match.start(), match.end(), _as_words(match.group())


@lru_cache(50_000)
def _as_words(written: str) -> str:
    return " ".join(words(written))


def streams(text: str) -> dict[str, list[str]]:
    """
    All tokens of a document's text by stream.

    Vietnamese text has stems too: it is full of English words, and without them it would stand
    behind every English document when an English word is asked for.
    """
    exact = words(text)
    folded = [folded_word(word) for word in exact]
    return {
        "exact": exact,
        "folded": folded,
        "pairs": [f"{one}_{two}" for one, two in pairwise(folded)],
        "stem": [stem(word) for word in folded],
    }


def tokens(document: Document) -> dict[str, dict[str, float]]:
    """
    What an engine keeps of a document: stream → token → weight (how often, titles and tags counting more).

    One field a stream with weighted words is BM25F: a word in the title saturates together with the body's.
    """
    found: dict[str, dict[str, float]] = {stream: defaultdict(float) for stream in STREAMS}
    parts = [(document.title, TITLE), (document.body, 1), *((tag, TAG) for tag in document.tags)]
    for text, weight in parts:
        for stream, read in streams(text).items():
            for token in read:
                found[stream][token] += weight
    return found


@lru_cache(100_000)
def folded_word(word: str) -> str:
    """
    One word of `words` without its marks; numbers are the same with points and commas.

    Both schools of spelling a last i are one: kỹ and kĩ, quý and quí, công ty and công ti.
    """
    bare = fold(word).replace("’", "'").replace(",", ".")
    return bare[:-1] + "i" if _EITHER_I.fullmatch(bare) else bare


@lru_cache(50_000)
def stem(folded: str) -> str:
    """The stem of an English word: refunds, refunded → refund; company's → compani."""
    word = folded.removesuffix("'s")
    return porter(word) if word.isalpha() and word.isascii() else word


@lru_cache(10_000)
def as_meant(word: str) -> str | None:
    """
    What leftovers of a Vietnamese keyboard were meant to say, or None: ddooir, d9oi63 → đổi.

    Telex writes marks with letters (aa â, w ư ơ ă, dd đ, s f r x j the tones), VNI with digits.
    """
    if not word.isascii() or not word.isalnum() or word.isdigit():
        return None
    meant = _from_vni(word) if word.translate(_NO_DIGITS) != word else _from_telex(word)
    return meant if meant != word and _SYLLABLE.fullmatch(_toneless(meant)[0]) else None


def composed(text: str) -> str:
    """NFC also where the tone stands before the shape of the letter (e + ◌́ + ◌̂), which NFC alone leaves apart."""
    if not _STRAY.search(text):
        return text
    return unicodedata.normalize("NFC", _MARKS_OF_ONE.sub(_shape_first, unicodedata.normalize("NFD", text)))


def _shape_first(marks: re.Match[str]) -> str:
    return "".join(sorted(marks.group(), key=lambda mark: mark in _TONES))


_STRAY = re.compile("[\u0300-\u0323]")
_MARKS_OF_ONE = re.compile("[\u0300-\u0323]{2,}")


@lru_cache(100_000)
def _settled(word: str) -> str:
    """The word with its tone mark where it belongs, when it is one Vietnamese syllable; else as it is."""
    if word.isascii():
        return word
    bare, tone = _toneless(word)
    return _toned(bare, tone) if tone and _SYLLABLE.fullmatch(bare) else word


def _toneless(word: str) -> tuple[str, str]:
    """The word without tone mark, and the mark ("" when there is none)."""
    apart = unicodedata.normalize("NFD", word)
    tone = next((char for char in apart if char in _TONES), "")
    bare = "".join(char for char in apart if char not in _TONES)
    return unicodedata.normalize("NFC", bare), tone


def _toned(bare: str, tone: str) -> str:
    """
    A toneless syllable with its tone: on the vowel that has a shape (ê ơ …), else the second vowel when
    more follows, else the first, as Vietnamese schools teach (hòa, hoàng, ngoài, tiến).
    """
    syllable = _SYLLABLE.fullmatch(bare)
    assert syllable is not None
    vowels, follows = syllable.group(2), syllable.group(3)
    shaped = [place for place, vowel in enumerate(vowels) if vowel in "ăâêôơư"]
    if shaped:
        place = shaped[-1]
    else:
        place = 1 if len(vowels) == 3 or (len(vowels) == 2 and follows) else 0
    after = syllable.start(2) + place + 1
    return unicodedata.normalize("NFC", bare[:after] + tone + bare[after:])


_NO_DIGITS = str.maketrans("", "", "0123456789")
_TELEX_TONES = dict(zip("fsxrj", _TONES, strict=True))
_VNI_TONES = dict(zip("21435", _TONES, strict=True))


def _from_vni(word: str) -> str:
    bare = word.translate(_NO_DIGITS)
    for digit, change in (("9", _barred), ("6", _circumflexed), ("7", _horned), ("8", _breved)):
        bare = change(bare) if digit in word else bare
    return _with_tones(bare, [_VNI_TONES[char] for char in word if char in _VNI_TONES])


def _from_telex(word: str) -> str:
    head, vowels, tail = _split_at_vowel(word)
    tones = [_TELEX_TONES[char] for char in tail if char in _TELEX_TONES]
    bare = head + vowels + "".join(char for char in tail if char not in _TELEX_TONES)
    if "dd" in bare or re.fullmatch("d.*[^d]d", bare):
        bare = _barred(bare.replace("dd", "d") if "dd" in bare else bare[:-1])
    doubled = re.search(r"([aeo])([iuymnpctgh]*)\1", bare)
    if doubled:
        bare = _circumflexed(bare[: doubled.end() - 1] + bare[doubled.end() :])
    if "w" in bare:
        bare = bare.replace("w", "")
        bare = _horned(bare) if _horned(bare) != bare else _breved(bare)
    return _with_tones(bare, tones)


def _split_at_vowel(word: str) -> tuple[str, str, str]:
    """Where tone keys may begin: s, r and x before the first vowel are consonants."""
    vowel = re.search("[aeiouyw]", word)
    place = vowel.start() if vowel else len(word)
    return word[:place], word[place : place + 1], word[place + 1 :]


def _with_tones(bare: str, tones: list[str]) -> str:
    return _toned(bare, tones[0]) if len(tones) == 1 and _SYLLABLE.fullmatch(bare) else bare


def _barred(bare: str) -> str:
    return bare.replace("d", "đ", 1)


def _circumflexed(bare: str) -> str:
    return re.sub("[aeo](?=[^aeo]*$)", lambda vowel: _marked(vowel.group(), _CIRCUMFLEX), bare, count=1)


def _horned(bare: str) -> str:
    return re.sub("uo|[uo]", lambda vowels: "".join(_marked(vowel, _HORN) for vowel in vowels.group()), bare, count=1)


def _breved(bare: str) -> str:
    return bare.replace("a", "ă", 1)


def _marked(vowel: str, mark: str) -> str:
    return unicodedata.normalize("NFC", vowel + mark)


def one_edit(word: str) -> Iterator[str]:
    """All folded words one slip away: a letter fewer, a letter elsewhere, another letter, a letter more."""
    for place in range(len(word)):
        left, letter, right = word[:place], word[place], word[place + 1 :]
        rest = left + right
        yield rest
        yield from (rest[:other] + letter + rest[other:] for other in range(len(word)))
        yield from (left + other + right for other in _KEYS)
    yield from (word[:place] + other + word[place:] for place in range(len(word) + 1) for other in _KEYS)


_KEYS = "abcdefghijklmnopqrstuvwxyz"
