"""What else was asked: topics that the search finds by a topic's own title."""

from typing import Final

from helpdesk.search.alike import alike
from kb.forum.documents import KIND
from kb.forum.queries import Line, TopicRead, lines

MOST: Final = 5


async def similar(topic: TopicRead, lang: str) -> list[Line]:
    """Up to MOST others, boards named in `lang`, the closest first; none while there is no index to ask."""
    return await lines(await alike(KIND, topic.id, topic.title, topic.lang, most=MOST), lang)
