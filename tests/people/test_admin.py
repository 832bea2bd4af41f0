"""The office's pages of agents and roles: what an administrator decides in the browser."""

import pytest

from helpdesk.people import actions, queries, roles
from helpdesk.people.events import AgentInvited
from helpdesk.people.tables import Person, Session
from tests.factories import Desk, words
from tests.people import id_of, recorded
from tests.web.lint import problems


@pytest.mark.parametrize("path", ["/admin/agents", "/admin/agents/new", "/admin/roles", "/admin/roles/agent"])
async def test_the_office_is_for_administrators(desk: Desk, path: str) -> None:
    for who in (await desk.customer("Lan"), await desk.agent("Minh")):
        assert (await (await desk.browser(who)).get(path)).status_code == 403


@pytest.mark.parametrize("lang", ["vi", "en"])
async def test_the_pages_are_sound(desk: Desk, lang: str) -> None:
    an, care = await desk.admin(lang=lang), await desk.department()
    minh = await desk.agent("Minh", care)
    huy = await desk.agent("Huy")
    await actions.deactivate(an, id_of(huy))
    browser = await desk.browser(an)

    for path in (
        "/admin/agents",
        "/admin/agents/new",
        f"/admin/agents/{minh.id}",
        f"/admin/agents/{huy.id}",
        "/admin/roles",
        "/admin/roles/new",
        "/admin/roles/admin",
        "/admin/roles/agent",
    ):
        answer = await browser.get(path)
        assert answer.status_code == 200, path
        assert problems(answer.text) == [], path


async def test_an_agent_is_invited(desk: Desk) -> None:
    an, care = await desk.admin(lang="en"), await desk.department()
    browser = await desk.browser(an)

    answer = await browser.post(
        "/admin/agents/new",
        data={"name": "Huy", "email": "huy@lua.example", "role": "agent", "lang": "vi", "departments": [care, 999]},
    )

    assert "An invitation is on its way to huy@lua.example." in words(answer)
    number = await queries.person_with("huy@lua.example")
    assert number is not None
    huy = await queries.actor_of(number)
    assert (huy.is_agent, huy.departments) == (True, frozenset({care}))
    assert [event.person for event in await recorded(AgentInvited)] == [huy.id]
    await browser.post(f"/admin/agents/{huy.id}/invite")
    assert len(await recorded(AgentInvited)) == 2


async def test_an_invitation_that_will_not_do_comes_back(desk: Desk) -> None:
    browser = await desk.browser(await desk.admin(lang="en"))

    empty = await browser.post("/admin/agents/new", data={"role": "agent", "lang": "vi"})
    made_up = await browser.post(
        "/admin/agents/new", data={"name": "Huy", "email": "huy@lua.example", "role": "king", "lang": "vi"}
    )

    assert (empty.status_code, made_up.status_code) == (422, 422)
    assert 'href="#name"' in empty.text
    assert 'href="#email"' in empty.text
    assert 'href="#role"' in made_up.text
    assert problems(made_up.text) == []
    assert await Person.count() == 1


async def test_everything_about_an_agent_changes_together(desk: Desk) -> None:
    an, minh, care = await desk.admin(lang="en"), await desk.agent("Minh"), await desk.department()
    browser = await desk.browser(an)
    new = {"name": "Trần Minh", "email": "tran@lua.example", "role": "admin", "lang": "en", "departments": [care]}

    await browser.post(f"/admin/agents/{minh.id}", data={**new, "is_active": "true"})

    changed = await queries.actor_of(id_of(minh))
    assert (changed.name, changed.email, changed.role, changed.lang, changed.departments) == (
        *("Trần Minh", "tran@lua.example", "admin", "en"),
        frozenset({care}),
    )


async def test_nothing_changes_when_one_part_is_refused(desk: Desk) -> None:
    an = await desk.admin(lang="en", email="an@lua.example")
    browser = await desk.browser(an)
    wish = {"name": "Nobody", "email": "an@lua.example", "role": "agent", "lang": "en", "is_active": "true"}

    answer = await browser.post(f"/admin/agents/{an.id}", data=wish)

    assert answer.status_code == 422
    assert "name another administrator first" in words(answer)
    assert (await queries.actor_of(id_of(an))).name == "An"


async def test_an_agent_who_leaves_is_out(desk: Desk) -> None:
    an, minh = await desk.admin(lang="en"), await desk.agent("Minh", email="minh@lua.example")
    theirs, browser = await desk.browser(minh), await desk.browser(an)
    assert (await theirs.get("/en/account")).url.path == "/en/account"

    await browser.post(
        f"/admin/agents/{minh.id}", data={"name": "Minh", "email": "minh@lua.example", "role": "agent", "lang": "vi"}
    )

    assert (await theirs.get("/en/account")).url.path == "/en/signin"
    assert await Session.count().where(Session.person == minh.id) == 0


async def test_a_customer_has_no_page_among_agents(desk: Desk) -> None:
    browser = await desk.browser(await desk.admin())
    lan = await desk.customer("Lan")

    assert (await browser.get(f"/admin/agents/{lan.id}")).status_code == 404
    assert (await browser.post(f"/admin/agents/{lan.id}/invite")).status_code == 404


async def test_a_role_is_added_changed_given_and_removed(desk: Desk) -> None:
    an, minh = await desk.admin(lang="en"), await desk.agent("Minh")
    browser = await desk.browser(an)
    try:
        await browser.post("/admin/roles/new", data={"name": "Editors", "permissions": ["articles.write"]})
        await actions.set_role(an, id_of(minh), "editors")
        await browser.post("/admin/roles/editors", data={"name": "Editors", "permissions": ["forum.moderate"]})
        assert (await queries.actor_of(id_of(minh))).permissions == {"forum.moderate"}

        kept = await browser.post("/admin/roles/editors/remove")
        assert "another one first" in words(kept)
        nameless = await browser.post("/admin/roles/editors", data={"name": " "})
        assert nameless.status_code == 422

        await actions.set_role(an, id_of(minh), "agent")
        await browser.post("/admin/roles/editors/remove")
        assert (await browser.get("/admin/roles/editors")).status_code == 404
    finally:
        await actions.set_role(an, id_of(minh), "agent")
        if "editors" in [card.key for card in await queries.roles()]:
            await roles.remove_role(an, "editors")


async def test_an_administrators_permissions_stay(desk: Desk) -> None:
    an = await desk.admin(lang="en")
    browser = await desk.browser(an)

    await browser.post("/admin/roles/admin", data={"name": "Weak", "permissions": []})

    card = await queries.role("admin")
    assert "desk.manage" in card.permissions
    assert card.called == "Administrator"
    assert "Save role" not in await browser.text("/admin/roles/admin")
    assert (await browser.get("/admin/roles/customer")).status_code == 404
