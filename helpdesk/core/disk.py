"""Whether anything can be written where our files lie, and the database's where that is SQLite."""

import errno
import tempfile
from typing import Final, Literal

from helpdesk.core.config import config

ENOUGH: Final = 64 * 1024
"""Bytes. With less free, not even a small letter is kept."""

Hindrance = Literal["", "full", "closed"]

_MEANS: Final[dict[int | None, Hindrance]] = {
    errno.ENOSPC: "full",
    errno.EDQUOT: "full",
    errno.EROFS: "closed",
    errno.EACCES: "closed",
    errno.EPERM: "closed",
}


def hindrance() -> Hindrance:
    """
    What keeps us from writing: the disk is full, or it may only be read; empty for nothing that we know of.

    It is tried, since quotas and rights tell nobody before. Waits for the disk.
    """
    database = config().sqlite_path
    for folder in {config().data_dir, *((database.parent,) if database else ())}:
        try:
            with tempfile.TemporaryFile(dir=folder, buffering=0) as file:
                file.write(bytes(ENOUGH))
        except OSError as error:
            if found := _MEANS.get(error.errno):
                return found
    return ""
