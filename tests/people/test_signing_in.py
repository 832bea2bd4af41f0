"""In by a link in a letter or by password, from the sign-in page on; nobody learns who has an account."""

import asyncio
from urllib.parse import urlsplit

import pytest
from litestar._parsers import parse_url_encoded_form_data

from helpdesk.core.errors import Conflict
from helpdesk.people import actions, entering, links, sessions
from helpdesk.people.events import PasswordResetAsked, SignedIn, SignInAsked
from helpdesk.people.tables import Person, Session
from tests.factories import Browser, Desk, words
from tests.people import id_of, recorded

SECRET = "ba bánh mì nóng"


async def link_for(browser: Browser, email: str, **more: str) -> str:
    """Ask for a link on the page; the path that the letter would lead to."""
    answer = await browser.post("/en/signin", data={"email": email, **more})
    assert answer.url.path == "/en/signin/sent"
    asked = (await recorded(SignInAsked))[-1]
    link = await links.sign_in(asked.person, asked.next)
    assert link is not None
    return urlsplit(link).path


def is_in(browser: Browser) -> bool:
    return sessions.COOKIE in browser.cookies


async def test_a_link_signs_in_and_proves_the_address(desk: Desk) -> None:
    lan, browser = await desk.customer("Lan", email="lan@khach.example", lang="en"), await desk.browser()

    link = await link_for(browser, "Lan@Khach.example")
    page = await browser.get(link)
    assert "lan@khach.example" in page.text
    assert not is_in(browser), "opening a link is not using it: mail scanners open them all"
    await browser.post(link, follow_redirects=False)

    assert is_in(browser)
    assert "lan@khach.example" in await browser.text("/en/account")
    row = await Person.select(Person.email_confirmed_at, Person.seen_at).where(Person.id == lan.id).first()
    assert row == {"email_confirmed_at": desk.clock.moment, "seen_at": desk.clock.moment}
    assert [(event.person, event.by) for event in await recorded(SignedIn)] == [(lan.id, "link")]


async def test_a_link_works_once(desk: Desk) -> None:
    await desk.customer("Lan", email="lan@khach.example", lang="en")
    first, thief = await desk.browser(), await desk.browser()
    link = await link_for(first, "lan@khach.example")
    await first.post(link, follow_redirects=False)

    shown, sent = await thief.get(link), await thief.post(link)

    assert (shown.status_code, sent.status_code) == (410, 410)
    assert "no longer works" in words(sent)
    assert not is_in(thief)


async def test_of_two_who_use_a_link_at_once_one_comes_in(desk: Desk) -> None:
    lan = await desk.customer("Lan")
    link = await links.sign_in(id_of(lan))
    assert link is not None
    token = link.rpartition("/")[2]

    answers = await asyncio.gather(*(entering.by_link(token) for _ in range(5)), return_exceptions=True)

    assert sorted(type(answer).__name__ for answer in answers) == ["Conflict"] * 4 + ["Entry"]


async def test_a_link_is_over_after_a_quarter_of_an_hour(desk: Desk) -> None:
    await desk.customer("Lan", email="lan@khach.example")
    browser = await desk.browser()
    link = await link_for(browser, "lan@khach.example")

    desk.clock.go(minutes=14)
    assert (await browser.get(link)).status_code == 200
    desk.clock.go(minutes=2)

    assert (await browser.post(link)).status_code == 410
    assert not is_in(browser)


async def test_a_link_dies_when_the_password_changes(desk: Desk) -> None:
    an, lan = await desk.admin(), await desk.customer("Lan")
    link = await links.sign_in(id_of(lan))
    assert link is not None

    await actions.set_password(an, id_of(lan), SECRET)

    with pytest.raises(Conflict):
        await entering.by_link(link.rpartition("/")[2])


async def test_a_sign_in_link_chooses_no_password(desk: Desk) -> None:
    lan = await desk.customer("Lan")
    link = await links.sign_in(id_of(lan))
    assert link is not None

    with pytest.raises(Conflict):
        await entering.choose_password(link.rpartition("/")[2], SECRET)


@pytest.mark.parametrize("token", ["x", "WzEsMCw5OTk5OTk5OTk5LCIiXQ.aaaa.bbbb", "%2e%2e", "a" * 3000])
async def test_a_made_up_link_leads_nowhere(desk: Desk, token: str) -> None:
    await desk.customer("Lan")
    browser = await desk.browser()

    assert (await browser.get(f"/en/signin/link/{token}")).status_code == 410
    assert (await browser.post(f"/en/signin/choose/{token}", data={"password": SECRET})).status_code == 410


async def test_a_new_address_gets_the_same_answer_and_becomes_a_customer(desk: Desk) -> None:
    await desk.customer("Lan", email="lan@khach.example")
    browser = await desk.browser()

    known = await browser.post("/en/signin", data={"email": "lan@khach.example"})
    new = await browser.post("/en/signin", data={"email": "hoa@khach.example"})

    assert words(known).replace("lan@", "") == words(new).replace("hoa@", "")
    row = await Person.select(Person.role, Person.lang, Person.email_confirmed_at).where(
        Person.email == "hoa@khach.example"
    ).first()  # fmt: skip
    assert row == {"role": "customer", "lang": "en", "email_confirmed_at": None}


async def test_somebody_who_was_shut_out_gets_no_letter(desk: Desk) -> None:
    an, huy = await desk.admin(), await desk.customer("Huy", email="huy@khach.example")
    await actions.deactivate(an, id_of(huy))
    browser = await desk.browser()

    answer = await browser.post("/en/signin", data={"email": "huy@khach.example"})
    await browser.post("/en/signin/forgotten", data={"email": "huy@khach.example"})

    assert "on its way" in words(answer)
    assert await recorded(SignInAsked) == []
    assert await recorded(PasswordResetAsked) == []
    assert await links.sign_in(id_of(huy)) is None


async def test_a_password_signs_in(desk: Desk) -> None:
    an, minh = await desk.admin(), await desk.agent("Minh", email="minh@lua.example", lang="en")
    await actions.set_password(an, id_of(minh), SECRET)
    browser = await desk.browser()

    answer = await browser.post(
        "/en/signin/password", data={"email": "MINH@lua.example", "password": SECRET}, follow_redirects=False
    )

    assert (answer.status_code, answer.headers["location"]) == (303, "/desk")
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie


async def test_wrong_unknown_absent_and_shut_out_sound_alike(desk: Desk) -> None:
    an = await desk.admin()
    for name in ("Minh", "Huy"):
        person = await desk.customer(name, email=f"{name.lower()}@khach.example")
        await actions.set_password(an, id_of(person), SECRET)
    await actions.deactivate(an, id_of(person))
    await desk.customer("Lan", email="lan@khach.example")
    browser = await desk.browser()

    tries = [("minh", "wrong"), ("nobody", "wrong"), ("lan", ""), ("lan", "wrong"), ("huy", SECRET)]
    answers = [
        await browser.post("/en/signin/password", data={"email": f"{name}@khach.example", "password": password or " x"})
        for name, password in tries
    ]

    assert {answer.status_code for answer in answers} == {422}
    assert all("Email and password do not match." in words(answer) for answer in answers)
    assert not is_in(browser)


async def test_signing_in_leads_back_to_where_one_was_going(desk: Desk) -> None:
    minh = await desk.agent("Minh", email="minh@lua.example", lang="en")
    browser = await desk.browser()

    sent_away = await browser.get("/en/account")
    link = await link_for(browser, "minh@lua.example", next=sent_away.url.params["next"])
    answer = await browser.post(link, follow_redirects=False)

    assert answer.headers["location"] == "/en/account"
    assert minh.is_agent


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "/\\evil.example"])
async def test_signing_in_never_leads_to_another_site(desk: Desk, elsewhere: str) -> None:
    an, minh = await desk.admin(), await desk.agent("Minh", email="minh@lua.example")
    await actions.set_password(an, id_of(minh), SECRET)
    browser = await desk.browser()

    assert "evil.example" not in (await browser.get("/en/signin", params={"next": elsewhere})).text
    by_link = await browser.post(await link_for(browser, "minh@lua.example", next=elsewhere), follow_redirects=False)
    signed_in = await browser.get("/en/signin", params={"next": elsewhere}, follow_redirects=False)
    by_password = await browser.post(
        "/en/signin/password",
        data={"email": "minh@lua.example", "password": SECRET, "next": elsewhere},
        follow_redirects=False,
    )

    assert [answer.headers["location"] for answer in (by_link, signed_in, by_password)] == ["/desk"] * 3


async def test_a_forgotten_password_is_chosen_anew(desk: Desk) -> None:
    an, lan = await desk.admin(), await desk.customer("Lan", email="lan@khach.example", lang="en")
    await actions.set_password(an, id_of(lan), SECRET)
    old = await desk.browser(lan)
    browser = await desk.browser()

    told = words(await browser.post("/en/signin/forgotten", data={"email": "lan@khach.example"}))
    other = words(await browser.post("/en/signin/forgotten", data={"email": "who@khach.example"}))
    assert told.replace("lan@", "") == other.replace("who@", "")
    [asked] = await recorded(PasswordResetAsked)
    link = await links.password(asked.person)
    assert link is not None
    path = urlsplit(link).path

    refused = await browser.post(path, data={"password": "short"})
    assert refused.status_code == 422
    assert "at least 10 characters" in words(refused)
    await browser.post(path, data={"password": "bốn bánh mì nóng"}, follow_redirects=False)

    assert is_in(browser)
    assert (await browser.get(path)).status_code == 410
    assert (await old.get("/en/account")).url.path == "/en/signin"
    assert (await entering.by_password("lan@khach.example", "bốn bánh mì nóng")).person == lan.id


async def test_guessing_a_password_ends_after_ten_tries(desk: Desk) -> None:
    an, lan = await desk.admin(), await desk.customer("Lan", email="lan@khach.example")
    await actions.set_password(an, id_of(lan), SECRET)
    browser = await desk.browser()

    statuses = [
        (
            await browser.post("/en/signin/password", data={"email": "lan@khach.example", "password": f"no {n}"})
        ).status_code
        for n in range(11)
    ]
    right = await browser.post("/en/signin/password", data={"email": "LAN@khach.example", "password": SECRET})

    assert statuses == [422] * 10 + [429]
    assert right.status_code == 429
    assert int(right.headers["retry-after"]) > 0
    desk.clock.go(minutes=16)
    await browser.post(
        "/en/signin/password", data={"email": "lan@khach.example", "password": SECRET}, follow_redirects=False
    )
    assert is_in(browser)


async def test_nobodys_mailbox_is_filled_with_our_letters(desk: Desk) -> None:
    browser = await desk.browser()

    statuses = [(await browser.post("/en/signin", data={"email": "lan@khach.example"})).status_code for _ in range(6)]

    assert statuses == [200] * 5 + [429]
    assert len(await recorded(SignInAsked)) == 5


async def test_a_browser_gets_a_new_cookie_with_each_sign_in(desk: Desk) -> None:
    lan = await desk.customer("Lan", email="lan@khach.example")
    browser = await desk.browser()
    browser.cookies.set(sessions.COOKIE, "planted")
    link = await link_for(browser, "lan@khach.example")

    await browser.post(link, follow_redirects=False)

    assert await Session.count().where(Session.person == lan.id) == 1
    assert "planted" not in [cookie.value for cookie in browser.cookies.jar if cookie.domain == "desk.test"]


async def test_signing_out_ends_the_session(desk: Desk) -> None:
    lan = await desk.customer("Lan")
    browser = await desk.browser(lan)
    assert (await browser.get("/en/account")).url.path == "/en/account"

    await browser.post("/signout", follow_redirects=False)

    assert await Session.count() == 0
    assert (await browser.get("/en/account")).url.path == "/en/signin"


async def test_another_site_cannot_sign_anybody_out(desk: Desk) -> None:
    browser = await desk.browser(await desk.customer("Lan"))

    answer = await browser.post("/signout", headers={"sec-fetch-site": "cross-site"})

    assert answer.status_code == 403
    assert await Session.count() == 1


async def test_an_address_that_is_none_is_named(desk: Desk) -> None:
    browser = await desk.browser()

    answer = await browser.post("/vi/signin", data={"email": "lan at khach"})

    assert answer.status_code == 422
    assert 'href="#email"' in answer.text
    assert "lan at khach" in answer.text


async def test_no_word_of_a_form_stays_in_memory_when_it_was_read(desk: Desk) -> None:
    await desk.customer("Lan", email="lan@khach.example")
    browser = await desk.browser()
    parse_url_encoded_form_data(b"password=another")

    answer = await browser.post("/en/signin/password", data={"email": "lan@khach.example", "password": SECRET})

    assert "lan@khach.example" in answer.text, "the form was read"
    assert parse_url_encoded_form_data.cache_info().currsize == 0
