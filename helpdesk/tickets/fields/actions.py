"""What administrators change about fields and carriers."""

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Struct

from helpdesk.core.actor import Actor
from helpdesk.core.clock import now
from helpdesk.core.db import is_duplicate, is_still_needed, locked, on_commit, transaction
from helpdesk.core.errors import Conflict, Forbidden, Invalid, NotFound
from helpdesk.core.text import slug
from helpdesk.departments.access import may_manage
from helpdesk.departments.tables import Department
from helpdesk.events.record import record
from helpdesk.i18n.catalogue import phrase
from helpdesk.tickets.fields import queries, rules, tracking
from helpdesk.tickets.fields.events import (
    CarrierAdded,
    CarrierChanged,
    CarrierRemoved,
    FieldAdded,
    FieldChanged,
    FieldRemoved,
)
from helpdesk.tickets.fields.rules import Choice, Kind, Wrong
from helpdesk.tickets.fields.tables import Carrier, Field, TopicField
from helpdesk.tickets.fields.tracking import BadShape
from helpdesk.topics.queries import everything

MOST_FIELDS = 100


class Wanted(Struct, frozen=True, kw_only=True):
    """All that is said of a field; `choices` as text, one on each line. Its kind stays what it was at first."""

    name_vi: str
    name_en: str
    kind: Kind
    help_vi: str = ""
    help_en: str = ""
    department: int | None = None
    choices: str = ""
    link: str = ""
    is_of_topics: bool = False
    is_public: bool = False
    is_asked: bool = False
    is_needed: bool = False


class WantedCarrier(Struct, frozen=True, kw_only=True):
    """All that is said of a carrier, as tables.Carrier keeps it."""

    name: str
    called: str = ""
    link: str = ""
    sure: str = ""
    near: str = ""
    is_active: bool = True


async def add(actor: Actor, wanted: Wanted) -> int:
    """Add a field, last in the order; its id. Raises Forbidden, and Invalid with what is to be changed."""
    async with transaction():
        _check_access(actor)
        choices = await _check(wanted, ())
        rows = await Field.select(Field.position).order_by(Field.position).order_by(Field.id)
        if len(rows) >= MOST_FIELDS:
            raise Invalid({"": phrase("There are %(most)s fields already.", most=MOST_FIELDS)})
        position = rows[-1]["position"] + 1 if rows else 1
        field = Field(**_columns(wanted, choices), kind=wanted.kind, position=position)
        await field.save()
        await record(FieldAdded(actor=actor.id, field=field.id))
        on_commit(queries.forget_all)
    return int(field.id)


async def change(actor: Actor, field_id: int, wanted: Wanted) -> None:
    """Make it as wanted, but for its kind. Raises as `add` does, and NotFound."""
    async with transaction():
        _check_access(actor)
        field = await _locked(field_id)
        wanted = msgspec.structs.replace(wanted, kind=msgspec.convert(field.kind, Kind))
        choices = await _check(wanted, msgspec.json.decode(field.choices, type=list[Choice]))
        await Field.update(_columns(wanted, choices)).where(Field.id == field.id)
        await record(FieldChanged(actor=actor.id, field=field.id))
        on_commit(queries.forget_all)


async def move(actor: Actor, field_id: int, *, up: bool) -> None:
    """One place up or down in the order."""
    async with transaction():
        _check_access(actor)
        rows = await locked(Field.objects().order_by(Field.position, Field.id))
        await _change_places(rows, field_id, up=up)
        await record(FieldChanged(actor=actor.id, field=field_id))
        on_commit(queries.forget_all)


async def archive(actor: Actor, field_id: int, *, is_back: bool = False) -> None:
    """
    Offer a field no more, or again (`is_back`). What tickets say in it stays.

    Raises Conflict while the form of a topic asks for another one only by what this one says.
    """
    async with transaction():
        _check_access(actor)
        field = await _locked(field_id)
        if not is_back:
            await _refuse_deciding(field_id)
        field.archived_at = None if is_back else now()
        await field.save([Field.archived_at])
        await record(FieldChanged(actor=actor.id, field=field.id))
        on_commit(queries.forget_all)


async def remove(actor: Actor, field_id: int) -> None:
    """Take a field away for good. Raises Conflict while a ticket says something in it, and as `archive` does."""
    async with transaction():
        _check_access(actor)
        await _locked(field_id)
        await _refuse_deciding(field_id)
        try:
            async with transaction():
                await Field.delete().where(Field.id == field_id)
        except Exception as error:
            if not is_still_needed(error):
                raise
            raise Conflict(phrase("Tickets say something in this field. Archive it instead.")) from error
        await record(FieldRemoved(actor=actor.id, field=field_id))
        on_commit(queries.forget_all)


async def add_carrier(actor: Actor, wanted: WantedCarrier) -> int:
    """Add a carrier, last in the order; its id. Raises Forbidden, and Invalid with what is to be changed."""
    async with transaction():
        _check_access(actor)
        _check_carrier(wanted)
        last = await (
            Carrier.select(Carrier.position)
            .order_by(Carrier.position, ascending=False)
            .order_by(Carrier.id, ascending=False)
            .first()
        )
        carrier = Carrier(
            **msgspec.structs.asdict(wanted),
            code=slug(wanted.name, 20),
            position=last["position"] + 1 if last else 1,
        )
        try:
            async with transaction():
                await carrier.save()
        except Exception as error:
            if not is_duplicate(error):
                raise
            raise Invalid({"name": phrase("There is a carrier of this name already.")}) from error
        await record(CarrierAdded(actor=actor.id, carrier=carrier.id))
        on_commit(queries.forget_all)
    return int(carrier.id)


async def change_carrier(actor: Actor, carrier_id: int, wanted: WantedCarrier) -> None:
    """Make it as wanted; its code stays. Raises as `add_carrier` does, and NotFound."""
    async with transaction():
        _check_access(actor)
        _check_carrier(wanted)
        await _need_carrier(carrier_id)
        columns: dict[Any, Any] = msgspec.structs.asdict(wanted)
        await Carrier.update(columns).where(Carrier.id == carrier_id)
        await record(CarrierChanged(actor=actor.id, carrier=carrier_id))
        on_commit(queries.forget_all)


async def move_carrier(actor: Actor, carrier_id: int, *, up: bool) -> None:
    """One place up or down in the order."""
    async with transaction():
        _check_access(actor)
        rows = await locked(Carrier.objects().order_by(Carrier.position, Carrier.id))
        await _change_places(rows, carrier_id, up=up)
        await record(CarrierChanged(actor=actor.id, carrier=carrier_id))
        on_commit(queries.forget_all)


async def remove_carrier(actor: Actor, carrier_id: int) -> None:
    """Take a carrier away. Numbers that tickets have of it stay, and lead nowhere."""
    async with transaction():
        _check_access(actor)
        await _need_carrier(carrier_id)
        await Carrier.delete().where(Carrier.id == carrier_id)
        await record(CarrierRemoved(actor=actor.id, carrier=carrier_id))
        on_commit(queries.forget_all)


def _check_access(actor: Actor) -> None:
    if not may_manage(actor):
        raise Forbidden()


async def _locked(field_id: int) -> Field:
    field = await locked(Field.objects().where(Field.id == field_id)).first()
    if field is None:
        raise NotFound()
    return field


async def _refuse_deciding(field_id: int) -> None:
    """Raises Conflict for a field by which forms decide what else they ask: they would ask for it always."""
    asking = await TopicField.select(TopicField.topic).where(TopicField.only_field == field_id).order_by(TopicField.id)
    if asking:
        known = await everything()
        names = dict.fromkeys(known[row["topic"]].name for row in asking if row["topic"] in known)
        raise Conflict(
            phrase(
                "The form of %(topics)s asks for another field only by what this one says. Change that first.",
                topics=", ".join(f"“{name}”" for name in names),
            )
        )


async def _need_carrier(carrier_id: int) -> None:
    if await locked(Carrier.objects().where(Carrier.id == carrier_id)).first() is None:
        raise NotFound()


async def _change_places(rows: Sequence[Any], row_id: int, *, up: bool) -> None:
    ids = [row.id for row in rows]
    if row_id not in ids:
        raise NotFound()
    place = ids.index(row_id)
    ids.insert(max(0, place - 1) if up else place + 1, ids.pop(place))
    for row in rows:
        row.position = ids.index(row.id)
        await row.save([type(row).position])


async def _check(wanted: Wanted, before: Sequence[Choice]) -> list[Choice]:
    """The field's choices. Raises Invalid with everything that is wrong, by field of the form."""
    errors: dict[str, object] = {}
    choices: list[Choice] = []
    if wanted.kind in rules.CHOSEN:
        try:
            choices = rules.choices_from(wanted.choices, before)
        except Wrong as wrong:
            errors["choices"] = wrong.reason
    if wanted.department is not None and not await Department.exists().where(Department.id == wanted.department):
        errors["department"] = phrase("There is no such department.")
    if not rules.is_link(wanted.link):
        errors["link"] = phrase("Write an address such as https://example.com/orders/{number}.")
    if errors:
        raise Invalid(errors)
    return choices


def _columns(wanted: Wanted, choices: Sequence[Choice]) -> dict[Any, Any]:
    return {
        "name_vi": wanted.name_vi,
        "name_en": wanted.name_en,
        "help_vi": wanted.help_vi,
        "help_en": wanted.help_en,
        "department": wanted.department,
        "choices": msgspec.json.encode(choices).decode(),
        "link": wanted.link if wanted.kind == "order" else "",
        "is_of_topics": wanted.is_of_topics,
        "is_public": wanted.is_public,
        "is_asked": wanted.is_asked and wanted.is_public,
        "is_needed": wanted.is_needed,
    }


def _check_carrier(wanted: WantedCarrier) -> None:
    errors: dict[str, object] = {}
    for name in ("sure", "near"):
        try:
            tracking.pattern(getattr(wanted, name))
        except BadShape as wrong:
            errors[name] = wrong.reason
    if not rules.is_link(wanted.link):
        errors["link"] = phrase("Write an address such as https://example.com/orders/{number}.")
    if not slug(wanted.name, 20):
        errors["name"] = phrase("This cannot be used as it is.")
    if errors:
        raise Invalid(errors)
