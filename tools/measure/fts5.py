"""
The questions of tests/search/quality.py put to SQLite's FTS5: is it worth having as an engine of its own?

    python -m tools.measure.fts5

The same tokens as ours in four columns, any of the question's tokens, FTS5's own BM25. Without what
`search/find.py` adds before: short forms, mended words, dropping of common ones.
"""

import sqlite3
import time
from collections.abc import Sequence
from typing import Final

from helpdesk.core.text import fold
from helpdesk.search.find import WEIGHTS
from helpdesk.search.streams import STREAMS, streams
from tests.search.quality import Question, documents, questions, with_one_typo

FIND: Final = (
    "SELECT id FROM words WHERE words MATCH ? "
    f"ORDER BY bm25(words, 0, {', '.join(str(WEIGHTS[stream]) for stream in STREAMS)}) LIMIT 10"
)


def index(*langs: str) -> sqlite3.Connection:
    """All paragraphs of these languages in memory."""
    connection = sqlite3.connect(":memory:")
    tokenizer = "unicode61 remove_diacritics 0 tokenchars '_'"
    connection.execute(
        f'CREATE VIRTUAL TABLE words USING fts5 (id UNINDEXED, {", ".join(STREAMS)}, tokenize = "{tokenizer}")'
    )
    for document in documents(*langs):
        found = streams(document.body)
        columns = [" ".join(map(_plain, found[stream])) for stream in STREAMS]
        connection.execute("INSERT INTO words VALUES (?, ?, ?, ?, ?)", [document.id, *columns])
    return connection


def answer(connection: sqlite3.Connection, question: str) -> list[str]:
    """The ids of the ten best."""
    found = streams(question)
    asked = [f'{stream} : "{_plain(token)}"' for stream in STREAMS for token in dict.fromkeys(found[stream])]
    return [row[0] for row in connection.execute(FIND, [" OR ".join(asked)])]


def score(connection: sqlite3.Connection, asked: Sequence[Question]) -> str:
    """Recall at one and five, mean reciprocal rank, and milliseconds for one question."""
    began = time.perf_counter()
    found = [answer(connection, question.text) for question in asked]
    spent = (time.perf_counter() - began) / len(asked) * 1000
    places = [
        next((place for place, hit in enumerate(hits, 1) if hit in question.answers), 0)
        for question, hits in zip(asked, found, strict=True)
    ]
    first, five = (sum(0 < place <= most for place in places) / len(places) for most in (1, 5))
    mrr = sum(1 / place for place in places if place) / len(places)
    return f"{first:6.3f} {five:6.3f} {mrr:7.3f} {spent:6.1f}"


def _plain(token: str) -> str:
    """What the tokenizer leaves in one piece: marks of Vietnamese stay letters, points and apostrophes go."""
    return "".join(letter for letter in token if letter.isalnum() or letter == "_")


def main() -> None:
    print(f"{'questions':<34} {'R@1':>6} {'R@5':>6} {'MRR@10':>7} {'ms':>6}")
    for langs in (("vi",), ("en",), ("vi", "en")):
        print(f"-- {' + '.join(langs)}")
        connection = index(*langs)
        for lang in langs:
            for name, typed in (("as written", str), ("without marks", fold), ("one typo", with_one_typo)):
                print(f"{lang + ', ' + name:<34} {score(connection, questions(lang, typed))}")


if __name__ == "__main__":
    main()
