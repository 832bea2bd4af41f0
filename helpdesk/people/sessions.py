"""From a cookie or a token to the actor; signing in and out of browsers."""

import time
from datetime import timedelta
from typing import Final

from litestar.datastructures import Cookie

from helpdesk.core.actor import VISITOR, Actor
from helpdesk.core.clock import now
from helpdesk.core.config import config
from helpdesk.core.db import on_commit
from helpdesk.core.keys import new_token, token_hash
from helpdesk.people.queries import actor_of
from helpdesk.people.tables import ApiToken, Session

COOKIE: Final = "__Host-session" if config().is_secure else "session"
LASTS: Final = timedelta(days=30)
CACHE_SECONDS: Final = 5.0
"""How long another process may still know a session that was ended in this one."""
_MOST_KEPT: Final = 10_000

_kept: Final[dict[str, tuple[float, Actor]]] = {}


async def recognise(cookie: str, bearer: str) -> Actor:
    """Who has this session cookie or API token (either may be empty); a visitor when nobody."""
    if not cookie and not bearer:
        return VISITOR
    hashed = token_hash(bearer or cookie)
    key = _cache_key(hashed, is_token=bool(bearer))
    kept = _kept.get(key)
    if kept is not None and time.monotonic() - kept[0] < CACHE_SECONDS:
        return kept[1]
    person = await (_of_token(hashed) if bearer else _of_session(hashed))
    actor = await actor_of(person) if person is not None else VISITOR
    if len(_kept) >= _MOST_KEPT:
        _kept.clear()
    _kept[key] = (time.monotonic(), actor)
    return actor


async def begin(person_id: int, *, browser: str, address: str) -> Cookie:
    """Sign a browser in: the cookie to send it. `browser` is its User-Agent, `address` its IP address."""
    token = new_token()
    await Session.insert(
        Session(
            person=person_id,
            token_hash=token_hash(token),
            browser=browser[:200],
            address=address,
            created_at=now(),
            expires_at=now() + LASTS,
        )
    )
    return _cookie(token, int(LASTS.total_seconds()))


async def end(cookie: str) -> Cookie:
    """Sign this browser out: the cookie that takes the other one away."""
    hashed = token_hash(cookie)
    await Session.delete().where(Session.token_hash == hashed)
    _kept.pop(_cache_key(hashed, is_token=False), None)
    return _cookie("", 0)


async def end_all(person_id: int, *, but: str = "") -> None:
    """
    Sign a person out everywhere: after a new password, another role, or when they leave.

    `but` is the cookie of a browser that stays signed in.
    """
    await Session.delete().where((Session.person == person_id) & (Session.token_hash != token_hash(but)))
    on_commit(forget_all)


async def sweep() -> None:
    """Forget sessions that are over."""
    await Session.delete().where(Session.expires_at < now())


def forget_all() -> None:
    """Look everyone up anew: somebody's name, role or departments changed."""
    _kept.clear()


async def _of_session(key: str) -> int | None:
    row = await Session.select(Session.person).where((Session.token_hash == key) & (Session.expires_at > now())).first()
    return row["person"] if row else None


async def _of_token(key: str) -> int | None:
    row = await ApiToken.select(ApiToken.person).where(ApiToken.token_hash == key).first()
    if row is None:
        return None
    await ApiToken.update({ApiToken.used_at: now()}).where(ApiToken.token_hash == key)
    return int(row["person"])


def _cache_key(hashed: str, *, is_token: bool) -> str:
    """A cookie is never taken for a token, nor the other way round."""
    return f"{'token' if is_token else 'session'} {hashed}"


def _cookie(value: str, seconds: int) -> Cookie:
    return Cookie(
        key=COOKIE, value=value, path="/", max_age=seconds, httponly=True, samesite="lax", secure=config().is_secure
    )
