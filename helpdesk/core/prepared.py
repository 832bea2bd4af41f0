"""
Queries that are put together once, and asked with other values each time.

Piccolo takes 60 to 100 µs to build a query and find its words, several times what SQLite needs to answer one by a
key (docs/decisions/0030-quick-pages.md). Only for what many pages ask, and for single values: a list of another
length is another query, and so is the question for nothing (`IS NULL`).

    _TAGS = Prepared(lambda ticket: TicketTag.select(TicketTag.name).where(TicketTag.ticket == ticket))

    rows = await _TAGS(ticket_id)
"""

import inspect
from collections.abc import Callable
from typing import Any

from msgspec import Struct

from helpdesk.core import table
from helpdesk.core.db import DB


class _Place(Struct, frozen=True):
    """Where a value stands that is not known yet."""

    number: int


class Prepared:
    """A query that lacks its values."""

    def __init__(self, build: Callable[..., table.Select[Any]]) -> None:
        self._build = build
        self._words: table._Words | None = None
        self._values: list[Any] = []

    async def __call__(self, *values: object) -> list[dict[str, Any]]:
        """The rows for these values, which are what the columns hold: numbers, texts, moments."""
        words = self._words or self._worded()
        args = [values[one.number] if type(one) is _Place else one for one in self._values]
        return [dict(row) for row in await DB.run_querystring(table._Worded(words, args)) or ()]

    def _worded(self) -> table._Words:
        query = self._build(*map(_Place, range(len(inspect.signature(self._build).parameters))))
        built = query.querystrings[0]
        _, self._values = built.compile_string(engine_type=DB.engine_type)
        self._words = table._words_of(built, self._values, DB.engine_type)
        assert self._words is not None
        return self._words
