"""
One state of a Whoosh index, read and scored.

Whoosh's own matchers take some 20 ms a question; adding up postings that were read before takes one
or two. Postings of a segment never change, so what was read stays good until the segment is merged
away, and a new state of the index reads only what is new in it.
"""

from __future__ import annotations

import contextlib
import math
from array import array
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from heapq import nlargest
from itertools import takewhile
from typing import Any

import msgspec
from msgspec import Struct

from helpdesk.search import streams
from helpdesk.search.document import Hit, IndexDamaged, Terms, Wanted

Postings = tuple["array[int]", "array[float]"]
"""Document numbers, and the weight of a token in each."""

K1, B = 1.2, 0.75
"""BM25's saturation of repeated words and its correction for length."""

PREFERRED = 1.3
"""What a document in the preferred language is worth beside one in another."""

KEPT_POSTINGS = 2_000_000
"""Postings kept in memory per segment, 8 bytes each; beyond, a segment forgets and starts anew."""


class Card(Struct, frozen=True, array_like=True, gc=False):
    """
    What is stored beside the tokens of a document.

    `title` holds its words as `streams.words` gives them, parted by blanks; `lengths` the weight of
    all tokens by stream. Garbage collection need not look into the thousands of them.
    """

    id: str
    kind: str
    lang: str
    audience: str
    boost: float
    updated: float
    title: str
    lengths: tuple[float, ...]


class Segment:
    """What has been read of one part of the index. Parts never change, only which of their documents are deleted."""

    def __init__(self, reader: Any) -> None:
        self.cards: list[Card | None] = [None] * reader.doc_count_all()
        decoder = msgspec.msgpack.Decoder(Card)
        for number, stored in reader.iter_docs():
            self.cards[number] = decoder.decode(stored["card"])
        self.lengths = {
            stream: array("f", (card.lengths[place] if card else 0.0 for card in self.cards))
            for place, stream in enumerate(streams.STREAMS)
        }
        self.titles = _titles(self.cards)
        self.title_words = sorted(self.titles)
        self._frequencies: dict[tuple[str, str], int] = {}
        self._postings: dict[tuple[str, str], Postings] = {}
        self._kept = 0
        self._spellings: dict[str, list[str]] | None = None

    def frequency(self, reader: Any, stream: str, token: str) -> int:
        key = stream, token
        if key not in self._frequencies:
            if len(self._frequencies) > KEPT_POSTINGS // 10:
                self._frequencies.clear()
            with reading():
                self._frequencies[key] = reader.doc_frequency(stream, token)
        return self._frequencies[key]

    def postings(self, reader: Any, stream: str, token: str) -> Postings:
        """Document numbers and the weight of the token in each; `reader` is asked the first time."""
        key = stream, token
        if key not in self._postings:
            if self._kept > KEPT_POSTINGS:
                self._postings.clear()
                self._kept = 0
            with reading():
                self._postings[key] = _read_postings(reader, stream, token)
            self._kept += len(self._postings[key][0])
        return self._postings[key]

    def spellings(self, reader: Any) -> dict[str, list[str]]:
        """All folded words of this part, each with the ways it is written."""
        if self._spellings is None:
            self._spellings = {}
            with reading():
                for word in map(bytes.decode, reader.lexicon("exact")):
                    self._spellings.setdefault(streams.folded_word(word), []).append(word)
        return self._spellings

    def titled(self, beginning: str) -> set[int]:
        """The documents with a title word that begins like this."""
        first = bisect_left(self.title_words, beginning)
        matching = takewhile(lambda word: word.startswith(beginning), self.title_words[first:])
        return {number for word in matching for number in self.titles[word]}


class WhooshView:
    """Implements `document.View` over the segments of one state of the index."""

    def __init__(self, state: tuple[str, int], reader: Any, known: Mapping[str, Segment]) -> None:
        """`state` is the name of the index and its generation, `known` the segments read for an earlier one."""
        self._reader = reader
        self.state = state
        self._parts: list[tuple[Any, Segment, set[int]]] = []
        self.segments: dict[str, Segment] = {}
        for leaf, _ in reader.leaf_readers():
            if leaf.doc_count_all():
                key = f"{state[0]}/{leaf.segment().segment_id()}"
                segment = self.segments[key] = known.get(key) or Segment(leaf)
                self._parts.append((leaf, segment, _deleted(leaf)))
        self._counted = sum(len(segment.cards) for segment in self.segments.values())
        self._mean = {stream: self._mean_length(stream) for stream in streams.STREAMS}

    @property
    def size(self) -> int:
        return self._counted - sum(len(deleted) for _, _, deleted in self._parts)

    def _mean_length(self, stream: str) -> float:
        whole = sum(sum(segment.lengths[stream]) for segment in self.segments.values())
        return whole / self._counted if whole else 1.0

    def close(self) -> None:
        self._reader.close()

    def frequency(self, stream: str, token: str) -> int:
        return sum(segment.frequency(reader, stream, token) for reader, segment, _ in self._parts)

    def near(self, folded: str) -> list[str]:
        known = [segment.spellings(reader) for reader, segment, _ in self._parts]
        found = {word for word in streams.one_edit(folded) if word != folded and any(word in words for words in known)}
        return sorted(found, key=lambda word: (-self.frequency("folded", word), word))

    def spellings(self, folded: str) -> list[str]:
        found = {word for reader, segment, _ in self._parts for word in segment.spellings(reader).get(folded, ())}
        return sorted(found, key=lambda word: (-self.frequency("exact", word), word)) or [folded]

    def search(self, terms: Terms, wanted: Wanted, limit: int) -> list[Hit]:
        best: list[tuple[float, float, str, Card]] = []
        for reader, segment, deleted in self._parts:
            for number, score in self._scores(reader, segment, terms).items():
                card = segment.cards[number]
                if card is not None and number not in deleted and _is_wanted(card, wanted):
                    best.append(_ranked(card, score, wanted))
        return _hits(best, limit)

    def _scores(self, reader: Any, segment: Segment, terms: Terms) -> dict[int, float]:
        """BM25 of every document of a segment that holds any of the terms."""
        scores: dict[int, float] = defaultdict(float)
        for stream, tokens in terms.items():
            lengths = segment.lengths[stream]
            fixed, grows = K1 * (1 - B), K1 * B / self._mean[stream]
            for token, weight in tokens.items():
                gain = weight * (K1 + 1) * self._rarity(stream, token)
                for number, times in zip(*segment.postings(reader, stream, token), strict=True):
                    scores[number] += gain * times / (times + fixed + grows * lengths[number])
        return scores

    def _rarity(self, stream: str, token: str) -> float:
        frequency = self.frequency(stream, token)
        return math.log(1 + (self._counted - frequency + 0.5) / (frequency + 0.5))

    def titled(self, words: Sequence[str], wanted: Wanted, limit: int) -> list[Hit]:
        best: list[tuple[float, float, str, Card]] = []
        *whole, beginning = words
        for _, segment, deleted in self._parts:
            numbers = segment.titled(streams.folded_word(beginning))
            for word in whole:
                numbers &= set(segment.titles.get(streams.folded_word(word), ()))
            for number in numbers - deleted:
                card = segment.cards[number]
                if card is not None and _is_wanted(card, wanted):
                    best.append(_ranked(card, _title_score(card.title.split(), words), wanted))
        return _hits(best, limit)


def _titles(cards: Sequence[Card | None]) -> dict[str, list[int]]:
    """Folded title word → document numbers."""
    found: dict[str, list[int]] = defaultdict(list)
    for number, card in enumerate(cards):
        for word in {streams.folded_word(word) for word in card.title.split()} if card else ():
            found[word].append(number)
    return dict(found)


def _deleted(reader: Any) -> set[int]:
    return set(range(reader.doc_count_all())).difference(reader.all_doc_ids()) if reader.has_deletions() else set()


def _read_postings(reader: Any, stream: str, token: str) -> Postings:
    numbers, weights = array("I"), array("f")
    if (stream, token) in reader:
        matcher = reader.postings(stream, token)
        while matcher.is_active():
            numbers.append(matcher.id())
            weights.append(matcher.weight())
            matcher.next()
    return numbers, weights


def _is_wanted(card: Card, wanted: Wanted) -> bool:
    return (
        card.audience in wanted.audiences
        and (not wanted.kinds or card.kind in wanted.kinds)
        and (not wanted.only_lang or card.lang == wanted.lang)
    )


def _ranked(card: Card, score: float, wanted: Wanted) -> tuple[float, float, str, Card]:
    """For sorting: score, then the newer, then the id, so that equal questions have equal answers."""
    preferred = PREFERRED if card.lang == wanted.lang else 1.0
    return score * card.boost * preferred, card.updated, card.id, card


def _hits(best: list[tuple[float, float, str, Card]], limit: int) -> list[Hit]:
    return [Hit(card.id, card.kind, score) for score, _, _, card in nlargest(limit, best, key=lambda row: row[:3])]


def _title_score(title: Sequence[str], words: Sequence[str]) -> float:
    """How much of the title was typed, and a little for marks that agree."""
    as_typed = sum(any(word.startswith(typed) for word in title) for typed in words)
    return (len(words) / len(title)) + as_typed / len(words)


@contextlib.contextmanager
def reading() -> Iterator[None]:
    """Whoosh meets damaged files with any error there is; to us they all mean the same."""
    try:
        yield
    except Exception as error:
        raise IndexDamaged(f"the search index cannot be read: {error!r}") from error
