"""An administrator makes promises of time."""

from typing import Any

from helpdesk.core.actor import SYSTEM
from helpdesk.sla import actions, queries
from helpdesk.sla.policy import targets
from helpdesk.sla.tables import PolicyRow
from tests.factories import Desk, words

FORM: dict[str, Any] = {
    "name": "Care",
    "first_response_urgent": "15m",
    "first_response_high": "30",
    "first_response_normal": "1h",
    "first_response_low": "4 giờ",
    "next_response_urgent": "0:30",
    "resolution_urgent": "1h30",
}


async def test_a_policy_promises_what_was_typed_and_nothing_else(desk: Desk) -> None:
    browser = await desk.browser(await desk.admin(lang="en"))

    answer = await browser.post("/admin/policies/new", data=FORM)

    assert answer.status_code == 200
    row = await PolicyRow.objects().first()
    assert row is not None
    policy = await queries.policy(row.id)
    assert targets(policy, "urgent") == {"first_response": 15, "next_response": 30, "resolution": 90}
    assert targets(policy, "high") == {"first_response": 30}
    assert targets(policy, "low") == {"first_response": 240}
    assert "1h30" in words(answer)
    assert "not promised" in words(answer)


async def test_each_length_that_cannot_be_understood_is_named(desk: Desk) -> None:
    browser = await desk.browser(await desk.admin(lang="en"))

    answer = await browser.post(
        "/admin/policies/new", data={**FORM, "first_response_low": "soon", "resolution_urgent": "0"}
    )

    assert answer.status_code == 422
    assert 'href="#first_response_low"' in answer.text
    assert 'href="#resolution_urgent"' in answer.text
    assert "Write a length of time such as 30m, 4h or 1h30." in words(answer)
    assert 'value="soon"' in answer.text
    assert await PolicyRow.count() == 0


async def test_a_change_counts_from_now_on(desk: Desk) -> None:
    policy = await actions.add_policy(SYSTEM, name="Care", targets={"first_response": {"any": 60}})
    browser = await desk.browser(await desk.admin(lang="en"))
    before = targets(await queries.policy(policy), "normal")

    page = await browser.get(f"/admin/policies/{policy}")
    await browser.post(f"/admin/policies/{policy}", data={**FORM, "first_response_normal": "2h"})

    assert before == {"first_response": 60}
    assert page.text.count('value="1h"') == 4, "one promise for all is shown at each priority"
    assert targets(await queries.policy(policy), "normal") == {"first_response": 120}


async def test_a_policy_in_use_cannot_be_removed(desk: Desk) -> None:
    await desk.department()
    used = await PolicyRow.objects().first()
    free = await actions.add_policy(SYSTEM, name="Free", targets={})
    browser = await desk.browser(await desk.admin(lang="en"))
    assert used is not None

    refused = await browser.post(f"/admin/policies/{used.id}/remove")
    removed = await browser.post(f"/admin/policies/{free}/remove")

    assert "A department or a rule makes this promise." in words(refused)
    assert "The policy is gone." in words(removed)
    assert [row["id"] for row in await PolicyRow.select(PolicyRow.id)] == [used.id]


async def test_the_pages_speak_vietnamese(desk: Desk) -> None:
    await actions.add_policy(SYSTEM, name="Chăm sóc", targets={"first_response": {"urgent": 90}})
    browser = await desk.browser(await desk.admin(lang="vi"), lang="vi")

    text = await browser.text("/admin/policies")

    assert "Thời hạn trả lời" in text
    assert "1h30" in text
    assert "không hứa" in text
