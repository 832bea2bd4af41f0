"""The one clock of the house. Nothing else reads the time, so tests can pretend it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime


def _system() -> datetime:
    return datetime.now(UTC)


_source: Callable[[], datetime] = _system


def now() -> datetime:
    """This moment, aware, in UTC."""
    return _source()


@contextmanager
def pretend(source: Callable[[], datetime]) -> Iterator[None]:
    """Let `source` tell the time for a while; for tests and for loading the demo."""
    global _source
    before, _source = _source, source
    try:
        yield
    finally:
        _source = before
