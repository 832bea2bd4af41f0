"""Queries that are put together once answer as those that are put together each time."""

from helpdesk.core.db import transaction
from helpdesk.core.prepared import Prepared
from helpdesk.people.tables import Person
from tests.factories import Desk

_NAMED = Prepared(
    lambda name, beyond: (
        Person.select(Person.id, Person.name, Person.created_at)
        .where((Person.name == name) & (Person.id > beyond) & (Person.role == "customer"))
        .order_by(Person.id)
        .limit(5)
    )
)


async def test_values_stand_in_their_places_each_time(desk: Desk) -> None:
    lan, minh = await desk.customer("Lan"), await desk.customer("Minh")

    assert [row["id"] for row in await _NAMED("Lan", 0)] == [lan.id]
    assert [row["id"] for row in await _NAMED("Minh", 0)] == [minh.id]
    assert await _NAMED("Minh", minh.id) == []


async def test_rows_are_as_those_of_an_ordinary_query(desk: Desk) -> None:
    lan = await desk.customer("Lan")

    ordinary = await Person.select(Person.id, Person.name, Person.created_at).where(Person.id == lan.id)

    assert await _NAMED("Lan", 0) == ordinary


async def test_a_prepared_query_sees_what_its_transaction_did(desk: Desk) -> None:
    lan = await desk.customer("Lan")

    async with transaction():
        await Person.update({Person.name: "Lan Anh"}).where(Person.id == lan.id)
        assert await _NAMED("Lan", 0) == []
        assert len(await _NAMED("Lan Anh", 0)) == 1
