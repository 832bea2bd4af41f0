"""Calls for telephone systems: each is written down once, whatever is sent again."""

from datetime import datetime
from typing import Annotated

from litestar import Controller, post
from litestar.params import JSONBody
from msgspec import Meta, Struct

from helpdesk.core.config import config
from helpdesk.core.errors import Invalid
from helpdesk.core.phone import LONGEST_TYPED, written
from helpdesk.departments.queries import department_for, public_departments
from helpdesk.i18n.catalogue import gettext, phrase
from helpdesk.people import phones
from helpdesk.tickets import calls
from helpdesk.tickets.calls import Call, Direction
from helpdesk.tickets.rules import LONGEST_SUBJECT, Priority
from helpdesk.web.actor import CurrentActor
from helpdesk.web.guards import agents_only


class CallIn(Struct):
    """
    A call. `call_id` is the telephone system's own; sent again with a key of the same agent, it is the same call.

    `number` is that of the customer, in any form. Without a `ticket` a new one is opened. `shared`: the customer may
    read `body`; otherwise it is an internal note. `minutes` go to the time spent. Moments are RFC 3339.
    """

    call_id: Annotated[str, Meta(min_length=1, max_length=150)]
    number: Annotated[str, Meta(min_length=1, max_length=LONGEST_TYPED)]
    direction: Direction = "in"
    minutes: Annotated[int, Meta(ge=0, le=calls.MOST_MINUTES)] = 0
    name: Annotated[str, Meta(max_length=200)] = ""
    email: Annotated[str, Meta(max_length=320)] = ""
    person: int | None = None
    ticket: int | None = None
    department: int | None = None
    subject: Annotated[str, Meta(max_length=LONGEST_SUBJECT)] = ""
    body: Annotated[str, Meta(max_length=100_000)] = ""
    priority: Priority = "normal"
    shared: bool = False
    solved: bool = False
    began_at: Annotated[datetime, Meta(tz=True)] | None = None


class CallOut(Struct, frozen=True):
    """The ticket that a call is written down on."""

    ticket: int
    url: str


class CallApi(Controller):
    path = "/calls"
    tags = ["Calls"]
    guards = [agents_only]

    @post(summary="Write a telephone call down")
    async def log(self, actor: CurrentActor, data: JSONBody[CallIn]) -> CallOut:
        """
        The caller is who has the number; where several have it, the one known longest unless `person` says who.

        Nobody has it: a new customer, called `name`, or by the number.
        """
        number = await phones.read(data.number)
        shown = written(number, await phones.country())
        people = await phones.callers(actor, number)
        subject = data.subject or gettext("Call with %(number)s", number=shown)
        ticket = await calls.log(
            actor,
            Call(
                number=number,
                words=data.body or subject,
                subject=subject,
                direction=data.direction,
                minutes=data.minutes,
                department=data.department or await _first_department(),
                person=data.person or (people[0].id if people else None),
                name=data.name or shown,
                email=data.email,
                ticket=data.ticket,
                priority=data.priority,
                is_shared=data.shared,
                is_solved=data.solved,
                key=f"api:{data.call_id}",
                began_at=data.began_at,
            ),
        )
        return CallOut(ticket, f"{config().base_url}/desk/tickets/{ticket}")


async def _first_department() -> int:
    """Where a call goes that names no department: the first public one, else the first at all."""
    public = await public_departments()
    if public:
        return public[0].id
    if (routed := await department_for([])) is None:
        raise Invalid({"department": phrase("There is no department yet.")})
    return routed.department
