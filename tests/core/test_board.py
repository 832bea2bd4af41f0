"""What one process tells the others of its machine: by the board, and by what stands on it."""

import asyncio
import sys
from pathlib import Path
from unittest.mock import patch

import pytest

from helpdesk.core import board
from helpdesk.core.bell import LISTEN_EVERY_SECONDS, Bell, NumberedBell, listening
from helpdesk.core.board import Mark
from helpdesk.core.config import Config
from helpdesk.core.kept import Kept

pytestmark = pytest.mark.once

ELSEWHERE = """
from helpdesk.core.bell import Bell
from helpdesk.core.kept import Kept

Bell("of the test").ring()
Kept("of the test", 5).forget()
"""


async def test_another_process_rings_once_and_what_it_forgets_is_read_anew() -> None:
    bell, other, heard = Bell("of the test"), Bell("of another test"), asyncio.Semaphore(0)
    kept, words = Kept[int, str]("of the test", 60), iter(("old", "new"))

    async def read() -> str:
        return next(words)

    for one in (bell, other):
        one.listen()
        one.calls(heard.release)
    assert [await kept.get(1, read) for _ in range(2)] == ["old", "old"]

    another = await asyncio.create_subprocess_exec(sys.executable, "-c", ELSEWHERE)
    assert await another.wait() == 0
    async with asyncio.timeout(30), listening():
        await heard.acquire()
        await asyncio.sleep(3 * LISTEN_EVERY_SECONDS)

    assert heard.locked()
    assert await kept.get(1, read) == "new"


def test_a_mark_is_news_to_others_once_and_never_to_whoever_set_it() -> None:
    ours, theirs, another = Mark("of a mark"), Mark("of a mark"), Mark("of another")
    for mark in (ours, theirs, another):
        mark.is_new()

    ours.set()

    assert [mark.is_new() for mark in (ours, theirs, theirs, another)] == [False, True, False, False]


def test_a_numbered_bell_says_which_to_others_once() -> None:
    here, there = list[int](), list[int]()
    ours = NumberedBell("of numbers", here.append)
    theirs = NumberedBell("of numbers", there.append)
    for bell in (ours, theirs):
        bell.listen()
    there.clear()
    here.clear()

    ours.ring(7)
    ours.ring(8)
    for bell in (ours, theirs, theirs):
        bell.listen()

    assert here == there == [7, 8]


def test_where_no_file_can_be_a_process_has_a_board_of_its_own() -> None:
    with patch.object(board, "config", lambda: Config(data_dir=Path("/dev/null/nowhere"))):
        assert board._board.__wrapped__()[:2].tolist() == [0, 0]
