"""What is changed: articles written, published, taken back; the shelves they stand on."""

from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from helpdesk.core.actor import Actor
from helpdesk.core.clock import now
from helpdesk.core.db import locked, transaction
from helpdesk.core.errors import Conflict, Forbidden, Invalid, NotFound
from helpdesk.core.markup import to_html, to_text
from helpdesk.core.text import nfc, printable, slug
from helpdesk.events.record import record
from helpdesk.i18n.catalogue import phrase
from helpdesk.i18n.reader import Lang
from kb.articles import access, rules
from kb.articles.events import ArticleChanged, ArticleDrafted, ArticlePublished, ArticleWithdrawn, CategoryChanged
from kb.articles.rules import ARCHIVED, DRAFT, PUBLISHED, Status
from kb.articles.tables import Article, ArticleVersion, Category

Title = Annotated[str, Meta(min_length=1, max_length=200)]
Text = Annotated[str, Meta(min_length=1, max_length=100_000)]


class Draft(Struct, frozen=True, kw_only=True):
    """
    An article as somebody wrote it.

    `body` is Markdown, `translation_of` the original's id, `status` the state to leave it in.
    """

    title: Title
    body: Text
    lang: Lang
    category: int | None = None
    translation_of: int | None = None
    status: Status = "draft"


class Shelf(Struct, frozen=True, kw_only=True):
    """A category as an administrator names it."""

    name_vi: Annotated[str, Meta(min_length=1, max_length=100)]
    name_en: Annotated[str, Meta(min_length=1, max_length=100)]
    about_vi: Annotated[str, Meta(max_length=300)] = ""
    about_en: Annotated[str, Meta(max_length=300)] = ""
    icon: Annotated[str, Meta(max_length=40)] = "book-open"
    position: Annotated[int, Meta(ge=0, le=9999)] = 0


async def create(actor: Actor, draft: Draft) -> int:
    """
    Begin an article, published at once when `draft.status` says so; its id.

    Raises Forbidden for those who may not write (or publish), Invalid for a category or an
    original that cannot be.
    """
    async with transaction():
        _must(access.may_write(actor))
        await _check(draft, own=None)
        moment = now()
        article = Article(
            **_columns(draft), author=actor.id, status=DRAFT, version=1, created_at=moment, updated_at=moment
        )
        await article.save()
        await _keep_version(actor, article)
        await record(ArticleDrafted(actor=actor.id, article=article.id))
        if draft.status != DRAFT:
            await _move(actor, article, draft.status)
    return int(article.id)


async def change(actor: Actor, article_id: int, draft: Draft, *, seen: int | None) -> int:
    """
    Give an article other words or another place; the number of its newest version.

    `seen` is the version the writer began from. Raises Conflict when another one was saved
    since; nothing is lost, the writer decides. None asks for no such care.
    """
    async with transaction():
        article = await _of(actor, article_id)
        _must(access.may_publish(actor) if article.status == PUBLISHED else True)
        if seen is not None and seen != article.version:
            raise Conflict(phrase("Somebody saved this article while you were writing."))
        await _check(draft, own=article)
        columns = _columns(draft)
        if (columns["title"], columns["body"]) != (article.title, article.body):
            columns |= {"version": article.version + 1, "updated_at": now()}
        for name, value in columns.items():
            setattr(article, name, value)
        await article.save([Article._meta.get_column_by_name(name) for name in columns])
        if "version" in columns:
            await _keep_version(actor, article)
        await record(ArticleChanged(actor=actor.id, article=article.id, version=article.version))
        if draft.status != article.status:
            await _move(actor, article, draft.status)
    return int(article.version)


async def publish(actor: Actor, article_id: int) -> None:
    """Let everybody read it. Raises Conflict for one that is published already or put away."""
    await _become(actor, article_id, PUBLISHED)


async def unpublish(actor: Actor, article_id: int) -> None:
    """Make it a draft again: one that was published, or put away."""
    await _become(actor, article_id, DRAFT)


async def archive(actor: Actor, article_id: int) -> None:
    """Put it away: nobody finds it any more, and nothing is lost."""
    await _become(actor, article_id, ARCHIVED)


async def restore(actor: Actor, article_id: int, number: int) -> int:
    """Save the words of an older version once more, as the newest; its number."""
    async with transaction():
        article = await _of(actor, article_id)
        old = await (
            ArticleVersion.select(ArticleVersion.title, ArticleVersion.body)
            .where((ArticleVersion.article == article_id) & (ArticleVersion.number == number))
            .first()
        )
        if old is None:
            raise NotFound()
        return await change(actor, article_id, _draft_of(article, old["title"], old["body"]), seen=article.version)


async def add_category(actor: Actor, shelf: Shelf) -> int:
    """A new category; its id."""
    async with transaction():
        _must(actor.is_admin)
        category = Category(**_shelf_columns(shelf))
        await category.save()
        await record(CategoryChanged(actor=actor.id, category=category.id))
    return int(category.id)


async def change_category(actor: Actor, category_id: int, shelf: Shelf) -> None:
    async with transaction():
        _must(actor.is_admin)
        category = await locked(Category.objects().where(Category.id == category_id)).first()
        if category is None:
            raise NotFound()
        for name, value in _shelf_columns(shelf).items():
            setattr(category, name, value)
        await category.save()
        await record(CategoryChanged(actor=actor.id, category=category_id))


async def remove_category(actor: Actor, category_id: int) -> None:
    """Take an empty category down. Raises Conflict while articles stand in it."""
    async with transaction():
        _must(actor.is_admin)
        if not await Category.exists().where(Category.id == category_id):
            raise NotFound()
        if await Article.exists().where(Article.category == category_id):
            raise Conflict(phrase("There are articles in this category. Move them elsewhere first."))
        await Category.delete().where(Category.id == category_id)
        await record(CategoryChanged(actor=actor.id, category=category_id))


async def _of(actor: Actor, article_id: int) -> Article:
    """The article, kept from others until the commit, for somebody who may write."""
    article = await locked(Article.objects().where((Article.id == article_id) & access.visible_to(actor))).first()
    if article is None:
        raise NotFound()
    _must(access.may_write(actor))
    return article


async def _become(actor: Actor, article_id: int, status: str) -> None:
    async with transaction():
        await _move(actor, await _of(actor, article_id), status)


async def _move(actor: Actor, article: Article, status: str) -> None:
    """To another state, and tell."""
    _must(access.may_publish(actor))
    before = article.status
    if not rules.may_become(before, status):
        raise Conflict(phrase("Somebody else was faster: this article is in another state now."))
    article.status = status
    if status == PUBLISHED and article.published_at is None:
        article.published_at = now()
    await article.save([Article.status, Article.published_at])
    if status == PUBLISHED:
        await record(ArticlePublished(actor=actor.id, article=article.id))
    elif before == ARCHIVED:
        await record(ArticleDrafted(actor=actor.id, article=article.id))
    else:
        await record(ArticleWithdrawn(actor=actor.id, article=article.id, status=status))


async def _keep_version(actor: Actor, article: Article) -> None:
    await ArticleVersion.insert(
        ArticleVersion(
            article=article.id,
            number=article.version,
            title=article.title,
            body=article.body,
            author=actor.id,
            made_at=article.updated_at,
        )
    )


async def _check(draft: Draft, own: Article | None) -> None:
    """What a type cannot say: the category is there, the original is one, and has no other translation like this."""
    errors: dict[str, object] = {}
    if draft.category is not None and not await Category.exists().where(Category.id == draft.category):
        errors["category"] = phrase("There is no such category.")
    if draft.translation_of is not None and (wrong := await _trouble_with_original(draft, own)):
        errors["translation_of"] = wrong
    if errors:
        raise Invalid(errors)


async def _trouble_with_original(draft: Draft, own: Article | None) -> object:
    family = await Article.select(Article.id, Article.lang, Article.translation_of).where(
        (Article.id == draft.translation_of) | (Article.translation_of == draft.translation_of)
    )
    original = next((row for row in family if row["id"] == draft.translation_of), None)
    own_id = own.id if own is not None else None
    if original is None or original["id"] == own_id:
        return phrase("There is no such article.")
    if original["translation_of"] is not None:
        return phrase("This article is a translation itself. Choose its original.")
    if own_id is not None and await Article.exists().where(Article.translation_of == own_id):
        return phrase("This article has translations of its own.")
    if any(row["lang"] == draft.lang and row["id"] != own_id for row in family):
        return phrase("The original exists in this language already.")
    return None


def _columns(draft: Draft) -> dict[str, Any]:
    """What is kept of a draft, with all that follows from its words."""
    title, body = " ".join(nfc(printable(draft.title)).split()), nfc(printable(draft.body))
    html = to_html(body, ugc=False)
    text = to_text(html, links=False)
    return {
        "title": title,
        "title_key": rules.title_key(title),
        "slug": slug(title, 80),
        "body": body,
        "html": html,
        "text": text,
        "summary": rules.summary(text),
        "minutes": rules.reading_minutes(text),
        "lang": draft.lang,
        "category": draft.category,
        "translation_of": draft.translation_of,
    }


def _draft_of(article: Article, title: str, body: str) -> Draft:
    """The article as it stands, with other words."""
    kept = {name: getattr(article, name) for name in ("lang", "category", "translation_of", "status")}
    return msgspec.convert({**kept, "title": title, "body": body}, Draft)


def _shelf_columns(shelf: Shelf) -> dict[str, Any]:
    return {name: getattr(shelf, name) for name in shelf.__struct_fields__}


def _must(allowed: bool) -> None:
    if not allowed:
        raise Forbidden()
