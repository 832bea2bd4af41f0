from piccolo.columns import BigInt, Boolean, Date, ForeignKey, Integer, Serial, Text, Timestamptz, Varchar

from helpdesk.core.table import Table
from helpdesk.people.tables import Person


class CalendarRow(Table, tablename="calendar"):
    """When an office is open. The pure `calendar.Calendar` is built from it."""

    id: Serial
    name = Varchar(length=100)
    tz = Varchar(length=60, default="Asia/Ho_Chi_Minh", help_text="IANA time zone.")
    hours = Text(default="{}", help_text='JSON: {"mon": [["08:00", "12:00"], …], …}; 24:00 is allowed.')
    extra_days = Text(default="{}", help_text='JSON: {"2026-02-14": [["08:00", "12:00"]]}, working days out of line.')
    country = Varchar(length=2, default="", help_text="Whose public holidays it keeps, as ISO 3166-1; empty: nobody's.")
    subdivision = Varchar(length=20, default="", help_text="Which part of that country; empty: what holds everywhere.")
    told_year = Integer(default=0, help_text="The last year whose days administrators were told to add.")


class Holiday(Table):
    """A day on which an office is closed."""

    id: Serial
    calendar = ForeignKey(CalendarRow, null=False)
    closed_on = Date(default=None)
    name = Varchar(length=100, default="")
    worked_on = Date(null=True, default=None, help_text="The extra working day that it is swapped for.")


class PolicyRow(Table, tablename="policy"):
    """What is promised: working minutes for each target and priority."""

    id: Serial
    name = Varchar(length=100)
    targets = Text(default="{}", help_text='JSON: {"first_response": {"urgent": 30, …}, "next_response": …}; minutes.')
    near_minutes = Integer(default=30, help_text="So many working minutes before its end a promise is near.")
    near_percent = Integer(default=0, help_text="Instead: when so much of its time is used. 0: by near_minutes.")
    in_hours = Boolean(default=False, help_text="Whether letters that warn wait until the office is open.")


class Escalation(Table):
    """What is done about a promise some time before or after its end, once for each."""

    id: Serial
    policy = ForeignKey(PolicyRow, null=False)
    kind = Varchar(length=16, default="", help_text="first_response, next_response or resolution; empty: each of them.")
    minutes = Integer(help_text="Working minutes after the end; negative: before.")
    act = Varchar(length=16, help_text="One of watch.ACTS.")
    value = Varchar(length=20, default="", help_text="A priority, a Person.id or a CannedReply.id, as the act wants.")
    added_at = Timestamptz(default=None, help_text="What came before is let be.")


class PromiseRule(Table, tablename="promise_rule"):
    """Which requests a policy is for, besides those of the departments that make its promise."""

    id: Serial
    policy = ForeignKey(PolicyRow, null=False)
    conditions = Text(
        default="{}", help_text='JSON: {"tier": ["VIP"], …}, of choosing.FACTS; one value of each must fit.'
    )
    position = Integer(default=0)


class PromiseRow(Table, tablename="promise"):
    """
    What was promised and why: a version of a policy, and what made it fit. Never changed and never removed.

    All tickets with the same have the same row.
    """

    id: Serial
    policy = Integer(help_text="PolicyRow.id; the policy may be another now, or gone.")
    name = Varchar(length=100)
    targets = Text(help_text="As in PolicyRow.")
    rule = Integer(null=True, default=None, help_text="PromiseRule.id; NULL: the department's own policy.")
    why = Text(default="{}", help_text="JSON: which values of the ticket made the rule fit, by fact.")
    key = Varchar(length=64, unique=True, help_text="SHA-256 of all of it.")


class PromiseRun(Table, tablename="promise_run"):
    """A way through many tickets by a job: to count their clocks anew, or to try another policy on them."""

    id: Serial
    kind = Varchar(length=8, help_text="recount or replay.")
    scope = Text(help_text="JSON: which tickets, and what with them.")
    began_by = ForeignKey(Person, null=True, default=None)
    total = Integer(default=0)
    done = Integer(default=0)
    changed = Integer(default=0)
    last = BigInt(default=0, help_text="The number of the last ticket that was looked at.")
    result = Text(default="{}", help_text="JSON: what a replay found so far.")
    began_at = Timestamptz(default=None)
    ended_at = Timestamptz(null=True, default=None)
