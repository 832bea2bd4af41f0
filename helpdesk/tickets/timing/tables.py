from piccolo.columns import ForeignKey, Integer, Serial, Timestamptz

from helpdesk.core.table import Table
from helpdesk.people.tables import Person
from helpdesk.tickets.tables import Ticket


class WorkTimer(Table, tablename="work_timer"):
    """How long an agent has a ticket in hand; one for each agent and ticket, gone once it is noted."""

    id: Serial
    person = ForeignKey(Person, null=False)
    ticket = ForeignKey(Ticket, null=False)
    seconds = Integer(default=0, help_text="Until it was paused last.")
    running_since = Timestamptz(null=True, default=None, help_text="NULL while it is paused.")
