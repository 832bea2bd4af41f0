"""How SQLite reads the queues: it plans by what a migration told it to expect, so as with a million tickets."""

import pytest

from helpdesk.core.db import run_sql
from helpdesk.tickets import queries, views
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
        with counted() as asked:
            await queries.listed(minh, view.condition(minh), view.order)
        found = asked[0].partition(" IN (")[2].rpartition(")")[0]
        read[key] = await _ways(found)

    sorted_first = [key for key, ways in read.items() if "USE TEMP B-TREE FOR ORDER BY" in ways]
    assert sorted_first == ["mine", "unassigned", "snoozed"], "which an index knows in the order of each status"


async def _ways(sql: str) -> list[str]:
    """How the tables of a query are read, in words of SQLite."""
    return [row["detail"] for row in await run_sql(f"EXPLAIN QUERY PLAN {sql.replace('{', '{{').replace('}', '}}')}")]
