"""What to read next: articles that the search finds by an article's own title."""

from typing import Final

from helpdesk.search.alike import alike
from kb.articles.documents import KIND
from kb.articles.queries import Line, Read, lines

MOST: Final = 4


async def related(article: Read) -> list[Line]:
    """Up to MOST others in the same language, the closest first; none while there is no index to ask."""
    ids = await alike(KIND, article.id, article.title, article.lang, most=MOST, only_lang=True)
    return await lines(ids, article.lang)
