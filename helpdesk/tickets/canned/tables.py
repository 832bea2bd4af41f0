from piccolo.columns import ForeignKey, Integer, Serial, Text, Timestamptz, Varchar

from helpdesk.core.table import Table
from helpdesk.departments.tables import Department
from helpdesk.tickets.tables import Message


class CannedReply(Table, tablename="canned_reply"):
    """Words to be used again, in one language or both, and what becomes of the ticket with them."""

    id: Serial
    name = Varchar(length=100)
    folder = Varchar(length=100, default="", help_text="What it is sorted by; empty for none.")
    department = ForeignKey(Department, null=True, default=None, help_text="NULL: for all of them.")
    body_vi = Text(default="", help_text="Markdown with placeholders; both empty: it only changes the ticket.")
    body_en = Text(default="")
    status = Varchar(length=12, default="", help_text="The key of a status; empty leaves it.")
    priority = Varchar(length=8, default="", help_text="The key of a priority; empty leaves it.")
    assign = Varchar(length=12, default="", help_text="me, nobody, or a Person.id; empty leaves the assignee.")
    tags = Text(default="[]", help_text="JSON list of tags that it adds.")
    move_to = ForeignKey(Department, null=True, default=None, help_text="Where it sends the ticket; NULL leaves it.")
    used = Integer(default=0, help_text="Messages and changes it was used for.")
    changed_at = Timestamptz(default=None)


class CannedUse(Table, tablename="canned_use"):
    """A canned reply that a message is made of. What it does to the ticket happens when the message goes out."""

    id: Serial
    message = ForeignKey(Message, null=False)
    canned = ForeignKey(CannedReply, null=False)
