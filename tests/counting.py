"""Count the questions that a page asks the database."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from helpdesk.core.db import DB


@contextmanager
def counted() -> Iterator[list[str]]:
    """The SQL of every query inside the block."""
    asked: list[str] = []
    real = type(DB).run_querystring

    async def counting(engine: Any, querystring: Any, in_pool: bool = True) -> Any:
        asked.append(str(querystring))
        return await real(engine, querystring, in_pool)

    with patch.object(type(DB), "run_querystring", counting):
        yield asked
