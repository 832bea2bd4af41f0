"""
What statuses and priorities are called and look like, as this process knows it.

They are data of the desk, which rooms above read and teach here (`tickets/named/queries.py`): every page shows
them, and none asks a database for them.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from helpdesk.i18n.catalogue import Phrase, gettext, phrase
from helpdesk.i18n.reader import reading

CATEGORIES: Final[Mapping[str, Phrase]] = {
    "new": phrase("Nobody has looked at it yet"),
    "open": phrase("It is our turn"),
    "pending": phrase("It is the customer's turn; clocks stand still"),
    "hold": phrase("It waits for somebody else; clocks stand still"),
    "solved": phrase("It is done, and a word of the customer opens it again"),
    "closed": phrase("It is over"),
}
"""What a status means to clocks and queues, whatever it is called."""

FOR_CUSTOMERS: Final[Mapping[str, Phrase]] = {
    "new": phrase("Received"),
    "open": phrase("In progress"),
    "pending": phrase("Waiting for you"),
    "hold": phrase("In progress"),
    "solved": phrase("Done"),
    "closed": phrase("Done"),
}
"""What customers read of a status for whom the desk has no other words: what it means, plainly."""

COLOURS: Final[Mapping[str, Phrase]] = {
    "": phrase("The usual one"),
    "grey": phrase("Grey"),
    "green": phrase("Green"),
    "teal": phrase("Teal"),
    "blue": phrase("Blue"),
    "plum": phrase("Plum"),
    "amber": phrase("Amber"),
    "red": phrase("Red"),
}
"""Classes `tint--…` of static/css/components.css, each readable in light and in dark."""

BUILT_IN_PRIORITIES: Final = ("low", "normal", "high", "urgent")


class Status(Struct, frozen=True):
    """What a ticket's status is called. Of each category there is one that is called by the category's own word."""

    key: str
    category: str
    vi: str
    en: str
    public_vi: str = ""
    public_en: str = ""
    colour: str = ""
    is_active: bool = True
    is_default: bool = False
    goes_to: str = ""
    is_gone: bool = False

    @property
    def is_own(self) -> bool:
        """Whether the desk added it."""
        return self.key != self.category

    @property
    def own_key(self) -> str | None:
        """What a ticket keeps of it besides its category."""
        return self.key if self.is_own else None

    @property
    def name(self) -> str:
        return self.vi if reading.get().lang == "vi" else self.en

    @property
    def public(self) -> str:
        """What the desk has customers read; empty where that is the plain word of its category."""
        return self.public_vi if reading.get().lang == "vi" else self.public_en

    @property
    def for_customers(self) -> str:
        """What customers read in any case; never the desk's own name of it."""
        return self.public or str(FOR_CUSTOMERS[self.category])


class Priority(Struct, frozen=True):
    """
    How urgent a ticket is; `bars` draws it like one of BUILT_IN_PRIORITIES.

    `rank` is what tickets are ordered by, the most urgent lowest.
    """

    key: str
    vi: str
    en: str
    colour: str = ""
    is_active: bool = True
    goes_to: str = ""
    is_gone: bool = False
    bars: str = "normal"
    rank: int = 0

    @property
    def is_own(self) -> bool:
        return self.key not in BUILT_IN_PRIORITIES

    @property
    def name(self) -> str:
        return self.vi if reading.get().lang == "vi" else self.en


class Known(Struct, frozen=True):
    """Every status and priority that there is or was, by key; priorities from the least urgent on."""

    statuses: dict[str, Status]
    priorities: dict[str, Priority]

    @property
    def offered_statuses(self) -> list[Status]:
        """Those to choose from, in order."""
        return [one for one in self.statuses.values() if one.is_active and not one.is_gone]

    @property
    def offered_priorities(self) -> list[Priority]:
        """Those to choose from, the most urgent first."""
        return [one for one in reversed(self.priorities.values()) if one.is_active and not one.is_gone]

    @property
    def status_options(self) -> list[tuple[str, str]]:
        """Keys and names of those to choose from, in order."""
        return [(one.key, one.name) for one in self.offered_statuses]

    @property
    def priority_options(self) -> list[tuple[str, str]]:
        """Keys and names of those to choose from, the most urgent first."""
        return [(one.key, one.name) for one in self.offered_priorities]

    def statuses_with(self, key: str) -> list[tuple[str, str]]:
        """The same, and the one of this key, though it may be offered no more."""
        return _with(self.statuses, self.offered_statuses, key)

    def priorities_with(self, key: str) -> list[tuple[str, str]]:
        """The same of priorities."""
        return _with(self.priorities, self.offered_priorities, key)

    @property
    def priorities_from_normal(self) -> list[tuple[str, str]]:
        """Those to choose from, the usual one first."""
        rising = self.priority_options[::-1]
        return [*(one for one in rising if one[0] == "normal"), *(one for one in rising if one[0] != "normal")]

    @property
    def after_answer(self) -> list[Status]:
        """What a ticket may become with an answer, what is usual first."""
        usual = ("pending", "solved", "open", "hold")
        offered = [one for one in self.offered_statuses if one.category in usual]
        return sorted(offered, key=lambda one: (one.is_own, usual.index(one.category)))

    @property
    def status_filters(self) -> list[tuple[str, str]]:
        """What queues are filtered by: each category as a whole, and what the desk added to it."""
        found = []
        for category in CATEGORIES:
            name, own = self.statuses[category].name, self.own_of(category)
            found.append((category, gettext("%(status)s (all)", status=name) if own else name))
            found += [(one.key, one.name) for one in own]
        return found

    @property
    def priority_filters(self) -> list[tuple[str, str]]:
        """What tickets can have, be it offered no more, the most urgent first."""
        return [(one.key, one.name) for one in reversed(self.priorities.values()) if not one.is_gone]

    def status(self, key: str) -> Status:
        """The status of this key, or what took its place since. Raises KeyError where there never was one."""
        found = self.statuses[key]
        while found.is_gone:
            found = self.statuses.get(found.goes_to) or self.statuses[found.category]
        return found

    def priority(self, key: str) -> Priority:
        """The priority of this key, or what took its place since. Raises KeyError where there never was one."""
        found = self.priorities[key]
        while found.is_gone:
            found = self.priorities.get(found.goes_to) or self.priorities["normal"]
        return found

    def default(self, category: str) -> Status:
        """What the house itself chooses when a ticket comes into this category."""
        named = (one for one in self.offered_statuses if one.category == category and one.is_default)
        return next(named, self.statuses[category])

    def own_of(self, category: str) -> list[Status]:
        """What the desk added to a category."""
        return [one for one in self.statuses.values() if one.is_own and one.category == category and not one.is_gone]


def _with(
    known: Mapping[str, Status] | Mapping[str, Priority], offered: Sequence[Status | Priority], key: str
) -> list[tuple[str, str]]:
    shown = [*offered, known[key]] if key in known and known[key] not in offered else offered
    return [(one.key, one.name) for one in shown]


def ranked(priorities: Iterable[Priority]) -> dict[str, Priority]:
    """Priorities from the least urgent on, own ones drawn like the next one below that everybody has."""
    found, bars = {}, "low"
    for position, one in enumerate(priorities, 1):
        bars = bars if one.is_own else one.key
        found[one.key] = replace(one, bars=bars, rank=-position)
    return found


BUILT_IN: Final = Known(
    {
        key: Status(key, key, vi, en, is_default=True)
        for key, vi, en in (
            ("new", "Mới", "New"),
            ("open", "Đang mở", "Open"),
            ("pending", "Chờ khách", "Pending"),
            ("hold", "Tạm giữ", "On hold"),
            ("solved", "Đã giải quyết", "Solved"),
            ("closed", "Đã đóng", "Closed"),
        )
    },
    ranked(
        Priority(key, vi, en)
        for key, vi, en in (
            ("low", "Thấp", "Low"),
            ("normal", "Thường", "Normal"),
            ("high", "Cao", "High"),
            ("urgent", "Khẩn", "Urgent"),
        )
    ),
)
"""What a desk begins with, as the migration keeps it."""

_known = BUILT_IN


def current() -> Known:
    """What was learned last."""
    return _known


def learn(known: Known) -> None:
    """Call statuses and priorities so from now on."""
    global _known
    _known = known
