"""The page of one's own: details, password, browsers, keys; and everyone's language and theme."""

import pytest

from helpdesk.people import entering, queries, sessions
from helpdesk.people.tables import ApiToken, Session
from tests.factories import Desk, words
from tests.people import id_of
from tests.web.lint import problems

SECRET = "ba bánh mì nóng"


async def test_the_account_is_for_those_who_are_signed_in(desk: Desk) -> None:
    browser = await desk.browser()

    answer = await browser.get("/en/account")

    assert (answer.url.path, answer.url.params["next"]) == ("/en/signin", "/account")


@pytest.mark.parametrize("who", ["customer", "agent"])
@pytest.mark.parametrize("lang", ["vi", "en"])
async def test_the_page_is_sound(desk: Desk, who: str, lang: str) -> None:
    person = await (desk.customer("Lan", lang=lang) if who == "customer" else desk.agent("Minh", lang=lang))
    answer = await (await desk.browser(person)).get(f"/{lang}/account")

    assert answer.status_code == 200
    assert problems(answer.text) == []
    assert (("API keys" in answer.text) or ("Khoá API" in answer.text)) == (who == "agent")


async def test_details_are_kept_and_shown_in_the_new_language(desk: Desk) -> None:
    lan = await desk.customer("Lan", lang="en")
    browser = await desk.browser(lan)

    answer = await browser.post(
        "/en/account", data={"name": "Nguyễn <Lan>", "phone": "090 123", "lang": "vi", "theme": "dark"}
    )

    assert answer.url.path == "/vi/account"
    assert 'data-theme="dark"' in answer.text
    profile = await queries.profile(lan, id_of(lan))
    assert (profile.name, profile.phone, profile.lang, profile.theme) == ("Nguyễn <Lan>", "090 123", "vi", "dark")


async def test_what_will_not_do_comes_back_as_typed(desk: Desk) -> None:
    browser = await desk.browser(await desk.customer("Lan"))

    answer = await browser.post("/en/account", data={"name": "Lan", "phone": "0" * 41, "lang": "tlh", "theme": "dark"})

    assert answer.status_code == 422
    assert problems(answer.text) == []
    assert "0" * 41 in answer.text
    assert "There are 2 things to fix" in words(answer)


async def test_a_new_password_keeps_this_browser_and_ends_the_others(desk: Desk) -> None:
    lan = await desk.customer("Lan", email="lan@khach.example", lang="en")
    here, there = await desk.browser(lan), await desk.browser(lan)

    await here.post("/en/account/password", data={"password": SECRET})
    wrong = await here.post("/en/account/password", data={"current": "x", "password": "bốn bánh mì nóng"})

    assert wrong.status_code == 422
    assert "not your current password" in words(wrong)
    assert (await here.get("/en/account")).url.path == "/en/account"
    assert (await there.get("/en/account")).url.path == "/en/signin"
    assert (await entering.by_password("lan@khach.example", SECRET)).person == lan.id


async def test_signing_out_everywhere_else(desk: Desk) -> None:
    lan = await desk.customer("Lan", lang="en")
    here, there = await desk.browser(lan), await desk.browser(lan)
    assert "Sign out everywhere else" in await here.text("/en/account")

    answer = await here.post("/en/account/sessions/end")

    assert await Session.count() == 1
    assert "Sign out everywhere else" not in words(answer)
    assert (await there.get("/en/account")).url.path == "/en/signin"


async def test_a_key_is_shown_once_and_works_until_revoked(desk: Desk) -> None:
    minh = await desk.agent("Minh", lang="en")
    browser = await desk.browser(minh)

    answer = await browser.post("/en/account/tokens", data={"token_name": "Monthly report"})

    assert problems(answer.text) == []
    assert answer.headers["cache-control"] == "no-store"
    key = answer.text.partition('id="new-key" readonly value="')[2].partition('"')[0]
    assert (await sessions.recognise("", key)).id == minh.id
    again = await browser.get("/en/account")
    assert key not in again.text
    assert "Monthly report" in again.text
    row = await ApiToken.select(ApiToken.id).first()
    assert row is not None
    await browser.post(f"/en/account/tokens/{row['id']}/revoke")
    assert not (await sessions.recognise("", key)).is_signed_in


async def test_nobody_revokes_anothers_key(desk: Desk) -> None:
    minh, huy = await desk.agent("Minh"), await desk.agent("Huy")
    await (await desk.browser(minh)).post("/en/account/tokens", data={"token_name": "Monthly report"})
    row = await ApiToken.select(ApiToken.id).first()
    assert row is not None

    answer = await (await desk.browser(huy)).post(f"/en/account/tokens/{row['id']}/revoke")

    assert answer.status_code == 404
    assert await ApiToken.count() == 1


async def test_a_customer_makes_no_key(desk: Desk) -> None:
    answer = await (await desk.browser(await desk.customer("Lan"))).post("/en/account/tokens", data={"token_name": "x"})

    assert answer.status_code == 403
    assert await ApiToken.count() == 0


async def test_a_visitor_chooses_theme_and_language(desk: Desk) -> None:
    browser = await desk.browser()

    themed = await browser.post(
        "/preferences/theme",
        data={"theme": "dark"},
        headers={"referer": "http://desk.test/en/signin?email=a"},
        follow_redirects=False,
    )
    spoken = await browser.post(
        "/preferences/language",
        data={"lang": "vi"},
        headers={"referer": "http://desk.test/en/signin?email=a"},
        follow_redirects=False,
    )

    assert themed.headers["location"] == "/en/signin?email=a"
    assert spoken.headers["location"] == "/vi/signin?email=a"
    assert (await browser.get("/signin")).url.path == "/vi/signin"
    assert 'data-theme="dark"' in (await browser.get("/vi/signin")).text


async def test_a_signed_in_person_keeps_the_choice(desk: Desk) -> None:
    minh = await desk.agent("Minh", lang="vi")
    browser = await desk.browser(minh)

    await browser.post("/preferences/theme", data={"theme": "dark"}, follow_redirects=False)
    await browser.post("/preferences/language", data={"lang": "en"}, follow_redirects=False)

    profile = await queries.profile(minh, id_of(minh))
    assert (profile.theme, profile.lang) == ("dark", "en")


@pytest.mark.parametrize("referer", ["https://evil.example/x", "http://desk.test//evil.example", "", "nonsense"])
async def test_a_choice_never_leads_to_another_site(desk: Desk, referer: str) -> None:
    browser = await desk.browser()

    for path, data in (("theme", {"theme": "dark"}), ("language", {"lang": "en"})):
        answer = await browser.post(
            f"/preferences/{path}", data=data, headers={"referer": referer}, follow_redirects=False
        )
        assert answer.headers["location"] == "/en/help"
