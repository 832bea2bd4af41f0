"""Queries that are worded once say what Piccolo would say, and their values stay with their places."""

from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count
from typing import Any

import pytest
from piccolo.query.functions import Count, Lower
from piccolo.query.methods.select import Select as PiccoloSelect
from piccolo.querystring import QueryString

from helpdesk.core import table
from helpdesk.core.db import DB
from helpdesk.jobs.tables import Job
from helpdesk.people.tables import Person
from helpdesk.settings.tables import Setting
from helpdesk.tickets.tables import Message, Ticket

MOMENT = datetime(2026, 2, 16, 9, tzinfo=UTC)

SHAPES: dict[str, Callable[[Any, Any, Any], Any]] = {
    "one column": lambda a, b, c: Setting.select(Setting.name).where(Setting.name == a),
    "all columns": lambda a, b, c: Setting.select().where(Setting.name == a).limit(3),
    "and, or": lambda a, b, c: Ticket.select(Ticket.id).where(
        ((Ticket.id == a) | (Ticket.id > b)) & (Ticket.status != c)
    ),
    "or, and": lambda a, b, c: Ticket.select(Ticket.id).where(
        (Ticket.id == a) | (Ticket.id > b) & (Ticket.status != c)
    ),
    "nothing": lambda a, b, c: Ticket.select(Ticket.id).where(Ticket.assignee.is_null()),
    "list": lambda a, b, c: Ticket.select(Ticket.id).where(Ticket.id.is_in([a, b, c])),
    "not in a list": lambda a, b, c: Ticket.select(Ticket.id).where(Ticket.id.not_in([a, b]) & (Ticket.id < c)),
    "join": lambda a, b, c: Ticket.select(Ticket.id, Ticket.requester.name.as_alias("who")).where(
        Ticket.requester.email_key == a
    ),
    "join in the order": lambda a, b, c: Ticket.select(Ticket.id).order_by(Ticket.requester.name).limit(7).offset(2),
    "downwards": lambda a, b, c: Ticket.select(Ticket.id).order_by(Ticket.id, ascending=False).limit(2),
    "function": lambda a, b, c: Person.select(Lower(Person.name)).where(Lower(Person.name) == a),
    "raw with values on both sides": lambda a, b, c: Ticket.select(Ticket.id).where(
        QueryString("{} + {} > {}", a, Ticket.id, b)
    ),
    "braces": lambda a, b, c: Ticket.select(QueryString("'{{}}' || {}", a).as_alias("x")),
    "within another": lambda a, b, c: Ticket.select(Ticket.id).where(
        (Ticket.status == a)
        & Ticket.id.is_in(Message.select(Message.ticket).where(Message.kind == b))
        & (Ticket.id > c)
    ),
    "grouped": lambda a, b, c: (
        Ticket.select(Ticket.status, Count(alias="n")).where(Ticket.id > a).group_by(Ticket.status)
    ),
    "objects": lambda a, b, c: Ticket.objects().where(Ticket.id == a).order_by(Ticket.id),
    "exists": lambda a, b, c: Ticket.exists().where((Ticket.id == a) & (Ticket.id < b)),
    "insert": lambda a, b, c: Setting.insert(Setting(name=a, value=b, changed_at=c)),
    "insert two": lambda a, b, c: Setting.insert(
        Setting(name=a, value=b, changed_at=c), Setting(name=b, value=a, changed_at=c)
    ),
    "insert unless it is there": lambda a, b, c: Job.insert(
        Job(name=a, payload=b, key=c, run_at=MOMENT, created_at=MOMENT)
    ).on_conflict(action="DO NOTHING"),
    "insert or change": lambda a, b, c: Setting.insert(Setting(name=a, value=b, changed_at=c)).on_conflict(
        target=Setting.name, action="DO UPDATE", values=[Setting.value, Setting.changed_at]
    ),
    "update": lambda a, b, c: Ticket.update({Ticket.status: a, Ticket.subject: b}).where(Ticket.id == c),
    "update by itself": lambda a, b, c: Ticket.update({Ticket.message_count: Ticket.message_count + a}).where(
        Ticket.id == b
    ),
    "update over a join": lambda a, b, c: Ticket.update({Ticket.status: a}).where(Ticket.requester.name == b),
    "delete": lambda a, b, c: Ticket.delete().where((Ticket.status == a) & (Ticket.id < b)).returning(Ticket.id),
    "two columns": lambda a, b, c: Ticket.select(Ticket.id).where(Ticket.opened_at == Ticket.updated_at),
}


@pytest.mark.parametrize("build", SHAPES.values(), ids=SHAPES)
def test_a_query_says_the_second_time_what_piccolo_says(build: Callable[[Any, Any, Any], Any]) -> None:
    assert build(7, 8, 9).querystrings, "the first time it is worded by Piccolo"
    again, values = build(1, 2, 3), build(1, 2, 3)
    assert _sql(again.querystrings[0]) == _sql(_as_piccolo_says(values))


@pytest.mark.parametrize("build", SHAPES.values(), ids=SHAPES)
def test_values_keep_their_places_though_all_were_the_same_the_first_time(
    build: Callable[[Any, Any, Any], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table, "_kept", {})
    assert build(7, 7, 7).querystrings
    again, values = build(1, 2, 3), build(1, 2, 3)
    assert _sql(again.querystrings[0]) == _sql(_as_piccolo_says(values))


def test_queries_that_differ_in_words_are_told_apart() -> None:
    numbers = count()
    said: dict[str, str] = {}
    for _ in range(2):
        for name, build in SHAPES.items():
            sql = _sql(build(next(numbers), next(numbers), next(numbers)).querystrings[0])[0]
            assert said.setdefault(name, sql) == sql
    assert len({*said.values()}) == len(SHAPES)


def test_a_list_of_another_length_has_other_words() -> None:
    for length in (1, 2, 3, 60, 61):
        sql, values = _sql(Ticket.select(Ticket.id).where(Ticket.id.is_in([*range(length)])).querystrings[0])
        assert values == [*range(length)]
        assert sql.count("?" if DB.engine_type == "sqlite" else "$") == length


@pytest.mark.usefixtures("database")
async def test_however_many_rows_are_inserted_in_order_and_those_that_are_there_are_left_out() -> None:
    rows = [Setting(name=f"{number:03d}", value="{}", changed_at=MOMENT) for number in range(120)]
    ids = await Setting.insert_all(rows)
    kept = await Setting.select(Setting.id, Setting.name).where(Setting.id.is_in(ids)).order_by(Setting.name)
    assert [(row["id"], row["name"]) for row in kept] == list(zip(ids, (row.name for row in rows), strict=True))

    more = [Setting(name=f"{number:03d}", value="{}", changed_at=MOMENT) for number in range(119, 122)]
    assert len(await Setting.insert_all(more, unless_there=True)) == 2


def _as_piccolo_says(query: Any) -> QueryString:
    kept = dict(table._kept)
    table._kept.clear()
    try:
        built: QueryString = query.querystrings[0]
    finally:
        table._kept.update(kept)
    assert not isinstance(built, table._Worded)
    return built


def _sql(built: QueryString) -> tuple[str, list[Any]]:
    sql, values = built.compile_string(engine_type=DB.engine_type)
    assert not any(isinstance(value, PiccoloSelect) for value in values)
    return sql, list(values)
