"""A mailbox is opened by a permission that its owner gave in the browser: kept fresh, kept sealed, and lost aloud."""

from collections.abc import AsyncIterator
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from helpdesk.core.keys import seal
from helpdesk.mail.fetching import fetch, oauth, rules
from helpdesk.mail.tables import Mailbox
from tests.factories import Browser, Desk, words
from tests.mail_flow.imap_server import Box, serving
from tests.mail_flow.mailboxes import came, mailbox, numbered, row
from tests.mail_flow.provider import Provider, providing


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    async with providing(Provider()) as provider:
        yield provider


@pytest.fixture
async def box() -> AsyncIterator[Box]:
    async with serving(Box(letters=numbered(1, 2), password="nobody knows it")) as box:
        yield box


async def at(box: Box, provider: Provider) -> int:
    return await mailbox(
        box.port,
        sign_in="oauth",
        provider="custom",
        authorize_url=f"{provider.base}/authorize",
        token_url=f"{provider.base}/token",
        scope="mail",
        client_id=provider.client_id,
        client_secret=seal(provider.client_secret),
    )


async def connect(browser: Browser, number: int, provider: Provider) -> httpx.Response:
    """Through the provider and back, as a browser goes."""
    asked = await browser.get(f"/admin/mailboxes/{number}/connect", follow_redirects=False)
    assert asked.status_code == 303
    back = urlsplit(provider.agree(asked.headers["location"]))
    return await browser.get(f"{back.path}?{back.query}")


async def test_permission_is_given_in_the_browser_and_letters_come(desk: Desk, box: Box, provider: Provider) -> None:
    browser = await desk.browser(await desk.admin(lang="en"))
    number = await at(box, provider)
    await fetch.fetch(number)
    assert (await row(number)).last_error
    assert "not connected" in await browser.text("/admin/mailboxes")

    connected = await connect(browser, number, provider)
    assert "Connected" in words(connected)
    box.token = "access-1"
    await desk.work()

    assert await came() == ["1@x", "2@x"]
    kept = await row(number)
    assert "refresh-1" not in kept.permission
    assert kept.last_error == ""


async def test_the_question_proves_itself_and_holds_for_who_asked(desk: Desk, box: Box, provider: Provider) -> None:
    an, binh = await desk.admin("An", lang="en"), await desk.admin("Bình", lang="en")
    number = await at(box, provider)
    browser = await desk.browser(an)
    asked = await browser.get(f"/admin/mailboxes/{number}/connect", follow_redirects=False)
    address = asked.headers["location"]
    query = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    assert (query["code_challenge_method"], query["response_type"], query["scope"]) == ("S256", "code", "mail")
    assert query["redirect_uri"].endswith(oauth.CALLBACK)
    assert "code_verifier" not in address

    back = urlsplit(provider.agree(address))
    other = await desk.browser(binh)
    assert (await other.get(f"{back.path}?{back.query}")).status_code == 409
    forged = await browser.get(f"{back.path}?code=code-0&state=forged")
    assert forged.status_code == 409
    assert (await row(number)).permission == ""

    desk.clock.go(seconds=1)
    assert "Connected" in words(await browser.get(f"{back.path}?{back.query}"))
    twice = words(await browser.get(f"{back.path}?{back.query}"))
    assert "withdrawn" in twice, "a code is good once"


async def test_a_token_is_changed_before_it_ends_and_the_newest_refresh_token_is_kept(
    desk: Desk, box: Box, provider: Provider
) -> None:
    number = await at(box, provider)
    await connect(await desk.browser(await desk.admin()), number, provider)
    box.token = "access-1"
    await fetch.fetch(number)
    assert provider.given == 1

    for turn in (2, 3):
        desk.clock.go(minutes=56)
        box.token = f"access-{turn}"
        await fetch.fetch(number)
        assert (provider.given, (await row(number)).last_error) == (turn, "")

    provider.is_silent_on_refresh = True
    for turn in (4, 5):
        desk.clock.go(minutes=56)
        box.token = f"access-{turn}"
        await fetch.fetch(number)
        assert (provider.given, (await row(number)).last_error) == (turn, "")


async def test_a_token_that_the_server_refuses_is_changed_by_the_next_poll(
    desk: Desk, box: Box, provider: Provider
) -> None:
    number = await at(box, provider)
    await connect(await desk.browser(await desk.admin()), number, provider)
    box.token = "access-2"
    await fetch.fetch(number)
    assert (await row(number)).last_error

    await fetch.fetch(number)
    assert ((await row(number)).last_error, len(await came())) == ("", 2)


async def test_a_fresh_token_that_the_server_refuses_costs_no_permission(
    desk: Desk, box: Box, provider: Provider
) -> None:
    number = await at(box, provider)
    await connect(await desk.browser(await desk.admin()), number, provider)
    desk.clock.go(minutes=56)
    box.token = "access-3"
    await fetch.fetch(number)
    assert (provider.given, provider.refresh) == (2, "refresh-2")
    assert (await row(number)).last_error

    await fetch.fetch(number)
    assert ((await row(number)).last_error, len(await came())) == ("", 2)


async def test_a_line_that_breaks_while_we_sign_in_costs_no_token(desk: Desk, box: Box, provider: Provider) -> None:
    number = await at(box, provider)
    await connect(await desk.browser(await desk.admin()), number, provider)
    box.token = "access-1"

    async def hang_up() -> None:
        raise ConnectionResetError

    box.meanwhile = {"TOKEN": hang_up}
    await fetch.fetch(number)
    assert "let us in" not in (await row(number)).last_error

    await fetch.fetch(number)
    assert ((await row(number)).last_error, provider.given) == ("", 1)


async def test_a_permission_given_meanwhile_stays_although_the_old_one_is_lost(
    desk: Desk, box: Box, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = await desk.browser(await desk.admin())
    number = await at(box, provider)
    await connect(browser, number, provider)
    desk.clock.go(minutes=56)
    real = oauth.renewed

    async def renewed(client: oauth.Client, before: oauth.Permission) -> oauth.Permission:
        monkeypatch.setattr(oauth, "renewed", real)
        await connect(browser, number, provider)
        return await real(client, before)

    monkeypatch.setattr(oauth, "renewed", renewed)
    box.token = "access-2"
    await fetch.fetch(number)
    await fetch.fetch(number)

    assert ((await row(number)).last_error, await came()) == ("", ["1@x", "2@x"])


async def test_a_permission_that_was_withdrawn_says_so_and_can_be_given_again(
    desk: Desk, box: Box, provider: Provider
) -> None:
    browser = await desk.browser(await desk.admin(lang="en"))
    number = await at(box, provider)
    await connect(browser, number, provider)
    provider.is_revoked = True
    desk.clock.go(hours=2)

    await fetch.fetch(number)
    await fetch.fetch(number)

    shown = await browser.text(f"/admin/mailboxes/{number}")
    assert "has ended or was withdrawn" in shown or "đã hết hạn hoặc bị thu hồi" in shown
    assert "Connect again" in shown
    assert (await row(number)).permission == ""

    provider.is_revoked = False
    await connect(browser, number, provider)
    box.token = f"access-{provider.given}"
    await desk.work()
    assert len(await came()) == 2


async def test_a_provider_that_is_away_costs_no_permission(desk: Desk, box: Box, provider: Provider) -> None:
    number = await at(box, provider)
    await connect(await desk.browser(await desk.admin()), number, provider)
    desk.clock.go(hours=2)
    provider.is_broken = True
    await fetch.fetch(number)
    assert (await row(number)).last_error
    await Mailbox.update({Mailbox.token_url: "http://127.0.0.1:1/token"}).where(Mailbox.id == number)
    await fetch.fetch(number)
    assert (await row(number)).last_error

    provider.is_broken = False
    await Mailbox.update({Mailbox.token_url: f"{provider.base}/token"}).where(Mailbox.id == number)
    box.token = "access-2"
    await fetch.fetch(number)
    assert len(await came()) == 2


async def test_who_says_no_at_the_provider_is_told_why(desk: Desk, box: Box, provider: Provider) -> None:
    browser = await desk.browser(await desk.admin(lang="en"))
    number = await at(box, provider)
    asked = await browser.get(f"/admin/mailboxes/{number}/connect", follow_redirects=False)
    state = parse_qs(urlsplit(asked.headers["location"]).query)["state"][0]

    answer = await browser.get(f"{oauth.CALLBACK}?state={state}&error=access_denied&error_description=Not+today")

    assert "Not today" in words(answer)
    assert (await row(number)).permission == ""


async def test_a_change_of_provider_forgets_the_permission(desk: Desk, box: Box, provider: Provider) -> None:
    browser = await desk.browser(await desk.admin(lang="en"))
    number = await at(box, provider)
    await connect(browser, number, provider)
    described = {
        "name": "Support", "host": "127.0.0.1", "port": str(box.port), "security": "none", "username": "support",
        "sign_in": "oauth", "provider": "google", "client_id": "x", "is_active": "true",
    }  # fmt: skip

    await browser.post(f"/admin/mailboxes/{number}", data=described)

    assert (await row(number)).permission == ""


def test_the_known_providers_have_addresses_that_secrets_may_be_sent_to() -> None:
    for name in oauth.PROVIDERS:
        for protocol in ("imap", "pop3"):
            client = oauth.client_for(name, protocol, client_id="x", client_secret="y", username="a@b.example")
            assert rules.is_safe_endpoint(client.authorize_url)
            assert rules.is_safe_endpoint(client.token_url)
            assert client.scope
    own = oauth.client_for("microsoft", "imap", tenant="lua.example", client_id="x", client_secret="", username="a")
    assert "/lua.example/oauth2/v2.0/" in own.token_url


@pytest.mark.parametrize(
    ("url", "is_safe"),
    [
        ("https://login.example/token", True),
        ("http://127.0.0.1:8080/token", True),
        ("http://localhost/token", True),
        ("http://[::1]:9/token", True),
        ("http://login.example/token", False),
        ("http://127.0.0.1.example/token", False),
        ("https://user@login.example/token", False),
        ("https:///token", False),
        ("https://login.example:x/token", False),
        ("javascript:alert(1)", False),
        ("", False),
    ],
)
def test_secrets_are_sent_by_https_or_within_this_machine(url: str, is_safe: bool) -> None:
    assert rules.is_safe_endpoint(url) is is_safe
