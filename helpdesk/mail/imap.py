"""
Letters from IMAP mailboxes (RFC 9051), fetched each minute and left there unread.

A letter is kept first and its UID remembered after, so a crash between the two fetches it again, and it is
known already. The first time only unread letters are taken: what somebody has read, somebody has answered.
"""

import asyncio
import imaplib
import re
import ssl
from typing import Any, Final

from msgspec import Struct

from helpdesk.core.clock import now
from helpdesk.core.config import config
from helpdesk.core.keys import unseal
from helpdesk.i18n.catalogue import gettext, ngettext
from helpdesk.i18n.reader import Reader, reading_as
from helpdesk.jobs.queue import enqueue
from helpdesk.mail.receive import receive
from helpdesk.mail.tables import Mailbox
from helpdesk.settings import store
from helpdesk.settings.site import SiteSettings

AT_ONCE: Final = 200
"""Letters that one job fetches; the next job goes on."""
TIMEOUT_SECONDS: Final = 30.0
LONGEST_ERROR: Final = 500

_NUMBERS: Final = re.compile(rb"\d+")
_SIZE: Final = re.compile(rb"RFC822\.SIZE (\d+)")


class Account(Struct, frozen=True):
    """How to reach a mailbox. `security` is tls, starttls or none."""

    host: str
    port: int
    security: str
    username: str
    password: str
    folder: str


class Contents(Struct, frozen=True):
    """What a folder says of itself: UIDs mean something only together with `uid_validity`."""

    uid_validity: int
    uid_next: int


class Trouble(Exception):
    """The mailbox cannot be read; the text says why."""


async def fetch_all() -> None:
    """Owe one fetch for each mailbox in use; a periodic job. A fetch that still waits is not owed again."""
    for row in await Mailbox.select(Mailbox.id).where(Mailbox.is_active.eq(True)):
        await enqueue(fetch, {"mailbox": row["id"]}, key=f"imap:{row['id']}")


async def fetch(mailbox: int) -> None:
    """The job: keep what is new in one mailbox. What goes wrong stands in its row until it goes well again."""
    box = await Mailbox.objects().where((Mailbox.id == mailbox) & Mailbox.is_active.eq(True)).first()
    if box is None:
        return
    site = await store.get(SiteSettings)
    with reading_as(Reader(site.language, site.timezone)):
        try:
            error = await _take(box)
        except Trouble as trouble:
            error = str(trouble)
    changes: dict[Any, Any] = {Mailbox.last_error: error[:LONGEST_ERROR], Mailbox.fetched_at: now()}
    await Mailbox.update(changes).where(Mailbox.id == mailbox)


async def test(account: Account) -> Contents:
    """Look into a folder without taking anything. Raises Trouble."""
    connection = Connection(account)
    try:
        return await asyncio.to_thread(connection.open)
    finally:
        await asyncio.to_thread(connection.close)


async def _take(box: Mailbox) -> str:
    """Take in new letters up to AT_ONCE; what is to be said about those that were left. Raises Trouble."""
    password = unseal(box.password)
    if password is None:
        raise Trouble(gettext("The password cannot be read since the secret key has changed. Enter it again."))
    account = Account(box.host, box.port, box.security, box.username, password, box.folder)
    connection = Connection(account)
    try:
        contents = await asyncio.to_thread(connection.open)
        is_new, is_same = box.uid_validity == 0, box.uid_validity == contents.uid_validity
        uids = await asyncio.to_thread(connection.uids, box.last_uid if is_new or is_same else 0, only_unread=is_new)
        too_large = 0
        for uid in uids[:AT_ONCE]:
            raw = await asyncio.to_thread(connection.letter, uid)
            if raw is None:
                too_large += 1
            elif raw:
                await receive(raw, f"imap:{box.id}")
            await _remember(box.id, 0 if is_new else contents.uid_validity, uid)
        if is_new and len(uids) <= AT_ONCE:
            await _remember(box.id, contents.uid_validity, contents.uid_next - 1)
    finally:
        await asyncio.to_thread(connection.close)
    return _left_over(too_large)


def _left_over(count: int) -> str:
    if not count:
        return ""
    return ngettext(
        "%(n)s letter is larger than the limit and was left in the mailbox.",
        "%(n)s letters are larger than the limit and were left in the mailbox.",
        count,
    )


async def _remember(mailbox: int, uid_validity: int, uid: int) -> None:
    await Mailbox.update({Mailbox.uid_validity: uid_validity, Mailbox.last_uid: uid}).where(Mailbox.id == mailbox)


class Connection:
    """One conversation with an IMAP server. Every method blocks, and raises Trouble with a reason for people."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._server: imaplib.IMAP4 | None = None

    def open(self) -> Contents:
        """Sign in and look at the folder, read-only."""
        account = self._account
        try:
            self._server = server = _connected(account)
            server.login(account.username, account.password)
            self._said(server.select(_quoted(account.folder), readonly=True))
            status = self._said(server.status(_quoted(account.folder), "(UIDVALIDITY UIDNEXT)"))
        except UnicodeError as error:
            raise Trouble(gettext("The server takes no such name or password: use letters without accents.")) from error
        except (OSError, imaplib.IMAP4.error) as error:
            raise _trouble(error) from error
        found = {name: int(value) for name, value in re.findall(rb"(UIDVALIDITY|UIDNEXT) (\d+)", status[-1] or b"")}
        if len(found) != 2:
            raise Trouble(gettext("The server does not say which letters it has."))
        return Contents(found[b"UIDVALIDITY"], found[b"UIDNEXT"])

    def uids(self, after: int, *, only_unread: bool) -> list[int]:
        """The UIDs above `after`, in order."""
        what = ["UNSEEN"] if only_unread else ["UID", f"{after + 1}:*"]
        answer = self._asked("SEARCH", *what)
        numbers = {int(number) for line in answer if line for number in _NUMBERS.findall(line)}
        return sorted(number for number in numbers if number > after)  # "9:*" names the last one even when it is 8

    def letter(self, uid: int) -> bytes | None:
        """The bytes of a letter; None for one above the limit, empty for one that is gone meanwhile."""
        for line in self._asked("FETCH", str(uid), "(RFC822.SIZE)"):
            size = _SIZE.search(line) if isinstance(line, bytes) else None
            if size and int(size[1]) > config().letter_limit:
                return None
        answer = self._asked("FETCH", str(uid), "(BODY.PEEK[])")
        return next((part[1] for part in answer if isinstance(part, tuple)), b"")

    def close(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            try:
                server.logout()
            except (OSError, imaplib.IMAP4.error):
                server.shutdown()  # it is gone already, and all that mattered has been done

    def _asked(self, command: str, *arguments: str) -> list[Any]:
        """What the server answers: lines, and pairs of a line and the bytes that it announced."""
        assert self._server is not None
        try:
            return self._said(self._server.uid(command, *arguments))
        except (OSError, imaplib.IMAP4.error) as error:
            raise _trouble(error) from error

    def _said(self, answer: tuple[str, list[Any]]) -> list[Any]:
        kind, lines = answer
        if kind != "OK":
            raise Trouble(_text(lines[-1] if lines else b"") or gettext("The server refuses without saying why."))
        return lines


def _connected(account: Account) -> imaplib.IMAP4:
    context = ssl.create_default_context()
    if account.security == "tls":
        return imaplib.IMAP4_SSL(account.host, account.port, ssl_context=context, timeout=TIMEOUT_SECONDS)
    server = imaplib.IMAP4(account.host, account.port, timeout=TIMEOUT_SECONDS)
    if account.security == "starttls":
        try:
            server.starttls(context)
        except BaseException:
            server.shutdown()
            raise
    return server


def _quoted(folder: str) -> str:
    """A folder's name as IMAP wants it: quoted, letters beyond ASCII in modified UTF-7 (RFC 3501, section 5.1.3)."""
    encoded = re.sub(r"[^ -~]+", lambda run: _shifted(run[0]), folder.replace("&", "&-"))
    escaped = re.sub(r'(["\\])', r"\\\1", encoded)
    return f'"{escaped}"'


def _shifted(text: str) -> str:
    return "&" + text.encode("utf-7").decode()[1:].rstrip("-").replace("/", ",") + "-"


def _trouble(error: Exception) -> Trouble:
    if error.args and isinstance(error.args[0], bytes):
        return Trouble(_text(error.args[0]))
    return Trouble(str(error) or type(error).__name__)


def _text(line: object) -> str:
    return line.decode("utf-8", "replace") if isinstance(line, bytes) else ""
