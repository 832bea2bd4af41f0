from piccolo.columns import ForeignKey, Serial, Text, Timestamptz, Varchar

from helpdesk.core.table import Table
from helpdesk.tickets.tables import Ticket


class Rating(Table):
    """What the customer thought of how a ticket was answered; one a ticket, the last word counts."""

    id: Serial
    ticket = ForeignKey(Ticket, null=False, unique=True)
    score = Varchar(length=4, help_text="good or bad.")
    comment = Text(default="")
    rated_at = Timestamptz(default=None)
