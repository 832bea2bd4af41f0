"""Administrators say whom a promise is for; tickets say what they were promised, and why."""

import re

from helpdesk.core.actor import SYSTEM
from helpdesk.people import actions as people
from helpdesk.promises import histories
from helpdesk.sla import actions as sla
from helpdesk.sla import promises
from helpdesk.sla.tables import PromiseRow
from helpdesk.tickets import actions
from helpdesk.tickets.named import actions as named
from helpdesk.tickets.named import queries as named_queries
from helpdesk.tickets.tables import Ticket
from helpdesk.topics import actions as topics
from tests.factories import Desk, words
from tests.tickets import ask, said

FAST = {"first_response": {"any": 30}}


async def test_a_rule_is_written_changed_ordered_and_removed(desk: Desk) -> None:
    care = await desk.department()
    fast = await sla.add_policy(SYSTEM, name="Fast", targets=FAST)
    slow = await sla.add_policy(SYSTEM, name="Slow", targets={"first_response": {"any": 999}})
    await desk.customer("Lan", organisation=await people.organisation_named("Lúa Vàng"))
    browser = await desk.browser(await desk.admin(lang="en"))

    nothing = await browser.post("/admin/promises/new", data={"policy": fast})
    nobody = await browser.post("/admin/promises/new", data={"policy": fast, "organisations": "Sao Mai"})
    empty = await browser.post("/admin/promises/new", data={"policy": fast, "tier": ""})
    assert (nothing.status_code, nobody.status_code, empty.status_code) == (422, 422, 422)
    assert "Nobody belongs to “Sao Mai”." in words(nobody)
    wanted = {"policy": fast, "organisations": "lua vang", "priority": ["urgent", "high"], "tags": "Gấp, vip"}
    await browser.post("/admin/promises/new", data=wanted)
    await browser.post("/admin/promises/new", data={"policy": slow, "department": [care], "channel": ["phone"]})
    shown = words(await browser.get("/admin/promises"))

    assert "For priority Urgent or High, organisation Lúa Vàng and tag gấp or vip." in shown
    first, second = await promises.rules()
    assert shown.index("Fast") < shown.index("Slow")
    await browser.post(f"/admin/promises/{second.id}/move", data={"to": "up"})
    assert [one.id for one in await promises.rules()] == [second.id, first.id]
    assert "lua vang" not in (page := (await browser.get(f"/admin/promises/{first.id}")).text)
    assert "Lúa Vàng" in page
    await browser.post(f"/admin/promises/{first.id}", data={"policy": slow, "tags": "later"})
    assert (await promises.rule(first.id)).when == {"tag": ["later"]}
    refused = await browser.post(f"/admin/policies/{slow}/remove")
    assert "A department or a rule makes this promise." in words(refused)
    for rule in (first, second):
        await browser.post(f"/admin/promises/{rule.id}/remove")
    assert await promises.rules() == []


async def test_a_rule_that_names_what_is_gone_is_for_no_more_tickets_when_it_is_saved_again(desk: Desk) -> None:
    care = await desk.department()
    admin = await desk.admin(lang="en")
    fast = await sla.add_policy(SYSTEM, name="Fast", targets=FAST)
    topic = await topics.create(admin, topics.Wanted(name_vi="Bể", name_en="Broken", department=care))
    browser = await desk.browser(admin)
    await browser.post("/admin/promises/new", data={"policy": fast, "topic": topic, "tags": "rush"})
    await topics.remove(admin, topic)
    (rule,) = await promises.rules()

    page = await browser.get(f"/admin/promises/{rule.id}")

    assert f"#{topic}" in words(page)
    chosen = re.findall(r'name="topic" value="(\d+)" checked', page.text)
    await browser.post(f"/admin/promises/{rule.id}", data={"policy": fast, "topic": chosen, "tags": "rush"})
    assert (await promises.rule(rule.id)).when == {"topic": [str(topic)], "tag": ["rush"]}


async def test_a_rule_for_a_priority_is_for_the_one_that_took_its_place(desk: Desk) -> None:
    care = await desk.department()
    admin, lan = await desk.admin(lang="en"), await desk.customer("Lan")
    fast = await sla.add_policy(SYSTEM, name="Fast", targets={"first_response": {"any": 30}})
    burning = await named.add_priority(admin, named.WantedPriority(name_vi="Cháy", name_en="Burning"))
    named_queries.forget_all()
    browser = await desk.browser(admin)
    await browser.post("/admin/promises/new", data={"policy": fast, "priority": [burning]})
    ticket = await actions.open(
        admin, said("Fire!"), subject="Fire", department=care, requester=lan.id, priority=burning
    )
    (rule,) = await promises.rules()

    await named.remove_priority(admin, burning, "urgent")
    await desk.work()

    assert "Fast: priority Urgent" in words(await browser.get(f"/admin/promises?ticket={ticket}"))
    assert "For priority Urgent." in words(await browser.get("/admin/promises"))
    assert 'value="urgent" checked' in (await browser.get(f"/admin/promises/{rule.id}")).text
    told = await histories.histories(await Ticket.objects().where(Ticket.id == ticket))
    assert told[ticket].priority == burning


async def test_a_ticket_says_which_promise_it_has_and_why(desk: Desk) -> None:
    care = await desk.department()
    fast = await sla.add_policy(SYSTEM, name="Chính sách VIP", targets=FAST)
    browser = await desk.browser(await desk.admin(lang="vi"), lang="vi")
    await browser.post("/admin/promises/new", data={"policy": fast, "tier": "VIP", "priority": ["urgent"]})
    minh, lan = await desk.agent("Minh", care), await desk.customer("Lan")
    desk_page = await desk.browser(minh, lang="vi")

    await desk_page.post(f"/desk/customers/{lan.id}", data={"email": lan.email, "lang": "vi", "tier": "VIP"})
    await desk_page.post(f"/desk/customers/{lan.id}", data={"email": lan.email, "lang": "vi"})  # and asks no tier
    usual, urgent = await ask(lan), await ask(lan)
    await actions.set_priority(minh, urgent, "urgent")

    assert "Standard: cam kết riêng của bộ phận" in words(await desk_page.get(f"/desk/tickets/{usual}"))
    shown = words(await desk_page.get(f"/desk/tickets/{urgent}"))
    assert "Chính sách VIP: mức ưu tiên Khẩn và hạng VIP" in shown
    assert "Cam kết đổi từ lúc này" in shown
    others = words(await desk_page.get(f"/desk/tickets/{urgent}/promise"))
    assert others.index("Chính sách VIP: mức") < others.index("Standard: cam kết riêng")
    box = words(await browser.get(f"/admin/promises?ticket=%23{urgent}"))
    assert "Chính sách VIP: mức ưu tiên Khẩn và hạng VIP" in box
    await desk_page.post(f"/desk/customers/{lan.id}", data={"email": lan.email, "lang": "vi", "tier": "-"})
    await desk.work()
    assert "Standard: cam kết riêng của bộ phận" in words(await desk_page.get(f"/desk/tickets/{urgent}"))
    assert "Không có yêu cầu như vậy." in words(await browser.get("/admin/promises?ticket=999999"))
    ticket = await Ticket.objects().where(Ticket.id == usual).first()
    assert ticket is not None
    assert [row.due_at is None for row in await Ticket.objects().where(Ticket.id == usual)] == [False]
    again = await ask(lan)
    assert {row.promise for row in await Ticket.objects().where(Ticket.id.is_in([usual, again]))} == {ticket.promise}
    assert await PromiseRow.count() == 2


async def test_tags_and_tiers_at_the_opening_decide_at_once(desk: Desk) -> None:
    care = await desk.department()
    fast = await sla.add_policy(SYSTEM, name="Fast", targets=FAST)
    rush = await sla.add_policy(SYSTEM, name="Rush", targets=FAST)
    browser = await desk.browser(await desk.admin(lang="en"))
    await browser.post("/admin/promises/tiers", data={"names": "Gold\n Gold \n\nSilver"})
    await browser.post("/admin/promises/new", data={"policy": fast, "tier": "Gold"})
    await browser.post("/admin/promises/new", data={"policy": rush, "tags": "rush, b", "channel": "web"})
    minh = await desk.agent("Minh", care, lang="en")
    lan = await desk.customer("Lan", organisation=await people.organisation_named("Lúa"))
    await people.change_person(minh, lan.id or 0, organisation_tier="Gold")

    async def promise(ticket: int) -> str:
        row = await Ticket.objects().where(Ticket.id == ticket).first()
        assert row is not None
        assert row.promise is not None
        return (await promises.promised(row.promise)).name

    assert await promise(await ask(lan)) == "Fast"
    tagged = await actions.open(lan, said("Now!"), subject="Rush", department=care, tags=["a", "rush"])
    assert await promise(tagged) == "Rush"
    await people.change_person(minh, lan.id or 0, tier="Silver")
    assert await promise(await ask(lan)) == "Standard"

    key = await people.make_token(minh, minh.id or 0, "tests")
    machine = await desk.browser()
    machine.headers["authorization"] = f"Bearer {key}"
    whole = (await machine.get(f"/api/v1/tickets/{tagged}")).json()
    assert whole["promise"] == {"policy": "Rush", "why": "channel web form and tag rush"}
    answer = await machine.patch(f"/api/v1/customers/{lan.id}", json={"tier": "", "organisation": "Sao"})
    assert (answer.json()["tier"], answer.json()["organisation"]) == ("", "Sao")
    assert (await machine.patch(f"/api/v1/customers/{lan.id}", json={"tier": "Gold"})).json()["tier"] == "Gold"
    wrong = await machine.patch(f"/api/v1/customers/{lan.id}", json={"tier": "Copper"})
    assert (wrong.status_code, list(wrong.json()["errors"])) == (422, ["tier"])
