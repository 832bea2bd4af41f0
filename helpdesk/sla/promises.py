"""
Which promise is made to whom, and which was made: what is read of it, and how it is kept with a ticket.

The rules are made ready once and kept in memory for KEPT_SECONDS; a promise that was made never changes.
"""

import hashlib
from functools import partial
from typing import Final

import msgspec
from msgspec import Struct

from helpdesk.core.db import on_commit
from helpdesk.core.errors import NotFound
from helpdesk.core.kept import Kept
from helpdesk.sla import queries
from helpdesk.sla.choosing import Choice, Chooser, Rule
from helpdesk.sla.policy import Policy
from helpdesk.sla.queries import Targets
from helpdesk.sla.tables import PromiseRow, PromiseRule

KEPT_SECONDS: Final = 5.0
AN_HOUR: Final = 3600.0


class Promised(Struct, frozen=True):
    """
    What was promised: the policy as it was then, the rule that chose it (None: the department's own), and why.

    `why` has the values of the ticket that made the rule fit, by fact; ids are written as text.
    """

    policy: int
    name: str
    targets: Targets
    rule: int | None = None
    why: dict[str, list[str]] = {}

    @property
    def terms(self) -> Policy:
        """The pure thing that clocks are reckoned with."""
        return Policy(name=self.name, **self.targets)


_chooser: Final = Kept[None, Chooser]("promise rules", KEPT_SECONDS)
_promised: Final = Kept[int, Promised]("promises", AN_HOUR)
_ids: Final = Kept[str, int]("ids of promises", AN_HOUR)


async def chooser() -> Chooser:
    """The rules in their order, ready to be asked."""
    return await _chooser.get(None, _read_chooser)


async def rules() -> list[Rule]:
    """Every rule in its order."""
    rows = await PromiseRule.select(PromiseRule.id, PromiseRule.policy, PromiseRule.conditions).order_by(
        PromiseRule.position, PromiseRule.id
    )
    return [Rule(row["id"], row["policy"], _lists(row["conditions"])) for row in rows]


async def rule(rule_id: int) -> Rule:
    """One rule. Raises NotFound."""
    found = next((one for one in await rules() if one.id == rule_id), None)
    if found is None:
        raise NotFound()
    return found


async def promised(promise_id: int) -> Promised:
    """A promise that was made. Raises NotFound."""
    return await _promised.get(promise_id, partial(_read_promised, promise_id))


async def made_with(policy_id: int) -> list[int]:
    """The ids of all promises that were made with any version of a policy."""
    return [row["id"] for row in await PromiseRow.select(PromiseRow.id).where(PromiseRow.policy == policy_id)]


async def as_promised(choice: Choice, before: Promised | None) -> Promised:
    """
    What a choice promises: the policy as it is, or as it was `before` where the same policy was chosen.

    Raises NotFound for a policy that is gone.
    """
    if before is not None and before.policy == choice.policy:
        return Promised(before.policy, before.name, before.targets, choice.rule, choice.why)
    entry = await queries.policy_now(choice.policy)
    return Promised(entry.id, entry.name, entry.targets, choice.rule, choice.why)


async def keep(made: Promised) -> int:
    """The id of this promise, written down if it never was made before. In the caller's transaction."""
    key = hashlib.sha256(msgspec.json.encode(made, order="deterministic")).hexdigest()
    if (known := _ids.peek(key)) is not None:
        return known
    row = PromiseRow(
        policy=made.policy,
        name=made.name,
        targets=_json(made.targets),
        rule=made.rule,
        why=_json(made.why),
        key=key,
    )
    await PromiseRow.insert(row).on_conflict(target=PromiseRow.key, action="DO NOTHING")
    found = await PromiseRow.select(PromiseRow.id).where(PromiseRow.key == key).first()
    assert found is not None
    on_commit(partial(_ids.keep, key, found["id"]))  # until then it may be undone
    return int(found["id"])


def forget_rules() -> None:
    """Read the rules anew at the next question."""
    _chooser.forget()


async def _read_chooser() -> Chooser:
    return Chooser(await rules())


async def _read_promised(promise_id: int) -> Promised:
    row = await (
        PromiseRow.select(PromiseRow.policy, PromiseRow.name, PromiseRow.targets, PromiseRow.rule, PromiseRow.why)
        .where(PromiseRow.id == promise_id)
        .first()
    )
    if row is None:
        raise NotFound()
    targets = msgspec.json.decode(row["targets"], type=Targets)
    return Promised(row["policy"], row["name"], targets, row["rule"], _lists(row["why"]))


def _lists(text: str) -> dict[str, list[str]]:
    return msgspec.json.decode(text, type=dict[str, list[str]])


def _json(value: object) -> str:
    return msgspec.json.encode(value, order="deterministic").decode()
