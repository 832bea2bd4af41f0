"""What administrators change about rules."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec
from msgspec import Struct

from helpdesk.automation import access, acts, asking, queries, running, when
from helpdesk.automation.events import RuleAdded, RuleChanged, RuleRemoved
from helpdesk.automation.queries import Act
from helpdesk.automation.tables import AnswerSent, RuleRow, RuleRun, RuleTrial
from helpdesk.core.actor import Actor
from helpdesk.core.clock import now
from helpdesk.core.db import locked, on_commit, transaction
from helpdesk.core.errors import Forbidden, Invalid, NotFound
from helpdesk.events.record import record
from helpdesk.i18n.catalogue import phrase
from helpdesk.tickets.conditions import MOST_TERMS, Conditions
from helpdesk.webhooks import deliver

MOST_ACTS: Final = 20
MOST_HOURS: Final = 8760


class Wanted(Struct, frozen=True, kw_only=True):
    """All that is said of a rule; see tables.RuleRow."""

    title: str
    is_active: bool = False
    whens: Sequence[str] = ()
    waits_for: str = ""
    hours: int = 0
    conditions: Conditions = Conditions()
    acts: Sequence[Act] = ()
    is_last: bool = False


async def add(actor: Actor, wanted: Wanted) -> int:
    """Keep a new rule behind all others; its id. Raises Forbidden, and Invalid naming what to change."""
    async with transaction():
        _check_access(actor)
        await _check(wanted)
        last = await RuleRow.select(RuleRow.position).order_by(RuleRow.position, ascending=False).first()
        row = RuleRow(position=last["position"] + 1 if last else 0, **_columns(wanted), **_from_now_on(wanted))
        await row.save()
        await record(RuleAdded(actor=actor.id, rule=row.id))
        on_commit(queries.forget_all)
    return int(row.id)


async def change(actor: Actor, rule_id: int, wanted: Wanted) -> None:
    """
    Let it say this from now on. Raises Forbidden, NotFound, and Invalid naming what to change.

    Time that is up when the rule is switched on, or told to wait for something else, is not made up for.
    """
    async with transaction():
        row = await _row(actor, rule_id)
        await _check(wanted)
        is_same = row.is_active and (row.waits_for, row.hours) == (wanted.waits_for, wanted.hours)
        changes: dict[Any, Any] = _columns(wanted) | ({} if is_same else _from_now_on(wanted))
        await RuleRow.update(changes).where(RuleRow.id == rule_id)
        await _changed(actor, rule_id)


async def switch(actor: Actor, rule_id: int, *, on: bool) -> None:
    """Let it run from now on, or let it rest. Raises Invalid for one that cannot be used as it is any more."""
    async with transaction():
        row = await _row(actor, rule_id)
        rule = await queries.rule(rule_id)
        if on and not row.is_active:
            wanted = Wanted(title=rule.title, **{name: getattr(rule, name) for name in _SAID}, is_active=True)
            await _check(wanted)
            await RuleRow.update(_from_now_on(wanted)).where(RuleRow.id == rule_id)
        await RuleRow.update({RuleRow.is_active: on, RuleRow.changed_at: now()}).where(RuleRow.id == rule_id)
        await _changed(actor, rule_id)


async def move(actor: Actor, rule_id: int, *, up: bool) -> None:
    """Let it change places with the one before it, or after it."""
    async with transaction():
        await _row(actor, rule_id)
        rows = await RuleRow.select(RuleRow.id).order_by(RuleRow.position, RuleRow.id)
        ids = [row["id"] for row in rows]
        here = ids.index(rule_id)
        there = here - 1 if up else here + 1
        if not 0 <= there < len(ids):
            return
        ids[here], ids[there] = ids[there], ids[here]
        for position, number in enumerate(ids):
            await RuleRow.update({RuleRow.position: position}).where(RuleRow.id == number)
        await _changed(actor, rule_id)


async def remove(actor: Actor, rule_id: int) -> None:
    """
    Throw it away, with what it noted of its runs and what it still owes to other programs.

    What it did stays done, and stands in each ticket's history.
    """
    async with transaction():
        await _row(actor, rule_id)
        for table in (RuleRun, RuleTrial, AnswerSent):
            await table.delete().where(table.rule == rule_id)
        await deliver.withdraw(f"rule:{rule_id}")
        await RuleRow.delete().where(RuleRow.id == rule_id)
        await record(RuleRemoved(actor=actor.id, rule=rule_id))
        on_commit(queries.forget_all)


_SAID: Final = ("whens", "waits_for", "hours", "conditions", "acts", "is_last")


def _check_access(actor: Actor) -> None:
    if not access.may_manage(actor):
        raise Forbidden()


async def _row(actor: Actor, rule_id: int) -> RuleRow:
    _check_access(actor)
    row = await locked(RuleRow.objects().where(RuleRow.id == rule_id)).first()
    if row is None:
        raise NotFound()
    return row


async def _changed(actor: Actor, rule_id: int) -> None:
    await record(RuleChanged(actor=actor.id, rule=rule_id))
    on_commit(queries.forget_all)


async def _check(wanted: Wanted) -> None:
    """Raises Invalid with all that is wrong: conditions by `all-0`, acts by `do-0`."""
    errors: dict[str, object] = {}
    if not wanted.title.strip():
        errors["title"] = phrase("This cannot be left empty.")
    if not wanted.whens and not wanted.waits_for and not wanted.hours:
        errors["whens"] = phrase("Choose when the rule is looked at.")
    elif not {*wanted.whens} <= when.WHENS.keys():
        errors["whens"] = phrase("Choose one of the values offered.")
    if wanted.waits_for not in {"", *when.BEGINNINGS}:
        errors["waits_for"] = phrase("Choose one of the values offered.")
    elif wanted.hours and not wanted.waits_for:
        errors["waits_for"] = phrase("Choose what the hours are counted from.")
    elif wanted.waits_for and not 1 <= wanted.hours <= MOST_HOURS:
        errors["hours"] = phrase("Write a whole number from %(low)s to %(high)s.", low=1, high=MOST_HOURS)
    errors |= _wrong_terms(wanted.conditions)
    if not 0 < len(wanted.acts) <= MOST_ACTS:
        errors["acts"] = phrase("Say what is to be done, in at most %(most)s steps.", most=MOST_ACTS)
    for place, act in enumerate(wanted.acts):
        if (wrong := await acts.check(act)) is not None:
            errors[f"do-{place}"] = wrong
    if errors:
        raise Invalid(errors)


def _wrong_terms(conditions: Conditions) -> dict[str, object]:
    if len(conditions.terms) > MOST_TERMS:
        return {"all-0": phrase("Use at most %(most)s conditions.", most=MOST_TERMS)}
    return {
        f"{group}-{place}": wrong
        for group in ("all", "any")
        for place, term in enumerate(getattr(conditions, group))
        if (wrong := asking.problem(term)) is not None
    }


def _columns(wanted: Wanted) -> dict[Any, Any]:
    return {
        "title": " ".join(wanted.title.split()),
        "is_active": wanted.is_active,
        "whens": msgspec.json.encode([key for key in when.WHENS if key in wanted.whens]).decode(),
        "waits_for": wanted.waits_for,
        "hours": wanted.hours,
        "conditions": msgspec.json.encode(wanted.conditions).decode(),
        "acts": msgspec.json.encode(list(wanted.acts)).decode(),
        "is_last": wanted.is_last,
        "changed_at": now(),
    }


def _from_now_on(wanted: Wanted) -> dict[Any, Any]:
    """Time is looked at from here on: what began earlier than this is not made up for."""
    return {"looked_at": running.started(now(), wanted.hours), "looked_id": 0}
