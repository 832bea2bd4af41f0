"""
The jobs that fetch letters from mailboxes, and the ledger of what each fetch saw.

A letter is kept, and how far we are with it, in one transaction; only then is done with it at the server what was
chosen. A crash between the two leaves a row that says so, and the next fetch does it again. What the server fails
at is remembered by itself, so that no letter stops those behind it. A mailbox that an administrator changes, rests
or removes meanwhile is left at once.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
from msgspec import Struct

from helpdesk.core.clock import now
from helpdesk.core.config import config
from helpdesk.core.db import is_unstorable, locked, transaction
from helpdesk.core.leases import has_ended, is_free
from helpdesk.i18n.catalogue import Phrase, phrase
from helpdesk.i18n.kept import kept
from helpdesk.i18n.reader import Reader, reading_as
from helpdesk.jobs.queue import enqueue
from helpdesk.mail.doors.receive import receive
from helpdesk.mail.fetching import accounts, rules
from helpdesk.mail.fetching.imap import Imap
from helpdesk.mail.fetching.pop3 import Pop3
from helpdesk.mail.fetching.remote import FetchFailed, Server, SignInFailed, Taken, Unsettled, in_thread
from helpdesk.mail.reading.parse import parse_head
from helpdesk.mail.tables import Mailbox, MailboxFetch, MailboxLetter
from helpdesk.settings import store
from helpdesk.settings.site import SiteSettings

log = logging.getLogger(__name__)

AT_ONCE: Final = 200
"""Letters that one job fetches; the next job goes on."""
LEASE: Final = timedelta(seconds=60)
"""A fetch that has not said for so long that it lives is taken for dead."""
RENEW_SECONDS: Final = 15.0
BUSY_FOR: Final = timedelta(seconds=10)
LISTENING: Final = timedelta(seconds=45)
"""A process that has not said for so long that it listens to a mailbox is taken for dead."""
LISTENED_EVERY: Final = timedelta(minutes=5)
"""How often a mailbox is looked into whose server tells of new letters by itself."""
ASIDE_FOR: Final = timedelta(days=1)
"""How long a letter that the server fails at is left alone."""
FOUND_OUT: Final = frozenset(
    (
        *("id", "permission", "connected_at", "uid_validity", "last_uid", "backfill_to", "backfill_since"),
        *("fetched_at", "last_error", "failing_since", "last_letter_at"),
        *("fetching_until", "listening_until", "listener"),
    )
)
"""Columns of a mailbox that are found out; administrators write the others."""
LEDGER_DAYS: Final = 30
"""For how long fetches that saw nothing, and only failed, are remembered."""


async def fetch_all() -> None:
    """Owe one fetch for each mailbox whose turn it is; a periodic job, each minute."""
    columns = (Mailbox.id, Mailbox.listening_until, Mailbox.fetched_at, Mailbox.failing_since)
    for row in await Mailbox.select(*columns).where(Mailbox.is_active.eq(True)):
        listens = row["failing_since"] is None and not has_ended(row["listening_until"], LISTENING)
        if not (listens and row["fetched_at"] and now() - LISTENED_EVERY < row["fetched_at"] <= now()):
            await owe(row["id"])


async def owe(mailbox: int, *, run_at: datetime | None = None) -> None:
    """Owe a fetch. One that waits already is not owed again."""
    await enqueue(fetch, {"mailbox": mailbox}, key=f"mailbox:{mailbox}", run_at=run_at)


async def fetch(mailbox: int) -> None:
    """
    The job: keep what is new in one mailbox.

    It never fails as a job, since the next minute brings the next one; what goes wrong stands in the mailbox's row.
    """
    try:
        async with _claimed(mailbox) as box:
            if box is None:
                return
            site = await store.get(SiteSettings)
            with reading_as(Reader(site.language, site.timezone)):
                more = await Run(box).go()
        if more:
            await owe(mailbox)
    except Exception:  # the database is away, which its own page cannot tell; nothing was marked that is not kept
        log.exception("mailbox %s was not fetched; the next minute tries again", mailbox)


async def sweep() -> None:
    """Forget old fetches that saw nothing; a periodic job. Those that saw letters stay."""
    before = now() - timedelta(days=LEDGER_DAYS)
    await MailboxFetch.delete().where((MailboxFetch.seen == 0) & (MailboxFetch.began_at < before))


class _Changed(Exception):
    """The mailbox is not the one any more that this fetch began with: it was changed, put to rest or removed."""


class Tally(Struct, frozen=True):
    """What a fetch has seen so far."""

    stored: int = 0
    duplicates: int = 0
    held: int = 0

    @property
    def seen(self) -> int:
        return self.stored + self.duplicates + self.held


class Known(Struct):
    """What is remembered of one letter at the server."""

    id: int
    uid: str
    state: str
    tries: int
    size: int
    try_at: datetime | None


class Run:
    """One fetch of one mailbox."""

    def __init__(self, box: Mailbox) -> None:
        self._box = box
        self._description = _description(box)
        self._began = now()
        self._failing: datetime | None = box.failing_since
        self._tally = Tally()
        self._ledger: int | None = None
        self._known: dict[str, Known] = {}
        self._server: Server
        self._unsettled = ""
        self._given: list[str] = []

    async def go(self) -> bool:
        """Whether there is more to fetch at once."""
        error: Phrase | str = ""
        more = False
        try:
            more = await self._talk()
        except _Changed:
            log.info("mailbox %s was changed while it was looked into", self._box.id)
        except FetchFailed as failure:
            error = failure.why
        except Exception as failure:
            log.exception("mailbox %s", self._box.id)
            error = phrase("Something went wrong here, not at the server: %(why)s", why=type(failure).__name__)
        await self._end(kept(error))
        return more

    async def _talk(self) -> bool:
        account = await accounts.account_of(self._box)
        self._server = server = accounts.server_of(account)
        try:
            more = await (self._imap(server) if isinstance(server, Imap) else self._pop3(server))
        except SignInFailed:
            if account.is_token:
                await accounts.doubt_token(self._box)
            raise
        finally:
            closed = await in_thread(server, server.close)
        if closed and self._given:  # POP3 deletes with the goodbye
            await _forget(self._box.id, self._given)
        return more

    async def _imap(self, server: Imap) -> bool:
        box = self._box
        contents = await in_thread(server, server.open, to_change=box.after_fetch != "leave")
        before = rules.Position(box.uid_validity, box.last_uid, box.backfill_to, box.backfill_since)
        where = rules.position(
            before,
            contents,
            box.backfill,  # type: ignore[arg-type]  # only what the form allows is kept
            box.backfill_days,
            last_good=self._failing or box.fetched_at,
            now=now(),
        )
        if where != before:
            await self._begin(where)
        await self._remember()
        more = await self._look(server, where, contents.uid_next)
        await self._settle_owed()
        await self._try_again()
        return more

    async def _look(self, server: Imap, where: rules.Position, uid_next: int) -> bool:
        """Take what is new, up to AT_ONCE; whether there is more."""
        left = AT_ONCE
        for low, high, is_old in rules.spans(where, uid_next):
            since = rules.day_of(where.since) if is_old else None
            only_unread = is_old and since is None and self._box.backfill == "unread"
            found = await in_thread(server, server.find, low, high, only_unread=only_unread, since=since)
            fresh = [str(uid) for uid in found if str(uid) not in self._known]
            await self._take(fresh[:left])
            if len(fresh) > left:
                return True
            left -= len(fresh)
            if is_old or high < uid_next - 1:  # at the end a server may still be about to show a letter
                await self._pass(high)
        return False

    async def _pop3(self, server: Server) -> bool:
        assert isinstance(server, Pop3)
        await in_thread(server, server.open)
        await self._remember()
        listed = server.listed()
        if self._box.uid_validity == 0:
            await self._begin(rules.Position(1), passed=listed if self._box.backfill == "new" else [])
            await self._remember()
        fresh = [uid for uid in listed if uid not in self._known]
        await self._take(fresh[:AT_ONCE])
        await self._settle_owed()
        await self._try_again()
        await _forget(self._box.id, self._known.keys() - set(listed))
        return len(fresh) > AT_ONCE

    async def _begin(self, where: rules.Position, *, passed: Iterable[str] = ()) -> None:
        """Read the folder from here on; what was remembered of single letters says nothing any more."""
        box = self._box
        box.uid_validity, box.last_uid = where.uid_validity, where.last_uid
        box.backfill_to, box.backfill_since = where.backfill_to, where.since
        async with transaction():
            await self._see_it_is_the_same()
            await MailboxLetter.delete().where(MailboxLetter.mailbox == box.id)
            for part in rules.parts([*passed]):
                await MailboxLetter.insert(*(self._row(uid, "known") for uid in part))
            await box.save([Mailbox.uid_validity, Mailbox.last_uid, Mailbox.backfill_to, Mailbox.backfill_since])

    async def _remember(self) -> None:
        columns = [getattr(MailboxLetter, name) for name in Known.__struct_fields__]
        rows = await MailboxLetter.select(*columns).where(MailboxLetter.mailbox == self._box.id)
        self._known = {row["uid"]: msgspec.convert(row, Known) for row in rows}

    async def _take(self, uids: list[str]) -> None:
        """Take letters in. After a failure they are asked for one by one, so that it is known who is to blame."""
        for part in rules.parts(uids, 1 if self._failing else rules.TOGETHER * 4):
            sizes = await self._sizes(part)
            large = {uid: size for uid, size in sizes.items() if size > config().letter_limit}
            for uid, size in large.items():
                await self._hold(uid, size)
            for some in rules.together({uid: size for uid, size in sizes.items() if uid not in large}):
                await self._get(some)

    async def _sizes(self, uids: list[str]) -> dict[str, int]:
        """Sizes as the server says. Raises FetchFailed when the line broke, for which a letter alone is to blame."""
        try:
            return await in_thread(self._server, self._server.sizes, uids)
        except FetchFailed as failure:
            if len(uids) == 1:
                await self._keep({}, {uids[0]: failure.why}, upto=uids[0])
            raise

    async def _get(self, uids: list[str]) -> None:
        """Fetch, keep, and then do at the server what was chosen. Raises FetchFailed when the line broke."""
        try:
            taken = await in_thread(self._server, self._server.letters, uids)
        except FetchFailed as slow:
            taken = Taken({}, {}, slow)
        missing = [uid for uid in uids if uid not in taken.letters and uid not in taken.refused]
        blamed: dict[str, Phrase | str] = dict(taken.refused)
        if taken.broken:
            blamed |= dict.fromkeys(missing[:1], taken.broken.why)
        else:
            blamed |= {uid: phrase("The server gives nothing for this letter.") for uid in missing}
        upto = missing[0] if taken.broken and missing else uids[-1]
        small = {uid: raw for uid, raw in taken.letters.items() if len(raw) <= config().letter_limit}
        for uid in taken.letters.keys() - small.keys():  # the server had said otherwise
            await self._hold(uid, len(taken.letters[uid]))
        await self._keep(small, blamed, upto=upto)
        if taken.broken:
            raise taken.broken
        await self._settle([*small])

    async def _keep(self, letters: dict[str, bytes], blamed: Mapping[str, Phrase | str], *, upto: str) -> None:
        """Keep letters and how far we are, all in one transaction; those that no column holds are blamed."""
        before = self._tally, self._ledger, self._box.last_uid
        try:
            async with transaction():
                await self._see_it_is_the_same()
                for raw in letters.values():
                    await self._keep_one(raw)
                await self._done_with([*letters])
                for uid, reason in blamed.items():
                    await self._blame(uid, reason)
                await self._write(upto, is_new=self._tally.stored > before[0].stored)
        except Exception as error:
            self._tally, self._ledger, self._box.last_uid = before
            if not is_unstorable(error):
                raise
            await self._keep_each(letters, blamed, _why_not_kept(error), upto=upto)

    async def _keep_each(
        self, letters: dict[str, bytes], blamed: Mapping[str, Phrase | str], reason: Phrase, *, upto: str
    ) -> None:
        """One of them is no good: find out which."""
        if len(letters) == 1:
            await self._keep({}, {**blamed, **dict.fromkeys(letters, reason)}, upto=upto)
            return
        for uid, raw in letters.items():
            await self._keep({uid: raw}, {}, upto=uid)
        await self._keep({}, blamed, upto=upto)

    async def _keep_one(self, raw: bytes) -> None:
        received = await receive(raw, f"{self._box.protocol}:{self._box.id}")
        stored, duplicates = self._tally.stored, self._tally.duplicates
        if received.is_new:
            self._tally = msgspec.structs.replace(self._tally, stored=stored + 1)
        else:
            self._tally = msgspec.structs.replace(self._tally, duplicates=duplicates + 1)

    async def _done_with(self, letters: list[str]) -> None:
        """Note for kept letters what is still to be done, or that nothing is."""
        await _forget(self._box.id, [uid for uid in letters if uid in self._known])
        if state := "marking" if self._settles else "known" if self._box.protocol == "pop3" else "":
            await _insert([self._row(uid, state) for uid in letters])

    @property
    def _settles(self) -> bool:
        """Whether something is to be done at the server with letters that are kept."""
        return self._box.after_fetch == "delete" or (self._box.after_fetch != "leave" and self._box.protocol == "imap")

    async def _hold(self, uid: str, size: int) -> None:
        """Leave a letter above the limit where it is, and tell of it."""
        known = self._known.get(uid)
        if known and known.state == "large":
            return
        head = parse_head(await in_thread(self._server, self._server.head, uid), "")
        row = self._row(uid, "large", size=size)
        row.sender, row.subject = head.sender.email[:320], head.subject[:1000]
        row.reason = kept(phrase("It is larger than the limit."))
        async with transaction():
            await self._see_it_is_the_same()
            await _forget(self._box.id, [uid] if known else [])
            await _insert([row])
            if known is None or known.state != "aside":  # which has been counted
                self._tally = msgspec.structs.replace(self._tally, held=self._tally.held + 1)
                await self._count("", None)
        self._known[uid] = Known(0, uid, "large", 0, size, None)

    async def _blame(self, uid: str, reason: Phrase | str) -> None:
        """The server failed at this letter: try it again after the others, and rarely once that is hopeless."""
        known = self._known.get(uid)
        tries = (known.tries if known else 0) + 1
        if tries == rules.TRIES:
            self._tally = msgspec.structs.replace(self._tally, held=self._tally.held + 1)
        await _forget(self._box.id, [uid] if known else [])
        row = self._row(uid, "aside" if tries >= rules.TRIES else "trying")
        row.tries, row.reason = tries, kept(reason)
        row.try_at = now() + (ASIDE_FOR if tries >= rules.TRIES else timedelta())
        await _insert([row])

    async def _write(self, upto: str, *, is_new: bool) -> None:
        """Note how far we are, and what was seen so far."""
        changes: dict[Any, Any] = {}
        if self._box.protocol == "imap" and int(upto) > self._box.last_uid:
            self._box.last_uid = changes[Mailbox.last_uid] = int(upto)
        if is_new:
            changes[Mailbox.last_letter_at] = now()
        if changes:
            await Mailbox.update(changes).where(Mailbox.id == self._box.id)
        if self._tally.seen:
            await self._count("", None)

    async def _pass(self, uid: int) -> None:
        if uid > self._box.last_uid:
            async with transaction():
                await self._see_it_is_the_same()
                self._box.last_uid = uid
                await self._box.save([Mailbox.last_uid])

    async def _see_it_is_the_same(self) -> None:
        """In the transaction that writes something down. Raises _Changed when that would be said of another mailbox."""
        found = await self._found()
        if found is None or _description(found) != self._description:
            raise _Changed

    async def _found(self) -> Mailbox | None:
        """The mailbox as it is now, kept from others until the commit; None when it was removed."""
        return await locked(Mailbox.objects().where(Mailbox.id == self._box.id)).first()

    async def _settle(self, uids: list[str]) -> None:
        box = self._box
        if not uids or not self._settles or self._unsettled:
            return
        try:
            await in_thread(self._server, self._server.settle, uids, box.after_fetch, box.move_to)  # type: ignore[arg-type]
        except Unsettled as refusal:
            self._unsettled = str(refusal)
        else:
            if box.protocol == "pop3":
                self._given += uids
            else:
                await _forget(box.id, uids)

    async def _settle_owed(self) -> None:
        """What a crash or a refusal left undone with letters that had been kept."""
        owed = [uid for uid, known in self._known.items() if known.state == "marking"]
        if not self._settles and self._box.protocol == "imap":
            await _forget(self._box.id, owed)
        for part in rules.parts(owed):
            await self._settle(part)

    async def _try_again(self) -> None:
        """Letters that the server failed at, one by one, after all others; and those that the limit allows by now."""
        due = [known for known in self._known.values() if self._is_due(known)]
        for known in sorted(due, key=lambda known: (known.tries, known.id)):
            if not await self._sizes([known.uid]):
                await _forget(self._box.id, [known.uid])
                continue
            await self._get([known.uid])

    def _is_due(self, known: Known) -> bool:
        if known.state == "large":
            return known.size <= config().letter_limit
        return known.state in {"trying", "aside"} and known.try_at is not None and known.try_at <= now()

    def _row(self, uid: str, state: str, *, size: int = 0) -> MailboxLetter:
        return MailboxLetter(
            mailbox=self._box.id,
            uid_validity=self._box.uid_validity if self._box.protocol == "imap" else 0,
            uid=uid,
            state=state,
            size=size,
            seen_at=now(),
        )

    async def _count(self, error: str, ended_at: datetime | None) -> None:
        """Write this fetch into the ledger."""
        tally = self._tally
        values: dict[Any, Any] = {
            MailboxFetch.seen: tally.seen,
            MailboxFetch.stored: tally.stored,
            MailboxFetch.duplicates: tally.duplicates,
            MailboxFetch.held: tally.held,
            MailboxFetch.error: error,
            MailboxFetch.ended_at: ended_at,
        }
        if self._ledger is None:
            row = MailboxFetch(mailbox=self._box.id, began_at=self._began)
            for column, value in values.items():
                setattr(row, column._meta.name, value)
            await row.save()
            self._ledger = row.id
        else:
            await MailboxFetch.update(values).where(MailboxFetch.id == self._ledger)

    async def _end(self, error: str) -> None:
        """Say how it went: in the ledger, and in the mailbox's row. Of one that was changed only the ledger tells."""
        box, moment = self._box, now()
        async with transaction():
            found = await self._found()
            if found is None or _description(found) != self._description:
                if found and self._tally.seen:
                    await self._count("", moment)
                return
            if self._tally.seen or (error and not await _failed_alike(box.id, error, moment)):
                await self._count(error, moment)
            box.last_error = error or self._remark()
            box.failing_since = (self._failing or self._began) if error else None
            box.fetched_at = moment
            await box.save([Mailbox.last_error, Mailbox.failing_since, Mailbox.fetched_at])

    def _remark(self) -> str:
        if not self._unsettled:
            return ""
        return kept(
            phrase(
                "Letters are kept here, but the server will not do with them what was chosen: %(why)s",
                why=self._unsettled,
            )
        )


def _description(box: Mailbox) -> list[object]:
    """What makes it the mailbox that somebody described."""
    names = (column._meta.name for column in Mailbox._meta.columns)
    return [getattr(box, name) for name in names if name not in FOUND_OUT]


def _why_not_kept(error: Exception) -> Phrase:
    """Why one letter cannot be kept."""
    return phrase("It cannot be kept: %(why)s", why=type(error).__name__)


async def _failed_alike(mailbox: int, error: str, moment: datetime) -> bool:
    """Count one more failure of the last kind, if that is what came last; an outage is one line, not a thousand."""
    last = (
        await MailboxFetch.objects()
        .where(MailboxFetch.mailbox == mailbox)
        .order_by(MailboxFetch.id, ascending=False)
        .first()
    )
    if last is None or last.seen or last.error != error:
        return False
    last.times, last.ended_at = last.times + 1, moment
    await last.save([MailboxFetch.times, MailboxFetch.ended_at])
    return True


async def _forget(mailbox: int, uids: Iterable[str]) -> None:
    for part in rules.parts([*uids]):
        await MailboxLetter.delete().where((MailboxLetter.mailbox == mailbox) & MailboxLetter.uid.is_in(part))


async def _insert(rows: list[MailboxLetter]) -> None:
    if rows:
        await MailboxLetter.insert(*rows)


@asynccontextmanager
async def _claimed(mailbox: int) -> AsyncIterator[Mailbox | None]:
    """The mailbox, ours alone while the block runs; None when it is at rest, or when another fetch runs."""
    moment = now()
    is_ours = (Mailbox.id == mailbox) & Mailbox.is_active.eq(True)
    claimed = await (
        Mailbox.update({Mailbox.fetching_until: moment + LEASE})
        .where(is_ours & is_free(Mailbox.fetching_until, LEASE))
        .returning(Mailbox.id)
    )
    if not claimed:
        if await Mailbox.exists().where(is_ours):
            await owe(mailbox, run_at=moment + BUSY_FOR)
        yield None
        return
    renewing = asyncio.create_task(_renew(mailbox))
    try:
        yield await Mailbox.objects().where(Mailbox.id == mailbox).first()
    finally:
        renewing.cancel()
        await Mailbox.update({Mailbox.fetching_until: None}).where(Mailbox.id == mailbox)


async def _renew(mailbox: int) -> None:
    while True:
        await asyncio.sleep(RENEW_SECONDS)
        await Mailbox.update({Mailbox.fetching_until: now() + LEASE}).where(Mailbox.id == mailbox)
