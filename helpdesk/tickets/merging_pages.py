"""Merging tickets and taking them apart again, for agents."""

from litestar import Controller, get, post
from litestar.response import Redirect
from msgspec import Struct

from helpdesk.core.actor import Actor
from helpdesk.core.errors import Invalid
from helpdesk.i18n.catalogue import gettext, ngettext
from helpdesk.tickets import merging, views
from helpdesk.web.actor import CurrentActor, FromPath, FromQuery, Page
from helpdesk.web.forms import Form, read
from helpdesk.web.render import Html, go, page

MOST_AT_ONCE = 50


class Chosen(Struct):
    """Which tickets go into the one of the page. `sure`: it was read who will see more than before."""

    id: list[int] = []
    sure: bool = False


class MergePages(Controller):
    path = "/"

    @get("/merge")
    async def picked(self, actor: CurrentActor, request: Page) -> Redirect:
        """What is picked in a queue: the oldest takes the others in, unless another is chosen."""
        picked = _numbers(request)
        if not picked:
            return go("/desk", tell=gettext("Pick at least one ticket first."), kind="warn")
        target, *others = sorted(set(picked))
        return go(f"/desk/tickets/{target}/merge" + _query(others))

    @get("/tickets/{ticket_id:int}/merge")
    async def choose(
        self, actor: CurrentActor, ticket_id: FromPath[int], request: Page, q: FromQuery[str] = ""
    ) -> Html:
        return await _page(actor, ticket_id, _numbers(request), q)

    @post("/tickets/{ticket_id:int}/merge")
    async def merge(self, actor: CurrentActor, ticket_id: FromPath[int], request: Page) -> Html | Redirect:
        form = await read(request, Chosen)
        chosen = form.data or Chosen()
        try:
            await merging.merge(actor, ticket_id, chosen.id[:MOST_AT_ONCE], sure=chosen.sure)
        except Invalid as refusal:
            return await _page(actor, ticket_id, chosen.id[:MOST_AT_ONCE], "", form.refused(refusal))
        views.forget_counts()
        merged = len(set(chosen.id))
        tell = ngettext("%(n)s ticket is merged into this one.", "%(n)s tickets are merged into this one.", merged)
        apart = "-".join(str(number) for number in sorted(set(chosen.id)))
        return go(f"/desk/tickets/{ticket_id}", tell=tell, undo=f"/desk/tickets/{ticket_id}/unmerge/{apart}")

    @post("/tickets/{ticket_id:int}/unmerge/{others:str}")
    async def undo(self, actor: CurrentActor, ticket_id: FromPath[int], others: FromPath[str]) -> Redirect:
        """Take back a merge of several, named like `5-6`, right after it."""
        numbers = [number for one in others.split("-") if (number := views.number_in(one)) is not None]
        await merging.take_out(actor, ticket_id, numbers)
        views.forget_counts()
        return go(f"/desk/tickets/{ticket_id}", tell=gettext("They are tickets of their own again."))

    @post("/tickets/{ticket_id:int}/unmerge")
    async def unmerge(self, actor: CurrentActor, ticket_id: FromPath[int]) -> Redirect:
        target = await merging.unmerge(actor, ticket_id)
        views.forget_counts()
        tell = gettext("It is a ticket of its own again, as it was before #%(number)s took it in.", number=target)
        return go(f"/desk/tickets/{ticket_id}", tell=tell)


async def _page(actor: Actor, ticket_id: int, others: list[int], q: str, form: Form[Chosen] | None = None) -> Html:
    """What would be merged, who would read more than now, and what else could be."""
    plan = await merging.plan(actor, ticket_id, others)
    chosen = {side.ticket.id for side in plan.others}
    return page(
        "tickets/merge.html",
        status=422 if form else 200,
        form=form,
        plan=plan,
        ticket=plan.target.ticket,
        q=q,
        offered=[one for one in await merging.offered(actor, ticket_id, q) if one.id not in chosen],
        others=_query(sorted(chosen)),
        as_target={
            side.ticket.id: f"/desk/tickets/{side.ticket.id}/merge"
            + _query(sorted({ticket_id, *chosen} - {side.ticket.id}))
            for side in plan.others
        },
    )


def _numbers(request: Page) -> list[int]:
    """The tickets that the address names; what is no number is passed over."""
    named = request.query_params.getall("id", [])[:MOST_AT_ONCE]
    return [number for one in named if (number := views.number_in(one)) is not None]


def _query(numbers: list[int]) -> str:
    return "?" + "&".join(f"id={number}" for number in numbers) if numbers else ""
