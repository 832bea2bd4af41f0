"""Many tickets at once and the bin, for machines. The same acts and the same checks as the pages."""

from datetime import datetime
from typing import Annotated, Literal

from litestar import Controller, get, post
from litestar.params import JSONBody
from msgspec import Meta, Struct

from helpdesk.core.actor import Actor
from helpdesk.core.paging import Page
from helpdesk.tickets import binning, bulk
from helpdesk.web.actor import CurrentActor, FromPath, FromQuery
from helpdesk.web.guards import agents_only

Numbers = Annotated[list[int], Meta(min_length=1, max_length=bulk.MOST)]


class BulkIn(Struct):
    """
    What to do to which tickets, by their numbers.

    `value` is what the act needs: a person's id for assign (empty for nobody), a department's id for move, a topic's id
    for topic (empty for none), a word for status, priority, tag and untag, `7=text` for field (a field's id, and what
    is to stand in it; of some of several their keys with commas between; `7+=2` adds one of them, `7-=2` takes it
    away), Markdown for reply and note, a canned reply's id for macro; nothing for delete, spam and restore.
    """

    act: Literal[
        "assign",
        "move",
        "status",
        "priority",
        "topic",
        "tag",
        "untag",
        "field",
        "reply",
        "note",
        "macro",
        "delete",
        "spam",
        "restore",
    ]
    tickets: Numbers
    value: str | int = ""


class BulkOut(Struct, frozen=True):
    """
    How far an act is and what came of it. `ended_at` is null while a job goes on with it.

    `refusals`: reasons, and the numbers of the tickets they were given for; those stayed as they were.
    """

    id: int
    total: int
    done: int
    changed: int
    refusals: dict[str, list[int]]
    began_at: datetime
    ended_at: datetime | None
    can_be_undone: bool


class BinnedOut(Struct, frozen=True):
    """A ticket in the bin; `reason` is deleted or spam."""

    number: int
    subject: str
    requester: str
    messages: int
    reason: str
    binned_at: datetime


class Restored(Struct):
    """The numbers of tickets that are to come back from the bin."""

    tickets: Numbers


class BulkApi(Controller):
    path = "/tickets/bulk"
    tags = ["Tickets"]
    guards = [agents_only]

    @post()
    async def begin(self, actor: CurrentActor, data: JSONBody[BulkIn]) -> BulkOut:
        """Do something to many tickets: a few at once, more than fifty by a job that goes on by itself."""
        return await _result(actor, await bulk.begin(actor, data.act, str(data.value), data.tickets))

    @get("/{number:int}")
    async def show(self, actor: CurrentActor, number: FromPath[int]) -> BulkOut:
        """How far it is."""
        return await _result(actor, number)

    @post("/{number:int}/undo")
    async def take_back(self, actor: CurrentActor, number: FromPath[int]) -> BulkOut:
        """Take back what it did, where nobody changed the same since; the act that does it."""
        return await _result(actor, await bulk.take_back(actor, number))


class BinApi(Controller):
    path = "/bin"
    tags = ["Tickets"]
    guards = [agents_only]

    @get()
    async def list(
        self, actor: CurrentActor, after: FromQuery[str] = "", limit: FromQuery[int] = 50
    ) -> Page[BinnedOut]:
        """Deleted tickets and spam that would be yours to work on, the newest first."""
        rows = await binning.binned(actor, after=after or None, size=max(1, min(limit, 200)))
        found = [
            BinnedOut(row.id, row.subject, row.who, row.message_count, row.binned_as, row.binned_at)
            for row in rows.items
        ]
        return Page(found, rows.next)

    @post("/restore")
    async def restore(self, actor: CurrentActor, data: JSONBody[Restored]) -> BulkOut:
        """Take tickets out of the bin."""
        return await _result(actor, await bulk.begin(actor, "restore", "", data.tickets))


async def _result(actor: Actor, number: int) -> BulkOut:
    row = await bulk.result(actor, number)
    return BulkOut(
        id=row.id,
        total=row.total,
        done=row.done,
        changed=row.changed,
        refusals=row.refusals,
        began_at=row.began_at,
        ended_at=row.ended_at,
        can_be_undone=row.can_be_undone,
    )
