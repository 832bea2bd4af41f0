"""
Conversations with IMAP servers (RFC 9051), over IMAPClient.

Letters are asked for with BODY.PEEK, so that looking marks nothing; what is done with a letter is done after it
has been kept.
"""

import contextlib
import imaplib
import re
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any, Final

from imapclient import IMAPClient, SocketTimeout
from imapclient.exceptions import LoginError

from helpdesk.i18n.catalogue import phrase
from helpdesk.mail.fetching.remote import (
    CONNECT_SECONDS,
    READ_SECONDS,
    Account,
    AfterFetch,
    Contents,
    FetchFailed,
    Taken,
    Unsettled,
    failed,
    not_let_in,
    said_plainly,
    tls,
    words_of,
)
from helpdesk.mail.lines import shut

_LITERAL: Final = re.compile(rb"\{(\d+)\}\s*$")
_UID: Final = re.compile(rb"\bUID (\d+)")
_WHOLE: Final = "BODY.PEEK[]"
_HEAD: Final = "BODY.PEEK[HEADER.FIELDS (FROM SUBJECT)]"


class Imap:
    """One conversation, an implementation of remote.Server, and more that only IMAP can."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._client: IMAPClient | None = None

    def open(self, *, to_change: bool = False) -> Contents:
        account = self._account
        with said_plainly(imaplib.IMAP4.error):
            self._client = client = _connected(account)
            try:
                if account.is_token:
                    client.oauth2_login(account.username, account.secret)
                else:
                    client.login(account.username, account.secret)
            except LoginError as error:
                raise _why_not_let_in(error) from error
            found = client.select_folder(account.folder, readonly=not to_change)
            if b"UIDNEXT" not in found:  # RFC 9051 makes it a must, RFC 3501 did not
                found |= client.folder_status(account.folder, ["UIDNEXT"])
        if b"UIDVALIDITY" not in found or b"UIDNEXT" not in found:
            raise FetchFailed(phrase("The server does not say which letters it has."))
        return Contents(int(found[b"UIDVALIDITY"]), int(found[b"UIDNEXT"]), int(found.get(b"EXISTS", 0)))

    def find(self, low: int, high: int, *, only_unread: bool = False, since: date | None = None) -> list[int]:
        """The UIDs between two, both included, in order; if wanted only of unread letters, or of those since a day."""
        criteria: list[object] = ["UID", f"{low}:{high}"]
        if since:
            criteria += ["SINCE", since]
        if only_unread:
            criteria += ["UNSEEN"]
        with said_plainly(imaplib.IMAP4.error):
            found = self._open.search(criteria)
        return sorted(uid for uid in found if low <= uid <= high)

    def sizes(self, uids: Iterable[str]) -> dict[str, int]:
        """A letter whose size the server refuses to tell counts as small: asking for it says more."""
        wanted = [*uids]
        try:
            found = self._open.fetch(wanted, ["RFC822.SIZE"])
        except (imaplib.IMAP4.abort, OSError) as error:
            raise failed(error) from error
        except imaplib.IMAP4.error:
            if len(wanted) == 1:
                return {wanted[0]: 0}
            return {uid: size for one in wanted for uid, size in self.sizes([one]).items()}
        return {str(uid): int(data.get(b"RFC822.SIZE", 0)) for uid, data in found.items()}

    def letters(self, uids: Iterable[str]) -> Taken:
        wanted = [*uids]
        taken = Taken({}, {})
        try:
            found = self._open.fetch(wanted, [_WHOLE])
            taken.letters |= {str(uid): data[b"BODY[]"] for uid, data in found.items() if data.get(b"BODY[]")}
        except (imaplib.IMAP4.abort, OSError) as error:
            taken.letters |= {uid: raw for uid, raw in self._whole_ones() if uid in wanted}
            taken.broken = failed(error)
        except imaplib.IMAP4.error as error:
            if len(wanted) == 1:
                taken.refused[wanted[0]] = words_of(error)
            else:
                self._one_by_one(wanted, taken)
        return taken

    def head(self, uid: str) -> bytes:
        with contextlib.suppress(imaplib.IMAP4.error, OSError):  # only for showing
            for data in self._open.fetch([uid], [_HEAD]).values():
                return next((value for key, value in data.items() if key.startswith(b"BODY[HEADER")), b"")
        return b""

    def settle(self, uids: Iterable[str], what: AfterFetch, folder: str) -> None:
        """
        Without MOVE (RFC 6851) a letter is copied and then deleted; a letter is deleted by itself with UIDPLUS
        (RFC 4315), else only marked as deleted, since EXPUNGE would take what others have marked.
        """
        letters = [*uids]
        try:
            self._settle(letters, what, folder)
        except imaplib.IMAP4.abort as error:
            raise failed(error) from error
        except imaplib.IMAP4.error as error:
            raise Unsettled(words_of(error)) from error
        except OSError as error:
            raise failed(error) from error

    def folders(self) -> list[str]:
        with said_plainly(imaplib.IMAP4.error):
            found = self._open.list_folders()
        return sorted(name for flags, _, name in found if b"\\Noselect" not in flags)

    def close(self) -> bool:
        client, self._client = self._client, None
        if client is None:
            return False
        try:
            client.logout()
        except (OSError, imaplib.IMAP4.error):
            with contextlib.suppress(OSError):  # it is gone already, and all that mattered has been done
                client.shutdown()
            return False
        return True

    def hang_up(self) -> None:
        if (client := self._client) is not None:
            shut(client.socket())

    def can_listen(self) -> bool:
        """Whether the server tells of new letters by itself (IDLE, RFC 2177)."""
        with said_plainly(imaplib.IMAP4.error):
            return bool(self._open.has_capability("IDLE"))

    def listen(self, seconds: float) -> bool:
        """Wait until the server tells of a new letter, at most so long; whether it did. Needs an open folder."""
        with said_plainly(imaplib.IMAP4.error):
            self._open.idle()
            heard = self._open.idle_check(seconds)
            _, rest = self._open.idle_done()
        return any(len(said) > 1 and said[1] == b"EXISTS" for said in (*heard, *rest))

    @property
    def _open(self) -> Any:
        assert self._client is not None
        return self._client

    def _one_by_one(self, wanted: list[str], taken: Taken) -> None:
        """The server refuses them together: find out which it is."""
        for uid in wanted:
            one = self.letters([uid])
            taken.letters |= one.letters
            taken.refused |= one.refused
            if one.broken:
                taken.broken = one.broken
                return

    def _whole_ones(self) -> Iterator[tuple[str, bytes]]:
        """Letters of an answer that broke off, as far as all their bytes have come."""
        answer = self._open._imap.untagged_responses.get("FETCH", [])
        for part in answer:
            if isinstance(part, tuple):
                size, uid = _LITERAL.search(part[0]), _UID.search(part[0])
                if size and uid and len(part[1]) == int(size[1]):
                    yield uid[1].decode(), part[1]

    def _settle(self, letters: list[str], what: AfterFetch, folder: str) -> None:
        match what:
            case "read":
                self._open.add_flags(letters, [b"\\Seen"], silent=True)
            case "flag":
                self._open.add_flags(letters, [b"\\Flagged"], silent=True)
            case "move" if self._open.has_capability("MOVE"):
                self._open.move(letters, folder)
            case "move":
                self._open.copy(letters, folder)
                self._delete(letters)
            case "delete":
                self._delete(letters)

    def _delete(self, letters: list[str]) -> None:
        self._open.add_flags(letters, [b"\\Deleted"], silent=True)
        if self._open.has_capability("UIDPLUS"):
            self._open.uid_expunge(letters)


def _why_not_let_in(error: LoginError) -> FetchFailed:
    """What the server said, which IMAPClient keeps only in the error before; a line that broke refuses nobody."""
    before = error.__context__ if isinstance(error.__context__, imaplib.IMAP4.error) else error
    return failed(before) if isinstance(before, imaplib.IMAP4.abort) else not_let_in(before)


def _connected(account: Account) -> IMAPClient:
    is_tls = account.security == "tls"
    client = IMAPClient(
        account.host,
        account.port,
        ssl=is_tls,
        ssl_context=tls() if is_tls else None,
        timeout=SocketTimeout(CONNECT_SECONDS, READ_SECONDS),
    )
    client.normalise_times = False
    if account.security == "starttls":
        try:
            client.starttls(tls())
        except BaseException:
            client.shutdown()
            raise
    return client
