"""People, their roles and their keys: who may change what, and what ends with it."""

import asyncio

import pytest

from helpdesk.core.actor import SYSTEM, Actor
from helpdesk.core.errors import Conflict, Forbidden, Invalid, NotFound
from helpdesk.people import actions, queries, roles, sessions
from helpdesk.people.events import AgentInvited, PersonJoined, RoleGiven
from helpdesk.people.tables import ApiToken, Organisation, Person, Session
from tests.factories import Desk
from tests.people import id_of, recorded


async def is_signed_in(desk: Desk, actor: Actor) -> int:
    """Sign somebody in once more, and count their sessions."""
    await sessions.begin(id_of(actor), browser="", address="")
    return int(await Session.count().where(Session.person == actor.id))


async def test_an_agent_adds_a_customer(desk: Desk) -> None:
    minh = await desk.agent("Minh")

    number = await actions.add_person(minh, name="Lan", email="lan@khach.example", organisation="Tiệm Áo")

    lan = await queries.profile(minh, number)
    assert (lan.name, lan.role, lan.organisation, lan.email_confirmed_at) == ("Lan", "customer", "Tiệm Áo", None)
    assert [event.actor for event in await recorded(PersonJoined)] == [minh.id]


async def test_an_agent_cannot_add_an_agent(desk: Desk) -> None:
    minh = await desk.agent("Minh")

    with pytest.raises(Forbidden):
        await actions.add_person(minh, name="Huy", email="huy@lua.example", role="agent")


async def test_an_administrator_adds_and_invites_an_agent(desk: Desk) -> None:
    an, care = await desk.admin(), await desk.department()

    number = await actions.add_person(
        an, name="Huy", email="huy@lua.example", role="agent", departments=[care], invite=True
    )

    huy = await queries.actor_of(number)
    assert (huy.is_agent, huy.departments) == (True, frozenset({care}))
    assert [event.person for event in await recorded(AgentInvited)] == [number]


async def test_two_people_never_have_one_address(desk: Desk) -> None:
    minh, lan = await desk.agent("Minh"), await desk.customer("Lan", email="lan@khach.example")
    hoa = await desk.customer("Hoa")

    with pytest.raises(Invalid) as refusal:
        await actions.add_person(minh, name="Lan", email="LAN@khach.example")
    with pytest.raises(Invalid):
        await actions.change_person(minh, id_of(hoa), email="lan@KHACH.example")

    assert set(refusal.value.errors) == {"email"}
    assert await Person.count().where(Person.email_key == "lan@khach.example") == 1
    assert (await queries.profile(minh, id_of(lan))).email == "lan@khach.example"


async def test_people_change_their_own_details(desk: Desk) -> None:
    lan = await desk.customer("Lan")

    await actions.change_person(lan, id_of(lan), name="Nguyễn Lan", phone="090 123", lang="en", theme="dark")

    row = await queries.profile(lan, id_of(lan))
    assert (row.name, row.phone, row.lang, row.theme) == ("Nguyễn Lan", "090 123", "en", "dark")


@pytest.mark.parametrize("what", [{"notes": "x"}, {"organisation": "x"}, {"email": "x@khach.example"}])
async def test_people_do_not_change_what_others_keep_of_them(desk: Desk, what: dict[str, str]) -> None:
    lan = await desk.customer("Lan")

    with pytest.raises(Forbidden):
        await actions.change_person(lan, id_of(lan), **what)


async def test_a_customer_cannot_even_see_another(desk: Desk) -> None:
    lan, huy = await desk.customer("Lan"), await desk.customer("Huy")

    with pytest.raises(NotFound):
        await actions.change_person(huy, id_of(lan), name="Huy was here")
    with pytest.raises(NotFound):
        await queries.profile(huy, id_of(lan))


async def test_an_agent_cannot_change_an_administrator(desk: Desk) -> None:
    an, minh = await desk.admin(), await desk.agent("Minh")

    for what in ({"name": "Nobody"}, {"email": "minh@lua.example"}):
        with pytest.raises(Forbidden):
            await actions.change_person(minh, id_of(an), **what)


async def test_a_new_address_is_unproved_and_signs_out(desk: Desk, clock: object) -> None:
    minh, lan = await desk.agent("Minh"), await desk.customer("Lan")
    await is_signed_in(desk, lan)

    await actions.change_person(minh, id_of(lan), email="lan@moi.example")

    assert await Session.count().where(Session.person == lan.id) == 0
    assert (await queries.profile(minh, id_of(lan))).email_confirmed_at is None


async def test_organisations_are_one_in_any_spelling(desk: Desk) -> None:
    ids = await asyncio.gather(*(actions.organisation_named(name) for name in ["Tiệm  Áo", "tiệm áo", "TIEM AO"] * 3))

    assert len(set(ids)) == 1
    assert await Organisation.count() == 1


async def test_another_role_signs_out_and_counts_at_once(desk: Desk) -> None:
    an, minh = await desk.admin(), await desk.agent("Minh")
    await is_signed_in(desk, minh)

    await actions.set_role(an, id_of(minh), "admin")

    assert (await queries.actor_of(id_of(minh))).is_admin
    assert await Session.count().where(Session.person == minh.id) == 0
    assert [(event.person, event.role) for event in await recorded(RoleGiven)] == [(minh.id, "admin")]


@pytest.mark.parametrize("act", ["role", "leave", "departments", "password", "invite"])
async def test_an_agent_manages_nobody(desk: Desk, act: str) -> None:
    minh, huy = await desk.agent("Minh"), await desk.agent("Huy")
    acts = {
        "role": lambda: actions.set_role(minh, id_of(minh), "admin"),
        "leave": lambda: actions.deactivate(minh, id_of(huy)),
        "departments": lambda: actions.set_departments(minh, id_of(minh), [1]),
        "password": lambda: actions.set_password(minh, id_of(huy), "mật khẩu dài ngoằng"),
        "invite": lambda: actions.invite(minh, id_of(huy)),
    }

    with pytest.raises(Forbidden):
        await acts[act]()


async def test_there_is_always_an_administrator(desk: Desk) -> None:
    an = await desk.admin()

    with pytest.raises(Invalid):
        await actions.set_role(an, id_of(an), "agent")
    with pytest.raises(Invalid):
        await actions.deactivate(SYSTEM, id_of(an))

    assert (await queries.actor_of(id_of(an))).is_admin


async def test_two_administrators_cannot_leave_at_the_same_moment(desk: Desk) -> None:
    an, binh = await desk.admin("An"), await desk.admin("Bình")

    answers = await asyncio.gather(
        actions.set_role(an, id_of(binh), "agent"), actions.set_role(binh, id_of(an), "agent"), return_exceptions=True
    )

    assert [type(answer) for answer in answers if answer] == [Invalid]
    assert await Person.count().where(Person.role == "admin") == 1


async def test_whoever_leaves_is_out_everywhere(desk: Desk) -> None:
    an, minh = await desk.admin(), await desk.agent("Minh")
    await is_signed_in(desk, minh)
    token = await actions.make_token(minh, id_of(minh), "Reports")

    await actions.deactivate(an, id_of(minh))

    assert not (await sessions.recognise("", token)).is_signed_in
    assert await Session.count().where(Session.person == minh.id) == 0
    assert await ApiToken.count() == 0
    await actions.reactivate(an, id_of(minh))
    assert (await queries.actor_of(id_of(minh))).is_agent


async def test_departments_count_at_once(desk: Desk) -> None:
    an, minh = await desk.admin(), await desk.agent("Minh")
    care, sales = await desk.department(), await desk.department("Sales", "Bán hàng", "sales@lua.example")

    await actions.set_departments(an, id_of(minh), [care, sales])
    await actions.set_departments(an, id_of(minh), [sales])

    assert (await queries.actor_of(id_of(minh))).departments == {sales}


async def test_a_token_lets_a_machine_in_until_it_is_revoked(desk: Desk) -> None:
    minh = await desk.agent("Minh")

    token = await actions.make_token(minh, id_of(minh), "Reports")

    assert (await sessions.recognise("", token)).id == minh.id
    assert not (await sessions.recognise(token, "")).is_signed_in, "a token is no cookie"
    [row] = await queries.tokens(id_of(minh))
    await actions.revoke_token(minh, row.id)
    assert not (await sessions.recognise("", token)).is_signed_in


async def test_tokens_are_for_the_desk_and_for_oneself(desk: Desk) -> None:
    minh, huy, lan = await desk.agent("Minh"), await desk.agent("Huy"), await desk.customer("Lan")
    await actions.make_token(minh, id_of(minh), "Reports")
    [token] = await queries.tokens(id_of(minh))

    with pytest.raises(Forbidden):
        await actions.make_token(lan, id_of(lan), "Mine")
    with pytest.raises(Forbidden):
        await actions.make_token(huy, id_of(minh), "Theirs")
    with pytest.raises(NotFound):
        await actions.revoke_token(huy, token.id)


async def test_a_new_password_signs_out_everywhere(desk: Desk) -> None:
    minh = await desk.agent("Minh")
    await is_signed_in(desk, minh)

    await actions.change_password(minh, "", "ba bánh mì nóng")

    assert await Session.count().where(Session.person == minh.id) == 0
    with pytest.raises(Invalid) as refusal:
        await actions.change_password(minh, "wrong", "bốn bánh mì nóng")
    assert set(refusal.value.errors) == {"current"}
    await actions.change_password(minh, "ba bánh mì nóng", "bốn bánh mì nóng")


async def test_roles_of_ones_own(desk: Desk) -> None:
    an, minh = await desk.admin(), await desk.agent("Minh")

    key = await roles.add_role(an, "Biên tập", ["articles.write", "desk.manage"])
    try:
        await actions.set_role(an, id_of(minh), key)
        minh = await queries.actor_of(id_of(minh))
        assert (minh.role, minh.is_agent, minh.permissions) == ("bien-tap", True, frozenset({"articles.write"}))

        await roles.change_role(an, key, name="Biên tập viên", permissions=["articles.write", "articles.publish"])
        assert (await queries.role(key)).called == "Biên tập viên"
        assert (await queries.actor_of(id_of(minh))).permissions == {"articles.write", "articles.publish"}

        with pytest.raises(Conflict):
            await roles.remove_role(an, key)
        with pytest.raises(Invalid):
            await roles.add_role(an, "BIÊN TẬP", [])
    finally:
        await actions.set_role(an, id_of(minh), "agent")
        await roles.remove_role(an, key)


async def test_built_in_roles_stay(desk: Desk) -> None:
    an = await desk.admin()

    await roles.change_role(an, "admin", name="King", permissions=[])

    role = await queries.role("admin")
    assert role.called == "Administrator"
    assert "desk.manage" in role.permissions
    with pytest.raises(Forbidden):
        await roles.remove_role(an, "agent")
    with pytest.raises(Invalid):
        await roles.add_role(an, "Admin", [])
