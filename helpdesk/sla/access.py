from helpdesk.core.actor import Actor
from helpdesk.people.rules import MANAGE_DESK


def may_manage(actor: Actor) -> bool:
    """Say when offices are open and what is promised."""
    return actor.may(MANAGE_DESK)
