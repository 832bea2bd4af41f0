"""Who may use and keep canned replies."""

from helpdesk.core.actor import Actor
from helpdesk.people.rules import ANSWER_TICKETS, MANAGE_DESK
from helpdesk.tickets.access import SEE_ALL, Condition
from helpdesk.tickets.canned.tables import CannedReply


def visible_to(actor: Actor) -> Condition:
    """Those for all departments, and those of the departments an agent works in, as a condition."""
    if actor.is_agent and (actor.may(SEE_ALL) or actor.may(MANAGE_DESK)):
        return CannedReply.id > 0
    if not actor.is_agent:
        return CannedReply.id < 0
    return CannedReply.department.is_null() | CannedReply.department.is_in(list(actor.departments) or [0])


def may_keep(actor: Actor, department: int | None) -> bool:
    """Add, change and remove them: agents those of their departments, for all departments who runs the desk."""
    if not actor.is_agent:
        return False
    return actor.may(MANAGE_DESK) or (actor.may(ANSWER_TICKETS) and department in actor.departments)


def may_keep_any(actor: Actor) -> bool:
    return actor.is_agent and (actor.may(MANAGE_DESK) or (actor.may(ANSWER_TICKETS) and bool(actor.departments)))
