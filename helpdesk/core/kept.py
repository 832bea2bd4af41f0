"""What was read a moment ago, kept in memory so that the next request need not ask again."""

import time
from collections.abc import Awaitable, Callable, Hashable
from typing import Any, Final, Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Kept(Generic[K, V]):
    """
    Answers by key, each for `seconds`; all are forgotten when there are `most` of them.

    Whoever changes what they are read from calls `forget`; another process sees the change after `seconds`.
    """

    def __init__(self, seconds: float, *, most: int = 2000) -> None:
        self._seconds, self._most = seconds, most
        self._answers: dict[K, tuple[float, V]] = {}
        _ALL.append(self)

    async def get(self, key: K, read: Callable[[], Awaitable[V]]) -> V:
        """The answer to `key`: the one that is kept, else what `read` gives. What it raises is not kept."""
        answers = self._answers
        if (found := answers.get(key)) and time.monotonic() < found[0]:
            return found[1]
        answer = await read()
        if len(answers) >= self._most:
            answers.clear()
        answers[key] = (time.monotonic() + self._seconds, answer)
        return answer

    def forget(self) -> None:
        """Read everything anew; what is being read now, perhaps from before the change, is not kept either."""
        self._answers = {}


_ALL: Final[list[Kept[Any, Any]]] = []


def forget_everything() -> None:
    """Forget what this process keeps of all rooms, as if it had just begun; for tests and measurements."""
    for kept in _ALL:
        kept.forget()
