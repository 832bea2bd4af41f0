"""Letters leave in order and once, whatever the mail server does, and no letter pays for a server that is away."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from datetime import timedelta

import msgspec
import pytest

from helpdesk.core.config import config
from helpdesk.events.tables import EventRow
from helpdesk.jobs import worker
from helpdesk.mail.outgoing import outbox, sending, smtp
from helpdesk.mail.reading.letter import Address
from helpdesk.mail.tables import Outbound, OutboundRecipient, Relay
from tests.factories import Desk
from tests.mail_flow.sink import HANG_UP, LOST, Asked, Sink
from tests.mail_flow.test_compose import outgoing


@pytest.fixture
async def sink(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Sink]:
    """The mail server that letters are sent by."""
    sink = Sink()
    await sink.open()
    monkeypatch.setattr(sending, "config", lambda: msgspec.structs.replace(config(), smtp_url=sink.url))
    yield sink
    await sink.close()


async def owe(
    desk: Desk, number: int, lane: str = "", *, to: str = "lan@khach.example", cc: tuple[str, ...] = ()
) -> int:
    """A letter number so-and-so; its id."""
    letter = outgoing(
        to=(Address("", to),),
        cc=tuple(Address("", one) for one in cc),
        message_id=f"{number}@lua.example",
        sent_at=desk.clock.moment,
    )
    outbound = await outbox.owe(letter, about="message:2", lane=lane)
    assert outbound is not None
    return outbound


async def states() -> list[str]:
    return [row["state"] for row in await Outbound.select(Outbound.state).order_by(Outbound.id)]


async def of_recipients(outbound: int) -> dict[str, str]:
    rows = await OutboundRecipient.select().where(OutboundRecipient.outbound == outbound)
    return {row["email"]: row["state"] for row in rows}


def came(sink: Sink) -> list[int]:
    """The numbers of the letters that the server has, in the order in which they came."""
    return [int(letter.message_id.partition("@")[0]) for letter in sink.letters]


async def later(desk: Desk, **amount: float) -> None:
    desk.clock.go(**amount)
    await desk.work()


async def test_letters_of_a_ticket_leave_in_order_and_one_that_waits_holds_up_only_its_own(
    desk: Desk, sink: Sink
) -> None:
    async def not_two(asked: Asked) -> str | None:
        return "451 4.7.1 greylisted" if asked.verb == "." and asked.words == "2@lua.example" else None

    sink.mood = not_two
    for number in range(1, 9):
        await owe(desk, number, "ticket:1" if number < 5 else f"ticket:{number}")
    await desk.work()

    assert sorted(came(sink)) == [1, 5, 6, 7, 8]
    sink.mood = Sink().mood
    await later(desk, minutes=2)
    assert [number for number in came(sink) if number < 5] == [1, 2, 3, 4]
    assert await states() == ["sent"] * 8


async def test_a_copy_that_has_to_wait_holds_up_nothing(desk: Desk, sink: Sink) -> None:
    async def full(asked: Asked) -> str | None:
        return "452 4.2.2 mailbox full" if "huy@" in asked.words else None

    sink.mood = full
    first = await owe(desk, 1, "ticket:1", cc=("huy@khach.example",))
    await owe(desk, 2, "ticket:1")
    await desk.work()

    assert came(sink) == [1, 2]
    assert await of_recipients(first) == {"lan@khach.example": "sent", "huy@khach.example": "delayed"}


async def test_of_two_recipients_each_has_its_own_end(desk: Desk, sink: Sink) -> None:
    async def gone(asked: Asked) -> str | None:
        return "550 5.1.1 no such user" if "huy@" in asked.words else None

    sink.mood = gone
    first = await owe(desk, 1, cc=("huy@khach.example",))
    await desk.work()

    assert await of_recipients(first) == {"lan@khach.example": "sent", "huy@khach.example": "failed"}
    row = (await OutboundRecipient.select().where(OutboundRecipient.state == "failed"))[0]
    assert (row["code"], row["status"], row["reason"]) == (550, "5.1.1", "5.1.1 no such user")
    letter = (await Outbound.select(Outbound.answer, Outbound.state))[0]
    assert letter == {"answer": "250 2.0.0 queued as 1", "state": "sent"}


async def test_while_the_server_is_away_no_letter_is_tried_and_all_leave_in_order_afterwards(
    desk: Desk, sink: Sink
) -> None:
    await sink.close()
    for number in range(1, 7):
        await owe(desk, number, f"ticket:{number % 2}")
    for _ in range(200):
        await later(desk, minutes=61)

    rows = await Outbound.select(Outbound.state, Outbound.attempts)
    assert rows == [{"state": "waiting", "attempts": 0}] * 6, "eight days cost them nothing"
    relay = (await Relay.select())[0]
    assert relay["failing_since"] is not None
    assert "refused" in relay["last_error"].lower()

    await sink.open()
    await later(desk, minutes=6)
    assert [number for number in came(sink) if number % 2] == [1, 3, 5]
    assert [number for number in came(sink) if not number % 2] == [2, 4, 6]
    relay = (await Relay.select())[0]
    assert (relay["failing_since"], relay["tries"], relay["sent_at"]) == (None, 0, desk.clock.moment)


async def test_a_server_that_is_away_is_tried_less_and_less_often(desk: Desk, sink: Sink) -> None:
    await sink.close()
    await owe(desk, 1)
    await desk.work()
    pauses: list[timedelta] = []
    while len(pauses) < 8:
        relay = (await Relay.select())[0]
        pauses.append(relay["next_try_at"] - desk.clock.moment)
        desk.clock.moment = relay["next_try_at"]
        await desk.work()

    assert pauses[:3] == [timedelta(seconds=15), timedelta(seconds=30), timedelta(minutes=1)]
    assert pauses[-1] == sending.LAST_PAUSE


async def test_a_password_that_is_refused_is_no_letters_fault(desk: Desk, sink: Sink) -> None:
    async def who(asked: Asked) -> str | None:
        return "530 5.7.0 authentication required" if asked.verb == "MAIL" else None

    sink.mood = who
    await owe(desk, 1)
    await desk.work()

    assert (await Outbound.select(Outbound.state, Outbound.attempts)) == [{"state": "waiting", "attempts": 0}]
    assert (await Relay.select())[0]["last_error"] == "530 5.7.0 authentication required"


async def test_after_a_drop_the_letter_is_sent_once_more_under_its_message_id_and_never_again(
    desk: Desk, sink: Sink
) -> None:
    async def drops(asked: Asked) -> str | None:
        return HANG_UP if asked.verb == "." else None

    sink.mood = drops
    await owe(desk, 1, "ticket:1")
    await desk.work()
    assert (await states(), came(sink)) == (["waiting"], [1])

    for _ in range(20):
        await later(desk, hours=3)
    assert (await states(), came(sink)) == (["unknown"], [1, 1])


async def test_after_one_drop_all_is_well(desk: Desk, sink: Sink) -> None:
    async def drops(asked: Asked) -> str | None:
        return HANG_UP if asked.verb == "." and len(sink.letters) == 0 else None

    sink.mood = drops
    await owe(desk, 1, "ticket:1")
    await owe(desk, 2, "ticket:1")
    await desk.work()
    await later(desk, minutes=2)

    assert (await states(), came(sink)) == (["sent", "sent"], [1, 1, 2])


async def test_a_letter_at_which_the_server_always_breaks_off_stops_no_other(desk: Desk, sink: Sink) -> None:
    async def dies(asked: Asked) -> str | None:
        return HANG_UP if asked.verb == "RCPT" and "poison" in asked.words else None

    sink.mood = dies
    await owe(desk, 1, to="poison@khach.example")
    for number in range(2, 9):
        await owe(desk, number)
    await desk.work()
    for _ in range(3):
        await later(desk, minutes=1)

    assert sorted(came(sink)) == list(range(2, 9))
    assert (await states())[0] == "waiting"
    for _ in range(60):
        await later(desk, hours=4, minutes=30)
    assert (await states())[0] == "failed"


async def test_a_server_that_breaks_off_at_every_letter_is_in_trouble_itself(desk: Desk, sink: Sink) -> None:
    async def dies(asked: Asked) -> str | None:
        return HANG_UP if asked.verb == "DATA" else None

    sink.mood = dies
    for number in range(40):
        await owe(desk, number)
    await desk.work()

    tried = await Outbound.count().where(Outbound.attempts > 0)
    assert sending.MOST_BREAKS <= tried < sending.MOST_BREAKS + sending.LINES
    assert (await Relay.select())[0]["failing_since"] is not None


async def test_one_line_serves_many_letters(desk: Desk, sink: Sink) -> None:
    for number in range(30):
        await owe(desk, number)
    await desk.work()

    assert len(sink.letters) == 30
    assert sink.calls <= sending.LINES


async def test_a_line_that_the_server_closed_meanwhile_costs_nothing(desk: Desk, sink: Sink) -> None:
    seen: set[str] = set()

    async def only_one_each(asked: Asked) -> str | None:
        first = not seen or asked.verb != "MAIL"
        seen.add(asked.verb)
        return None if first or sink.calls > len(sink.letters) else "421 4.7.0 too many letters over this line"

    sink.mood = only_one_each
    for number in range(1, 5):
        await owe(desk, number, "ticket:1")
    await desk.work()

    assert came(sink) == [1, 2, 3, 4]
    assert {row["attempts"] for row in await Outbound.select(Outbound.attempts)} == {1}


async def test_two_who_send_at_once_send_each_letter_once(desk: Desk, sink: Sink) -> None:
    async def slow(asked: Asked) -> str | None:
        await asyncio.sleep(0.01)
        return None

    sink.mood = slow
    for number in range(8):
        await owe(desk, number, f"ticket:{number % 3}")
    await asyncio.gather(*(sending.send_due() for _ in range(4)))

    assert sorted(came(sink)) == list(range(8))


async def test_a_sender_that_died_is_replaced_after_a_minute(desk: Desk, sink: Sink) -> None:
    await Relay(name=sending.SMTP, sender="gone", sends_until=desk.clock.moment + sending.LEASE).save()
    await owe(desk, 1)
    await desk.work()
    assert came(sink) == []

    await later(desk, seconds=61)
    assert came(sink) == [1]


async def test_a_letter_that_came_back_is_known_to_have(desk: Desk, sink: Sink) -> None:
    first = await owe(desk, 1, "ticket:1", cc=("huy@khach.example",))
    await desk.work()

    assert await outbox.report(first, "HUY@khach.example", "bounced", status="5.2.2", reason="552 mailbox full")
    assert not await outbox.report(first, "huy@khach.example", "bounced", status="5.2.2", reason="552 mailbox full")
    assert not await outbox.report(first, "mai@khach.example", "bounced")
    assert await states() == ["bounced"]
    assert await of_recipients(first) == {"lan@khach.example": "sent", "huy@khach.example": "bounced"}


async def test_a_letter_that_one_recipient_sent_back_still_goes_to_the_other(desk: Desk, sink: Sink) -> None:
    async def full(asked: Asked) -> str | None:
        return "452 4.2.2 mailbox full" if "huy@" in asked.words else None

    sink.mood = full
    first = await owe(desk, 1, "ticket:1", cc=("huy@khach.example",))
    await desk.work()
    assert await outbox.report(first, "lan@khach.example", "bounced", status="5.1.1", reason="550 no such user")

    sink.mood = Sink().mood
    await later(desk, minutes=2)
    assert await of_recipients(first) == {"lan@khach.example": "bounced", "huy@khach.example": "sent"}
    assert await states() == ["bounced"]


async def test_a_line_of_one_dot_arrives_as_it_was_written(desk: Desk, sink: Sink) -> None:
    letter = outgoing(text="one\n.\n..two\n", message_id="1@lua.example", sent_at=desk.clock.moment)
    await outbox.owe(letter, about="ticket:1")
    await desk.work()

    row = (await Outbound.select(Outbound.content))[0]
    assert sink.letters[0].content == bytes(row["content"])


async def test_a_line_that_cannot_be_made_safe_is_no_letters_fault(
    desk: Desk, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"smtps://127.0.0.1:{sink.port}"  # it speaks no TLS
    monkeypatch.setattr(sending, "config", lambda: msgspec.structs.replace(config(), smtp_url=url))
    monkeypatch.setattr(smtp, "TIMEOUT_SECONDS", 2.0)
    await owe(desk, 1)
    await desk.work()

    assert (await Outbound.select(Outbound.state, Outbound.attempts)) == [{"state": "waiting", "attempts": 0}]
    assert "SSL" in (await Relay.select())[0]["last_error"]
    assert came(sink) == []


async def test_many_letters_all_arrive_in_order_through_a_server_in_every_mood(desk: Desk, sink: Sink) -> None:
    dice, taken = random.Random(7), set[str]()

    async def moody(asked: Asked) -> str | None:
        roll = dice.random()
        if asked.verb == "." and asked.words not in taken and roll < 0.2:
            taken.add(asked.words)
            return HANG_UP if roll < 0.1 else LOST
        if roll < 0.15:
            return HANG_UP if asked.verb != "." else "451 4.7.1 later"
        return "421 4.3.2 too busy" if roll > 0.95 else None

    sink.mood = moody
    numbers = [owe(desk, number, f"ticket:{number % 5}") for number in range(40)]
    for one in numbers:
        await one
    for _ in range(60):
        await later(desk, minutes=3)
    sink.mood = Sink().mood
    for _ in range(4):
        await later(desk, hours=5)

    assert await states() == ["sent"] * 40
    first = list(dict.fromkeys(came(sink)))
    assert all([n for n in first if n % 5 == lane] == list(range(lane, 40, 5)) for lane in range(5))
    assert len(sink.letters) - 40 <= len(taken)


async def test_agents_with_the_ticket_open_hear_of_every_step(desk: Desk, sink: Sink) -> None:
    await owe(desk, 1, "ticket:7")
    await desk.work()
    rows = await EventRow.select(EventRow.about, EventRow.is_internal).where(EventRow.name == "SendingChanged")
    assert rows == [{"about": "ticket:7", "is_internal": True}]


async def test_who_is_told_to_end_waits_for_no_server_that_never_answers(
    desk: Desk, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, stop, let_go = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def never(what: Asked) -> str | None:
        if what.verb == ".":
            asked.set()
            await let_go.wait()
        return LOST if what.verb == "." else None

    sink.mood = never
    monkeypatch.setattr(worker, "GRACE_SECONDS", 0.1)
    ended = asyncio.Event()

    def finish(
        line: smtp.Conversation, usual: Callable[[smtp.Conversation], smtp.Answer] = smtp.Conversation.finish
    ) -> smtp.Answer:
        try:
            return usual(line)
        finally:
            loop.call_soon_threadsafe(ended.set)

    loop = asyncio.get_running_loop()
    monkeypatch.setattr(smtp.Conversation, "finish", finish)
    for number in (1, 2):
        await owe(desk, number, "ticket:1")
    try:
        working = asyncio.create_task(worker.work(stop))
        await asyncio.wait_for(asked.wait(), 20)
        stop.set()
        await asyncio.wait_for(working, 20)
        await asyncio.wait_for(ended.wait(), 20)
        assert await states() == ["waiting"] * 2
    finally:
        let_go.set()


async def test_who_is_told_to_end_begins_no_further_letter(desk: Desk, sink: Sink) -> None:
    stop = asyncio.Event()

    async def and_that_is_all(what: Asked) -> str | None:
        if what.verb == ".":
            stop.set()
        return None

    sink.mood = and_that_is_all
    for number in range(1, 9):
        await owe(desk, number, "ticket:1")
    await asyncio.wait_for(worker.work(stop), 20)

    assert came(sink) == [1]
    assert await states() == ["sent"] + ["waiting"] * 7
    await later(desk, minutes=1)
    await desk.work()  # where nothing came round before, the first look only begins to count
    assert came(sink) == [*range(1, 9)]


REFUSALS = [
    ("MAIL", "501 5.1.7 Invalid MAIL FROM address provided"),
    ("MAIL", "550 Null sender is not allowed"),
    ("RCPT", "553 5.7.1 <>: Sender address rejected: not owned by user desk"),
]


@pytest.mark.parametrize(("verb", "words"), REFUSALS)
async def test_where_no_letter_may_be_without_a_sender_automatic_ones_have_an_address(
    desk: Desk, sink: Sink, verb: str, words: str
) -> None:
    asked = await refusing_null(sink, verb, words)
    owed = []
    for number in (1, 2):
        owed.append(await owe(desk, number))
        await sending.send_due()

    assert await states() == ["sent", "sent"]
    marks = [letter.sender.partition(".")[0] for letter in sink.letters]
    assert marks == [f"support+b{number}" for number in owed], "so that a bounce says which letter it is about"
    assert len([one for one in asked if "<>" in one]) == 1, "it is tried once, and remembered"


async def test_another_server_is_asked_anew(desk: Desk, sink: Sink) -> None:
    await refusing_null(sink, *REFUSALS[0])
    await owe(desk, 1)
    await sending.send_due()
    await Relay.update({Relay.refuses_null: "old.example:25"}).where(Relay.name == "smtp")
    sink.mood = usual

    await owe(desk, 2)
    await sending.send_due()

    assert sink.letters[-1].sender == ""


async def test_a_refusal_for_another_reason_is_believed(desk: Desk, sink: Sink) -> None:
    async def unknown(asked: Asked) -> str | None:
        return "550 5.1.1 no such user" if asked.verb == "RCPT" else None

    sink.mood = unknown
    await owe(desk, 1)
    await sending.send_due()

    assert await states() == ["failed"]
    assert not (await Relay.select(Relay.refuses_null))[0]["refuses_null"]


async def usual(asked: Asked) -> str | None:
    return None


async def refusing_null(sink: Sink, verb: str, words: str) -> list[str]:
    """A server that takes no letters from the null sender, as it says at `verb`; the MAIL commands it will hear."""
    heard: list[str] = []

    async def mood(asked: Asked) -> str | None:
        if asked.verb == "MAIL":
            heard.append(asked.words)
        return words if asked.verb == verb and "<>" in heard[-1] else None

    sink.mood = mood
    return heard
