"""Private links: what they open, to whom, for how long, and that they leave no trace."""

import html
import re

import httpx
import pytest

from helpdesk.core.keys import token_hash
from helpdesk.mail.tables import Outbound
from helpdesk.settings import store
from helpdesk.tickets import actions, private
from helpdesk.tickets.private import LinkSettings, new_key
from helpdesk.tickets.tables import Participant, PrivateLink
from tests.factories import Desk, words
from tests.tickets import ask, said


async def test_a_link_leads_to_an_address_without_its_key(desk: Desk) -> None:
    await desk.department()
    number = await ask(await desk.customer("Lan"), "Printer burns", "Red smoke.")
    key, guest = await new_key(number), await desk.browser()
    guest.follow_redirects = False

    answer = await guest.get(f"/vi/help/requests/{number}?key={key}")

    assert answer.status_code == 303
    assert answer.headers["location"] == f"/vi/help/requests/{number}"
    assert (answer.headers["referrer-policy"], answer.headers["cache-control"]) == ("no-referrer", "no-store")
    cookies = answer.headers.get_list("set-cookie")
    assert len(cookies) == 2
    assert all("HttpOnly" in one and "SameSite=lax" in one and f"/help/requests/{number};" in one for one in cookies)
    for lang in ("vi", "en"):
        page = await guest.get(f"/{lang}/help/requests/{number}")
        assert "Red smoke." in page.text
        assert key not in page.text
        assert page.headers["referrer-policy"] == "same-origin"


async def test_the_key_goes_to_no_other_page(desk: Desk) -> None:
    await desk.department()
    lan = await desk.customer("Lan")
    first, second = await ask(lan), await ask(lan)
    guest = await desk.browser()
    await guest.get(f"/en/help/requests/{first}?key={await new_key(first)}")
    for path in ("/en/help", f"/en/help/requests/{second}", "/en/help/requests"):
        assert "guest=" not in str((await guest.get(path)).request.headers.get("cookie"))


async def test_only_the_hash_of_a_key_is_kept(desk: Desk) -> None:
    await desk.department()
    number = await ask(await desk.customer("Lan"))
    await desk.work()
    letter = (await Outbound.select(Outbound.content))[0]["content"].decode()
    found = re.search(rf"requests/{number}\?key=3D([\w=\r\n-]+)|requests/{number}\?key=([\w-]+)", letter)
    assert found
    key = re.sub(r"=\r?\n", "", found[1] or found[2])[:43]
    rows = await PrivateLink.select()
    assert [row["key_hash"] for row in rows] == [token_hash(key)]
    assert key not in str(rows)


async def test_a_link_ends_after_the_days_that_are_set_and_is_forgotten(desk: Desk) -> None:
    await desk.department()
    await store.save(await desk.admin(), LinkSettings(days=7))
    number = await ask(await desk.customer("Lan"), "Printer burns", "Red smoke.")
    link = f"/en/help/requests/{number}?key={await new_key(number)}"
    guest = await desk.browser()
    assert "Red smoke." in (await guest.get(link)).text

    desk.clock.go(days=6, hours=23)
    assert "Red smoke." in (await guest.get(link)).text
    desk.clock.go(hours=2)
    ended = await guest.get(link)

    assert ended.status_code == 404
    assert "This private link no longer works." in words(ended)
    assert f"/en/signin?next=/help/requests/{number}" in ended.text
    assert "/signin" in str((await guest.get(f"/en/help/requests/{number}")).url), "the cookie has ended, too"
    await private.sweep()
    assert not await PrivateLink.exists()


@pytest.mark.parametrize("who", ["guest", "Lan", "Minh"])
async def test_the_requester_and_agents_stop_the_links(desk: Desk, who: str) -> None:
    department = await desk.department()
    lan, minh = await desk.customer("Lan", lang="en"), await desk.agent("Minh", department, lang="en")
    number, other = await ask(lan, "Printer burns", "Red smoke."), await ask(lan, "Other", "Green smoke.")
    links = [f"/en/help/requests/{number}?key={await new_key(number)}" for _ in range(2)]
    kept = f"/en/help/requests/{other}?key={await new_key(other)}"
    guest = await desk.browser()
    page = await guest.get(links[0])
    assert "Stop the private links" in words(page)

    if who == "Minh":
        answer = await (await desk.browser(minh)).post(f"/desk/tickets/{number}/link/stop")
    else:
        browser = guest if who == "guest" else await desk.browser(lan)
        answer = await browser.post(f"/en/help/requests/{number}/links/stop")

    assert answer.status_code == 200
    assert "The private links are stopped." in words(answer)
    for link in links:
        assert (await guest.get(link)).status_code == 404
    assert "Green smoke." in (await guest.get(kept)).text
    history = await (await desk.browser(minh)).text(f"/desk/tickets/{number}")
    assert f"{'Minh' if who == 'Minh' else 'Lan'} stopped the private links" in history


async def test_nobody_else_stops_them(desk: Desk) -> None:
    await desk.department()
    lan, hoa = await desk.customer("Lan"), await desk.customer("Hoa")
    number = await ask(lan)
    await actions.add_participant(lan, number, hoa.id or 0)
    key = await new_key(number)
    answers = [
        await (await desk.browser(hoa)).post(f"/en/help/requests/{number}/links/stop"),
        await (await desk.browser(await desk.customer("Mai"))).post(f"/en/help/requests/{number}/links/stop"),
        await (await desk.browser(hoa)).post(f"/desk/tickets/{number}/link/stop"),
    ]
    assert [answer.status_code for answer in answers] == [403, 404, 403]
    assert await private.opens(key, number)


async def test_an_agent_sees_a_link_once_and_it_opens_the_ticket(desk: Desk) -> None:
    department = await desk.department()
    minh = await desk.agent("Minh", department, lang="en")
    number = await ask(await desk.customer("Lan"), "Printer burns", "Red smoke.")
    browser = await desk.browser(minh)
    assert 'id="private-link"' not in (await browser.get(f"/desk/tickets/{number}/link")).text

    made = await browser.post(f"/desk/tickets/{number}/link")

    link = _link(made)
    assert made.headers["cache-control"] == "no-store"
    assert link not in (await browser.get(f"/desk/tickets/{number}/link")).text
    assert "Red smoke." in (await (await desk.browser()).get(link)).text
    assert "Minh made a private link for the customer" in await browser.text(f"/desk/tickets/{number}")


async def test_an_agent_who_tries_a_customers_link_goes_on_as_themselves(desk: Desk) -> None:
    department = await desk.department()
    minh = await desk.agent("Minh", department, lang="en")
    number = await ask(await desk.customer("Lan"))
    browser = await desk.browser(minh)
    await browser.get(f"/en/help/requests/{number}?key={await new_key(number)}")
    await browser.post(f"/en/help/requests/{number}", data={"body": "From Minh.", "do": "reply"})
    assert "Minh" in await browser.text(f"/desk/tickets/{number}/print")


async def test_a_guest_answers_closes_rates_and_opens_again(desk: Desk) -> None:
    minh = await desk.agent("Minh", await desk.department(), lang="en")
    number = await ask(await desk.customer("Lan"), "Printer burns", "Red smoke.")
    await actions.reply(minh, number, said("Turn it off."), then="pending")
    guest, agent = await desk.browser(), await desk.browser(minh)
    await guest.get(f"/en/help/requests/{number}?key={await new_key(number)}")

    page = f"/en/help/requests/{number}"
    files = [("files", ("smoke.txt", b"It is red.", "text/plain"))]
    assert "It is off." in (await guest.post(page, data={"body": "It is off.", "do": "reply"}, files=files)).text
    attached = re.search(rf'href="({page}/files/\d+)"', (await guest.get(page)).text)
    assert attached
    assert (await guest.get(attached[1])).text == "It is red."
    assert "Rate our answer" in words(await guest.post(page, data={"do": "solve"}))
    rated = await guest.post(f"{page}/rating", data={"score": "good"})
    assert "We have your rating" in words(rated)
    again = await guest.post(page, data={"body": "It burns again.", "do": "reply"})

    assert "It burns again." in again.text
    assert "It burns again." in (await agent.get(f"/desk/tickets/{number}")).text
    assert (await agent.get(f"/api/v1/tickets/{number}")).json()["status"] == "open"


async def test_the_letters_link_to_rate_leads_to_the_question(desk: Desk) -> None:
    minh = await desk.agent("Minh", await desk.department(), lang="en")
    number = await ask(await desk.customer("Lan"))
    await actions.reply(minh, number, said("Turn it off."), then="solved")
    guest = await desk.browser()
    page = await guest.get(f"/en/help/requests/{number}/rating?key={await new_key(number)}&score=bad")
    assert str(page.url).endswith("/rating?score=bad")
    assert re.search(r'value="bad" checked', page.text)


async def test_a_customer_lets_somebody_take_part_who_then_hears_of_answers(desk: Desk) -> None:
    minh = await desk.agent("Minh", await desk.department(), lang="en")
    lan = await desk.customer("Lan", lang="en")
    number = await ask(lan)
    guest = await desk.browser()
    await guest.get(f"/en/help/requests/{number}?key={await new_key(number)}")
    for browser, email in ((guest, "hoa@khach.example"), (await desk.browser(lan), "Vu@Khach.example")):
        answer = await browser.post(f"/en/help/requests/{number}/people", data={"email": email})
        assert f"{email} gets copies of our answers from now on." in words(answer)
    await actions.reply(minh, number, said("Turn it off."))
    await desk.work()
    sent = [row["recipients"].lower() for row in await Outbound.select(Outbound.recipients)]
    assert [one for one in sent if "hoa@khach.example" in one and "vu@khach.example" in one and "lan@" in one]


@pytest.mark.parametrize(
    ("email", "reason"),
    [
        ("lan@khach.example", "This is your own address."),
        ("support@lua.example", "This address cannot be added."),
        ("minh@lua.example", "This address cannot be added."),
        ("nobody", "Write an address such as lan@example.vn."),
    ],
)
async def test_some_addresses_take_no_part(desk: Desk, email: str, reason: str) -> None:
    await desk.agent("Minh", await desk.department())
    lan = await desk.customer("Lan", lang="en")
    number = await ask(lan)
    answer = await (await desk.browser(lan)).post(f"/en/help/requests/{number}/people", data={"email": email})
    assert answer.status_code == 422
    assert reason in words(answer)
    assert f'value="{email}"' in answer.text
    assert not await Participant.exists()


@pytest.mark.parametrize("who", ["guest", "Lan"])
async def test_a_customer_takes_somebody_out_who_then_reads_no_more(desk: Desk, who: str) -> None:
    minh = await desk.agent("Minh", await desk.department(), lang="en")
    lan, hoa = await desk.customer("Lan", lang="en"), await desk.customer("Hoa", lang="en")
    number = await ask(lan, "Printer burns", "Red smoke.")
    await actions.add_participant(lan, number, hoa.id or 0)
    browser, hoas = await desk.browser(None if who == "guest" else lan), await desk.browser(hoa)
    page = await browser.get(f"/en/help/requests/{number}?key={await new_key(number)}")
    out = f"/help/requests/{number}/people/{hoa.id}/remove"
    assert f'action="/en{out}"' in page.text
    assert "Red smoke." in await hoas.text(f"/en/help/requests/{number}")

    answer = await browser.post(f"/en{out}")

    assert "They take part no longer." in words(answer)
    assert "Copies to" not in words(answer)
    assert (await hoas.get(f"/en/help/requests/{number}")).status_code == 404
    assert "Lan took Hoa off as a participant" in await (await desk.browser(minh)).text(f"/desk/tickets/{number}")


async def test_who_takes_part_takes_nobody_out_and_neither_closes_nor_rates(desk: Desk) -> None:
    minh = await desk.agent("Minh", await desk.department(), lang="en")
    lan, hoa, vu = [await desk.customer(name, lang="en") for name in ("Lan", "Hoa", "Vũ")]
    number = await ask(lan)
    for person in (hoa, vu):
        await actions.add_participant(lan, number, person.id or 0)
    hoas, lans, address = await desk.browser(hoa), await desk.browser(lan), f"/en/help/requests/{number}"

    assert "/remove" not in await hoas.text(address)
    assert (await hoas.post(f"{address}/people/{vu.id}/remove")).status_code == 403
    assert await Participant.count() == 2
    assert [("It is solved" in await one.text(address)) for one in (lans, hoas)] == [True, False]
    await actions.set_status(minh, number, "solved")
    assert [("Rate our answer" in await one.text(address)) for one in (lans, hoas)] == [True, False]


def _link(page: httpx.Response) -> str:
    found = re.search(r'id="private-link" value="https?://[^/]+([^"]+)"', page.text)
    assert found
    return html.unescape(found[1])
