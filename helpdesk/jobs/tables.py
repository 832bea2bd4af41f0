from datetime import UTC, datetime
from typing import Final

from piccolo.columns import BigInt, Integer, Serial, Text, Timestamptz, Varchar

from helpdesk.core.table import Table

AT_ONCE: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Job(Table):
    """One piece of work that is owed. A row that is gone has been done."""

    id: Serial
    name = Varchar(length=200, help_text="The function, as package.module:function.")
    payload = Text(help_text="JSON object: the function's arguments.")
    key = Varchar(length=200, null=True, default=None, help_text="At most one waiting job has it. Unique.")
    state = Varchar(length=8, default="ready", help_text="ready, running or failed (given up, for a person to see).")
    run_at = Timestamptz(default=None, help_text="Not before this moment.")
    wanted_at = Timestamptz(
        default=AT_ONCE, help_text="What is wanted first goes first: run_at, and how long such a job can wait."
    )
    attempts = Integer(default=0)
    lease_until = Timestamptz(
        null=True, default=None, help_text="While running: after it, the worker is taken for dead."
    )
    last_error = Text(null=True, default=None)
    created_at = Timestamptz(default=None)


class Schedule(Table, tablename="schedule"):
    """When a periodic job is due next. Whoever moves `next_at` on runs it."""

    id: Serial
    name = Varchar(length=200, unique=True)
    next_at = Timestamptz(default=None)
    runs = BigInt(default=0)
