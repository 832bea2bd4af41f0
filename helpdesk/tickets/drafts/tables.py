from piccolo.columns import Boolean, ForeignKey, Serial, Text, Timestamptz, Varchar

from helpdesk.core.table import Table
from helpdesk.people.tables import Person
from helpdesk.tickets.tables import Message, Ticket


class Draft(Table):
    """What an agent has typed on a ticket and not sent; one for each agent and ticket."""

    id: Serial
    person = ForeignKey(Person, null=False)
    ticket = ForeignKey(Ticket, null=False)
    mode = Varchar(length=8, default="reply", help_text="reply, note or forward.")
    body = Text(default="", help_text="Markdown as typed.")
    status = Varchar(length=12, default="", help_text="What the ticket was to become; empty: not chosen.")
    passed_on = Text(default="", help_text="JSON of queries.PassedOn; empty: nothing chosen.")
    message = ForeignKey(Message, null=True, default=None, help_text="The answer that was taken back into it.")
    saved_at = Timestamptz(default=None)


class Presence(Table):
    """Who has a ticket open, and who writes on it. Over after presence.SECONDS without a word."""

    id: Serial
    person = ForeignKey(Person, null=False)
    ticket = ForeignKey(Ticket, null=False)
    is_typing = Boolean(default=False)
    seen_at = Timestamptz(default=None)


class SendingChoice(Table, tablename="sending_choice"):
    """What an agent let a ticket become with their last answer; the composer offers it first."""

    id: Serial
    person = ForeignKey(Person, null=False)
    status = Varchar(length=12, help_text="The key of a status.")
