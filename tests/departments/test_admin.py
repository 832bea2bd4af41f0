"""An administrator manages departments in the browser."""

import httpx

from helpdesk.core.actor import SYSTEM
from helpdesk.departments import queries
from helpdesk.departments.tables import Department
from helpdesk.events.tables import EventRow
from helpdesk.people.tables import Member
from helpdesk.tickets.fields import actions as fields
from helpdesk.tickets.fields.actions import Wanted
from helpdesk.tickets.tables import Ticket
from tests.factories import Desk, words


async def department_form(desk: Desk, **change: object) -> dict[str, object]:
    """What the form of a new department sends; it borrows hours and promise of the first one."""
    first = (await queries.all_departments())[0]
    return {
        "name_vi": "Kỹ thuật",
        "name_en": "Technical",
        "about_vi": "Máy in, máy POS",
        "about_en": "Printers and tills",
        "phone": "028 0100 1103",
        "calendar": first.calendar,
        "policy": first.policy,
        "is_public": "true",
        "addresses": "technical@lua.example\nhelp@lua.example",
        **change,
    }


async def test_a_new_department_gets_letters_and_people_at_once(desk: Desk) -> None:
    await desk.department()
    minh = await desk.agent("Minh")
    browser = await desk.browser(await desk.admin(lang="en"))

    answer = await browser.post("/admin/departments/new", data=await department_form(desk, members=[minh.id]))

    assert "Technical is open." in words(answer)
    added = (await queries.all_departments())[-1]
    assert (added.name_en, added.name_vi, added.phone) == ("Technical", "Kỹ thuật", "028 0100 1103")
    assert added.addresses == ("technical@lua.example", "help@lua.example")
    assert await queries.members(added.id) == [minh.id]
    assert (await queries.department_for(["Help+7f@lua.example"])).department == added.id  # type: ignore[union-attr]
    assert await EventRow.exists().where(EventRow.name == "DepartmentAdded")


async def test_an_address_belongs_to_one_department_only(desk: Desk) -> None:
    await desk.department("Customer care", "Chăm sóc", "support@lua.example")
    browser = await desk.browser(await desk.admin(lang="en"))

    answer = await browser.post(
        "/admin/departments/new", data=await department_form(desk, addresses="SUPPORT@lua.example")
    )

    assert answer.status_code == 422
    assert "support@lua.example already belongs to Customer care / Chăm sóc." in words(answer)
    assert "Máy in, máy POS" in answer.text, "nothing typed is lost"
    assert len(await queries.all_departments()) == 1


async def test_what_is_missing_or_no_address_is_named(desk: Desk) -> None:
    await desk.department()
    browser = await desk.browser(await desk.admin(lang="en"))

    nameless = await browser.post("/admin/departments/new", data=await department_form(desk, name_vi=""))
    wrong = await browser.post(
        "/admin/departments/new", data=await department_form(desk, addresses="ok@lua.example, not-an-address")
    )

    assert (nameless.status_code, wrong.status_code) == (422, 422)
    assert "This cannot be left empty." in words(nameless)
    assert "“not-an-address” is not an e-mail address." in words(wrong)
    assert len(await queries.all_departments()) == 1


async def test_a_change_replaces_addresses_and_people_and_keeps_those_who_left(desk: Desk) -> None:
    care = await desk.department("Customer care", "Chăm sóc", "support@lua.example", "help@lua.example")
    minh, huy = await desk.agent("Minh", care), await desk.agent("Huy")
    browser = await desk.browser(await desk.admin(lang="en"))

    page = await browser.get(f"/admin/departments/{care}")
    answer = await browser.post(
        f"/admin/departments/{care}",
        data=await department_form(desk, addresses="help@lua.example\nnew@lua.example", members=[huy.id]),
    )

    assert "support@lua.example" in page.text
    assert answer.url.path == "/admin/departments"
    entry = await queries.department(care)
    assert entry.addresses == ("help@lua.example", "new@lua.example")
    assert entry.name_en == "Technical"
    assert await queries.members(care) == [huy.id]
    assert not await Member.exists().where(Member.person == minh.id)


async def test_departments_change_their_order(desk: Desk) -> None:
    first = await desk.department("Sales", "Kinh doanh", "sales@lua.example", position=0)
    second = await desk.department("Care", "Chăm sóc", "care@lua.example", position=1)
    browser = await desk.browser(await desk.admin(lang="en"))

    await browser.post(f"/admin/departments/{second}/move", data={"to": "up"})

    assert [entry.id for entry in await queries.all_departments()] == [second, first]
    assert await queries.department_for(["nobody@elsewhere.example"]) is not None
    assert (await queries.department_for([])).department == second  # type: ignore[union-attr]


async def test_a_department_with_tickets_or_fields_cannot_be_closed(desk: Desk) -> None:
    care = await desk.department("Care", "Chăm sóc", "care@lua.example", position=0)
    empty = await desk.department("Stock", "Kho", "stock@lua.example", position=1)
    lan, browser = await desk.customer("Lan"), await desk.browser(await desk.admin(lang="en"))
    now = desk.clock()
    await Ticket(
        subject="Máy in", department=care, requester=lan.id, channel="web", opened_at=now, updated_at=now, queue_at=now
    ).save()
    lab = await desk.department("Lab", "Phòng máy", "lab@lua.example", position=2)
    await fields.add(SYSTEM, Wanted(name_vi="Máy", name_en="Machine", kind="text", department=lab))

    refused = await browser.post(f"/admin/departments/{care}/remove")
    needed = await browser.post(f"/admin/departments/{lab}/remove")
    closed = await browser.post(f"/admin/departments/{empty}/remove")

    why = "Tickets, topics, fields or canned replies are with this department. Move them to another one first."
    assert (refused.status_code, needed.status_code) == (422, 422)
    assert why in words(refused)
    assert why in words(needed)
    assert "Stock is closed for good." in words(closed)
    assert [row["id"] for row in await Department.select(Department.id).order_by(Department.id)] == [care, lab]
    assert (await queries.department(care)).addresses == ("care@lua.example",), "a refusal changes nothing"


async def test_the_only_department_stays(desk: Desk) -> None:
    care = await desk.department()
    browser = await desk.browser(await desk.admin(lang="en"))

    answer = await browser.post(f"/admin/departments/{care}/remove")

    assert answer.status_code == 422
    assert "letters need somewhere to go" in words(answer)


async def test_agents_are_kept_out(desk: Desk) -> None:
    care = await desk.department()
    huy = await desk.browser(await desk.agent("Huy", care))
    form = await department_form(desk)

    answers: list[httpx.Response] = [
        await huy.get("/admin/departments"),
        await huy.post("/admin/departments/new", data=form),
        await huy.post(f"/admin/departments/{care}", data=form),
        await huy.post(f"/admin/departments/{care}/remove"),
    ]

    assert {answer.status_code for answer in answers} == {403}
    assert len(await queries.all_departments()) == 1


async def test_the_pages_speak_both_languages(desk: Desk) -> None:
    await desk.department("Customer care", "Chăm sóc khách hàng", phone="028 0100 1100")
    english = await desk.browser(await desk.admin("An", lang="en"))
    vietnamese = await desk.browser(await desk.admin("Bình", lang="vi"), lang="vi")

    assert "Customer care" in await english.text("/admin/departments")
    assert "Chăm sóc khách hàng" in await vietnamese.text("/admin/departments")


async def test_the_first_department_is_told_what_it_needs(desk: Desk) -> None:
    browser = await desk.browser(await desk.admin(lang="en"))

    assert "A department keeps a calendar and makes a promise." in await browser.text("/admin/departments/new")
    assert "No department yet" in await browser.text("/admin/departments")
