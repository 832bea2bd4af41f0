"""What agents change about queues: those they put together, and where each stands beside their pages."""

from collections.abc import Sequence
from typing import Any, Literal

import msgspec
from msgspec import Struct

from helpdesk.core.actor import Actor
from helpdesk.core.clock import now
from helpdesk.core.db import locked, on_commit, transaction
from helpdesk.core.errors import Forbidden, Invalid, NotFound
from helpdesk.departments.queries import all_departments
from helpdesk.events.record import record
from helpdesk.i18n.catalogue import Phrase, phrase
from helpdesk.tickets import access, conditions, views
from helpdesk.tickets.conditions import Conditions, problem
from helpdesk.tickets.events import QueuesArranged, ViewRemoved, ViewSaved
from helpdesk.tickets.fields import asking
from helpdesk.tickets.queries import ORDERS
from helpdesk.tickets.tables import SavedView, ViewPlace

Step = Literal["up", "down", "hide", "show"]

MOST_OWN = 100
"""Queues that one agent may keep."""


class Wanted(Struct, frozen=True, kw_only=True):
    """A queue as somebody wants it. `audience`: empty for themselves alone, all, or department:7."""

    title: str
    conditions: Conditions
    columns: Sequence[str] = views.USUAL
    order: str = "due"
    audience: str = ""


async def get(actor: Actor, view_id: int, *, to_change: bool = False) -> SavedView:
    """A queue that somebody put together, if the actor may look at it; `to_change`: if they may change it."""
    query = SavedView.objects().where((SavedView.id == view_id) & access.views_for(actor))
    view = await (locked(query) if to_change else query).first()
    if view is None:
        raise NotFound()
    if to_change and not access.may_change_view(actor, view):
        raise Forbidden(phrase("Only who put this queue together may change it."))
    return view


async def save(actor: Actor, wanted: Wanted, view_id: int | None = None) -> int:
    """Put a queue together, or change one; its id. Raises Invalid with a field or a term (`all-0`) for each error."""
    async with transaction():
        view = None if view_id is None else await get(actor, view_id, to_change=True)
        await _check(actor, wanted, view)
        columns = _columns(wanted)
        if view is None:
            view = SavedView(owner=actor.id, **columns)
            await view.save()
        else:
            await SavedView.update(**columns).where(SavedView.id == view.id)
        await record(ViewSaved(actor=actor.id, view=view.id))
        on_commit(views.forget_all)
    return int(view.id)


def _columns(wanted: Wanted) -> dict[str, Any]:
    return {
        "title": wanted.title.strip(),
        "audience": wanted.audience,
        "ordering": wanted.order,
        "conditions": msgspec.json.encode(wanted.conditions).decode(),
        "shown": msgspec.json.encode(_shown(wanted.columns)).decode(),
        "changed_at": now(),
    }


def _shown(columns: Sequence[str]) -> list[str]:
    """The columns in their order: those of every ticket, then some of the fields that the desk added."""
    own = [column for column in dict.fromkeys(columns) if asking.id_in(column) is not None]
    return [column for column in views.COLUMNS if column in columns] + own[: views.MOST_OWN_COLUMNS]


async def remove(actor: Actor, view_id: int) -> None:
    """Take a queue away, from everybody it was shared with as well."""
    async with transaction():
        await get(actor, view_id, to_change=True)
        await ViewPlace.delete().where(ViewPlace.view == str(view_id))
        await SavedView.delete().where(SavedView.id == view_id)
        await record(ViewRemoved(actor=actor.id, view=view_id))
        on_commit(views.forget_all)


async def arrange(actor: Actor, key: str, step: Step) -> None:
    """Move one of the actor's queues a place up or down in their side bar, hide it, or show it again."""
    if actor.id is None:
        raise NotFound()
    async with transaction():
        await locked(ViewPlace.objects().where(ViewPlace.person == actor.id))
        placed = await views.arranged_anew(actor)
        keys = [one.view.key for one in placed]
        if key not in keys:
            raise NotFound()
        hidden = {one.view.key for one in placed if one.is_hidden}
        hidden = hidden | {key} if step == "hide" else hidden - {key} if step == "show" else hidden
        place = keys.index(key)
        if step in {"up", "down"}:
            keys.insert(max(0, place - 1) if step == "up" else place + 1, keys.pop(place))
        await ViewPlace.delete().where(ViewPlace.person == actor.id)
        await ViewPlace.insert(
            *(
                ViewPlace(person=actor.id, view=one, position=number, is_hidden=one in hidden)
                for number, one in enumerate(keys)
            )
        )
        await record(QueuesArranged(actor=actor.id, person=actor.id))
        on_commit(views.forget_all)


async def _check(actor: Actor, wanted: Wanted, view: SavedView | None) -> None:
    errors: dict[str, object] = {}
    if not wanted.title.strip():
        errors["title"] = phrase("This cannot be left empty.")
    if wanted.order not in ORDERS:
        errors["order"] = phrase("Choose one of the values offered.")
    if (view is None or wanted.audience != view.audience) and not await _may_share(actor, wanted.audience):
        errors["audience"] = phrase("You may share queues with the departments where you work.")
    if not wanted.conditions.terms:
        errors["conditions"] = phrase("Add at least one condition.")
    elif len(wanted.conditions.terms) > conditions.MOST_TERMS:
        errors["conditions"] = phrase("Use at most %(most)s conditions.", most=conditions.MOST_TERMS)
    errors |= problems(wanted.conditions)
    if view is None and await SavedView.count().where(SavedView.owner == actor.id) >= MOST_OWN:
        errors["title"] = phrase("You have %(n)s queues already. Remove one first.", n=MOST_OWN)
    if errors:
        raise Invalid(errors)


async def _may_share(actor: Actor, audience: str) -> bool:
    known = {"", "all", *(f"department:{department.id}" for department in await all_departments())}
    return audience in known and access.may_share_view(actor, audience)


def problems(wanted: Conditions) -> dict[str, Phrase]:
    """What is wrong with the terms, by their places: `all-0`, `any-2`."""
    places = {
        **{f"all-{n}": term for n, term in enumerate(wanted.all)},
        **{f"any-{n}": term for n, term in enumerate(wanted.any)},
    }
    found = {place: problem(term) for place, term in places.items()}
    return {place: wrong for place, wrong in found.items() if wrong is not None}
