"""When a policy warns, and what it does step by step: what is kept of it, read and changed."""

from functools import partial
from typing import Final

import msgspec
from msgspec import Struct

from helpdesk.core.actor import Actor
from helpdesk.core.clock import now
from helpdesk.core.db import locked, on_commit, transaction
from helpdesk.core.errors import Forbidden, Invalid, NotFound
from helpdesk.core.kept import Kept
from helpdesk.events.record import record
from helpdesk.i18n.catalogue import phrase
from helpdesk.people.queries import agents
from helpdesk.sla import access
from helpdesk.sla.events import WatchChanged
from helpdesk.sla.policy import KINDS
from helpdesk.sla.tables import Escalation, PolicyRow
from helpdesk.sla.watch import ACTS, MOST_STEPS, NEAR_MINUTES, NOBODY, TELLING, Step, Watch

KEPT_SECONDS: Final = 5.0
FURTHEST_MINUTES: Final = 366 * 24 * 60

_watches: Final = Kept[int, Watch]("watches", KEPT_SECONDS)


class WantedStep(Struct, frozen=True, kw_only=True):
    """A step as an administrator says it. `value` is what the act needs: a priority, a person's id, a macro's id."""

    kind: str
    minutes: int
    act: str
    value: str = ""


async def watch(policy_id: int) -> Watch:
    """How promises of that policy are watched over; one that is gone warns as a new one does."""
    return await _watches.get(policy_id, partial(_read, policy_id))


async def set_watch(actor: Actor, policy_id: int, *, near_minutes: int, near_percent: int, in_hours: bool) -> None:
    """Say from when on a promise is near, and whether letters wait for the office to open."""
    if not (0 < near_minutes <= FURTHEST_MINUTES and 0 <= near_percent < 100):
        raise Invalid({"near": phrase("Write a length of time such as 30m, or a share from 1% to 99%.")})
    async with transaction():
        await _policy(actor, policy_id)
        await PolicyRow.update(
            {
                PolicyRow.near_minutes: near_minutes,
                PolicyRow.near_percent: near_percent,
                PolicyRow.in_hours: in_hours,
            }
        ).where(PolicyRow.id == policy_id)
        await _changed(actor, policy_id)


async def add_step(actor: Actor, policy_id: int, wanted: WantedStep) -> int:
    """One more step; its id. It is taken for promises whose moment for it is yet to come. Raises Invalid."""
    async with transaction():
        await _policy(actor, policy_id)
        if await Escalation.count().where(Escalation.policy == policy_id) >= MOST_STEPS:
            raise Invalid({"": phrase("A policy has at most %(n)s steps.", n=MOST_STEPS)})
        await _check(wanted)
        value = "" if wanted.act in TELLING else wanted.value
        row = Escalation(
            policy=policy_id, kind=wanted.kind, minutes=wanted.minutes, act=wanted.act, value=value, added_at=now()
        )
        await row.save()
        await _changed(actor, policy_id)
    return int(row.id)


async def remove_step(actor: Actor, policy_id: int, step_id: int) -> None:
    """It is not taken any more; what it did stays."""
    async with transaction():
        await _policy(actor, policy_id)
        await Escalation.delete().where((Escalation.policy == policy_id) & (Escalation.id == step_id))
        await _changed(actor, policy_id)


async def _check(wanted: WantedStep) -> None:
    errors: dict[str, object] = {}
    if wanted.kind and wanted.kind not in KINDS:
        errors["kind"] = phrase("Choose one of the values offered.")
    if abs(wanted.minutes) > FURTHEST_MINUTES:
        errors["after"] = phrase("Promise at least a minute and at most a year.")
    if wanted.act not in ACTS:
        errors["act"] = phrase("Choose one of the values offered.")
    elif wanted.act == "assign" and wanted.value != NOBODY and not await _is_colleague(wanted.value):
        errors["person"] = phrase("Choose one of the values offered.")
    elif wanted.act == "priority" and not wanted.value:
        errors["priority"] = phrase("Choose one of the values offered.")
    elif wanted.act == "macro" and not wanted.value.isdecimal():
        errors["macro"] = phrase("Choose one of the values offered.")
    if errors:
        raise Invalid(errors)


async def _is_colleague(value: str) -> bool:
    return value in {str(agent.id) for agent in await agents() if agent.is_active}


async def _policy(actor: Actor, policy_id: int) -> PolicyRow:
    if not access.may_manage(actor):
        raise Forbidden()
    row = await locked(PolicyRow.objects().where(PolicyRow.id == policy_id)).first()
    if row is None:
        raise NotFound()
    return row


async def _changed(actor: Actor, policy_id: int) -> None:
    await record(WatchChanged(actor=actor.id, policy=policy_id))
    on_commit(_watches.forget)


async def _read(policy_id: int) -> Watch:
    row = await (
        PolicyRow.select(PolicyRow.near_minutes, PolicyRow.near_percent, PolicyRow.in_hours)
        .where(PolicyRow.id == policy_id)
        .first()
    )
    steps = await (
        Escalation.select(
            *(Escalation.id, Escalation.kind, Escalation.minutes, Escalation.act, Escalation.value),
            Escalation.added_at.as_alias("since"),
        )
        .where(Escalation.policy == policy_id)
        .order_by(Escalation.minutes, Escalation.id)
    )
    return Watch(**(row or {"near_minutes": NEAR_MINUTES}), steps=tuple(msgspec.convert(steps, list[Step])))
