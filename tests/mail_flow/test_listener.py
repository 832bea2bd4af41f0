"""The door for mail servers keeps to its protocol, to its limits, and keeps letters apart, whatever a peer says."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from helpdesk.core.config import BadConfig, Config, config
from helpdesk.mail.doors import identity, listener
from helpdesk.mail.doors.receive import receive
from helpdesk.mail.tables import Inbound, InboundRaw
from tests.mail_flow.letters import letter

pytestmark = pytest.mark.usefixtures("database")
RAW = letter().replace(b"\n", b"\r\n")
ENVELOPE = b"MAIL FROM:<lan@khach.example>\r\nRCPT TO:<support@lua.example>\r\nDATA\r\n"


class Peer:
    """A mail server that says what it likes. Replies are whole: those of several lines are one."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def reply(self) -> bytes:
        """The next reply; empty when the connection has ended."""
        lines = b""
        while line := await asyncio.wait_for(self.reader.readline(), 10):
            lines += line
            if line[3:4] != b"-":
                break
        return lines

    async def says(self, said: bytes, replies: int = 1) -> list[bytes]:
        self.writer.write(said)
        return [await self.reply() for _ in range(replies)]

    async def codes(self, said: bytes, replies: int = 1) -> list[int]:
        return [int(reply[:3] or 0) for reply in await self.says(said, replies)]

    async def greets(self, word: bytes = b"EHLO") -> bytes:
        return (await self.says(word + b" relay.example\r\n"))[0]


async def is_ours(address: str) -> bool:
    return address.endswith("@lua.example")


@asynccontextmanager
async def calling(port: int) -> AsyncIterator[Peer]:
    peer = Peer(*await asyncio.open_connection("127.0.0.1", port))
    try:
        yield peer
    finally:
        peer.writer.close()


@asynccontextmanager
async def door(ours: listener.IsOurs = is_ours) -> AsyncIterator[Peer]:
    """A door of its own with one peer before it, who has not been greeted."""
    async with listener.listening("127.0.0.1", 0, ours) as server, calling(server.sockets[0].getsockname()[1]) as peer:
        yield peer


@pytest.fixture
async def port() -> AsyncIterator[int]:
    async with listener.listening("127.0.0.1", 0, is_ours) as server:
        yield server.sockets[0].getsockname()[1]


@pytest.fixture
async def peer(port: int) -> AsyncIterator[Peer]:
    """A peer that has been greeted and has said EHLO."""
    async with calling(port) as peer:
        assert (await peer.reply()).startswith(b"220 ")
        await peer.greets()
        yield peer


@pytest.fixture
def settle(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Config]:
    def change(**settings: object) -> Config:
        changed = msgspec.structs.replace(config(), **settings)
        monkeypatch.setattr(listener, "config", lambda: changed)
        return changed

    return change


async def kept() -> list[bytes]:
    return [bytes(row["content"]) for row in await InboundRaw.select(InboundRaw.content).order_by(InboundRaw.id)]


# Where a letter ends


@pytest.mark.parametrize(
    "end",
    [
        *(b"\n.\n", b"\n.\r\n", b"\r.\r\n", b"\r\n.\n", b"\r\n.\r", b"\r.\r", b"\n.\r", b"\r.\n", b"\n\n.\r\n\n"),
        *(b"\r\n\x00.\r\n", b"\r\n.\x00\r\n", b"\r\n.\r\x00\n", b"\x00\r\n.\r", b"\r\x00\n.\r\n"),
        *(b"\r\n.\r\r\n", b"\r\r\n.\r\r\n", b"\r\n. \r\n", b"\r\n .\r\n"),
    ],
    ids=repr,
)  # fmt: skip
async def test_no_other_end_than_the_right_one_ends_a_letter(peer: Peer, end: bytes) -> None:
    """A server in front of us that takes such an end for content must not become the carrier of a second letter."""
    smuggled = b"EHLO evil.example\r\n" + ENVELOPE + b"From: ceo@lua.example\r\nSubject: Pay\r\n\r\nNow."
    content = RAW + b"Tail" + end + smuggled

    assert (await peer.codes(ENVELOPE, 3))[-1] == 354
    replies = await peer.says(content.replace(b"\r\n.", b"\r\n..") + b"\r\n.\r\nNOOP\r\n", 2)

    assert [reply[:10] for reply in replies] == [b"250 2.0.0 ", b"250 2.0.0 "]
    assert b"Kept" in replies[0]
    assert b"Kept" not in replies[1]
    assert await kept() == [content + b"\r\n"]


@pytest.mark.parametrize(
    "end", [b"\n.\n", b"\n.\r\n", b"\r.\r\n", b"\r\n.\n", b"\r\n.\r", b"\r\n.\x00\r\n", b"\r.\n"], ids=repr
)
async def test_even_unstuffed_a_wrong_end_is_content(peer: Peer, end: bytes) -> None:
    """As a careless server passes it on: with the dot as its attacker wrote it."""
    await peer.codes(ENVELOPE, 3)
    peer.writer.write(RAW + b"Tail" + end + ENVELOPE + b"Second\r\n.\r\n")

    assert (await peer.reply()).startswith(b"250 2.0.0 Kept")
    (one,) = await kept()
    assert b"Second" in one


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 7, 65535, 65536, 65537, 200_000])
async def test_letters_arrive_whole_however_they_are_cut(peer: Peer, size: int) -> None:
    raw = (
        b".\r\n..\r\n.x\r\n"
        + bytes(range(256)) * 3
        + b"\r\n"
        + (b"y" * 150_000 if size > 10 else b"")
        + b".\r\n\r\n.z\r\n"
    )
    stuffed = b"." + raw.replace(b"\r\n.", b"\r\n..")
    await peer.codes(ENVELOPE, 3)
    for start in range(0, len(stuffed), size):
        peer.writer.write(stuffed[start : start + size])
        await peer.writer.drain()
        if size < 10 and start % 50 < size:
            await asyncio.sleep(0)
    peer.writer.write(b".\r\n")

    assert (await peer.reply()).startswith(b"250 2.0.0 Kept")
    assert await kept() == [raw]


async def test_an_empty_letter_is_a_letter(peer: Peer) -> None:
    await peer.codes(ENVELOPE, 3)

    assert await peer.codes(b".\r\n") == [250]
    assert await kept() == [b""]


# What is offered


async def test_it_says_what_it_can(peer: Peer) -> None:
    said = await peer.greets()

    assert f"250-SIZE {config().letter_limit}\r\n".encode() in said
    for word in (b"8BITMIME", b"SMTPUTF8", b"PIPELINING", b"ENHANCEDSTATUSCODES"):
        assert b"250-" + word + b"\r\n" in said
    for word in (b"AUTH", b"STARTTLS", b"CHUNKING", b"XCLIENT"):
        assert word not in said
    assert await peer.codes(b"AUTH PLAIN AHgAeQ==\r\nXCLIENT NAME=x\r\nEXPN all\r\n", 3) == [500, 500, 502]


async def test_everything_may_be_said_at_once(peer: Peer) -> None:
    """PIPELINING (RFC 2920): also the next letter right behind the end of one."""
    second = letter("Thư hai.", message_id="<2@x>").replace(b"\n", b"\r\n")

    two = ENVELOPE.replace(b"DATA", b"RCPT TO:<x@else.example>\r\nDATA")
    codes = await peer.codes(ENVELOPE + RAW + b".\r\n" + two + second + b".\r\nQUIT\r\n", 9)

    assert codes == [250, 250, 354, 250, 250, 250, 550, 354, 250]
    assert await peer.reply() == b"221 2.0.0 Bye\r\n"
    assert await kept() == [RAW, second]


async def test_without_a_recipient_there_is_no_letter(peer: Peer) -> None:
    said = ENVELOPE.replace(b"@lua.", b"@else.")

    assert await peer.codes(said, 3) == [250, 550, 503]
    assert await peer.codes(b"NOOP\r\n") == [250]


async def test_addresses_in_vietnamese_are_taken(peer: Peer) -> None:
    said = ENVELOPE.replace(b"support@", "hỗ.trợ@".encode()).replace(b">\r\nRCPT", b"> BODY=8BITMIME SMTPUTF8\r\nRCPT")

    assert await peer.codes(said, 3) == [250, 250, 354]
    assert await peer.codes(RAW + b".\r\n") == [250]
    row = await Inbound.select(Inbound.envelope_to).first()
    assert row == {"envelope_to": '["hỗ.trợ@lua.example"]'}


@pytest.mark.parametrize(
    "address",
    [
        *(b"", b"<>", b"<<>>", b"<@lua.example>", b"<\xff@lua.example>", b"<\x00@lua.example>"),
        *(b'<"@lua.example>', b"<(@lua.example>", b"<[@lua.example>", b"<" + b"a" * 1900 + b"@else.example>"),
    ],
)
async def test_what_is_no_address_of_ours_is_refused_for_good(peer: Peer, address: bytes) -> None:
    codes = await peer.codes(b"MAIL FROM:<>\r\nRCPT TO:" + address + b"\r\n", 2)

    assert codes[0] == 250
    assert 500 <= codes[1] <= 559
    assert await peer.codes(b"NOOP\r\n") == [250]


async def test_every_reply_of_lmtp_has_its_enhanced_code(port: int) -> None:
    async with calling(port) as peer:
        await peer.reply()
        assert b"250-PIPELINING" in await peer.greets(b"LHLO")
        said = b"MAIL FROM:<>\r\nRSET\r\nDATA\r\nNOOP\r\nVRFY x\r\nBOGUS\r\nMAIL TO\r\nQUIT\r\n"
        replies = await peer.says(said, 8)

    assert [reply[:10] for reply in replies] == [
        b"250 2.1.0 ", b"250 2.0.0 ", b"503 5.5.1 ", b"250 2.0.0 ", b"252 2.5.0 ", b"500 5.5.2 ", b"501 5.5.4 ",
        b"221 2.0.0 ",
    ]  # fmt: skip


# What is too much


async def test_too_large_is_said_before_it_is_sent(peer: Peer) -> None:
    limit = config().letter_limit

    assert await peer.codes(b"MAIL FROM:<lan@khach.example> SIZE=%d\r\n" % (limit + 1)) == [552]
    assert await peer.codes(b"MAIL FROM:<lan@khach.example> SIZE=%d\r\n" % limit) == [250]


@pytest.mark.parametrize(
    "content", [b"x" * 900_000, b"x\r\n" * 300_000, b"..\r\n" * 225_000], ids=["line", "lines", "dots"]
)
@pytest.mark.parametrize("word", [b"EHLO", b"LHLO"])
async def test_a_letter_that_lies_about_its_size_takes_no_memory(
    settle: Callable[..., Config], content: bytes, word: bytes
) -> None:
    settle(letter_limit=65536)
    async with door() as peer:
        await peer.reply()
        await peer.greets(word)
        await peer.codes(ENVELOPE.replace(b"DATA", b"RCPT TO:<sales@lua.example>\r\nDATA"), 4)
        replies = 2 if word == b"LHLO" else 1
        assert await peer.codes(content + b"\r\n.\r\n", replies) == [552] * replies
        assert await peer.codes(b"NOOP\r\n") == [250]
    assert await kept() == []


async def test_many_large_letters_at_once_are_asked_to_come_again(
    settle: Callable[..., Config], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listener, "LETTERS_IN_HAND", 1)
    settle(letter_limit=200_000)
    async with listener.listening("127.0.0.1", 0, is_ours) as server:
        port = server.sockets[0].getsockname()[1]
        async with calling(port) as first, calling(port) as second:
            for one in (first, second):
                await one.reply()
                await one.greets()
                await one.codes(ENVELOPE, 3)
            first.writer.write(b"x" * 150_000)
            await first.writer.drain()
            await asyncio.sleep(0.05)
            assert await second.codes(b"y" * 150_000 + b"\r\n.\r\n") == [452]
            assert await first.codes(b"\r\n.\r\n") == [250]
            assert await second.codes(ENVELOPE, 3) == [250, 250, 354]
            assert await second.codes(b"y" * 150_000 + b"\r\n.\r\n") == [250]


async def test_sessions_have_an_end(peer: Peer, monkeypatch: pytest.MonkeyPatch) -> None:
    await peer.codes(b"MAIL FROM:<>\r\n")
    refusals = await peer.codes(b"RCPT TO:<x@else.example>\r\n" * 30, 21)

    assert refusals == [550] * 20 + [421]
    assert await peer.reply() == b""


async def test_a_letter_that_is_kept_forgives_refusals(peer: Peer) -> None:
    for number in range(3):
        said = b"MAIL FROM:<>\r\n" + b"RCPT TO:<x@else.example>\r\n" * 15 + b"RCPT TO:<support@lua.example>\r\nDATA\r\n"
        assert (await peer.codes(said, 18))[-1] == 354
        assert await peer.codes(letter(message_id=f"<{number}@x>").replace(b"\n", b"\r\n") + b".\r\n") == [250]


async def test_unknown_commands_end_a_session(peer: Peer) -> None:
    assert await peer.codes(b"GET / HTTP/1.1\r\n" * 10, 5) == [500, 500, 500, 500, 502]
    assert await peer.reply() == b""


@pytest.mark.parametrize("length", [3000, 70_000, 300_000])
async def test_a_command_without_an_end_is_not_collected(peer: Peer, length: int) -> None:
    assert await peer.codes(b"MAIL FROM:<" + b"x" * length + b">\r\nNOOP\r\n", 2) == [500, 250]


async def test_recipients_are_counted(peer: Peer) -> None:
    await peer.codes(b"MAIL FROM:<>\r\n")

    assert await peer.codes(b"RCPT TO:<support@lua.example>\r\n" * 101, 101) == [250] * 100 + [452]


async def test_a_peer_has_only_so_many_lines(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listener, "MOST_SESSIONS_OF_A_PEER", 2)
    async with calling(port) as one, calling(port) as two:
        assert await one.codes(b"") == await two.codes(b"") == [220]
        async with calling(port) as three:
            assert await three.codes(b"") == [421]
            assert await three.reply() == b""
        two.writer.write(b"QUIT\r\n")
        assert [await two.reply(), await two.reply()] == [b"221 2.0.0 Bye\r\n", b""]
        async with calling(port) as four:
            assert await four.codes(b"") == [220]


async def test_who_is_not_on_the_list_keeps_their_letters(settle: Callable[..., Config]) -> None:
    settle(smtp_peers="192.0.2.0/24")
    async with door() as peer:
        assert await peer.codes(b"") == [421]
        assert await peer.reply() == b""


@pytest.mark.parametrize(
    ("peer", "is_in"),
    [
        *((own, True) for own in ("127.0.0.1", "::1", "::ffff:10.1.2.3", "172.31.0.9", "fd00::7")),
        *((other, False) for other in ("8.8.8.8", "::ffff:8.8.8.8", "2001:db8::1", "", "fe80::1%eth0")),
    ],
)
def test_by_default_this_machine_and_private_networks_may_hand_in(peer: str, is_in: bool) -> None:
    intake = listener.Intake(is_ours, Config())

    assert (intake.greeting_refusal(peer) == "") is is_in


async def test_who_says_nothing_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listener, "PATIENCE_SECONDS", 0.05)
    async with door() as peer:
        assert await peer.codes(b"", 2) == [220, 421]
        assert await peer.reply() == b""


async def test_a_letter_that_drips_is_not_awaited_for_ever(peer: Peer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listener, "LETTER_SECONDS", -1)
    await peer.codes(ENVELOPE, 3)

    assert await peer.codes(RAW + b".\r\n") == [451]
    assert await kept() == []


# Trouble of ours


@pytest.mark.parametrize("word", [b"EHLO", b"LHLO"])
async def test_trouble_of_ours_is_told_to_every_recipient(
    port: int, word: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*args: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(listener, "receive", broken)
    async with calling(port) as peer:
        await peer.reply()
        await peer.greets(word)
        await peer.codes(ENVELOPE.replace(b"DATA", b"RCPT TO:<sales@lua.example>\r\nDATA"), 4)
        replies = 2 if word == b"LHLO" else 1
        assert await peer.codes(RAW + b".\r\n", replies) == [451] * replies
        assert await peer.codes(b"NOOP\r\n") == [250]


async def test_not_to_know_our_addresses_is_trouble_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(address: str) -> bool:
        raise RuntimeError("the database is away")

    async with door(broken) as peer:
        await peer.reply()
        await peer.greets()
        assert await peer.codes(ENVELOPE, 3) == [250, 451, 503]


async def test_a_closing_door_answers_the_letter_it_has_and_sends_the_others_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slowly(*told: object) -> object:
        begun.set()
        await go_on.wait()
        return await receive(*told)  # type: ignore[arg-type]  # as it was called

    monkeypatch.setattr(listener, "receive", slowly)
    door = listener.listening("127.0.0.1", 0, is_ours)
    port = (await door.__aenter__()).sockets[0].getsockname()[1]
    async with calling(port) as busy, calling(port) as idle:
        for one in (busy, idle):
            await one.reply()
            await one.greets()
        await busy.codes(ENVELOPE, 3)
        busy.writer.write(RAW + b".\r\n")
        await begun.wait()
        closing = asyncio.create_task(door.__aexit__(None, None, None))
        assert [await idle.codes(b""), await idle.reply()] == [[421], b""]
        go_on.set()
        assert await busy.codes(b"", 2) == [250, 421]
        await closing
    assert await kept() == [RAW]


async def test_who_hangs_up_in_the_middle_leaves_nothing(port: int) -> None:
    async with calling(port) as peer:
        await peer.reply()
        await peer.greets()
        await peer.codes(ENVELOPE, 3)
        peer.writer.write(RAW)
        await peer.writer.drain()
    await asyncio.sleep(0.05)

    assert await kept() == []


# TLS


def certify(folder: Path, name: str) -> Path:
    """A certificate and its key in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    began = datetime.now(UTC) - timedelta(days=1)
    made = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(began)
        .not_valid_after(began + timedelta(days=9))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    file = folder / f"{name}.pem"
    file.write_bytes(pem + made.public_bytes(serialization.Encoding.PEM))
    return file


async def starts_tls(port: int, certificate: Path, name: str, behind: bytes = b"") -> Peer:
    """A peer that has changed to TLS and trusts this certificate only; `behind` is said before, in the same breath."""
    peer = Peer(*await asyncio.open_connection("127.0.0.1", port))
    await peer.reply()
    assert b"250-STARTTLS" in await peer.greets()
    assert await peer.codes(b"STARTTLS\r\n" + behind) == [220]
    trust = ssl.create_default_context(cafile=str(certificate))
    await peer.writer.start_tls(trust, server_hostname=name)
    return peer


async def test_letters_come_in_encrypted_and_what_was_said_before_is_forgotten(
    settle: Callable[..., Config], tmp_path: Path
) -> None:
    file = certify(tmp_path, "help.example.vn")
    settle(smtp_certificate=str(file))
    async with listener.listening("127.0.0.1", 0, is_ours) as server:
        port = server.sockets[0].getsockname()[1]
        peer = await starts_tls(port, file, "help.example.vn")
        assert await peer.codes(b"MAIL FROM:<>\r\n") == [503]
        said = await peer.greets()
        assert b"STARTTLS" not in said
        assert b"AUTH" not in said
        assert await peer.codes(ENVELOPE, 3) == [250, 250, 354]
        assert await peer.codes(RAW + b".\r\n") == [250]
        peer.writer.close()

        renewed = certify(tmp_path, "new.example.vn")
        renewed.rename(file)
        (await starts_tls(port, file, "new.example.vn")).writer.close()
    assert await kept() == [RAW]


async def test_nothing_said_in_the_open_counts_behind_the_curtain(
    settle: Callable[..., Config], tmp_path: Path
) -> None:
    """The command injection of STARTTLS (CVE-2011-0411)."""
    file = certify(tmp_path, "help.example.vn")
    settle(smtp_certificate=str(file))
    async with listener.listening("127.0.0.1", 0, is_ours) as server:
        port = server.sockets[0].getsockname()[1]
        try:
            peer = await starts_tls(
                port, file, "help.example.vn", b"EHLO evil.example\r\nMAIL FROM:<evil@x.example>\r\n"
            )
        except (ssl.SSLError, ConnectionError):
            return  # to hang up is right as well
        assert await peer.codes(b"RCPT TO:<support@lua.example>\r\n") == [503]
        peer.writer.close()


def test_a_certificate_that_cannot_be_used_is_told_at_the_start(tmp_path: Path) -> None:
    broken = tmp_path / "broken.pem"
    broken.write_text("no certificate")

    for file in (broken, tmp_path / "none.pem"):
        with pytest.raises(BadConfig, match="HELPDESK_SMTP_CERTIFICATE"):
            listener.certificate_of(msgspec.structs.replace(Config(), smtp_certificate=str(file)))


async def test_bounces_come_from_nobody(peer: Peer) -> None:
    await peer.codes(ENVELOPE.replace(b"lan@khach.example", b""), 3)
    await peer.codes(RAW + b".\r\n")

    assert await Inbound.select(Inbound.envelope_from).first() == {"envelope_from": identity.NULL_SENDER}
