"""Letters in a mailbox come in once, whatever happens between; what is wrong stands on the mailbox's row."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
import pytest

from helpdesk.core.config import config
from helpdesk.core.db import run_sql
from helpdesk.core.keys import seal
from helpdesk.jobs.tables import Job
from helpdesk.mail.doors.receive import raw_bytes, receive
from helpdesk.mail.fetching import fetch, imap, mailboxes, remote, rules
from helpdesk.mail.fetching.fetch import fetch as fetch_one
from helpdesk.mail.fetching.mailboxes import Wanted
from helpdesk.mail.fetching.remote import Contents, FetchFailed
from helpdesk.mail.fetching.rules import Position, position
from helpdesk.mail.tables import Inbound, Mailbox, MailboxFetch, MailboxLetter
from tests.conftest import Clock
from tests.factories import Desk
from tests.mail_flow.imap_server import Box, serving
from tests.mail_flow.mailboxes import adds_up, came, ledger, left, mailbox, numbered, row

pytestmark = pytest.mark.usefixtures("database", "clock")


@pytest.fixture
async def box() -> AsyncIterator[Box]:
    async with serving(Box(letters=numbered(1, 2, 3), read={1})) as box:
        yield box


@pytest.fixture
def small_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "config", lambda: msgspec.structs.replace(config(), letter_limit=65536))


async def at(box: Box, **more: Any) -> int:
    return await mailbox(box.port, box.password, **more)


async def test_the_first_time_only_unread_letters_come_in_and_then_every_new_one(box: Box) -> None:
    number = await at(box)

    await fetch_one(number)
    assert await came() == ["2@x", "3@x"]

    box.letters |= numbered(4)
    box.read.add(4)
    await fetch_one(number)
    await fetch_one(number)
    assert await came() == ["2@x", "3@x", "4@x"]
    inbound = (await Inbound.select())[-1]
    assert (inbound["source"], await raw_bytes(inbound["id"])) == (f"imap:{number}", box.letters[4])
    assert await ledger(number) == [(2, 2, 0, 0), (1, 1, 0, 0)]
    assert (await row(number)).last_letter_at is not None


@pytest.mark.parametrize(
    ("choice", "wanted"),
    [
        ("new", ["4@x"]),
        ("unread", ["2@x", "3@x", "4@x"]),
        ("days", ["3@x", "4@x"]),
        ("all", ["1@x", "2@x", "3@x", "4@x"]),
    ],
)
async def test_of_old_letters_come_those_that_were_chosen_and_of_new_ones_all(
    box: Box, clock: Clock, choice: str, wanted: list[str]
) -> None:
    box.came_on = {1: date(2026, 1, 1), 2: date(2026, 10, 1), 3: date(2026, 11, 19)}
    number = await at(box, backfill=choice, backfill_days=7)

    await fetch_one(number)
    box.letters |= numbered(4)
    box.read.add(4)
    await fetch_one(number)

    assert await came() == wanted


async def test_nothing_is_marked_at_the_server_unless_it_is_wanted(box: Box) -> None:
    number = await at(box, backfill="all")

    await fetch_one(number)

    assert len(await came()) == 3
    assert (box.read, box.flagged, box.deleted, len(box.letters)) == ({1}, set(), set(), 3)
    assert not [said for said in box.heard if said.startswith(("SELECT", "UID STORE"))]


async def test_kept_letters_are_marked_flagged_moved_or_deleted_as_chosen(box: Box) -> None:
    for what, more in (("read", {}), ("flag", {}), ("move", {"move_to": "Archive"}), ("delete", {})):
        number = await at(box, backfill="all", after_fetch=what, **more)
        await fetch_one(number)
        assert (await row(number)).last_error == ""
        assert await left(number) == {}
        match what:
            case "read":
                assert box.read == {1, 2, 3}
            case "flag":
                assert box.flagged == {1, 2, 3}
            case "move":
                assert (len(box.archive), box.letters) == (3, {})
                box.letters |= numbered(4, 5)
            case "delete":
                assert box.letters == {}
    assert await came() == ["1@x", "2@x", "3@x", "4@x", "5@x"]


async def test_a_server_without_move_is_asked_to_copy_and_delete_only_these(box: Box) -> None:
    box.can = ("UIDPLUS",)
    box.deleted = {1}
    number = await at(box, backfill="unread", after_fetch="move", move_to="Archive")

    await fetch_one(number)

    assert (len(box.archive), sorted(box.letters)) == (2, [1])

    box.can, box.letters, box.deleted = (), numbered(7), set()
    await fetch_one(number)
    assert (sorted(box.letters), box.deleted) == ([7], {7}), "what others marked must not go with it"


async def test_a_crash_between_keeping_and_marking_marks_again_and_keeps_nothing_twice(
    box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = await at(box, backfill="all", after_fetch="delete")

    def crash(*_: object) -> None:
        raise OSError("the line is gone")

    with monkeypatch.context() as broken:
        broken.setattr("helpdesk.mail.fetching.imap.Imap._settle", crash)
        await fetch_one(number)
    assert (len(await came()), len(box.letters)) == (3, 3)
    assert await left(number) == {"1": "marking", "2": "marking", "3": "marking"}

    await fetch_one(number)

    assert (len(await came()), box.letters, await left(number)) == (3, {}, {})


async def test_a_folder_that_is_not_there_keeps_no_letter_from_coming_in(box: Box) -> None:
    number = await at(box, backfill="all", after_fetch="move", move_to="Nowhere")

    await fetch_one(number)

    assert len(await came()) == 3
    found = await row(number)
    assert "there is no such thing" in found.last_error
    assert found.failing_since is None
    await Mailbox.update({Mailbox.move_to: "Archive"}).where(Mailbox.id == number)
    await fetch_one(number)
    assert (len(box.archive), (await row(number)).last_error) == (3, "")


async def test_a_mailbox_built_anew_is_read_anew_and_known_letters_stay_one(box: Box) -> None:
    number = await at(box)
    await fetch_one(number)

    box.uid_validity, box.letters = 8, {1: box.letters[3], 2: numbered(9)[9]}
    await fetch_one(number)

    assert await came() == ["2@x", "3@x", "9@x"]
    found = await row(number)
    assert (found.uid_validity, found.last_uid) == (8, 2)
    assert (await ledger(number))[-1] == (2, 1, 1, 0)


async def test_old_letters_that_were_not_wanted_do_not_come_when_a_mailbox_is_built_anew(
    box: Box, clock: Clock
) -> None:
    number = await at(box, backfill="new")
    await fetch_one(number)
    clock.go(hours=1)

    box.uid_validity, box.letters = 9, numbered(1, 2, 3, 4)
    box.came_on = {1: date(2020, 1, 1), 2: date(2021, 1, 1), 3: date(2022, 1, 1), 4: date(2026, 11, 20)}
    await fetch_one(number)
    await fetch_one(number)

    assert await came() == ["4@x"]


async def test_more_letters_than_one_job_takes_come_in_over_the_next(
    box: Box, monkeypatch: pytest.MonkeyPatch, desk: Desk
) -> None:
    monkeypatch.setattr(fetch, "AT_ONCE", 1)
    number = await at(box, backfill="all")

    await fetch_one(number)
    assert await came() == ["1@x"]
    owed = await Job.count().where(Job.name == "helpdesk.mail.fetching.fetch:fetch")
    assert owed == 1

    await fetch_one(number)
    await fetch_one(number)
    assert await came() == ["1@x", "2@x", "3@x"]


async def test_many_letters_far_apart_are_all_found(box: Box) -> None:
    box.letters = numbered(1, 4_999, 5_000, 5_001, 14_999, 15_000, 300_000)
    number = await at(box, backfill="all")

    await fetch_one(number)

    assert await came() == [f"{uid}@x" for uid in (1, 4_999, 5_000, 5_001, 14_999, 15_000, 300_000)]
    assert (await row(number)).last_uid == 300_000


@pytest.mark.usefixtures("small_limit")
async def test_a_letter_above_the_limit_is_left_and_told_and_comes_once_the_limit_allows(
    box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    box.letters[2] += b"x" * 70_000
    number = await at(box)

    await fetch_one(number)
    await fetch_one(number)

    assert await came() == ["3@x"]
    assert await ledger(number) == [(2, 1, 0, 1)]
    found = await MailboxLetter.select().where(MailboxLetter.mailbox == number)
    assert [(one["uid"], one["state"], one["subject"], one["sender"]) for one in found] == [
        ("2", "large", "Thư 2", "lan@khach.example")
    ]
    assert found[0]["size"] == len(box.letters[2])

    monkeypatch.setattr(fetch, "config", config)
    await fetch_one(number)
    assert await came() == ["3@x", "2@x"]
    assert await left(number) == {}


@pytest.mark.usefixtures("small_limit")
async def test_a_size_that_was_not_true_lets_no_large_letter_in(box: Box) -> None:
    box.lies_about_size = True
    box.letters[2] += b"x" * 70_000
    number = await at(box)

    await fetch_one(number)

    assert await came() == ["3@x"]
    assert await left(number) == {"2": "large"}
    assert await adds_up()


@pytest.mark.parametrize("trouble", ["refuses", "dies_at", "dies_at_size_of", "hangs_at", "gives_nothing_for"])
async def test_a_letter_that_the_server_fails_at_stops_no_other(
    box: Box, clock: Clock, trouble: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imap, "READ_SECONDS", 0.3)
    setattr(box, trouble, {2})
    number = await at(box, backfill="all")

    await fetch_one(number)
    clock.go(minutes=1)
    await fetch_one(number)
    if trouble != "dies_at_size_of":  # where one poll is needed to know who it is
        assert sorted(await came()) == ["1@x", "3@x"], "the second poll brings what stood behind it"

    for _ in range(6):
        clock.go(minutes=1)
        await fetch_one(number)
    found = (await MailboxLetter.select().where(MailboxLetter.mailbox == number))[0]
    assert (found["uid"], found["state"], found["tries"]) == ("2", "aside", 3)
    assert found["reason"]
    assert (await row(number)).failing_since is None
    assert sum(line[3] for line in await ledger(number)) == 1
    assert await adds_up()

    setattr(box, trouble, set())
    clock.go(days=1, minutes=1)
    await fetch_one(number)
    assert sorted(await came()) == ["1@x", "2@x", "3@x"]
    assert await left(number) == {}


async def test_a_server_that_drips_is_left_and_tried_again(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "CALL_SECONDS", 0.3)
    box.drips = 0.05
    number = await at(box)

    await fetch_one(number)
    assert "0.3" in (await row(number)).last_error

    box.drips = 0.0
    await fetch_one(number)
    assert await came() == ["3@x", "2@x"]
    assert await left(number) == {}


async def test_a_letter_that_the_server_shows_late_is_not_passed_over(box: Box) -> None:
    number = await at(box)
    await fetch_one(number)
    box.letters |= numbered(4)
    box.hidden = {4}
    await fetch_one(number)
    assert await came() == ["2@x", "3@x"]

    box.hidden = set()
    await fetch_one(number)
    assert await came() == ["2@x", "3@x", "4@x"]


async def test_a_server_that_tells_no_sizes_is_read_all_the_same(box: Box) -> None:
    box.refuses_sizes = True
    number = await at(box, backfill="all")

    await fetch_one(number)

    assert await came() == ["1@x", "2@x", "3@x"]


async def test_a_letter_that_came_by_another_door_is_counted_and_not_kept_twice(box: Box) -> None:
    await receive(box.letters[3], "smtp")
    number = await at(box)

    await fetch_one(number)

    assert await came() == ["3@x", "2@x"]
    assert await ledger(number) == [(2, 1, 1, 0)]


async def test_the_ledger_cannot_be_wrong(box: Box) -> None:
    number = await at(box)
    await fetch_one(number)

    with pytest.raises(Exception, match=r"(?i)check constraint"):
        await run_sql("UPDATE mailbox_fetch SET stored = stored + 1")
    assert await ledger(number) == [(2, 2, 0, 0)]


async def test_what_the_server_says_is_shown_and_an_outage_is_one_line(box: Box, clock: Clock) -> None:
    number = await at(box)
    await Mailbox.update({Mailbox.password: seal("wrong")}).where(Mailbox.id == number)

    began = clock()
    for _ in range(3):
        await fetch_one(number)
        clock.go(minutes=1)

    found = await row(number)
    assert "wrong name or password" in found.last_error
    assert found.failing_since == began
    assert await came() == []
    assert [(one["times"], one["seen"]) for one in await MailboxFetch.select()] == [(3, 0)]

    await Mailbox.update({Mailbox.password: seal(box.password)}).where(Mailbox.id == number)
    await fetch_one(number)
    healed = await row(number)
    assert (healed.last_error, healed.failing_since) == ("", None)


async def test_fetches_that_saw_nothing_are_forgotten_and_those_that_saw_letters_stay(box: Box, clock: Clock) -> None:
    number = await at(box)
    await fetch_one(number)
    await Mailbox.update({Mailbox.port: 1}).where(Mailbox.id == number)
    await fetch_one(number)

    clock.go(days=29)
    await fetch.sweep()
    assert len(await ledger(number)) == 2
    clock.go(days=2)
    await fetch.sweep()

    assert await ledger(number) == [(2, 2, 0, 0)]


async def test_a_server_that_is_away_or_a_lost_key_is_shown(box: Box) -> None:
    away = await at(box)
    await Mailbox.update({Mailbox.port: 1}).where(Mailbox.id == away)
    lost = await at(box)
    await Mailbox.update({Mailbox.password: "sealed with another key"}).where(Mailbox.id == lost)

    await fetch_one(away)
    await fetch_one(lost)

    assert (await row(away)).last_error
    assert (await row(lost)).last_error
    assert (await row(away)).last_error != (await row(lost)).last_error


async def test_a_mailbox_at_rest_is_left_alone(box: Box) -> None:
    number = await at(box, is_active=False)

    await fetch.fetch_all()
    await fetch_one(number)

    assert await came() == []
    assert (await row(number)).fetched_at is None


async def test_one_mailbox_is_fetched_by_one_job_at_a_time_and_a_dead_one_holds_it_for_a_minute(
    box: Box, clock: Clock
) -> None:
    number = await at(box)
    await Mailbox.update({Mailbox.fetching_until: clock() + fetch.LEASE}).where(Mailbox.id == number)

    await fetch_one(number)
    assert (await came(), box.connections) == ([], 0)
    assert await Job.count().where(Job.key == f"mailbox:{number}") == 1

    clock.go(seconds=61)
    await fetch_one(number)
    assert await came() == ["2@x", "3@x"]
    assert (await row(number)).fetching_until is None


async def test_a_mailbox_that_is_listened_to_is_polled_now_and_then_only(box: Box, clock: Clock) -> None:
    number = await at(box)

    async def poll() -> None:
        until = clock() + fetch.LISTENING
        await Mailbox.update({Mailbox.listening_until: until}).where(Mailbox.id == number)
        await fetch.fetch_all()

    await fetch_one(number)
    await poll()
    assert not await Job.count().where(Job.key == f"mailbox:{number}")

    clock.go(minutes=6)
    await poll()
    assert await Job.count().where(Job.key == f"mailbox:{number}") == 1


async def test_a_folder_is_looked_into_without_taking_anything(box: Box, desk: Desk) -> None:
    admin = await desk.admin()
    wanted = Wanted(
        name="Support", host="127.0.0.1", port=box.port, security="none", username="support", password=box.password
    )

    tried = await mailboxes.try_mailbox(admin, wanted)

    assert (tried.count, tried.folders) == (3, ["INBOX", "Thư đến"])
    assert await came() == []
    for change in ({"folder": "Nowhere"}, {"password": "mật khẩu"}, {"port": 1}):
        with pytest.raises(FetchFailed):
            await mailboxes.try_mailbox(admin, msgspec.structs.replace(wanted, **change))


async def test_a_folder_in_vietnamese_is_found(box: Box) -> None:
    box.folder = "Th&AbA- &AREevw-n"
    number = await at(box, folder="Thư đến")

    await fetch_one(number)

    assert await came() == ["2@x", "3@x"]


async def test_a_row_that_cannot_be_kept_is_put_aside_alone(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    async def picky(raw: bytes, source: str) -> Any:
        if b"Message-ID: <2@x>" in raw:
            "\ud800".encode()  # what a driver says of text that is none
        return await receive(raw, source)

    monkeypatch.setattr(fetch, "receive", picky)
    number = await at(box, backfill="all")

    for _ in range(3):
        await fetch_one(number)

    assert await came() == ["1@x", "3@x"]
    assert await left(number) == {"2": "aside"}
    assert await adds_up()


def test_where_a_folder_is_read_on() -> None:
    at_noon = datetime(2026, 11, 20, 5, tzinfo=UTC)
    same = Position(7, 9, 5)
    now: dict[str, Any] = {"last_good": at_noon, "now": at_noon}

    assert position(same, Contents(7, 20), "new", 30, **now) is same
    assert position(Position(), Contents(7, 20), "new", 30, **now) == Position(7, 19, 19)
    assert position(Position(), Contents(7, 20), "all", 30, **now) == Position(7, 0, 19)
    assert position(Position(), Contents(7, 20), "days", 3, **now) == Position(7, 0, 19, at_noon - timedelta(days=3))
    assert position(same, Contents(8, 4), "new", 30, **now) == Position(8, 0, 3, at_noon - rules.DAYS_BACK)
    assert position(same, Contents(7, 4), "new", 30, **now) == Position(7, 0, 3, at_noon - rules.DAYS_BACK)
    assert position(Position(7, 2, 5), Contents(8, 4), "unread", 30, **now) == Position(8, 0, 3), "it was not through"


def test_letters_go_together_in_parts_that_are_neither_many_nor_large() -> None:
    small = {str(number): 1000 for number in range(60)}
    assert [len(part) for part in rules.together(small)] == [25, 25, 10]
    assert [*rules.together({"1": 10, "2": rules.TOGETHER_BYTES, "3": 10})] == [["1"], ["2"], ["3"]]
    assert [*rules.together({})] == []
