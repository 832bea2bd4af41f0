"""
Letters signed in the name of their sender's domain (DKIM: RFC 6376; Ed25519: RFC 8463).

A key is made here, its private half sealed. Letters are signed as they leave, with every active key of the
domain, so that a new key can be published and proved before the old one goes.
"""

import base64
import hashlib
import logging
import re
from collections.abc import Callable
from functools import partial
from typing import Final, Literal

import dkim
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256
from dkim.canonicalization import CanonicalizationPolicy
from msgspec import Struct

from helpdesk.core.actor import Actor
from helpdesk.core.clock import now
from helpdesk.core.db import locked, on_commit, transaction
from helpdesk.core.errors import Forbidden, Invalid, NotFound
from helpdesk.core.kept import Kept
from helpdesk.core.keys import seal, unseal
from helpdesk.events.record import record
from helpdesk.i18n.catalogue import phrase
from helpdesk.mail.access import may_manage
from helpdesk.mail.events import SigningKeyChosen, SigningKeyMade, SigningKeyRemoved
from helpdesk.mail.tables import DkimKey

Algorithm = Literal["rsa", "ed25519"]

RSA_BITS: Final = 2048
KEPT_SECONDS: Final = 5.0
SIGNED: Final = (
    *("from", "to", "cc", "subject", "date", "message-id", "in-reply-to", "references", "reply-to"),
    *("mime-version", "content-type"),
)
"""Header fields under the signature, as far as a letter has them; From once more, so that no second one is added."""

_DOMAIN: Final = re.compile(r"(?=.{1,253}\Z)[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})+")
_FROM: Final = re.compile(rb"^from:(?:[^\r\n]|\r\n[ \t])*@([A-Za-z0-9.-]+)>", re.IGNORECASE | re.MULTILINE)
_RELAXED: Final = CanonicalizationPolicy.from_c_value(b"relaxed/relaxed")

log: Final = logging.getLogger(__name__)


class Key(Struct, frozen=True):
    """A key as pages show it."""

    id: int
    domain: str
    selector: str
    algorithm: Algorithm
    public: str
    is_active: bool

    @property
    def host(self) -> str:
        """Where its record stands in DNS."""
        return f"{self.selector}._domainkey.{self.domain}"

    @property
    def text(self) -> str:
        """What the record says (RFC 6376, section 3.6.1)."""
        return f"v=DKIM1; k={self.algorithm}; p={self.public}"


class _Signing(Struct, frozen=True):
    domain: str
    selector: str
    algorithm: Algorithm
    private: str


_kept: Final = Kept[None, list[_Signing]]("signing domains", KEPT_SECONDS)


async def signed(content: bytes) -> bytes:
    """
    A letter with a signature of each active key of its sender's domain, or of the domain above that.

    A letter without such a key, or whose key cannot be read any more, goes as it is: no letter waits for this.
    """
    found = _FROM.search(content.partition(b"\r\n\r\n")[0] + b"\r\n")
    if found is None:
        return content
    active = await _kept.get(None, _read_active)
    domain = found[1].decode().lower()
    while domain.count("."):
        if keys := [key for key in active if key.domain == domain]:
            return b"".join(_signature(content, key) for key in keys) + content
        domain = domain.partition(".")[2]
    return content


async def keys(domain: str | None = None) -> list[Key]:
    """All keys, or those of one domain, the oldest first."""
    query = DkimKey.select(
        *(DkimKey.id, DkimKey.domain, DkimKey.selector, DkimKey.algorithm, DkimKey.public, DkimKey.is_active)
    )
    if domain is not None:
        query = query.where(DkimKey.domain == domain)
    return [Key(**row) for row in await query.order_by(DkimKey.id)]


async def make(actor: Actor, domain: str, algorithm: Algorithm) -> int:
    """
    A new key under the next free selector; it signs nothing until it is chosen. Its id.

    Raises Forbidden, and Invalid for what is no domain.
    """
    if not may_manage(actor):
        raise Forbidden()
    if not _DOMAIN.fullmatch(domain):
        raise Invalid({"domain": phrase("Write a domain such as example.vn.")})
    private, public = new_pair(algorithm)
    async with transaction():
        rows = await DkimKey.select(DkimKey.selector).where(DkimKey.domain == domain)
        taken = {row["selector"] for row in rows}
        selector = next(name for name in (f"desk{number}" for number in range(1, 10_000)) if name not in taken)
        row = DkimKey(
            domain=domain,
            selector=selector,
            algorithm=algorithm,
            private=seal(private),
            public=public,
            created_at=now(),
        )
        await row.save()
        await record(SigningKeyMade(actor=actor.id, domain=domain, selector=selector))
    return int(row.id)


async def choose(actor: Actor, key_id: int, *, is_active: bool) -> None:
    """Sign with this key from now on, in place of the other one of its kind; or no more."""
    async with transaction():
        key = await _to_change(actor, key_id)
        if is_active:
            others = (DkimKey.domain == key.domain) & (DkimKey.algorithm == key.algorithm) & (DkimKey.id != key_id)
            await DkimKey.update({DkimKey.is_active: False}).where(others)
        key.is_active = is_active
        await key.save([DkimKey.is_active])
        await record(SigningKeyChosen(actor=actor.id, domain=key.domain, selector=key.selector, is_active=is_active))
        on_commit(_kept.forget)


async def remove(actor: Actor, key_id: int) -> None:
    """Forget a key that signs nothing. Raises Invalid for one that does."""
    async with transaction():
        key = await _to_change(actor, key_id)
        if key.is_active:
            raise Invalid({"": phrase("Letters are signed with this key. Choose another one first.")})
        await DkimKey.delete().where(DkimKey.id == key_id)
        await record(SigningKeyRemoved(actor=actor.id, domain=key.domain, selector=key.selector))


def new_pair(algorithm: Algorithm) -> tuple[str, str]:
    """A private key (PEM, or 32 bytes in base64) and its public half in base64, as a record wants it."""
    if algorithm == "rsa":
        pair = rsa.generate_private_key(public_exponent=65537, key_size=RSA_BITS)
        pem = pair.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
        )
        der = pair.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        return pem.decode(), base64.b64encode(der).decode()
    one = ed25519.Ed25519PrivateKey.generate()
    raw = one.public_key().public_bytes_raw()
    return base64.b64encode(one.private_bytes_raw()).decode(), base64.b64encode(raw).decode()


class _Pair:
    """
    A key in the form in which dkimpy asks for a signature over a hash, whatever its kind.

    dkimpy would take its own arithmetic for RSA, which takes thirty times as long, and another library for Ed25519.
    """

    def __init__(self, algorithm: Algorithm, private: str) -> None:
        self.signature = b""
        self._sign: Callable[[bytes], bytes]
        if algorithm == "ed25519":
            self._sign = ed25519.Ed25519PrivateKey.from_private_bytes(base64.b64decode(private)).sign
        else:
            key = serialization.load_pem_private_key(private.encode(), None)
            if not isinstance(key, rsa.RSAPrivateKey):
                raise ValueError("no RSA key")
            self._sign = partial(key.sign, padding=PKCS1v15(), algorithm=Prehashed(SHA256()))

    def sign(self, digest: bytes) -> "_Pair":
        self.signature = self._sign(digest)
        return self


def _signature(content: bytes, key: _Signing) -> bytes:
    """The header field that signs a letter; empty where the key cannot be used, which is said in the log."""
    try:
        return _field(content, key, _Pair(key.algorithm, key.private))
    except (dkim.DKIMException, ValueError, TypeError) as trouble:
        log.error("letters of %s cannot be signed with %s: %s", key.domain, key.selector, trouble)
        return b""


def _field(content: bytes, key: _Signing, pair: _Pair) -> bytes:
    signer = dkim.DKIM(content, signature_algorithm=b"ed25519-sha256")  # so that it asks `pair`, whatever its kind
    signer.hasher = hashlib.sha256
    present = {name.lower().decode() for name, _ in signer.headers}
    names = tuple(name.encode() for name in (*(one for one in SIGNED if one in present), "from"))
    body = hashlib.sha256(_RELAXED.canonicalize_body(signer.body)).digest()
    fields = [
        (b"v", b"1"),
        (b"a", f"{key.algorithm}-sha256".encode()),
        (b"c", b"relaxed/relaxed"),
        (b"d", key.domain.encode()),
        (b"q", b"dns/txt"),
        (b"s", key.selector.encode()),
        (b"t", str(int(now().timestamp())).encode()),
        (b"h", b" : ".join(names)),
        (b"bh", base64.b64encode(body)),
        (b"b", b"0" * 60),
    ]
    signer.include_headers = names
    field: bytes = signer.gen_header(fields, names, _RELAXED, b"DKIM-Signature", pair)
    return b"DKIM-Signature: " + field


async def _read_active() -> list[_Signing]:
    rows = await (
        DkimKey.select(DkimKey.domain, DkimKey.selector, DkimKey.algorithm, DkimKey.private)
        .where(DkimKey.is_active.eq(True))
        .order_by(DkimKey.id)
    )
    return [_Signing(row["domain"], row["selector"], row["algorithm"], unseal(row["private"]) or "") for row in rows]


async def _to_change(actor: Actor, key_id: int) -> DkimKey:
    if not may_manage(actor):
        raise Forbidden()
    key = await locked(DkimKey.objects().where(DkimKey.id == key_id)).first()
    if key is None:
        raise NotFound()
    return key
