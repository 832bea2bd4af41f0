from piccolo.columns import Boolean, ForeignKey, Integer, Serial, Text, Timestamptz, Varchar

from helpdesk.core.table import Table


class RuleRow(Table, tablename="rule"):
    """When something happens to a ticket, and it is such a one, then this is done."""

    id: Serial
    title = Varchar(length=80)
    is_active = Boolean(default=False)
    position = Integer(default=0, help_text="Rules are gone through by it, then by id.")
    whens = Text(help_text="JSON list of keys of when.WHENS, of which any will do.")
    waits_for = Varchar(length=8, default="", help_text="A key of when.BEGINNINGS that time passes since; or empty.")
    hours = Integer(default=0, help_text="How much time passes.")
    conditions = Text(help_text="JSON of tickets.conditions.Conditions.")
    acts = Text(help_text="JSON list of acts.Act.")
    is_last = Boolean(default=False, help_text="Once it has run, no rule after it does for the same event.")
    looked_at = Timestamptz(default=None, help_text="Time rules: up to which event the time has been looked at …")
    looked_id = Integer(default=0, help_text="… and the event's number, for those of one moment.")
    changed_at = Timestamptz(default=None)


class RuleRun(Table, tablename="rule_run"):
    """A rule that held for an event, and what came of its acts. There is one for a rule and an event."""

    id: Serial
    rule = ForeignKey(RuleRow, null=False)
    event = Integer(help_text="EventRow.id.")
    ticket = Integer(help_text="Its number; it may be gone by now.")
    outcome = Text(help_text="JSON list of running.Done.")
    is_failed = Boolean(default=False, help_text="Whether any of its acts was not done.")
    ran_at = Timestamptz(default=None)


class RuleTrial(Table, tablename="rule_trial"):
    """A rule that is tried on past tickets, without changing any."""

    id: Serial
    rule = ForeignKey(RuleRow, null=False)
    tickets = Text(help_text="JSON list of numbers, in the order in which they are gone through.")
    total = Integer(help_text="How many numbers those are.")
    done = Integer(default=0, help_text="How many of them have been gone through.")
    found = Text(default="[]", help_text="JSON list of trying.Found: those that it would run on.")
    began_at = Timestamptz(default=None)
    ended_at = Timestamptz(null=True, default=None)


class AnswerSent(Table, tablename="rule_answer"):
    """An answer that a rule sent to an address, so that it is not sent there too often."""

    id: Serial
    rule = ForeignKey(RuleRow, null=False)
    email_key = Varchar(length=320)
    sent_at = Timestamptz(default=None)
