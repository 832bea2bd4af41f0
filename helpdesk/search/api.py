"""The search for machines: the same hits, verified for whoever asks."""

from typing import Literal

from litestar import get
from msgspec import Struct

from helpdesk.core.config import config
from helpdesk.i18n.reader import Lang, reading
from helpdesk.search import queries
from helpdesk.web.actor import CurrentActor, FromQuery
from helpdesk.web.language import localised


class HitOut(Struct, frozen=True):
    """`score` compares within one answer only."""

    kind: str
    id: int
    title: str
    url: str
    score: float


class Hits(Struct, frozen=True):
    hits: list[HitOut]


@get("/search", tags=["Search"])
async def search(
    actor: CurrentActor,
    q: FromQuery[str] = "",
    lang: FromQuery[Lang | None] = None,
    kind: FromQuery[Literal["article", "topic", "ticket"] | None] = None,
    limit: FromQuery[int] = 10,
) -> Hits:
    """The best hits, as far as the one who asks may see them. With `lang` only those in that language."""
    found = await queries.hits(
        actor,
        q,
        lang=lang or reading.get().lang,
        only_lang=lang is not None,
        kinds=[kind] if kind else [],
        limit=max(1, min(limit, queries.MOST)),
    )
    base = config().base_url.rstrip("/")
    return Hits(
        [
            HitOut(row.kind, row.number, row.card.title, base + localised(row.card.url, row.card.lang), row.score)
            for row in await queries.rows(actor, found, q)
        ]
    )
