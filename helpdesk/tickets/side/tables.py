from piccolo.columns import BigInt, Boolean, ForeignKey, Serial, Text, Timestamptz, Varchar

from helpdesk.core.table import Table
from helpdesk.mail.tables import Inbound
from helpdesk.people.tables import Person
from helpdesk.tickets.tables import Ticket


class SideConversation(Table, tablename="side_conversation"):
    """Letters between agents and a third party, such as a supplier, about a ticket."""

    id: Serial
    ticket = ForeignKey(Ticket, null=False)
    subject = Varchar(length=200)
    to_addresses = Text(help_text="JSON list of {name, email}.")
    cc_addresses = Text(default="[]", help_text="JSON list of {name, email}.")
    began_by = ForeignKey(Person, null=True, default=None)
    wakes = Boolean(default=True, help_text="An answer opens the ticket again while it is on hold.")
    opened_at = Timestamptz(default=None)
    updated_at = Timestamptz(default=None, help_text="Last message.")
    closed_at = Timestamptz(null=True, default=None, help_text="NULL while it goes on.")


class SideMessage(Table, tablename="side_message"):
    """Something written in a side conversation; never a message of the ticket."""

    id: Serial
    side = ForeignKey(SideConversation, null=False)
    author = ForeignKey(Person, null=True, default=None, help_text="The agent; NULL for the third party.")
    direction = Varchar(length=3, help_text="in: from the third party; out: from us.")
    from_name = Varchar(length=200, default="")
    from_email = Varchar(length=320, default="")
    subject = Varchar(length=500, default="")
    body = Text(default="", help_text="Markdown as typed; empty for letters.")
    text = Text(help_text="All of it as plain text.")
    fresh = Text(help_text="The new words as plain text.")
    html = Text(help_text="The new words as safe HTML; with what an agent chose to quote.")
    quoted_html = Text(default="", help_text="A letter's quotes and signature as safe HTML, shown folded.")
    message_id = Varchar(length=998, default="", help_text="RFC 5322, without angle brackets.")
    inbound = ForeignKey(Inbound, null=True, default=None)
    is_automatic = Boolean(default=False, help_text="Written by a machine: it wakes nothing.")
    sent_at = Timestamptz(default=None)


class SideFile(Table, tablename="side_file"):
    """A file with a message of a side conversation. Its bytes are in the file store under `sha256`."""

    id: Serial
    message = ForeignKey(SideMessage, null=False)
    filename = Varchar(length=255)
    content_type = Varchar(length=127)
    content_id = Varchar(length=255, default="", help_text="For pictures within the text (cid:).")
    size = BigInt(help_text="Bytes.")
    sha256 = Varchar(length=64)
