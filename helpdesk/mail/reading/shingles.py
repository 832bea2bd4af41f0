"""
Words that were said before, recognised wherever they come back.

A letter that answers another repeats it, whatever program wrote it: lines are wrapped anew, marked, stripped
of accents or smart quotes, but the words keep their order. So runs of words are compared, not lines. It works
the same in every language.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence

from msgspec import Struct

from helpdesk.core.text import fold

WORDS = 5  # in a row, that are looked up together
LEAST = 10  # words in a row before they count as repeated: people say "Cảm ơn anh đã hỗ trợ" twice
LONGEST = 200_000  # characters of letters that are compared; the rest counts as new

_ADDRESS = re.compile(r"<?\b(?:https?|mailto|cid):[^\s>\]]{1,2000}>?|\[(?:image|cid):?[^\]]{0,200}\]", re.IGNORECASE)
_MARKS = re.compile(r"^[\s>|]*(?:(?:\d{1,2}[.)]|[-*+•·])\s)?")
_WORD = re.compile(r"[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|[^\W_]+")

Known = frozenset[int]
"""The runs of words of a conversation, and its links, as hashes that only this process understands."""


class Line(Struct, frozen=True):
    """What is known of one line: how many words it has, and how many of them stand in no repeated run."""

    words: int
    new: int
    is_first: bool = False
    """Whether something that was said before begins with it."""
    is_added: bool = False
    """Whether it is only what programs write for a picture or the address of a link: "[cid:…]", "<https://…>"."""

    @property
    def is_repeated(self) -> bool:
        return self.words > 0 and self.new == 0


def known(texts: Iterable[str]) -> Known:
    """The runs of WORDS words in what was said so far; the texts are cut where they are too long together."""
    found: set[int] = set()
    left = LONGEST
    for text in texts:
        words = [word for line in text[:left].split("\n") for word in words_of(line)]
        found.update(_runs(words))
        found.add(_beginning(words))
        found.update(hash(link.strip("<>")) for link in _ADDRESS.findall(text[:left]))
        left -= len(text)
        if left <= 0:
            break
    return frozenset(found)


def repeated(lines: Sequence[str], before: Known) -> list[Line]:
    """
    For each line, how much of it was said before.

    A word counts as said before when it stands in at least LEAST words in a row that were; marks of quotes,
    numbers of lists and addresses of links are no words. A line that is only a link counts as one.
    """
    words: list[str] = []
    counts = []
    left = LONGEST
    for line in lines:
        found = words_of(line) if left > 0 else []
        left -= len(line)
        words += found
        counts.append(len(found))
    is_old = _covered(words, before)
    result, at = [], 0
    for line, count in zip(lines, counts, strict=True):
        new, is_first = count - sum(is_old[at : at + count]), _beginning(words[at : at + WORDS]) in before
        result.append(Line(count, new, is_first) if count else _link(line, before))
        at += count
    return result


def _link(line: str, before: Known) -> Line:
    """A line without words: a link that was sent before or not, what a program added, or nothing."""
    alone = _ADDRESS.fullmatch(_MARKS.sub("", line[:2100], count=1).strip(" *"))
    if alone is None:
        return Line(0, 0)
    if alone[0][0] in "<[":
        return Line(0, 0, is_added=True)
    return Line(1, int(hash(alone[0]) not in before))


def words_of(line: str) -> list[str]:
    """The words of a line without case and accents; each sign by itself where a script has no spaces."""
    bare = _ADDRESS.sub(" ", line)
    return _WORD.findall(fold(unicodedata.normalize("NFKC", _MARKS.sub("", bare, count=1))))


def _runs(words: Sequence[str]) -> list[int]:
    return [hash(tuple(words[at : at + WORDS])) for at in range(len(words) - WORDS + 1)]


def _beginning(words: Sequence[str]) -> int:
    return hash(("", *words[:WORDS]))


def _covered(words: Sequence[str], before: Known) -> list[bool]:
    """Whether each word stands in LEAST words in a row whose every run is known."""
    covered = [False] * len(words)
    is_known = [run in before for run in _runs(words)]
    at = 0
    while at < len(is_known):
        end = at
        while end < len(is_known) and is_known[end]:
            end += 1
        length = end - at + WORDS - 1 if end > at else 0
        if length >= LEAST:
            covered[at : at + length] = [True] * length
        at = end + 1
    return covered
