"""Which promise is made to whom, and what would have become of clocks under another."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from helpdesk.sla import policy
from helpdesk.sla.calendar import parse_calendar
from helpdesk.sla.choosing import FACTS, Choice, Chooser, Facts, Rule
from helpdesk.sla.policy import FIRST_RESPONSE, NEXT_RESPONSE, RESOLUTION, Deadline
from helpdesk.sla.replay import Act, Terms, replay, settled

WEEK = ("mon", "tue", "wed", "thu", "fri")
OFFICES = [
    parse_calendar(
        {"tz": "Asia/Ho_Chi_Minh", "hours": {day: [["08:00", "12:00"], ["13:00", "17:30"]] for day in WEEK}}
    ),
    parse_calendar({"tz": "Europe/Berlin", "hours": {day: [["00:00", "24:00"]] for day in WEEK}}),
]
OPENED = datetime(2026, 3, 27, 6, tzinfo=UTC)  # a Friday; the clocks of Berlin change that weekend
STATUSES = ("new", "open", "pending", "hold", "solved", "closed")

pytestmark = pytest.mark.once


def test_the_rule_that_names_most_facts_wins_and_of_equals_the_first() -> None:
    chooser = Chooser(
        [
            Rule(1, 10, {"tier": ["VIP", "Gold"]}),
            Rule(2, 20, {"channel": ["phone"]}),
            Rule(3, 30, {"tier": ["VIP"], "priority": ["urgent"]}),
            Rule(4, 40, {"tier": ["VIP"], "priority": ["urgent"], "tag": ["never"]}),
        ]
    )
    assert chooser.choose({}, 99) == Choice(99)
    assert chooser.choose({"tier": ["Gold"], "channel": ["phone"]}, 99) == Choice(10, 1, {"tier": ["Gold"]})
    assert chooser.choose({"channel": ["phone"], "tag": ["a", "b"]}, 99) == Choice(20, 2, {"channel": ["phone"]})
    urgent = {"tier": ["VIP"], "priority": ["urgent"], "channel": ["phone"]}
    assert [one.rule for one in chooser.all_fitting(urgent, 99)] == [3, 1, 2, None]
    assert chooser.choose(urgent, 99).why == {"tier": ["VIP"], "priority": ["urgent"]}
    assert chooser.asks == {"tier", "channel", "priority", "tag"}


def test_the_chooser_says_what_the_rules_say_one_by_one() -> None:
    for seed in range(300):
        random = Random(seed)
        rules = [Rule(number, random.randrange(9), _some(random, FACTS, 3)) for number in range(random.randrange(30))]
        facts = _some(random, FACTS, 7)
        fitting = [one for one in rules if all({*values} & {*facts.get(fact, ())} for fact, values in one.when.items())]
        best = max(fitting, key=lambda one: len(one.when), default=None)
        found = Chooser(rules).choose(facts, 99)
        assert (found.rule, found.policy) == ((best.id, best.policy) if best else (None, 99)), f"seed {seed}"


def _some(random: Random, names: tuple[str, ...], most: int) -> Facts:
    """Facts with values out of a few."""
    return {
        name: random.sample(["a", "b", "c", "d"], random.randint(1, 3))
        for name in random.sample(names, random.randint(0, most))
    }


def test_a_history_gone_through_once_more_gives_the_clocks_that_it_gave() -> None:
    """Whatever happened, at whatever times, and whenever the sweep looked in between."""
    for seed in range(400):
        random = Random(seed)
        lived, acts, at = _life(random)
        assert settled(lived, at) == replay(acts, at), f"seed {seed}"


def _life(random: Random) -> tuple[list[Deadline], list[Act], datetime]:
    """The clocks of a ticket that many things happen to, as the desk keeps them step by step; and its history."""
    terms, at, status = _terms(random), OPENED, "new"
    deadlines = policy.after_opening(terms.promised, at, terms.calendar)
    acts = [Act(at, "opened", terms)]
    for _ in range(random.randrange(14)):
        at += timedelta(seconds=random.choice([7, 600, 3_601, 30_000, 200_000]))
        if random.random() < 0.5:
            deadlines = settled(deadlines, at)
        match random.choice(("asked", "answered", "status", "promised")):
            case "asked":
                deadlines = policy.after_customer_message(deadlines, terms.promised, at, terms.calendar)
                acts.append(Act(at, "asked"))
            case "answered":
                deadlines = policy.after_public_reply(deadlines, at)
                acts.append(Act(at, "answered"))
            case "status":
                status = random.choice(STATUSES)
                deadlines = policy.after_status_change(deadlines, status, at, terms.calendar)
                acts.append(Act(at, "status", status=status))
            case _:
                terms = _terms(random)
                words = [one.what for one in acts if one.what in {"opened", "asked", "answered"}]
                owed = policy.owed(status, waits=words[-1] != "answered", was_answered="answered" in words)
                deadlines = policy.after_new_promise(
                    deadlines, terms.promised, at, terms.calendar, owed=owed, status=status
                )
                acts.append(Act(at, "promised", terms))
    return deadlines, acts, at + timedelta(seconds=1)


def _terms(random: Random) -> Terms:
    kinds = random.sample([FIRST_RESPONSE, NEXT_RESPONSE, RESOLUTION], random.randint(1, 3))
    return Terms({kind: random.choice([30, 60, 240, 2_400]) for kind in kinds}, random.choice(OFFICES))
