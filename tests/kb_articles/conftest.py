"""A search index of its own for each test, empty at first."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from helpdesk.search import find as finding
from helpdesk.search.document import Engine
from kb.articles import feedback, related


@pytest.fixture
async def index(database: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Engine]:
    """In use instead of the one that all processes of the machine share."""
    engine = finding.open_engine("whoosh", tmp_path)
    monkeypatch.setattr(finding, "_engine", engine)
    yield engine
    await engine.close()


@pytest.fixture(autouse=True)
def nothing_remembered() -> None:
    """No reading counted and no neighbour remembered from the test before."""
    related.forget_all()
    feedback.forget_all()
