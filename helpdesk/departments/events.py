from typing import ClassVar

from helpdesk.events.record import Event


class DepartmentAdded(Event, frozen=True, kw_only=True):
    """An administrator opened a department."""

    ABOUT: ClassVar[str] = "department"
    INTERNAL: ClassVar[bool] = True

    department: int


class DepartmentChanged(Event, frozen=True, kw_only=True):
    """Its names, addresses, hours, promise or people are others now, or its place in the order."""

    ABOUT: ClassVar[str] = "department"
    INTERNAL: ClassVar[bool] = True

    department: int


class DepartmentRemoved(Event, frozen=True, kw_only=True):
    """A department without tickets is gone."""

    ABOUT: ClassVar[str] = "department"
    INTERNAL: ClassVar[bool] = True

    department: int
