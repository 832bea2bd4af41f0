"""Who may do what with topics. Which of them one may choose is `queries.topics_for`."""

from helpdesk.core.actor import Actor
from helpdesk.people.rules import MANAGE_DESK


def may_manage(actor: Actor) -> bool:
    """Say what requests may be about, and what follows from it."""
    return actor.may(MANAGE_DESK)
