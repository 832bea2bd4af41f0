"""A mailbox of the version before goes on where it was, and nothing of the old fetch is left waiting."""

import sqlite3

import pytest

from helpdesk.jobs.queue import function_named
from helpdesk.schema import MIGRATIONS, statements

pytestmark = pytest.mark.once

BEFORE = [f"000{number}" for number in range(1, 8)]


def test_a_mailbox_goes_on_where_it_was() -> None:
    with sqlite3.connect(":memory:") as database:
        for file in sorted(MIGRATIONS.glob("*.sql")):
            if file.stem[:4] in BEFORE:
                apply(database, file.read_text())
        database.execute(
            "INSERT INTO mailbox (name, host, port, security, username, password, folder, address, is_active,"
            " uid_validity, last_uid, last_error)"
            " VALUES ('Hỗ trợ', 'h', 993, 'tls', 'u', 'p', 'INBOX', '', 1, 7, 42, '')"
        )
        database.execute(
            "INSERT INTO job (name, payload, key, state, run_at, attempts, created_at)"
            " VALUES ('helpdesk.mail.imap:fetch', '{\"mailbox\":1}', 'imap:1', 'ready', 'now', 0, 'now')"
        )
        apply(database, (MIGRATIONS / "0008_mailboxes.sql").read_text())

        row = database.execute(
            "SELECT name, protocol, sign_in, backfill, after_fetch, uid_validity, last_uid, backfill_to FROM mailbox"
        ).fetchone()
        assert row == ("Hỗ trợ", "imap", "password", "unread", "leave", 7, 42, 0)
        assert database.execute("SELECT COUNT(*) FROM job").fetchone() == (0,)
    database.close()


def apply(database: sqlite3.Connection, text: str) -> None:
    for statement in statements(text, sqlite=True):
        database.execute(statement)


def test_what_was_owed_before_the_mail_had_rooms_is_still_owed() -> None:
    with sqlite3.connect(":memory:") as database:
        before = [file for file in sorted(MIGRATIONS.glob("*.sql")) if file.stem < "0032"]
        for file in before:
            apply(database, file.read_text())
        names = ("fetch:fetch", "fetch:fetch_all", "fetch:sweep", "sending:send_due")
        for name in names:
            database.execute(
                "INSERT INTO job (name, payload, state, run_at, attempts, created_at)"
                " VALUES (?, '{}', 'ready', 'now', 0, 'now')",
                (f"helpdesk.mail.{name}",),
            )
        database.execute(
            "INSERT INTO schedule (name, next_at, runs) VALUES ('helpdesk.mail.fetch:fetch_all', 'now', 1)"
        )
        apply(database, (MIGRATIONS / "0032_rooms_of_mail.sql").read_text())

        owed = [name for (name,) in database.execute("SELECT name FROM job ORDER BY id")]
        assert [function_named(name).__name__ for name in owed] == [name.partition(":")[2] for name in names]
        assert database.execute("SELECT COUNT(*) FROM schedule").fetchone() == (0,)
    database.close()
