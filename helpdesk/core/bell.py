"""Bells: what this process has just written calls those who wait for it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

Call = Callable[[], None]


class Bell:
    """Heard in this process only, so whoever must miss nothing also looks by themselves from time to time."""

    def __init__(self) -> None:
        self._calls: set[Call] = set()

    def calls(self, call: Call) -> None:
        """Call `call` at every ring from now on."""
        self._calls.add(call)

    @contextmanager
    def calling(self, call: Call) -> Iterator[None]:
        """Call `call` at every ring while the block runs."""
        self._calls.add(call)
        try:
            yield
        finally:
            self._calls.discard(call)

    def ring(self) -> None:
        for call in tuple(self._calls):
            call()
