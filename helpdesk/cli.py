"""The command line: one function for each word."""

import argparse
import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import msgspec

from helpdesk import doctor, schema
from helpdesk.core.actor import SYSTEM
from helpdesk.core.config import BadConfig, config
from helpdesk.core.db import close_database, open_database
from helpdesk.core.errors import Refused
from helpdesk.demo import load as demo
from helpdesk.jobs import worker
from helpdesk.logs import set_up_logs
from helpdesk.people import actions as people
from helpdesk.people import queries as people_queries
from helpdesk.search import find, reindex
from helpdesk.server import serve
from helpdesk.wiring import search_documents, wire


def main(arguments: Sequence[str]) -> int:
    """Run one command; its exit status. Errors are one clear line on standard error."""
    options = _parser().parse_args(arguments)
    try:
        set_up_logs(config())
        status: int = options.run(options)
    except BadConfig as error:
        print(f"helpdesk: {error}", file=sys.stderr)
        return 2
    except Refused as refusal:
        errors = getattr(refusal, "errors", {})
        print("helpdesk:", "; ".join(f"{name}: {text}" for name, text in errors.items()) or refusal.reason or
              type(refusal).__name__, file=sys.stderr)  # fmt: skip
        return 1
    except KeyboardInterrupt:
        return 130
    except Exception as error:
        print(f"helpdesk: {type(error).__name__}: {error}", file=sys.stderr)
        return 1
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="helpdesk", description="A help desk, knowledge base and forum in one.")
    words = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    word = words.add_parser("serve", help="answer requests, take in letters and do the work behind")
    _server_options(word)
    word.set_defaults(run=_serve)

    word = words.add_parser("demo", help="serve, after filling an empty database with a small company")
    _server_options(word)
    word.set_defaults(run=_demo)

    word = words.add_parser("migrate", help="bring the database to the shape that this version needs")
    word.set_defaults(run=_in_database(_migrate))

    word = words.add_parser("work", help="do the work that is owed, without serving pages")
    word.add_argument("--until-idle", action="store_true", help="end when nothing is due any more")
    word.set_defaults(run=_in_database(_work))

    mail = words.add_parser("mail", help="letters").add_subparsers(required=True, metavar="COMMAND")
    mail.add_parser(
        "in", help="keep the letter on standard input: exit 0 = stored, 75 = try again (see: mail in --help)"
    )

    user = words.add_parser("user", help="people").add_subparsers(required=True, metavar="COMMAND")
    word = user.add_parser("add", help="add a person, or change the role of one we know")
    word.add_argument("email")
    word.add_argument("--role", default="customer", help="admin, agent, customer, or a role of your own")
    word.add_argument("--name", default="")
    word.add_argument("--password-stdin", action="store_true", help="read a password from standard input")
    word.set_defaults(run=_in_database(_add_user))

    token = words.add_parser("token", help="API tokens").add_subparsers(required=True, metavar="COMMAND")
    word = token.add_parser("add", help="make a token for a person and print it, once")
    word.add_argument("email")
    word.add_argument("--name", required=True, help="what the token is for")
    word.set_defaults(run=_in_database(_add_token))

    search = words.add_parser("search", help="the search index").add_subparsers(required=True, metavar="COMMAND")
    word = search.add_parser("reindex", help="build the index anew; the site keeps answering meanwhile")
    word.set_defaults(run=_in_database(_reindex))
    word = search.add_parser("query", help="what a visitor would find")
    word.add_argument("text")
    word.add_argument("--lang", choices=["vi", "en"], default=None)
    word.add_argument("--json", action="store_true")
    word.set_defaults(run=_in_database(_query))

    word = words.add_parser("doctor", help="check configuration, database, index, mail and disk")
    word.set_defaults(run=_in_database(_doctor, migrated=False))
    return parser


def _server_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", default=None, help="address to listen on (HELPDESK_HOST)")
    parser.add_argument("--port", type=int, default=None, help="port to listen on (HELPDESK_PORT)")
    parser.add_argument("--smtp-port", type=int, default=None, help="port for letters, 0 for none (HELPDESK_SMTP_PORT)")
    parser.add_argument("--workers", type=int, default=1, help="processes that answer requests (PostgreSQL only)")
    parser.add_argument("--no-worker", action="store_true", help="leave letters and jobs to `helpdesk work`")


def _in_database(
    function: Callable[[Any], Awaitable[int]], *, migrated: bool = True
) -> Callable[[argparse.Namespace], int]:
    """A command that works on the database: opened before, closed after, in the shape it should have."""

    async def run(options: argparse.Namespace) -> int:
        wire()
        try:
            await open_database()
            if migrated:
                await schema.migrate()
            return await function(options)
        finally:
            await close_database()

    return lambda options: asyncio.run(run(options))


def _serve(options: argparse.Namespace) -> int:
    asyncio.run(_prepare(with_demo=False))
    return serve(options)


def _demo(options: argparse.Namespace) -> int:
    logins = asyncio.run(_prepare(with_demo=True))
    return serve(options, greeting=logins)


async def _prepare(*, with_demo: bool) -> str:
    """Migrate, and load the demo company into an empty database; what to tell the person who started us."""
    wire()
    try:
        await open_database()
        await schema.migrate()
        if with_demo and await demo.is_empty():
            await demo.load(progress=_progress("Loading the demo company"))
            await reindex.rebuild_all(search_documents, progress=_progress("Indexing"))
        return demo.LOGINS if with_demo else ""
    finally:
        await close_database()


async def _migrate(options: argparse.Namespace) -> int:
    print("The database has the shape that this version needs.")
    return 0


async def _work(options: argparse.Namespace) -> int:
    if options.until_idle:
        print(f"{await worker.work_until_idle()} jobs done.")
    else:
        await worker.work(asyncio.Event())
    return 0


async def _add_user(options: argparse.Namespace) -> int:
    password = sys.stdin.readline().rstrip("\n") if options.password_stdin else ""
    person = await people.add_or_change(SYSTEM, email=options.email, role=options.role, name=options.name)
    if password:
        await people.set_password(SYSTEM, person, password)
    print(f"{options.email} is now {options.role} (person {person}).")
    return 0


async def _add_token(options: argparse.Namespace) -> int:
    person = await people_queries.id_of(options.email)
    print(await people.make_token(SYSTEM, person, options.name))
    return 0


async def _reindex(options: argparse.Namespace) -> int:
    count = await reindex.rebuild_all(search_documents, progress=_progress("Indexing"))
    print(f"{count} documents indexed.")
    return 0


async def _query(options: argparse.Namespace) -> int:
    hits = await find.find(options.text, audience="public", lang=options.lang, limit=10)
    if options.json:
        print(json.dumps({"hits": msgspec.to_builtins(hits)}, ensure_ascii=False))
    else:
        for hit in hits:
            print(f"{hit.score:8.3f}  {hit.id}")
    return 0


async def _doctor(options: argparse.Namespace) -> int:
    findings = await doctor.examine()
    for finding in findings:
        print(("ok       " if finding.is_fine else "TROUBLE  ") + finding.text)
    return 0 if all(finding.is_fine for finding in findings) else 1


def _progress(what: str) -> Callable[[int, int], None]:
    """A bar on a terminal; nothing where nobody watches."""

    def show(done: int, total: int) -> None:
        if sys.stderr.isatty():
            filled = 30 * done // max(total, 1)
            end = "\n" if done >= total else ""
            print(
                f"\r{what} [{'█' * filled}{'·' * (30 - filled)}] {done}/{total}", end=end, file=sys.stderr, flush=True
            )

    return show
