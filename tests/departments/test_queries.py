"""What is known of departments, and by whom."""

from helpdesk.departments import queries
from helpdesk.departments.routing import Routed
from helpdesk.departments.tables import Department
from helpdesk.i18n.reader import Reader, reading_as
from helpdesk.people.tables import Person
from tests.factories import Desk


async def test_departments_stand_in_their_order_and_customers_see_the_public_ones(desk: Desk) -> None:
    care = await desk.department("Customer care", "Chăm sóc khách hàng", "support@lua.example", position=2)
    sales = await desk.department("Sales", "Kinh doanh", "sales@lua.example", position=1)
    inner = await desk.department("Stock", "Kho", "stock@lua.example", position=3, is_public=False)

    assert [entry.id for entry in await queries.all_departments()] == [sales, care, inner]
    assert [entry.id for entry in await queries.public_departments()] == [sales, care]


async def test_a_letter_finds_its_department_by_the_address_it_was_sent_to(desk: Desk) -> None:
    sales = await desk.department("Sales", "Kinh doanh", "sales@lua.example", position=0)
    care = await desk.department("Care", "Chăm sóc", "support@lua.example", "help@lua.example", position=1)

    assert await queries.department_for_address("Help+abc@LUA.example") == Routed(care, "help@lua.example", "abc")
    assert await queries.department_for(["lan@khach.example", "support@lua.example"]) == Routed(
        care, "support@lua.example"
    )
    assert await queries.department_for(["lan@khach.example"]) == Routed(sales)
    assert await queries.department_for_address("lan@khach.example") is None
    assert await queries.own_addresses() == {"sales@lua.example", "support@lua.example", "help@lua.example"}
    assert (await queries.department(care)).address == "support@lua.example"


async def test_a_department_is_called_in_the_readers_language(desk: Desk) -> None:
    department = await queries.department(await desk.department("Technical", "Kỹ thuật"))
    nameless = await queries.department(await desk.department("", "Kho", "stock@lua.example"))

    with reading_as(Reader("vi")):
        assert department.name == "Kỹ thuật"
    with reading_as(Reader("en")):
        assert department.name == "Technical"
        assert nameless.name == "Kho"
    assert queries.name(department, "vi") == "Kỹ thuật"


async def test_only_people_of_the_desk_who_may_come_in_are_members(desk: Desk) -> None:
    care = await desk.department()
    minh = await desk.agent("Minh", care)
    huy = await desk.agent("Huy", care)
    await Person.update({Person.is_active: False}).where(Person.id == huy.id)
    lan = await desk.customer("Lan")

    assert await queries.members(care) == [minh.id]
    assert await queries.member_counts() == {care: 1}
    assert [colleague.id for colleague in await queries.colleagues()] == [minh.id]
    assert lan.id not in await queries.members(care)


async def test_a_machine_lists_departments(desk: Desk) -> None:
    care = await desk.department("Customer care", "Chăm sóc khách hàng", "support@lua.example", phone="028 0100 1100")
    await desk.department("Stock", "Kho", "stock@lua.example", is_public=False)
    minh = await desk.agent("Minh", care)
    await Department.update({Department.lead: minh.id}).where(Department.id == care)
    queries.forget_all()

    for_anyone = (await (await desk.browser()).get("/api/v1/departments")).json()
    for_minh = (await (await desk.browser(minh)).get("/api/v1/departments")).json()

    assert for_anyone["next"] is None
    assert [item["name_en"] for item in for_anyone["items"]] == ["Customer care"]
    assert for_anyone["items"][0]["addresses"] == ["support@lua.example"]
    assert for_anyone["items"][0]["phone"] == "028 0100 1100"
    assert [item["name_en"] for item in for_minh["items"]] == ["Customer care", "Stock"]
    assert [items["items"][0]["lead"] for items in (for_anyone, for_minh)] == [None, minh.id]
