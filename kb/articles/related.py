"""What to read next: articles that the search finds by an article's own title."""

from datetime import datetime, timedelta
from typing import Final

from helpdesk.core.clock import now
from helpdesk.search import find, sources
from helpdesk.search.document import SearchFailed
from kb.articles.queries import Line, Read, lines

MOST: Final = 4
KEPT_FOR: Final = timedelta(minutes=10)
_MOST_KEPT: Final = 2000

_kept: Final[dict[tuple[int, int], tuple[datetime, list[int]]]] = {}


async def related(article: Read) -> list[Line]:
    """Up to MOST others in the same language, the closest first; none while there is no index to ask."""
    return (await lines(await _ids(article), article.lang))[:MOST]


async def _ids(article: Read) -> list[int]:
    """Their numbers, remembered for a while: this page is read far more often than written."""
    key = article.id, article.version
    kept = _kept.get(key)
    if kept is not None and now() - kept[0] < KEPT_FOR:
        return kept[1]
    try:
        hits = await find.find(
            article.title,
            audience=frozenset({"public"}),
            lang=article.lang,
            only_lang=True,
            kinds={"article"},
            limit=MOST + 1,
        )
    except SearchFailed:
        return []
    if len(_kept) >= _MOST_KEPT:
        _kept.clear()
    ids = [sources.number(hit.id) for hit in hits]
    _kept[key] = now(), [number for number in ids if number != article.id]
    return _kept[key][1]


def forget_all() -> None:
    """Ask the search anew at the next reading."""
    _kept.clear()
