"""Who may see and change whom."""

from piccolo.custom_types import Combinable

from helpdesk.core.actor import Actor
from helpdesk.people import rules
from helpdesk.people.tables import Person


def visible_to(actor: Actor) -> Combinable:
    """The people this actor may look up, as a condition for any query: agents everyone, others themselves."""
    if actor.is_agent:
        return Person.id.is_not_null()
    return Person.id == (actor.id or 0)


def may_change(actor: Actor, person_id: int, *, is_staff: bool) -> bool:
    """Own details; customers' for agents; everyone's for those who manage people."""
    if may_manage(actor) or (actor.is_agent and not is_staff):
        return True
    return actor.is_signed_in and actor.id == person_id


def may_manage(actor: Actor) -> bool:
    """Add agents, give roles and departments, let people in and out."""
    return actor.is_admin or actor.may(rules.MANAGE_PEOPLE)


def may_keep(actor: Actor, *, is_staff: bool) -> bool:
    """
    What others keep of somebody: the address, the organisation, the notes.

    Whoever changes an address changes who receives its sign-in links, so nobody does it for themselves unproved.
    """
    return may_manage(actor) or (actor.is_agent and not is_staff)
