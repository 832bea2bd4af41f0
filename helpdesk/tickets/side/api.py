"""Side conversations for machines, with the key of an agent. The same queries and actions as the pages."""

from datetime import datetime
from typing import Annotated, Literal

from litestar import Controller, get, patch, post
from litestar.params import JSONBody
from msgspec import Meta, Struct

from helpdesk.core.actor import Actor
from helpdesk.core.paging import Page
from helpdesk.tickets.said import Mailbox, typed
from helpdesk.tickets.side import actions, queries
from helpdesk.tickets.side.actions import Chosen, Wanted
from helpdesk.tickets.side.queries import Side
from helpdesk.tickets.unsent import hold_seconds
from helpdesk.web.actor import CurrentActor, FromPath
from helpdesk.web.guards import agents_only

Words = Annotated[str, Meta(min_length=1, max_length=100_000)]


class SideIn(Struct):
    """
    A question to a third party, in Markdown. `to` and `cc` are addresses, several between commas.

    `quote` and `files` are the ids of public messages, and of their files, that go along: nothing else does. `hold`:
    the ticket is on hold meanwhile; `wakes`: an answer opens it again. `can_be_undone`: it goes out only after the
    seconds in which answers can be taken back.
    """

    to: Annotated[str, Meta(min_length=1, max_length=2000)]
    subject: Annotated[str, Meta(min_length=1, max_length=200)]
    body: Words
    cc: Annotated[str, Meta(max_length=2000)] = ""
    quote: list[int] = []
    files: list[int] = []
    hold: bool = False
    wakes: bool = True
    can_be_undone: bool = False


class SideWordsIn(Struct):
    """More words to the third party."""

    body: Words
    quote: list[int] = []
    files: list[int] = []


class SideChange(Struct):
    status: Literal["open", "closed"]


class SideMessageOut(Struct, frozen=True, rename={"sender": "from"}):
    """A letter to or from a third party. `html` is safe."""

    id: int
    direction: str
    sender: Mailbox
    fresh: str
    html: str
    is_automatic: bool
    delivery: str
    files: list[str]
    sent_at: datetime


class SideOut(Struct, frozen=True):
    """A side conversation."""

    id: int
    ticket: int
    subject: str
    status: Literal["open", "closed"]
    to: tuple[Mailbox, ...]
    cc: tuple[Mailbox, ...]
    opened_at: datetime
    updated_at: datetime
    messages: list[SideMessageOut]


class TicketSidesApi(Controller):
    path = "/tickets/{number:int}/sides"
    tags = ["Side conversations"]
    guards = [agents_only]

    @get(summary="A ticket's side conversations")
    async def list(self, actor: CurrentActor, number: FromPath[int]) -> Page[SideOut]:
        """Letters to and from third parties, which no customer sees. None for whoever does not work on the ticket."""
        return Page([_out(side) for side in await queries.of_ticket(actor, number)], None)

    @post(summary="Ask a third party")
    async def start(self, actor: CurrentActor, number: FromPath[int], data: JSONBody[SideIn]) -> SideOut:
        wanted = Wanted(subject=data.subject, to=data.to, cc=data.cc, hold=data.hold, wakes=data.wakes)
        said, chosen = typed(data.body, channel="api"), Chosen(data.quote, data.files)
        hold = await hold_seconds(data.can_be_undone)
        return await _one(actor, await actions.start(actor, number, wanted, said, chosen, hold_seconds=hold))


class SidesApi(Controller):
    path = "/sides/{side:int}"
    tags = ["Side conversations"]
    guards = [agents_only]

    @get(summary="A side conversation")
    async def show(self, actor: CurrentActor, side: FromPath[int]) -> SideOut:
        return await _one(actor, side)

    @patch(summary="Close or reopen a side conversation")
    async def change(self, actor: CurrentActor, side: FromPath[int], data: JSONBody[SideChange]) -> SideOut:
        await (actions.close if data.status == "closed" else actions.reopen)(actor, side)
        return await _one(actor, side)

    @post("/undo", status_code=204, summary="Take a question back")
    async def take_back(self, actor: CurrentActor, side: FromPath[int]) -> None:
        """While it is held back: it becomes its author's draft. 409 once it has gone out."""
        await actions.take_back(actor, side)

    @post("/messages", summary="Write to the third party")
    async def write(self, actor: CurrentActor, side: FromPath[int], data: JSONBody[SideWordsIn]) -> SideOut:
        await actions.write(actor, side, typed(data.body, channel="api"), Chosen(data.quote, data.files))
        return await _one(actor, side)


async def _one(actor: Actor, side: int) -> SideOut:
    return _out(await queries.one(actor, side))


def _out(side: Side) -> SideOut:
    return SideOut(
        id=side.id,
        ticket=side.ticket,
        subject=side.subject,
        status="closed" if side.closed_at else "open",
        to=side.to,
        cc=side.cc,
        opened_at=side.opened_at,
        updated_at=side.updated_at,
        messages=[
            SideMessageOut(
                id=one.id,
                direction=one.direction,
                sender=Mailbox(one.who, one.from_email),
                fresh=one.fresh,
                html=one.html + one.quoted_html,
                is_automatic=one.is_automatic,
                delivery=one.letter.state if one.letter else "",
                files=[file.filename for file in one.files],
                sent_at=one.sent_at,
            )
            for one in side.messages
        ],
    )
