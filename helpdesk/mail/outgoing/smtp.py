"""
A conversation with the mail server that takes our letters (RFC 5321), in two steps.

First the whole letter but its last dot, then the dot and the answer. What breaks before the dot has not been
sent; what breaks after it may have been. Everything here blocks, so it runs in a thread.
"""

import re
import smtplib
import ssl
from collections.abc import Collection, Sequence
from typing import Final
from urllib.parse import unquote, urlsplit

from msgspec import Struct, structs

from helpdesk.core.config import config
from helpdesk.mail.lines import shut

TIMEOUT_SECONDS: Final = 60.0
LAST_WORD_SECONDS: Final = 600.0
"""For the answer to the last dot (RFC 5321, section 4.5.3.2.6): whoever gives up earlier sends twice."""
MOST_LETTERS: Final = 100
"""Over one line; many servers close it after some such number."""

_HERE: Final = frozenset(("localhost", "127.0.0.1", "::1"))
_NOT_LET_IN: Final = frozenset((421, 454, 530, 534, 535, 538))
"""Codes by which a server speaks of itself or of who we are, never of a letter (RFC 5321; RFC 4954, section 6)."""
_STATUS: Final = re.compile(r"\s*([245]\.\d{1,3}\.\d{1,3})(?=\s|$)")
_SENDER: Final = re.compile(r"sender|mail ?from|return[- ]?path|<>|null|not (?:owned|logged in)", re.IGNORECASE)
"""What servers say that refuse the null sender only once they hear of a recipient, as Postfix does by default."""
_LINE_END: Final = re.compile(rb"\r\n|\r|\n")


class ServerAway(Exception):
    """The mail server cannot be reached, does not let us in, or is closing. No letter is to blame."""


class BrokenOff(Exception):
    """The line broke in the middle of a letter: it has not been sent."""


class NoAnswer(Exception):
    """The line broke after the whole letter: perhaps it has been sent."""


class Answer(Struct, frozen=True):
    """What the server said: the reply code and its words on one line."""

    code: int
    words: str
    is_of_sender: bool = False
    """It was said to MAIL, before any recipient was named."""

    @property
    def status(self) -> str:
        """The enhanced status code (RFC 3463) at the beginning of the words; empty for none."""
        found = _STATUS.match(self.words)
        return found[1] if found else ""


class Conversation:
    """One line to the mail server, for one letter after another. Raises ServerAway when there is none to be had."""

    def __init__(self, url: str) -> None:
        try:
            self._server = connect(url)
        except (OSError, smtplib.SMTPException) as trouble:
            raise ServerAway(said_of(trouble)) from trouble
        self.letters = 0

    @property
    def is_worn(self) -> bool:
        return self.letters >= MOST_LETTERS

    def begin(self, envelope_from: str, recipients: Sequence[str], content: bytes) -> dict[str, Answer]:
        """
        All of a letter but its last dot; the recipients that were refused, each with the answer.

        When all of them were, nothing is begun. Raises ServerAway and BrokenOff.
        """
        try:
            return self._begin(envelope_from, recipients, content)
        except (OSError, smtplib.SMTPException) as trouble:
            raise BrokenOff(said_of(trouble)) from trouble

    def finish(self) -> Answer:
        """The last dot, and what the server says to the letter. Raises NoAnswer."""
        try:
            if self._server.sock is not None:
                self._server.sock.settimeout(LAST_WORD_SECONDS)
            self._server.send(b".\r\n")
            answer = _answer(self._server.getreply())
            if self._server.sock is not None:
                self._server.sock.settimeout(TIMEOUT_SECONDS)
        except (OSError, smtplib.SMTPException) as trouble:
            raise NoAnswer(said_of(trouble)) from trouble
        self.letters += 1
        return answer

    def close(self) -> None:
        """Say goodbye when there is nothing in hand; else just hang up, so that half a letter is thrown away."""
        self._server.close()

    def hang_up(self) -> None:
        """End it at once, from another thread too: whoever waits for the server then hears that the line is gone."""
        shut(self._server.sock)

    def quit(self) -> None:
        try:
            self._server.quit()
        except (OSError, smtplib.SMTPException):
            self._server.close()

    def _begin(self, envelope_from: str, recipients: Sequence[str], content: bytes) -> dict[str, Answer]:
        server, content = self._server, _as_data(content)
        options = [f"SIZE={len(content)}"] if server.has_extn("size") else []
        if not all(one.isascii() for one in (envelope_from, *recipients)):
            if not server.has_extn("smtputf8"):
                return dict.fromkeys(recipients, Answer(553, "5.6.7 no international addresses (SMTPUTF8)"))
            options += ["SMTPUTF8", "BODY=8BITMIME"]
            server.command_encoding = "utf-8"
        answer = _checked(server.mail(envelope_from, options))
        if answer.code != 250:
            server.rset()
            return dict.fromkeys(recipients, structs.replace(answer, is_of_sender=True))
        refused = {}
        for one in recipients:
            answer = _checked(server.rcpt(one))
            if answer.code not in {250, 251}:
                refused[one] = answer
        if len(refused) < len(recipients):
            answer = _checked(server.docmd("data"))
            if answer.code == 354:
                server.send(content)
                return refused
            refused = {one: refused.get(one, answer) for one in recipients}
        server.rset()
        return refused


def refuses_null(answers: Collection[Answer]) -> bool:
    """Whether a server that said this to all recipients of a letter refuses it for its null sender, for good."""
    return bool(answers) and all(
        one.code >= 500 and (one.code != 552 if one.is_of_sender else bool(_SENDER.search(one.words)))
        for one in answers
    )


def connect(url: str) -> smtplib.SMTP:
    """
    A line to the mail server at `url`, encrypted wherever it offers that, and signed in.

    Certificates are proved, and no password leaves this machine unencrypted. Raises OSError or SMTPException.
    """
    parts = urlsplit(url)
    host, context, us = parts.hostname or "localhost", ssl.create_default_context(), config().mail_domain
    if parts.scheme == "smtps":
        server: smtplib.SMTP = smtplib.SMTP_SSL(
            host, parts.port or 465, local_hostname=us, timeout=TIMEOUT_SECONDS, context=context
        )
    else:
        server = smtplib.SMTP(host, parts.port or 25, local_hostname=us, timeout=TIMEOUT_SECONDS)
    try:
        server.ehlo_or_helo_if_needed()
        if parts.scheme == "smtp" and host not in _HERE:
            if server.has_extn("starttls"):
                server.starttls(context=context)
                server.ehlo()
            elif parts.username:
                raise smtplib.SMTPNotSupportedError(f"{host} offers no encryption, so no password is sent to it")
        if parts.username:
            server.login(unquote(parts.username), unquote(parts.password or ""))
    except BaseException:
        server.close()
        raise
    return server


def said_of(trouble: Exception) -> str:
    """What broke, for people: the server's own words where it said some."""
    if isinstance(trouble, smtplib.SMTPResponseException):
        answer = _answer((trouble.smtp_code, trouble.smtp_error))
        return f"{answer.code} {answer.words}"
    return f"{type(trouble).__name__}: {trouble}"


def _checked(reply: tuple[int, bytes]) -> Answer:
    """An answer about a letter. Raises ServerAway when the server speaks of itself."""
    answer = _answer(reply)
    if answer.code in _NOT_LET_IN:
        raise ServerAway(f"{answer.code} {answer.words}")
    if answer.code < 200:  # no code at all: the server does not speak SMTP any more
        raise smtplib.SMTPServerDisconnected(answer.words)
    return answer


def _answer(reply: tuple[int, bytes | str]) -> Answer:
    words = reply[1].decode("utf-8", "replace") if isinstance(reply[1], bytes) else reply[1]
    return Answer(reply[0], " ".join(words.split()))


def _as_data(content: bytes) -> bytes:
    """Lines as SMTP wants them, dots doubled at their beginnings (section 4.5.2), the last one ended."""
    lines = _LINE_END.sub(b"\r\n", content)
    lines = re.sub(rb"(?m)^\.", b"..", lines)
    return lines if lines.endswith(b"\r\n") else lines + b"\r\n"
