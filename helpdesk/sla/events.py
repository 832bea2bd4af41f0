from typing import ClassVar

from helpdesk.events.record import Event


class CalendarAdded(Event, frozen=True, kw_only=True):
    """An administrator wrote down when an office is open."""

    ABOUT: ClassVar[str] = "calendar"
    INTERNAL: ClassVar[bool] = True

    calendar: int


class CalendarChanged(Event, frozen=True, kw_only=True):
    """
    Its hours, its zone, a holiday or an extra working day is another now.

    `takes`: the clocks of open tickets are counted by them; else each goes on as it was until it is counted anew.
    """

    ABOUT: ClassVar[str] = "calendar"
    INTERNAL: ClassVar[bool] = True

    calendar: int
    takes: bool = True


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
    """What is promised is another now. `takes`: open tickets take it over; else they keep what they were promised."""

    ABOUT: ClassVar[str] = "policy"
    INTERNAL: ClassVar[bool] = True

    policy: int
    takes: bool = False


class PolicyRemoved(Event, frozen=True, kw_only=True):
    """A policy that no department used is gone."""

    ABOUT: ClassVar[str] = "policy"
    INTERNAL: ClassVar[bool] = True

    policy: int


class PromiseRuleAdded(Event, frozen=True, kw_only=True):
    """An administrator said whom a policy is for."""

    ABOUT: ClassVar[str] = "promise_rule"
    INTERNAL: ClassVar[bool] = True

    promise_rule: int


class PromiseRuleChanged(Event, frozen=True, kw_only=True):
    """It is for others now, or stands at another place. Open tickets keep what they were promised."""

    ABOUT: ClassVar[str] = "promise_rule"
    INTERNAL: ClassVar[bool] = True

    promise_rule: int


class PromiseRuleRemoved(Event, frozen=True, kw_only=True):
    """A rule chooses no promise any more."""

    ABOUT: ClassVar[str] = "promise_rule"
    INTERNAL: ClassVar[bool] = True

    promise_rule: int


class RecountAsked(Event, frozen=True, kw_only=True):
    """An administrator wants the promises of all open tickets chosen by the rules as they are now."""

    ABOUT: ClassVar[str] = "promise_run"
    INTERNAL: ClassVar[bool] = True

    promise_run: int


class ReplayAsked(Event, frozen=True, kw_only=True):
    """An administrator wants to know how many promises a policy would have held."""

    ABOUT: ClassVar[str] = "promise_run"
    INTERNAL: ClassVar[bool] = True

    promise_run: int


class WatchChanged(Event, frozen=True, kw_only=True):
    """A policy warns at another time, or escalates by other steps."""

    ABOUT: ClassVar[str] = "policy"
    INTERNAL: ClassVar[bool] = True

    policy: int


class YearAhead(Event, frozen=True, kw_only=True):
    """The days of a year that is to come are not in a calendar yet."""

    ABOUT: ClassVar[str] = "calendar"
    INTERNAL: ClassVar[bool] = True

    calendar: int
    year: int
