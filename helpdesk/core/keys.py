"""Secrets: random tokens and their hashes, signed links, passwords."""

import base64
import hashlib
import secrets
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from cryptography.fernet import Fernet, InvalidToken
from itsdangerous import BadSignature, URLSafeTimedSerializer

from helpdesk.core.config import secret_key

_hasher = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)
"""Argon2id with the parameters OWASP's password storage sheet gives as its first choice."""


def new_token() -> str:
    """256 random bits, safe in a URL. Only `token_hash` of it is ever stored."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


@cache
def _signer(purpose: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(secret_key(), salt=purpose)


def sign(purpose: str, value: object) -> str:
    """`value` in a form that only we can have made, for `purpose` alone."""
    return str(_signer(purpose).dumps(value))


def unsign(purpose: str, signed: str, *, max_age: int | None = None) -> object | None:
    """What was signed, or None when it was not us, for another purpose, or more than `max_age` seconds ago."""
    try:
        value: object = _signer(purpose).loads(signed, max_age=max_age)
    except BadSignature:
        return None
    return value


def seal(text: str) -> str:
    """`text` encrypted, for secrets that we must be able to say again (passwords of mailboxes)."""
    return _box().encrypt(text.encode()).decode()


def unseal(sealed: str) -> str | None:
    """What was sealed; None when it was not us, or before the secret key was changed."""
    try:
        return _box().decrypt(sealed.encode()).decode()
    except InvalidToken:
        return None


@cache
def _box() -> Fernet:
    """AES and HMAC (the Fernet format) under a key made from ours, and used for nothing else."""
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(b"seal:" + secret_key().encode()).digest()))


def hash_password(password: str) -> str:
    return _hasher.hash(password)


def is_password(stored: str, password: str) -> bool:
    """
    Whether `password` made `stored`.

    An empty `stored` takes as long as a wrong password does, so that nobody can learn from the
    time it takes which addresses have an account.
    """
    try:
        _hasher.verify(stored or _nobodys(), password)
    except (VerificationError, InvalidHashError):
        return False
    return bool(stored)


@cache
def _nobodys() -> str:
    return _hasher.hash(secrets.token_urlsafe())
