"""The boards: an administrator names and orders them."""

from typing import Any, Literal

from litestar import Controller, get, post
from litestar.response import Redirect
from msgspec import Struct

from helpdesk.core.errors import Conflict, Invalid
from helpdesk.i18n.catalogue import gettext
from helpdesk.web.actor import CurrentActor, FromPath, Page
from helpdesk.web.forms import Form, filled, read
from helpdesk.web.render import Html, go, page
from kb.forum import keeping, queries, rules
from kb.forum.keeping import BoardWords


class Step(Struct):
    to: Literal["up", "down"]


class BoardAdmin(Controller):
    path = "/boards"

    @get()
    async def boards(self) -> Html:
        return page("kb/forum/boards.html", boards=await queries.kept_boards())

    @get("/new")
    async def new(self) -> Html:
        return _edit(None, filled(icon="messages-square", staff_only=False))

    @post("/new")
    async def add(self, actor: CurrentActor, request: Page) -> Html | Redirect:
        form = await read(request, BoardWords)
        if form.data is None:
            return _edit(None, form, status=422)
        try:
            await keeping.add_board(actor, form.data)
        except Invalid as refusal:
            return _edit(None, form.refused(refusal), status=422)
        return go("/admin/boards", tell=gettext("The board is open."))

    @get("/{board_id:int}")
    async def edit(self, board_id: FromPath[int]) -> Html:
        board = await queries.kept_board(board_id)
        return _edit(board, filled(**board))

    @post("/{board_id:int}")
    async def change(self, actor: CurrentActor, board_id: FromPath[int], request: Page) -> Html | Redirect:
        board = await queries.kept_board(board_id)
        form = await read(request, BoardWords)
        if form.data is None:
            return _edit(board, form, status=422)
        try:
            await keeping.change_board(actor, board_id, form.data)
        except Invalid as refusal:
            return _edit(board, form.refused(refusal), status=422)
        return go("/admin/boards", tell=gettext("Saved."))

    @post("/{board_id:int}/move")
    async def move(self, actor: CurrentActor, board_id: FromPath[int], request: Page) -> Redirect:
        step = (await read(request, Step)).data
        if step is not None:
            await keeping.move_board(actor, board_id, up=step.to == "up")
        return go("/admin/boards")

    @post("/{board_id:int}/remove")
    async def remove(self, actor: CurrentActor, board_id: FromPath[int]) -> Redirect:
        try:
            await keeping.remove_board(actor, board_id)
        except Conflict as refusal:
            return go(f"/admin/boards/{board_id}", tell=refusal.reason, kind="danger")
        return go("/admin/boards", tell=gettext("The board is gone."))


def _edit(board: dict[str, Any] | None, form: Form[Any], *, status: int = 200) -> Html:
    return page("kb/forum/board_form.html", status=status, board=board, form=form, icons=rules.ICONS)
