"""Who receives an answer is seen before it is sent, can be changed, and is exactly who receives it."""

import re
from html import unescape

import httpx
import pytest

from helpdesk.core.actor import SYSTEM, Actor
from helpdesk.mail.reading.letter import Letter
from helpdesk.mail.reading.parse import parse
from helpdesk.mail.tables import Outbound
from helpdesk.settings import store
from helpdesk.settings.joining import JoiningSettings
from helpdesk.tickets import queries
from helpdesk.tickets.tables import Message
from tests.factories import Browser, Desk
from tests.mail_flow.letters import letter
from tests.mailroom import US, answers_to, arrive

LAN, HUY, PARTNER = "lan@khach.example", "huy@khach.example", "partner@elsewhere.example"


async def asked(desk: Desk, **more: str) -> tuple[int, Browser, Actor]:
    """Lan's ticket by letter, and Minh's browser."""
    department = await desk.department()
    minh = await desk.agent("Minh", department, lang="en")
    row = await arrive(desk, letter(**more))
    return int(str(row["about"]).removeprefix("ticket:")), await desk.browser(minh), minh


async def answer(browser: Browser, number: int, *heard: str, **more: object) -> httpx.Response:
    data = {"body": "Chào bạn.", "mode": "reply", "chips": "1", "heard": list(heard), **more}
    return await browser.post(f"/desk/tickets/{number}/messages", data=data)


async def answers(desk: Desk) -> list[Letter]:
    """Minh's answers as they went out, oldest first."""
    desk.clock.go(minutes=5)
    await desk.work()
    rows = await Outbound.select(Outbound.content).where(Outbound.about.like("message:%")).order_by(Outbound.id)
    return [parse(row["content"]) for row in rows]


def offered(page: httpx.Response) -> dict[str, bool]:
    """The chips of the composer: addresses, and whether they are ticked."""
    boxes = re.findall(r'<input type="checkbox"[^>]* name="heard" value="([^"]*)"( checked)?', page.text)
    return {unescape(email): bool(ticked) for email, ticked in boxes}


async def test_everybody_who_takes_part_is_a_chip_and_none_of_us(desk: Desk) -> None:
    number, minh, _ = await asked(desk, to=f"{US}, Hoa <hoa@khach.example>", Cc=f"Huy <{HUY}>, sales@lua.example, {US}")
    await desk.department("Sales", "Bán hàng", "sales@lua.example", position=1)

    chips = offered(await minh.get(f"/desk/tickets/{number}"))

    assert chips == {LAN: True, "hoa@khach.example": True, HUY: True}


async def test_an_answer_goes_to_those_who_are_ticked_and_keeps_to_and_cc(desk: Desk) -> None:
    number, minh, _ = await asked(desk, Cc=f"Huy <{HUY}>, hoa@khach.example")

    assert (await answer(minh, number, LAN, HUY)).status_code == 200

    (sent,) = await answers(desk)
    assert [one.email for one in sent.to] == [LAN]
    assert [one.email for one in sent.cc] == [HUY]
    (outbound,) = await Outbound.select(Outbound.recipients).where(Outbound.about.like("message:%"))
    assert outbound["recipients"] == f'["{LAN}","{HUY}"]'
    kept = (await queries.messages(SYSTEM, number))[-1]
    assert ([one.email for one in kept.to], [one.email for one in kept.cc]) == ([LAN], [HUY])


async def test_without_the_requester_the_first_of_the_others_is_written_to(desk: Desk) -> None:
    number, minh, _ = await asked(desk, Cc=f"Huy <{HUY}>")

    await answer(minh, number, HUY)

    (sent,) = await answers(desk)
    assert ([one.email for one in sent.to], sent.cc) == ([HUY], ())
    assert "?key=" not in sent.text, "the private link is the requester's"


async def test_an_answer_to_nobody_is_refused(desk: Desk) -> None:
    number, minh, _ = await asked(desk)

    refused = await answer(minh, number)

    assert refused.status_code == 422
    assert "Choose at least one who receives the answer." in refused.text
    assert "Chào bạn." in refused.text
    assert await Message.count() == 1


async def test_a_first_time_outsider_is_warned_about_and_nothing_typed_is_lost(desk: Desk) -> None:
    number, minh, _ = await asked(desk)
    data = {"body": "Nhờ đối tác xem.", "mode": "reply", "then": "solved", "chips": "1", "heard": LAN}
    files = {"files": ("báo giá.pdf", b"%PDF", "application/pdf")}

    warned = await minh.post(
        f"/desk/tickets/{number}/messages", data={**data, "add": f"Đối tác <{PARTNER}>"}, files=files
    )

    assert warned.status_code == 422
    assert await Message.count() == 1, "nothing was sent"
    assert PARTNER in re.search(r"id=\"heard-e\".*?</p>", warned.text, re.DOTALL)[0]  # type: ignore[index]
    assert "Nhờ đối tác xem." in warned.text
    assert 'value="solved" selected' in warned.text
    assert offered(warned) == {LAN: True, PARTNER: True}
    (sure,) = re.findall(r'name="sure" value="([^"]*)"', warned.text)
    (kept,) = re.findall(r'name="kept" value="([^"]*)"', warned.text)
    assert "báo giá.pdf" in warned.text

    sent_again = {**data, "heard": [LAN, PARTNER], "sure": unescape(sure), "kept": unescape(kept)}
    assert (await minh.post(f"/desk/tickets/{number}/messages", data=sent_again)).status_code == 200

    (sent,) = await answers(desk)
    assert ([one.email for one in sent.to], [one.email for one in sent.cc]) == ([LAN], [PARTNER])
    assert [(one.filename, one.content) for one in sent.attachments] == [("báo giá.pdf", b"%PDF")]
    assert [one.email for one in (await queries.thread(SYSTEM, number)).participants] == [PARTNER]
    assert (await answer(minh, number, LAN, PARTNER, body="Nữa.")).status_code == 200, "warned of once"


async def test_somebody_the_customer_named_is_an_outsider_only_at_another_domain(desk: Desk) -> None:
    number, minh, _ = await asked(desk, Cc=f"Huy <{HUY}>, {PARTNER}")

    assert (await answer(minh, number, LAN, HUY)).status_code == 200
    warned = await answer(minh, number, LAN, HUY, PARTNER, body="Nữa.")

    assert warned.status_code == 422
    assert re.findall(r'name="sure" value="([^"]*)"', warned.text) == [PARTNER]


async def test_who_was_added_may_answer_and_is_a_chip_from_now_on(desk: Desk) -> None:
    number, minh, _ = await asked(desk)
    await answer(minh, number, LAN, add=PARTNER, sure=PARTNER)

    row = await arrive(desk, letter("Đã xem.", sender=PARTNER, to=answers_to(number), message_id="<p@x>"))

    assert row["about"] == f"ticket:{number}"
    assert offered(await minh.get(f"/desk/tickets/{number}")) == {LAN: True, PARTNER: True}


async def test_who_does_not_take_part_by_the_settings_is_offered_and_not_ticked(desk: Desk) -> None:
    await store.save(SYSTEM, JoiningSettings(copies="nobody"))
    number, minh, _ = await asked(desk, Cc=f"Huy <{HUY}>")

    assert offered(await minh.get(f"/desk/tickets/{number}")) == {LAN: True, HUY: False}
    await answer(minh, number, LAN, HUY)

    (sent,) = await answers(desk)
    assert [one.email for one in sent.cc] == [HUY]
    assert (await queries.thread(SYSTEM, number)).participants == []


@pytest.mark.parametrize("added", ["not an address", US, "support+x@lua.example", "a@b", f"{PARTNER}, <>"])
async def test_what_is_no_address_for_an_answer_is_refused_and_stays_in_its_field(desk: Desk, added: str) -> None:
    number, minh, _ = await asked(desk)

    refused = await answer(minh, number, LAN, add=added)

    assert refused.status_code == 422
    assert added in unescape(refused.text)
    assert await Message.count() == 1


async def test_a_note_warns_of_nobody(desk: Desk) -> None:
    number, minh, _ = await asked(desk)

    assert (await answer(minh, number, LAN, mode="note", add=PARTNER)).status_code == 200
    assert await answers(desk) == []


async def test_a_file_that_we_did_not_keep_is_not_sent(desk: Desk) -> None:
    number, minh, _ = await asked(desk)

    assert (await answer(minh, number, LAN, kept="forged")).status_code == 200

    (sent,) = await answers(desk)
    assert sent.attachments == ()
