"""
Tables whose queries are put into words once.

Piccolo writes the SQL of a query anew each time it runs, which costs several times what SQLite needs
to answer. Two queries that differ only in their values have the same words, so these are kept by the
query's shape: its columns, conditions and order, without the values. A shape that is not understood here
is worded by Piccolo as ever (docs/decisions/0006-short-queries.md).
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any, Final, TypeVar

from msgspec import Struct
from piccolo import table as piccolo
from piccolo.columns import JSON, And, Column, ForeignKey, Or, Where
from piccolo.columns.combination import UNDEFINED, WhereRaw
from piccolo.query import mixins
from piccolo.query.base import Query
from piccolo.query.methods import delete, exists, insert, objects, select, update
from piccolo.querystring import QueryString, Selectable
from piccolo.utils.sql_values import convert_to_sql_value

T = TypeVar("T", bound=piccolo.Table)

MOST_SHAPES: Final = 4000
MOST_IN_A_LIST: Final = 50
"""Lists of values longer than this differ in their words too often to keep them."""

PLAIN: Final = frozenset({str, int, bool, float, bytes, type(None), datetime, date})
"""Values that a database takes as they are, in every column but those of JSON."""

Shape = tuple[Any, ...]
"""What two queries share that have the same words; it can be a key."""


class _Words(Struct, frozen=True):
    """A query's words: as SQL of this database, and as Piccolo's template for those that it becomes part of."""

    sql: str
    template: str
    query_type: str
    table: type[piccolo.Table] | None
    columns: Sequence[Column]


class _Cell(Struct, frozen=True):
    """A column of a row that is made here. `is_given`: its default is made anew each time, or it has none."""

    name: str
    column: Column
    default: Any
    is_given: bool


class _NotKept(Exception):
    """The query has something in it of which a shape says too little."""


class _Worded(QueryString):
    """A query that needs no wording any more: words and values."""

    def __init__(self, words: _Words, values: list[Any]) -> None:
        self.template = words.template
        self.args = values
        self.query_type = words.query_type
        self.table = words.table
        self.columns = words.columns
        self._alias = None
        self._frozen_compiled_strings = (words.sql, values)


_kept: Final[dict[Shape, _Words | None]] = {}
"""None for a shape whose values come in another order than they were gathered."""


class Select(select.Select[T]):
    @property
    def default_querystrings(self) -> Sequence[QueryString]:
        return _worded(self, _select, lambda: super(Select, self).default_querystrings)


class Objects(objects.Objects[T]):
    @property
    def default_querystrings(self) -> Sequence[QueryString]:
        return _worded(self, _objects, lambda: super(Objects, self).default_querystrings)


class Exists(exists.Exists[T]):
    @property
    def default_querystrings(self) -> Sequence[QueryString]:
        return _worded(self, _exists, lambda: super(Exists, self).default_querystrings)


class Insert(insert.Insert[T]):
    @property
    def default_querystrings(self) -> Sequence[QueryString]:
        return _worded(self, _insert, lambda: super(Insert, self).default_querystrings)


class Update(update.Update[T]):
    @property
    def default_querystrings(self) -> Sequence[QueryString]:
        return _worded(self, _update, lambda: super(Update, self).default_querystrings)


class Delete(delete.Delete):
    @property
    def default_querystrings(self) -> Sequence[QueryString]:
        return _worded(self, _delete, lambda: super(Delete, self).default_querystrings)


class Table(piccolo.Table):
    """Piccolo's table, with queries that are worded once and rows that are made at once."""

    def __init__(
        self,
        _data: dict[Column, Any] | None = None,
        _ignore_missing: bool = False,
        _exists_in_db: bool = False,
        **columns: Any,
    ) -> None:
        if _exists_in_db and not _data and len(columns) == len(self._meta.columns):
            self._exists_in_db, self._was_created = True, None
            self.__dict__.update(columns)  # as the database names them, which is as we do
        elif _data or _ignore_missing or _exists_in_db or not _fill(self, columns):
            super().__init__(_data, _ignore_missing, _exists_in_db, **columns)

    @classmethod
    def select(cls: type[T], *columns: Selectable | str, exclude_secrets: bool = False) -> Select[T]:
        return Select(cls, cls._process_column_args(*columns), exclude_secrets)

    @classmethod
    def objects(cls: type[T], *prefetch: ForeignKey[Any] | list[ForeignKey[Any]]) -> Objects[T]:
        return Objects(cls, prefetch)

    @classmethod
    def exists(cls: type[T]) -> Exists[T]:
        return Exists(cls)

    @classmethod
    def insert(cls: type[T], *rows: T) -> Insert[T]:
        query = Insert(cls).returning(cls._meta.primary_key)
        return query.add(*rows) if rows else query

    @classmethod
    async def insert_all(cls: type[T], rows: Sequence[T], *, unless_there: bool = False) -> list[int]:
        """
        Insert rows, however many, in statements that are short enough for their words to be kept; their ids in order.

        With `unless_there`, one that would be there twice is left out, and has no id.
        """
        ids: list[int] = []
        for start in range(0, len(rows), MOST_IN_A_LIST):
            insert = Insert(cls).returning(cls._meta.primary_key).add(*rows[start : start + MOST_IN_A_LIST])
            done = await (insert.on_conflict(action="DO NOTHING") if unless_there else insert)
            ids += sorted(row["id"] for row in done)
        return ids

    @classmethod
    def update(
        cls: type[T],
        values: dict[Column | str, Any] | None = None,
        force: bool = False,
        use_auto_update: bool = True,
        **kwargs: Any,
    ) -> Update[T]:
        query = Update(cls, force)
        query.values(values, **kwargs)
        return query

    @classmethod
    def delete(cls, force: bool = False) -> Delete:
        return Delete(cls, force)


_cells_of: Final[dict[type[piccolo.Table], Sequence[_Cell]]] = {}


def _fill(row: piccolo.Table, given: dict[str, Any]) -> bool:
    """Make a new row of these values and the defaults; False for values that need a closer look."""
    made = {}
    for cell in _cells(row.__class__):
        if cell.name in given:
            made[cell.name] = given[cell.name]
        elif cell.is_given:
            return False
        else:
            made[cell.name] = cell.default
    if not given.keys() <= made.keys():
        return False
    row._exists_in_db, row._was_created = False, None
    row.__dict__.update(made)
    return True


def _cells(table: type[piccolo.Table]) -> Sequence[_Cell]:
    return _cells_of.get(table) or _cells_of.setdefault(table, [_cell(column) for column in table._meta.columns])


def _cell(column: Column) -> _Cell:
    """The primary key's default, which the database makes, is the same for all rows."""
    default = getattr(column, "default", None)
    is_given = type(default) not in PLAIN or (default is None and not column._meta.null)
    if column._meta.primary_key:
        is_given, default = False, column.get_default_value()
    return _Cell(column._meta.name, column, default, is_given)


def _worded(
    query: Query[Any, Any], shape_of: Callable[[Any, list[Any]], Shape], build: Callable[[], Sequence[QueryString]]
) -> Sequence[QueryString]:
    values: list[Any] = []
    try:
        shape = (shape_of.__name__, query.table, *shape_of(query, values))
    except _NotKept:
        return build()
    if shape in _kept:
        words = _kept[shape]
        return build() if words is None else [_Worded(words, values)]
    built = build()
    if len(_kept) >= MOST_SHAPES:
        _kept.clear()
    _kept[shape] = _words_of(built[0], values, query.engine_type) if len(built) == 1 else None
    return built


def _words_of(built: QueryString, values: list[Any], engine_type: str) -> _Words | None:
    """What to keep of a query that Piccolo has worded; None when its values are not those, in that order."""
    sql, real = built.compile_string(engine_type=engine_type)
    if len(real) != len(values) or any(one is not other for one, other in zip(real, values, strict=True)):
        return None
    _, fragments, _ = built.bundle(start_index=1, bundled=[], combined_args=[])
    template = "".join(
        one.prefix.replace("{", "{{").replace("}", "}}") + ("" if one.no_arg else "{}") for one in fragments
    )
    return _Words(sql, template, built.query_type, built.table, built.columns)


def _select(query: Select[Any], values: list[Any]) -> Shape:
    if query.exclude_secrets or query.as_of_delegate._as_of:
        raise _NotKept
    distinct, grouped = query.distinct_delegate._distinct, query.group_by_delegate._group_by
    return (
        distinct.enabled,
        _selected(distinct.on or (), values),
        _selected(query.columns_delegate.selected_columns, values),
        _where(query.where_delegate._where, values),
        _selected(grouped.columns, values) if grouped else None,
        _where(query.having_delegate._where, values),
        *_order(query, values),
    )


def _objects(query: Objects[Any], values: list[Any]) -> Shape:
    if query.prefetch_delegate.fk_columns or query.as_of_delegate._as_of:
        raise _NotKept
    return _where(query.where_delegate._where, values), *_order(query, values)


def _order(query: Any, values: list[Any]) -> Shape:
    """What stands after the conditions: order, limits, locks."""
    limit, offset = query.limit_delegate._limit, query.offset_delegate._offset
    lock = query.lock_rows_delegate._lock_rows
    return (
        tuple(
            (item.ascending, _selected(item.columns, values))
            for item in query.order_by_delegate._order_by.order_by_items
        ),
        limit.number if limit else None,
        offset.number if offset else None,
        (lock.lock_strength, lock.nowait, lock.skip_locked, lock.of) if lock else None,
    )


def _exists(query: Exists[Any], values: list[Any]) -> Shape:
    return (_where(query.where_delegate._where, values),)


def _insert(query: Insert[Any], values: list[Any]) -> Shape:
    rows, returning = query.add_delegate._add, query.returning_delegate._returning
    if len(rows) > MOST_IN_A_LIST:
        raise _NotKept
    cells = [(getattr(row, cell.name), cell.column) for row in rows for cell in _cells(query.table)]
    conflicts = query.on_conflict_delegate._on_conflict.on_conflict_items
    return (
        len(rows),
        tuple([_written(value, column, values) for value, column in cells]),
        tuple(_on_conflict(one) for one in conflicts),
        _returned(returning, values),
    )


def _on_conflict(item: mixins.OnConflictItem) -> Shape:
    if item.where is not None:
        raise _NotKept
    target = item.target if isinstance(item.target, tuple) else (item.target,)
    changed = item.values or ()
    return tuple(_plain(one) for one in target), item.action, tuple(_plain(one) for one in changed)


def _plain(column: object) -> Shape:
    """A column, or nothing, of a clause that may hold other things as well."""
    if column is None:
        return ()
    if not isinstance(column, Column):
        raise _NotKept
    return _column(column)


def _update(query: Update[Any], values: list[Any]) -> Shape:
    changed = query.values_delegate._values.items()
    return (
        tuple([(_column(column), _written(value, column, values)) for column, value in changed]),
        _where(query.where_delegate._where, values, joins=False),
        _returned(query.returning_delegate._returning, values),
    )


def _delete(query: Delete, values: list[Any]) -> Shape:
    return (
        _where(query.where_delegate._where, values, joins=False),
        _returned(query.returning_delegate._returning, values),
    )


def _returned(returning: mixins.Returning | None, values: list[Any]) -> Shape | None:
    return _selected(returning.columns, values) if returning else None


def _where(node: Any, values: list[Any], *, joins: bool = True) -> Shape | None:
    """The shape of conditions, whose values are gathered in the order in which they will stand."""
    kind = type(node)
    if node is None:
        return None
    if kind is And or kind is Or:
        return kind, _where(node.first, values, joins=joins), _where(node.second, values, joins=joins)
    if kind is WhereRaw:
        return _raw(node.querystring, values)
    if kind is not Where or (not joins and node.column._meta.call_chain):
        raise _NotKept
    column = _column(node.column)
    if node.values is not UNDEFINED:
        if isinstance(node.values, QueryString):
            return column, node.operator, _raw(node.values, values)
        if len(node.values) > MOST_IN_A_LIST:
            raise _NotKept
        return column, node.operator, *(_value(one, values) for one in node.values)
    if node.value is UNDEFINED:
        return column, node.operator
    return column, node.operator, _value(node.value, values)


def _raw(querystring: QueryString, values: list[Any]) -> Shape:
    """A piece of SQL: its template, and the pieces that stand within."""
    inner = tuple(_value(one, values) for one in querystring.args)
    joined = tuple(_column(column) for column in querystring.columns if column._meta.call_chain)
    return querystring.template, inner, joined, querystring._alias


def _selected(columns: Sequence[Any], values: list[Any]) -> Shape:
    return tuple(_raw(one, values) if isinstance(one, QueryString) else _plain(one) for one in columns)


def _column(column: Column) -> Shape:
    meta = column._meta
    if not meta.call_chain:
        return meta._table, meta._name, column._alias
    return meta._table, meta._name, column._alias, *((link._meta._table, link._meta._name) for link in meta.call_chain)


def _value(value: Any, values: list[Any]) -> Shape | None:
    """Gather a value. What stands in its place may also be a piece of SQL, which belongs to the shape."""
    if type(value) not in PLAIN:
        if isinstance(value, QueryString):
            return _raw(value, values)
        if isinstance(value, Column | Query):
            raise _NotKept
    values.append(value)
    return None


def _written(value: Any, column: Column, values: list[Any]) -> Shape | None:
    """The same for a value that is written into a column."""
    if type(value) in PLAIN and not isinstance(column, JSON):
        values.append(value)
        return None
    return _value(convert_to_sql_value(value, column), values)
