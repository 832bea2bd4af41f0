"""What every test stands on: a real database, the whole application over its front door, a clock to pretend."""

import os
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from helpdesk.search.document import Engine
    from tests.factories import Desk


class Clock:
    """A clock that stands still until it is moved. It begins on a Friday morning in Vietnam."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 11, 20, 3, 24, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.moment

    def set(self, text: str) -> None:
        """To a moment such as `2026-11-20 10:24+07:00`."""
        self.moment = datetime.fromisoformat(text).astimezone(UTC)

    def go(self, **amount: float) -> None:
        """On by `minutes=5`, `hours=1`, `days=2`."""
        self.moment += timedelta(**amount)


@pytest.fixture(autouse=True)
def _files_for_everybody() -> None:
    """The program hides its files from others (`__main__`); run within a test, it would hide those of all tests."""
    os.umask(0o022)


@pytest.fixture
def clock() -> Iterator[Clock]:
    from helpdesk.core.clock import pretend

    clock = Clock()
    with pretend(clock):
        yield clock


@pytest.fixture(scope="session")
async def _migrated() -> AsyncIterator[None]:
    from helpdesk import schema
    from helpdesk.core import db
    from helpdesk.wiring import wire

    await db.open_database()
    await schema.migrate()
    wire()
    yield
    await db.close_database()


@pytest.fixture
async def database(_migrated: None) -> None:
    """An empty, migrated database, and nothing remembered from the test before."""
    from tests import emptying

    await emptying.everything()


@pytest.fixture
async def desk(database: None, clock: Clock) -> AsyncIterator["Desk"]:
    """A company with people and departments to make, and browsers to look at it with."""
    from tests.factories import Desk

    async with Desk(clock) as desk:
        yield desk


@pytest.fixture
async def index(database: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator["Engine"]:
    """A search index of its own, empty at first, in use instead of the one that all tests share."""
    from helpdesk.search import find

    engine = find.open_engine("whoosh", tmp_path)
    monkeypatch.setattr(find, "_engine", engine)
    yield engine
    await engine.close()
