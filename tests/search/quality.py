"""
How well the search finds: XQuAD's paragraphs as articles, its questions as people might type them.

    python -m tests.search.quality

prints the table for Vietnamese and English, alone and in one index. R@k: share of questions whose
paragraph is among the first k; MRR: mean of 1/place, nothing beyond the tenth.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterable
from pathlib import Path
from typing import Any

from msgspec import Struct

from helpdesk.core.text import fold
from helpdesk.search.document import Document
from helpdesk.search.find import find, open_engine, use
from helpdesk.search.reindex import rebuild

CASES = Path(__file__).parent.parent / "cases" / "search"
EVERYBODY = frozenset({"public"})


class Question(Struct, frozen=True):
    text: str
    answers: frozenset[str]


class Score(Struct, frozen=True):
    """Shares from 0 to 1, and milliseconds a question from asking to answer."""

    first: float
    five: float
    mrr: float
    milliseconds: float


def documents(*langs: str) -> list[Document]:
    """The paragraphs of these languages, the first words standing in for no title at all."""
    return [
        Document(id=f"article:{lang}-{key}", kind="article", lang=lang, title="", body=body)
        for lang in langs
        for key, body in _cases(lang)["docs"].items()
    ]


def questions(lang: str, typed: Callable[[str], str] = str) -> list[Question]:
    """All questions of a language, as `typed` changes them."""
    return [
        Question(typed(row["q"]), frozenset(f"article:{lang}-{key}" for key in row["rel"]))
        for row in _cases(lang)["queries"]
    ]


def with_one_typo(text: str) -> str:
    """One letter of one word of four or more swapped, lost, doubled or mistaken; the same text, the same typo."""
    dice = random.Random(text)
    words = text.split()
    place = dice.choice([place for place, word in enumerate(words) if len(word) > 3] or range(len(words)))
    word = words[place]
    at = dice.randrange(1, max(2, len(word) - 1))
    other = dice.choice("abcdefghiklmnopqrstuvxy")
    words[place] = dice.choice(
        [
            word[:at] + word[at + 1 :],
            word[:at] + word[at : at + 1] + word[at:],
            word[:at] + other + word[at + 1 :],
            word[: at - 1] + word[at : at + 1] + word[at - 1 : at] + word[at + 1 :],
        ]
    )
    return " ".join(words)


async def measure(asked: Iterable[Question], lang: str | None = None) -> Score:
    """Ask the engine in use all these questions."""
    places: list[int] = []
    began = time.perf_counter()
    for question in asked:
        hits = await find(question.text, audience=EVERYBODY, lang=lang)
        places.append(next((place for place, hit in enumerate(hits, 1) if hit.id in question.answers), 0))
    spent = time.perf_counter() - began
    return Score(
        first=_share(place == 1 for place in places),
        five=_share(1 <= place <= 5 for place in places),
        mrr=sum(1 / place for place in places if place) / len(places),
        milliseconds=spent / len(places) * 1000,
    )


async def load(folder: Path, *langs: str) -> float:
    """Build an index of these languages in `folder` and use it; returns the seconds it took."""
    use(open_engine("whoosh", folder))
    found = documents(*langs)
    began = time.perf_counter()
    await rebuild(_each(found), len(found))
    return time.perf_counter() - began


async def table() -> None:
    """Print how each way of typing fares."""
    print(f"{'questions':<34} {'R@1':>6} {'R@5':>6} {'MRR@10':>7} {'ms':>6}")
    for langs in (("vi",), ("en",), ("vi", "en")):
        with tempfile.TemporaryDirectory() as folder:
            seconds = await load(Path(folder), *langs)
            print(f"-- {' + '.join(langs)}: {240 * len(langs)} paragraphs, built in {seconds:.1f} s")
            for lang in langs:
                for name, typed in (("as written", str), ("without marks", fold), ("one typo", with_one_typo)):
                    score = await measure(questions(lang, typed))
                    print(
                        f"{lang + ', ' + name:<34} {score.first:6.3f} {score.five:6.3f} {score.mrr:7.3f} "
                        f"{score.milliseconds:6.1f}"
                    )


async def _each(found: list[Document]) -> AsyncIterator[Document]:
    for document in found:
        yield document


def _share(hits: Iterable[bool]) -> float:
    counted = list(hits)
    return sum(counted) / len(counted)


def _cases(lang: str) -> Any:
    return json.loads((CASES / f"xquad_{lang}.json").read_text("utf-8"))


if __name__ == "__main__":
    sys.exit(asyncio.run(table()))
