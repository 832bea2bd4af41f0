"""Who may say who gets what."""

from collections.abc import Collection

from helpdesk.core.actor import Actor
from helpdesk.departments.queries import DepartmentEntry
from helpdesk.people.rules import MANAGE_DESK, SEE_ALL_TICKETS


def may_plan(actor: Actor) -> bool:
    """Say how tickets find who looks after them, and what agents can do."""
    return actor.may(MANAGE_DESK)


def may_arrange(actor: Actor, person_id: int, leads: Collection[int]) -> bool:
    """
    Say that somebody is away or back, and give their tickets back: they themselves, who manages the desk, and who
    leads one of the departments (`leads`) that they work in.
    """
    return may_plan(actor) or (actor.is_agent and actor.id is not None and actor.id in {person_id, *leads})


def may_spread(actor: Actor, person_id: int, leads: Collection[int]) -> bool:
    """Have somebody's waiting tickets handed out anew: who manages the desk, or leads them."""
    return may_plan(actor) or (actor.is_agent and actor.id is not None and actor.id in leads)


def sees(actor: Actor, department: DepartmentEntry) -> bool:
    """Whose team they may look at: that of a department where they work; all of them, if they see all tickets."""
    return may_plan(actor) or actor.may(SEE_ALL_TICKETS) or department.id in actor.departments
