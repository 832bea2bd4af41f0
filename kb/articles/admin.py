"""The shelves: an administrator names and orders the categories."""

from typing import Any, Final

from litestar import Controller, get, post
from litestar.response import Redirect

from helpdesk.core.errors import Conflict
from helpdesk.i18n.catalogue import gettext, phrase
from helpdesk.web.actor import CurrentActor, FromPath, Page
from helpdesk.web.forms import Form, filled, read
from helpdesk.web.render import Html, go, page
from kb.articles import actions, queries
from kb.articles.actions import Shelf

ICONS: Final = {
    "book-open": phrase("Book"),
    "store": phrase("Shop"),
    "package": phrase("Parcel"),
    "truck": phrase("Truck"),
    "shopping-bag": phrase("Shopping bag"),
    "receipt-text": phrase("Receipt"),
    "credit-card": phrase("Card"),
    "wallet": phrase("Wallet"),
    "printer": phrase("Printer"),
    "smartphone": phrase("Phone"),
    "user-cog": phrase("Account"),
    "users-round": phrase("People"),
    "shield-check": phrase("Shield"),
    "chart-column": phrase("Chart"),
    "calendar": phrase("Calendar"),
    "settings": phrase("Settings"),
    "wrench": phrase("Tool"),
    "lightbulb": phrase("Idea"),
}
"""Pictures that a category may have: names in static/icons.svg, and what they show."""


class CategoryAdmin(Controller):
    path = "/categories"

    @get()
    async def categories(self) -> Html:
        return page("kb/articles/categories.html", categories=await queries.categories())

    @get("/new")
    async def new(self) -> Html:
        last = [row["position"] for row in await queries.categories()]
        return _edit(None, filled(icon="book-open", position=max(last, default=0) + 1))

    @post("/new")
    async def add(self, actor: CurrentActor, request: Page) -> Html | Redirect:
        form = await read(request, Shelf)
        if form.data is None:
            return _edit(None, form, status=422)
        await actions.add_category(actor, form.data)
        return go("/admin/categories", tell=gettext("The category is there."))

    @get("/{category_id:int}")
    async def edit(self, category_id: FromPath[int]) -> Html:
        category = await queries.category(category_id)
        return _edit(category, filled(**category))

    @post("/{category_id:int}")
    async def change(self, actor: CurrentActor, category_id: FromPath[int], request: Page) -> Html | Redirect:
        category = await queries.category(category_id)
        form = await read(request, Shelf)
        if form.data is None:
            return _edit(category, form, status=422)
        await actions.change_category(actor, category_id, form.data)
        return go("/admin/categories", tell=gettext("Saved."))

    @post("/{category_id:int}/remove")
    async def remove(self, actor: CurrentActor, category_id: FromPath[int]) -> Redirect:
        try:
            await actions.remove_category(actor, category_id)
        except Conflict as refusal:
            return go(f"/admin/categories/{category_id}", tell=refusal.reason, kind="danger")
        return go("/admin/categories", tell=gettext("The category is gone."))


def _edit(category: dict[str, Any] | None, form: Form[Any], *, status: int = 200) -> Html:
    return page("kb/articles/category_form.html", status=status, category=category, form=form, icons=ICONS)
