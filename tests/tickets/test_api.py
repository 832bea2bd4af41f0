"""Tickets for machines: the fixed names that programs rely on."""

from typing import Any

import httpx

from helpdesk.core.actor import SYSTEM, Actor
from helpdesk.mail.tables import Outbound
from helpdesk.people.actions import make_token
from helpdesk.tickets import actions
from tests.factories import Desk
from tests.tickets import ask, said


async def api(desk: Desk, actor: Actor) -> httpx.AsyncClient:
    """A program that acts as this person: by a token for staff, in a signed-in browser for customers."""
    assert actor.id is not None
    client = await desk.browser(None if actor.is_agent else actor)
    if actor.is_agent:
        client.headers["authorization"] = f"Bearer {await make_token(SYSTEM, actor.id, 'tests')}"
    client.base_url = httpx.URL("http://desk.test/api/v1")
    return client


async def test_an_agent_opens_reads_changes_and_answers_a_ticket(desk: Desk) -> None:
    care = await desk.department()
    client = await api(desk, await desk.agent("Minh", care))
    opened = await client.post(
        "/tickets",
        json={
            "subject": "Máy in cháy",
            "body": "Khói **khắp nơi**",
            "requester": {"email": "lan@khach.example", "name": "Lan"},
            "tags": ["lửa"],
        },
    )
    assert opened.status_code == 201, opened.text
    ticket: dict[str, Any] = opened.json()
    assert ticket["requester"]["email"] == "lan@khach.example"
    assert ticket["tags"] == ["lửa"]
    assert {deadline["kind"] for deadline in ticket["deadlines"]} == {"first_response", "resolution"}

    number = ticket["number"]
    changed = await client.patch(f"/tickets/{number}", json={"priority": "urgent", "status": "hold"})
    assert (changed.json()["priority"], changed.json()["status"]) == ("urgent", "hold")

    answer = await client.post(f"/tickets/{number}/messages", json={"body": "Run.", "then": "solved"})
    assert answer.status_code == 201
    assert (answer.json()["direction"], answer.json()["kind"]) == ("out", "reply")
    messages = (await client.get(f"/tickets/{number}/messages")).json()
    assert [message["fresh"] for message in messages["items"]] == ["Khói khắp nơi", "Run."]
    assert messages["next"] is None
    assert set(messages["items"][0]) >= {
        *("id", "ticket", "subject", "from", "to", "cc", "message_id", "text", "fresh", "html"),
        *("attachments", "direction", "kind"),
    }


async def test_lists_page_by_key(desk: Desk) -> None:
    care = await desk.department()
    lan = await desk.customer("Lan")
    numbers = [await ask(lan) for _ in range(5)]
    client = await api(desk, await desk.agent("Minh", care))
    seen: list[int] = []
    key: str | None = ""
    while key is not None:
        shown = (await client.get("/tickets", params={"limit": 2, "after": key})).json()
        seen += [ticket["number"] for ticket in shown["items"]]
        key = shown["next"]
    assert sorted(seen) == numbers


async def test_a_customer_sees_their_own_and_no_notes(desk: Desk) -> None:
    care = await desk.department()
    lan, huy = await desk.customer("Lan"), await desk.customer("Huy")
    number = await ask(lan)
    await actions.note(await desk.agent("Minh", care), number, said("CANARY"))
    assert "CANARY" not in (await (await api(desk, lan)).get(f"/tickets/{number}/messages")).text
    for path in (f"/tickets/{number}", f"/tickets/{number}/messages", "/messages/1", "/attachments/1"):
        assert (await (await api(desk, huy)).get(path)).status_code == 404, path
    assert (await (await api(desk, huy)).get("/tickets")).json()["items"] == []


async def test_bad_input_is_named_field_by_field(desk: Desk) -> None:
    care = await desk.department()
    client = await api(desk, await desk.agent("Minh", care))
    answer = await client.post("/tickets", json={"subject": "", "body": "x"})
    assert answer.status_code in {400, 422}
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert "subject" in answer.text
    number = await ask(await desk.customer("Lan"))
    answer = await client.patch(f"/tickets/{number}", json={"department": 999})
    assert answer.status_code == 422
    assert "department" in answer.json()["errors"]


async def test_the_description_lists_every_operation_for_machines_and_for_people(desk: Desk) -> None:
    client = await desk.browser()
    document = (await client.get("/api/v1/openapi.json")).json()
    assert "/api/v1/tickets/{number}" in document["paths"]
    assert "/desk" not in "".join(document["paths"])
    page = await client.text("/api/v1/docs")
    for path in document["paths"]:
        assert path in page


async def test_a_change_is_made_whole_or_not_at_all(desk: Desk) -> None:
    care, billing = await desk.department(), await desk.department("Billing", "Kế toán", "billing@lua.example")
    minh, huy = await desk.agent("Minh", care), await desk.agent("Huy", billing)
    ticket = await ask(await desk.customer("Lan"), department=care)
    client = await api(desk, minh)
    wanted = {"priority": "urgent", "tags": ["Fire"], "department": billing, "assignee": minh.id}
    refused = await client.patch(f"/tickets/{ticket}", json=wanted)
    assert refused.is_client_error
    before = (await client.get(f"/tickets/{ticket}")).json()
    assert (before["priority"], before["tags"], before["department"]) == ("normal", [], care)
    assert before["assignee"] is None

    changed = await client.patch(f"/tickets/{ticket}", json={**wanted, "assignee": before["assignee"]})
    assert changed.status_code == 200, changed.text
    assert (changed.json()["priority"], changed.json()["tags"]) == ("urgent", ["fire"])
    assert changed.json()["department"] == billing
    assert (await client.get(f"/tickets/{ticket}")).status_code == 404
    assert (await (await api(desk, huy)).get(f"/tickets/{ticket}")).status_code == 200


async def test_a_ticket_opened_for_another_department_is_answered_with_its_number(desk: Desk) -> None:
    care, billing = await desk.department(), await desk.department("Billing", "Kế toán", "billing@lua.example")
    minh = await desk.agent("Minh", care, lang="en")
    form = {"subject": "Invoice", "body": "Wrong sum", "requester": {"email": "lan@khach.example"}, "tags": ["sum"]}
    opened = await (await api(desk, minh)).post("/tickets", json={**form, "department": billing})
    assert opened.status_code == 201, opened.text
    assert opened.json()["tags"] == ["sum"]
    page = {"subject": "Invoice", "body": "Wrong sum", "email": "lan@khach.example", "department": str(billing)}
    answer = await (await desk.browser(minh)).post("/desk/tickets/new", data=page)
    assert answer.status_code == 200
    assert "The ticket went to another department" in answer.text


async def test_customers_never_learn_of_tags(desk: Desk) -> None:
    care = await desk.department()
    lan = await desk.customer("Lan")
    ticket = await ask(lan, department=care)
    await actions.tag(SYSTEM, ticket, "difficult")
    client = await api(desk, lan)
    for path in ("/tickets", f"/tickets/{ticket}"):
        assert "difficult" not in (await client.get(path)).text


async def test_a_program_may_have_its_letters_wait_to_be_taken_back(desk: Desk) -> None:
    await desk.undo_seconds(10)
    minh = await desk.agent("Minh", await desk.department())
    number, machine = await ask(await desk.customer("Lan")), await desk.browser(minh)
    await desk.work()
    before, at = await Outbound.count(), f"/api/v1/tickets/{number}"
    answer, question = {"body": "Turn it off."}, {"to": "a@carrier.example", "subject": "Parcel", "body": "Where?"}

    held = (await machine.post(f"{at}/messages", json={**answer, "can_be_undone": True})).json()
    side = (await machine.post(f"{at}/sides", json={**question, "can_be_undone": True})).json()
    for undo in (f"/api/v1/messages/{held['id']}/undo", f"/api/v1/sides/{side['id']}/undo"):
        assert (await machine.post(undo)).status_code == 204
    desk.clock.go(seconds=11)
    await desk.work()
    assert (held["kind"], await Outbound.count()) == ("unsent", before)

    sent = (await machine.post(f"{at}/messages", json=answer)).json()
    side = (await machine.post(f"{at}/sides", json=question)).json()
    await desk.work()
    assert (sent["kind"], await Outbound.count()) == ("reply", before + 2)
    for undo in (f"/api/v1/messages/{sent['id']}/undo", f"/api/v1/sides/{side['id']}/undo"):
        assert (await machine.post(undo)).status_code == 409
