"""An account with a password for somebody new: chosen in one form, theirs when the letter's link was followed."""

from urllib.parse import urlsplit

import pytest

from helpdesk.core.errors import Invalid
from helpdesk.people import actions, entering, links, sessions, signing_up
from helpdesk.people.events import PasswordResetAsked, SignUpAsked
from helpdesk.people.tables import Person, SignUp
from tests.factories import Browser, Desk, words
from tests.people import id_of, recorded

SECRET = "ba bánh mì nóng"
HOA = {"name": "Hoa", "email": "hoa@khach.example", "password": SECRET}


async def link_of_last() -> str:
    """The path that the letter leads to."""
    asked = (await recorded(SignUpAsked))[-1]
    link = await links.sign_up(asked.person, asked.sign_up)
    assert link is not None
    return urlsplit(link).path


def is_in(browser: Browser) -> bool:
    return sessions.COOKIE in browser.cookies


async def test_a_chosen_password_is_theirs_once_the_letter_was_answered(desk: Desk) -> None:
    browser, thief = await desk.browser(), await desk.browser()

    sent = await browser.post("/en/signin/new", data=HOA)
    assert sent.url.path == "/en/signin/new/sent"
    with pytest.raises(Invalid):
        await entering.by_password("hoa@khach.example", SECRET)
    link = await link_of_last()
    assert "hoa@khach.example" in (await browser.get(link)).text
    assert not is_in(browser), "opening a link is not using it: mail scanners open them all"

    await browser.post(link, data={"password": SECRET}, follow_redirects=False)

    assert is_in(browser)
    assert (await entering.by_password("hoa@khach.example", SECRET)).person
    row = await Person.select(Person.name, Person.role).where(Person.email == "hoa@khach.example").first()
    assert row == {"name": "Hoa", "role": "customer"}
    assert ((await thief.get(link)).status_code, (await thief.post(link, data=HOA)).status_code) == (410, 410)
    assert await SignUp.count() == 0


async def test_a_link_works_for_who_knows_the_password_it_was_made_for_and_no_other(desk: Desk) -> None:
    browser = await desk.browser()
    await browser.post("/en/signin/new", data=HOA)
    hers = await link_of_last()
    await browser.post("/en/signin/new", data=HOA | {"password": "mật khẩu kẻ trộm"})
    thiefs = await link_of_last()

    refused = await browser.post(thiefs, data={"password": SECRET})

    assert refused.status_code == 422
    assert "This is not the password that was chosen for this account." in words(refused)
    assert SECRET not in refused.text
    assert (await browser.post(thiefs, data={"password": ""})).status_code == 422
    assert not is_in(browser)
    await browser.post(hers, data={"password": SECRET}, follow_redirects=False)
    assert is_in(browser)
    assert (await entering.by_password("hoa@khach.example", SECRET)).person
    with pytest.raises(Invalid):
        await entering.by_password("hoa@khach.example", "mật khẩu kẻ trộm")
    assert (await (await desk.browser()).post(thiefs, data={"password": "mật khẩu kẻ trộm"})).status_code == 410


async def test_who_has_an_account_gets_the_letter_for_a_new_password_and_nobody_learns_of_it(desk: Desk) -> None:
    an = await desk.admin()
    lan, huy = await desk.customer("Lan", email="lan@khach.example"), await desk.customer("Huy")
    await actions.set_password(an, id_of(lan), "bốn bánh mì nóng")
    await actions.deactivate(an, id_of(huy))
    browser = await desk.browser()

    pages = {
        email: words(await browser.post("/en/signin/new", data=HOA | {"email": email})).replace(email, "…")
        for email in ("hoa@khach.example", "lan@khach.example", "huy@khach.example")
    }

    assert len(set(pages.values())) == 1
    assert [event.person for event in await recorded(PasswordResetAsked)] == [lan.id]
    assert len(await recorded(SignUpAsked)) == 1
    assert (await entering.by_password("lan@khach.example", "bốn bánh mì nóng")).person == lan.id


@pytest.mark.parametrize(
    "wrong", [{"password": "short"}, {"password": ""}, {"email": "no address"}, {"name": "x" * 201}]
)
async def test_a_form_that_will_not_do_comes_back(desk: Desk, wrong: dict[str, str]) -> None:
    browser = await desk.browser()

    answer = await browser.post("/en/signin/new", data=HOA | wrong)

    assert answer.status_code == 422
    assert SECRET not in answer.text
    assert await SignUp.count() == 0


async def test_what_nobody_confirms_is_forgotten(desk: Desk) -> None:
    browser = await desk.browser()
    await browser.post("/en/signin/new", data=HOA)
    link = await link_of_last()

    desk.clock.go(hours=25)
    assert (await browser.post(link, data=HOA)).status_code == 410
    await signing_up.sweep()
    assert await SignUp.count() == 1
    desk.clock.go(days=1)
    await signing_up.sweep()
    assert await SignUp.count() == 0
