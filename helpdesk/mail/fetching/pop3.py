"""
Conversations with POP3 servers (RFC 1939), over poplib.

A server tells its letters apart by unique-ids; here these are mapped to the numbers of one session.
"""

import base64
import contextlib
import poplib
import socket
from collections.abc import Iterable
from typing import Any, Final

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

LONGEST_LINE: Final = 1_000_000
"""Bytes. poplib gives up at 2048, and letters of one long line are common."""


class _Lines:
    """What both kinds of poplib's connections lack: long lines are read, half a line is none, and no socket is left."""

    file: Any
    sock: socket.socket

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        try:
            super().__init__(*args, **kwargs)
        except BaseException:
            for open_one in (getattr(self, name, None) for name in ("file", "sock")):
                if open_one is not None:
                    open_one.close()
            raise

    def _getline(self) -> tuple[bytes, int]:
        """A line without its end. One that breaks off could pass for the dot that ends a letter."""
        line = self.file.readline(LONGEST_LINE + 1)
        if len(line) > LONGEST_LINE:
            raise poplib.error_proto("line too long")
        if not line.endswith(b"\n"):
            raise EOFError
        return line.removesuffix(b"\n").removesuffix(b"\r"), len(line)


class _Plain(_Lines, poplib.POP3):
    """A connection without encryption, or before STLS."""


class _Tls(_Lines, poplib.POP3_SSL):
    """A connection that is encrypted from its first byte."""


class Pop3:
    """One conversation, an implementation of remote.Server. There is one folder, and nothing can be marked."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._server: Any = None
        self._numbers: dict[str, str] = {}
        self._sizes: dict[str, int] = {}

    def open(self, *, to_change: bool = False) -> Contents:
        with said_plainly(poplib.error_proto):
            self._server = server = _connected(self._account)
            try:
                self._sign_in()
            except poplib.error_proto as error:
                raise not_let_in(error) from error
            sizes = dict(_pairs(server.list()[1]))
            try:
                uids = _pairs(server.uidl()[1])
            except poplib.error_proto as error:
                raise FetchFailed(phrase("The server cannot tell its letters apart (it has no UIDL).")) from error
        for number, uid in uids:
            name = uid if uid not in self._numbers else f"{uid}#{number}"  # RFC 1939 lets equal letters share one
            self._numbers[name], self._sizes[name] = number, int(sizes.get(number, 0))
        return Contents(count=len(self._numbers))

    def listed(self) -> list[str]:
        """The unique-ids of all letters, in the server's order."""
        return [*self._numbers]

    def sizes(self, uids: Iterable[str]) -> dict[str, int]:
        return {uid: self._sizes[uid] for uid in uids if uid in self._sizes}

    def letters(self, uids: Iterable[str]) -> Taken:
        taken = Taken({}, {})
        for uid in uids:
            try:
                taken.letters[uid] = b"\r\n".join(self._server.retr(self._numbers[uid])[1]) + b"\r\n"
            except poplib.error_proto as error:
                if not words_of(error).startswith("-ERR"):  # then nobody knows what comes next on this line
                    taken.broken = failed(error)
                    return taken
                taken.refused[uid] = words_of(error)
            except (OSError, EOFError) as error:
                taken.broken = failed(error)
                return taken
        return taken

    def head(self, uid: str) -> bytes:
        with contextlib.suppress(poplib.error_proto, OSError, EOFError):  # only for showing; TOP is optional
            return b"\r\n".join(self._server.top(self._numbers[uid], 0)[1])
        return b""

    def settle(self, uids: Iterable[str], what: AfterFetch, folder: str) -> None:
        """Deleting is all that POP3 can, and it comes true with the goodbye."""
        for uid in uids:
            if uid in self._numbers:
                try:
                    self._server.dele(self._numbers[uid])
                except poplib.error_proto as error:
                    raise Unsettled(words_of(error)) from error
                except (OSError, EOFError) as error:
                    raise failed(error) from error

    def folders(self) -> list[str]:
        return []

    def close(self) -> bool:
        server, self._server = self._server, None
        if server is None:
            return False
        try:
            server.quit()
        except (OSError, EOFError, poplib.error_proto):
            server.close()
            return False
        return True

    def hang_up(self) -> None:
        if (server := self._server) is not None:
            shut(server.sock)

    def _sign_in(self) -> None:
        """With USER and PASS, or by XOAUTH2 in two steps, which every server that knows it takes."""
        server, account = self._server, self._account
        if account.is_token:
            said = f"user={account.username}\1auth=Bearer {account.secret}\1\1"
            server._shortcmd("AUTH XOAUTH2")
            server._shortcmd(base64.b64encode(said.encode()).decode())
        else:
            server.user(account.username)
            server.pass_(account.secret)


def _connected(account: Account) -> Any:
    server: poplib.POP3
    if account.security == "tls":
        server = _Tls(account.host, account.port, timeout=CONNECT_SECONDS, context=tls())
    else:
        server = _Plain(account.host, account.port, timeout=CONNECT_SECONDS)
    try:
        if account.security == "starttls":
            server.stls(tls())
        server.sock.settimeout(READ_SECONDS)
    except BaseException:
        server.close()
        raise
    return server


def _pairs(lines: Iterable[bytes]) -> list[tuple[str, str]]:
    """Number and value of each line of a list."""
    parts = (line.decode("utf-8", "replace").split() for line in lines)
    return [(part[0], part[1]) for part in parts if len(part) >= 2]
