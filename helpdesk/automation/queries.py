"""
What is read about rules.

Those in use are made ready and kept in memory, in their order, since every event of a ticket asks for them.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, Literal

import msgspec
from msgspec import Struct
from piccolo.query.functions import Count, Max

from helpdesk.automation import asking, when
from helpdesk.automation.tables import RuleRow, RuleRun, RuleTrial
from helpdesk.core.clock import now
from helpdesk.core.errors import NotFound
from helpdesk.core.kept import Kept
from helpdesk.core.paging import Page, beyond, page_of
from helpdesk.i18n.kept import spoken
from helpdesk.tickets.access import Condition
from helpdesk.tickets.conditions import Conditions
from helpdesk.tickets.fields import queries as fields
from helpdesk.tickets.named import queries as named
from helpdesk.tickets.said import File

KEPT_SECONDS: Final = 5.0
PAGE_SIZE: Final = 30
LATELY: Final = timedelta(days=30)

State = Literal["done", "left", "failed"]


class Act(Struct, frozen=True, omit_defaults=True):
    """One thing that a rule does: `kind` is a key of acts.KINDS, which says what the others mean for it."""

    kind: str
    value: str = ""
    words: str = ""
    article: str = ""
    days: int = 0
    file: File | None = None


class Rule(Struct, frozen=True):
    """A rule as it is written."""

    id: int
    title: str
    is_active: bool
    whens: tuple[str, ...]
    waits_for: str
    hours: int
    conditions: Conditions
    acts: tuple[Act, ...]
    is_last: bool
    changed_at: datetime

    @property
    def keys(self) -> frozenset[str]:
        """The fields that its conditions ask for."""
        return frozenset(term.field for term in self.conditions.terms)


class ReadyRule(Struct, frozen=True):
    """A rule, and its conditions ready to be asked."""

    rule: Rule
    ready: asking.Ready


class InUse(Struct, frozen=True):
    """The rules in use, in their order: those for each occasion, and those for which time passes."""

    on: Mapping[str, tuple[ReadyRule, ...]]
    timed: tuple[ReadyRule, ...]


class Listed(Struct, frozen=True):
    """A rule in the list of all, and what it did in the last 30 days."""

    rule: Rule
    runs: int
    failed: int
    last_at: datetime | None


class Done(Struct, frozen=True, omit_defaults=True):
    """What became of one act; `reason` as i18n.kept keeps it, where it was not done."""

    kind: str
    state: State = "done"
    reason: str = ""

    @property
    def why(self) -> str:
        return spoken(self.reason)


class Run(Struct, frozen=True):
    """One time that a rule ran."""

    id: int
    ticket: int
    outcome: list[Done]
    is_failed: bool
    ran_at: datetime


_COLUMNS: Final = (
    *(RuleRow.id, RuleRow.title, RuleRow.is_active, RuleRow.whens, RuleRow.waits_for, RuleRow.hours),
    *(RuleRow.conditions, RuleRow.acts, RuleRow.is_last, RuleRow.changed_at),
)
_kept: Final = Kept[None, InUse]("rules", KEPT_SECONDS)


async def in_use() -> InUse:
    """The rules in use, ready to be asked."""
    return await _kept.get(None, _read)


def may_concern(event: Any) -> bool:
    """Whether an event is an occasion for any rule, as far as this process remembers; yes where it does not."""
    known = _kept.peek(None)
    return known is None or when.occasion(event) in known.on


async def everything() -> list[Listed]:
    """All rules in their order."""
    rows = await RuleRow.select(*_COLUMNS).order_by(RuleRow.position, RuleRow.id)
    runs = await (
        RuleRun.select(RuleRun.rule, RuleRun.is_failed, Count(alias="n"), Max(RuleRun.ran_at, alias="last_at"))
        .where(RuleRun.ran_at > now() - LATELY)
        .group_by(RuleRun.rule, RuleRun.is_failed)
    )
    return [_listed(_rule(row), [one for one in runs if one["rule"] == row["id"]]) for row in rows]


def _listed(rule: Rule, runs: Sequence[dict[str, Any]]) -> Listed:
    return Listed(
        rule,
        runs=sum(one["n"] for one in runs),
        failed=sum(one["n"] for one in runs if one["is_failed"]),
        last_at=max((_moment(one["last_at"]) for one in runs), default=None),
    )


def _moment(value: Any) -> datetime:
    return value if isinstance(value, datetime) else datetime.fromisoformat(value)


async def rule(rule_id: int) -> Rule:
    """One rule. Raises NotFound."""
    row = await RuleRow.select(*_COLUMNS).where(RuleRow.id == rule_id).first()
    if row is None:
        raise NotFound()
    return _rule(row)


async def ready(rule_id: int) -> ReadyRule:
    """The same, ready to be asked. Raises NotFound."""
    return _ready(await rule(rule_id))


async def runs(rule_id: int, *, after: str | None = None) -> Page[Run]:
    """What a rule did, the last first."""
    where: Condition = RuleRun.rule == rule_id
    if further := beyond(after, RuleRun.ran_at, RuleRun.id, ascending=False):
        where &= further
    rows = await (
        RuleRun.select(RuleRun.id, RuleRun.ticket, RuleRun.outcome, RuleRun.is_failed, RuleRun.ran_at)
        .where(where)
        .order_by(RuleRun.ran_at, ascending=False)
        .order_by(RuleRun.id, ascending=False)
        .limit(PAGE_SIZE + 1)
    )
    found = [msgspec.convert({**row, "outcome": msgspec.json.decode(row["outcome"])}, Run) for row in rows]
    return page_of(found, PAGE_SIZE, lambda row: [row.ran_at.isoformat(), row.id])


async def newest_trial(rule_id: int) -> RuleTrial | None:
    """The last time that a rule was tried on past tickets."""
    newest = RuleTrial.objects().where(RuleTrial.rule == rule_id).order_by(RuleTrial.id, ascending=False)
    return await newest.first()


def forget_all() -> None:
    """Read everything anew at the next question."""
    _kept.forget()


async def _read() -> InUse:
    await named.known()  # statuses and fields by name are understood only once they are known
    await fields.everything()
    rows = await RuleRow.select(*_COLUMNS).where(RuleRow.is_active.eq(True)).order_by(RuleRow.position, RuleRow.id)
    every = [_ready(_rule(row)) for row in rows]
    occasions = {key for one in every for key in one.rule.whens}
    return InUse(
        on={key: tuple(one for one in every if key in one.rule.whens) for key in occasions},
        timed=tuple(one for one in every if one.rule.waits_for),
    )


def _ready(rule: Rule) -> ReadyRule:
    return ReadyRule(rule, asking.ready(rule.conditions))


def _rule(row: dict[str, Any]) -> Rule:
    read = {name: msgspec.json.decode(row[name]) for name in ("whens", "conditions", "acts")}
    return msgspec.convert({**row, **read}, Rule)
