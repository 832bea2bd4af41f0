"""Who may look after the mail: letters hold everything, so only administrators see those that have no ticket."""

from helpdesk.core.actor import Actor


def may_manage(actor: Actor) -> bool:
    """Mailboxes, held letters, the outbox."""
    return actor.is_admin
