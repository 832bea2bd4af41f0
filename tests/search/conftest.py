"""An engine of its own for each test, and a few words to fill it."""

from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import Any

import pytest

from helpdesk.search import find as finding
from helpdesk.search.document import Document, Engine
from helpdesk.search.find import find, open_engine, use
from helpdesk.search.reindex import rebuild

EVERYBODY = frozenset({"public"})


@pytest.fixture
async def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Engine]:
    """In use, and without any index yet."""
    monkeypatch.setattr(finding, "_engine", None)
    monkeypatch.setattr(finding, "_forms", {})
    opened = open_engine("whoosh", tmp_path)
    use(opened)
    yield opened
    await opened.close()


def article(number: int, title: str, body: str = "", **more: Any) -> Document:
    """A public Vietnamese article, unless `more` says otherwise."""
    return Document(
        **{"id": f"article:{number}", "kind": "article", "lang": "vi", "title": title, "body": body, **more}
    )


async def fill(*documents: Document) -> None:
    """A whole new index of these."""
    await rebuild(each(documents), len(documents))


async def each(documents: Iterable[Document]) -> AsyncIterator[Document]:
    for document in documents:
        yield document


async def found(query: str, **more: Any) -> list[str]:
    """The ids of the hits for everybody, best first."""
    return [hit.id for hit in await find(query, **{"audience": EVERYBODY, **more})]
