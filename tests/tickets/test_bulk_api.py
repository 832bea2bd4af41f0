"""Many tickets and the bin by the API: the same acts, the same checks."""

from typing import Any

from helpdesk.core.actor import Actor
from helpdesk.tickets import queries
from tests.factories import Browser, Desk
from tests.tickets import ask

BULK = "/api/v1/tickets/bulk"


async def start(desk: Desk) -> tuple[Actor, Browser, list[int]]:
    """Minh, his machine, and two tickets of Lan's."""
    care = await desk.department()
    lan, minh = await desk.customer("Lan", lang="en"), await desk.agent("Minh", care, lang="en")
    return minh, await desk.browser(minh), [await ask(lan, department=care) for _ in range(2)]


async def send(machine: Browser, path: str, **body: Any) -> tuple[int, Any]:
    answer = await machine.post(path, json=body)
    return answer.status_code, answer.json()


async def test_what_is_done_to_many_is_counted_and_taken_back(desk: Desk) -> None:
    minh, machine, tickets = await start(desk)

    status, result = await send(machine, BULK, act="priority", value="urgent", tickets=[*tickets, 999])

    assert status == 201
    assert (result["total"], result["done"], result["changed"], result["can_be_undone"]) == (3, 3, 2, True)
    assert list(result["refusals"].values()) == [[999]]
    assert (await machine.get(f"{BULK}/{result['id']}")).json() == result
    await send(machine, f"{BULK}/{result['id']}/undo")
    assert {(await queries.ticket_facts(minh, one)).priority for one in tickets} == {"normal"}


async def test_an_id_may_be_a_number_and_what_cannot_be_used_is_said(desk: Desk) -> None:
    minh, machine, tickets = await start(desk)
    await send(machine, BULK, act="assign", value=minh.id, tickets=tickets)
    assert {(await queries.ticket_facts(minh, one)).assignee for one in tickets} == {minh.id}
    for wrong in (
        {"act": "status", "value": "asleep", "tickets": tickets},
        {"act": "undo", "value": "1", "tickets": tickets},
        {"act": "delete", "tickets": []},
        {"act": "move", "value": "x", "tickets": tickets},
    ):
        status, _ = await send(machine, BULK, **wrong)
        assert status in {400, 422}


async def test_the_bin_is_listed_and_emptied_into_the_desk_again(desk: Desk) -> None:
    minh, machine, tickets = await start(desk)
    await send(machine, BULK, act="spam", tickets=tickets)

    first = (await machine.get("/api/v1/bin?limit=1")).json()
    rest = (await machine.get(f"/api/v1/bin?limit=1&after={first['next']}")).json()
    assert [one["number"] for one in (*first["items"], *rest["items"])] == tickets[::-1]
    assert first["items"][0]["reason"] == "spam"
    assert rest["next"] is None

    await send(machine, "/api/v1/bin/restore", tickets=tickets)
    assert (await machine.get("/api/v1/bin")).json()["items"] == []
    assert all([await queries.is_visible(minh, one) for one in tickets])


async def test_it_is_for_agents_and_their_own_departments(desk: Desk) -> None:
    minh, machine, tickets = await start(desk)
    _, own = await send(machine, BULK, act="spam", tickets=tickets[:1])
    sales = await desk.department("Sales", "Bán hàng", "sales@lua.example")
    huy, lan = await desk.browser(await desk.agent("Huy", sales)), await desk.browser(await desk.customer("Mai"))

    assert (await huy.get("/api/v1/bin")).json()["items"] == []
    assert (await huy.get(f"{BULK}/{own['id']}")).status_code == 404
    _, result = await send(huy, BULK, act="priority", value="low", tickets=tickets)
    assert result["changed"] == 0
    assert (await lan.get("/api/v1/bin")).status_code == 403
    assert (await lan.post(BULK, json={"act": "spam", "tickets": tickets})).status_code == 403
    assert (await (await desk.browser()).get("/api/v1/bin")).status_code == 401
    assert await queries.is_visible(minh, tickets[1])


async def test_the_documents_name_the_acts(desk: Desk) -> None:
    _, machine, _ = await start(desk)
    described = (await machine.get("/api/v1/openapi.json")).json()
    assert {"/api/v1/tickets/bulk", "/api/v1/bin", "/api/v1/bin/restore"} <= set(described["paths"])
    assert "macro" in str(described["components"]["schemas"])
