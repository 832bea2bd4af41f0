"""What the migrations make is what `tables.py` says, on both databases."""

import pytest
from piccolo.columns import Serial

from helpdesk.core.db import IS_SQLITE, run_sql
from helpdesk.schema import TABLES


async def _columns(table: str) -> dict[str, tuple[str, bool]]:
    """Column → (type, may be NULL) as the database says."""
    if IS_SQLITE:
        rows = await run_sql(f"SELECT name, type, \"notnull\", pk FROM pragma_table_info('{table}')")
        return {row["name"]: (_kind(row["type"]), not (row["notnull"] or row["pk"])) for row in rows}
    rows = await run_sql(
        "SELECT column_name, data_type, character_maximum_length, is_nullable "
        "FROM information_schema.columns WHERE table_name = {}",
        table,
    )
    return {
        row["column_name"]: (
            _kind(row["data_type"] + (f"({n})" if (n := row["character_maximum_length"]) else "")),
            row["is_nullable"] == "YES",
        )
        for row in rows
    }


def _kind(name: str) -> str:
    """One word for what both databases and Piccolo mean."""
    short = name.upper().replace("CHARACTER VARYING", "VARCHAR").replace("TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ")
    if short in {"BIGINT", "INTEGER", "SERIAL", "BIGSERIAL"}:
        return "NUMBER"
    return {"BLOB": "BYTEA"}.get(short, short)


@pytest.mark.usefixtures("database")
async def test_every_table_stands_as_its_columns_say() -> None:
    for table in TABLES:
        wanted = {
            column._meta.name: (
                "NUMBER" if isinstance(column, Serial) else _kind(column.column_type),
                column._meta.null and not isinstance(column, Serial),
            )
            for column in table._meta.columns
        }
        assert await _columns(table._meta.tablename) == wanted, table._meta.tablename


@pytest.mark.usefixtures("database")
async def test_every_foreign_key_has_an_index() -> None:
    for table in TABLES:
        name = table._meta.tablename
        if IS_SQLITE:
            rows = await run_sql(f"SELECT sql FROM sqlite_master WHERE type = 'index' AND tbl_name = '{name}'")
            indexes = [row["sql"] or "" for row in rows]
            unique = {column._meta.name for column in table._meta.columns if column._meta.unique}
        else:
            rows = await run_sql("SELECT indexdef FROM pg_indexes WHERE tablename = {}", name)
            indexes, unique = [row["indexdef"] for row in rows], set()
        for column in table._meta.foreign_key_columns:
            if column._meta.name not in unique:
                assert any(f"({column._meta.name}" in index for index in indexes), f"{name}.{column._meta.name}"
