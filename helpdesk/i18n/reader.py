"""Who is reading: the language and time zone that every text of the current task is made for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final, Literal

import msgspec

Lang = Literal["vi", "en"]
LANGUAGES: Final[Mapping[str, str]] = {"vi": "Tiếng Việt", "en": "English"}
"""What each language calls itself."""


class Reader(msgspec.Struct, frozen=True):
    """Someone's language (a key of LANGUAGES) and time zone (an IANA name)."""

    lang: str = "en"
    tz: str = "UTC"


ANYONE = Reader()
reading: ContextVar[Reader] = ContextVar("reading", default=ANYONE)


@contextmanager
def reading_as(reader: Reader) -> Iterator[Reader]:
    """Make every text inside the block for `reader`, for example a letter to someone else."""
    token = reading.set(reader)
    try:
        yield reader
    finally:
        reading.reset(token)
