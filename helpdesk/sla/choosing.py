"""
Which promise is made to whom. Pure.

A rule names facts of a ticket, each with the values that will do; it fits when the ticket has one of them for every
fact. The more facts a rule names, the more specific it is: the most specific that fits wins, of equals the one that
stands first. The policy of the department is for tickets that no rule fits.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final

from msgspec import Struct

FACTS: Final = ("department", "priority", "tier", "organisation", "topic", "channel", "tag")
"""What a rule may name, in the order in which it is said why one fits."""

Facts = Mapping[str, Collection[str]]
"""The values that a ticket has, by fact; ids are written as text."""


class Rule(Struct, frozen=True):
    """`policy` is for the tickets that have, for every fact in `when`, one of its values."""

    id: int
    policy: int
    when: Mapping[str, Collection[str]] = {}


class Choice(Struct, frozen=True):
    """A policy that fits, the rule that says so (None: it is the department's own), and the values that made it fit."""

    policy: int
    rule: int | None = None
    why: dict[str, list[str]] = {}


class Chooser:
    """Rules, given in their order, made ready to be asked for every new ticket."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self.asks: Final = frozenset(fact for rule in rules for fact in rule.when)
        """Facts that some rule names; nobody need find out the others."""
        self._rules: Final = [
            (rule, tuple((fact, frozenset(values)) for fact, values in rule.when.items()))
            for rule in sorted(rules, key=lambda rule: -len(rule.when))
        ]

    def choose(self, facts: Facts, default: int) -> Choice:
        """The policy for a ticket with these facts, whose department's own policy is `default`."""
        return next(self._fitting(facts), Choice(default))

    def all_fitting(self, facts: Facts, default: int) -> list[Choice]:
        """Every choice that fits, the one that wins first, the department's own last."""
        return [*self._fitting(facts), Choice(default)]

    def _fitting(self, facts: Facts) -> Iterator[Choice]:
        for rule, asked in self._rules:
            if all(not wanted.isdisjoint(facts.get(fact, ())) for fact, wanted in asked):
                yield Choice(rule.policy, rule.id, {fact: sorted(wanted & {*facts[fact]}) for fact, wanted in asked})
