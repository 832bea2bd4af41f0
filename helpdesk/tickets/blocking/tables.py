from piccolo.columns import ForeignKey, Integer, Serial, Timestamptz, Varchar

from helpdesk.core.table import Table
from helpdesk.people.tables import Person


class BlockedSender(Table, tablename="blocked_sender"):
    """An address, or a domain, whose letters become spam in the bin."""

    id: Serial
    pattern = Varchar(length=320, help_text="A key of an address; or @ and a domain, for it and what is below it.")
    blocked_by = ForeignKey(Person, null=True, default=None)
    letters = Integer(default=0, help_text="Letters that went into the bin because of it.")
    blocked_at = Timestamptz(default=None)
