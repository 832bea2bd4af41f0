"""Who may: which rows are theirs to see, and which acts on them."""

from typing import Final

from piccolo.custom_types import Combinable

from helpdesk.core.actor import Actor
from helpdesk.departments.tables import Department
from helpdesk.people.rules import ANSWER_TICKETS, SEE_ALL_TICKETS
from helpdesk.tickets.tables import Participant, SavedView, Ticket

SEE_ALL: Final = SEE_ALL_TICKETS

Condition = Combinable
"""What `where` takes."""

_NEVER: Final = Ticket.message_count < 0
"""
Holds for no ticket, and no index knows it. Beside it an `or` is asked of each row of a list in its order; without
it SQLite fetches every ticket of the departments first and then sorts them.
"""


def visible_to(actor: Actor) -> Condition:
    """
    The tickets this actor may see, as a condition for any query.

    Agents: those of their departments, those assigned to them, and their own requests. Customers: those
    they asked or get copies of. A guest with a private link: that one. What is in the bin nobody sees.
    """
    if actor.is_system or (actor.is_agent and actor.may(SEE_ALL)):
        return worked_by(actor)
    if actor.only_ticket is not None:
        return Ticket.binned_at.is_null() & (Ticket.id == actor.only_ticket)
    if actor.id is None:
        return Ticket.id < 0
    own = (Ticket.requester == actor.id) | Ticket.id.is_in(
        Participant.select(Participant.ticket).where(Participant.person == actor.id)
    )
    return Ticket.binned_at.is_null() & (_inside_for(actor) | own if actor.is_agent else own)


def worked_by(actor: Actor) -> Condition:
    """
    The tickets whose inside this actor may see, notes and history included, as a condition.

    Those of an agent's departments and those assigned to them; what an agent asks for themselves elsewhere
    they see as every customer does.
    """
    if actor.is_system or (actor.is_agent and actor.may(SEE_ALL)):
        return Ticket.binned_at.is_null()
    return Ticket.binned_at.is_null() & _inside_for(actor)


def binned_for(actor: Actor) -> Condition:
    """The tickets in the bin that would be the actor's to work on, as a condition."""
    return Ticket.binned_at.is_not_null() & _inside_for(actor)


def _inside_for(actor: Actor) -> Condition:
    if actor.is_system or (actor.is_agent and actor.may(SEE_ALL)):
        return Ticket.id.is_not_null()
    if not actor.is_agent or actor.only_ticket is not None:
        return Ticket.id < 0
    return Ticket.department.is_in(list(actor.departments) or [0]) | (Ticket.assignee == actor.id) | _NEVER


def works_on(actor: Actor, *, department: int, assignee: int | None) -> bool:
    """The same question about one ticket."""
    if actor.is_system or (actor.is_agent and actor.may(SEE_ALL)):
        return True
    if not actor.is_agent or actor.only_ticket is not None:
        return False
    return department in actor.departments or (assignee is not None and assignee == actor.id)


def may_open_for_others(actor: Actor) -> bool:
    """Write down what somebody else asked: agents who may answer, too."""
    return actor.is_agent and actor.may(ANSWER_TICKETS)


def departments_for(actor: Actor, channel: str) -> Condition:
    """The departments somebody may open a ticket in: a letter finds its own, else customers choose public ones."""
    return Department.id > 0 if actor.is_agent or channel == "email" else Department.is_public.eq(True)


def may_reply(actor: Actor, ticket: Ticket) -> bool:
    """
    Whose it is, and who has copies, may always answer, a closed one too, which opens it again.

    Agents answer other people's tickets when their role says so.
    """
    if ticket.requester != actor.id and works_on(actor, department=ticket.department, assignee=ticket.assignee):
        return actor.may(ANSWER_TICKETS)
    return actor.id is not None


def may_work(actor: Actor, ticket: Ticket) -> bool:
    """Notes, status, priority, assignment, tags: the work of agents who see the ticket."""
    is_theirs = works_on(actor, department=ticket.department, assignee=ticket.assignee)
    return is_theirs and actor.may(ANSWER_TICKETS)


def may_close(actor: Actor, ticket: Ticket) -> bool:
    """An agent, or the customer who says that it is solved."""
    return may_work(actor, ticket) or ticket.requester == actor.id


def may_share(actor: Actor, ticket: Ticket) -> bool:
    """Say who else takes part, besides those whom letters name: the customer whose request it is."""
    return actor.id is not None and ticket.requester == actor.id


def views_for(actor: Actor) -> Condition:
    """The queues somebody put together that this agent may look at: their own, and those shared with them."""
    shared = ["all", *(f"department:{number}" for number in sorted(actor.departments))]
    return (SavedView.owner == (actor.id or 0)) | SavedView.audience.is_in(shared)


def may_change_view(actor: Actor, view: SavedView) -> bool:
    """Whoever put it together; administrators too, once it is shared."""
    return view.owner == actor.id or (actor.is_admin and bool(view.audience))


def may_share_view(actor: Actor, audience: str) -> bool:
    """Keep it to oneself, or share it where one works; with everybody: administrators."""
    if not audience or actor.is_admin:
        return True
    kind, _, number = audience.partition(":")
    return kind == "department" and number.isdecimal() and int(number) in actor.departments


async def may_hear(actor: Actor, about: str) -> bool:
    """Whether the actor may learn that something happened to a thing, such as `ticket:7`, be it that it is gone."""
    kind, _, number = about.partition(":")
    if kind not in {"ticket", "presence"}:
        return actor.is_agent
    return await Ticket.exists().where((Ticket.id == int(number)) & (visible_to(actor) | binned_for(actor)))
