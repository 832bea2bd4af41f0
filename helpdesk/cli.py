"""What the commands do, one function each; their words and options are in `commands.py`."""

import asyncio
import json
import signal
import sys
from argparse import Namespace
from collections.abc import Awaitable, Callable
from typing import TypeVar

from helpdesk import doctor, schema, server
from helpdesk.app import working
from helpdesk.core import bell
from helpdesk.core.actor import SYSTEM, VISITOR
from helpdesk.core.config import config
from helpdesk.core.db import close_database, open_database
from helpdesk.core.errors import Conflict, Invalid, NotFound
from helpdesk.demo import load as demo_company
from helpdesk.departments.queries import own_addresses
from helpdesk.jobs import worker
from helpdesk.people import actions as people
from helpdesk.people import queries as people_queries
from helpdesk.people import rules as people_rules
from helpdesk.search import queries as search_queries
from helpdesk.search import sources
from helpdesk.search.document import RebuildRunning
from helpdesk.web.language import localised
from helpdesk.wiring import wire

T = TypeVar("T")


def serve(options: Namespace) -> int:
    """Answer requests until told to stop."""
    listening = server.listen(options)
    return server.run(options, listening, _in_database(_first_steps))


def demo(options: Namespace) -> int:
    """Serve the demo company, which is loaded when the database is empty. Its letters never leave the machine."""
    server.keep_letters()
    listening = server.listen(options)
    return server.run(options, listening, _in_database(_load_demo))


def migrate(options: Namespace) -> int:
    """Apply what is new, which every other command does too."""

    async def ready() -> None:
        for name in await schema.migrate():
            print(f"Applied {name}.")

    _in_database(ready, migrated=False)
    print("The database has the shape that this version needs.")
    return 0


def work(options: Namespace) -> int:
    """Do what is owed: until nothing is due any more, or until told to stop."""
    if options.until_idle:
        print(f"{_in_database(worker.work_until_idle)} jobs done.")
    else:
        server.settle_letters(options)
        _in_database(_work_on)
    return 0


def add_user(options: Namespace) -> int:
    """Add a person, or change one we know."""
    password = sys.stdin.readline().rstrip("\r\n") if options.password_stdin else None
    print(_in_database(lambda: _add_user(options.email, options.role, options.name, password)))
    return 0


def add_token(options: Namespace) -> int:
    """Make a token, which alone goes to standard output."""

    async def made() -> str:
        return await people.make_token(SYSTEM, await _known(options.email), options.name)

    print(_in_database(made))
    return 0


def reindex(options: Namespace) -> int:
    """Build the search index anew."""

    async def rebuilt() -> int:
        try:
            return await sources.rebuild(_bar("Indexing"))
        except RebuildRunning:
            raise Conflict("The index is being built already; see again in a moment.") from None

    print(f"{_in_database(rebuilt)} documents can be found.")
    return 0


def query(options: Namespace) -> int:
    """Print what a visitor would find, as lines or as the API says it."""

    async def found() -> list[search_queries.Found]:
        wanted = await search_queries.hits(
            VISITOR, options.text, lang=options.lang, only_lang=options.lang is not None, limit=10
        )
        return await search_queries.rows(VISITOR, wanted, options.text)

    base = config().base_url.rstrip("/")
    hits = [
        {
            "kind": row.kind,
            "id": row.number,
            "title": row.card.title,
            "url": base + localised(row.card.url, row.card.lang),
            "score": row.score,
        }
        for row in _in_database(found)
    ]
    if options.json:
        print(json.dumps({"hits": hits}, ensure_ascii=False))
    else:
        for hit in hits:
            print(f"{hit['score']:8.2f}  {hit['title']}\n          {hit['url']}")
    return 0


def examine(options: Namespace) -> int:
    """Say how everything is, one sentence a line."""
    wire()
    findings = asyncio.run(doctor.examine())
    for finding in findings:
        print(("fine     " if finding.is_fine else "TROUBLE  ") + finding.text)
    return 0 if all(finding.is_fine for finding in findings) else 1


def _in_database(function: Callable[[], Awaitable[T]], *, migrated: bool = True) -> T:
    """Run with the database open and in the shape it should have. Raises ConnectionError while it is away."""

    async def run() -> T:
        wire()
        try:
            await _open(migrated)
            return await function()
        finally:
            await close_database()

    return asyncio.run(run())


async def _open(migrated: bool) -> None:
    try:
        await open_database()
        if migrated:
            await schema.migrate()
    except Exception as error:
        raise ConnectionError(f"The database cannot be used: {error}") from error


async def _first_steps() -> server.Welcome:
    """What a new desk still lacks."""
    addresses = sorted(await own_addresses())
    lines = []
    if not any(agent.is_active and agent.role == people_rules.ADMIN for agent in await people_queries.agents()):
        lines.append(
            "Nobody looks after this desk yet: helpdesk user add YOU@EXAMPLE.COM --role admin --password-stdin"
        )
    if not addresses:
        lines.append("Letters cannot come in yet: give a department an address at /admin/departments.")
    return server.Welcome(lines, addresses[0] if addresses else "")


async def _load_demo() -> server.Welcome:
    """The demo company in an empty database; where it is already, all that happened since stays."""
    if await demo_company.is_empty():
        await demo_company.load(_bar("Loading the demo company"))
    elif not await demo_company.is_loaded():
        raise Conflict("This database is used by another company, so no demo goes into it: try `helpdesk serve`.")
    return server.Welcome(demo_company.logins().splitlines(), "support@lua.example")


async def _work_on() -> None:
    """Work until the process is told to stop."""
    stop = asyncio.Event()
    for told in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(told, stop.set)
    async with bell.listening(), working():
        await stop.wait()


async def _add_user(email: str, role: str | None, name: str, password: str | None) -> str:
    known = await people_queries.person_with(email)
    roles = [card.key for card in await people_queries.roles()]
    if role is not None and role not in roles:
        raise Invalid({"": f"There is no role called {role}. There are: {', '.join(roles)}."})
    if password is not None and (trouble := people_rules.trouble_with_password(people_rules.as_typed(password), email)):
        raise Invalid({"password": trouble})
    if known is None:
        known = await people.add_person(SYSTEM, name=name, email=email, role=role or people_rules.CUSTOMER)
    else:
        if name:
            await people.change_person(SYSTEM, known, name=name)
        if role:
            await people.set_role(SYSTEM, known, role)
    if password is not None:
        await people.set_password(SYSTEM, known, password)
    profile = await people_queries.profile(SYSTEM, known)
    return f"{profile.called} <{profile.email}> is {profile.role} (person {known})."


async def _known(email: str) -> int:
    person = await people_queries.person_with(email)
    if person is None:
        raise NotFound(f"Nobody here has the address {email}. Add them with: helpdesk user add {email}")
    return person


def _bar(what: str) -> Callable[[int, int], None]:
    """A progress bar on a terminal; nothing where nobody watches."""

    def show(done: int, total: int) -> None:
        if sys.stderr.isatty():
            filled = min(30, 30 * done // max(total, 1))
            bar = "█" * filled + "·" * (30 - filled)
            end = "\n" if done >= total else ""
            print(f"\r{what} [{bar}] {done}/{total}", end=end, file=sys.stderr, flush=True)

    return show
