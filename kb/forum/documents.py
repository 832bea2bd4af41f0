"""What the search sees of topics, and how it shows them."""

from collections.abc import AsyncIterator, Collection
from itertools import groupby
from typing import Any, Final

from piccolo.custom_types import Combinable

from helpdesk.core.actor import VISITOR, Actor
from helpdesk.i18n.catalogue import ngettext, phrase
from helpdesk.i18n.reader import reading
from helpdesk.search import sources
from helpdesk.search.document import Document
from helpdesk.search.sources import Card, Source
from kb.forum import rules
from kb.forum.access import posts_visible_to, visible_to
from kb.forum.events import TopicEvent
from kb.forum.queries import titled
from kb.forum.tables import Post, Topic

KIND: Final = "topic"
BATCH: Final = 100
"""Topics read at a time."""
ANSWERED: Final = 1.2
"""How much more a topic counts that holds an accepted answer."""
LONGEST: Final = 20_000
"""Characters of a topic that can be found: the question, the accepted answer, then the others as they came."""


async def document(topic_id: int) -> Document | None:
    """What the index holds of a topic; None while readers cannot see it."""
    found = await _documents(Topic.id == topic_id)
    return found[0] if found else None


async def all_documents() -> AsyncIterator[Document]:
    """Every topic that readers see, by number."""
    last = 0
    while found := await _documents(Topic.id > last):
        for document in found:
            yield document
        last = sources.number(found[-1].id)


async def count() -> int:
    return int(await Topic.count().where(visible_to(VISITOR)))


async def cards(actor: Actor, ids: Collection[int]) -> dict[int, Card]:
    """Those of these topics that the actor may see, as results show them."""
    board_name = Topic.board.name_vi if reading.get().lang == "vi" else Topic.board.name_en
    wanted = Topic.id.is_in(list(ids) or [0])
    rows = await Topic.select(
        *(Topic.id, Topic.title, Topic.slug, Topic.lang, Topic.answer, Topic.post_count, Topic.active_at),
        board_name.as_alias("board_name"),
    ).where(wanted & visible_to(actor))
    questions = await Post.select(Post.topic, Post.text).where(
        Post.topic.is_in([row["id"] for row in rows] or [0]) & Post.is_question.eq(True)
    )
    text_of = {row["topic"]: row["text"] for row in questions}
    return {row["id"]: _card(row, text_of.get(row["id"], "")) for row in rows}


async def index(event: TopicEvent) -> None:
    """Keep the search index true to a topic."""
    await sources.refresh(KIND, event.topic)


SOURCE: Final = Source(
    kind=KIND,
    name=phrase("Community"),
    icon="messages-square",
    cards=cards,
    search=titled,
    document=document,
    documents=all_documents,
    count=count,
)


async def _documents(condition: Combinable) -> list[Document]:
    topics = await (
        Topic.select(Topic.id, Topic.title, Topic.lang, Topic.answer, Topic.active_at)
        .where(condition & visible_to(VISITOR))
        .order_by(Topic.id)
        .limit(BATCH)
    )
    posts = await (
        Post.select(Post.id, Post.topic, Post.text, Post.is_question)
        .where(Post.topic.is_in([topic["id"] for topic in topics] or [0]) & posts_visible_to(VISITOR))
        .order_by(Post.topic)
        .order_by(Post.id)
    )
    posts_of = {topic: list(group) for topic, group in groupby(posts, lambda post: post["topic"])}
    return [_document(topic, posts_of.get(topic["id"], [])) for topic in topics]


def _document(topic: dict[str, Any], posts: list[dict[str, Any]]) -> Document:
    first = sorted(posts, key=lambda post: (not post["is_question"], post["id"] != topic["answer"], post["id"]))
    return Document(
        id=sources.key(KIND, topic["id"]),
        kind=KIND,
        lang=topic["lang"],
        title=topic["title"],
        body="\n\n".join(post["text"] for post in first)[:LONGEST],
        boost=ANSWERED if topic["answer"] else 1.0,
        updated=topic["active_at"],
    )


def _card(row: dict[str, Any], text: str) -> Card:
    replies = row["post_count"] - 1
    return Card(
        title=row["title"],
        url=rules.path(row["id"], row["slug"]),
        text=text,
        lang=row["lang"],
        meta=(row["board_name"], ngettext("%(n)s reply", "%(n)s replies", replies)),
        updated=row["active_at"],
        solved=row["answer"] is not None,
    )
