"""Bells: what a process of this machine has just written calls those who wait for it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Final

from helpdesk.core.board import Mark

LISTEN_EVERY_SECONDS: Final = 0.05

Call = Callable[[], None]


class Bell:
    """
    Heard at once in this process, and a moment later in the others of this machine that are `listening`.

    It may ring unheard, so whoever must miss nothing also looks by themselves from time to time.
    """

    def __init__(self, name: str) -> None:
        self._calls: set[Call] = set()
        self._mark = Mark(f"bell: {name}")
        _ALL.append(self)

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
        self._mark.set()
        self._call()

    def listen(self) -> None:
        """Call everybody if it rang in another process."""
        if self._mark.is_new():
            self._call()

    def _call(self) -> None:
        for call in tuple(self._calls):
            call()


class NumberedBell:
    """A bell that says which, such as a ticket. Two rings at the same moment may be heard elsewhere as the last one."""

    def __init__(self, name: str, call: Callable[[int], None], *, places: int = 16) -> None:
        self._call = call
        self._marks = [Mark(f"bell: {name} {place}") for place in range(places)]
        _ALL.append(self)

    def ring(self, number: int) -> None:
        self._marks[number % len(self._marks)].set(number)
        self._call(number)

    def listen(self) -> None:
        """Call for each number that was rung in another process; none is 0."""
        for mark in self._marks:
            if mark.is_new() and mark.number:
                self._call(mark.number)


_ALL: Final[list[Bell | NumberedBell]] = []


@asynccontextmanager
async def listening() -> AsyncIterator[None]:
    """Hear what rings in other processes while the block runs."""
    task = asyncio.create_task(_listen())
    try:
        yield
    finally:
        task.cancel()


async def _listen() -> None:
    while True:
        for bell in _ALL:
            bell.listen()
        await asyncio.sleep(LISTEN_EVERY_SECONDS)
