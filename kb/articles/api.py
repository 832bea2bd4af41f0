"""Articles for machines. The same queries and actions as the pages."""

from datetime import datetime

from litestar import Controller, get, patch, post
from litestar.params import JSONBody
from msgspec import UNSET, Struct, UnsetType, field

from helpdesk.core.actor import Actor
from helpdesk.core.config import config
from helpdesk.core.paging import Page
from helpdesk.i18n.reader import Lang
from helpdesk.web.actor import CurrentActor, FromPath, FromQuery
from helpdesk.web.guards import signed_in
from helpdesk.web.language import localised
from kb.articles import actions, queries
from kb.articles.actions import Draft, Text, Title
from kb.articles.queries import Manuscript
from kb.articles.rules import Status


class ArticleOut(Struct, frozen=True):
    """An article. `body` is Markdown, `html` the same as safe HTML, `category` its id. Moments are UTC (RFC 3339)."""

    id: int
    url: str
    title: str
    body: str
    html: str
    language: str
    status: str
    category: int | None
    translation_of: int | None
    version: int
    helpful: int
    unhelpful: int
    created_at: datetime
    updated_at: datetime
    published_at: datetime | None


class ArticleIn(Draft, frozen=True, kw_only=True):
    """A new article."""

    lang: Lang = field(name="language")


class ArticleChange(Struct, frozen=True, kw_only=True):
    """
    What shall be different.

    `version` is the one the change began from: when another was saved since, the answer is 409. Without it
    the change wins.
    """

    title: Title | UnsetType = UNSET
    body: Text | UnsetType = UNSET
    lang: Lang | UnsetType = field(default=UNSET, name="language")
    status: Status | UnsetType = UNSET
    category: int | UnsetType | None = UNSET
    translation_of: int | UnsetType | None = UNSET
    version: int | None = None


class ArticleApi(Controller):
    """Everybody reads what is published; writing takes the token of somebody who may."""

    path = "/articles"
    tags = ["Articles"]

    @get()
    async def articles(
        self,
        actor: CurrentActor,
        language: FromQuery[str] = "",
        status: FromQuery[str] = "",
        category: FromQuery[int | None] = None,
        after: FromQuery[str | None] = None,
        limit: FromQuery[int] = 50,
    ) -> Page[ArticleOut]:
        """Articles by number, the newest first."""
        found = await queries.manuscripts(
            actor, status=status, lang=language, category=category, after=after, limit=max(1, min(limit, 200))
        )
        return Page([_out(article) for article in found.items], found.next)

    @post(guards=[signed_in])
    async def create(self, actor: CurrentActor, data: JSONBody[ArticleIn]) -> ArticleOut:
        """Write an article; with the status `published` everybody may read it at once."""
        return await _whole(actor, await actions.create(actor, data))

    @get("/{article_id:int}")
    async def article(self, actor: CurrentActor, article_id: FromPath[int]) -> ArticleOut:
        return await _whole(actor, article_id)

    @patch("/{article_id:int}", guards=[signed_in])
    async def change(self, actor: CurrentActor, article_id: FromPath[int], data: JSONBody[ArticleChange]) -> ArticleOut:
        """Change what is named and leave the rest."""
        article = await queries.manuscript(actor, article_id)
        wanted = {name: getattr(data, name) for name in Draft.__struct_fields__}
        kept = {name: getattr(article, name) for name, value in wanted.items() if value is UNSET}
        await actions.change(actor, article_id, Draft(**(wanted | kept)), seen=data.version)
        return await _whole(actor, article_id)


async def _whole(actor: Actor, article_id: int) -> ArticleOut:
    return _out(await queries.manuscript(actor, article_id))


def _out(article: Manuscript) -> ArticleOut:
    return ArticleOut(
        id=article.id,
        url=config().base_url.rstrip("/") + localised(article.path, article.lang),
        title=article.title,
        body=article.body,
        html=article.html,
        language=article.lang,
        status=article.status,
        category=article.category,
        translation_of=article.translation_of,
        version=article.version,
        helpful=article.helpful,
        unhelpful=article.unhelpful,
        created_at=article.created_at,
        updated_at=article.updated_at,
        published_at=article.published_at,
    )
