"""Who may do what with rules."""

from helpdesk.core.actor import Actor
from helpdesk.people.rules import MANAGE_DESK


def may_manage(actor: Actor) -> bool:
    """Write rules, switch them on and off, try them, and see what they did."""
    return actor.may(MANAGE_DESK)
