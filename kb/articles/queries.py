"""What is read of articles: one function is one page's SQL."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
from msgspec import Struct
from piccolo.columns import Column
from piccolo.custom_types import Combinable
from piccolo.query import Select
from piccolo.query.functions.aggregate import Count

from helpdesk.core.actor import Actor
from helpdesk.core.errors import NotFound
from helpdesk.core.paging import Page, beyond, page_of
from helpdesk.core.text import slug
from helpdesk.i18n.reader import Lang
from kb.articles import rules
from kb.articles.access import visible_to
from kb.articles.rules import PUBLISHED, Status
from kb.articles.tables import Article, ArticleFeedback, ArticleVersion, Category, SearchGap

PAGE_SIZE: Final = 50
MOST_BESIDE: Final = 12
"""Articles of the same category that are shown beside one."""
MOST_OPINIONS: Final = 20
MOST_GAPS: Final = 200


class Shelf(Struct, frozen=True):
    """A category in one language; `count` is how many articles its readers find there."""

    id: int
    name: str
    about: str
    icon: str
    count: int = 0

    @property
    def path(self) -> str:
        return rules.category_path(self.id, slug(self.name))


class Line(Struct, frozen=True):
    """An article in a list for readers."""

    id: int
    title: str
    slug: str
    summary: str
    lang: str
    minutes: int
    category_name: str | None

    @property
    def path(self) -> str:
        return rules.path(self.id, self.slug)


class Read(Struct, frozen=True):
    """An article as readers see it. `html` is safe."""

    id: int
    title: str
    slug: str
    html: str
    summary: str
    lang: str
    status: str
    minutes: int
    helpful: int
    unhelpful: int
    version: int
    updated_at: datetime
    translation_of: int | None
    category: int | None
    category_name: str | None

    @property
    def path(self) -> str:
        return rules.path(self.id, self.slug)

    @property
    def category_path(self) -> str:
        return rules.category_path(self.category or 0, slug(self.category_name or ""))


class Row(Struct, frozen=True):
    """An article in the writers' list."""

    id: int
    title: str
    lang: str
    status: str
    category_name: str | None
    author_name: str | None
    views: int
    helpful: int
    unhelpful: int
    updated_at: datetime


class Manuscript(Struct, frozen=True):
    """An article as its writers and the API see it. `body` is Markdown, `html` the same, safe."""

    id: int
    title: str
    slug: str
    body: str
    html: str
    lang: Lang
    status: Status
    category: int | None
    translation_of: int | None
    version: int
    views: int
    helpful: int
    unhelpful: int
    created_at: datetime
    updated_at: datetime
    published_at: datetime | None

    @property
    def path(self) -> str:
        return rules.path(self.id, self.slug)


class Version(Struct, frozen=True):
    """An article as it was saved once."""

    number: int
    title: str
    body: str
    author_name: str | None
    made_at: datetime


class Gap(Struct, frozen=True):
    """A search that was followed by tickets."""

    query: str
    happened_at: datetime
    tickets: list[int]


class Opinion(Struct, frozen=True):
    """What a reader said about an article that did not help."""

    reason: str
    comment: str
    given_at: datetime


_LINE: Final = (Article.id, Article.title, Article.slug, Article.summary, Article.lang, Article.minutes)
_READ: Final = tuple(
    Article._meta.get_column_by_name(name) for name in Read.__struct_fields__ if name != "category_name"
)
_MANUSCRIPT: Final = tuple(Article._meta.get_column_by_name(name) for name in Manuscript.__struct_fields__)


def category_name(lang: str) -> Column:
    """The name of an article's category in a language."""
    column: Column = Article.category.name_vi if lang == "vi" else Article.category.name_en
    return column.as_alias("category_name")


# For readers: what is published, to staff as to everybody


async def shelves(lang: str) -> list[Shelf]:
    """The categories in their order, each with what readers of `lang` find there."""
    rows = await _shelf_rows(lang)
    counts = await _counts(_for_readers_of(lang))
    return [Shelf(**row, count=counts.get(row["id"], 0)) for row in rows]


async def shelf(category_id: int, lang: str) -> Shelf:
    """One category. Raises NotFound."""
    rows = await _shelf_rows(lang, Category.id == category_id)
    if not rows:
        raise NotFound()
    return Shelf(**rows[0])


async def on_shelf(category_id: int, lang: str, after: str | None = None) -> Page[Line]:
    """What readers of `lang` find in a category, by title."""
    condition = (Article.category == category_id) & _for_readers_of(lang)
    if further := beyond(after, Article.title_key, Article.id):
        condition &= further
    rows = await (
        Article.select(*_LINE, Article.title_key, category_name(lang))
        .where(condition)
        .order_by(Article.title_key)
        .order_by(Article.id)
        .limit(PAGE_SIZE + 1)
    )
    page = page_of(rows, PAGE_SIZE, lambda row: [row["title_key"], row["id"]])
    return Page(msgspec.convert(page.items, list[Line]), page.next)


async def most_read(lang: str, limit: int) -> list[Line]:
    """In the readers' own language; in any while there are none."""
    rows = await (
        Article.select(*_LINE, category_name(lang))
        .where(_for_readers_of(lang))
        .order_by(Article.lang, ascending=lang == "en")
        .order_by(Article.views, ascending=False)
        .order_by(Article.id)
        .limit(limit)
    )
    mine = [row for row in rows if row["lang"] == lang]
    return msgspec.convert(mine or rows, list[Line])


async def read(actor: Actor, article_id: int, lang: str) -> Read:
    """One article, its category named in `lang`. Raises NotFound when the actor may not see it."""
    row = (
        await Article.select(*_READ, category_name(lang)).where((Article.id == article_id) & visible_to(actor)).first()
    )
    if row is None:
        raise NotFound()
    return msgspec.convert(row, Read)


async def beside(article: Read) -> list[Line]:
    """Articles of the same category and language, by title, itself among them."""
    if article.category is None:
        return []
    rows = await (
        Article.select(*_LINE, category_name(article.lang))
        .where((Article.category == article.category) & (Article.lang == article.lang) & (Article.status == PUBLISHED))
        .order_by(Article.title_key, Article.id)
        .limit(MOST_BESIDE)
    )
    return msgspec.convert(rows, list[Line])


async def translations(article: Read) -> list[Line]:
    """The same article in other languages."""
    original = article.translation_of or article.id
    rows = await Article.select(*_LINE, category_name(article.lang)).where(
        ((Article.id == original) | (Article.translation_of == original))
        & (Article.id != article.id)
        & (Article.status == PUBLISHED)
    )
    return msgspec.convert(rows, list[Line])


async def lines(ids: Sequence[int], lang: str) -> list[Line]:
    """Those of the articles that are published, in the order asked for."""
    rows = await Article.select(*_LINE, category_name(lang)).where(
        Article.id.is_in(list(ids) or [0]) & (Article.status == PUBLISHED)
    )
    return sorted(msgspec.convert(rows, list[Line]), key=lambda line: ids.index(line.id))


async def titled(actor: Actor, query: str, limit: int) -> list[int]:
    """Articles whose title holds every word of the query, with or without accents; the most read first."""
    words = rules.title_words(query)
    if not words:
        return []
    rows = await (
        Article.select(Article.id)
        .where(_has_words(words) & visible_to(actor))
        .order_by(Article.views, ascending=False)
        .order_by(Article.id)
        .limit(limit)
    )
    return [row["id"] for row in rows]


# For writers and machines


async def written(
    actor: Actor, *, status: str = "", lang: str = "", query: str = "", after: str | None = None
) -> Page[Row]:
    """The writers' list, the last changed first; empty filters leave nothing out."""
    condition = _filtered(actor, status, lang, query)
    if further := beyond(after, Article.updated_at, Article.id, ascending=False):
        condition &= further
    rows = await (
        _rows(actor.lang)
        .where(condition)
        .order_by(Article.updated_at, ascending=False)
        .order_by(Article.id, ascending=False)
        .limit(PAGE_SIZE + 1)
    )
    page = page_of(rows, PAGE_SIZE, lambda row: [row["updated_at"].isoformat(), row["id"]])
    return Page(msgspec.convert(page.items, list[Row]), page.next)


async def counts_by_status(actor: Actor) -> dict[str, int]:
    rows = await Article.select(Article.status, Count(alias="count")).where(visible_to(actor)).group_by(Article.status)
    return {row["status"]: row["count"] for row in rows}


async def manuscript(actor: Actor, article_id: int) -> Manuscript:
    """One article as it is written. Raises NotFound when the actor may not see it."""
    row = await Article.select(*_MANUSCRIPT).where((Article.id == article_id) & visible_to(actor)).first()
    if row is None:
        raise NotFound()
    return msgspec.convert(row, Manuscript)


async def manuscripts(
    actor: Actor, *, status: str = "", lang: str = "", category: int | None = None, after: str | None = None, limit: int
) -> Page[Manuscript]:
    """Articles by number, the newest first, `limit` at a time."""
    condition = _filtered(actor, status, lang, "")
    if category is not None:
        condition &= Article.category == category
    if further := beyond(after, Article.id, ascending=False):
        condition &= further
    rows = await Article.select(*_MANUSCRIPT).where(condition).order_by(Article.id, ascending=False).limit(limit + 1)
    return page_of(msgspec.convert(rows, list[Manuscript]), limit, lambda article: [article.id])


async def versions(article_id: int) -> list[Version]:
    """All versions of an article, the newest first."""
    rows = await (
        ArticleVersion.select(
            *(ArticleVersion.number, ArticleVersion.title, ArticleVersion.body, ArticleVersion.made_at),
            ArticleVersion.author.name.as_alias("author_name"),
        )
        .where(ArticleVersion.article == article_id)
        .order_by(ArticleVersion.number, ascending=False)
    )
    return msgspec.convert(rows, list[Version])


async def opinions(article_id: int) -> list[Opinion]:
    """What readers missed in an article, the newest first."""
    rows = await (
        ArticleFeedback.select(ArticleFeedback.reason, ArticleFeedback.comment, ArticleFeedback.given_at)
        .where(
            (ArticleFeedback.article == article_id)
            & ArticleFeedback.is_helpful.eq(False)
            & ((ArticleFeedback.reason != "") | (ArticleFeedback.comment != ""))
        )
        .order_by(ArticleFeedback.given_at, ArticleFeedback.id, ascending=False)
        .limit(MOST_OPINIONS)
    )
    return msgspec.convert(rows, list[Opinion])


async def shelf_names(lang: str) -> list[tuple[int, str]]:
    """The categories in their order, for choosing one."""
    return [(row["id"], row["name"]) for row in await _shelf_rows(lang)]


async def categories() -> list[dict[str, Any]]:
    """Every category with both its names and how many articles it has in any state, for those who keep them."""
    counts = await _counts(Article.id > 0)
    rows = await Category.select().order_by(Category.position).order_by(Category.id)
    return [{**row, "count": counts.get(row["id"], 0)} for row in rows]


async def category(category_id: int) -> dict[str, Any]:
    """One category with both its names. Raises NotFound."""
    row = await Category.select().where(Category.id == category_id).first()
    if row is None:
        raise NotFound()
    return row


async def family(article: Manuscript) -> list[Row]:
    """The same article in other languages, in any state."""
    original = article.translation_of or article.id
    condition = ((Article.id == original) | (Article.translation_of == original)) & (Article.id != article.id)
    return msgspec.convert(await _rows(article.lang).where(condition), list[Row])


async def gaps() -> list[Gap]:
    """What people searched for and then asked us, the latest first; searches that differ in accents only are one."""
    rows = await (
        SearchGap.select(SearchGap.query, SearchGap.ticket, SearchGap.happened_at)
        .order_by(SearchGap.happened_at, SearchGap.id, ascending=False)
        .limit(MOST_GAPS)
    )
    alike: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        alike.setdefault(rules.title_key(row["query"]), []).append(row)
    return [
        Gap(group[0]["query"], group[0]["happened_at"], [row["ticket"] for row in group]) for group in alike.values()
    ]


def _rows(lang: str) -> Select[Any]:
    return Article.select(
        *(Article.id, Article.title, Article.lang, Article.status, Article.views, Article.helpful),
        *(Article.unhelpful, Article.updated_at, category_name(lang)),
        Article.author.name.as_alias("author_name"),
    )


def _for_readers_of(lang: str) -> Combinable:
    """What is published in a language, and what is published but not translated into it."""
    mine = (Article.lang == lang) & (Article.status == PUBLISHED)
    originals_of_mine = Article.select(Article.translation_of).where(mine & Article.translation_of.is_not_null())
    not_translated = Article.id.not_in(originals_of_mine) & (
        Article.translation_of.is_null() | Article.translation_of.not_in(Article.select(Article.id).where(mine))
    )
    return (Article.status == PUBLISHED) & ((Article.lang == lang) | not_translated)


def _filtered(actor: Actor, status: str, lang: str, query: str) -> Combinable:
    condition = visible_to(actor)
    if status:
        condition &= Article.status == status
    if lang:
        condition &= Article.lang == lang
    if words := rules.title_words(query):
        condition &= _has_words(words)
    return condition


def _has_words(words: Collection[str]) -> Combinable:
    condition: Combinable = Article.id > 0
    for word in words:
        condition &= Article.title_key.like(f"%{word}%")
    return condition


async def _shelf_rows(lang: str, condition: Combinable = Category.id > 0) -> list[dict[str, Any]]:
    name, about = (Category.name_vi, Category.about_vi) if lang == "vi" else (Category.name_en, Category.about_en)
    return await (
        Category.select(Category.id, name.as_alias("name"), about.as_alias("about"), Category.icon)
        .where(condition)
        .order_by(Category.position)
        .order_by(Category.id)
    )


async def _counts(condition: Combinable) -> dict[int, int]:
    """How many articles for which the condition holds stand in each category."""
    rows = await (
        Article.select(Article.category, Count(alias="count"))
        .where(condition & Article.category.is_not_null())
        .group_by(Article.category)
    )
    return {row["category"]: row["count"] for row in rows}
