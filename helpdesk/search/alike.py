"""What else there is on the same matter: what the search finds by a thing's own title."""

from functools import partial
from typing import Final

from helpdesk.core.kept import Kept
from helpdesk.search import find, sources
from helpdesk.search.document import SearchFailed

KEPT_SECONDS: Final = 600.0
"""The pages that show it are read far more often than written."""

_kept: Final = Kept[tuple[str, int, str], list[int]]("alike", KEPT_SECONDS)


async def alike(kind: str, number: int, title: str, lang: str, *, most: int, only_lang: bool = False) -> list[int]:
    """The numbers of up to `most` others of this kind, the closest first; none while there is no index to ask."""
    ask = partial(_ask, kind, title, lang, most + 1, only_lang=only_lang)
    try:
        found = await _kept.get((kind, number, title), ask)
    except SearchFailed:
        return []
    return [other for other in found if other != number][:most]


async def _ask(kind: str, title: str, lang: str, limit: int, *, only_lang: bool) -> list[int]:
    hits = await find.find(
        title, audience=frozenset({"public"}), lang=lang, only_lang=only_lang, kinds={kind}, limit=limit
    )
    return [sources.number(hit.id) for hit in hits]
