from piccolo.columns import Boolean, Integer, Serial, Timestamptz, Varchar

from helpdesk.core.table import Table


class StatusRow(Table, tablename="ticket_status"):
    """What a ticket's status can be called; its category is what drives clocks and queues."""

    id: Serial
    key = Varchar(length=12, unique=True, help_text="What tickets and programs name it by; it never changes.")
    category = Varchar(length=8, help_text="One of rules.STATUSES.")
    name_vi = Varchar(length=40)
    name_en = Varchar(length=40)
    public_vi = Varchar(length=40, default="", help_text="What customers read; empty: the category's plain word.")
    public_en = Varchar(length=40, default="")
    colour = Varchar(length=8, default="", help_text="One of naming.COLOURS.")
    position = Integer(default=0)
    is_active = Boolean(default=True, help_text="Whether it is offered to be chosen.")
    is_default = Boolean(default=False, help_text="Whether the house itself chooses it in its category.")
    goes_to = Varchar(length=12, default="", help_text="The key of what took its place.")
    gone_at = Timestamptz(null=True, default=None, help_text="Since when it is gone; its name stays for the history.")


class PriorityRow(Table, tablename="ticket_priority"):
    """How urgent a ticket can be."""

    id: Serial
    key = Varchar(length=8, unique=True, help_text="What tickets and programs name it by; it never changes.")
    name_vi = Varchar(length=40)
    name_en = Varchar(length=40)
    colour = Varchar(length=8, default="", help_text="One of naming.COLOURS.")
    position = Integer(default=0, help_text="The higher, the more urgent.")
    is_active = Boolean(default=True, help_text="Whether it is offered to be chosen.")
    goes_to = Varchar(length=8, default="", help_text="The key of what took its place.")
    gone_at = Timestamptz(null=True, default=None, help_text="Since when it is gone; its name stays for the history.")
