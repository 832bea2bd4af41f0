"""
What conversations with the servers of mailboxes share: how to reach one, what it gives, and why it does not.

Conversations block, so they run in threads of their own, kept apart from those that answer pages.
"""

import asyncio
import contextlib
import contextvars
import socket
import ssl
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, Literal, ParamSpec, Protocol, TypeVar

from msgspec import Struct

from helpdesk.i18n.catalogue import Phrase, phrase

P = ParamSpec("P")
T = TypeVar("T")

ProtocolName = Literal["imap", "pop3"]
Security = Literal["tls", "starttls", "none"]
AfterFetch = Literal["leave", "read", "flag", "move", "delete"]

CONNECT_SECONDS: Final = 10.0
READ_SECONDS: Final = 30.0
"""A server that says nothing for so long is taken for dead."""
CALL_SECONDS: Final = 240
"""So long may one batch take, however slowly it drips."""

LONGEST_WORDS: Final = 400
"""More than this of what a server says helps nobody."""

_threads: Final = ThreadPoolExecutor(max_workers=16, thread_name_prefix="mailbox")


class Account(Struct, frozen=True):
    """How to reach a mailbox. With `is_token`, `secret` is an OAuth 2 access token, else the password."""

    protocol: ProtocolName
    host: str
    port: int
    security: Security
    username: str
    secret: str
    folder: str = "INBOX"
    is_token: bool = False


class Contents(Struct, frozen=True):
    """What a folder says of itself: UIDs mean something only together with `uid_validity`. POP3 has neither."""

    uid_validity: int = 0
    uid_next: int = 0
    count: int = 0


class Taken(Struct):
    """
    What came of the letters that were asked for: bytes, or why the server refuses that one.

    With `broken` the line is gone, and what stands in neither never came.
    """

    letters: dict[str, bytes]
    refused: dict[str, Phrase | str]
    broken: "FetchFailed | None" = None


class FetchFailed(Exception):
    """A mailbox cannot be read, now; `why` says it to people: a phrase, or the server's own words."""

    @property
    def why(self) -> Phrase | str:
        said: Phrase | str = self.args[0]
        return said


class SignInFailed(FetchFailed):
    """The server does not let us in with this name and this password or token."""


class Server(Protocol):
    """One conversation with the server of a mailbox. Methods block, and raise FetchFailed unless they say more."""

    def open(self, *, to_change: bool = False) -> Contents:
        """Sign in and look at the folder; nothing is ever changed unless `to_change`."""

    def sizes(self, uids: Iterable[str]) -> dict[str, int]:
        """Bytes of each letter, as the server says; none for a letter that is gone."""

    def letters(self, uids: Iterable[str]) -> Taken:
        """Fetch letters whole. Raises nothing: what was whole before the line broke is given."""

    def head(self, uid: str) -> bytes:
        """The first lines of a letter that is not fetched, to know it by; empty where it cannot be had."""

    def settle(self, uids: Iterable[str], what: AfterFetch, folder: str) -> None:
        """Do with kept letters what was chosen. Again does no harm. Raises Unsettled when the server will not."""

    def folders(self) -> list[str]:
        """The names of the folders that there are."""

    def close(self) -> bool:
        """Say goodbye; whether the server heard it, and so did what only a goodbye makes it do."""

    def hang_up(self) -> None:
        """End it at once, from another thread too: what waits for the server then fails."""


class Unsettled(Exception):
    """The server keeps letters as they are; the text is its reason."""


async def in_thread(server: Server, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """A method of a conversation, away from the event loop. Raises FetchFailed when it takes too long."""
    loop = asyncio.get_running_loop()
    context = contextvars.copy_context()  # reasons are told in the reader's language
    asked = loop.run_in_executor(_threads, lambda: context.run(function, *args, **kwargs))
    done, _ = await asyncio.wait({asked}, timeout=CALL_SECONDS)
    if not done:
        server.hang_up()
        asked.add_done_callback(lambda ended: ended.exception())
        raise FetchFailed(phrase("The server is too slow: what was asked for did not come in %(n)s s.", n=CALL_SECONDS))
    return asked.result()


def tls() -> ssl.SSLContext:
    """Certificates are checked, against those of the system or of SSL_CERT_FILE."""
    return ssl.create_default_context()


@contextlib.contextmanager
def said_plainly(*errors: type[Exception]) -> Iterator[None]:
    """Turn what the network or the server said into FetchFailed."""
    known: tuple[type[Exception], ...] = (OSError, EOFError, *errors)
    try:
        yield
    except FetchFailed:
        raise
    except UnicodeError as error:
        raise FetchFailed(phrase("The server takes no such name or password: use letters without accents.")) from error
    except known as error:
        raise failed(error) from error


def failed(error: Exception) -> FetchFailed:
    """The same as a sentence."""
    if isinstance(error, FetchFailed):
        return error
    return FetchFailed(_in_words(error) or words_of(error) or type(error).__name__)


def _in_words(error: Exception) -> Phrase | None:
    """What the network says, for people; None for the server's own words."""
    match error:
        case ssl.SSLCertVerificationError():
            why = error.verify_message.rstrip(".")
            return phrase("The server's certificate cannot be trusted: %(why)s.", why=why)
        case ssl.SSLEOFError() | ssl.SSLZeroReturnError() | EOFError():
            return phrase("The server hung up in the middle.")
        case ssl.SSLError():
            return phrase("No encrypted connection could be made: is the choice of encryption right for this port?")
        case socket.gaierror():
            return phrase("There is no server of this name.")
        case ConnectionRefusedError():
            return phrase("The connection is refused: nothing listens at this port.")
        case TimeoutError():
            return phrase("The server does not answer.")
        case ConnectionError():
            return phrase("The server hung up in the middle.")
        case OSError() if error.strerror:
            return phrase("The server cannot be reached: %(why)s.", why=error.strerror)
    return phrase("The server hung up in the middle.") if "socket error" in words_of(error) else None  # of imaplib


def not_let_in(error: Exception) -> SignInFailed:
    """The server took neither name nor password, or no token."""
    return SignInFailed(phrase("The server does not let us in: %(why)s", why=words_of(error)))


def words_of(error: Exception) -> str:
    """What the server said, as far as it can be read."""
    said: Any = error.args[0] if error.args else ""
    return (said.decode("utf-8", "replace") if isinstance(said, bytes) else str(error))[:LONGEST_WORDS]
