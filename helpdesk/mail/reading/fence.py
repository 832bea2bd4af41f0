"""
Letters are read behind a fence: in child processes with little memory and little time.

A child holds no secret and no connection. When it dies or takes too long, it is replaced, and the
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
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import LifoQueue
from typing import IO

import msgspec

from helpdesk.mail.reading.letter import Letter
from helpdesk.mail.reading.parse import parse, parse_head
from helpdesk.mail.reading.quotes import Split, split

MEMORY = 300 * 1024 * 1024  # bytes of address space
SECONDS = 5.0  # for one letter
CHILDREN = 2
IDLE_SECONDS = 60.0  # then a child that nobody asks ends
START_SECONDS = 30.0  # for the child to begin, on a busy machine
LETTERS_A_CHILD = 1000  # then a new one, so that memory in pieces does not add up

_LENGTH = struct.Struct(">I")
_ROOT = Path(__file__).resolve().parents[3]


class _Task(msgspec.Struct, array_like=True):
    """What the child is asked: to parse `raw`, or where there is none, to split `text` and `html`."""

    raw: bytes | None = None
    text: str = ""
    html: str = ""
    before: tuple[str, ...] = ()


class _Lost(Exception):
    """The child died, was stopped, or spoke nonsense."""


class Fence:
    """
    A few children, each with one letter at a time, so that a bad letter never holds those behind it.

    A child is started when a letter finds no other free, and ends when it has had nothing to do for a while.
    """

    def __init__(
        self, *, children: int = CHILDREN, memory: int = MEMORY, seconds: float = SECONDS, idle: float = IDLE_SECONDS
    ) -> None:
        self._children = [_Child(memory, seconds, idle) for _ in range(children)]
        self._free: LifoQueue[_Child] = LifoQueue()  # the last one used is the next: a quiet desk keeps one
        for child in reversed(self._children):
            self._free.put(child)
        self._executor = ThreadPoolExecutor(max_workers=children, thread_name_prefix="mail-fence")
        atexit.register(self.close)

    async def parse(self, raw: bytes) -> Letter:
        """The letter, or what its headers say with the remark `not-understood`."""
        try:
            return msgspec.msgpack.decode(await self._ask(_Task(raw=raw)), type=Letter)
        except (_Lost, msgspec.DecodeError):
            return parse_head(raw, "not-understood")

    async def split(self, text: str, html: str = "", before: Sequence[str] = ()) -> Split:
        """The new words of a letter; all of them count as new when the child fails."""
        try:
            answer = await self._ask(_Task(text=text, html=html, before=tuple(before)))
            return msgspec.msgpack.decode(answer, type=Split)
        except (_Lost, msgspec.DecodeError):
            return Split(text, "")

    def close(self) -> None:
        """Stop the children and wait for their end. The next letter starts a new one."""
        for child in self._children:
            child.close()

    def pids(self) -> list[int]:
        """The processes that stand ready or are at work."""
        return [pid for child in self._children if (pid := child.pid)]

    async def _ask(self, task: _Task) -> bytes:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._executor, self._ask_now, msgspec.msgpack.encode(task))

    def _ask_now(self, question: bytes) -> bytes:
        """Runs in a thread of its own; there are as many of those as children, so one is always free."""
        child = self._free.get()
        try:
            return child.ask(question)
        finally:
            self._free.put(child)


class _Child:
    """One child process and the one thread that talks to it at a time."""

    def __init__(self, memory: int, seconds: float, idle: float) -> None:
        self._memory = memory
        self._seconds = seconds
        self._idle = idle
        self._process: subprocess.Popen[bytes] | None = None
        self._letters = 0
        self._asked = 0
        self._in_use = threading.Lock()

    @property
    def pid(self) -> int | None:
        process = self._process
        return process.pid if process and process.poll() is None else None

    def ask(self, question: bytes) -> bytes:
        """Its answer. Raises `_Lost` when it died of the question or took too long."""
        with self._in_use:
            if self._process is None or self._process.poll() is not None or self._letters >= LETTERS_A_CHILD:
                self._end()
                self._process, self._letters = self._start(), 0
                self._watch(self._asked)
            self._letters += 1
            self._asked += 1
            process = self._process
            try:
                return _limited(process, self._seconds, lambda: _exchange(process, question))
            except _Lost:
                self._end()
                raise

    def close(self) -> None:
        """Stop it, at once even while it is at work."""
        process = self._process
        if process is not None:
            process.kill()
        with self._in_use:
            self._end()

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.communicate()

    def _watch(self, asked: int) -> None:
        """Look in a while whether anything was asked since, and end the child when nothing was."""
        watch = threading.Timer(self._idle, self._look, (asked, self._process))
        watch.daemon = True
        watch.start()

    def _look(self, asked: int, process: subprocess.Popen[bytes]) -> None:
        with self._in_use:
            if self._process is not process:
                return
            if self._asked == asked:
                self._end()
            else:
                self._watch(self._asked)

    def _start(self) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(  # noqa: S603  our own module, no word of it from outside
            [sys.executable, "-m", "helpdesk.mail.reading.fence", str(self._memory)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={"PYTHONPATH": str(_ROOT), "PATH": os.environ.get("PATH", ""), "LANG": "C.UTF-8"},
            start_new_session=True,  # a Ctrl-C at the terminal is for the parent
        )
        try:
            _limited(process, START_SECONDS, lambda: _receive(_pipe(process.stdout)))
        except _Lost:
            process.kill()
            process.communicate()
            raise
        return process


_default = Fence()


async def parse_fenced(raw: bytes) -> Letter:
    """`parse(raw)` behind the fence of this process."""
    return await _default.parse(raw)


async def split_fenced(text: str, html: str = "", before: Sequence[str] = ()) -> Split:
    """`split(text, html, before)` behind the fence of this process."""
    return await _default.split(text, html, before)


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
        answer = split(task.text, task.html, task.before) if task.raw is None else parse(task.raw)
        _send(sink, msgspec.msgpack.encode(answer))


if __name__ == "__main__":
    _serve(int(sys.argv[1]))
