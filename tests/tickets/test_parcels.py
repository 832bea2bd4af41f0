"""Numbers of parcels: recognised in what people write, followed by a link, kept in a field."""

import pytest

from helpdesk.tickets import actions
from helpdesk.tickets.fields import answers, queries, tracking
from helpdesk.tickets.fields.tracking import BadShape, recognise, typed
from tests.factories import Desk
from tests.tickets import ask, said
from tests.tickets.test_fields import field

SEEDED = 10

SAID = {
    "Đơn GHN mã L8BBRD của chị đâu rồi ạ?": ["ghn L8BBRD"],
    "Giao hàng nhanh báo 5ENLKKHD, ghtk thì 1203456789": ["ghn 5ENLKKHD", "ghtk 1203456789"],
    "mã spxvn0512345678901 nhé": ["spx SPXVN0512345678901"],
    "https://i.ghtk.vn/S1.A1.17373471": ["ghtk S1.A1.17373471"],
    "J&T 841327113159 và 841327113160": ["jt 841327113159", "jt 841327113160"],
    "gửi EMS số EE123456789VN": ["vnpost EE123456789VN"],
    "EE123456785VN": ["vnpost EE123456785VN"],
    "It went with UPS, 1Z999AA10123456784.": ["ups 1Z999AA10123456784"],
    "FedEx: 123456789012 (twice: 123456789012)": ["fedex 123456789012"],
    "Viettel Post giao 165123123456, sđt em 0912345678": ["viettelpost 165123123456"],
    "Ninja Van NVVNA00012345": ["ninjavan NVVNA00012345"],
    "dhl tracking 1234567890, phone 0901 234 567": ["dhl 1234567890"],
    "Mã L8BBRD này là của GHN, hay 5ENLKKHD? GHN bảo không biết.": ["ghn L8BBRD", "ghn 5ENLKKHD"],
    "Tài khoản 123456789012, mã vận đơn J&T 841327113159": ["jt 841327113159"],
    "J&T 8413 2711 3159 nhé": ["jt 841327113159"],
    "vận đơn j&t: 841.3271.13159, em gửi hôm 20.11.2026": ["jt 841327113159"],
    "spxvn 0512 3456 78901 đến đâu rồi": ["spx SPXVN0512345678901"],
    "EE 123 456 785 VN": ["vnpost EE123456785VN"],
    "UPS 1Z 999 AA1 01 2345 6784": ["ups 1Z999AA10123456784"],
    "1Z-999-AA1-01-2345-6784": ["ups 1Z999AA10123456784"],
    "FedEx 1234 5678 9012": ["fedex 123456789012"],
}
NOT_SAID = (
    *("gọi J&T theo số 0987654321", "DHL hotline 1900545548", "ship J&T, stk 841327113159 vietcombank"),
    *("GHN thu 1500000đ", "GHN giao trước COVID hay DICHVU nào?", "841327113159", "L8BBRD", "EE123456789VN"),
    *("1Z999AA10123456785", "lan.841327113159@jt.example J&T", "+841327113159 J&T", "phone +84912345678 (dhl)"),
    "FedEx. " + "Rất lâu rồi không có tin gì cả. " * 3 + "123456789012",
    *("841327113159.5 J&T", "8413 2711 3159", "J&T gọi 0913 271 131 59", "J&T: stk 8413 2711 3159"),
    *("fedex 20 11 2026 14 30", "J&T thu 841.327.113.159", "Viettel Post, thẻ 4111 1111 1111 1111"),
    *("FedEx 1234 5678 9012 3456 7", "GHN giao 10 ngay 12 gio 345", "J&T +84 132 711 31599"),
)


async def test_a_parcels_number_is_recognised_with_its_carrier(desk: Desk) -> None:
    known = await queries.carriers()
    found = {text: [f"{one.carrier.code} {one.number}" for one in recognise(text, known)] for text in SAID}
    assert found == SAID


async def test_other_numbers_are_no_parcels(desk: Desk) -> None:
    known = await queries.carriers()
    assert [text for text in NOT_SAID if recognise(text, known)] == []


async def test_every_carrier_leads_where_its_parcels_are_followed(desk: Desk) -> None:
    links = {one.code: tracking.followed_at(one.link, "A/1") for one in await queries.carriers()}
    assert len(links) == SEEDED
    assert links["ghn"] == "https://donhang.ghn.vn/?order_code=A%2F1"
    assert all(
        link.startswith("https://") and ("A%2F1" in link or code == "viettelpost") for code, link in links.items()
    )


async def test_a_number_is_typed_with_its_carrier_or_without(desk: Desk) -> None:
    known = await queries.carriers()
    spellings = ("ghn:l8bbrd", "GHN L8BBRD", "giao hàng nhanh: l8bbrd", "Giao Hàng Nhanh L8BBRD")
    assert {typed(text, known) for text in spellings} == {("ghn", "L8BBRD")}
    spellings = ("J&T Express 841327113159", "jt 841327113159", "jt:841327113159", "J&T: 841327113159")
    assert {typed(text, known) for text in spellings} == {("jt", "841327113159")}
    assert typed("Giao Hàng Nhanh (GHN) L8BBRD", known) == ("ghn", "L8BBRD")
    assert typed("spxvn0512345678901", known) == ("spx", "SPXVN0512345678901")
    assert typed("841327113159", known) == ("", "841327113159")
    assert typed("8413 2711 3159", known) == typed("8413.2711.3159", known) == ("", "841327113159")
    assert typed("J&T 8413-2711-3159", known) == ("jt", "841327113159")
    assert typed("ghtk s1.a1.17373471", known) == typed("S1.A1.17373471", known) == ("ghtk", "S1.A1.17373471")
    assert typed("spxvn 0512 3456 78901", known) == ("spx", "SPXVN0512345678901")
    assert [typed(text, known) for text in ("", "GHN", "where?", "a b c 1")] == [None] * 4


@pytest.mark.parametrize(
    "shapes", ["###", "#{50}", "(a+)+#####", "#{9-3}", "AB CD#####", "#{1-9}@{1-9}?{1-9}#{1-9}A{1-4}"]
)
def test_a_shape_that_means_nothing_is_refused(shapes: str) -> None:
    with pytest.raises(BadShape):
        tracking.pattern(shapes)


async def test_parcels_in_messages_are_offered_and_kept_in_a_field(desk: Desk) -> None:
    minh, lan = await desk.agent("Minh", await desk.department(), lang="en"), await desk.customer("Lan")
    number = await ask(lan, words="Đơn GHN L8BBRD chưa tới, gọi em 0912345678")
    home, browser = await field("Parcel", "tracking", is_public=True), await desk.browser(minh)
    at = f"/desk/tickets/{number}/fields"

    offered = (await browser.get(at)).text
    assert 'href="https://donhang.ghn.vn/?order_code=L8BBRD" target="_blank" rel="noopener noreferrer"' in offered
    assert "0912345678" not in offered
    await browser.post(f"{at}/keep", data={"field": home, "number": "ghn:L8BBRD"})

    assert await answers.of_ticket(number) == {home: ("ghn:L8BBRD",)}
    assert "Parcels in the messages" not in (await browser.get(at)).text
    seen = (await (await desk.browser(lan)).get(f"/en/help/requests/{number}")).text
    assert "Follow L8BBRD at Giao Hàng Nhanh (GHN)" in seen
    await actions.note(minh, number, said("Sent again with spxvn0512345678901"))
    assert "SPXVN0512345678901" in (await browser.get(at)).text


async def test_an_administrator_tries_a_carrier_out_before_it_is_kept(desk: Desk) -> None:
    browser = await desk.browser(await desk.admin(lang="en"))
    form = {"name": "Best Express", "called": "best", "link": "https://best.example/{number}", "near": "#{11}"}
    form |= {"is_active": "true", "sample": "BEST 66812345678 ở đâu?"}

    tried = await browser.post("/admin/carriers/new", data={**form, "act": "try"})
    assert 'href="https://best.example/66812345678"' in tried.text
    assert len(await queries.carriers()) == SEEDED
    refused = await browser.post("/admin/carriers/new", data={**form, "near": "(x+)+", "act": "try"})
    assert (refused.status_code, 'href="#near"' in refused.text) == (422, True)

    await browser.post("/admin/carriers/new", data=form)
    best = (await queries.carriers())[SEEDED]
    assert (best.code, best.near) == ("best-express", "#{11}")
    assert (await browser.post("/admin/carriers/new", data=form)).status_code == 422
    await browser.post(f"/admin/carriers/{best.id}", data={**form, "name": "BEST Inc", "is_active": ""})
    changed = await queries.carrier(best.id)
    assert (changed.code, changed.name, changed.is_active) == ("best-express", "BEST Inc", False)
    await browser.post(f"/admin/carriers/{best.id}/move", data={"to": "up"})
    assert (await queries.carriers())[SEEDED - 1].id == best.id
    await browser.post(f"/admin/carriers/{best.id}/remove")
    assert len(await queries.carriers()) == SEEDED
