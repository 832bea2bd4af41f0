"""What is changed about the rules that choose promises."""

from collections.abc import Mapping, Sequence

import msgspec

from helpdesk.core.actor import Actor
from helpdesk.core.db import locked, on_commit, transaction
from helpdesk.core.errors import Forbidden, Invalid, NotFound
from helpdesk.events.record import record
from helpdesk.i18n.catalogue import phrase
from helpdesk.sla import access, promises
from helpdesk.sla.choosing import FACTS
from helpdesk.sla.events import PromiseRuleAdded, PromiseRuleChanged, PromiseRuleRemoved
from helpdesk.sla.tables import PolicyRow, PromiseRule

Conditions = Mapping[str, Sequence[str]]
"""By fact the values that will do; ids are written as text."""


async def add_rule(actor: Actor, policy: int, conditions: Conditions) -> int:
    """Say whom a policy is for; the rule's id. It stands last. Raises Forbidden, and Invalid naming the field."""
    async with transaction():
        await _check(actor, policy, conditions)
        last = await PromiseRule.select(PromiseRule.position).order_by(PromiseRule.position, ascending=False).first()
        row = PromiseRule(policy=policy, conditions=_kept(conditions), position=last["position"] + 1 if last else 0)
        await row.save()
        await record(PromiseRuleAdded(actor=actor.id, promise_rule=row.id))
        on_commit(promises.forget_rules)
    return int(row.id)


async def change_rule(actor: Actor, rule_id: int, policy: int, conditions: Conditions) -> None:
    """Another policy, or for others. Open tickets keep what they were promised. Raises Forbidden, NotFound, Invalid."""
    async with transaction():
        await _check(actor, policy, conditions)
        row = await _rule(rule_id)
        row.policy, row.conditions = policy, _kept(conditions)
        await row.save([PromiseRule.policy, PromiseRule.conditions])
        await _changed(actor, rule_id)


async def move_rule(actor: Actor, rule_id: int, *, up: bool) -> None:
    """One place up or down in the order, which decides between rules that name equally many facts."""
    async with transaction():
        _check_access(actor)
        rows = await locked(PromiseRule.objects().order_by(PromiseRule.position, PromiseRule.id))
        ids = [row.id for row in rows]
        if rule_id not in ids:
            raise NotFound()
        place = ids.index(rule_id)
        ids.insert(max(0, place - 1) if up else place + 1, ids.pop(place))
        for row in rows:
            if row.position != (position := ids.index(row.id)):
                row.position = position
                await row.save([PromiseRule.position])
        await _changed(actor, rule_id)


async def remove_rule(actor: Actor, rule_id: int) -> None:
    """Nobody is promised anything by this rule any more. Open tickets keep what they were promised."""
    async with transaction():
        _check_access(actor)
        row = await _rule(rule_id)
        await PromiseRule.delete().where(PromiseRule.id == row.id)
        await record(PromiseRuleRemoved(actor=actor.id, promise_rule=rule_id))
        on_commit(promises.forget_rules)


def _check_access(actor: Actor) -> None:
    if not access.may_manage(actor):
        raise Forbidden()


async def _check(actor: Actor, policy: int, conditions: Conditions) -> None:
    _check_access(actor)
    errors: dict[str, object] = {}
    if not await PolicyRow.exists().where(PolicyRow.id == policy):
        errors["policy"] = phrase("Choose one of the values offered.")
    if not any(conditions.values()):
        errors["department"] = phrase("Name at least one thing; the rest is promised by departments.")
    errors |= {fact: phrase("Choose one of the values offered.") for fact in conditions if fact not in FACTS}
    if errors:
        raise Invalid(errors)


async def _rule(rule_id: int) -> PromiseRule:
    row = await locked(PromiseRule.objects().where(PromiseRule.id == rule_id)).first()
    if row is None:
        raise NotFound()
    return row


async def _changed(actor: Actor, rule_id: int) -> None:
    await record(PromiseRuleChanged(actor=actor.id, promise_rule=rule_id))
    on_commit(promises.forget_rules)


def _kept(conditions: Conditions) -> str:
    named = {fact: list(dict.fromkeys(conditions[fact])) for fact in FACTS if conditions.get(fact)}
    return msgspec.json.encode(named).decode()
