"""
Live pages: hints over Server-Sent Events (WHATWG HTML, section 9.2), never content.

A hint about ticket 7 is the event `ticket-7`, and `tickets` for everyone who shows a list. The
page fetches its own partial again by its normal address, so access is checked where it always is.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final

from litestar import get
from litestar.handlers import HTTPRouteHandler
from litestar.response import ServerSentEvent
from litestar.response.sse import ServerSentEventMessage

from helpdesk.core.actor import Actor
from helpdesk.events.tail import listening
from helpdesk.web.actor import CurrentActor
from helpdesk.web.guards import signed_in

BEAT_SECONDS: Final = 20
"""A comment that often keeps proxies from closing the line, and tells us when the browser has gone."""

MayHear = Callable[[Actor, str], Awaitable[bool]]
"""Whether the actor may know that something happened to a thing, such as `ticket:7`."""


def route(may_hear: MayHear) -> HTTPRouteHandler:
    """The stream's route, with the question that decides who gets which hints."""

    @get("/live", guards=[signed_in])
    async def live(actor: CurrentActor) -> ServerSentEvent:
        return ServerSentEvent(_hints(actor, may_hear))

    return live


async def _hints(actor: Actor, may_hear: MayHear) -> AsyncIterator[ServerSentEventMessage]:
    """What this actor may hear, for as long as the browser listens."""
    with listening() as queue:
        yield ServerSentEventMessage(comment="listening", retry=3000)
        while True:
            try:
                hint = await asyncio.wait_for(queue.get(), BEAT_SECONDS)
            except TimeoutError:
                yield ServerSentEventMessage(comment="beat")
                continue
            if hint is None:
                return
            if (actor.is_agent or not hint.is_internal) and await may_hear(actor, hint.about):
                kind, _, number = hint.about.partition(":")
                yield ServerSentEventMessage(event=f"{kind}-{number}", data=hint.event, id=str(hint.id))
                yield ServerSentEventMessage(event=f"{kind}s", data=hint.event)
