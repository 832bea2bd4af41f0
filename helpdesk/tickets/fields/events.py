from typing import ClassVar

from msgspec import Struct

from helpdesk.events.record import Event
from helpdesk.tickets.events import TicketEvent


class FieldChange(Struct, frozen=True):
    """What a ticket said in a field, and what it says now, as rules.canonical writes it; long texts shortened."""

    field: int
    before: list[str]
    after: list[str]


class FieldsSet(TicketEvent, frozen=True, kw_only=True):
    """Somebody filled fields of a ticket in, at once."""

    INTERNAL: ClassVar[bool] = True

    changes: list[FieldChange]


class FieldAdded(Event, frozen=True, kw_only=True):
    ABOUT: ClassVar[str] = "field"
    INTERNAL: ClassVar[bool] = True

    field: int


class FieldChanged(Event, frozen=True, kw_only=True):
    ABOUT: ClassVar[str] = "field"
    INTERNAL: ClassVar[bool] = True

    field: int


class FieldRemoved(Event, frozen=True, kw_only=True):
    ABOUT: ClassVar[str] = "field"
    INTERNAL: ClassVar[bool] = True

    field: int


class CarrierAdded(Event, frozen=True, kw_only=True):
    ABOUT: ClassVar[str] = "carrier"
    INTERNAL: ClassVar[bool] = True

    carrier: int


class CarrierChanged(Event, frozen=True, kw_only=True):
    ABOUT: ClassVar[str] = "carrier"
    INTERNAL: ClassVar[bool] = True

    carrier: int


class CarrierRemoved(Event, frozen=True, kw_only=True):
    ABOUT: ClassVar[str] = "carrier"
    INTERNAL: ClassVar[bool] = True

    carrier: int
