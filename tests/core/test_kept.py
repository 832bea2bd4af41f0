import asyncio
from functools import partial

import pytest

from helpdesk.core.kept import Kept

pytestmark = pytest.mark.once


class Source:
    """Something to read, and how often it was read."""

    def __init__(self) -> None:
        self.word, self.times = "old", 0

    async def read(self) -> str:
        self.times += 1
        word = self.word
        await asyncio.sleep(0)
        return word


async def test_an_answer_is_read_once_and_kept_for_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    source, kept = Source(), Kept[int, str]("test", 5)
    moment = 100.0
    monkeypatch.setattr("time.monotonic", lambda: moment)

    assert [await kept.get(1, source.read) for _ in range(3)] == ["old"] * 3
    assert source.times == 1

    moment += 5
    source.word = "new"
    assert await kept.get(1, source.read) == "new"


async def test_every_key_has_an_answer_of_its_own() -> None:
    async def double(number: int) -> int:
        return 2 * number

    kept = Kept[int, int]("test", 5)

    assert [await kept.get(number, partial(double, number)) for number in (1, 2, 1)] == [2, 4, 2]


async def test_what_is_forgotten_is_read_anew() -> None:
    source, kept = Source(), Kept[int, str]("test", 5)
    await kept.get(1, source.read)
    source.word = "new"

    kept.forget()

    assert await kept.get(1, source.read) == "new"


async def test_what_was_being_read_during_a_change_is_not_kept() -> None:
    source, kept = Source(), Kept[int, str]("test", 5)
    reading = asyncio.create_task(kept.get(1, source.read))
    await asyncio.sleep(0)
    source.word = "new"

    kept.forget()

    assert await reading == "old"
    assert await kept.get(1, source.read) == "new"


async def test_a_failure_is_not_kept() -> None:
    async def fail() -> str:
        raise LookupError

    source, kept = Source(), Kept[int, str]("test", 5)
    with pytest.raises(LookupError):
        await kept.get(1, fail)

    assert await kept.get(1, source.read) == "old"


async def test_no_more_are_kept_than_allowed() -> None:
    source, kept = Source(), Kept[int, str]("test", 5, most=2)

    for key in (1, 2, 3, 1):
        await kept.get(key, source.read)

    assert source.times == 4
