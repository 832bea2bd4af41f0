"""Pages by key: the next page begins after the last row seen, so page one thousand costs what page one does."""

import base64
import binascii
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, Any, Final, Generic, TypeVar

import msgspec
from msgspec import Meta, Struct
from piccolo.columns import Column
from piccolo.custom_types import Combinable

T = TypeVar("T")
Number = Annotated[int, Meta(ge=-(2**31), lt=2**31)]
"""What a column of ids holds on every database."""
Key = list[Number | str | None]

_KINDS: Final[dict[type, Any]] = {int: Number, str: str, datetime: Annotated[datetime, Meta(tz=True)]}
"""How the value of a column is read from a key."""


class Page(Struct, Generic[T], frozen=True):
    """A slice of a list; `next` is the key of the page after this one, or None at the end."""

    items: list[T]
    next: str | None


def page_of(rows: Sequence[T], size: int, key: Callable[[T], Key]) -> Page[T]:
    """A page from up to `size + 1` rows; the row too many only tells that there is a next page."""
    shown = list(rows[:size])
    return Page(items=shown, next=write_key(key(shown[-1])) if len(rows) > size else None)


def key_of(row: object, *columns: Column) -> Key:
    """What a row has in these columns, as the key of the page after it."""
    values = (getattr(row, column._meta.name) for column in columns)
    return [value.isoformat() if isinstance(value, datetime) else value for value in values]


def write_key(values: Key) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(values)).decode().rstrip("=")


def read_key(text: str | None) -> Key | None:
    """The values of a key from a URL; None for none or for one that we did not write."""
    if not text:
        return None
    try:
        return msgspec.json.decode(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)), type=Key)
    except (binascii.Error, msgspec.DecodeError, ValueError):
        return None


def beyond(after: str | None, *columns: Column, ascending: bool = True) -> Combinable | None:
    """
    The rows after the key `after` in a list ordered by these columns, of which the last tells all rows apart.

    None for no key, and for one that another list wrote.
    """
    key = read_key(after)
    if key is None or len(key) != len(columns):
        return None
    further: Combinable | None = None
    for column, value in reversed([*zip(columns, key, strict=True)]):
        try:
            last = msgspec.convert(value, _KINDS[column.value_type])
        except msgspec.ValidationError:
            return None
        past = column > last if ascending else column < last
        if further is None:
            further = past
        else:  # the bound stands alone as well, since no database finds its way in an index by an `or`
            further = (column >= last if ascending else column <= last) & (past | further)
    return further
