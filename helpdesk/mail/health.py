"""
How the mail does: whether letters come in from each mailbox, and whether they go out.

It is looked at when a page is made, so that it is seen also when nothing works behind the pages; a periodic job
looks too, and says once that something stopped and once that it is over.
"""

import asyncio
from datetime import datetime, timedelta
from typing import Final, Literal

from msgspec import Struct

from helpdesk.core import disk
from helpdesk.core.clock import now
from helpdesk.core.config import config
from helpdesk.core.db import transaction
from helpdesk.core.kept import Kept
from helpdesk.events.record import record
from helpdesk.i18n.catalogue import Phrase, phrase
from helpdesk.i18n.kept import kept, taken_up
from helpdesk.mail.events import MailRecovered, MailStopped
from helpdesk.mail.outgoing import sending
from helpdesk.mail.outgoing.why import of_server
from helpdesk.mail.tables import Mailbox, Outbound, Relay, Trouble

STOPPED_AFTER: Final = timedelta(minutes=3)
"""A short pause is nothing to tell of. With the job that looks twice a minute, staff hear of more within five."""
KEPT_SECONDS: Final = 10.0

HINDRANCES: Final[dict[disk.Hindrance, Phrase]] = {
    "full": phrase("The disk is full, so nothing can be kept."),
    "closed": phrase("The data folder cannot be written, so nothing can be kept."),
}

_watched_at: datetime | None = None
"""When this process last looked whether something had stopped."""

Look = Literal["ok", "warn", "danger", "off"]
State = tuple[Look, Phrase | str]


class Health(Struct, frozen=True):
    """
    How one mailbox or the outbox (`name` is empty) does.

    `reason` says why it is not well, `said` gives the words of the machines. `last_at`: when a letter last
    went through, or, for a mailbox, when it was last looked into. `oldest_at`: since when letters have waited.
    """

    thing: str
    name: str
    url: str
    look: Look
    reason: Phrase | str = ""
    said: str = ""
    since: datetime | None = None
    last_at: datetime | None = None
    waiting: int = 0
    oldest_at: datetime | None = None

    @property
    def has_stopped(self) -> bool:
        return self.look == "danger"


async def everything() -> list[Health]:
    """The outbox, then the mailboxes that are fetched, by name."""
    return [await of_outbox(), *await of_mailboxes()]


async def stopped() -> list[Health]:
    """What stands still now, as it was some seconds ago; for the banner on every page of the desk."""
    return await _kept.get("stopped", _stopped)


async def of_outbox() -> Health:
    relay = await Relay.select(Relay.failing_since, Relay.last_error, Relay.sent_at, Relay.sends_until).first() or {}
    open_ones = Outbound.state == ("waiting" if config().smtp_url else "kept")
    oldest = await Outbound.select(Outbound.created_at).where(open_ones).order_by(Outbound.id).first()
    since, said = relay.get("failing_since"), relay.get("last_error", "")
    look, reason = await _state_of_outbox(since, said, relay.get("sends_until"), await sending.longest_due())
    return Health(
        thing="outbox",
        name="",
        url="/admin/outbox",
        look=look,
        reason=reason,
        said=said if since else "",
        since=since,
        last_at=relay.get("sent_at"),
        waiting=await Outbound.count().where(open_ones),
        oldest_at=oldest["created_at"] if oldest else None,
    )


async def of_mailboxes() -> list[Health]:
    rows = await (
        Mailbox.select(
            *(Mailbox.id, Mailbox.name, Mailbox.failing_since, Mailbox.last_error),
            *(Mailbox.fetched_at, Mailbox.listening_until),
        )
        .where(Mailbox.is_active.eq(True))
        .order_by(Mailbox.name, Mailbox.id)
    )
    found = []
    for row in rows:
        look, reason = await _state_of_mailbox(
            row["failing_since"], taken_up(row["last_error"]), row["fetched_at"], row["listening_until"]
        )
        found.append(
            Health(
                thing=f"mailbox:{row['id']}",
                name=row["name"],
                url=f"/admin/mailboxes/{row['id']}",
                look=look,
                reason=reason,
                since=row["failing_since"],
                last_at=row["fetched_at"],
            )
        )
    return found


async def watch() -> None:
    """
    The periodic job: note what has stopped and what is well again, each once.

    Who has just begun to look, as after an upgrade or a night's sleep, blames nobody yet for what was left undone.
    """
    global _watched_at
    has_just_come, _watched_at = _watched_at is None or _is_long(_watched_at), now()
    async with transaction():
        rows = await Trouble.select(Trouble.id, Trouble.thing).where(Trouble.over_at.is_null())
        known = {row["thing"]: row["id"] for row in rows}
        ill = {
            one.thing: one
            for one in await everything()
            if one.has_stopped and (one.since or one.thing in known or not has_just_come)
        }
        for thing in ill.keys() - known.keys():
            one = ill[thing]
            row = Trouble(thing=thing, name=one.name, reason=kept(one.reason), began_at=one.since or now())
            await row.save()
            await record(MailStopped(actor=None, trouble=row.id))
        for thing in known.keys() - ill.keys():
            await Trouble.update({Trouble.over_at: now()}).where(Trouble.id == known[thing])
            await record(MailRecovered(actor=None, trouble=known[thing]))


async def _state_of_outbox(
    since: datetime | None, said: str, sends_until: datetime | None, due: datetime | None
) -> State:
    """`due` is since when the letter whose turn it is has waited for somebody to send it."""
    if not config().smtp_url:
        return "off", phrase("No mail server is set, so letters stay on the outbox page.")
    if since is not None:
        return "danger" if _is_long(since) else "warn", of_server(said)
    is_being_done = sends_until is not None and sends_until > now()
    if due is not None and due <= now() - STOPPED_AFTER and not is_being_done:
        return "danger", await _hindrance() or phrase("Letters wait and nobody sends them: is the worker running?")
    return "ok", ""


async def _state_of_mailbox(
    since: datetime | None, said: Phrase | str, fetched_at: datetime | None, listening_until: datetime | None
) -> State:
    if since is not None:
        return "danger" if _is_long(since) else "warn", said
    is_listening = listening_until is not None and listening_until > now()
    if fetched_at is not None and fetched_at <= now() - STOPPED_AFTER and not is_listening:
        return "danger", await _hindrance() or phrase("Nobody looks into it: is the worker running?")
    return ("warn" if said else "ok"), said


def _is_long(since: datetime) -> bool:
    """Whether so much time has passed. For how long, nobody knows of a moment that a wrong clock has told."""
    return since <= now() - STOPPED_AFTER or since > now()


async def _hindrance() -> Phrase | None:
    """Why nobody can do anything, where it is the disk; it was looked at some seconds ago."""
    return HINDRANCES.get(await _disk.get("", lambda: asyncio.to_thread(disk.hindrance)))


async def _stopped() -> list[Health]:
    return [one for one in await everything() if one.has_stopped]


_kept: Final = Kept[str, list[Health]]("health of the mail", KEPT_SECONDS)
_disk: Final = Kept[str, disk.Hindrance]("health of the disk", KEPT_SECONDS)
