"""Who may do what with departments. Which of them one may know is `queries.departments_for`."""

from helpdesk.core.actor import Actor
from helpdesk.people.rules import MANAGE_DESK


def may_manage(actor: Actor) -> bool:
    """Open, change and close departments, and say who works there."""
    return actor.may(MANAGE_DESK)
