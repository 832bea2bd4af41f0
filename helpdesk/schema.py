"""
The shape of the database: every table in one list, and the migrations that lead there.

A migration is a file of plain SQL in `migrations/`, written once for both databases, forward
only. `KEY!` stands for a primary key that never gives an id out twice; a line `-- only: sqlite`
or `-- only: postgresql` begins a part for one of them, `-- both` ends it. Each file runs in one
transaction with the row that says it ran, behind a lock, so processes may start together.

`python -m helpdesk.schema TABLE …` prints the SQL of tables as a start for a migration.
"""

import asyncio
import contextlib
import fcntl
import os
import sys
from collections.abc import AsyncIterator, Iterator
from typing import Final

from piccolo.columns import Bytea, Column, ForeignKey, Serial
from piccolo.table import Table

from helpdesk.assignment.tables import AgentSkill, AgentWork, AssignmentPlan, Skill
from helpdesk.automation.tables import AnswerSent, RuleRow, RuleRun, RuleTrial
from helpdesk.core import postgresql
from helpdesk.core.clock import now
from helpdesk.core.config import ROOT, config
from helpdesk.core.db import DB, IS_SQLITE, run_sql, transaction
from helpdesk.departments.tables import AnswerTime, Department, DepartmentAddress
from helpdesk.events.tables import EventRow
from helpdesk.files.tables import StoredFile
from helpdesk.jobs.tables import Job, Schedule
from helpdesk.mail.tables import (
    AddressTrouble,
    AutomaticLetter,
    DeliveryReport,
    DkimKey,
    DomainCheck,
    Inbound,
    InboundRaw,
    Mailbox,
    MailboxFetch,
    MailboxLetter,
    Outbound,
    OutboundRecipient,
    Relay,
    Trouble,
)
from helpdesk.mailroom.tables import LetterTicket, LetterWording
from helpdesk.people.tables import AgentMail, ApiToken, Member, Organisation, Person, PersonPhone, Role, Session, SignUp
from helpdesk.settings.tables import Setting
from helpdesk.sla.tables import CalendarRow, Escalation, Holiday, PolicyRow, PromiseRow, PromiseRule, PromiseRun
from helpdesk.surveys.tables import Rating
from helpdesk.tickets.blocking.tables import BlockedSender
from helpdesk.tickets.canned.tables import CannedReply, CannedUse
from helpdesk.tickets.drafts.tables import Draft, Presence, SendingChoice
from helpdesk.tickets.fields.tables import Carrier, Field, FieldValue, TopicField
from helpdesk.tickets.named.tables import PriorityRow, StatusRow
from helpdesk.tickets.side.tables import SideConversation, SideFile, SideMessage
from helpdesk.tickets.tables import (
    Attachment,
    Bulk,
    Deadline,
    Follower,
    Merge,
    Message,
    Participant,
    PhoneCall,
    PrivateLink,
    SavedView,
    Task,
    Ticket,
    TicketLink,
    TicketTag,
    TimeEntry,
    Undo,
    ViewPlace,
)
from helpdesk.tickets.timing.tables import WorkTimer
from helpdesk.topics.tables import Topic as RequestTopic
from helpdesk.webhooks.tables import WebhookDelivery
from kb.articles.tables import Article, ArticleFeedback, ArticleVersion, Category, SearchGap
from kb.forum.tables import Board, Post, PostVote, Topic

TABLES: Final[tuple[type[Table], ...]] = (
    *(Job, Schedule, EventRow, Setting),
    *(Role, Organisation, Person, SignUp, PersonPhone, Session, ApiToken),
    *(CalendarRow, Holiday, PolicyRow, Escalation, PromiseRule, PromiseRow, PromiseRun),
    *(Department, DepartmentAddress, Member, RequestTopic, AnswerTime),
    *(StoredFile, Inbound, InboundRaw, Outbound, OutboundRecipient, Relay, Trouble, Mailbox),
    *(MailboxLetter, MailboxFetch),
    *(DeliveryReport, AddressTrouble, AutomaticLetter),
    *(AgentMail, LetterTicket, LetterWording, DkimKey, DomainCheck),
    *(
        Ticket,
        Message,
        Attachment,
        Participant,
        TicketLink,
        TicketTag,
        Deadline,
        Rating,
        Merge,
        Follower,
        Task,
        TimeEntry,
        PrivateLink,
        PhoneCall,
    ),
    *(AssignmentPlan, AgentWork, Skill, AgentSkill),
    *(Field, FieldValue, TopicField, Carrier),
    *(StatusRow, PriorityRow),
    *(SideConversation, SideMessage, SideFile),
    *(SavedView, ViewPlace),
    *(Bulk, Undo),
    *(CannedReply, CannedUse, Draft, Presence),
    *(SendingChoice, BlockedSender, WorkTimer),
    *(RuleRow, RuleRun, RuleTrial, AnswerSent, WebhookDelivery),
    *(Category, Article, ArticleVersion, ArticleFeedback, SearchGap),
    *(Board, Topic, Post, PostVote),
)
"""Every table, each after those it refers to."""

MIGRATIONS: Final = ROOT / "migrations"
_LOCK: Final = 7214001


async def migrate() -> list[str]:
    """Apply what is new, in order, and return the names of the migrations that ran."""
    async with _alone():
        await run_sql("CREATE TABLE IF NOT EXISTS migration (name VARCHAR(100) PRIMARY KEY, applied_at TIMESTAMPTZ)")
        done = {row["name"] for row in await run_sql("SELECT name FROM migration")}
        ran = []
        for file in sorted(MIGRATIONS.glob("*.sql")):
            if file.stem not in done:
                await _apply(file.stem, file.read_text(encoding="utf-8"))
                ran.append(file.stem)
    return ran


async def pending() -> list[str]:
    """Names of the migrations that did not run yet."""
    try:
        done = {row["name"] for row in await run_sql("SELECT name FROM migration")}
    except Exception:
        if await _exists("migration"):
            raise
        done = set()
    return [file.stem for file in sorted(MIGRATIONS.glob("*.sql")) if file.stem not in done]


def statements(text: str, *, sqlite: bool) -> Iterator[str]:
    """The statements of a migration for one of the databases."""
    wanted, lines = True, []
    for line in text.splitlines():
        word = line.strip()
        if word.startswith("-- only: "):
            wanted = word.removeprefix("-- only: ") == ("sqlite" if sqlite else "postgresql")
        elif word == "-- both":
            wanted = True
        elif wanted and not word.startswith("--"):
            lines.append(line)
    key = "INTEGER PRIMARY KEY AUTOINCREMENT" if sqlite else "BIGSERIAL PRIMARY KEY"
    for statement in "\n".join(lines).replace("KEY!", key).split(";\n"):
        if statement.strip():
            yield statement.strip().removesuffix(";")


def sql(table: type[Table]) -> str:
    """The CREATE TABLE statement of a table, with an index for each foreign key."""
    name = table._meta.tablename
    columns = ",\n".join(f"    {_column_sql(column)}" for column in table._meta.columns)
    indexes = "".join(
        f"\nCREATE INDEX {name}_{column._meta.name} ON {name} ({_quoted(column)});"
        for column in table._meta.columns
        if isinstance(column, ForeignKey) and not column._meta.unique
    )
    return f"CREATE TABLE {name} (\n{columns}\n);{indexes}\n"


def _column_sql(column: Column) -> str:
    if isinstance(column, Serial):
        return f"{column._meta.name} KEY!"
    kind = "BYTEA" if isinstance(column, Bytea) else column.column_type
    if isinstance(column, ForeignKey):
        kind = f"BIGINT REFERENCES {column._foreign_key_meta.resolved_references._meta.tablename} (id)"
    unique = " UNIQUE" if column._meta.unique else ""
    required = "" if column._meta.null else " NOT NULL"
    return f"{_quoted(column)} {kind}{required}{unique}"


def _quoted(column: Column) -> str:
    name = column._meta.name
    return f'"{name}"' if name in {"key", "text", "value", "position", "number", "name"} else name


async def _apply(name: str, text: str) -> None:
    async with transaction():
        for statement in statements(text, sqlite=IS_SQLITE):
            await DB.run_ddl(statement)
        await run_sql("INSERT INTO migration (name, applied_at) VALUES ({}, {})", name, now())


@contextlib.asynccontextmanager
async def _alone() -> AsyncIterator[None]:
    """One process at a time: an advisory lock in PostgreSQL, a lock on a file beside SQLite's."""
    if isinstance(DB, postgresql.Engine):
        connection = await DB.get_new_connection()
        try:
            await connection.execute("SELECT pg_advisory_lock($1)", _LOCK)
            yield
        finally:
            await connection.close()
    else:
        file = await asyncio.to_thread(_lock_file)
        try:
            yield
        finally:
            os.close(file)


def _lock_file() -> int:
    path = config().sqlite_path
    assert path is not None
    file = os.open(path.with_suffix(".migrating"), os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(file, fcntl.LOCK_EX)
    return file


async def _exists(table: str) -> bool:
    if IS_SQLITE:
        return bool(await run_sql("SELECT name FROM sqlite_master WHERE name = {}", table))
    return bool(await run_sql("SELECT tablename FROM pg_tables WHERE tablename = {}", table))


if __name__ == "__main__":
    for wanted in TABLES:
        if wanted._meta.tablename in sys.argv[1:]:
            print(sql(wanted))  # noqa: T201  # this is what the command is for
