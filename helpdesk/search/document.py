"""The words between those who search and the engines that find: nothing here knows Whoosh."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol, TypeVar

from msgspec import Struct

T = TypeVar("T")


class Document(Struct, frozen=True, kw_only=True):
    """
    One thing that can be found.

    `id` is `kind:number`, as in "article:12". `title` and `body` are plain text. `boost` multiplies
    the score (1.0 = as found; an accepted answer may have 1.2). `audience` names who may find it:
    "public", "staff" or whatever the searching actor's audiences may hold.
    """

    id: str
    kind: str
    lang: str
    title: str
    body: str
    boost: float = 1.0
    audience: str = "public"
    tags: tuple[str, ...] = ()
    updated: datetime | None = None


class Hit(Struct, frozen=True):
    """One found document, best first; scores compare within one answer only."""

    id: str
    kind: str
    score: float


class Wanted(Struct, frozen=True, kw_only=True):
    """
    Which documents count: their audience is one of `audiences`, their kind one of `kinds` (none = any).

    `lang` is preferred; with `only_lang` the others are left out.
    """

    audiences: frozenset[str]
    kinds: frozenset[str] = frozenset()
    lang: str | None = None
    only_lang: bool = False


Terms = Mapping[str, Mapping[str, float]]
"""What to look for: stream → token → weight."""


class View(Protocol):
    """One unchanging state of an index. Lives on the search thread; nobody keeps it."""

    @property
    def size(self) -> int:
        """How many documents there are."""

    def frequency(self, stream: str, token: str) -> int:
        """How many documents hold this token; deleted ones may still count for a while."""

    def near(self, folded: str) -> list[str]:
        """Known folded words one slip away: a letter more, fewer, other or elsewhere; most frequent first."""

    def spellings(self, folded: str) -> list[str]:
        """How documents write a folded word, with its marks; most frequent first."""

    def search(self, terms: Terms, wanted: Wanted, limit: int) -> list[Hit]:
        """The documents that answer best, by BM25F over all streams."""

    def titled(self, words: Sequence[str], wanted: Wanted, limit: int) -> list[Hit]:
        """The documents whose title holds all `words` (as typed), the last one as a beginning."""


class Build(Protocol):
    """A new index that grows beside the old one."""

    async def add(self, documents: Collection[Document]) -> None:
        """Put these in; each id at most once in the whole build."""

    async def finish(self) -> None:
        """Put the new index in the place of the old one, with all updates made meanwhile."""

    async def abandon(self) -> None:
        """Throw the new index away; the old one stays."""


class Engine(Protocol):
    """Keeps an index on this machine. Another engine need only look like this."""

    async def ask(self, question: Callable[[View], T]) -> T:
        """
        Answer a question on the search thread, from the newest state of the index.

        Raises IndexDamaged when there is none that can be read, SearchBusy when the answer takes too long.
        """

    async def update(self, documents: Iterable[Document], deleted: Iterable[str] = ()) -> None:
        """Replace and delete documents by id; returns when searches on this machine see it. Raises IndexDamaged."""

    async def begin(self) -> Build:
        """Start a new index beside the old one. Raises RebuildRunning while another is being built."""

    async def close(self) -> None:
        """Finish what was begun and let go of threads and files."""


class SearchFailed(Exception):
    """No answer from the index; whoever can, answers from the database."""


class IndexDamaged(SearchFailed):
    """The index is missing or cannot be read: rebuild it."""


class SearchBusy(SearchFailed):
    """Too many questions wait, or one takes too long."""


class RebuildRunning(SearchFailed):
    """Somebody on this machine is building a new index already."""
