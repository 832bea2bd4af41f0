from typing import ClassVar

from helpdesk.events.record import Event


class CalendarAdded(Event, frozen=True, kw_only=True):
    """An administrator wrote down when an office is open."""

    ABOUT: ClassVar[str] = "calendar"
    INTERNAL: ClassVar[bool] = True

    calendar: int


class CalendarChanged(Event, frozen=True, kw_only=True):
    """Its hours, its zone, a holiday or an extra working day is another now."""

    ABOUT: ClassVar[str] = "calendar"
    INTERNAL: ClassVar[bool] = True

    calendar: int


class CalendarRemoved(Event, frozen=True, kw_only=True):
    """A calendar that no department used is gone."""

    ABOUT: ClassVar[str] = "calendar"
    INTERNAL: ClassVar[bool] = True

    calendar: int


class PolicyAdded(Event, frozen=True, kw_only=True):
    """An administrator made a promise of time."""

    ABOUT: ClassVar[str] = "policy"
    INTERNAL: ClassVar[bool] = True

    policy: int


class PolicyChanged(Event, frozen=True, kw_only=True):
    """What is promised is another now. Deadlines that run already keep the old promise."""

    ABOUT: ClassVar[str] = "policy"
    INTERNAL: ClassVar[bool] = True

    policy: int


class PolicyRemoved(Event, frozen=True, kw_only=True):
    """A policy that no department used is gone."""

    ABOUT: ClassVar[str] = "policy"
    INTERNAL: ClassVar[bool] = True

    policy: int
