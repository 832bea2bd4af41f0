"""From a cookie or a token to the actor; signing in and out of browsers."""

from datetime import timedelta
from functools import partial
from typing import Final

from litestar.datastructures import Cookie

from helpdesk.core.actor import VISITOR, Actor
from helpdesk.core.clock import now
from helpdesk.core.config import config
from helpdesk.core.db import on_commit
from helpdesk.core.kept import Kept
from helpdesk.core.keys import new_token, token_hash
from helpdesk.people.queries import actor_of
from helpdesk.people.tables import ApiToken, Session

COOKIE: Final = "__Host-session" if config().is_secure else "session"
LASTS: Final = timedelta(days=30)
KEPT_SECONDS: Final = 5.0
"""How long another machine may still know a session that was ended in this one."""

_kept: Final = Kept[tuple[bool, str], Actor]("sessions", KEPT_SECONDS, most=10_000)
"""By whether it is a token and its hash: a cookie is never taken for a token, nor the other way round."""


async def recognise(cookie: str, bearer: str) -> Actor:
    """Who has this session cookie or API token (either may be empty); a visitor when nobody."""
    if not cookie and not bearer:
        return VISITOR
    is_token, hashed = bool(bearer), token_hash(bearer or cookie)
    return await _kept.get((is_token, hashed), partial(_actor, hashed, is_token=is_token))


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
    await Session.delete().where(Session.token_hash == token_hash(cookie))
    _kept.forget()
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
    _kept.forget()


async def _actor(hashed: str, *, is_token: bool) -> Actor:
    person = await (_of_token(hashed) if is_token else _of_session(hashed))
    return VISITOR if person is None else await actor_of(person)


async def _of_session(key: str) -> int | None:
    row = await Session.select(Session.person).where((Session.token_hash == key) & (Session.expires_at > now())).first()
    return row["person"] if row else None


async def _of_token(key: str) -> int | None:
    row = await ApiToken.select(ApiToken.person).where(ApiToken.token_hash == key).first()
    if row is None:
        return None
    await ApiToken.update({ApiToken.used_at: now()}).where(ApiToken.token_hash == key)
    return int(row["person"])


def _cookie(value: str, seconds: int) -> Cookie:
    return Cookie(
        key=COOKIE, value=value, path="/", max_age=seconds, httponly=True, samesite="lax", secure=config().is_secure
    )
