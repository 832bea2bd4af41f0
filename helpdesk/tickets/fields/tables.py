from piccolo.columns import BigInt, Boolean, ForeignKey, Integer, Serial, Text, Timestamptz, Varchar

from helpdesk.core.table import Table
from helpdesk.departments.tables import Department
from helpdesk.tickets.tables import Ticket
from helpdesk.topics.tables import Topic


class Field(Table):
    """Something that a desk wants to know of its tickets besides what every ticket has."""

    id: Serial
    name_vi = Varchar(length=80)
    name_en = Varchar(length=80)
    help_vi = Varchar(length=300, default="")
    help_en = Varchar(length=300, default="")
    kind = Varchar(length=8, help_text="One of rules.KINDS; it never changes.")
    department = ForeignKey(Department, null=True, default=None, help_text="NULL: tickets of all departments have it.")
    choices = Text(default="[]", help_text="JSON list of rules.Choice, those that are offered no more among them.")
    link = Varchar(length=500, default="", help_text="Where an order is to be seen, with {number} in it.")
    is_of_topics = Boolean(default=False, help_text="Whether only tickets have it whose topic asks for it.")
    is_public = Boolean(default=False, help_text="Whether customers see it, and fill it in on the form.")
    is_asked = Boolean(default=False, help_text="Whether the form for requests insists on it.")
    is_needed = Boolean(default=False, help_text="Whether no agent may call a ticket solved without it.")
    position = Integer(default=0)
    archived_at = Timestamptz(null=True, default=None, help_text="Since when it is offered no more; values stay.")


class TopicField(Table, tablename="topic_field"):
    """A field that the form of a topic asks for."""

    id: Serial
    topic = ForeignKey(Topic, null=False)
    field = ForeignKey(Field, null=False)
    position = Integer(default=0)
    is_asked = Boolean(default=False, help_text="Whether the form insists on it.")
    only_field = ForeignKey(Field, null=True, default=None, help_text="Asked only if this one says `only_value`.")
    only_value = Varchar(length=20, default="", help_text="The key of a choice, or yes or no.")


class FieldValue(Table, tablename="ticket_field"):
    """What a ticket says in a field; of several choices one row each."""

    id: Serial
    ticket = ForeignKey(Ticket, null=False)
    field = ForeignKey(Field, null=False)
    text = Text(help_text="As rules.canonical writes it.")
    sought = Varchar(length=80, help_text="What the same is found by: rules.sought.")
    words = Text(help_text="What its words are looked for in: rules.folded.")
    number = BigInt(null=True, default=None, help_text="What it is compared by, of numbers and dates: rules.number.")


class Carrier(Table):
    """Who brings parcels, what its numbers look like, and where they are followed."""

    id: Serial
    code = Varchar(length=20, unique=True, help_text="What values name it by; it never changes.")
    name = Varchar(length=60)
    called = Varchar(length=200, help_text="Names that people write, with commas between.")
    link = Varchar(length=500, default="", help_text="Where a parcel is followed; {number} stands for its number.")
    sure = Varchar(length=300, default="", help_text="Shapes (tracking.py) that are its numbers wherever they stand.")
    near = Varchar(length=300, default="", help_text="Shapes that are its numbers beside one of its names only.")
    is_active = Boolean(default=True)
    position = Integer(default=0)
