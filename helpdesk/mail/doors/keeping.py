"""
How a letter is kept: its rows, whichever door and whichever database.

Light on purpose, as the pipe needs it: who calls brings the way to run SQL and the transaction.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from msgspec import Struct

from helpdesk.mail.doors.identity import SORT_JOB, SORT_PATIENCE

Run = Callable[..., Awaitable[Sequence[Mapping[str, Any]]]]
"""Runs a statement whose values are marked `{}` and gives back its rows: `run(sql, *values)`."""


class Received(Struct, frozen=True):
    """A letter that is kept; not new when the same one had come in before."""

    id: int
    is_new: bool


async def keep(run: Run, letter: Mapping[str, Any], raw: bytes) -> Received:
    """
    Write what `identity.row` says of a letter, its bytes, and the job that sorts it; or find it here already.

    The caller's transaction makes it all or nothing. It waits for nothing but `run`.
    """
    added = await _insert(run, "inbound", letter)
    if not added:
        known = await run("SELECT id FROM inbound WHERE identity = {}", letter["identity"])
        return Received(known[0]["id"], is_new=False)
    inbound: int = added[0]["id"]
    moment = letter["received_at"]
    await _insert(run, "inbound_raw", {"inbound": inbound, "content": raw})
    await _insert(
        run,
        "job",
        {
            "name": SORT_JOB,
            "payload": f'{{"inbound":{inbound}}}',
            "state": "ready",
            "attempts": 0,
            "run_at": moment,
            "wanted_at": moment + SORT_PATIENCE,
            "created_at": moment,
        },
    )
    return Received(inbound, is_new=True)


async def _insert(run: Run, table: str, values: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """Insert a row; its id, or nothing where a unique value stood already."""
    names, marks = ", ".join(values), ", ".join(["{}"] * len(values))
    sql = f"INSERT INTO {table} ({names}) VALUES ({marks}) ON CONFLICT DO NOTHING RETURNING id"  # noqa: S608  # our own names
    return await run(sql, *values.values())
