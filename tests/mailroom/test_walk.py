"""A customer with a mail program: over a real socket in, by the outbox out, and back again."""

import asyncio
import smtplib
from pathlib import Path

import msgspec
import pytest

from helpdesk.core.actor import SYSTEM
from helpdesk.departments.queries import is_ours
from helpdesk.jobs.tables import Job
from helpdesk.mail.doors.listener import listening
from helpdesk.mail.doors.receive import raw_bytes, receive
from helpdesk.mail.reading.parse import parse
from helpdesk.mail.tables import Inbound, Outbound
from helpdesk.tickets import actions, queries
from helpdesk.tickets.said import typed
from helpdesk.tickets.tables import Ticket
from tests.factories import Desk
from tests.mail_flow.letters import letter
from tests.mailroom import US

LETTERS = Path(__file__).parents[1] / "letters"


class Expected(msgspec.Struct):
    """What is known of a letter in tests/letters; `label` tells machines from people."""

    file: str
    label: str = ""


def known(folder: str) -> list[tuple[Expected, bytes]]:
    lines = (LETTERS / folder / "expect.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [msgspec.json.decode(line, type=Expected) for line in lines if line]
    return [(row, (LETTERS / folder / Path(row.file).name).read_bytes()) for row in rows]


async def test_a_request_is_asked_answered_and_answered_back_by_mail(desk: Desk) -> None:
    department = await desk.department()
    minh = await desk.agent("Minh", department)

    async def hand_in(raw: bytes, to: str) -> None:
        def send() -> None:
            with smtplib.SMTP("127.0.0.1", port, timeout=10) as server:
                server.sendmail("lan@khach.example", [to], raw)

        await asyncio.to_thread(send)
        await desk.work()

    async with listening("127.0.0.1", 0, is_ours) as server:
        port = server.sockets[0].getsockname()[1]
        await hand_in(letter(), US)
        number = (await Ticket.select(Ticket.id))[0]["id"]
        await actions.reply(minh, number, typed("Bạn thử tắt máy nhé.", channel="web"))
        await desk.work()
        letters = [parse(row["content"]) for row in await Outbound.select(Outbound.content).order_by(Outbound.id)]
        ack, answer = [one for one in letters if one.to[0].email == "lan@khach.example"]
        back = answer.reply_to[0].email
        quote = "\n".join(f"> {line}" for line in answer.text.splitlines())
        reply = letter(
            f"Vẫn không được.\n\nVào 20 thg 11, 2026 lúc 10:30 Minh <{US}> đã viết:\n{quote}",
            to=back,
            subject=answer.subject,
            message_id="<2@khach.example>",
            In_Reply_To=f"<{answer.message_id}>",
            References=f"<1@khach.example> <{ack.message_id}> <{answer.message_id}>",
        )
        await hand_in(reply, back)

    said = await queries.messages(SYSTEM, number)
    assert [one.fresh for one in said] == ["Máy in không chạy.", "Bạn thử tắt máy nhé.", "Vẫn không được."]
    assert (await queries.ticket_facts(SYSTEM, number)).status == "open"
    page = await (await desk.browser(minh)).text(f"/desk/tickets/{number}")
    assert page.index("Máy in không chạy.") < page.index("Bạn thử tắt máy nhé.") < page.index("Vẫn không được.")


@pytest.mark.parametrize("folder", ["letters", "machine", "attack"])
async def test_every_letter_we_know_is_kept_sorted_and_shown(desk: Desk, folder: str) -> None:
    department = await desk.department("Care", "Chăm sóc", "support@helpdesk.example", US)
    minh = await desk.browser(await desk.agent("Minh", department))
    rows = known(folder)

    came: dict[int, tuple[Expected, bytes]] = {}
    for expected, raw in rows:  # two of them differ in what a mail server added, and are the same letter
        came.setdefault((await receive(raw, "smtp")).id, (expected, raw))
    await desk.work()

    waiting = {row["name"] for row in await Job.select(Job.name)}
    assert waiting <= {"helpdesk.mailroom.team:summarise"}, "none crashed, none waits but a summary for busy agents"
    states = {row["id"]: row for row in await Inbound.select(Inbound.id, Inbound.state, Inbound.reason, Inbound.about)}
    assert set(states) == set(came)
    for inbound, (expected, raw) in came.items():
        assert await raw_bytes(inbound) == raw, expected.file
        state = states[inbound]
        assert state["state"] in {"sorted", "held", "set_aside"}, expected.file
        assert state["about"] or state["reason"], expected.file
    for row in await Ticket.select(Ticket.id):
        assert (await minh.get(f"/desk/tickets/{row['id']}")).status_code == 200


async def test_no_machine_is_answered_and_no_stranger_named(desk: Desk) -> None:
    await desk.department("Care", "Chăm sóc", "support@helpdesk.example", US)
    machines = [(expected, raw) for expected, raw in known("machine") if expected.label not in {"human", "not_bounce"}]
    assert len(machines) > 150

    for _, raw in machines:
        await receive(raw, "smtp")
    await desk.work()

    assert [row["recipients"] for row in await Outbound.select(Outbound.recipients)] == []


async def test_forged_headers_reach_nobody_else(desk: Desk) -> None:
    await desk.department("Care", "Chăm sóc", "support@helpdesk.example")
    for name in ("054-subject-crlf-encoded.eml", "055-from-name-crlf.eml", "057-from-name-template.eml"):
        await receive((LETTERS / "attack" / name).read_bytes(), "smtp")
    await desk.work()

    rows = await Outbound.select(Outbound.recipients, Outbound.content)
    assert len(rows) == 3
    for row in rows:
        ack = parse(row["content"])
        assert msgspec.json.decode(row["recipients"]) == [ack.to[0].email]
        assert ack.cc == ()
        assert not ack.header("bcc")
        assert "49" not in ack.to[0].name + ack.text.partition("#")[0]
