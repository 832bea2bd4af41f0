"""
What do promises that are chosen by rules cost a new ticket, and how fast are open tickets counted anew?

    .venv/bin/python -m bench.speed_promises [--database sqlite|postgresql|both] [--tickets 300]

Tickets are opened in one process, in turns without any rule and with 50 policies and 200 rules that name every kind
of fact and never fit, but for one. Then the policy of all of them is edited, and open tickets take the new times.
Printed as Markdown: the median of an opening in milliseconds, by the clock and of the processor, and tickets a second.
"""

import argparse
import asyncio
import os
import time
from collections.abc import Sequence
from statistics import median
from typing import Final

from helpdesk import schema
from helpdesk.core.actor import SYSTEM, Actor
from helpdesk.core.db import close_database, open_database
from helpdesk.departments.queries import all_departments
from helpdesk.jobs import worker
from helpdesk.people import actions as people
from helpdesk.sla import actions as sla
from helpdesk.sla import promise_actions, promises
from helpdesk.sla.tables import PromiseRule, PromiseRun
from helpdesk.tickets import actions
from helpdesk.tickets.said import typed
from helpdesk.wiring import wire
from tools.measure.places import Kind, place

POLICIES: Final = 50
RULES: Final = 200
HEAD: Final = """\
| database | rules | an opening, ms | CPU ms | p95 ms |
| --- | --: | --: | --: | --: |"""


def main() -> None:
    parser = argparse.ArgumentParser(description="What do promises chosen by rules cost?")
    parser.add_argument("--database", choices=["sqlite", "postgresql", "both"], default="both")
    parser.add_argument("--tickets", type=int, default=300)
    parser.add_argument("--here", action="store_true", help="measure in this process, on the database it is told")
    options = parser.parse_args()
    if options.here:
        asyncio.run(measure(options.tickets))
        return
    print(f"Load {os.getloadavg()[0]:.1f} before.\n\n{HEAD}", flush=True)
    kinds: list[Kind] = ["sqlite", "postgresql"] if options.database == "both" else [options.database]
    for kind in kinds:
        with place(kind) as where:
            told = where.run("bench.speed_promises", "--here", "--tickets", str(options.tickets)).decode()
            print(told.replace("DATABASE", "SQLite" if kind == "sqlite" else "PostgreSQL"), end="", flush=True)


async def measure(tickets: int) -> None:
    await open_database()
    await schema.migrate()
    wire()
    lan = await people.recognise("Lan", "lan@khach.example")
    policies = [await sla.add_policy(SYSTEM, name=f"Policy {n}", targets=_targets(n)) for n in range(POLICIES)]
    took: dict[bool, list[tuple[float, float]]] = {False: [], True: []}
    for turn in range(6):
        has_rules = turn % 2 == 1
        if has_rules:
            await _write_rules(policies)
        await _open(lan, 10, f"warm {turn}")
        took[has_rules] += await _open(lan, tickets // 3, f"turn {turn}")
        await PromiseRule.delete().where(PromiseRule.id > 0)
        promises.forget_rules()
    for has_rules, opened in took.items():
        clock, cpu = [one[0] for one in opened], [one[1] for one in opened]
        last = sorted(clock)[int(len(clock) * 0.95)]
        print(f"| DATABASE | {RULES * has_rules} | {median(clock):.2f} | {median(cpu):.2f} | {last:.2f} |")
    await worker.work_until_idle()
    await _count_anew()
    await close_database()


async def _count_anew() -> None:
    """Edit what most tickets were promised, and let them take it."""
    policy = (await all_departments())[0].policy
    began, cpu = time.perf_counter(), time.process_time()
    await sla.change_policy(SYSTEM, policy, name="Anew", targets=_targets(7), takes=True)
    await worker.work_until_idle()
    took, spent = time.perf_counter() - began, time.process_time() - cpu
    run = await PromiseRun.select(PromiseRun.changed).order_by(PromiseRun.id, ascending=False).first()
    assert run
    many, each = run["changed"], 1000 * spent / run["changed"]
    print(f"\nDATABASE: {many} open tickets counted anew, {many / took:.0f}/s, {each:.2f} ms of CPU each.\n")


async def _open(lan: Actor, count: int, words: str) -> list[tuple[float, float]]:
    """Seconds by the clock and of the processor for each opening, in milliseconds."""
    department = (await all_departments())[0].id
    took = []
    for number in range(count):
        said = typed(f"It burns, {words}, {number}.", channel="email")
        began, cpu = time.perf_counter(), time.process_time()
        await actions.open(lan, said, subject=f"Oven {words} {number}", department=department, tags=["hot"])
        took.append((1000 * (time.perf_counter() - began), 1000 * (time.process_time() - cpu)))
    return took


async def _write_rules(policies: Sequence[int]) -> None:
    """Rules of one to seven facts, that look at all of a ticket and find at the last fact that they do not fit."""
    fitting = {"channel": ["email"], "priority": ["normal", "high"], "tag": ["hot"]}
    never = {"tier": ["VIP"], "organisation": ["999999"], "topic": ["999999"], "department": ["999999"]}
    for number in range(RULES):
        facts = dict(list((fitting | never).items())[: 4 + number % 4])
        wanted = {"tag": ["hot"]} if number == RULES - 1 else facts
        await promise_actions.add_rule(SYSTEM, policies[number % len(policies)], wanted)


def _targets(number: int) -> dict[str, dict[str, int]]:
    return {kind: {"any": 60 + number} for kind in ("first_response", "next_response", "resolution")}


if __name__ == "__main__":
    main()
