"""Who gets what, as administrators say it and as the team sees it."""

from helpdesk.assignment import actions, queries
from helpdesk.assignment.actions import WantedPlan, WantedWork
from helpdesk.core.actor import SYSTEM, Actor
from helpdesk.departments import queries as departments
from helpdesk.departments.tables import Department
from helpdesk.people import actions as people
from helpdesk.tickets import actions as tickets
from helpdesk.topics import actions as topics
from tests.factories import Desk
from tests.tickets import ask

PLAN = {"way": "turn", "skills": "preferred", "away": "cover", "sticky_days": "7", "keeps_hours": "true"}


async def test_administrators_say_how_tickets_are_handed_out_and_to_whom_they_go_on(desk: Desk) -> None:
    care, technical = await desk.department(), await desk.department("Technical", "Kỹ thuật", "technical@lua.example")
    office = await desk.browser(await desk.admin(lang="en"))
    assert "By hand" in await office.text("/admin/assignment")
    form = f"/admin/assignment/departments/{care}"
    saved = await office.post(form, data={**PLAN, "hands_to": technical, "needs_note": "true"})
    for words in ("In turn", "sticky for 7 days", "To who covers for them", "Technical"):
        assert words in saved.text
    assert (await departments.chain(care)).to == (technical,)
    shown = (await office.get(form)).text
    assert 'value="turn" checked' in shown
    assert 'name="sticky_days" type="number" value="7"' in shown
    for field, wrong in (("way", "dice"), ("sticky_days", "-1"), ("sticky_days", "x"), ("hands_to", care)):
        refused = await office.post(form, data={**PLAN, field: wrong})
        assert refused.status_code == 422, field
        assert f'href="#{field}"' in refused.text
    assert (await office.get("/admin/assignment/departments/999999")).status_code == 404


async def test_skills_and_how_an_agent_works_are_kept_and_a_need_that_nobody_meets_is_told(desk: Desk) -> None:
    care = await desk.department()
    minh, vy = await desk.agent("Minh", care), await desk.agent("Vy", care)
    office = await desk.browser(await desk.admin(lang="en"))
    page = "/admin/assignment"
    added = await office.post(f"{page}/skills", data={"name_vi": "Hoá đơn", "name_en": "Invoices"})
    assert "Agents can have the skill now." in added.text
    assert (await office.post(f"{page}/skills", data={"name_vi": "hoa don", "name_en": "Bills"})).status_code == 422
    assert (await office.post(f"{page}/skills", data={"name_vi": "", "name_en": "Bills"})).status_code == 422
    skill = (await queries.skills())[0].id
    wanted = topics.Wanted(name_vi="Thuế", name_en="Taxes", department=care, skills=["Invoices", "Chinese"])
    topic = await topics.create(SYSTEM, wanted)
    told = await office.text(page)
    assert "“Taxes” needs “Invoices”" in told
    assert "“Taxes” needs “Chinese”" in told

    work = {"capacity": "12", "cover": minh.id, "skills": skill, "leaves_at_closing": "true", "calendar": "0"}
    saved = await office.post(f"{page}/agents/{vy.id}", data=work)
    assert "“Taxes” needs “Invoices”" not in saved.text
    kept = (await queries.works([vy.id or 0]))[vy.id or 0]
    assert (kept.capacity, kept.cover, kept.skills, kept.leaves_at_closing) == (12, minh.id, frozenset({skill}), True)
    for field, wrong in (
        ("capacity", "-1"),
        ("capacity", "10001"),
        ("cover", vy.id),
        ("cover", 99999),
        ("calendar", "99999"),
        ("skills", "9"),
    ):
        assert (await office.post(f"{page}/agents/{vy.id}", data={**work, field: wrong})).status_code == 422, field
    lan = await desk.customer("Lan")
    assert (await office.get(f"{page}/agents/{lan.id}")).status_code == 404

    assert "As the others" in await office.text(f"{page}/topics/{topic}")
    await office.post(f"{page}/topics/{topic}", data={"way": "load", "skills": "preferred"})
    assert (await queries.plans()).of_topics[topic].way == "load"
    await office.post(f"{page}/topics/{topic}", data={"way": "", "skills": "required"})
    assert topic not in (await queries.plans()).of_topics

    await office.post(f"{page}/skills/{skill}", data={"name_vi": "Hoá đơn", "name_en": "Bills"})
    assert "Bills" in await office.text(page)
    await office.post(f"{page}/skills/{skill}/remove")
    assert not (await queries.works([vy.id or 0]))[vy.id or 0].skills


async def test_an_agent_goes_away_and_comes_back_and_everybody_sees_it(desk: Desk) -> None:
    care = await desk.department()
    minh, vy = await desk.agent("Minh", care, lang="en"), await desk.agent("Vy", care, lang="en")
    minhs, vys = await desk.browser(minh), await desk.browser(vy)
    mine = f"/desk/team/{minh.id}"
    assert f'href="{mine}"' in (await minhs.get("/desk/team")).text  # in the menu of every page
    gone = await minhs.post(f"{mine}/away", data={"how": "own", "until": "2026-11-20T14:00", "reason": "Dentist"})
    assert "You get no tickets until you are back." in gone.text
    assert "You are away" in gone.text
    seen = await vys.text("/desk/team")
    assert "Dentist" in seen
    assert "14:00" in seen
    for until in ("yesterday", "2026-11-20T10:00", "2028-01-01T10:00", "0001-01-01T00:00"):
        refused = await minhs.post(f"{mine}/away", data={"how": "own", "until": until})
        assert refused.status_code == 422, until
        assert 'href="#until"' in refused.text
    back = await minhs.post(f"{mine}/back")
    assert "Welcome back." in back.text
    assert "You are away" not in back.text
    await minhs.post(f"{mine}/away", data={"how": "day"})
    assert "21/11" in await vys.text("/desk/team") or "21 Nov" in await vys.text("/desk/team")
    await minhs.post(f"{mine}/away", data={"how": "hour"})
    assert "11:24" in await vys.text("/desk/team")

    # of others only who leads them, or manages the desk
    for act in ("away", "back", "spread"):
        assert (await vys.post(f"{mine}/{act}", data={"how": "hour"})).status_code == 403
    assert (await vys.get(mine)).status_code == 403
    assert (await minhs.post(f"{mine}/spread")).status_code == 403
    await Department.update({Department.lead: vy.id}).where(Department.id == care)
    number = await ask(await desk.customer("Lan"))
    await tickets.assign(SYSTEM, number, minh.id)
    assert "Give to others" in (await vys.get(mine)).text
    assert "1 ticket was given to others." in (await vys.post(f"{mine}/spread")).text
    assert "They get tickets again." in (await vys.post(f"{mine}/back")).text


async def test_machines_read_the_team_and_say_who_is_away_and_what_they_can_do(desk: Desk) -> None:
    care, elsewhere = await desk.department(), await desk.department("Billing", "Kế toán", "billing@lua.example")
    minh, huy, an = await desk.agent("Minh", care), await desk.agent("Huy", elsewhere), await desk.admin()
    await actions.plan(SYSTEM, care, WantedPlan(way="turn"))
    await actions.set_work(SYSTEM, minh.id or 0, WantedWork(capacity=3))
    await actions.add_skill(SYSTEM, "Hoá đơn", "Invoices")

    async def machine(actor: Actor) -> dict[str, str]:
        token = await people.make_token(actor, actor.id or 0, "machine")
        return {"authorization": f"Bearer {token}"}

    client, minhs, ans = await desk.browser(), await machine(minh), await machine(an)
    listed = (await client.get("/api/v1/team", headers=minhs)).json()
    assert [one["name"] for one in listed["items"]] == ["Minh"]
    one = f"/api/v1/team/{minh.id}"
    assert listed["items"][0] == (await client.get(one, headers=minhs)).json()
    assert (await client.get(f"/api/v1/team/{huy.id}", headers=minhs)).status_code == 404

    away = {"until": "2026-11-20T15:00:00+07:00", "reason": "Dentist"}
    changed = (await client.patch(one, headers=minhs, json={"away": away})).json()
    assert changed["away"] == {"until": "2026-11-20T08:00:00Z", "reason": "Dentist"}
    assert changed["capacity"] == 3
    assert (await client.patch(one, headers=minhs, json={"away": None})).json()["away"] is None
    assert (await client.patch(one, headers=minhs, json={"away": {"until": "2020-01-01T00:00:00Z"}})).status_code == 422
    assert (await client.patch(one, headers=minhs, json={"skills": ["Invoices"]})).status_code == 403
    skilled = await client.patch(one, headers=ans, json={"skills": ["hoá đơn"]})
    assert skilled.json()["skills"] == ["Hoá đơn"]
    refused = await client.patch(one, headers=ans, json={"skills": ["Dance"], "away": {}})
    assert refused.status_code == 422
    assert (await client.get(one, headers=ans)).json()["away"] is None  # all of it, or nothing

    # who works in no department has no team, but hours of their own to keep
    alone = await desk.agent("Vy")
    vys, hers = await machine(alone), f"/api/v1/team/{alone.id}"
    assert (await client.get("/api/v1/team", headers=vys)).json()["items"] == []
    assert (await client.get(one, headers=vys)).status_code == 404
    assert (await client.get(hers, headers=minhs)).status_code == 404
    gone = await client.patch(hers, headers=vys, json={"away": {"reason": "Lunch"}})
    assert (gone.status_code, gone.json()["departments"]) == (200, [])
    assert gone.json()["away"] == {"until": None, "reason": "Lunch"}
    assert (await client.patch(hers, headers=ans, json={"away": None})).json()["away"] is None


async def test_a_department_with_a_plan_can_still_be_closed(desk: Desk) -> None:
    await desk.department()
    old = await desk.department("Old", "Cũ", "old@lua.example")
    await actions.plan(SYSTEM, old, WantedPlan(way="turn"))
    office = await desk.browser(await desk.admin(lang="en"))
    assert "is closed for good" in (await office.post(f"/admin/departments/{old}/remove")).text
