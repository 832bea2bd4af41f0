"""What the public reads."""

from functools import partial
from typing import Literal
from urllib.parse import urlencode

from litestar import Controller, get, post
from litestar.response import Redirect
from markupsafe import Markup
from msgspec import Struct

from helpdesk.core.markup import contents
from helpdesk.i18n.catalogue import gettext
from helpdesk.i18n.reader import reading
from helpdesk.web.actor import CurrentActor, FromPath, FromQuery, Page
from helpdesk.web.addresses import moved, number_in
from helpdesk.web.forms import OptionalBody, read
from helpdesk.web.limits import limit
from helpdesk.web.render import Html, go, page_for_all
from helpdesk.web.visit import visiting
from kb.articles import feedback, queries, rules
from kb.articles.related import related
from kb.articles.rules import Reason


class Rating(Struct):
    """Whether an article helped, and what it lacks."""

    helpful: Literal["yes", "no"]
    reason: Reason = ""
    comment: OptionalBody = ""


class ArticlePages(Controller):
    path = "/help"
    include_in_schema = False

    @get("/categories/{name:str}")
    async def category(self, name: FromPath[str], after: FromQuery[str] = "") -> Html | Redirect:
        lang = reading.get().lang
        shelf = await queries.shelf(number_in(name), lang)
        if elsewhere := moved(name, shelf.path):
            return elsewhere
        articles = await queries.on_shelf(shelf.id, lang, after)
        shelves = await queries.shelves(lang)
        return await page_for_all("kb/articles/category.html", shelf=shelf, articles=articles, shelves=shelves)

    @get("/articles/{name:str}")
    async def show(self, actor: CurrentActor, name: FromPath[str], q: FromQuery[str] = "") -> Html | Redirect:
        article = await queries.read(actor, number_in(name), reading.get().lang)
        if elsewhere := moved(name, article.path):
            return elsewhere
        return await page_for_all(
            "kb/articles/show.html",
            each_time=None if actor.is_agent else partial(feedback.readings.saw, article.id),
            article=article,
            prose=Markup(article.html),  # noqa: S704  # made by core.markup, which lets nothing else through
            headings=[heading for heading in contents(article.html) if heading.level <= 3],
            beside=await queries.beside(article),
            related=await related(article),
            translations=await queries.translations(article),
            reasons=rules.REASONS,
            ask="/help/requests/new?" + urlencode({"after": f"article:{article.id}", **({"q": q} if q else {})}),
        )

    @post("/articles/{article_id:int}/rate")
    async def rate(self, actor: CurrentActor, article_id: FromPath[int], request: Page) -> Redirect:
        address = visiting.get().address
        limit("rate", address, most=30, seconds=600)
        article = await queries.read(actor, article_id, reading.get().lang)
        said = (await read(request, Rating)).data
        if said is None:
            return go(article.path)
        reader = feedback.reader_key(actor, address, request.headers.get("user-agent", ""))
        await feedback.rate(
            actor, article_id, reader, is_helpful=said.helpful == "yes", reason=said.reason, comment=said.comment
        )
        return go(article.path, tell=gettext("Thank you. It helps us write better."))
