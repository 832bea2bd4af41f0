"""What else was asked: topics that the search finds by a topic's own title."""

from datetime import datetime, timedelta
from typing import Final

from helpdesk.core.clock import now
from helpdesk.search import find, sources
from helpdesk.search.document import SearchFailed
from kb.forum.documents import KIND
from kb.forum.queries import Line, TopicRead, lines

MOST: Final = 5
KEPT_FOR: Final = timedelta(minutes=10)
_MOST_KEPT: Final = 2000

_kept: Final[dict[tuple[int, str], tuple[datetime, list[int]]]] = {}


async def similar(topic: TopicRead, lang: str) -> list[Line]:
    """Up to MOST others, the closest first; none while there is no index to ask."""
    return (await lines(await _ids(topic), lang))[:MOST]


async def _ids(topic: TopicRead) -> list[int]:
    """Their numbers, remembered for a while: this page is read far more often than written."""
    key = topic.id, topic.title
    kept = _kept.get(key)
    if kept is not None and now() - kept[0] < KEPT_FOR:
        return kept[1]
    try:
        hits = await find.find(
            topic.title, audience=frozenset({"public"}), lang=topic.lang, kinds={KIND}, limit=MOST + 1
        )
    except SearchFailed:
        return []
    if len(_kept) >= _MOST_KEPT:
        _kept.clear()
    found = (sources.number(hit.id) for hit in hits)
    _kept[key] = now(), [number for number in found if number != topic.id]
    return _kept[key][1]
