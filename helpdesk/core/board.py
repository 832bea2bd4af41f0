"""
A board that all processes on this machine see: one chalks up that something changed, the others notice.

It is a page of memory behind a small file in the data folder. It says that something is new, of what at most a number;
processes of other machines do not see it, so whoever must miss nothing also looks by themselves from time to time.
"""

import mmap
import os
from functools import cache
from typing import Final
from zlib import crc32

from helpdesk.core.config import config

PLACES: Final = 512
"""Two marks that share a place tell of each other's changes too, which does no harm."""
_BYTES: Final = 8


class Mark:
    """A place on the board, the same for everybody who names it so."""

    def __init__(self, name: str) -> None:
        self._place = crc32(name.encode()) % PLACES
        self._seen = 0

    @property
    def number(self) -> int:
        """What it was set to when we looked last."""
        return self._seen >> 32

    def set(self, number: int = 0) -> None:
        """Let the others know, perhaps of what by a number below 2**32; to us it is nothing new."""
        self._seen = _board()[self._place] = number << 32 | int.from_bytes(os.urandom(4))

    def is_new(self) -> bool:
        """Whether another process has set it since we looked last, or set it ourselves."""
        before, self._seen = self._seen, _board()[self._place]
        return before != self._seen


@cache
def _board() -> memoryview:
    """The board; one of our own when there can be no file, because the disk is full or may not be written."""
    try:
        memory = _mapped()
    except OSError:
        memory = mmap.mmap(-1, PLACES * _BYTES)
    return memoryview(memory).cast("Q")


def _mapped() -> mmap.mmap:
    """The file as memory. It is written whole first: a page that has no room on the disk would end the process."""
    folder = config().data_dir
    folder.mkdir(parents=True, exist_ok=True)
    file = os.open(folder / "board", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        size = os.fstat(file).st_size
        os.pwrite(file, bytes(max(0, PLACES * _BYTES - size)), size)
        return mmap.mmap(file, PLACES * _BYTES)
    finally:
        os.close(file)
