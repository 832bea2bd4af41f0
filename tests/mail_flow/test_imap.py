"""Letters in a mailbox come in once, whatever happens between; what is wrong stands on the mailbox's row."""

from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest

from helpdesk.core.config import config
from helpdesk.core.keys import seal
from helpdesk.mail import imap
from helpdesk.mail.imap import Account, Trouble
from helpdesk.mail.receive import raw_bytes
from helpdesk.mail.tables import Inbound, Mailbox
from tests.mail_flow.imap_server import Box, serving
from tests.mail_flow.letters import letter

pytestmark = pytest.mark.usefixtures("database", "clock")


def numbered(*numbers: int) -> dict[int, bytes]:
    return {number: letter(f"Thư {number}.", message_id=f"<{number}@x>") for number in numbers}


@pytest.fixture
async def box() -> AsyncIterator[Box]:
    async with serving(Box(letters=numbered(1, 2, 3), read={1})) as box:
        yield box


async def mailbox(box: Box, **more: Any) -> int:
    row = Mailbox(
        name="Support",
        host="127.0.0.1",
        port=box.port,
        security="none",
        username="support",
        password=seal(box.password),
        **more,
    )
    await row.save()
    return int(row.id)


async def came() -> list[str]:
    return [row["message_id"] for row in await Inbound.select(Inbound.message_id).order_by(Inbound.id)]


async def row(number: int) -> Mailbox:
    found = await Mailbox.objects().where(Mailbox.id == number).first()
    assert found is not None
    return found


async def test_the_first_time_only_unread_letters_come_in_and_then_every_new_one(box: Box) -> None:
    number = await mailbox(box)

    await imap.fetch(number)
    assert await came() == ["2@x", "3@x"]

    box.letters |= numbered(4)
    box.read.add(4)
    await imap.fetch(number)
    await imap.fetch(number)
    assert await came() == ["2@x", "3@x", "4@x"]
    inbound = (await Inbound.select())[-1]
    assert (inbound["source"], await raw_bytes(inbound["id"])) == (f"imap:{number}", box.letters[4])


async def test_a_broken_line_loses_nothing_and_doubles_nothing(box: Box) -> None:
    number = await mailbox(box)
    box.breaks_after = 1
    await imap.fetch(number)
    assert await came() == ["2@x"]
    assert (await row(number)).last_error

    box.breaks_after = 0
    await imap.fetch(number)

    assert await came() == ["2@x", "3@x"]
    assert (await row(number)).last_error == ""


async def test_a_mailbox_built_anew_is_read_anew_and_known_letters_stay_one(box: Box) -> None:
    number = await mailbox(box)
    await imap.fetch(number)

    box.uid_validity, box.letters = 8, {1: box.letters[3], 2: numbered(9)[9]}
    await imap.fetch(number)

    assert await came() == ["2@x", "3@x", "9@x"]
    assert ((await row(number)).uid_validity, (await row(number)).last_uid) == (8, 2)


async def test_more_letters_than_one_job_takes_come_in_over_the_next(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imap, "AT_ONCE", 1)
    number = await mailbox(box)
    box.letters |= numbered(4)

    for _ in range(5):
        await imap.fetch(number)

    assert await came() == ["2@x", "3@x", "4@x"]


async def test_a_letter_above_the_limit_is_left_and_told(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imap, "config", lambda: msgspec.structs.replace(config(), letter_limit=65536))
    box.letters[2] += b"x" * 70_000
    number = await mailbox(box)

    await imap.fetch(number)

    assert await came() == ["3@x"]
    assert "1" in (await row(number)).last_error


async def test_what_the_server_says_is_shown(box: Box) -> None:
    number = await mailbox(box)
    await Mailbox.update({Mailbox.password: seal("wrong")}).where(Mailbox.id == number)

    await imap.fetch(number)

    assert "wrong name or password" in (await row(number)).last_error
    assert await came() == []


async def test_a_server_that_is_away_or_a_lost_key_is_shown(box: Box) -> None:
    away = await mailbox(box)
    await Mailbox.update({Mailbox.port: 1}).where(Mailbox.id == away)
    lost = await mailbox(box)
    await Mailbox.update({Mailbox.password: "sealed with another key"}).where(Mailbox.id == lost)

    await imap.fetch(away)
    await imap.fetch(lost)

    assert "refused" in (await row(away)).last_error.lower()
    assert (await row(lost)).last_error


async def test_a_mailbox_at_rest_is_left_alone(box: Box) -> None:
    number = await mailbox(box, is_active=False)

    await imap.fetch_all()
    await imap.fetch(number)

    assert await came() == []
    assert (await row(number)).fetched_at is None


async def test_a_folder_is_looked_into_without_taking_anything(box: Box) -> None:
    account = Account("127.0.0.1", box.port, "none", "support", box.password, "INBOX")

    contents = await imap.test(account)

    assert (contents.uid_validity, contents.uid_next) == (7, 4)
    with pytest.raises(Trouble, match="no such folder"):
        await imap.test(msgspec.structs.replace(account, folder="Thư đến"))
    with pytest.raises(Trouble):
        await imap.test(msgspec.structs.replace(account, password="mật khẩu"))


async def test_a_folder_in_vietnamese_is_found(box: Box) -> None:
    box.folder = "Th&AbA- &AREevw-n"
    account = Account("127.0.0.1", box.port, "none", "support", box.password, "Thư đến")

    assert (await imap.test(account)).uid_next == 4
