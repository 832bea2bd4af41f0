"""Letters are signed so that others can prove them, with keys that can be changed without a gap."""

import base64
import hashlib
import re

import dkim
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from helpdesk.core.errors import Forbidden, Invalid
from helpdesk.mail.outgoing import dkim as signing
from helpdesk.mail.outgoing.compose import compose
from helpdesk.mail.reading.letter import Address
from helpdesk.mail.reading.parse import parse
from helpdesk.mail.tables import DkimKey
from tests.factories import Desk
from tests.mail_flow.test_compose import TEXTS, outgoing

RFC_8463 = b"""DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;
 d=football.example.com; i=@football.example.com;
 q=dns/txt; s=brisbane; t=1528637909; h=from : to :
 subject : date : message-id : from : subject : date;
 bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;
 b=/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus
 Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==
From: Joe SixPack <joe@football.example.com>
To: Suzie Q <suzie@shopping.example.net>
Subject: Is dinner ready?
Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)
Message-ID: <20030712040037.46341.5F8J@football.example.com>

Hi.

We lost the game.  Are you hungry yet?

Joe.
""".replace(b"\n", b"\r\n")
"""The signed letter of RFC 8463, appendix A.3."""
RFC_8463_KEY = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="


def is_proved(raw: bytes, public: str) -> bool:
    """An Ed25519 signature proved by the words of RFC 6376 and RFC 8463, without the code that made it."""
    head, _, body = raw.partition(b"\r\n\r\n")
    fields = [field.partition(b":") for field in re.split(rb"\r\n(?![ \t])", head)]
    named = [(name.strip().lower(), name, value) for name, _, value in fields]
    signature = next(value for name, _, value in named if name == b"dkim-signature")
    tags = {part.partition(b"=")[0].strip(): part.partition(b"=")[2] for part in signature.split(b";") if part.strip()}
    lines = [re.sub(rb"[ \t]+", b" ", line).rstrip(b" ") for line in body.split(b"\r\n")]
    while lines and not lines[-1]:
        lines.pop()
    canonical = b"".join(line + b"\r\n" for line in lines)
    if base64.b64encode(hashlib.sha256(canonical).digest()) != re.sub(rb"\s", b"", tags[b"bh"]):
        return False
    rest = [(name, value) for name, _, value in named if name != b"dkim-signature"]
    data = b""
    for name in (one.strip().lower() for one in tags[b"h"].split(b":")):
        at = next((number for number in reversed(range(len(rest))) if rest[number][0] == name), None)
        if at is not None:
            data += name + b":" + _relaxed(rest.pop(at)[1]) + b"\r\n"
    data += b"dkim-signature:" + _relaxed(re.sub(rb"(\bb=)[^;]*\Z", rb"\1", signature))
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public))
    try:
        key.verify(base64.b64decode(re.sub(rb"\s", b"", tags[b"b"])), hashlib.sha256(data).digest())
    except InvalidSignature:
        return False
    return True


def _relaxed(value: bytes) -> bytes:
    return re.sub(rb"[ \t]+", b" ", value.replace(b"\r\n", b"")).strip(b" \t")


@pytest.mark.once
def test_the_proof_is_that_of_the_standard() -> None:
    assert is_proved(RFC_8463, RFC_8463_KEY)
    assert not is_proved(RFC_8463.replace(b"lost", b"won"), RFC_8463_KEY)
    assert not is_proved(RFC_8463.replace(b"dinner", b"lunch"), RFC_8463_KEY)
    seed = base64.b64decode("nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=")
    assert base64.b64encode(Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()).decode() == (
        RFC_8463_KEY
    )


def records(keys: list[signing.Key]) -> dict[bytes, bytes]:
    return {f"{key.host}.".encode(): key.text.encode() for key in keys}


async def is_valid(raw: bytes) -> bool:
    """Whether dkimpy proves the first RSA signature with the keys that are published."""
    published = records(await signing.keys())
    return bool(dkim.verify(raw, dnsfunc=lambda name, timeout=5: published.get(name)))


@pytest.mark.parametrize("kind", TEXTS)
async def test_what_we_send_is_proved_by_others(desk: Desk, kind: str) -> None:
    an = await desk.admin()
    key = await signing.make(an, "lua.example", "rsa")
    await signing.choose(an, key, is_active=True)
    content = compose(
        outgoing(
            subject=TEXTS[kind],
            sender=Address(TEXTS[kind], "support@lua.example"),
            text=f"{TEXTS[kind]}\n\n.\n  \nFrom here  \n\n\n",
            references=("1@khach.example", "2@khach.example"),
            reply_to="support+t7.abc@lua.example",
            automatic="auto-replied",
        )
    )

    raw = await signing.signed(content)

    assert raw.endswith(content)
    assert await is_valid(raw)
    assert not await is_valid(raw.replace(b"\r\nDate: Fri", b"\r\nDate: Sat"))
    assert not await is_valid(raw + b"more\r\n")
    assert not await is_valid(raw.replace(b"\r\nTo: ", b"\r\nFrom: <evil@example.net>\r\nTo: ", 1)), "no second From"
    assert parse(raw).sender == parse(content).sender


async def test_two_kinds_of_keys_sign_beside_each_other(desk: Desk) -> None:
    an = await desk.admin()
    rsa = await signing.make(an, "lua.example", "rsa")
    await signing.choose(an, rsa, is_active=True)
    await signing.choose(an, await signing.make(an, "lua.example", "ed25519"), is_active=True)
    content = compose(outgoing())

    raw = await signing.signed(content)

    first, second = [field for field in re.split(rb"\r\n(?![ \t])", raw) if field.startswith(b"DKIM-Signature")]
    keys = {key.algorithm: key for key in await signing.keys("lua.example")}
    assert is_proved(second + b"\r\n" + content, keys["ed25519"].public)
    assert not is_proved(
        second + b"\r\n" + content.replace(b"M=C3=A1y", b"May").replace(b"Lan", b"Huy"), keys["ed25519"].public
    )
    assert await is_valid(first + b"\r\n" + content)
    assert keys["ed25519"].text == f"v=DKIM1; k=ed25519; p={keys['ed25519'].public}"
    assert len(base64.b64decode(keys["ed25519"].public)) == 32


async def test_a_key_signs_once_it_is_chosen_and_the_old_one_stays_until_it_is_removed(desk: Desk) -> None:
    an = await desk.admin()
    content = compose(outgoing())
    old = await signing.make(an, "lua.example", "rsa")
    assert await signing.signed(content) == content, "nobody could prove it yet"

    await signing.choose(an, old, is_active=True)
    new = await signing.make(an, "lua.example", "rsa")
    assert b"s=desk1;" in await signing.signed(content)
    with pytest.raises(Invalid):
        await signing.remove(an, old)
    await signing.choose(an, new, is_active=True)
    assert b"s=desk2;" in await signing.signed(content)
    assert b"s=desk1;" not in await signing.signed(content)
    assert [key.selector for key in await signing.keys("lua.example")] == ["desk1", "desk2"]
    await signing.remove(an, old)
    assert [key.selector for key in await signing.keys("lua.example")] == ["desk2"]


async def test_a_domain_above_signs_for_those_below_and_no_other(desk: Desk) -> None:
    an = await desk.admin()
    await signing.choose(an, await signing.make(an, "lua.example", "rsa"), is_active=True)

    below = await signing.signed(compose(outgoing(sender=Address("x", "support@Help.Lua.example"))))
    other = await signing.signed(compose(outgoing(sender=Address("a@lua.example>", "support@notlua.example"))))

    assert b"d=lua.example;" in below
    assert await is_valid(below)
    assert not other.startswith(b"DKIM")


async def test_a_key_that_cannot_be_read_stops_no_letter(desk: Desk) -> None:
    an = await desk.admin()
    await signing.choose(an, await signing.make(an, "lua.example", "rsa"), is_active=True)
    await DkimKey.update({DkimKey.private: "sealed with another secret"}, force=True)
    content = compose(outgoing())

    assert await signing.signed(content) == content
    assert await signing.signed(b"no letter at all") == b"no letter at all"


async def test_only_administrators_make_keys_and_never_show_the_private_half(desk: Desk) -> None:
    minh, an = await desk.agent("Minh"), await desk.admin()
    for actor in (minh, await desk.customer("Lan")):
        with pytest.raises(Forbidden):
            await signing.make(actor, "lua.example", "rsa")
    for wrong in ("", "lua", "lúa.example", "a..b", "x" * 64 + ".vn", "lua.example\r\nx: y", "*.vn"):
        with pytest.raises(Invalid):
            await signing.make(an, wrong, "rsa")
    await signing.make(an, "lua.example", "rsa")
    stored = (await DkimKey.select(DkimKey.private))[0]["private"]
    assert "PRIVATE" not in stored
