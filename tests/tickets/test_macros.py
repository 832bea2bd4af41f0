"""Macros send tickets to other departments, and are used on many tickets at once; followers go along with a merge."""

import re

from helpdesk.core.actor import SYSTEM, Actor
from helpdesk.tickets import bulk, following, merging, queries
from helpdesk.tickets.canned import actions as canned
from helpdesk.tickets.canned import queries as canned_queries
from helpdesk.tickets.canned.actions import Wanted
from helpdesk.tickets.tables import Merge
from tests.factories import Desk, words
from tests.tickets import ask


async def start(desk: Desk) -> tuple[Actor, Actor, int, int]:
    """Lan, Minh, his department, and another one."""
    care = await desk.department()
    sales = await desk.department("Sales", "Bán hàng", "sales@lua.example")
    return await desk.customer("Lan", lang="en"), await desk.agent("Minh", care, lang="en"), care, sales


async def test_a_macro_sends_a_ticket_to_another_department_after_its_words(desk: Desk) -> None:
    lan, minh, care, sales = await start(desk)
    number = await ask(lan, department=care)
    one = await canned.add(SYSTEM, Wanted(name="Not ours", body_en="Sales will answer you.", move_to=sales))
    agent = await desk.browser(minh)
    data = {"body": "Sales will answer you.", "mode": "reply", "then": "open", "canned": str(one)}

    page = await agent.post(f"/desk/tickets/{number}/messages", data=data)

    assert page.status_code == 200
    assert "went to another department" in words(page)
    assert (await queries.ticket_facts(SYSTEM, number)).department == sales
    assert (await queries.messages(SYSTEM, number))[-1].fresh == "Sales will answer you."
    assert "moved to Sales" in await agent.text("/desk/replies")


async def test_one_without_words_that_sends_it_away_loses_nothing_on_the_way(desk: Desk) -> None:
    lan, minh, care, sales = await start(desk)
    number = await ask(lan, department=care)
    one = await canned.add(SYSTEM, Wanted(name="To sales", tags=["sold"], move_to=sales))
    agent = await desk.browser(minh)

    page = await agent.post(f"/desk/tickets/{number}/insert", data={"body": "", "mode": "reply", "pick": str(one)})

    assert page.status_code == 200
    facts = await queries.ticket_facts(SYSTEM, number)
    assert (facts.department, await queries.tags(number)) == (sales, ["sold"])


async def test_where_a_macro_sends_tickets_is_chosen_on_its_page(desk: Desk) -> None:
    _, _, care, sales = await start(desk)
    admin = await desk.browser(await desk.admin())
    form = {"name": "To sales", "move_to": str(sales), "department": str(care)}

    await admin.post("/desk/replies/new", data=form)

    kept = (await canned_queries.everything(await desk.admin("Binh")))[0]
    assert (kept.move_to, kept.is_act, kept.is_macro) == (sales, True, True)
    page = await admin.get(f"/desk/replies/{kept.id}")
    assert re.search(rf'<option value="{sales}" selected', page.text)
    assert (await admin.post("/desk/replies/new", data={**form, "move_to": "999"})).status_code == 422


async def test_a_macro_is_used_on_many_tickets_and_taken_back(desk: Desk) -> None:
    lan, minh, care, _ = await start(desk)
    numbers = [await ask(lan, department=care) for _ in range(3)]
    one = await canned.add(SYSTEM, Wanted(name="Urgent", priority="urgent", tags=["hot"]))
    agent = await desk.browser(minh)
    page = await agent.post("/desk/queues/all", data={"id": numbers, "act": "choose"})
    assert "Urgent (priority urgent, #hot)" in words(page)

    page = await agent.post("/desk/queues/all", data={"id": numbers, "act": "macro", "value": str(one)})

    assert "3 tickets were changed." in words(page)
    assert {(await queries.ticket_facts(minh, number)).priority for number in numbers} == {"urgent"}
    button = re.search(r"/desk/bulk/\d+/undo", page.text)
    assert button
    await agent.post(button[0])
    assert {(await queries.ticket_facts(minh, number)).priority for number in numbers} == {"normal"}
    assert [await queries.tags(number) for number in numbers] == [[], [], []]


async def test_its_words_are_filled_in_for_each_and_held_back_together(desk: Desk) -> None:
    lan, minh, care, sales = await start(desk)
    await desk.undo_seconds(10)
    numbers = [await ask(lan, department=care) for _ in range(2)]
    body = "We look at #{{ ticket.number }}."
    one = await canned.add(SYSTEM, Wanted(name="We look", body_en=body, status="hold", department=care))
    await canned.add(SYSTEM, Wanted(name="Not theirs", body_en="No.", department=sales))

    first = await bulk.begin(minh, "macro", str(one), numbers)
    assert [(await queries.messages(minh, number))[-1].fresh for number in numbers] == [
        f"We look at #{number}." for number in numbers
    ]
    await bulk.take_back(minh, first)
    desk.clock.go(seconds=11)
    await desk.work()
    assert [len(await queries.messages(lan, number)) for number in numbers] == [1, 1]

    await bulk.begin(minh, "macro", str(one), numbers)
    desk.clock.go(seconds=11)
    await desk.work()
    assert [len(await queries.messages(lan, number)) for number in numbers] == [2, 2]
    assert {(await queries.ticket_facts(minh, number)).status for number in numbers} == {"hold"}


async def test_a_macro_of_another_department_changes_nothing(desk: Desk) -> None:
    lan, minh, care, sales = await start(desk)
    number = await ask(lan, department=care)
    one = await canned.add(SYSTEM, Wanted(name="Theirs", priority="urgent", department=sales))

    result = await bulk.result(minh, await bulk.begin(minh, "macro", str(one), [number]))

    assert (result.changed, result.refusals) == (0, {"This macro is not for its department.": [number]})


async def test_followers_go_along_with_a_merge_and_back_again(desk: Desk) -> None:
    lan, minh, care, _ = await start(desk)
    khoa, mai = await desk.agent("Khoa", care), await desk.agent("Mai", care)
    target, one, two = [await ask(lan, department=care) for _ in range(3)]
    await following.follow(minh, target)
    for ticket, person in ((one, khoa), (one, minh), (two, khoa), (two, mai)):
        await following.follow(minh, ticket, person.id)

    await merging.merge(minh, target, [one, two])
    assert {person.id for person in await following.followers(target)} == {minh.id, khoa.id, mai.id}

    await merging.unmerge(minh, one)
    assert {person.id for person in await following.followers(target)} == {minh.id, khoa.id, mai.id}
    await merging.unmerge(minh, two)
    assert {person.id for person in await following.followers(target)} == {minh.id}
    assert {person.id for person in await following.followers(one)} == {minh.id, khoa.id}
    assert not await Merge.exists().where(Merge.target == target)
