"""How often something may be tried, counted by all processes together."""

import asyncio
import sqlite3
import sys
from pathlib import Path
from unittest.mock import patch

import pytest

from helpdesk.core.config import Config, config
from helpdesk.core.errors import TooMany
from helpdesk.web import limits
from helpdesk.web.limits import forgive, limit

pytestmark = pytest.mark.once

ELSEWHERE = """
from helpdesk.web.limits import limit

for _ in range(9):
    limit("test", "lan@khach.example 10.0.0.1", most=10, seconds=900)
"""
LAN = "lan@khach.example 10.0.0.1"


@pytest.fixture(autouse=True)
def _nobody_tried() -> None:
    limits.forgive_all()


async def test_what_was_tried_in_another_process_counts_until_it_is_forgiven() -> None:
    another = await asyncio.create_subprocess_exec(sys.executable, "-c", ELSEWHERE)
    assert await another.wait() == 0

    limit("test", LAN, most=10, seconds=900)
    with pytest.raises(TooMany) as refusal:
        limit("test", LAN, most=10, seconds=900)
    assert 890 <= refusal.value.wait <= 901
    limit("test", "huy@khach.example 10.0.0.1", most=1, seconds=900)

    forgive("test", LAN)
    limit("test", LAN, most=1, seconds=900)


def test_nothing_that_is_kept_tells_who_tried() -> None:
    limit("test", LAN, most=10, seconds=900)

    kept = b"".join(file.read_bytes() for file in config().data_dir.glob("tries.sqlite*"))
    assert kept
    assert b"khach" not in kept
    assert b"10.0.0.1" not in kept


def test_the_oldest_tries_are_forgotten_when_there_are_too_many() -> None:
    with patch.object(limits, "MOST_KEPT", 3):
        for number in range(6):
            limit("test", str(number), most=1, seconds=900)
        limit("test", "0", most=1, seconds=900)
        with pytest.raises(TooMany):
            limit("test", "5", most=1, seconds=900)


def test_where_no_file_can_be_a_process_counts_by_itself() -> None:
    with patch.object(limits, "config", lambda: Config(data_dir=Path("/dev/null/nowhere"))):
        alone = limits._tries.__wrapped__(0)
    assert isinstance(alone, sqlite3.Connection)
    assert alone.execute("SELECT count(*) FROM try").fetchone() == (0,)


def test_a_file_that_was_broken_is_begun_anew(tmp_path: Path) -> None:
    (tmp_path / "tries.sqlite").write_bytes(b"no database " * 1000)
    with patch.object(limits, "config", lambda: Config(data_dir=tmp_path)):
        anew = limits._tries.__wrapped__(0)
    assert anew.execute("PRAGMA database_list").fetchone()[2] == str(tmp_path / "tries.sqlite")
    anew.close()
