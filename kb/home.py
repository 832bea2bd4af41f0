"""The first page of the help centre: a question, the shelves, what others read and ask."""

from typing import Final

from litestar import get
from msgspec import Struct

from helpdesk.core.actor import Actor
from helpdesk.i18n.reader import reading
from helpdesk.web.actor import CurrentActor
from helpdesk.web.render import Html, page_for_all
from kb.articles import queries as articles
from kb.forum import access, rules
from kb.forum.tables import Topic

MOST_READ: Final = 5
MOST_TOPICS: Final = 5


class Talk(Struct, frozen=True):
    """A topic of the community in one line. `replies` does not count the question itself."""

    path: str
    title: str
    lang: str
    is_solved: bool
    replies: int


@get("/help", include_in_schema=False)
async def home(actor: CurrentActor) -> Html:
    lang = reading.get().lang
    shelves = await articles.shelves(lang)
    return await page_for_all(
        "help/home.html",
        shelves=[shelf for shelf in shelves if shelf.count],
        most_read=await articles.most_read(lang, MOST_READ),
        talks=await _talks(actor, lang),
    )


async def _talks(actor: Actor, lang: str) -> list[Talk]:
    """Where people of this language talked last."""
    rows = await (
        Topic.select(Topic.id, Topic.title, Topic.slug, Topic.lang, Topic.answer, Topic.post_count)
        .where(access.visible_to(actor) & (Topic.lang == lang))
        .order_by(Topic.active_at, Topic.id, ascending=False)
        .limit(MOST_TOPICS)
    )
    return [
        Talk(
            path=rules.path(row["id"], row["slug"]),
            title=row["title"],
            lang=row["lang"],
            is_solved=row["answer"] is not None,
            replies=row["post_count"] - 1,
        )
        for row in rows
    ]
