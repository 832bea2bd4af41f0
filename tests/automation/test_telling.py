"""What rules say to customers, colleagues and other programs: to whom, how often, and to whom never."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from helpdesk.automation import actions
from helpdesk.automation.queries import Act
from helpdesk.core.actor import SYSTEM
from helpdesk.mail.tables import Outbound
from helpdesk.settings import store
from helpdesk.tickets import actions as tickets
from helpdesk.tickets import queries as read
from helpdesk.tickets.canned import actions as canned
from helpdesk.tickets.canned.actions import Wanted
from helpdesk.tickets.conditions import Conditions
from helpdesk.tickets.named import actions as named
from helpdesk.tickets.named.actions import WantedStatus
from helpdesk.tickets.terms import Term
from helpdesk.webhooks import deliver
from helpdesk.webhooks.settings import WebhookSettings
from tests.automation import having, rule
from tests.automation.test_running import runs
from tests.factories import Desk
from tests.kb_articles import written
from tests.mailroom import arrive
from tests.tickets import ask

LETTER = """From: Lan <lan@khach.example>
To: support@lua.example
Subject: {subject}
Message-ID: <{number}@khach.example>
X-Shop: Lúa Mới
{more}
{text}
"""


async def letter(desk: Desk, number: int, text: str, *, subject: str = "Hoi", more: str = "") -> int:
    """A letter from Lan; the number of its ticket."""
    raw = LETTER.format(number=number, subject=subject, more=f"{more}\n" if more else "", text=text)
    row = await arrive(desk, raw.replace("\n", "\r\n").encode())
    await desk.work()
    return int(str(row["about"]).partition(":")[2])


async def answers() -> list[str]:
    """Letters that went to Lan and say what the price list says."""
    rows = await Outbound.select(Outbound.content, Outbound.recipients).order_by(Outbound.id)
    return [
        bytes(row["content"]).decode("ascii", "replace")
        for row in rows
        if b"PRICES" in bytes(row["content"]) and "lan@khach.example" in row["recipients"]
    ]


async def price_list(**more: object) -> int:
    reply = await canned.add(SYSTEM, Wanted(name="Prices", body_vi="PRICES cho {{ customer.name }}", status="solved"))
    article = await written("Bang gia", status="published", lang="vi")
    act = Act("answer", str(reply), article=str(article), days=7)
    return await rule(act, when="opened asked", conditions=having("bảng giá"), title="Prices", **more)


async def test_an_answer_goes_to_an_address_once_in_a_while_and_is_no_agents_word(desk: Desk) -> None:
    await desk.department()
    number = await price_list()
    first = await letter(desk, 1, "Cho em xin bang gia.")
    second = await letter(desk, 2, "Bảng giá nữa ạ")
    facts = await read.ticket_facts(SYSTEM, first)

    (sent,) = await answers()
    assert "Auto-Submitted: auto-replied" in sent
    assert "/vi/help/articles/" in sent.replace("=\r\n", "")
    assert facts.status == "new"
    letters = await Outbound.select(Outbound.about).where(Outbound.about == f"ticket:{first}")
    assert len(letters) == 1, "the request is acknowledged all the same, with its promise"
    assert [one.kind for one in await read.deadlines(first) if one.met_at] == [], "no promise is kept by it"
    assert await runs(first) == [(number, ["done"])]
    assert await runs(second) == [(number, ["left"])]
    desk.clock.go(days=8)
    await letter(desk, 3, "bang gia?")
    assert len(await answers()) == 2


async def test_no_program_gets_an_answer(desk: Desk) -> None:
    await desk.department()
    await price_list()
    for more in ("Auto-Submitted: auto-replied", "Precedence: bulk", "List-Id: <x.khach.example>", "Return-Path: <>"):
        raw = LETTER.format(number=len(more), subject=more, more=f"{more}\n", text="bảng giá")
        await arrive(desk, raw.replace("\n", "\r\n").encode())
    await desk.work()
    assert await answers() == []


async def test_what_a_letter_bears_in_its_head_is_asked(desk: Desk) -> None:
    await desk.department()
    for op, values in [
        ("has", ("X-Shop", "lua moi")),
        ("is", ("x-shop:", "LÚA MỚI")),
        ("there", ("X-Shop",)),
        ("is", ("X-Shop", "lua")),
        ("there", ("X-Other",)),
        ("has", ("X-Shop", "nga")),
    ]:
        wanted = Conditions((Term("head", op, values),))
        await rule(Act("tag", f"{op} {values[-1]}"), conditions=wanted, title=f"{op} {values[-1]}")
    number = await letter(desk, 1, "Xin chào")
    assert sorted(await read.tags(number)) == ["has lua moi", "is lúa mới", "there x-shop"]
    by_hand = await ask(await desk.customer("Mai"))
    await desk.work()
    assert await read.tags(by_hand) == []


async def test_colleagues_are_written_to_who_may_see_the_ticket(desk: Desk) -> None:
    care, billing = await desk.department(), await desk.department("Billing", "Kế toán", "billing@lua.example")
    minh, huy = await desk.agent("Minh", care), await desk.agent("Huy", billing)
    number = await rule(Act("tell", "team", words="Look, *please*."), Act("tell", f"person:{huy.id}", words="x"))
    ticket = await ask(await desk.customer("Lan"), department=care)
    await desk.work()
    letters = await Outbound.select(Outbound.subject, Outbound.recipients)
    told = [row["recipients"] for row in letters if row["subject"].startswith("Refunds: #")]
    assert [minh.email in one for one in told] == [True]
    assert await runs(ticket) == [(number, ["done", "left"])]


class Listener:
    """Another program, which answers as it is told and keeps what it was sent."""

    def __init__(self) -> None:
        self.answers: list[int] = []
        self.heard: list[tuple[dict[str, str], bytes]] = []
        self.url = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")[1:]
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head if line)}
        self.heard.append((headers, await reader.readexactly(int(headers["content-length"]))))
        status = self.answers.pop(0) if self.answers else 200
        writer.write(f"HTTP/1.1 {status} X\r\nLocation: {self.url}\r\nContent-Length: 0\r\n\r\n".encode())
        await writer.drain()
        writer.close()


@asynccontextmanager
async def listening() -> AsyncIterator[Listener]:
    listener = Listener()
    server = await asyncio.start_server(listener.serve, "127.0.0.1", 0)
    listener.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook?a=1"
    async with server:
        yield listener


async def test_another_program_is_told_can_check_it_and_is_told_again_later(desk: Desk) -> None:
    care = await desk.department()
    await store.save(SYSTEM, WebhookSettings(private=True))
    async with listening() as there:
        number = await rule(Act("webhook", there.url), Act("tag", "told"), when="status")
        lan = await desk.customer("Lan")
        there.answers = [500, 302]
        ticket = await ask(lan, "Đơn 7", department=care)
        await tickets.tag(SYSTEM, ticket, "vip")
        stock = WantedStatus(category="hold", name_vi="Chờ kho", name_en="Waiting for stock")
        await tickets.set_status(SYSTEM, ticket, await named.add_status(SYSTEM, stock))
        await desk.work()
        assert [(one.state, one.status) for one in await deliver.newest(f"rule:{number}")] == [("waiting", 500)]
        desk.clock.go(minutes=1)
        await desk.work()
        assert [(one.state, one.status) for one in await deliver.newest(f"rule:{number}")] == [("waiting", 302)]
        desk.clock.go(minutes=5)
        await desk.work()
        (one,) = await deliver.newest(f"rule:{number}")
        assert (one.state, one.attempts, one.status) == ("taken", 3, 200)

    headers, body = there.heard[-1]
    told = json.loads(body)
    assert (told["when"], told["rule"]["id"], told["ticket"]["number"]) == ("status", number, ticket)
    assert (told["ticket"]["status"], told["ticket"]["status_key"]) == ("hold", "cho-kho")
    assert told["ticket"]["tags"] == ["vip"]
    key = deliver.signing_key(f"rule:{number}")
    assert headers["x-helpdesk-signature"] == deliver.signature(key, headers["x-helpdesk-timestamp"], body)
    page = await (await desk.browser(await desk.admin(lang="en"))).get(f"/admin/rules/{number}")
    assert key in page.text
    assert await read.tags(ticket) == ["told", "vip"]


async def test_what_is_never_taken_is_given_up_and_the_administrators_hear_of_it_once_a_day(desk: Desk) -> None:
    await desk.department()
    an = await desk.admin(lang="en")
    await store.save(SYSTEM, WebhookSettings(private=True))
    async with listening() as there:
        number = await rule(Act("webhook", there.url))
        there.answers = [503] * 20
        for name in ("Lan", "Mai"):
            await ask(await desk.customer(name))
        await desk.work()
        for pause in deliver.PAUSES:
            desk.clock.go(minutes=pause.total_seconds() / 60)
            await desk.work()
    every = await deliver.newest(f"rule:{number}")
    assert [(one.state, one.attempts) for one in every] == [("failed", len(deliver.PAUSES) + 1)] * 2
    letters = await Outbound.select(Outbound.subject, Outbound.recipients)
    assert [an.email in row["recipients"] for row in letters if row["subject"].startswith("A rule failed")] == [True]
    desk.clock.go(days=31)
    await desk.work()
    assert await deliver.newest(f"rule:{number}") == [], "what was told long ago is forgotten"


async def test_who_is_silent_is_not_waited_for_by_each_request_and_nothing_is_owed_by_a_rule_that_is_gone(
    desk: Desk,
) -> None:
    await desk.department()
    await store.save(SYSTEM, WebhookSettings(private=True))
    async with listening() as there:
        url = there.url  # nobody listens there any more
    number = await rule(Act("webhook", url))
    await ask(await desk.customer("Lan"))
    await ask(await desk.customer("Mai"))
    await desk.work()
    every = await deliver.newest(f"rule:{number}")
    assert [one.attempts for one in every] == [1, 1]
    assert sorted("a moment ago" in one.why or "vừa mới" in one.why for one in every) == [False, True]
    await actions.remove(SYSTEM, number)
    assert await deliver.newest(f"rule:{number}") == []


INSIDE = (
    *("http://example.com/", "https://127.0.0.1/", "https://[::1]/", "https://10.1.2.3/", "https://169.254.169.254/x"),
    *("https://[::ffff:127.0.0.1]/", "https://localhost/", "https://desk.local/", "https://0.0.0.0/", "nonsense"),
    *("https://a:b@example.com/", "ftp://example.com/", "https://", "https://exa mple.com/", "https://x:y/"),
    *(
        "https://[fec0::1]/",
        "https://[::127.0.0.1]/",
        "https://[64:ff9b:1::7f00:1]/",
        "https://[v1.x]/",
        "https://①.com/",
    ),
    *("https://[fe80::1%25eth0]/", "https://[64:ff9b::7f00:1]/", "https://100.64.0.1/", "https://[2002:7f00:1::]/"),
)


async def test_nothing_is_sent_into_our_own_network(desk: Desk) -> None:
    await desk.department()
    assert [url for url in INSIDE if await deliver.problem(url) is None] == []
    assert await deliver.problem("https://example.com:8443/hook?x=1") is None


async def test_a_name_that_leads_inside_is_noticed_when_it_is_looked_up(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.department()

    async def both(*asked: object, **more: object) -> list[tuple[object, ...]]:
        return [(0, 0, 0, "", (address, 443)) for address in ("93.184.215.14", "127.0.0.1")]

    loop = asyncio.get_running_loop()
    monkeypatch.setattr(loop, "getaddrinfo", both)
    number = await deliver.owe("rule:1", 1, "https://rebinding.example/", {})
    await deliver.deliver(number)
    (one,) = await deliver.newest("rule:1")
    assert (one.state, one.status) == ("waiting", 0)
    assert "network" in one.why or "mạng" in one.why
    assert await deliver.problem("https://rebinding.example/") is None
