"""Where staff write: the list of articles, the page of one, its versions, what was searched in vain."""

from typing import Any, Literal

from litestar import Controller, get, post
from litestar.response import Redirect
from markupsafe import Markup
from msgspec import Struct

from helpdesk.core.actor import Actor
from helpdesk.core.errors import Conflict, Forbidden, Invalid, NotFound
from helpdesk.core.markup import to_html
from helpdesk.i18n.catalogue import gettext
from helpdesk.i18n.reader import Lang
from helpdesk.web.actor import CurrentActor, FromPath, FromQuery, Page
from helpdesk.web.forms import Form, OptionalBody, filled, read
from helpdesk.web.render import Html, go, page, part
from kb.articles import access, actions, queries, rules
from kb.articles.actions import Draft, Text, Title
from kb.articles.queries import Manuscript
from kb.articles.rules import Status
from kb.articles.versions import difference


class ArticleForm(Struct):
    """`seen` is the version the writer began from, 0 for a new article; `then` what to do beyond saving."""

    title: Title
    body: Text
    lang: Lang
    category: int | None = None
    translation_of: int | None = None
    seen: int = 0
    then: Literal["save", "publish"] = "save"


class Preview(Struct):
    body: OptionalBody = ""


class State(Struct):
    to: Literal["published", "draft", "archived"]


ACTS = {"published": actions.publish, "draft": actions.unpublish, "archived": actions.archive}


class ArticleEditor(Controller):
    path = "/articles"

    @get()
    async def articles(
        self,
        actor: CurrentActor,
        status: FromQuery[str] = "",
        lang: FromQuery[str] = "",
        q: FromQuery[str] = "",
        after: FromQuery[str] = "",
    ) -> Html:
        return page(
            "kb/articles/list.html",
            articles=await queries.written(actor, status=status, lang=lang, query=q, after=after),
            counts=await queries.counts_by_status(actor),
            status_names=rules.STATUS_NAMES,
            chosen={"status": status, "lang": lang, "q": q},
            may_write=access.may_write(actor),
        )

    @get("/gaps")
    async def gaps(self) -> Html:
        return page("kb/articles/gaps.html", gaps=await queries.gaps())

    @get("/new")
    async def new(
        self, actor: CurrentActor, translation_of: FromQuery[int | None] = None, title: FromQuery[str] = ""
    ) -> Html:
        if not access.may_write(actor):
            raise Forbidden()
        if translation_of is None:
            return await _edit(actor, None, filled(title=title, lang=actor.lang))
        original = await queries.manuscript(actor, translation_of)
        start = filled(
            title=original.title,
            body=original.body,
            lang="en" if original.lang == "vi" else "vi",
            category=original.category,
            translation_of=original.translation_of or original.id,
        )
        return await _edit(actor, None, start)

    @post("/new")
    async def create(self, actor: CurrentActor, request: Page) -> Html | Redirect:
        form = await read(request, ArticleForm)
        if form.data is None:
            return await _edit(actor, None, form, status=422)
        try:
            number = await actions.create(actor, _draft(form.data, "draft"))
        except Invalid as refusal:
            return await _edit(actor, None, form.refused(refusal), status=422)
        return go(f"/desk/articles/{number}", tell=_saved(form.data))

    @post("/preview")
    async def preview(self, request: Page) -> Html:
        """A body as readers would see it."""
        form = await read(request, Preview)
        html = to_html(form.data.body if form.data else "", ugc=False)
        return part("kb/articles/_preview.html", prose=_safe(html))

    @get("/{article_id:int}")
    async def edit(self, actor: CurrentActor, article_id: FromPath[int]) -> Html:
        article = await queries.manuscript(actor, article_id)
        return await _edit(actor, article, _as_it_is(article))

    @post("/{article_id:int}")
    async def change(self, actor: CurrentActor, article_id: FromPath[int], request: Page) -> Html | Redirect:
        article = await queries.manuscript(actor, article_id)
        form = await read(request, ArticleForm)
        if form.data is None:
            return await _edit(actor, article, form, status=422)
        try:
            await actions.change(actor, article_id, _draft(form.data, article.status), seen=form.data.seen)
        except Invalid as refusal:
            return await _edit(actor, article, form.refused(refusal), status=422)
        except Conflict:
            return await _edit(actor, article, form, status=409)
        return go(f"/desk/articles/{article_id}", tell=_saved(form.data))

    @post("/{article_id:int}/state")
    async def move(self, actor: CurrentActor, article_id: FromPath[int], request: Page) -> Redirect:
        wanted = (await read(request, State)).data
        if wanted is not None:
            await ACTS[wanted.to](actor, article_id)
        return go(f"/desk/articles/{article_id}")

    @get("/{article_id:int}/versions")
    async def versions(
        self,
        actor: CurrentActor,
        article_id: FromPath[int],
        of: FromQuery[int | None] = None,
        since: FromQuery[int | None] = None,
    ) -> Html:
        """All versions; the one asked for (else the newest) beside the one before it (or `since`)."""
        article = await queries.manuscript(actor, article_id)
        kept = {version.number: version for version in await queries.versions(article_id)}
        new = kept.get(of or article.version)
        if new is None:
            raise NotFound()
        old = kept.get(since or new.number - 1)
        return page(
            "kb/articles/versions.html",
            article=article,
            versions=list(kept.values()),
            new=new,
            old=old,
            lines=difference(old.body if old else "", new.body),
            may_restore=_may_change(actor, article) and new.number != article.version,
        )

    @post("/{article_id:int}/versions/{number:int}/restore")
    async def restore(self, actor: CurrentActor, article_id: FromPath[int], number: FromPath[int]) -> Redirect:
        await actions.restore(actor, article_id, number)
        return go(
            f"/desk/articles/{article_id}", tell=gettext("Version %(number)s is the newest again.", number=number)
        )


async def _edit(actor: Actor, article: Manuscript | None, form: Form[Any], *, status: int = 200) -> Html:
    """The page of an article being written. With 409 it shows what others saved beside what was typed."""
    typed = str(form.values.get("body", ""))
    return page(
        "kb/articles/edit.html",
        status=status,
        article=article,
        form=form,
        shelves=await queries.shelf_names(actor.lang),
        family=await queries.family(article) if article else [],
        opinions=await queries.opinions(article.id) if article else [],
        reasons=rules.REASONS,
        status_names=rules.STATUS_NAMES,
        prose=_safe(to_html(typed, ugc=False)),
        theirs=difference(article.body, typed) if article and status == Conflict.status else [],
        is_conflict=status == Conflict.status,
        may_change=_may_change(actor, article),
        may_publish=access.may_publish(actor),
    )


def _may_change(actor: Actor, article: Manuscript | None) -> bool:
    is_public = article is not None and article.status == rules.PUBLISHED
    return access.may_write(actor) and (access.may_publish(actor) or not is_public)


def _as_it_is(article: Manuscript) -> Form[Any]:
    return filled(
        title=article.title,
        body=article.body,
        lang=article.lang,
        category=article.category,
        translation_of=article.translation_of,
        seen=article.version,
    )


def _draft(form: ArticleForm, status: Status) -> Draft:
    return Draft(
        title=form.title,
        body=form.body,
        lang=form.lang,
        category=form.category,
        translation_of=form.translation_of,
        status="published" if form.then == "publish" else status,
    )


def _saved(form: ArticleForm) -> str:
    return gettext("Saved and published.") if form.then == "publish" else gettext("Saved.")


def _safe(html: str) -> Markup:
    return Markup(html)  # noqa: S704  # made by core.markup, which lets nothing else through
