from piccolo.columns import BigInt, Boolean, ForeignKey, Integer, Serial, Text, Timestamptz, Varchar

from helpdesk.core.table import Table
from helpdesk.departments.tables import Department
from helpdesk.mail.tables import Inbound
from helpdesk.people.tables import Person
from helpdesk.sla.tables import PromiseRow
from helpdesk.topics.tables import Topic


class Ticket(Table):
    """One request from one customer, from first word to last. Its id is its number."""

    id: Serial
    subject = Varchar(length=500)
    status = Varchar(length=12, default="new", help_text="One of rules.STATUSES.")
    priority = Varchar(length=8, default="normal", help_text="The key of a priority, of named.PriorityRow.")
    rank = Integer(default=-2, help_text="naming.Priority.rank of its priority: the more urgent, the lower.")
    department = ForeignKey(Department, null=False)
    topic = ForeignKey(Topic, null=True, default=None, help_text="What it is about; NULL: nobody said.")
    requester = ForeignKey(Person, null=False)
    assignee = ForeignKey(Person, null=True, default=None)
    promise = ForeignKey(
        PromiseRow, null=True, default=None, help_text="What its clocks promise; NULL: what its department does."
    )
    channel = Varchar(length=8, help_text="email, web, api or phone.")
    lang = Varchar(length=2, default="vi", help_text="vi or en: the language the customer wrote in.")
    mailbox = Varchar(length=320, default="", help_text="The address of ours it was written to; empty for none.")
    came_from = Varchar(length=60, default="", help_text="What was read before asking, such as article:12.")
    snippet = Varchar(length=200, default="", help_text="Beginning of the newest public message.")
    message_count = Integer(default=0, help_text="Public messages; notes are not counted.")
    opened_at = Timestamptz(default=None)
    updated_at = Timestamptz(default=None, help_text="Last message or change.")
    solved_at = Timestamptz(null=True, default=None)
    closed_at = Timestamptz(null=True, default=None)
    due_kind = Varchar(length=16, default="", help_text="Which running deadline is next; empty: none runs.")
    due_at = Timestamptz(null=True, default=None, help_text="When that deadline is missed; NULL while none runs.")
    queue_at = Timestamptz(default=None, help_text="due_at, or rules.NEVER: what the queue is ordered by.")
    snoozed_until = Timestamptz(
        null=True,
        default=None,
        help_text="When it comes back to the active queues; rules.NEVER: when its customer writes.",
    )
    binned_at = Timestamptz(null=True, default=None, help_text="Since when it is in the bin; nobody sees it then.")
    binned_as = Varchar(length=8, default="", help_text="deleted or spam; empty outside the bin.")
    named_status = Varchar(
        length=12,
        null=True,
        default=None,
        help_text="The key of what its status is called, of named.StatusRow; NULL: by the status's own word.",
    )


class Message(Table):
    """Something said on a ticket: to the customer, by the customer, or among agents (a note)."""

    id: Serial
    ticket = ForeignKey(Ticket, null=False)
    author = ForeignKey(Person, null=True, default=None)
    kind = Varchar(
        length=8,
        default="reply",
        help_text=(
            "reply or note; unsent: a reply until sent_at, when it goes out; draft: one that was taken back; "
            "gone: a note that was taken away."
        ),
    )
    direction = Varchar(length=3, help_text="in: from the customer's side; out: from ours.")
    channel = Varchar(length=8, help_text="email, web, api or phone.")
    subject = Varchar(length=500, default="")
    from_name = Varchar(length=200, default="")
    from_email = Varchar(length=320, default="")
    to_addresses = Text(default="[]", help_text="JSON list of {name, email}.")
    cc_addresses = Text(default="[]", help_text="JSON list of {name, email}.")
    body = Text(default="", help_text="Markdown as typed; empty for letters.")
    text = Text(help_text="All of it as plain text, with quotes and signature.")
    fresh = Text(help_text="The new words as plain text.")
    html = Text(help_text="The new words as safe HTML, ready to show.")
    quoted_html = Text(default="", help_text="Quotes and signature as safe HTML, shown folded.")
    raw_html = Text(default="", help_text="A letter's HTML as it came. Never shown.")
    message_id = Varchar(length=998, default="", help_text="RFC 5322, without angle brackets.")
    inbound = ForeignKey(Inbound, null=True, default=None)
    is_automatic = Boolean(default=False, help_text="Written by a machine: it reopens nothing and is not answered.")
    is_new_matter = Boolean(default=False, help_text="It seems to be about something else than its ticket.")
    sent_at = Timestamptz(default=None)


class Attachment(Table):
    """A file with a message. Its bytes are in the file store under `sha256`."""

    id: Serial
    message = ForeignKey(Message, null=False)
    filename = Varchar(length=255)
    content_type = Varchar(length=127, default="application/octet-stream")
    content_id = Varchar(length=255, default="", help_text="For pictures within the text (cid:).")
    size = BigInt(help_text="Bytes.")
    sha256 = Varchar(length=64)


class Participant(Table, tablename="ticket_participant"):
    """Someone besides the requester who gets copies and may answer (Cc)."""

    id: Serial
    ticket = ForeignKey(Ticket, null=False)
    person = ForeignKey(Person, null=False)


class Follower(Table, tablename="ticket_follower"):
    """An agent who hears of a ticket without being its assignee."""

    id: Serial
    ticket = ForeignKey(Ticket, null=False)
    person = ForeignKey(Person, null=False)


class Task(Table, tablename="ticket_task"):
    """A line of a ticket's checklist."""

    id: Serial
    ticket = ForeignKey(Ticket, null=False)
    title = Varchar(length=200)
    position = Integer(help_text="Its place in the list; places may be free.")
    done_by = ForeignKey(Person, null=True, default=None)
    done_at = Timestamptz(null=True, default=None)


class TimeEntry(Table, tablename="ticket_time"):
    """How long an agent worked on a ticket."""

    id: Serial
    ticket = ForeignKey(Ticket, null=False)
    person = ForeignKey(Person, null=False)
    minutes = Integer()
    what = Varchar(length=200, default="")
    noted_at = Timestamptz(default=None)


class TicketLink(Table, tablename="ticket_link"):
    """How `ticket` has to do with `other`: it follows it up, was split from it, took it in, is a part of it, …"""

    id: Serial
    ticket = ForeignKey(Ticket, null=False)
    other = ForeignKey(Ticket, null=False)
    kind = Varchar(length=10, help_text="One of linking.Kind.")


class Merge(Table, tablename="ticket_merge"):
    """A ticket that went into another, and what is needed to take it out again."""

    id: Serial
    ticket = ForeignKey(Ticket, null=False, unique=True)
    target = ForeignKey(Ticket, null=False)
    messages = Text(help_text="JSON list of ids: what was said on it.")
    joined = Text(help_text="JSON list of ids: people who take part in the target because of it.")
    tags = Text(help_text="JSON list of tags that hang on the target because of it.")
    followers = Text(default="[]", help_text="JSON list of ids: agents who follow the target because of it.")
    fields = Text(default="{}", help_text="JSON: what the target says in fields because of it.")
    was = Text(help_text="JSON object: its status and clocks before.")
    target_was = Text(help_text="JSON: the target's status and clocks, where it was opened again by this; else null.")
    target_event = BigInt(help_text="The target's newest event then that moves status or clocks; 0 for none.")


class PhoneCall(Table, tablename="phone_call"):
    """A telephone call that was written down: `message` says what was said."""

    id: Serial
    message = ForeignKey(Message, null=False, unique=True)
    person = ForeignKey(Person, null=False, help_text="The customer at the other end.")
    agent = ForeignKey(Person, null=False)
    number = Varchar(length=16, help_text="E.164, such as +84901234567.")
    direction = Varchar(length=3, help_text="in: they called; out: we did.")
    minutes = Integer()
    key = Varchar(length=200, null=True, default=None, unique=True, help_text="The same call is written down once.")
    began_at = Timestamptz(default=None)


class TicketTag(Table, tablename="ticket_tag"):
    """A word an agent hung on a ticket."""

    id: Serial
    ticket = ForeignKey(Ticket, null=False)
    name = Varchar(length=40)


class Deadline(Table):
    """One promise on one ticket: by when, how much of it is used, and how it ended."""

    id: Serial
    ticket = ForeignKey(Ticket, null=False)
    kind = Varchar(length=16, help_text="first_response, next_response or resolution.")
    minutes = Integer(help_text="Working minutes promised.")
    started_at = Timestamptz(default=None)
    spent = Integer(default=0, help_text="Working minutes used before the current run began.")
    running_since = Timestamptz(null=True, default=None, help_text="NULL while paused or ended.")
    due_at = Timestamptz(null=True, default=None, help_text="NULL while paused or ended.")
    met_at = Timestamptz(null=True, default=None)
    warned_at = Timestamptz(null=True, default=None, help_text="When the team was told that it is near.")
    missed_at = Timestamptz(null=True, default=None, help_text="When the sweep saw that it was missed.")
    look_at = Timestamptz(null=True, default=None, help_text="When the sweep looks at it next; NULL: never.")
    escalated = Text(default="[]", help_text="JSON: Escalation.id of what was done about it.")


class PrivateLink(Table, tablename="private_link"):
    """A key that opens one ticket to whoever has it; it stands in a link to the ticket's page."""

    id: Serial
    ticket = ForeignKey(Ticket, null=False)
    key_hash = Varchar(length=64, unique=True, help_text="SHA-256 of the key, which is kept nowhere.")
    made_by = ForeignKey(Person, null=True, default=None, help_text="NULL for a letter of ours.")
    made_at = Timestamptz(default=None)
    expires_at = Timestamptz(default=None)


class SavedView(Table, tablename="ticket_view"):
    """A queue that somebody put together."""

    id: Serial
    title = Varchar(length=80)
    owner = ForeignKey(Person, null=False)
    audience = Varchar(length=24, default="", help_text="Who else has it: empty for nobody, all, or department:7.")
    conditions = Text(help_text="JSON of conditions.Conditions.")
    shown = Text(help_text="JSON list of its columns, of views.COLUMNS.")
    ordering = Varchar(length=10, help_text="One of queries.ORDERS.")
    changed_at = Timestamptz(default=None)


class ViewPlace(Table, tablename="view_place"):
    """Where a queue stands in somebody's side bar, if not where it stands for all."""

    id: Serial
    person = ForeignKey(Person, null=False)
    view = Varchar(length=12, help_text="A key of views.VIEWS, or SavedView.id.")
    position = Integer(default=0)
    is_hidden = Boolean(default=False)


class Bulk(Table, tablename="bulk_act"):
    """One act on many tickets: what it does, how far it is, and what came of it."""

    id: Serial
    actor = ForeignKey(Person, null=False)
    act = Varchar(length=12, help_text="One of bulk.ACTS.")
    value = Text(default="", help_text="What the act needs, such as a status or a person's id.")
    tickets = Text(help_text="JSON list of numbers, in the order in which they are gone through.")
    total = Integer(help_text="How many numbers those are.")
    done = Integer(default=0, help_text="How many of them have been gone through.")
    changed = Integer(default=0)
    refusals = Text(default="{}", help_text="JSON: the reason in the actor's words, and the numbers it was given for.")
    began_at = Timestamptz(default=None)
    ended_at = Timestamptz(null=True, default=None)


class Undo(Table, tablename="ticket_undo"):
    """What one act changed of one ticket, so that it can be taken back."""

    id: Serial
    ticket = ForeignKey(Ticket, null=False)
    actor = ForeignKey(Person, null=True, default=None, help_text="NULL: the house itself, by a rule or a step.")
    event = Integer(help_text="The event that tells of the act in the ticket's history.")
    bulk = ForeignKey(Bulk, null=True, default=None)
    before = Text(help_text="JSON of journal.State.")
    after = Text(help_text="JSON of journal.State.")
    happened_at = Timestamptz(default=None)
    undone_at = Timestamptz(null=True, default=None)
