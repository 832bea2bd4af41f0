"""The timer beside a ticket's time spent, and the time that agents spent in all."""

from typing import Literal

from litestar import Controller, get, post
from litestar.response import Redirect
from msgspec import Struct

from helpdesk.tickets.timing import actions, queries
from helpdesk.web.actor import CurrentActor, FromPath, FromQuery, Page
from helpdesk.web.forms import read
from helpdesk.web.render import Html, go, page

PERIODS = (7, 30, 90, 365)
"""Days that can be looked back over."""


class TimerAct(Struct):
    do: Literal["start", "pause", "stop"]


ACTS = {"start": actions.start, "pause": actions.pause, "stop": actions.stop}


class TimePages(Controller):
    path = "/"

    @get("/time")
    async def time(self, actor: CurrentActor, days: FromQuery[int] = 7) -> Html:
        period = days if days in PERIODS else PERIODS[0]
        spent = await queries.by_agent(actor, period)
        return page("tickets/time.html", spent=spent, days=period, periods=PERIODS)

    @post("/tickets/{ticket_id:int}/timer")
    async def timer(self, actor: CurrentActor, ticket_id: FromPath[int], request: Page) -> Redirect:
        form = await read(request, TimerAct)
        await ACTS[form.data.do if form.data else "pause"](actor, ticket_id)
        return go(f"/desk/tickets/{ticket_id}#work")
