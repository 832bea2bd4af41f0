from piccolo.columns import Boolean, Integer, Serial, Text, Timestamptz, Varchar

from helpdesk.core.table import Table


class EventRow(Table, tablename="event"):
    """One thing that happened: audit trail, activity, webhook body and live hint in one row."""

    id: Serial
    name = Varchar(length=60, help_text="The event's class, such as TicketReplied.")
    about = Varchar(length=60, help_text="What it happened to, such as ticket:7.")
    actor = Integer(null=True, default=None, help_text="The person's id; NULL for the house and for visitors.")
    data = Text(help_text="JSON object: the event's fields, ids only.")
    cause = Varchar(length=120, default="", help_text="What brought it about, as it was called: `rule:7 Refunds`.")
    depth = Integer(default=0, help_text="How many things that bring others about stand behind it.")
    is_internal = Boolean(default=False, help_text="Never hinted to customers.")
    happened_at = Timestamptz(default=None)
