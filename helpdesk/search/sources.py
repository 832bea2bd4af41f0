"""
Where what is found comes from: each room says how its things are shown, and how they get into the index.

`wiring.py` fills the list. The search knows numbers and words; whether somebody may see a thing,
the room that keeps it decides each time anew.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterable
from contextlib import suppress
from datetime import datetime
from typing import Final

from msgspec import Struct

from helpdesk.core.actor import Actor
from helpdesk.i18n.catalogue import Phrase
from helpdesk.search import find, reindex
from helpdesk.search.document import Document, IndexDamaged, RebuildRunning


class Card(Struct, frozen=True, kw_only=True):
    """
    A thing as a line of results.

    `url` is its path without a language; `text` its words, of which results show a part; `meta` what
    else to say, such as its category; `solved` whether it holds an accepted answer.
    """

    title: str
    url: str
    text: str
    lang: str
    meta: tuple[str, ...] = ()
    updated: datetime | None = None
    solved: bool = False


class Source(Struct, frozen=True, kw_only=True):
    """
    One kind of thing that can be found.

    `cards` gives those of the numbers that the actor may see. `search` finds in the database: without an
    index, or instead of one where the kind has none. `document` is what the index holds of a thing, None
    for one that nobody shall find; `documents` are all of them, `count` about how many.
    """

    kind: str
    name: Phrase
    icon: str
    cards: Callable[[Actor, Collection[int]], Awaitable[dict[int, Card]]]
    search: Callable[[Actor, str, int], Awaitable[list[int]]]
    document: Callable[[int], Awaitable[Document | None]] | None = None
    documents: Callable[[], AsyncIterator[Document]] | None = None
    count: Callable[[], Awaitable[int]] | None = None


Progress = Callable[[int, int], None]

_sources: Final[dict[str, Source]] = {}


def connect(sources: Iterable[Source]) -> None:
    """Learn what can be found; called once, by the roof, when the process starts."""
    _sources.clear()
    _sources.update({source.kind: source for source in sources})


def every() -> list[Source]:
    """In the order in which results name them."""
    return list(_sources.values())


def of(kind: str) -> Source:
    """Raises KeyError for a kind that nobody keeps."""
    return _sources[kind]


def key(kind: str, number: int) -> str:
    """What the index calls a thing."""
    return f"{kind}:{number}"


def number(key: str) -> int:
    """The number in such a key."""
    return int(key.partition(":")[2])


async def refresh(kind: str, number: int) -> None:
    """Bring one thing in the index up to date with the database; a missing index is built from everything."""
    source = of(kind)
    assert source.document is not None, f"{kind} is not kept in the index"
    document = await source.document(number)
    try:
        await find.engine().update([document] if document else [], [] if document else [key(kind, number)])
    except IndexDamaged:
        await mend()


async def mend() -> None:
    """A job: build the index anew, unless somebody on this machine is at it, who reads what we would read."""
    with suppress(RebuildRunning):
        await rebuild()


async def rebuild(progress: Progress = lambda done, total: None) -> int:
    """
    Build the index anew from all that can be found; how many documents it holds.

    `progress` hears how many of how many are done. Raises RebuildRunning as `reindex.rebuild` does.
    """
    return await reindex.rebuild(everything(), await total(), progress)


async def everything() -> AsyncIterator[Document]:
    """All documents of all kinds."""
    for source in every():
        if source.documents is not None:
            async for document in source.documents():
                yield document


async def total() -> int:
    """About how many there are."""
    return sum([await source.count() for source in every() if source.count is not None])
