from piccolo.columns import Boolean, ForeignKey, Integer, Serial, Text, Timestamptz, Varchar

from helpdesk.core.table import Table
from helpdesk.people.tables import Person
from helpdesk.sla.tables import CalendarRow, PolicyRow


class Department(Table):
    """A group of agents with addresses, hours and a promise of its own."""

    id: Serial
    name_vi = Varchar(length=100)
    name_en = Varchar(length=100)
    about_vi = Text(default="", help_text="What it helps with, for customers.")
    about_en = Text(default="")
    phone = Varchar(length=40, default="")
    address_vi = Varchar(length=300, default="", help_text="Where its office is.")
    address_en = Varchar(length=300, default="")
    map_url = Varchar(length=500, default="", help_text="Where that is on a map, by https; empty for nowhere.")
    calendar = ForeignKey(CalendarRow, null=False)
    policy = ForeignKey(PolicyRow, null=False)
    lead = ForeignKey(Person, null=True, default=None, help_text="Whom escalations go to.")
    is_public = Boolean(default=True, help_text="Whether customers may choose it on the form.")
    position = Integer(default=0, help_text="Order in lists; the first is where letters to nobody go.")
    sender_address = Varchar(length=320, default="", help_text="Which of its addresses writes; empty: the first.")
    signature_vi = Text(default="", help_text="Markdown with placeholders, below each answer in Vietnamese.")
    signature_en = Text(default="")
    hands_to = Text(default="[]", help_text="JSON list of ids: the departments that its tickets are handed over to.")
    hand_note = Varchar(length=8, default="wanted", help_text="Whether a note goes with that: wanted or required.")


class DepartmentAddress(Table, tablename="department_address"):
    """An e-mail address that belongs to a department."""

    id: Serial
    department = ForeignKey(Department, null=False)
    address = Varchar(length=320)
    address_key = Varchar(length=320, unique=True, help_text="core.text.email_key(address).")
    position = Integer(default=0, help_text="Letters are sent from the first where no other is chosen.")


class AnswerTime(Table, tablename="answer_time"):
    """How soon a department usually answers first, as its customers are told: reckoned now and then, and kept."""

    id: Serial
    department = ForeignKey(Department, null=False, unique=True)
    answered = Integer(help_text="First answers that it was reckoned from.")
    minutes = Integer(help_text="Working minutes until the first answer: the median.")
    reckoned_at = Timestamptz(default=None)
