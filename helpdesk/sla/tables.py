from piccolo.columns import BigInt, Date, ForeignKey, Integer, Serial, Text, Timestamptz, Varchar

from helpdesk.core.table import Table
from helpdesk.people.tables import Person


class CalendarRow(Table, tablename="calendar"):
    """When an office is open. The pure `calendar.Calendar` is built from it."""

    id: Serial
    name = Varchar(length=100)
    tz = Varchar(length=60, default="Asia/Ho_Chi_Minh", help_text="IANA time zone.")
    hours = Text(default="{}", help_text='JSON: {"mon": [["08:00", "12:00"], …], …}; 24:00 is allowed.')
    extra_days = Text(default="{}", help_text='JSON: {"2026-02-14": [["08:00", "12:00"]]}, working days out of line.')


class Holiday(Table):
    """A day on which an office is closed."""

    id: Serial
    calendar = ForeignKey(CalendarRow, null=False)
    closed_on = Date(default=None)
    name = Varchar(length=100, default="")


class PolicyRow(Table, tablename="policy"):
    """What is promised: working minutes for each target and priority."""

    id: Serial
    name = Varchar(length=100)
    targets = Text(default="{}", help_text='JSON: {"first_response": {"urgent": 30, …}, "next_response": …}; minutes.')


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
