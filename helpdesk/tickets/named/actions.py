"""What administrators change about statuses and priorities."""

from collections.abc import Collection, Sequence
from typing import Any, Final

import msgspec
from msgspec import Struct

from helpdesk.core.actor import Actor
from helpdesk.core.clock import now
from helpdesk.core.db import locked, on_commit, transaction
from helpdesk.core.errors import Conflict, Forbidden, Invalid, NotFound
from helpdesk.core.text import fold, slug
from helpdesk.departments.access import may_manage
from helpdesk.events.record import record
from helpdesk.i18n.catalogue import phrase
from helpdesk.jobs.queue import enqueue
from helpdesk.tickets import rules
from helpdesk.tickets.named import moving, queries
from helpdesk.tickets.named.events import PriorityDefined, PriorityRemoved, StatusDefined, StatusRemoved
from helpdesk.tickets.named.tables import PriorityRow, StatusRow
from helpdesk.web.naming import BUILT_IN_PRIORITIES, COLOURS

MOST: Final = 60
"""Statuses, or priorities, that there may be or have been."""
ADD: Final = "add"
"""Where one is added, which no key may be."""
LONGEST_STATUS: Final = 12
LONGEST_PRIORITY: Final = 8
"""Characters of keys."""


class WantedStatus(Struct, frozen=True, kw_only=True):
    """All that is said of a status, as tables.StatusRow keeps it. The six that all desks have keep their category."""

    category: str
    name_vi: str
    name_en: str
    public_vi: str = ""
    public_en: str = ""
    colour: str = ""
    is_active: bool = True
    is_default: bool = False


class WantedPriority(Struct, frozen=True, kw_only=True):
    """All that is said of a priority, as tables.PriorityRow keeps it."""

    name_vi: str
    name_en: str
    colour: str = ""
    is_active: bool = True


async def add_status(actor: Actor, wanted: WantedStatus) -> str:
    """Add a status, last in the order; its key. Raises Forbidden, and Invalid with what is to be changed."""
    async with transaction():
        rows = await _statuses(actor)
        _check_status(wanted, rows)
        row = StatusRow(
            **msgspec.structs.asdict(wanted),
            key=_key(wanted.name_vi, wanted.name_en, LONGEST_STATUS, [one.key for one in rows]),
            position=max(one.position for one in rows) + 1,
        )
        await row.save()
        await _only_default(row, rows)
        await _said(StatusDefined(actor=actor.id, status=row.key))
    return str(row.key)


async def change_status(actor: Actor, key: str, wanted: WantedStatus, *, goes_to: str = "") -> None:
    """
    Make it as wanted.

    When it is to mean something else and tickets have it, `goes_to` says what becomes of them: they take another
    status, or with its own key they keep it and go along. Raises as `add_status` does, and NotFound.
    """
    async with transaction():
        rows = await _statuses(actor)
        row = _named(rows, key)
        if row.key in rules.STATUSES:
            wanted = msgspec.structs.replace(wanted, category=row.category)
        others = [one for one in rows if one.id != row.id]
        _check_status(wanted, others)
        if wanted.category != row.category and await moving.has_tickets(key):
            _check_way([*others, row], goes_to)
            await enqueue(moving.change_status, {"key": key, "to": goes_to})
        await StatusRow.update(_columns(wanted)).where(StatusRow.id == row.id)
        row.category, row.is_default = wanted.category, wanted.is_default
        await _only_default(row, others)
        await _said(StatusDefined(actor=actor.id, status=row.key))


async def move_status(actor: Actor, key: str, *, up: bool) -> None:
    """One place up or down in the order."""
    async with transaction():
        rows = await _statuses(actor)
        row = _named(rows, key)
        await _change_places(_left(rows), row, up=up)
        await _said(StatusDefined(actor=actor.id, status=row.key))


async def remove_status(actor: Actor, key: str, goes_to: str = "") -> None:
    """
    Take a status of one's own away; its tickets take the one that `goes_to` names.

    Raises Conflict for one that all desks have, and Invalid where tickets have it and it is not said where they go.
    """
    async with transaction():
        rows = await _statuses(actor)
        row = _named(rows, key)
        if row.key in rules.STATUSES:
            raise Conflict(phrase("Every desk has this one. You can call it otherwise, or offer it no more."))
        goes_to = goes_to or ("" if await moving.has_tickets(key) else row.category)
        _check_way([one for one in rows if one.id != row.id], goes_to)
        row.goes_to, row.gone_at, row.is_default = goes_to, now(), False
        await row.save([StatusRow.goes_to, StatusRow.gone_at, StatusRow.is_default])
        await _only_default(row, rows)
        await enqueue(moving.change_status, {"key": key, "to": goes_to})
        await _said(StatusRemoved(actor=actor.id, status=row.key))


async def add_priority(actor: Actor, wanted: WantedPriority) -> str:
    """Add a priority, more urgent than all others; its key. Raises as `add_status` does."""
    async with transaction():
        rows = await _priorities(actor)
        _check(wanted, rows)
        row = PriorityRow(
            **msgspec.structs.asdict(wanted),
            key=_key(wanted.name_vi, wanted.name_en, LONGEST_PRIORITY, [one.key for one in rows]),
            position=max(one.position for one in rows) + 1,
        )
        await row.save()
        await _said(PriorityDefined(actor=actor.id, priority=row.key))
    return str(row.key)


async def change_priority(actor: Actor, key: str, wanted: WantedPriority) -> None:
    """Make it as wanted. The usual one is always offered. Raises as `add_status` does, and NotFound."""
    async with transaction():
        rows = await _priorities(actor)
        row = _named(rows, key)
        _check(wanted, [one for one in rows if one.id != row.id])
        if key == "normal":
            wanted = msgspec.structs.replace(wanted, is_active=True)
        await PriorityRow.update(_columns(wanted)).where(PriorityRow.id == row.id)
        await _said(PriorityDefined(actor=actor.id, priority=row.key))


async def move_priority(actor: Actor, key: str, *, up: bool) -> None:
    """One place more urgent, or less."""
    async with transaction():
        rows = await _priorities(actor)
        row = _named(rows, key)
        await _change_places(_left(rows), row, up=not up)
        await enqueue(moving.rank_anew, {})
        await _said(PriorityDefined(actor=actor.id, priority=row.key))


async def remove_priority(actor: Actor, key: str, goes_to: str = "") -> None:
    """Take a priority of one's own away; its tickets take the one that `goes_to` names. Raises as `remove_status`."""
    async with transaction():
        rows = await _priorities(actor)
        row = _named(rows, key)
        if row.key in BUILT_IN_PRIORITIES:
            raise Conflict(phrase("Every desk has this one. You can call it otherwise, or offer it no more."))
        goes_to = goes_to or ("" if await queries.count_with_priority(key) else "normal")
        _check_way([one for one in rows if one.id != row.id], goes_to)
        row.goes_to, row.gone_at = goes_to, now()
        await row.save([PriorityRow.goes_to, PriorityRow.gone_at])
        await enqueue(moving.change_priority, {"key": key, "to": goes_to})
        await _said(PriorityRemoved(actor=actor.id, priority=row.key))


async def _statuses(actor: Actor) -> list[StatusRow]:
    """All there are or were, kept from others until the commit. Raises Forbidden."""
    if not may_manage(actor):
        raise Forbidden()
    return await locked(StatusRow.objects().order_by(StatusRow.position, StatusRow.id))


async def _priorities(actor: Actor) -> list[PriorityRow]:
    if not may_manage(actor):
        raise Forbidden()
    return await locked(PriorityRow.objects().order_by(PriorityRow.position, PriorityRow.id))


def _left(rows: Sequence[Any]) -> list[Any]:
    """Those that are there still."""
    return [one for one in rows if one.gone_at is None]


def _named(rows: Sequence[Any], key: str) -> Any:
    found = next((one for one in _left(rows) if one.key == key), None)
    if found is None:
        raise NotFound()
    return found


async def _only_default(row: StatusRow, others: Sequence[StatusRow]) -> None:
    """One default in each category: this one if it says so, and the word of the category where none is left."""
    for one in others:
        is_default = one.is_default and not (row.is_default and one.category == row.category)
        if one.key in rules.STATUSES and not row.is_default:
            left = [*others, row]
            is_default = not any(
                other.is_default and other.key != one.key and other.category == one.category for other in left
            )
        if is_default != one.is_default:
            one.is_default = is_default
            await one.save([StatusRow.is_default])


async def _change_places(rows: list[Any], row: Any, *, up: bool) -> None:
    """Trade places with the row before, or behind."""
    place = rows.index(row)
    other = place - 1 if up else place + 1
    if not 0 <= other < len(rows):
        return
    there = rows[other]
    row.position, there.position = there.position, row.position
    for one in (row, there):
        await one.save([type(one).position])


def _check_status(wanted: WantedStatus, others: Sequence[StatusRow]) -> None:
    if wanted.category not in rules.STATUSES:
        raise Invalid({"category": phrase("Choose one of the values offered.")})
    _check(wanted, others)


def _check(wanted: WantedStatus | WantedPriority, others: Sequence[Any]) -> None:
    """Raises Invalid for a colour there is not, a name that another has, and one more than MOST."""
    errors: dict[str, object] = {}
    if wanted.colour not in COLOURS:
        errors["colour"] = phrase("Choose one of the values offered.")
    for field in ("name_vi", "name_en"):
        taken = {fold(getattr(one, field)) for one in _left(others)}
        if fold(getattr(wanted, field)) in taken:
            errors[field] = phrase("Another one is called so already.")
    if len(others) >= MOST:
        errors[""] = phrase("There are %(most)s already.", most=MOST)
    if errors:
        raise Invalid(errors)


def _check_way(others: Sequence[Any], goes_to: str) -> None:
    if goes_to not in {one.key for one in _left(others)}:
        raise Invalid({"goes_to": phrase("Tickets have it. Say what becomes of them.")})


def _key(name_vi: str, name_en: str, longest: int, taken: Collection[str]) -> str:
    """Short, readable, and never given out twice."""
    for name in (name_vi, name_en):
        if (key := slug(name, longest)) and key not in {*taken, ADD}:
            return key
    number = next(number for number in range(1, MOST + 2) if f"own-{number}" not in taken)
    return f"own-{number}"


def _columns(wanted: WantedStatus | WantedPriority) -> dict[Any, Any]:
    return msgspec.structs.asdict(wanted)


async def _said(event: StatusDefined | StatusRemoved | PriorityDefined | PriorityRemoved) -> None:
    await record(event)
    on_commit(queries.forget_all)
