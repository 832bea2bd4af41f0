"""Who writes: known by address, added when new, one person however many letters come at once."""

import asyncio

import pytest

from helpdesk.core.errors import Invalid
from helpdesk.people.actions import deactivate, recognise
from helpdesk.people.events import PersonJoined
from helpdesk.people.tables import Person
from tests.factories import Desk
from tests.people import recorded


async def test_a_first_letter_makes_a_customer(desk: Desk) -> None:
    lan = await recognise("  Nguyễn Thị\nLan ", "Lan@Khach.Example", lang="en")

    assert (lan.name, lan.email, lan.role, lan.lang) == ("Nguyễn Thị Lan", "Lan@Khach.Example", "customer", "en")
    assert not lan.is_agent
    assert [event.person for event in await recorded(PersonJoined)] == [lan.id]


async def test_another_spelling_of_the_address_is_the_same_person(desk: Desk) -> None:
    lan = await recognise("Lan", "lan@khach.example")

    again = await recognise("Somebody else", "LAN@khach.EXAMPLE")

    assert (again.id, again.name) == (lan.id, "Lan")


async def test_letters_that_come_in_at_once_make_one_person(desk: Desk) -> None:
    found = await asyncio.gather(*(recognise("Lan", f"{name}@khach.example") for name in ["lan", "LAN", "Lan"] * 5))

    assert len({actor.id for actor in found}) == 1
    assert await Person.count() == 1
    assert len(await recorded(PersonJoined)) == 1


async def test_a_name_is_learned_when_there_was_none(desk: Desk) -> None:
    await recognise("", "lan@khach.example")

    await recognise("Nguyễn Thị Lan", "lan@khach.example")

    row = await Person.select(Person.name, Person.words).first()
    assert row == {"name": "Nguyễn Thị Lan", "words": "nguyen thi lan lan@khach.example"}


async def test_an_agent_is_recognised_as_one(desk: Desk) -> None:
    minh = await desk.agent("Minh", email="minh@lua.example")

    assert await recognise("Minh", "minh@lua.example") == minh


async def test_somebody_who_was_shut_out_writes_as_a_customer(desk: Desk) -> None:
    an, huy = await desk.admin(), await desk.agent("Huy", email="huy@lua.example")
    assert huy.id is not None
    await deactivate(an, huy.id)

    writer = await recognise("Huy", "huy@lua.example")

    assert writer.id == huy.id
    assert (writer.is_agent, writer.permissions) == (False, frozenset())


@pytest.mark.parametrize("address", ["", "lan", "lan@", "@khach.example", "lan@khach", "a b@c.example", "<a@b.vn>"])
async def test_nobody_has_an_address_that_is_none(desk: Desk, address: str) -> None:
    with pytest.raises(Invalid) as refusal:
        await recognise("Lan", address)

    assert set(refusal.value.errors) == {"email"}
    assert await Person.count() == 0
