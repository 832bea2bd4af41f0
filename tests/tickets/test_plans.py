"""How SQLite reads the queues: it plans by what a migration told it to expect, so as with a million tickets."""

import pytest

from helpdesk.core.actor import Actor
from helpdesk.core.db import run_sql
from helpdesk.tickets import queries, views
from helpdesk.tickets.access import Condition
from tests.counting import counted
from tests.factories import Desk

pytestmark = pytest.mark.once


async def test_the_numbers_beside_every_page_are_counted_within_an_index(desk: Desk) -> None:
    minh = await desk.agent("Minh", await desk.department())
    read = {}
    for key in views.COUNTED:
        with counted() as asked:
            await views.count(minh, views.VIEWS[key].condition(minh))
        read[key] = await _ways(asked[0])

    looked_up = [key for key, ways in read.items() if not any("COVERING INDEX" in way for way in ways)]
    assert looked_up == ["departments", "snoozed"], "all that is read there counts, or is hardly ever there"
    assert not [way for ways in read.values() for way in ways if way.startswith("SCAN ticket")]


async def test_a_page_of_a_long_queue_is_read_in_its_order_and_not_sorted(desk: Desk) -> None:
    minh = await desk.agent("Minh", await desk.department())
    read = {}
    for key, view in views.VIEWS.items():
        read[key] = await _ways_of(minh, view.condition(minh), view.order)

    sorted_first = [key for key, ways in read.items() if "USE TEMP B-TREE FOR ORDER BY" in ways]
    assert sorted_first == ["mine", "unassigned", "snoozed"], "which an index knows in the order of each status"


async def test_the_most_urgent_are_found_within_an_index_though_most_tickets_are_done(desk: Desk) -> None:
    minh = await desk.agent("Minh", await desk.department())
    ways = await _ways_of(minh, views.VIEWS["active"].condition(minh), "urgent")
    assert ways[0] == "SCAN ticket USING COVERING INDEX ticket_by_urgency"
    assert "USE TEMP B-TREE FOR ORDER BY" not in ways


async def _ways_of(actor: Actor, condition: Condition, order: str) -> list[str]:
    """How the tickets of a page are found."""
    with counted() as asked:
        await queries.listed(actor, condition, order)
    return await _ways(asked[0].partition(" IN (")[2].rpartition(")")[0])


async def _ways(sql: str) -> list[str]:
    """How the tables of a query are read, in words of SQLite."""
    return [row["detail"] for row in await run_sql(f"EXPLAIN QUERY PLAN {sql.replace('{', '{{').replace('}', '}}')}")]
