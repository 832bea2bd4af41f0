"""What a search answers: hits of all kinds, verified by the rooms that keep them, ready to be shown."""

import logging
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Final

from markupsafe import Markup
from msgspec import Struct

from helpdesk.core.actor import Actor
from helpdesk.core.clock import now
from helpdesk.core.text import fold
from helpdesk.jobs.queue import enqueue
from helpdesk.search import find, sources
from helpdesk.search.document import Hit, IndexDamaged, SearchFailed
from helpdesk.search.sources import Card
from helpdesk.web.language import localised

log = logging.getLogger(__name__)

MOST: Final = 100
"""Hits that are looked at; nobody goes on to the eleventh page."""
PAGE_SIZE: Final = 10
RELEVANT: Final = 0.3
"""The share of the best score under which a hit has hardly more than a common word in common."""
MOST_SUGGESTED: Final = 6
EXCERPT: Final = 220
TELL_AGAIN_AFTER: Final = timedelta(minutes=5)


class Found(Struct, frozen=True):
    """One line of results."""

    kind: str
    kind_name: str
    icon: str
    number: int
    score: float
    card: Card
    url: str
    query: str

    @property
    def title(self) -> Markup:
        """The title, the words that were searched for marked."""
        return find.highlight(self.card.title, self.query, limit=len(self.card.title))

    @property
    def excerpt(self) -> Markup:
        """The part of the text that says most about the query, its words marked."""
        return find.highlight(self.card.text, self.query, EXCERPT)


class Facet(Struct, frozen=True):
    """How many results are of a kind; no kind stands for all of them."""

    kind: str
    name: str
    count: int


class Results(Struct, frozen=True):
    """One page of results. `pages` is how many there are; `meant` is the query as it was perhaps meant."""

    query: str
    kind: str
    total: int
    page: int
    pages: int
    rows: list[Found]
    facets: list[Facet]
    meant: str | None
    unaccented: str | None


async def results(actor: Actor, query: str, *, lang: str, kind: str = "", page: int = 1) -> Results:
    """A page of what answers the query, readers of `lang` in mind."""
    found = _relevant(await hits(actor, query, lang=lang, limit=MOST))
    wanted = [hit for hit in found if kind in {"", hit.kind}]
    pages = max(1, -(-len(wanted) // PAGE_SIZE))
    page = min(max(page, 1), pages)
    bare = fold(query)
    return Results(
        query=query,
        kind=kind,
        total=len(wanted),
        page=page,
        pages=pages,
        rows=await rows(actor, wanted[(page - 1) * PAGE_SIZE : page * PAGE_SIZE], query),
        facets=_facets(found),
        meant=await _meant(actor, query),
        unaccented=bare if bare != query.lower() else None,
    )


async def suggestions(actor: Actor, query: str, *, lang: str) -> list[Found]:
    """A few titles for whoever is still typing."""
    try:
        found = await find.suggest(query, audience=_audience(actor), lang=lang, limit=MOST_SUGGESTED)
    except SearchFailed as failure:
        await _report(failure)
        found = await _by_the_rooms(actor, query, sources.every(), MOST_SUGGESTED)
    return await rows(actor, found, query)


async def answers(actor: Actor, text: str, *, lang: str, limit: int = 3) -> list[Found]:
    """What may answer a request that is being written: public things that have much in common with it."""
    found = await hits(actor, text, lang=lang, kinds=[source.kind for source in _indexed()], limit=limit)
    return await rows(actor, _relevant(found), text)


async def hits(
    actor: Actor, query: str, *, lang: str | None, only_lang: bool = False, kinds: Collection[str] = (), limit: int
) -> list[Hit]:
    """
    The best hits of all kinds, or of some; without an index those whose titles hold the words.

    Only the rooms know whether the actor may see each one: ask `rows`.
    """
    asked = [source for source in sources.every() if not kinds or source.kind in kinds]
    indexed = [source for source in _indexed() if source in asked]
    elsewhere = [source for source in asked if source not in indexed]
    found: list[Hit] = []
    try:
        if indexed:
            found = await find.find(
                query,
                audience=_audience(actor),
                lang=lang,
                only_lang=only_lang,
                kinds={source.kind for source in indexed},
                limit=limit,
            )
    except SearchFailed as failure:
        await _report(failure)
        elsewhere = asked
    return (found + await _by_the_rooms(actor, query, elsewhere, limit))[:limit]


async def rows(actor: Actor, found: Sequence[Hit], query: str) -> list[Found]:
    """Those of the hits that the actor may see, in their order, as their rooms show them."""
    cards: dict[str, Card] = {}
    for source in sources.every():
        numbers = [sources.number(hit.id) for hit in found if hit.kind == source.kind]
        if numbers:
            shown = await source.cards(actor, numbers)
            cards |= {sources.key(source.kind, number): card for number, card in shown.items()}
    return [_found(hit, cards[hit.id], query) for hit in found if hit.id in cards]


def _found(hit: Hit, card: Card, query: str) -> Found:
    source = sources.of(hit.kind)
    return Found(
        kind=hit.kind,
        kind_name=str(source.name),
        icon="circle-check-big" if card.solved else source.icon,
        number=sources.number(hit.id),
        score=hit.score,
        card=card,
        url=localised(card.url),
        query=query,
    )


def _facets(found: Sequence[Hit]) -> list[Facet]:
    """How many there are of each kind of which there are any."""
    counts = {source.kind: sum(hit.kind == source.kind for hit in found) for source in sources.every()}
    return [Facet(kind, str(sources.of(kind).name), count) for kind, count in counts.items() if count]


def _relevant(found: list[Hit]) -> list[Hit]:
    """
    Without the tail that shares hardly more than one common word with the query.

    What a room finds by itself has all the words and no score to compare: it stays.
    """
    scored = {source.kind for source in _indexed()}
    best = max((hit.score for hit in found if hit.kind in scored), default=0.0)
    return [hit for hit in found if hit.kind not in scored or hit.score >= RELEVANT * best]


def _audience(actor: Actor) -> frozenset[str]:
    return frozenset({"public", "staff"} if actor.is_agent else {"public"})


def _indexed() -> list[sources.Source]:
    return [source for source in sources.every() if source.document is not None]


async def _by_the_rooms(actor: Actor, query: str, asked: Sequence[sources.Source], limit: int) -> list[Hit]:
    """What the rooms find in the database by themselves."""
    found: list[Hit] = []
    for source in asked:
        numbers = await source.search(actor, query, limit)
        found += [Hit(sources.key(source.kind, number), source.kind, 1.0) for number in numbers]
    return found[:limit]


async def _meant(actor: Actor, query: str) -> str | None:
    try:
        return await find.did_you_mean(query, audience=_audience(actor))
    except SearchFailed:
        return None


class _Trouble:
    """When the search was last found failing, so that one failure is told once."""

    told_at: datetime | None = None


async def _report(failure: SearchFailed) -> None:
    """Tell the log that titles alone were searched, and owe a new index where there is none."""
    if _Trouble.told_at is not None and now() - _Trouble.told_at < TELL_AGAIN_AFTER:
        return
    _Trouble.told_at = now()
    log.warning("the search answers from titles alone: %s", failure)
    if isinstance(failure, IndexDamaged):
        try:
            await enqueue(sources.mend, {}, key="search-index")
        except Exception:  # a full disk must not take the results away; the index is owed at the next start as well
            log.exception("a new search index could not be owed")


def forget_all() -> None:
    """Tell the next failure at once; for tests."""
    _Trouble.told_at = None
