"""Serving: one process for a small desk, several on PostgreSQL; who listens where."""

import argparse
import os
import sys

import uvicorn
from uvicorn.supervisors import Multiprocess

from helpdesk.core.config import BadConfig, config


def serve(options: argparse.Namespace, greeting: str = "") -> int:
    """Listen until the process is told to stop; the exit status."""
    settings = config()
    host, port = options.host or settings.host, settings.port if options.port is None else options.port
    if options.workers > 1 and settings.sqlite_path is not None:
        raise BadConfig("--workers above 1 needs PostgreSQL (HELPDESK_DATABASE_URL): SQLite has one writing process.")
    os.environ["HELPDESK_SMTP_PORT"] = str(settings.smtp_port if options.smtp_port is None else options.smtp_port)
    os.environ["HELPDESK_HOST"], os.environ["HELPDESK_PORT"] = host, str(port)
    server = uvicorn.Config(
        "helpdesk.app:pages_only" if options.no_worker else "helpdesk.app:create",
        factory=True,
        host=host,
        port=port,
        workers=options.workers,
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=True,
        proxy_headers=False,
        timeout_graceful_shutdown=10,
    )
    try:
        listening = server.bind_socket()
    except SystemExit:
        sys.stderr.write(f"helpdesk: {host}:{port} is taken; choose another port with --port.\n")
        return 1
    config.cache_clear()
    _greet(host, listening.getsockname()[1], greeting)
    if options.workers > 1:
        Multiprocess(server, sockets=[listening]).run()
    else:
        uvicorn.Server(server).run(sockets=[listening])
    return 0


def _greet(host: str, port: int, greeting: str) -> None:
    address = f"http://{host}:{port}"
    smtp = os.environ["HELPDESK_SMTP_PORT"]
    lines = ["", f"  Help centre   {address}/help", f"  Desk          {address}/desk"]
    if smtp != "0":
        lines.append(f"  Letters in    smtp://{config().smtp_host}:{smtp}")
    if not config().smtp_url:
        lines.append(f"  Letters out   {address}/admin/outbox (none leaves this machine)")
    lines += [*(f"  {line}" for line in greeting.splitlines()), "", "  Stop with Ctrl C.", ""]
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()
