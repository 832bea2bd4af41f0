import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.cli import Place

OWN = "of_the_command"


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """On SQLite, without a database yet."""
    return Place(tmp_path)


@pytest.fixture
async def place_on_both(database: None, tmp_path: Path) -> AsyncIterator[Place]:
    """On the database of the run: a file, or another database of the same server."""
    from helpdesk.core.db import IS_SQLITE, run_sql  # not sooner: the run says first where its data is

    if IS_SQLITE:
        yield Place(tmp_path)
        return
    await run_sql(f"CREATE DATABASE {OWN}")
    try:
        yield Place(tmp_path, os.environ["HELPDESK_DATABASE_URL"].replace("/helpdesk?", f"/{OWN}?"))
    finally:
        await run_sql(f"DROP DATABASE {OWN} WITH (FORCE)")
