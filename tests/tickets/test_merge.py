"""Several tickets become one, for everybody who looks, and are several again when that was wrong."""

import random
import re
from typing import Any

import msgspec
import pytest

from helpdesk.core.actor import SYSTEM, Actor
from helpdesk.core.errors import Conflict, Forbidden, Invalid, NotFound
from helpdesk.tickets import actions, deadlines, documents, linking, merging, queries, rules, snoozing, undo
from helpdesk.tickets.private import new_key
from helpdesk.tickets.queries import Thread
from helpdesk.tickets.tables import Deadline, Merge, Participant, Ticket, Undo
from tests.factories import Desk
from tests.tickets import ask, said


async def two(desk: Desk) -> tuple[Actor, Actor, int, int]:
    """Minh, Lan, and two tickets of hers: an answered one, and one that is new."""
    department = await desk.department()
    minh, lan = await desk.agent("Minh", department, lang="en"), await desk.customer("Lan")
    first = await ask(lan, "Printer burns", "Red smoke.")
    await actions.reply(minh, first, said("Turn it off."))
    desk.clock.go(minutes=30)
    return minh, lan, first, await ask(lan, "It still burns", "Blue smoke.")


async def thread(number: int) -> Thread:
    return await queries.thread(SYSTEM, number)


async def words_of(number: int) -> list[str]:
    return [one.fresh for one in (await thread(number)).messages]


async def state(number: int) -> dict[str, Any]:
    """All of a ticket but its history and when it moved last."""
    row = await Ticket.select().where(Ticket.id == number).first()
    clocks = await Deadline.select().where(Deadline.ticket == number).order_by(Deadline.id)
    assert row
    del row["updated_at"]
    people = await Participant.select(Participant.person).where(Participant.ticket == number)
    return {
        **row,
        "clocks": clocks,
        "words": await words_of(number),
        "tags": await queries.tags(number),
        "people": sorted(one["person"] for one in people),
    }


async def test_what_was_said_on_both_stands_on_one_in_the_order_it_was_said(desk: Desk) -> None:
    minh, lan, first, second = await two(desk)
    desk.clock.go(minutes=5)
    await actions.reply(lan, first, said("Help!"))

    await merging.merge(minh, first, [second])

    assert await words_of(first) == ["Red smoke.", "Turn it off.", "Blue smoke.", "Help!"]
    target, merged = await thread(first), await thread(second)
    assert (target.ticket.message_count, target.ticket.status) == (4, "open")
    assert (merged.messages, merged.ticket.status, merged.ticket.due_at) == ([], "closed", None)
    found = await documents.search(minh, "blue smoke", 5)
    assert found == [first], "the search finds it where it stands"


async def test_taken_apart_both_stand_as_before_and_later_words_stay(desk: Desk) -> None:
    minh, lan, first, second = await two(desk)
    for name in ("fire", "both"):
        await actions.tag(minh, second, name)
    await actions.tag(minh, first, "both")
    before = await state(first), await state(second)
    await merging.merge(minh, first, [second])
    assert await queries.tags(first) == ["both", "fire"]
    assert (await state(first))["status"] == "open", "an answer is owed on what it took in"
    desk.clock.go(hours=1)

    assert await merging.unmerge(minh, second) == first

    assert (await state(first), await state(second)) == before
    assert await Merge.count() == 0

    await merging.merge(minh, first, [second])
    await actions.reply(lan, first, said("One more thing."))
    await merging.unmerge(minh, second)
    assert (await state(second))["words"] == ["Blue smoke."]
    assert await words_of(first) == ["Red smoke.", "Turn it off.", "One more thing."]
    assert (await state(first))["status"] == "open", "what Lan said since keeps it open"


async def test_nothing_sleeps_once_it_is_merged_and_each_sleeps_again_apart(desk: Desk) -> None:
    minh, _, first, second = await two(desk)
    before = await state(first)
    await snoozing.snooze(minh, first, "monday")
    asleep = await state(first)

    await merging.merge(minh, first, [second])
    assert (await state(first))["snoozed_until"] is None, "an answer is owed on what it took in"
    await merging.unmerge(minh, second)
    assert await state(first) == asleep

    await snoozing.wake(minh, first)
    await snoozing.snooze(minh, second, "reply")
    await merging.merge(minh, first, [second])
    assert (await state(second))["snoozed_until"] is None
    await merging.unmerge(minh, second)
    assert ((await state(second))["snoozed_until"], await state(first)) == (rules.NEVER, before)


async def test_the_target_keeps_its_promises_and_those_of_the_other_end(desk: Desk) -> None:
    minh, lan, _, second = await two(desk)
    third = await ask(lan, "Burnt paper")
    before = (await state(third))["clocks"]

    await merging.merge(minh, third, [second])

    assert (await state(third))["clocks"] == before
    assert all(one["met_at"] and one["due_at"] is None for one in (await state(second))["clocks"])
    desk.clock.go(days=5)
    await deadlines.sweep()
    assert not any(one.name.startswith("Deadline") for one in (await thread(second)).happenings)


async def test_many_go_into_one_and_come_out_in_any_order(desk: Desk) -> None:
    minh, _, first, second = await two(desk)
    huy = await desk.customer("Huy")
    numbers = [second, *[await ask(huy, f"Printer {one}") for one in range(4)]]
    for number in numbers[1:]:
        await actions.tag(minh, number, "paper")
    before = {number: await state(number) for number in [first, *numbers]}
    order = random.Random(4).sample(numbers, len(numbers))

    await merging.merge(minh, first, numbers, sure=True)
    people = [(await state(first))["people"]]
    for number in order:
        await merging.unmerge(minh, number)
        people.append((await state(first))["people"])

    after = {number: await state(number) for number in [first, *numbers]}
    assert {number: after[number] for number in numbers} == {number: before[number] for number in numbers}
    assert (after[first]["people"], after[first]["tags"], after[first]["words"]) == (
        *([], []),
        before[first]["words"],
    )
    last = max(order.index(number) for number in numbers[1:])
    assert [bool(one) for one in people] == [True] * (last + 1) + [False] * (len(order) - last), (
        "Huy reads it as long as anything of his is in it"
    )


async def test_one_that_took_others_in_can_go_on_into_another(desk: Desk) -> None:
    minh, lan, first, second = await two(desk)
    third = await ask(lan, "Burnt paper", "Ash.")
    before = {number: await state(number) for number in (first, second, third)}
    await merging.merge(minh, second, [third])
    await merging.merge(minh, first, [second])

    assert await queries.place(third) == first
    assert "Ash." in await words_of(first)
    with pytest.raises(Conflict):
        await merging.unmerge(minh, third)
    await merging.unmerge(minh, second)
    await merging.unmerge(minh, third)

    assert {number: await state(number) for number in (first, second, third)} == before


async def test_nobody_reads_more_than_before_unless_that_was_said(desk: Desk) -> None:
    minh, lan, first, _ = await two(desk)
    huy = await desk.customer("Huy")
    other = await ask(huy, "Secret of Huy", "Green smoke.")
    with pytest.raises(Invalid) as refused:
        await merging.merge(minh, first, [other])
    assert "sure" in refused.value.errors
    assert await words_of(other) == ["Green smoke."]

    browser = await desk.browser(minh)
    asked = await browser.text(f"/desk/tickets/{first}/merge?id={other}")
    assert "Lan lan@khach.example" in asked
    assert "Huy huy@khach.example" in asked
    assert (await browser.post(f"/desk/tickets/{first}/merge", data={"id": [other]})).status_code == 422
    answer = await browser.post(f"/desk/tickets/{first}/merge", data={"id": [other], "sure": "true"})

    assert answer.url.path == f"/desk/tickets/{first}"
    hers, his = await desk.browser(lan), await desk.browser(huy)
    assert "Green smoke." in (await hers.get(f"/en/help/requests/{first}")).text
    page = await his.get(f"/en/help/requests/{other}")
    assert page.url.path == f"/en/help/requests/{first}", "his old link leads on"
    assert "Red smoke." in page.text

    await merging.unmerge(minh, other)
    assert "Green smoke." not in (await hers.get(f"/en/help/requests/{first}")).text
    assert (await his.get(f"/en/help/requests/{first}")).status_code == 404


async def test_a_guests_link_leads_on_and_answers_in_their_own_name(desk: Desk) -> None:
    minh, _, first, _ = await two(desk)
    other = await ask(await desk.customer("Huy"), "Printer of Huy", "Green smoke.")
    await merging.merge(minh, first, [other], sure=True)
    guest, link = await desk.browser(), f"/en/help/requests/{other}?key={await new_key(other)}"

    page = await guest.get(link)
    assert "Red smoke." in page.text
    await guest.post(page.url, data={"body": "Mine is out.", "do": "reply"})

    last = (await thread(first)).messages[-1]
    assert (last.fresh, last.who, last.direction) == ("Mine is out.", "Huy", "in")


async def test_what_is_said_on_a_merged_ticket_is_said_on_the_other(desk: Desk) -> None:
    minh, lan, first, second = await two(desk)
    await merging.merge(minh, first, [second])

    await actions.reply(lan, second, said("From an old page."))
    await actions.note(minh, second, said("So do I."))

    assert (await words_of(first))[-2:] == ["From an old page.", "So do I."]
    for act in (
        actions.set_status(minh, second, "open"),
        actions.assign(minh, second, minh.id),
        actions.tag(minh, second, "fire"),
        merging.merge(minh, second, [first]),
        merging.merge(minh, first, [second]),
    ):
        with pytest.raises(Conflict):
            await act


async def test_agents_choose_by_number_or_words_and_take_apart_with_a_button(desk: Desk) -> None:
    minh, _, first, second = await two(desk)
    browser = await desk.browser(minh)
    for wanted in ("", "blue smoke", f"#{second}"):
        page = await browser.get(f"/desk/tickets/{first}/merge", params={"q": wanted})
        assert f"/desk/tickets/{first}/merge?id={second}" in page.text
    picked = await browser.get(f"/desk/merge?id={second}&id={first}")
    assert (picked.url.path, picked.url.params.get_list("id")) == (f"/desk/tickets/{first}/merge", [str(second)])

    merged = await browser.post(f"/desk/tickets/{first}/merge", data={"id": [second]})

    assert f"Minh merged #{second} into this ticket" in merged.text
    assert (await browser.get(f"/desk/tickets/{second}")).url.path == f"/desk/tickets/{first}"
    alone = await browser.text(f"/desk/tickets/{second}?alone=true")
    assert f"Minh merged it into #{first}" in alone
    apart = await browser.post(f"/desk/tickets/{second}/unmerge")
    assert apart.url.path == f"/desk/tickets/{second}"
    assert "Blue smoke." in apart.text
    assert [one.kind for one in await linking.links(SYSTEM, first)] == []


async def test_a_merge_of_several_is_undone_with_one_button_and_each_from_the_history(desk: Desk) -> None:
    minh, lan, first, second = await two(desk)
    third = await ask(lan, "Burnt paper", "Ash.")
    before = {number: await state(number) for number in (first, second, third)}
    browser = await desk.browser(minh)

    merged = await browser.post(f"/desk/tickets/{first}/merge", data={"id": [second, third]})
    way_back = re.search(r'action="(/desk/tickets/[0-9]+/unmerge/[0-9-]+)"', merged.text)
    assert way_back
    assert merged.text.count(f'action="/desk/tickets/{third}/unmerge"') == 2, "in the history and beside it"
    undone = await browser.post(way_back[1])

    assert "They are tickets of their own again." in undone.text
    assert f'action="/desk/tickets/{third}/unmerge"' not in undone.text
    assert {number: await state(number) for number in (first, second, third)} == before
    assert (await browser.post(way_back[1])).status_code == 404


async def test_what_was_done_before_a_merge_is_not_taken_back_within_it(desk: Desk) -> None:
    minh, _, first, second = await two(desk)
    await actions.set_status(minh, second, "closed")
    done = await Undo.select(Undo.id).where(Undo.ticket == second).order_by(Undo.id, ascending=False).first()
    assert done
    await merging.merge(minh, first, [second])

    with pytest.raises(Conflict):
        await undo.take_back(minh, done["id"])
    await merging.unmerge(minh, second)
    await undo.take_back(minh, done["id"])

    assert (await state(second))["status"] == "new"


async def test_only_who_works_on_both_merges_them(desk: Desk) -> None:
    minh, lan, first, second = await two(desk)
    sales = await desk.department("Sales", "Bán hàng", "sales@lua.example", position=1)
    huy = await desk.agent("Huy", sales)
    elsewhere = await ask(lan, "Prices", department=sales)

    for actor, target, other in ((huy, first, second), (huy, elsewhere, first), (minh, first, elsewhere)):
        with pytest.raises(NotFound):
            await merging.merge(actor, target, [other])
    for customer in (lan, await desk.customer("Mai")):
        with pytest.raises((Forbidden, NotFound)):
            await merging.merge(customer, first, [second])
    await merging.merge(SYSTEM, first, [elsewhere])
    with pytest.raises(NotFound):
        await merging.unmerge(minh, elsewhere)
    with pytest.raises(Invalid):
        await merging.merge(minh, first, [first])
    assert msgspec.json.encode(await words_of(second)) == b'["Blue smoke."]'


async def test_a_part_that_was_split_off_can_be_put_back(desk: Desk) -> None:
    minh, lan, first, _ = await two(desk)
    await actions.reply(lan, first, said("By the way: a new desk, please."))
    before = await words_of(first)
    part = await linking.split(minh, (await thread(first)).messages[-1].id)
    browser = await desk.browser(minh)
    assert f"/desk/tickets/{first}/merge?id={part}" in (await browser.get(f"/desk/tickets/{part}")).text

    await merging.merge(minh, first, [part])

    assert await words_of(first) == before
