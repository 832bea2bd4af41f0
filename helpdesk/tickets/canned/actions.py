"""What is changed about canned replies, and what they change on tickets."""

from collections.abc import Collection, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from helpdesk.core.actor import Actor
from helpdesk.core.clock import now
from helpdesk.core.db import attempt, locked, on_commit, transaction
from helpdesk.core.errors import Forbidden, Invalid, NotFound, Refused
from helpdesk.departments.queries import all_departments, colleagues
from helpdesk.events.record import record
from helpdesk.i18n.catalogue import phrase
from helpdesk.mail.outgoing.wording import problems
from helpdesk.tickets import actions as tickets
from helpdesk.tickets import queries as ticket_queries
from helpdesk.tickets import rules
from helpdesk.tickets.canned import access, queries
from helpdesk.tickets.canned.events import CannedAdded, CannedChanged, CannedRemoved
from helpdesk.tickets.canned.queries import EXPLAINED, Canned
from helpdesk.tickets.canned.tables import CannedReply, CannedUse
from helpdesk.web import naming


class Wanted(Struct, frozen=True, kw_only=True):
    """All that is said of a canned reply. `assign` is me, nobody, a Person.id as text, or empty."""

    name: str
    folder: str = ""
    department: int | None = None
    body_vi: str = ""
    body_en: str = ""
    status: str = ""
    priority: str = ""
    assign: str = ""
    tags: Sequence[str] = ()
    move_to: int | None = None


async def add(actor: Actor, wanted: Wanted) -> int:
    """Keep a new one; its id. Raises Forbidden, and Invalid with the fields to change."""
    async with transaction():
        await _check(actor, wanted)
        row = CannedReply(**_columns(wanted))
        await row.save()
        await record(CannedAdded(actor=actor.id, canned=row.id))
        on_commit(queries.forget_all)
    return int(row.id)


async def change(actor: Actor, canned_id: int, wanted: Wanted) -> None:
    """Make it as wanted. Raises Forbidden, NotFound, and Invalid with the fields to change."""
    async with transaction():
        await _kept(actor, canned_id)
        await _check(actor, wanted)
        await CannedReply.update(_columns(wanted)).where(CannedReply.id == canned_id)
        await record(CannedChanged(actor=actor.id, canned=canned_id))
        on_commit(queries.forget_all)


async def remove(actor: Actor, canned_id: int) -> None:
    """Throw it away. What was written with it stays."""
    async with transaction():
        await _kept(actor, canned_id)
        await CannedUse.delete().where(CannedUse.canned == canned_id)
        await CannedReply.delete().where(CannedReply.id == canned_id)
        await record(CannedRemoved(actor=actor.id, canned=canned_id))
        on_commit(queries.forget_all)


async def note_use(message: int, ids: Collection[int]) -> bool:
    """Remember what a message is made of; whether that is news. In the caller's transaction."""
    if await CannedUse.exists().where(CannedUse.message == message):
        return False
    await CannedUse.insert(*(CannedUse(message=message, canned=one) for one in dict.fromkeys(ids)))
    return True


async def forget_use(message: int) -> None:
    """Forget what a message is made of, for it is thrown away. In the caller's transaction."""
    await CannedUse.delete().where(CannedUse.message == message)


async def carry_out(actor: Actor, ticket_id: int, ids: Collection[int], *, with_status: bool) -> None:
    """
    Do to the ticket what these say, in one transaction, and count their use.

    A change that is refused by now, such as an assignee who works elsewhere, is left out: it must not hold
    the words back that go with it.
    """
    if not ids:
        return
    async with transaction():
        for one in await queries.every_of(ids):
            changes = _changes(actor, one, await _tags(ticket_id, one), with_status=with_status)
            for change in changes:
                try:
                    async with attempt():
                        await tickets.change(actor, ticket_id, change)
                except Refused:  # what goes on without it stands in the docstring
                    continue
            await CannedReply.update({CannedReply.used: CannedReply.used + 1}).where(CannedReply.id == one.id)
        on_commit(queries.forget_all)


async def _tags(ticket_id: int, one: Canned) -> list[str]:
    return [*await ticket_queries.tags(ticket_id), *one.tags] if one.tags else []


def _changes(actor: Actor, one: Canned, tags: list[str], *, with_status: bool) -> list[tickets.Changes]:
    """What it changes, each by itself; last what may take the ticket out of sight: where it goes, and to whom."""
    wanted: list[dict[str, Any]] = []
    if one.status and with_status:
        wanted.append({"status": one.status})
    if one.priority:
        wanted.append({"priority": one.priority})
    if tags:
        wanted.append({"tags": tags})
    if one.move_to is not None:
        wanted.append({"department": one.move_to})
    if one.assign and not (one.assign == "me" and actor.id is None):  # the house takes nothing for itself
        named = {"me": actor.id, "nobody": None}
        wanted.append({"assignee": named[one.assign] if one.assign in named else int(one.assign)})
    return [tickets.Changes(**change) for change in wanted]


async def _kept(actor: Actor, canned_id: int) -> CannedReply:
    row = await locked(CannedReply.objects().where((CannedReply.id == canned_id) & access.visible_to(actor))).first()
    if row is None:
        raise NotFound()
    if not access.may_keep(actor, row.department):
        raise Forbidden()
    return row


async def _check(actor: Actor, wanted: Wanted) -> None:
    """Raises Forbidden, and Invalid with everything that is wrong, by field."""
    if not access.may_keep_any(actor):
        raise Forbidden()
    errors: dict[str, object] = {}
    for field in ("body_vi", "body_en"):
        if wrong := problems(getattr(wanted, field), EXPLAINED):
            errors[field] = wrong[0]
    if not access.may_keep(actor, wanted.department):
        errors["department"] = phrase("Choose a department you work in.")
    elif wanted.department not in {None, *(one.id for one in await all_departments())}:
        errors["department"] = phrase("There is no such department.")
    if wanted.move_to not in {None, *(one.id for one in await all_departments())}:
        errors["move_to"] = phrase("There is no such department.")
    people = {str(one.id) for one in await colleagues()}
    if wanted.assign not in {"", "me", "nobody", *people}:
        errors["assign"] = phrase("Choose one of the values offered.")
    known = naming.current()
    if wanted.status and wanted.status not in known.statuses:
        errors["status"] = phrase("Choose one of the values offered.")
    if wanted.priority and wanted.priority not in known.priorities:
        errors["priority"] = phrase("Choose one of the values offered.")
    acts = (wanted.status, wanted.priority, wanted.assign, wanted.tags, wanted.move_to)
    if not any((wanted.body_vi, wanted.body_en, *acts)):
        errors["body_vi"] = phrase("Write some words, or choose what becomes of the ticket.")
    if errors:
        raise Invalid(errors)


def _columns(wanted: Wanted) -> dict[Any, Any]:
    tags = [name for name in dict.fromkeys(map(rules.tag_name, wanted.tags)) if name]
    return {
        **msgspec.structs.asdict(wanted),
        "tags": msgspec.json.encode(tags).decode(),
        "folder": " ".join(wanted.folder.split()),
        "changed_at": now(),
    }
