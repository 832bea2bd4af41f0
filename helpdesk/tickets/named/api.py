"""Statuses and priorities for machines."""

from litestar import Controller, get
from msgspec import Struct

from helpdesk.tickets.named import queries
from helpdesk.web.guards import agents_only
from helpdesk.web.naming import Priority, Status


class StatusOut(Struct, frozen=True):
    """
    A status that can be chosen by its `key`. `category` is what it means: new, open, pending, hold, solved or closed.

    `name` is in the reader's language, `public` what customers read, empty for the category's
    plain word.
    """

    key: str
    category: str
    name: str
    name_vi: str
    name_en: str
    public: str
    colour: str
    is_default: bool


class PriorityOut(Struct, frozen=True):
    """A priority that can be chosen by its `key`."""

    key: str
    name: str
    name_vi: str
    name_en: str
    colour: str


class StatusApi(Controller):
    path = "/statuses"
    tags = ["Tickets"]
    guards = [agents_only]

    @get()
    async def list(self) -> list[StatusOut]:
        """Every status that is offered, in order."""
        return [_status(one) for one in (await queries.known()).offered_statuses]


class PriorityApi(Controller):
    path = "/priorities"
    tags = ["Tickets"]
    guards = [agents_only]

    @get()
    async def list(self) -> list[PriorityOut]:
        """Every priority that is offered, the most urgent first."""
        return [_priority(one) for one in (await queries.known()).offered_priorities]


def _status(one: Status) -> StatusOut:
    return StatusOut(
        key=one.key,
        category=one.category,
        name=one.name,
        name_vi=one.vi,
        name_en=one.en,
        public=one.public,
        colour=one.colour,
        is_default=one.is_default,
    )


def _priority(one: Priority) -> PriorityOut:
    return PriorityOut(key=one.key, name=one.name, name_vi=one.vi, name_en=one.en, colour=one.colour)
