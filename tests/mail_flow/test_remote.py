"""What goes wrong on the way to a mailbox is said in words that help."""

import errno
import imaplib
import poplib
import socket
import ssl

import pytest

from helpdesk.mail.fetching.remote import FetchFailed, failed

HUNG_UP = "The server hung up in the middle."


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (EOFError(), HUNG_UP),
        (ConnectionResetError(errno.ECONNRESET, "Connection reset by peer"), HUNG_UP),
        (BrokenPipeError(errno.EPIPE, "Broken pipe"), HUNG_UP),
        (ssl.SSLEOFError(8, "EOF occurred in violation of protocol"), HUNG_UP),
        (imaplib.IMAP4.abort("socket error: EOF"), HUNG_UP),
        (imaplib.IMAP4.abort("command: FETCH => socket error: EOF"), HUNG_UP),
        (TimeoutError("timed out"), "The server does not answer."),
        (socket.gaierror(-2, "Name or service not known"), "There is no server of this name."),
        (OSError(errno.EHOSTUNREACH, "No route to host"), "The server cannot be reached: No route to host."),
        (imaplib.IMAP4.error(b"[OVERQUOTA] T\xe1\xbb\x91i nay"), "[OVERQUOTA] Tối nay"),
        (poplib.error_proto(b"-ERR in use"), "-ERR in use"),
        (FetchFailed("as it was"), "as it was"),
    ],
)
def test_it_is_said_in_words(error: Exception, said: str) -> None:
    assert str(failed(error).why) == said
