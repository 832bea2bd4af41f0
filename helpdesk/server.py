"""
Serving: one process for a small desk, or several; who listens where.

Several processes answer the same port. One of them, whoever takes the lock first, also takes letters in and
does the work behind; when it dies, the process that takes its place takes the lock too.
"""

import asyncio
import fcntl
import os
import signal
import socket
import sys
from argparse import Namespace
from types import FrameType
from typing import Final, NoReturn

import uvicorn
from litestar.types import ASGIApp
from msgspec import Struct
from uvicorn.supervisors import Multiprocess

from helpdesk.app import create
from helpdesk.core.config import Config, config
from helpdesk.events import tail
from helpdesk.logs import set_up_logs
from helpdesk.mail.doors.listener import certificate_of

GRACE_SECONDS: Final = 5
"""For answers that are on their way when we are told to stop."""
HUNG_SECONDS: Final = 30
"""A process that says nothing for so long is replaced; on a machine that has too much to do a few are nothing."""
STOP: Final = (signal.SIGTERM, signal.SIGINT)
_ANYWHERE: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  # where to look, not where to listen

_lock: int | None = None


class Welcome(Struct, frozen=True):
    """What else to tell the person who started us: lines, and an address that letters may be sent to."""

    lines: list[str]
    letters_to: str = ""


def listen(options: Namespace) -> socket.socket:
    """
    The socket that requests come in by, once the ports are known to be free and the settings agree with the options.

    Raises BadConfig for a certificate that cannot be used, OSError for a port that is taken.
    """
    settings = config()
    host = options.host or settings.host
    listening = _bound(host, settings.port if options.port is None else options.port, "--port")
    port = listening.getsockname()[1]
    changes = {"host": host, "port": port}
    if settings.base_url == Config().base_url:
        changes["base_url"] = _address(host, port)
    _settle(**changes)
    if options.no_worker:
        options.smtp_port = 0
    settle_letters(options)
    return listening


def keep_letters() -> None:
    """Let letters stay on the outbox page, whatever mail server is set."""
    _settle(smtp_url="")


def settle_letters(options: Namespace) -> None:
    """
    Let the option for the letters' port win over the setting.

    Raises OSError when that port is taken, and BadConfig for a certificate that cannot be used.
    """
    settings = config()
    port = settings.smtp_port if options.smtp_port is None else options.smtp_port
    if port:
        certificate_of(settings)
        _bound(settings.smtp_host, port, "--smtp-port").close()
    _settle(smtp_port=port)


def run(options: Namespace, listening: socket.socket, welcome: Welcome) -> int:
    """Answer requests until the process is told to stop (SIGTERM, Ctrl C), which ends it well."""
    for told in STOP:
        signal.signal(told, _end)
    _greet(welcome)
    if options.workers > 1:
        app = "pages_only" if options.no_worker else "one_of_several"
        Multiprocess(_uvicorn(app, options.workers), sockets=[listening]).run()
    else:
        uvicorn.Server(_uvicorn("pages_only" if options.no_worker else "everything")).run(sockets=[listening])
    return 0


def everything() -> ASGIApp:
    """What one process serves that is alone."""
    return _app(background=True)


def one_of_several() -> ASGIApp:
    """What each of several processes serves."""
    return _app(background=_is_first())


def pages_only() -> ASGIApp:
    """What a process serves that leaves letters and jobs to `helpdesk work`."""
    return _app(background=False)


def _app(*, background: bool) -> ASGIApp:
    """The application in a process of its own, called by uvicorn once the signals are in its hands."""
    set_up_logs(config())
    for told in STOP:
        _hang_up_when(told)
    return create(background=background)


def _hang_up_when(told: signal.Signals) -> None:
    """Live pages listen for ever: let them go when we are told to stop, since the server waits for its answers."""
    loop, stop = asyncio.get_running_loop(), signal.getsignal(told)

    def hang_up_and_stop(number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(tail.hang_up)
        if callable(stop):
            stop(number, frame)

    signal.signal(told, hang_up_and_stop)


def _is_first() -> bool:
    """Whether no other process of this machine does the work behind; the lock ends with the process."""
    global _lock
    _lock = os.open(config().data_dir / "working.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(_lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _uvicorn(app: str, workers: int = 1) -> uvicorn.Config:
    """How to serve what the function `app` of this module makes."""
    return uvicorn.Config(
        f"{__name__}:{app}",
        factory=True,
        workers=workers,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
        timeout_worker_healthcheck=HUNG_SECONDS,
    )


def _bound(host: str, port: int, option: str) -> socket.socket:
    """A listening socket. Raises OSError with a sentence that names the option."""
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        reason = str(error.strerror or error).partition(" (while ")[0]
        raise OSError(f"Port {port} of {host} cannot be used ({reason}); choose another with {option}.") from error


def _settle(**changes: object) -> None:
    """Change settings for this process and those it starts."""
    os.environ |= {f"HELPDESK_{name.upper()}": str(value) for name, value in changes.items()}
    config.cache_clear()


def _address(host: str, port: int) -> str:
    host = _ANYWHERE.get(host, host)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _end(number: int, frame: object) -> NoReturn:
    """Told to stop before the server was up, or told again by it once all is put away."""
    raise SystemExit(0)


def _greet(welcome: Welcome) -> None:
    settings = config()
    here = _address(settings.host, settings.port)
    lines = [f"Help centre   {here}/help", f"Desk          {here}/desk"]
    if settings.smtp_port:
        lines.append(f"Letters in    smtp://{settings.smtp_host}:{settings.smtp_port}")
    if not settings.smtp_url:
        lines.append(f"Letters out   {here}/admin/outbox (none leaves this machine)")
    if settings.smtp_port and welcome.letters_to:
        lines += ["", "Write to the desk:", f"  {_letter(settings, welcome.letters_to)}"]
    if welcome.lines:
        lines += ["", *welcome.lines]
    sys.stdout.write("\n".join(f"  {line}".rstrip() for line in ["", *lines, "", "Stop with Ctrl C.", ""]) + "\n")
    sys.stdout.flush()


def _letter(settings: Config, address: str) -> str:
    """A command that sends a letter, for any machine with Python."""
    return (
        f"""python3 -c 'import smtplib; smtplib.SMTP("{settings.smtp_host}", {settings.smtp_port})"""
        f""".sendmail("me@example.com", "{address}", "From: me@example.com\\nTo: {address}\\n"""
        """Subject: Hello\\n\\nIt works!")'"""
    )
