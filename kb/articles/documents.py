"""What the search sees of articles, and how it shows them."""

from collections.abc import AsyncIterator, Collection
from typing import Any, Final

from piccolo.custom_types import Combinable

from helpdesk.core.actor import Actor
from helpdesk.i18n.catalogue import gettext, phrase
from helpdesk.i18n.reader import reading
from helpdesk.search import sources
from helpdesk.search.document import Document
from helpdesk.search.sources import Card, Source
from kb.articles import access, rules
from kb.articles.events import ArticleEvent
from kb.articles.queries import category_name, titled
from kb.articles.tables import Article

KIND: Final = "article"
BATCH: Final = 200


async def document(article_id: int) -> Document | None:
    """What the index holds of an article; None while readers cannot see it."""
    rows = await _published(Article.id == article_id)
    return _document(rows[0]) if rows else None


async def all_documents() -> AsyncIterator[Document]:
    """Every published article, by number."""
    last = 0
    while rows := await _published(Article.id > last):
        for row in rows:
            yield _document(row)
        last = rows[-1]["id"]


async def count() -> int:
    return int(await Article.count().where(Article.status == rules.PUBLISHED))


async def cards(actor: Actor, ids: Collection[int]) -> dict[int, Card]:
    """Those of these articles that the actor may see, as results show them."""
    rows = await Article.select(
        *(Article.id, Article.title, Article.slug, Article.text, Article.lang, Article.updated_at),
        *(Article.helpful, Article.unhelpful, category_name(reading.get().lang)),
    ).where(Article.id.is_in(list(ids) or [0]) & access.visible_to(actor))
    return {row["id"]: _card(row) for row in rows}


async def index(event: ArticleEvent) -> None:
    """Keep the search index true to an article."""
    await sources.refresh(KIND, event.article)


SOURCE: Final = Source(
    kind=KIND,
    name=phrase("Articles"),
    icon="file-text",
    cards=cards,
    search=titled,
    document=document,
    documents=all_documents,
    count=count,
)


async def _published(condition: Combinable) -> list[dict[str, Any]]:
    return await (
        Article.select(Article.id, Article.lang, Article.title, Article.text, Article.updated_at)
        .where(condition & (Article.status == rules.PUBLISHED))
        .order_by(Article.id)
        .limit(BATCH)
    )


def _document(row: dict[str, Any]) -> Document:
    return Document(
        id=sources.key(KIND, row["id"]),
        kind=KIND,
        lang=row["lang"],
        title=row["title"],
        body=row["text"],
        updated=row["updated_at"],
    )


def _card(row: dict[str, Any]) -> Card:
    helped = rules.share_helped(row["helpful"], row["unhelpful"])
    meta = [row["category_name"]] if row["category_name"] else []
    if helped is not None:
        meta.append(gettext("%(share)s%% found it helpful", share=helped))
    return Card(
        title=row["title"],
        url=rules.path(row["id"], row["slug"]),
        text=row["text"],
        lang=row["lang"],
        meta=tuple(meta),
        updated=row["updated_at"],
    )
