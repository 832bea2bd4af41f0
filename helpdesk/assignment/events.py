from typing import ClassVar

from helpdesk.events.record import Event


class PlanChanged(Event, frozen=True, kw_only=True):
    """How the tickets of a department or a topic find who looks after them is another now, or whom it hands over to."""

    ABOUT: ClassVar[str] = "department"
    INTERNAL: ClassVar[bool] = True

    department: int
    topic: int | None = None


class WorkChanged(Event, frozen=True, kw_only=True):
    """How much an agent takes, when they work, what they can do or who covers for them is another now."""

    ABOUT: ClassVar[str] = "person"
    INTERNAL: ClassVar[bool] = True

    person: int


class AgentAway(Event, frozen=True, kw_only=True):
    """An agent gets no tickets for a while."""

    ABOUT: ClassVar[str] = "person"
    INTERNAL: ClassVar[bool] = True

    person: int


class AgentBack(Event, frozen=True, kw_only=True):
    """An agent gets tickets again."""

    ABOUT: ClassVar[str] = "person"
    INTERNAL: ClassVar[bool] = True

    person: int


class WorkloadSpread(Event, frozen=True, kw_only=True):
    """Somebody gave an agent's waiting tickets back, for others to take."""

    ABOUT: ClassVar[str] = "person"
    INTERNAL: ClassVar[bool] = True

    person: int


class SkillAdded(Event, frozen=True, kw_only=True):
    ABOUT: ClassVar[str] = "skill"
    INTERNAL: ClassVar[bool] = True

    skill: int


class SkillChanged(Event, frozen=True, kw_only=True):
    ABOUT: ClassVar[str] = "skill"
    INTERNAL: ClassVar[bool] = True

    skill: int


class SkillRemoved(Event, frozen=True, kw_only=True):
    """A skill is gone, from every agent too."""

    ABOUT: ClassVar[str] = "skill"
    INTERNAL: ClassVar[bool] = True

    skill: int
