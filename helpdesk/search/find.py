"""
Find: a question as people type it → hits, by whatever engine keeps the index.

The engine adds up; what is asked of it is decided here, for all engines alike: short forms are
spelled out, words nobody wrote are mended, words that stand everywhere are dropped.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import TypeVar

from markupsafe import Markup, escape

from helpdesk.core.text import looks_vietnamese
from helpdesk.search import streams
from helpdesk.search.document import Engine, Hit, Terms, View, Wanted
from helpdesk.search.whoosh_engine import WhooshEngine

T = TypeVar("T")

WEIGHTS = {"exact": 1.0, "folded": 1.0, "pairs": 1.0, "stem": 1.5}
"""What a match in each stream is worth; chosen with tests/search/quality.py."""

COMMON = 0.1
"""A word in this share of all documents says nothing …"""

FEW = 1000
"""… unless so few documents hold it that looking costs nothing."""

RAREST = 2
"""So many words of each stream are always asked for, common or not."""

MENDED, SPELLED_OUT = 0.7, 0.5
"""What a word is worth that we guessed, or put in for another."""

LONGEST = 64
"""Words of a question that count; nobody reads an answer to more."""

Slot = dict[str, float]
"""What may stand in one place of a question: word → weight."""

ShortForms = Mapping[str, str]
"""Short form → what it stands for; several meanings are parted by commas."""

_engine: Engine | None = None
_forms: dict[str, list[str]] = {}


def use(engine: Engine, short_forms: ShortForms | None = None) -> None:
    """Search with this engine from now on; `short_forms` of a site add to ours and win over them."""
    global _engine, _forms
    _engine = engine
    _forms = _both_ways({**_own_short_forms(), **(short_forms or {})})


def engine() -> Engine:
    """The engine in use."""
    assert _engine is not None, "find.use(engine) comes first"
    return _engine


def open_engine(name: str, data_dir: Path) -> Engine:
    """The engine called `name`, with its index in `data_dir`/search. Raises LookupError for a name we do not know."""
    if name != "whoosh":
        raise LookupError(f"no search engine is called {name!r}")
    return WhooshEngine(data_dir / "search")


async def find(
    query: str,
    *,
    audience: frozenset[str],
    lang: str | None = None,
    only_lang: bool = False,
    kinds: Collection[str] = (),
    limit: int = 10,
) -> list[Hit]:
    """
    The documents that answer `query` best, of those one of `audience` may find.

    `lang` is preferred, with `only_lang` the only one; no `kinds` means all. Empty when nothing
    matches. Raises IndexDamaged and SearchBusy, both SearchFailed.
    """
    wanted = Wanted(audiences=audience, kinds=frozenset(kinds), lang=lang, only_lang=only_lang)
    return await engine().ask(lambda view: answer(view, query, wanted, limit))


async def suggest(
    prefix: str,
    *,
    audience: frozenset[str],
    lang: str | None = None,
    kinds: Collection[str] = (),
    limit: int = 6,
) -> list[Hit]:
    """
    While somebody types: documents whose title holds the words so far, the last one unfinished.

    Begins with the second letter; when no title fits, whatever `find` would give. Raises as `find` does.
    """
    words = streams.words(prefix)[:LONGEST]
    if sum(map(len, words)) < 2:
        return []
    wanted = Wanted(audiences=audience, kinds=frozenset(kinds), lang=lang)
    return await engine().ask(lambda view: view.titled(words, wanted, limit) or answer(view, prefix, wanted, limit))


async def did_you_mean(query: str, *, audience: frozenset[str]) -> str | None:
    """
    The query with those words mended that stand in no document, or None when there is nothing to mend.

    Never tells a word that one of `audience` could not find. Raises as `find` does.
    """
    wanted = Wanted(audiences=audience)
    return await engine().ask(lambda view: _mended_query(view, query, wanted))


def answer(view: View, query: str, wanted: Wanted, limit: int) -> list[Hit]:
    """What `find` does once it has a view of the index."""
    phrases = _phrases(view, streams.words(query)[:LONGEST])
    terms = _terms(phrases, english=not looks_vietnamese(query))
    return view.search(_pruned(view, terms), wanted, limit)


# From words to what the engine is asked for


def _phrases(view: View, words: list[str]) -> list[list[Slot]]:
    """The question itself, mended, and then what its short forms stand for."""
    asked = [slot for slot, _ in _mended(view, words)]
    spelled_out = [[{word: SPELLED_OUT} for word in streams.words(other)] for other in _other_forms(words)]
    return [asked, *spelled_out]


def _terms(phrases: list[list[Slot]], *, english: bool) -> Terms:
    """The tokens of all streams; only what may be `english` has stems."""
    found: dict[str, dict[str, float]] = {stream: {} for stream in streams.STREAMS}
    for phrase in phrases:
        for stream, token, weight in _tokens(phrase, english):
            found[stream][token] = max(weight * WEIGHTS[stream], found[stream].get(token, 0.0))
    return found


def _tokens(phrase: list[Slot], english: bool) -> Iterator[tuple[str, str, float]]:
    folded = [{streams.folded_word(word): weight for word, weight in slot.items()} for slot in phrase]
    for slot, bare in zip(phrase, folded, strict=True):
        for word, weight in slot.items():
            yield "exact", word, weight
        for word, weight in bare.items():
            yield "folded", word, weight
            if english:
                yield "stem", streams.stem(word), weight
    for left, right in pairwise(folded):
        for one, weight in left.items():
            for two, other in right.items():
                yield "pairs", f"{one}_{two}", weight * other


def _pruned(view: View, terms: Terms) -> Terms:
    """
    Without tokens that no document holds, and without those that so many hold that they say nothing.

    Keeps long questions fast where documents are many; where they are few, nothing is dropped.
    """
    common = max(FEW, COMMON * view.size)
    kept: dict[str, dict[str, float]] = {}
    for stream, tokens in terms.items():
        known = [(view.frequency(stream, token), token) for token in tokens]
        rarest = sorted(item for item in known if item[0])
        kept[stream] = {
            token: tokens[token] for place, (times, token) in enumerate(rarest) if times <= common or place < RAREST
        }
    return kept


def _mended(view: View, words: Sequence[str]) -> list[tuple[Slot, str]]:
    """For each word what may stand in its place, and how we would write it; the same word where it is known."""
    slots: list[tuple[Slot, str]] = []
    for place, word in enumerate(words):
        bare = streams.folded_word(word)
        if view.frequency("folded", bare) or word in _forms:
            slots.append(({word: 1.0}, word))
        else:
            around = words[place - 1] if place else "", words[place + 1] if place + 1 < len(words) else ""
            slots += _guesses(view, word, *map(streams.folded_word, around))
    return slots


def _guesses(view: View, word: str, before: str, after: str) -> list[tuple[Slot, str]]:
    """A word that no document holds: keyboard leftovers, two words run together, or one wrong letter."""
    bare = streams.folded_word(word)
    meant = streams.as_meant(word)
    if meant and view.frequency("folded", streams.folded_word(meant)):
        return [({meant: 1.0}, meant)]
    if not bare.isalpha() or len(bare) < 3:
        return [({word: 1.0}, word)]

    def likely(guess: str) -> tuple[int, int]:
        beside = view.frequency("pairs", f"{before}_{guess}") + view.frequency("pairs", f"{guess}_{after}")
        return beside, view.frequency("folded", guess)

    near = sorted(view.near(bare)[:20], key=likely, reverse=True)[:3]
    if near:
        return [(dict.fromkeys(near, MENDED), _written(view, near[0], word))]
    parts = [(bare[:cut], bare[cut:]) for cut in range(2, len(bare) - 1)]
    times, one, two = max(((view.frequency("pairs", f"{a}_{b}"), a, b) for a, b in parts), default=(0, "", ""))
    if times:
        return [({one: MENDED}, _written(view, one, word)), ({two: MENDED}, _written(view, two, word))]
    return [({word: 1.0}, word)]


def _written(view: View, folded: str, typed: str) -> str:
    """The commonest spelling of a folded word, or the one most like what was typed with marks."""
    spellings = view.spellings(folded)
    if typed.isascii():
        return spellings[0]
    return max(spellings, key=lambda spelling: SequenceMatcher(None, spelling, typed).ratio())


def _mended_query(view: View, query: str, wanted: Wanted) -> str | None:
    words = streams.words(query)[:LONGEST]
    mended = [written for _, written in _mended(view, words)]
    new = [streams.folded_word(word) for word in mended if word not in words]
    return " ".join(mended) if new and all(view.search({"folded": {word: 1.0}}, wanted, 1) for word in new) else None


# Short forms


def _both_ways(forms: ShortForms) -> dict[str, list[str]]:
    """The key of each form → the others it may stand for. Long forms of one word do not lead back: too many do."""
    table: dict[str, list[str]] = {}
    for short, meanings in forms.items():
        for meaning in map(str.strip, meanings.split(",")):
            table.setdefault(_form_key(streams.words(short)), []).append(meaning)
            if " " in meaning:
                table.setdefault(_form_key(streams.words(meaning)), []).append(short)
    return table


def _form_key(words: Sequence[str]) -> str:
    """One word as it is typed (đt is not dt), runs of words without marks."""
    return words[0] if len(words) == 1 else " ".join(map(streams.folded_word, words))


@cache
def _own_short_forms() -> dict[str, str]:
    lines = (Path(__file__).parent / "short_forms.txt").read_text("utf-8").splitlines()
    pairs = [line.partition("=") for line in lines if line and not line.startswith("#")]
    return {short.strip(): long.strip() for short, _, long in pairs}


def _other_forms(words: Sequence[str]) -> Iterator[str]:
    """What stands for any word, or run of up to six words, of a question."""
    for size in range(1, 7):
        for start in range(len(words) - size + 1):
            yield from _forms.get(_form_key(words[start : start + size]), ())


# Showing what was found


def highlight(text: str, query: str, limit: int = 200) -> Markup:
    """
    The part of a plain text, at most some `limit` characters, that says most about `query`, its words in <mark>.

    Words typed without marks are found with any; with marks, in that spelling where the text has
    it. The rest is escaped. Line breaks become spaces.
    """
    line = " ".join(streams.composed(text).split())
    marked = _marked_words(line, query)
    start, end = _best_part(line, marked, limit)
    shown = [(left, right) for left, right, _ in marked if left >= start and right <= end]
    return Markup("").join(
        [
            "…" if start else "",
            *_with_marks(line, start, end, _joined(line, shown)),
            "…" if end < len(line) else "",
        ]
    )


def _marked_words(line: str, query: str) -> list[tuple[int, int, str]]:
    spans = list(streams.spans(line))
    held = {word for _, _, word in spans}
    asked = [word for word in streams.words(query) if len(word) > 1 or word.isdigit()]
    exact = {word for word in asked if word in held and word != streams.folded_word(word)}
    folded = {streams.folded_word(word) for word in asked if word not in exact}
    stems = set() if looks_vietnamese(query) else {streams.stem(word) for word in folded}

    def is_asked(word: str) -> bool:
        bare = streams.folded_word(word)
        return word in exact or bare in folded or streams.stem(bare) in stems

    return [(left, right, word) for left, right, word in spans if is_asked(word)]


def _best_part(line: str, marked: list[tuple[int, int, str]], limit: int) -> tuple[int, int]:
    """The stretch with the most different marked words, cut between words, some of the text before the first."""
    if len(line) <= limit:
        return 0, len(line)
    lead = limit // 5

    def worth(first: int) -> int:
        return len({word for left, right, word in marked if left >= first and right <= first + limit - lead})

    first = max((left for left, _, _ in marked), key=worth, default=0)
    wish = min(max(0, first - lead), len(line) - limit)
    start = 0 if wish == 0 else line.find(" ", wish, first) + 1 or first
    end = len(line) if start + limit >= len(line) else line.rfind(" ", start, start + limit + 1)
    return start, end if end > start else start + limit


def _joined(line: str, spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Marked neighbours become one mark: <mark>đổi trả</mark>."""
    joined: list[tuple[int, int]] = []
    for left, right in spans:
        if joined and line[joined[-1][1] : left].isspace():
            joined[-1] = joined[-1][0], right
        else:
            joined.append((left, right))
    return joined


def _with_marks(line: str, start: int, end: int, spans: list[tuple[int, int]]) -> Iterator[Markup]:
    for left, right in spans:
        yield escape(line[start:left])
        yield Markup("<mark>%s</mark>") % line[left:right]
        start = right
    yield escape(line[start:end])
