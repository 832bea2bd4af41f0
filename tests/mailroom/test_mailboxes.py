"""Administrators look after mailboxes in the browser: what is wrong is said, and secrets are not."""

from typing import Any

import pytest

from helpdesk.core.keys import seal, unseal
from helpdesk.events.tables import EventRow
from helpdesk.mail.fetching import fetch
from helpdesk.mail.tables import Mailbox, MailboxFetch, MailboxLetter
from helpdesk.tickets.tables import Ticket
from tests.factories import Desk, words
from tests.mail_flow.imap_server import Box, serving
from tests.mail_flow.letters import letter
from tests.mail_flow.mailboxes import mailbox, numbered


def form(box: Box, **more: str) -> dict[str, str]:
    return {
        "name": "Support",
        "protocol": "imap",
        "host": "127.0.0.1",
        "port": str(box.port),
        "security": "none",
        "username": "support",
        "password": box.password,
        "folder": "INBOX",
        "is_active": "true",
        **more,
    }


async def test_a_mailbox_is_tried_added_changed_and_removed(desk: Desk) -> None:
    await desk.department()
    browser = await desk.browser(await desk.admin(lang="en"))
    async with serving(Box(letters={1: letter()})) as box:
        tried = await browser.post("/admin/mailboxes/new", data=form(box, only_try="true"))
        assert "There is 1 letter in it" in words(tried)
        assert "Thư đến" in words(tried), "folders are offered"
        assert not await Mailbox.count()

        added = await browser.post("/admin/mailboxes/new", data=form(box))
        assert "Letters from Support are fetched now" in words(added)
        row = await Mailbox.objects().first()
        assert row is not None
        assert box.password not in row.password
        assert unseal(row.password) == box.password
        await desk.work()
        assert await Ticket.count() == 1
        assert "each minute" in await browser.text("/admin/mailboxes")

        await browser.post(f"/admin/mailboxes/{row.id}", data=form(box, name="Care", password="", after_fetch="read"))
        await row.refresh()
        assert (row.name, unseal(row.password), row.last_uid) == ("Care", box.password, 1)
        assert row.after_fetch == "read"

        bad = await browser.post(f"/admin/mailboxes/{row.id}", data=form(box, only_try="true", password="wrong"))
        assert "wrong name or password" in words(bad)

    gone = await browser.post(f"/admin/mailboxes/{row.id}/remove")
    assert "Removed" in words(gone)
    assert not await Mailbox.count()
    assert not await MailboxFetch.count()
    names = [
        event["name"] for event in await EventRow.select(EventRow.name).where(EventRow.about == f"mailbox:{row.id}")
    ]
    assert names == ["MailboxAdded", "MailboxChanged", "MailboxRemoved"]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"host": "imap example"}, "host"),
        ({"port": "99999"}, "port"),
        ({"name": ""}, "name"),
        ({"password": ""}, "password"),
        ({"protocol": "pop3", "backfill": "unread"}, "backfill"),
        ({"protocol": "pop3", "backfill": "new", "after_fetch": "flag"}, "after_fetch"),
        ({"after_fetch": "move"}, "move_to"),
        ({"after_fetch": "move", "move_to": "INBOX"}, "move_to"),
        ({"sign_in": "oauth"}, "provider"),
        ({"sign_in": "oauth", "provider": "google"}, "client_id"),
        ({"sign_in": "oauth", "provider": "custom", "client_id": "x", "token_url": "http://a.example/t"}, "token_url"),
        ({"sign_in": "oauth", "provider": "custom", "client_id": "x", "authorize_url": "ftp://a"}, "authorize_url"),
    ],
)
async def test_a_mailbox_that_cannot_be_read_so_is_not_added(desk: Desk, wrong: dict[str, str], field: str) -> None:
    browser = await desk.browser(await desk.admin(lang="en"))

    answer = await browser.post("/admin/mailboxes/new", data=form(Box(port=1), **wrong))

    assert answer.status_code == 422
    assert f'<a href="#{field}">' in answer.text
    assert not await Mailbox.count()


async def test_without_a_port_the_usual_one_is_taken(desk: Desk) -> None:
    browser = await desk.browser(await desk.admin(lang="en"))
    for protocol, security, port in (("imap", "tls", 993), ("imap", "starttls", 143), ("pop3", "tls", 995)):
        chosen = {"protocol": protocol, "security": security, "port": "", "backfill": "new", "is_active": ""}
        await browser.post("/admin/mailboxes/new", data=form(Box(), **chosen))
        newest = await Mailbox.select().order_by(Mailbox.id, ascending=False).first()
        assert newest
        assert newest["port"] == port


async def test_well_known_providers_are_filled_in(desk: Desk) -> None:
    browser = await desk.browser(await desk.admin(lang="en"))

    assert "imap.gmail.com" in (await browser.get("/admin/mailboxes/new?preset=google")).text
    assert (await browser.get("/admin/mailboxes/new?preset=nobody")).status_code == 200


async def test_what_each_fetch_saw_and_what_it_left_is_shown(desk: Desk) -> None:
    browser = await desk.browser(await desk.admin(lang="en"))
    async with serving(Box(letters=numbered(1, 2, 3), refuses={2})) as box:
        number = await mailbox(box.port, box.password, backfill="all")
        for _ in range(3):
            await browser.post(f"/admin/mailboxes/{number}/fetch")
            await desk.work()
            desk.clock.go(minutes=1)
        shown = await browser.text(f"/admin/mailboxes/{number}")
        assert "this one is broken" in shown
        assert "3 tries" in shown
        ledger = await browser.text(f"/admin/mailboxes/{number}/fetches")
        assert "Fetches of Support" in ledger

        box.refuses = set()
        again = await browser.post(f"/admin/mailboxes/{number}/fetch", data={"left_too": "true"})
        assert "looked into now" in words(again)
        await desk.work()
        assert not await MailboxLetter.count()


async def test_what_is_wrong_is_said_in_the_language_of_whoever_looks(desk: Desk) -> None:
    await desk.department()
    gone = await mailbox(1)
    await fetch.fetch(gone)

    for lang, said in (
        ("vi", "Kết nối bị từ chối: không có gì lắng nghe ở cổng này."),
        ("en", "The connection is refused: nothing listens at this port."),
    ):
        an = await desk.browser(await desk.admin(f"An {lang}", lang=lang), lang=lang)
        for page in ("/admin", "/admin/mailboxes", f"/admin/mailboxes/{gone}", f"/admin/mailboxes/{gone}/fetches"):
            assert said in await an.text(page), (lang, page)


async def test_the_ledger_is_turned_page_by_page(desk: Desk) -> None:
    browser = await desk.browser(await desk.admin(lang="en"))
    number = await mailbox(1, "x")
    for count in range(1, 41):
        await MailboxFetch.insert(
            MailboxFetch(mailbox=number, began_at=desk.clock(), seen=1000 + count, stored=1000 + count)
        )

    first = await browser.get(f"/admin/mailboxes/{number}/fetches")
    assert "1040" in first.text
    assert "1005" not in first.text
    following = first.text.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0]
    second = await browser.text(following.replace("&amp;", "&"))
    assert "1005" in second
    assert "1040" not in second


async def test_secrets_are_never_shown(desk: Desk) -> None:
    browser = await desk.browser(await desk.admin(lang="en"))
    number = await mailbox(1, "rat-bi-mat", client_secret="sealed-secret", permission="sealed-permission")

    text = (await browser.get(f"/admin/mailboxes/{number}")).text

    row: Any = await Mailbox.select().first()
    assert "rat-bi-mat" not in text
    assert row["password"] not in text
    assert "sealed-secret" not in text
    assert "sealed-permission" not in text


@pytest.mark.parametrize("more", [{}, {"only_try": "true"}])
async def test_a_password_is_told_to_no_other_server_than_the_one_it_is_for(desk: Desk, more: dict[str, str]) -> None:
    browser = await desk.browser(await desk.admin(lang="en"))
    async with serving(Box(letters={1: letter()})) as box:
        number = await mailbox(box.port, box.password)

        answer = await browser.post(f"/admin/mailboxes/{number}", data=form(box, host="localhost", password="", **more))

        assert answer.status_code == 422
        assert "Enter the password again" in words(answer)
        assert (await Mailbox.select(Mailbox.host))[0]["host"] == "127.0.0.1"


async def test_what_a_provider_gave_is_told_to_no_other_server(desk: Desk) -> None:
    browser = await desk.browser(await desk.admin(lang="en"))
    number = await mailbox(
        1, sign_in="oauth", provider="google", client_id="us", client_secret=seal("x"), permission=seal("y")
    )
    described = {"name": "Support", "protocol": "imap", "security": "tls", "port": "1", "username": "support"}
    oauth = {"sign_in": "oauth", "provider": "google", "client_id": "us", "folder": "INBOX", "is_active": "true"}

    await browser.post(f"/admin/mailboxes/{number}", data={**described, **oauth, "host": "imap.evil.example"})

    row: Any = await Mailbox.select().first()
    assert (row["host"], row["permission"]) == ("imap.evil.example", "")
    assert row["client_secret"]
    elsewhere = {"provider": "custom", "token_url": "https://evil.example/t", "authorize_url": "https://evil.example/a"}
    await browser.post(
        f"/admin/mailboxes/{number}", data={**described, **oauth, **elsewhere, "host": "imap.evil.example"}
    )
    row = await Mailbox.select().first()
    assert (row["token_url"], row["client_secret"]) == ("https://evil.example/t", "")


async def test_nobody_but_administrators_sees_mailboxes(desk: Desk) -> None:
    number = await mailbox(1, "x")
    browser = await desk.browser(await desk.agent("Minh"))
    for page in ("", "/new", f"/{number}", f"/{number}/fetches", f"/{number}/connect", "/connected"):
        assert (await browser.get(f"/admin/mailboxes{page}")).status_code == 403
