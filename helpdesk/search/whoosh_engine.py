"""
The index in Whoosh files: one for all processes of a machine.

Whoosh keeps the tokens, merges them and survives kill -9; whoosh_view.py reads and adds up.

On disk, below the folder that the engine is given:

    whoosh-3.54-1/current          the name of the index that answers
    whoosh-3.54-1/index-5f…/       an index
    whoosh-3.54-1/late             updates made while a new index is being built, one a line
    whoosh-3.54-1/write, build     locks; the system frees them when their process dies

Another version of Whoosh or of the streams looks into another folder, finds nothing and says so.
Whoosh unpickles what it reads: the folder must belong to us alone.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import shutil
import threading
import time
import uuid
from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import whoosh
from msgspec import Struct
from whoosh import fields, formats
from whoosh.filedb.filestore import FileStorage
from whoosh.index import FileIndex, open_dir
from whoosh.query.compound import Or
from whoosh.query.terms import Term

from helpdesk.search import streams
from helpdesk.search.document import Document, IndexDamaged, RebuildRunning, SearchBusy, View
from helpdesk.search.whoosh_view import Card, WhooshView, reading

T = TypeVar("T")
log = logging.getLogger(__name__)

QUEUE = 64
"""Questions that may wait for the search thread; more are turned away at once."""

POOL = 3
"""Megabytes of tokens that are sorted at a time: sorting holds the interpreter, and with it all requests."""

PARTS = 8
"""Segments more than which are worth merging, when there is time."""


class WhooshEngine:
    """Implements `document.Engine`."""

    def __init__(self, folder: Path, *, seconds: float = 5.0) -> None:
        """`folder` is made when needed. A question that takes longer than `seconds` is given up."""
        self._place = _Place(folder)
        self._seconds = seconds
        self._asking = ThreadPoolExecutor(1, "search")
        self._waiting = 0
        self._view: WhooshView | None = None
        self._writer = _Writer(self._place)

    async def ask(self, question: Callable[[View], T]) -> T:
        """See `document.Engine`."""
        if self._waiting >= QUEUE:
            raise SearchBusy(f"{QUEUE} searches are waiting")
        self._waiting += 1
        try:
            async with asyncio.timeout(self._seconds):
                return await asyncio.get_running_loop().run_in_executor(self._asking, self._answer, question)
        except TimeoutError:
            raise SearchBusy(f"no answer within {self._seconds:g} seconds") from None
        finally:
            self._waiting -= 1

    async def update(self, documents: Iterable[Document], deleted: Iterable[str] = ()) -> None:
        """See `document.Engine`. Updates that come while another is written go together into the next one."""
        await asyncio.wrap_future(self._writer.submit(_Update(list(documents), list(deleted))))

    async def begin(self) -> _Build:
        """See `document.Engine`."""
        return await asyncio.to_thread(_Build, self._place)

    async def close(self) -> None:
        """See `document.Engine`."""
        await asyncio.to_thread(self._writer.close)
        self._asking.submit(self._forget)
        await asyncio.to_thread(self._asking.shutdown)

    def _answer(self, question: Callable[[View], T]) -> T:
        """On the search thread, where nobody else uses the old view when a new one takes its place."""
        view = self._place.newest(self._view)
        if view is not self._view:
            self._forget()
            self._view = view
        return question(view)

    def _forget(self) -> None:
        if self._view is not None:
            self._view.close()
            self._view = None


class _Ready(fields.FieldType):
    """A field of ready tokens with their weights. Whoosh pickles it into the index: it must stay importable."""

    def __init__(self) -> None:
        self.format = formats.Existence()

    def index(self, value: Mapping[str, float], **_: Any) -> Generator[tuple[bytes, int, float, bytes]]:
        for token, weight in value.items():
            yield token.encode(), 1, float(weight), b""


class _Update(Struct):
    documents: list[Document]
    deleted: list[str]


def _schema() -> fields.Schema:
    ready = {stream: _Ready() for stream in streams.STREAMS}
    return fields.Schema(id=fields.ID(unique=True), card=fields.STORED, **ready)


def _add(writer: Any, document: Document) -> None:
    tokens = streams.tokens(document)
    card = Card(
        id=document.id,
        kind=document.kind,
        lang=document.lang,
        audience=document.audience,
        boost=document.boost,
        updated=document.updated.timestamp() if document.updated else 0.0,
        title=" ".join(streams.words(document.title)),
        lengths=tuple(sum(tokens[stream].values()) for stream in streams.STREAMS),
    )
    writer.add_document(id=document.id, card=msgspec.msgpack.encode(card), **tokens)


def _apply(index: FileIndex, updates: Sequence[_Update]) -> int:
    """
    Write updates in one commit, the last word on each id winning (Whoosh would keep both).

    Nothing is merged, so it is seen at once; returns how many segments there are now.
    """
    last: dict[str, Document | None] = {}
    for update in updates:
        last |= dict.fromkeys(update.deleted)
        last |= {document.id: document for document in update.documents}
    writer: Any = index.writer(limitmb=POOL)
    try:
        writer.delete_by_query(Or([Term("id", key) for key in last]))
        for document in last.values():
            if document is not None:
                _add(writer, document)
    except BaseException:
        writer.cancel()
        raise
    writer.commit(merge=False)
    return len(writer.segments) + 1


class _Place:
    """The folder on disk, and who may do what in it when."""

    def __init__(self, folder: Path) -> None:
        release = ".".join(str(part) for part in whoosh.__version__[:2])
        self.path = folder / f"whoosh-{release}-{streams.VERSION}"
        self.late = self.path / "late"
        self._current = self.path / "current"
        self._index: tuple[str, FileIndex] | None = None
        self._damaged = ""

    def name(self) -> str:
        """The name of the index that answers now."""
        try:
            return self._current.read_text()
        except OSError as error:
            raise IndexDamaged("there is no search index yet") from error

    def newest(self, old: WhooshView | None) -> WhooshView:
        """
        The newest state: `old` itself, or a new view that takes over what `old` has read.

        An index found damaged is not tried again: until a new one takes its place, the answer comes at once.
        """
        for pause in (0.02, 0.1, 0):
            name = self.name()
            if name == self._damaged:
                raise IndexDamaged("the search index cannot be read")
            try:
                return self._newest(name, old)
            except Exception as error:
                # Whoosh meets damage with any error there is. But the index may have been swapped
                # just now, or its parts merged, by another thread or process: look again.
                problem = error
                time.sleep(pause)
        self._damaged = name
        raise IndexDamaged(f"the search index cannot be read: {problem!r}") from problem

    def _newest(self, name: str, old: WhooshView | None) -> WhooshView:
        index = self.index(name)
        state = name, index.latest_generation()
        if old is not None and old.state == state:
            return old
        return WhooshView(state, index.reader(), old.segments if old else {})

    def index(self, name: str) -> FileIndex:
        """The index of that name, opened once; for the search thread."""
        if self._index is None or self._index[0] != name:
            self._index = name, open_dir(str(self.path / name))
        return self._index[1]

    def new(self) -> tuple[str, FileIndex]:
        name = f"index-{uuid.uuid4().hex}"
        (self.path / name).mkdir()
        return name, FileIndex.create(FileStorage(str(self.path / name)), _schema())

    def swap(self, name: str) -> None:
        """Let `name` answer from now on and sweep all others, whose readers keep their open files."""
        fresh = self.path / f"{name}.current"
        fresh.write_text(name)
        os.replace(fresh, self._current)
        for other in self.path.glob("index-*"):
            if other.name != name:
                shutil.rmtree(other, ignore_errors=True)
        for older in self.path.parent.glob("whoosh-*"):
            if older != self.path:
                shutil.rmtree(older, ignore_errors=True)

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        """Wait until nobody else on this machine writes."""
        lock = self.lock("write")
        lock.acquire(blocking=True)
        try:
            yield
        finally:
            lock.release()

    def lock(self, name: str) -> Any:
        self.path.mkdir(parents=True, exist_ok=True)
        return FileStorage(str(self.path)).lock(name)


class _Writer:
    """One thread that writes; what comes while it writes goes together into the next commit."""

    def __init__(self, place: _Place) -> None:
        self._place = place
        self._thread = ThreadPoolExecutor(1, "search-writer")
        self._guard = threading.Lock()
        self._owed: list[tuple[_Update, Future[None]]] = []
        self._segments = 0

    def submit(self, update: _Update) -> Future[None]:
        done: Future[None] = Future()
        with self._guard:
            self._owed.append((update, done))
        self._thread.submit(self._write)
        return done

    def close(self) -> None:
        self._thread.shutdown()

    def _write(self) -> None:
        with self._guard:
            batch = [(update, done) for update, done in self._owed if done.set_running_or_notify_cancel()]
            self._owed.clear()
        if not batch:
            return
        try:
            self._commit([update for update, _ in batch])
        except Exception as error:
            # Whoever waits for the update learns of it and tries again.
            for _, done in batch:
                done.set_exception(error)
        else:
            for _, done in batch:
                done.set_result(None)
            self._merge()

    def _commit(self, updates: list[_Update]) -> None:
        with self._place.writing():
            if _Build.is_running(self._place):
                with self._place.late.open("ab") as late:
                    late.writelines(msgspec.json.encode(update) + b"\n" for update in updates)
            name = self._place.name()
            with reading():
                self._segments = _apply(open_dir(str(self._place.path / name)), updates)

    def _merge(self) -> None:
        """Merge small segments after those who waited have been told; while others wait, only when it presses."""
        if self._segments <= (3 * PARTS if self._owed else PARTS):
            return
        self._segments = 0
        try:
            with self._place.writing():
                open_dir(str(self._place.path / self._place.name())).writer(limitmb=POOL).commit()
        except Exception:
            # All that is lost is speed; whether the index is damaged the next search finds out.
            log.exception("segments of the search index could not be merged")


class _Build:
    """Implements `document.Build`: an index of its own, which takes over when it is whole."""

    def __init__(self, place: _Place) -> None:
        self._place = place
        self._lock = place.lock("build")
        with place.writing():
            if not self._lock.acquire():
                raise RebuildRunning("a new search index is being built already")
            place.late.write_bytes(b"")
        self._name, self._index = place.new()
        self._writer: Any = self._index.writer(limitmb=POOL)
        self._seen: set[str] = set()

    @staticmethod
    def is_running(place: _Place) -> bool:
        """Whether a process that still lives builds: the lock of a dead one is free. Ask while `writing`."""
        lock = place.lock("build")
        if lock.acquire():
            lock.release()
            return False
        return True

    async def add(self, documents: Collection[Document]) -> None:
        """See `document.Build`."""
        await asyncio.to_thread(self._add, documents)

    async def finish(self) -> None:
        """See `document.Build`."""
        await asyncio.to_thread(self._finish)

    async def abandon(self) -> None:
        """See `document.Build`."""
        await asyncio.to_thread(self._abandon)

    def _add(self, documents: Collection[Document]) -> None:
        for document in documents:
            if document.id not in self._seen:
                self._seen.add(document.id)
                _add(self._writer, document)

    def _finish(self) -> None:
        self._writer.commit()
        with self._place.writing():
            decoder = msgspec.json.Decoder(_Update)
            late = [decoder.decode(line) for line in self._place.late.read_bytes().splitlines()]
            if late:
                _apply(self._index, late)
            self._place.swap(self._name)
            self._lock.release()

    def _abandon(self) -> None:
        if not self._writer.is_closed:
            self._writer.cancel()
        shutil.rmtree(self._place.path / self._name, ignore_errors=True)
        self._lock.release()
