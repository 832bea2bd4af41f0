"""
Letters are read behind a fence: in a child process with little memory and little time.

The child holds no secret and no connection. When it dies or takes too long, it is replaced, and the
letter is known by its headers only; the bytes are kept elsewhere, so nothing is lost.
"""

import asyncio
import atexit
import os
import resource
import struct
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO

import msgspec

from helpdesk.mail.letter import Letter
from helpdesk.mail.parse import parse, parse_head
from helpdesk.mail.quotes import Split, split

MEMORY = 300 * 1024 * 1024  # bytes of address space
SECONDS = 5.0  # for one letter
START_SECONDS = 30.0  # for the child to begin, on a busy machine
LETTERS_A_CHILD = 1000  # then a new one, so that memory in pieces does not add up

_LENGTH = struct.Struct(">I")
_ROOT = Path(__file__).resolve().parents[2]


class _Task(msgspec.Struct, array_like=True):
    """What the child is asked: to parse `raw`, or where there is none, to split `text` and `html`."""

    raw: bytes | None = None
    text: str = ""
    html: str = ""


class _Lost(Exception):
    """The child died, was stopped, or spoke nonsense."""


class Fence:
    """One child process, one letter at a time. Started with the first letter, closed with `close()`."""

    def __init__(self, *, memory: int = MEMORY, seconds: float = SECONDS) -> None:
        self._memory = memory
        self._seconds = seconds
        self._child: subprocess.Popen[bytes] | None = None
        self._letters = 0
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="mail-fence")
        atexit.register(self.close)

    async def parse(self, raw: bytes) -> Letter:
        """The letter, or what its headers say with the remark `not-understood`."""
        try:
            return msgspec.msgpack.decode(await self._ask(_Task(raw=raw)), type=Letter)
        except (_Lost, msgspec.DecodeError):
            return parse_head(raw, "not-understood")

    async def split(self, text: str, html: str = "") -> Split:
        """The new words of a letter; all of them count as new when the child fails."""
        try:
            return msgspec.msgpack.decode(await self._ask(_Task(text=text, html=html)), type=Split)
        except (_Lost, msgspec.DecodeError):
            return Split(text, "")

    def close(self) -> None:
        """Stop the child and wait for its end. The next letter starts a new one."""
        child, self._child = self._child, None
        if child is not None:
            child.kill()
            child.communicate()

    async def _ask(self, task: _Task) -> bytes:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._executor, self._ask_now, msgspec.msgpack.encode(task))

    def _ask_now(self, question: bytes) -> bytes:
        """Runs in the one thread of this fence, so the pipes belong to it alone."""
        if self._child is None or self._child.poll() is not None or self._letters >= LETTERS_A_CHILD:
            self.close()
            self._child, self._letters = self._start(), 0
        self._letters += 1
        child = self._child
        try:
            return _limited(child, self._seconds, lambda: _exchange(child, question))
        except _Lost:
            self.close()
            raise

    def _start(self) -> subprocess.Popen[bytes]:
        child = subprocess.Popen(  # noqa: S603  our own module, no word of it from outside
            [sys.executable, "-m", "helpdesk.mail.fence", str(self._memory)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={"PYTHONPATH": str(_ROOT), "PATH": os.environ.get("PATH", ""), "LANG": "C.UTF-8"},
            start_new_session=True,  # a Ctrl-C at the terminal is for the parent
        )
        try:
            _limited(child, START_SECONDS, lambda: _receive(_pipe(child.stdout)))
        except _Lost:
            child.kill()
            child.communicate()
            raise
        return child


_default = Fence()


async def parse_fenced(raw: bytes) -> Letter:
    """`parse(raw)` behind the fence of this process."""
    return await _default.parse(raw)


async def split_fenced(text: str, html: str = "") -> Split:
    """`split(text, html)` behind the fence of this process."""
    return await _default.split(text, html)


def _limited(child: subprocess.Popen[bytes], seconds: float, work: Callable[[], bytes]) -> bytes:
    """Do what talks to the child; its death, which also ends waiting for it, comes after `seconds`."""
    watchdog = threading.Timer(seconds, child.kill)
    watchdog.daemon = True
    watchdog.start()
    try:
        return work()
    except OSError as broken:
        raise _Lost from broken
    finally:
        watchdog.cancel()


def _exchange(child: subprocess.Popen[bytes], question: bytes) -> bytes:
    _send(_pipe(child.stdin), question)
    return _receive(_pipe(child.stdout))


def _pipe(stream: IO[bytes] | None) -> IO[bytes]:
    assert stream is not None
    return stream


def _send(stream: IO[bytes], data: bytes) -> None:
    stream.write(_LENGTH.pack(len(data)))
    stream.write(data)
    stream.flush()


def _receive(stream: IO[bytes]) -> bytes:
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        raise _Lost
    length = _LENGTH.unpack(head)[0]
    data = stream.read(length)
    if len(data) < length:
        raise _Lost
    return data


def _serve(memory: int) -> None:
    """The child: answer until the parent closes the pipe. Out of memory means the end of it."""
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    _send(sink, b"ready")
    while True:
        try:
            task = msgspec.msgpack.decode(_receive(source), type=_Task)
        except _Lost:
            return
        answer = split(task.text, task.html) if task.raw is None else parse(task.raw)
        _send(sink, msgspec.msgpack.encode(answer))


if __name__ == "__main__":
    _serve(int(sys.argv[1]))
