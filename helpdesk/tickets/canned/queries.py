"""What is read about canned replies."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, Final

import msgspec
from msgspec import Struct

from helpdesk.core.actor import Actor
from helpdesk.core.errors import NotFound
from helpdesk.core.kept import Kept
from helpdesk.core.text import fold
from helpdesk.departments import queries as departments
from helpdesk.i18n.catalogue import Phrase, phrase
from helpdesk.mail.outgoing import wording
from helpdesk.mail.outgoing.wording import BadWording
from helpdesk.settings import store
from helpdesk.settings.site import SiteSettings
from helpdesk.tickets.access import Condition
from helpdesk.tickets.canned.access import visible_to
from helpdesk.tickets.canned.tables import CannedReply, CannedUse
from helpdesk.tickets.queries import TicketFacts

MOST_OFFERED: Final = 12

EXPLAINED: Final[Mapping[str, Phrase]] = {
    "customer.name": phrase("Name of the customer"),
    "ticket.number": phrase("Number of the ticket"),
    "ticket.subject": phrase("Subject of the ticket"),
    "agent.name": phrase("Name of the agent"),
    "department.name": phrase("Name of the department"),
    "site.name": phrase("Name of the help centre"),
}
"""The placeholders of a canned reply, and what each stands for."""

_COLUMNS: Final = (
    *(CannedReply.id, CannedReply.name, CannedReply.folder, CannedReply.department, CannedReply.body_vi),
    *(CannedReply.body_en, CannedReply.status, CannedReply.priority, CannedReply.assign, CannedReply.tags),
    *(CannedReply.move_to, CannedReply.used, CannedReply.changed_at),
)


class Canned(Struct, frozen=True):
    """A canned reply. `assign` is me, nobody, a Person.id as text, or empty."""

    id: int
    name: str
    folder: str
    department: int | None
    body_vi: str
    body_en: str
    status: str
    priority: str
    assign: str
    tags: tuple[str, ...]
    move_to: int | None
    used: int
    changed_at: datetime

    def body(self, lang: str) -> str:
        """Its words in `lang`; in the other language where it has none in that one."""
        return (self.body_vi or self.body_en) if lang == "vi" else (self.body_en or self.body_vi)

    @property
    def is_act(self) -> bool:
        """Whether it says nothing and only changes the ticket."""
        return not self.body_vi and not self.body_en

    @property
    def is_macro(self) -> bool:
        """Whether it changes the ticket."""
        return bool(self.status or self.priority or self.assign or self.tags or self.move_to)

    def speaks(self, lang: str) -> bool:
        """Whether it has words of its own in `lang`, or needs none."""
        return self.is_act or bool(self.body_vi if lang == "vi" else self.body_en)


KEPT_SECONDS: Final = 5.0
_kept: Final = Kept[None, list[Canned]]("canned replies", KEPT_SECONDS)


async def everything(actor: Actor, q: str = "") -> list[Canned]:
    """Those the actor may see that hold the words of `q`, by folder and name."""
    return [one for one in await _rows(visible_to(actor)) if _holds(one, q)]


async def canned(actor: Actor, canned_id: int) -> Canned:
    """One of them. Raises NotFound."""
    rows = await _rows((CannedReply.id == canned_id) & visible_to(actor))
    if not rows:
        raise NotFound()
    return rows[0]


async def offered(ticket: TicketFacts, q: str = "") -> list[Canned]:
    """
    Those for a ticket: of its department or of all, that hold the words of `q`, by folder and name.

    Those in its language come first.
    """
    places = (None, ticket.department)
    known = await _kept.get(None, lambda: _rows(CannedReply.id > 0))
    found = [one for one in known if one.department in places and (not q or _holds(one, q))]
    return sorted(found, key=lambda one: not one.speaks(ticket.lang))


async def best(ticket: TicketFacts, q: str) -> list[Canned]:
    """The few of them for a picker: whose name holds the words first, then what is used most."""
    found = await offered(ticket, q)
    ranked = sorted(found, key=lambda one: (not _is_in(f"{one.folder} {one.name}", q), -one.used))
    return sorted(ranked, key=lambda one: not one.speaks(ticket.lang))[:MOST_OFFERED]


async def of_ticket(ticket: TicketFacts, ids: Collection[int]) -> list[Canned]:
    """Those of `ids` that may be used on the ticket."""
    return [one for one in await offered(ticket) if one.id in set(ids)] if ids else []


async def every_of(ids: Collection[int]) -> list[Canned]:
    """Those of `ids` that are still there. For the house's own eyes."""
    return await _rows(CannedReply.id.is_in([*ids] or [0]))


async def used_in(message: int) -> list[int]:
    """The canned replies a message is made of."""
    rows = await CannedUse.select(CannedUse.canned).where(CannedUse.message == message).order_by(CannedUse.id)
    return [row["canned"] for row in rows]


async def folders(actor: Actor) -> list[str]:
    """The folders there are, by name."""
    return sorted({one.folder for one in await everything(actor)} - {""}, key=fold)


async def values(actor: Actor, ticket: TicketFacts) -> dict[str, str]:
    """What the placeholders stand for when this agent answers this ticket."""
    department = await departments.department(ticket.department)
    return {
        "customer.name": ticket.requester_name,
        "ticket.number": str(ticket.id),
        "ticket.subject": ticket.subject,
        "agent.name": actor.name,
        "department.name": departments.name(department, ticket.lang),
        "site.name": (await store.get(SiteSettings)).name,
    }


def forget_all() -> None:
    """Read them anew at the next question."""
    _kept.forget()


def filled(source: str, values: Mapping[str, str]) -> str:
    """The words with their values. What cannot be filled in stays as it is: an agent reads it first."""
    try:
        return wording.markdown(source, values)
    except BadWording:
        return source


async def _rows(where: Condition) -> list[Canned]:
    rows: list[dict[str, Any]] = await CannedReply.select(*_COLUMNS).where(where)
    found = [msgspec.convert({**row, "tags": msgspec.json.decode(row["tags"])}, Canned) for row in rows]
    return sorted(found, key=lambda one: (fold(one.folder), fold(one.name), one.id))


def _holds(one: Canned, q: str) -> bool:
    return _is_in(f"{one.folder} {one.name} {one.body_vi} {one.body_en}", q)


def _is_in(text: str, q: str) -> bool:
    folded = fold(text)
    return all(word in folded for word in fold(q).split())
