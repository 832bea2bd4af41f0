"""Lines to other servers, ended from outside."""

import contextlib
import socket


def shut(sock: socket.socket | None) -> None:
    """End a connection so that whoever waits for it in another thread hears of it."""
    if sock is not None:
        with contextlib.suppress(OSError):  # it is gone already
            sock.shutdown(socket.SHUT_RDWR)
