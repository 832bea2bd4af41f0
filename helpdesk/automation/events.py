from typing import ClassVar

from helpdesk.events.record import Event
from helpdesk.tickets.events import TicketEvent


class RuleEvent(Event, frozen=True, kw_only=True):
    """Something that happened to a rule."""

    ABOUT: ClassVar[str] = "rule"
    INTERNAL: ClassVar[bool] = True

    rule: int


class RuleAdded(RuleEvent, frozen=True, kw_only=True):
    """There is one more rule."""


class RuleChanged(RuleEvent, frozen=True, kw_only=True):
    """A rule says something else, has another place, or was switched on or off."""


class RuleRemoved(RuleEvent, frozen=True, kw_only=True):
    """A rule is gone; what it did stays."""


class RuleTried(RuleEvent, frozen=True, kw_only=True):
    """A rule was tried on past tickets; none was changed."""

    trial: int


class OthersTold(TicketEvent, frozen=True, kw_only=True):
    """A rule told others of a ticket: `how` is answer (its customer), letter (colleagues) or webhook (a program)."""

    INTERNAL: ClassVar[bool] = True

    rule: int
    how: str


class RuleFailed(TicketEvent, frozen=True, kw_only=True):
    """A rule could not do all that it should; `is_news`: for the first time in a day."""

    INTERNAL: ClassVar[bool] = True

    rule: int
    run: int
    is_news: bool
