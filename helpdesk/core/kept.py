"""What was read a moment ago, kept in memory so that the next request need not ask again."""

import time
from collections.abc import Awaitable, Callable, Hashable
from typing import Any, Final, Generic, TypeVar

from helpdesk.core.board import Mark

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Kept(Generic[K, V]):
    """
    Answers by key, each for `seconds`; all are forgotten when there are `most` of them.

    Whoever changes what they are read from calls `forget`, for all processes of this machine that keep them by the
    same name; one of another machine sees the change after `seconds`.
    """

    def __init__(self, name: str, seconds: float, *, most: int = 2000) -> None:
        self._seconds, self._most = seconds, most
        self._answers: dict[K, tuple[float, V]] = {}
        self._changed = Mark(f"kept: {name}")
        _ALL.append(self)

    async def get(self, key: K, read: Callable[[], Awaitable[V]]) -> V:
        """The answer to `key`: the one that is kept, else what `read` gives. What it raises is not kept."""
        if self._changed.is_new():
            self._answers = {}
        answers = self._answers
        if (found := answers.get(key)) and time.monotonic() < found[0]:
            return found[1]
        answer = await read()
        if len(answers) >= self._most:
            answers.clear()
        answers[key] = (time.monotonic() + self._seconds, answer)
        return answer

    def keep(self, key: K, answer: V) -> None:
        """Take this for the answer to `key`, as if it had been read just now."""
        if len(self._answers) >= self._most:
            self._answers.clear()
        self._answers[key] = (time.monotonic() + self._seconds, answer)

    def peek(self, key: K) -> V | None:
        """The answer that is kept; None for none."""
        if self._changed.is_new():
            self._answers = {}
        found = self._answers.get(key)
        return found[1] if found and time.monotonic() < found[0] else None

    def forget(self) -> None:
        """Read everything anew; what is being read now, perhaps from before the change, is not kept either."""
        self._answers = {}
        self._changed.set()


_ALL: Final[list[Kept[Any, Any]]] = []


def forget_everything() -> None:
    """Forget what this process keeps of all rooms, as if it had just begun; for tests and measurements."""
    for kept in _ALL:
        kept.forget()
