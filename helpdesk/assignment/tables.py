from piccolo.columns import Boolean, ForeignKey, Integer, Serial, Timestamptz, Varchar

from helpdesk.core.table import Table
from helpdesk.departments.tables import Department
from helpdesk.people.tables import Person
from helpdesk.sla.tables import CalendarRow
from helpdesk.topics.tables import Topic


class AssignmentPlan(Table, tablename="assignment_plan"):
    """How the tickets of a department, or of one topic, find who looks after them. No row: by hand."""

    id: Serial
    department = ForeignKey(Department, null=True, default=None, unique=True, help_text="NULL for a topic's plan.")
    topic = ForeignKey(Topic, null=True, default=None, unique=True, help_text="NULL for a department's plan.")
    way = Varchar(length=12, default="manual", help_text="One of rules.WAYS.")
    skills = Varchar(length=10, default="required", help_text="What a topic's needs mean: one of rules.SKILLS.")
    keeps_hours = Boolean(default=True, help_text="Nobody gets a ticket outside of their hours.")
    sticky_days = Integer(default=0, help_text="So long a customer stays with who answered them; 0: not at all.")
    away = Varchar(length=8, default="keep", help_text="What becomes of tickets of who is away: one of rules.AWAY.")
    last = ForeignKey(Person, null=True, default=None, help_text="Whose turn it was.")


class AgentWork(Table, tablename="agent_work"):
    """How much an agent takes, when they work, and whether they are away. No row: nothing was said yet."""

    id: Serial
    person = ForeignKey(Person, null=False, unique=True)
    capacity = Integer(default=0, help_text="Active tickets at most; 0: any number.")
    calendar = ForeignKey(CalendarRow, null=True, default=None, help_text="NULL: the hours of the department.")
    cover = ForeignKey(Person, null=True, default=None, help_text="Who gets their tickets while they are away.")
    leaves_at_closing = Boolean(default=False, help_text="Away from closing time until their calendar opens again.")
    away_since = Timestamptz(null=True, default=None, help_text="NULL while they are here.")
    away_until = Timestamptz(null=True, default=None, help_text="NULL: until they say that they are back.")
    back_at = Timestamptz(null=True, default=None, help_text="When somebody said last that they are back.")
    away_reason = Varchar(length=200, default="")


class Skill(Table):
    """Something that not every agent can do, such as a language or a product. Topics ask for it by its name."""

    id: Serial
    name_vi = Varchar(length=80)
    name_en = Varchar(length=80)


class AgentSkill(Table, tablename="agent_skill"):
    """An agent has a skill."""

    id: Serial
    person = ForeignKey(Person, null=False)
    skill = ForeignKey(Skill, null=False)
