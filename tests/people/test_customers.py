"""Customers as agents find and keep them, in the browser and for machines."""

import pytest

from helpdesk.core.actor import SYSTEM
from helpdesk.core.paging import read_key
from helpdesk.people import actions, queries
from helpdesk.people.tables import Person
from tests.factories import Desk, words
from tests.people import id_of
from tests.web.lint import problems


async def names(q: str) -> list[str]:
    """Who is found."""
    return [person.name for person in (await queries.customers(SYSTEM, q=q)).items]


@pytest.mark.parametrize(
    "q", ["Nguyễn Thị", "nguyen thi", "THI hong", "HỒNG@tiem", "090 123 4567", "+84901234567", "4567", "nhung tiem-ao"]
)
async def test_a_customer_is_found_however_one_types(desk: Desk, q: str) -> None:
    await desk.customer("Nguyễn Thị Hồng Nhung", email="hong@tiem-ao.example", phone="0901 234.567")
    await desk.customer("Đỗ Văn Bình", email="binh@khach.example", phone="0912 000 111")

    assert await names(q) == ["Nguyễn Thị Hồng Nhung"]


@pytest.mark.parametrize("q", ["nobody", "%", "_" * 60, "\\", "'", "Minh"])
async def test_nobody_is_found_by_chance(desk: Desk, q: str) -> None:
    await desk.customer("Nguyễn Thị Hồng Nhung", email="hong@tiem-ao.example")
    await desk.agent("Minh")

    assert await names(q) == []


async def test_customers_come_by_name_and_page_by_page(desk: Desk) -> None:
    minh = await desk.agent("Minh")
    for name in ["Đào", "an", "Bình", "Ân", "Dung"]:
        await desk.customer(name, email=f"{len(name)}{name[-1]}{name[0]}@khach.example")

    seen, after, pages = [], None, 0
    while True:
        page = await queries.customers(minh, after=after, size=2)
        seen += [person.name for person in page.items]
        after, pages = page.next, pages + 1
        if after is None:
            break

    assert sorted(seen) == sorted(["an", "Ân", "Bình", "Dung", "Đào"])
    assert [name[0] for name in seen[2:]] == ["B", "Đ", "D"]
    assert pages == 3


async def test_a_key_of_somebody_elses_making_is_the_first_page(desk: Desk) -> None:
    minh = await desk.agent("Minh")
    await desk.customer("Lan")

    for after in ("nonsense", "WyJhIl0", "eyJhIjoxfQ", "W251bGwsbnVsbF0"):
        assert read_key(after) != ["", 0]
        assert len((await queries.customers(minh, after=after)).items) == 1


async def test_a_customer_sees_no_list_of_customers(desk: Desk) -> None:
    lan, _ = await desk.customer("Lan"), await desk.customer("Huy")
    browser = await desk.browser(lan)

    assert (await browser.get("/desk/customers")).status_code == 403
    assert (await browser.get(f"/desk/customers/{lan.id}")).status_code == 403
    assert [person.name for person in (await queries.customers(lan)).items] == ["Lan"]


@pytest.mark.parametrize("lang", ["vi", "en"])
async def test_the_pages_are_sound(desk: Desk, lang: str) -> None:
    minh = await desk.agent("Minh", lang=lang)
    lan = await desk.customer("Lan <b>", phone="090 123 4567")
    huy = await desk.customer("Huy", email="huy@khach.example")
    await Person.update({Person.name: ""}).where(Person.id == huy.id)
    browser = await desk.browser(minh)

    for path in (
        "/desk/customers",
        "/desk/customers?q=lan",
        "/desk/customers?q=nobody",
        "/desk/customers/new?email=a@b.vn",
        f"/desk/customers/{lan.id}",
        f"/desk/customers/{huy.id}",
        f"/desk/customers/{minh.id}",
    ):
        answer = await browser.get(path)
        assert answer.status_code == 200, path
        assert problems(answer.text) == [], path
        assert "Lan <b>" not in answer.text


async def test_an_agent_keeps_what_is_known(desk: Desk) -> None:
    minh, lan = await desk.agent("Minh", lang="en"), await desk.customer("Lan", email="lan@khach.example")
    browser = await desk.browser(minh)
    known = {"name": "Nguyễn Lan", "email": "lan@khach.example", "phone": "090", "lang": "en"}

    answer = await browser.post(
        f"/desk/customers/{lan.id}", data={**known, "organisation": "Tiệm Áo", "notes": "Xưng chị."}
    )

    assert "What we know is saved." in words(answer)
    profile = await queries.profile(minh, id_of(lan))
    assert (profile.name, profile.organisation, profile.notes) == ("Nguyễn Lan", "Tiệm Áo", "Xưng chị.")
    assert await names("nguyen lan") == ["Nguyễn Lan"]
    await browser.post(f"/desk/customers/{lan.id}", data=known)
    emptied = await queries.profile(minh, id_of(lan))
    assert (emptied.organisation, emptied.notes) == (None, "")


async def test_an_address_of_somebody_else_is_named(desk: Desk) -> None:
    minh, lan = await desk.agent("Minh", lang="en"), await desk.customer("Lan", email="lan@khach.example")
    hoa = await desk.customer("Hoa")
    browser = await desk.browser(minh)
    taken = {"email": "LAN@khach.example", "lang": "vi"}

    for path in (f"/desk/customers/{hoa.id}", "/desk/customers/new"):
        answer = await browser.post(path, data=taken)
        assert answer.status_code == 422
        assert 'href="#email"' in answer.text
        assert "Somebody else has this address already." in words(answer)
    assert lan.email == "lan@khach.example"


async def test_an_agent_adds_a_customer_on_the_phone(desk: Desk) -> None:
    browser = await desk.browser(await desk.agent("Minh", lang="en"))

    answer = await browser.post(
        "/desk/customers/new", data={"name": "Hoa", "email": "hoa@khach.example", "lang": "vi", "phone": "090"}
    )

    assert answer.url.path == f"/desk/customers/{await queries.person_with('hoa@khach.example')}"
    assert "The customer is added." in words(answer)


async def test_an_agent_cannot_edit_a_colleague(desk: Desk) -> None:
    minh, an = await desk.agent("Minh", lang="en"), await desk.admin()
    browser = await desk.browser(minh)

    assert "Save" not in await browser.text(f"/desk/customers/{an.id}")
    answer = await browser.post(f"/desk/customers/{an.id}", data={"email": "minh@lua.example", "lang": "vi"})

    assert answer.status_code == 403


async def test_a_customer_who_is_not_there(desk: Desk) -> None:
    browser = await desk.browser(await desk.agent("Minh"))

    assert (await browser.get("/desk/customers/999")).status_code == 404


async def test_machines_read_customers_with_a_key(desk: Desk) -> None:
    minh = await desk.agent("Minh")
    lan = await desk.customer("Lan", email="lan@khach.example", phone="090", lang="en")
    await desk.customer("Mai")
    token = await actions.make_token(minh, id_of(minh), "Tests")
    machine = await desk.browser()
    machine.headers["authorization"] = f"Bearer {token}"

    one = (await machine.get("/api/v1/customers", params={"email": "LAN@khach.example"})).json()
    first = (await machine.get("/api/v1/customers", params={"limit": 1})).json()
    second = (await machine.get("/api/v1/customers", params={"limit": 1, "after": first["next"]})).json()

    assert one == {
        "items": [
            {
                "id": lan.id,
                "name": "Lan",
                "email": "lan@khach.example",
                "phone": "090",
                "lang": "en",
                "organisation": None,
                "tier": "",
                "is_active": True,
                "created_at": "2026-11-20T03:24:00Z",
            }
        ],
        "next": None,
    }
    assert [page["items"][0]["name"] for page in (first, second)] == ["Lan", "Mai"]
    assert second["next"] is None
    assert len((await machine.get("/api/v1/customers", params={"limit": -5})).json()["items"]) == 1


async def test_machines_without_a_key_read_nothing(desk: Desk) -> None:
    lan = await desk.customer("Lan")
    nobody, customer = await desk.browser(), await desk.browser(lan)
    nobody.headers["authorization"] = "Bearer made-up"

    for machine, status in ((nobody, 401), (customer, 403)):
        answer = await machine.get("/api/v1/customers")
        assert answer.status_code == status
        assert answer.headers["content-type"] == "application/problem+json"
        assert "Lan" not in answer.text
