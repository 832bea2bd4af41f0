"""
The file store: bytes on disk under the SHA-256 of what is in them.

A file is safe on the disk before its row says that it exists, so a crash leaves at most bytes that
nobody knows of. Nothing is ever written over: the same bytes have the same name.
"""

import asyncio
import os
import re
import tempfile
from hashlib import sha256
from pathlib import Path
from typing import Final

from msgspec import Struct

from helpdesk.core.clock import now
from helpdesk.core.config import config
from helpdesk.core.errors import NotFound
from helpdesk.files.tables import StoredFile

_NAME: Final = re.compile(r"[0-9a-f]{64}")


class Stored(Struct, frozen=True):
    """A file in the store; `size` in bytes."""

    sha256: str
    size: int


async def put(content: bytes) -> Stored:
    """
    Keep these bytes. Kept already, they stay as they are.

    It waits for the disk, so call it before a transaction, not inside one. Raises OSError when the disk refuses.
    """
    stored = Stored(await asyncio.to_thread(_write, content), len(content))
    row = StoredFile(sha256=stored.sha256, size=stored.size, created_at=now())
    await StoredFile.insert(row).on_conflict(action="DO NOTHING", target=StoredFile.sha256)
    return stored


async def read(name: str) -> bytes:
    """The bytes whose SHA-256 is `name`. Raises NotFound when the store has none."""
    return await asyncio.to_thread(path_of(name).read_bytes)


def path_of(name: str) -> Path:
    """Where the bytes whose SHA-256 is `name` lie. Raises NotFound when the store has none."""
    path = _place(name)
    if not _NAME.fullmatch(name) or not path.is_file():
        raise NotFound()
    return path


def _place(name: str) -> Path:
    return config().data_dir / "files" / name[:2] / name


def _write(content: bytes) -> str:
    """Write to a temporary name and move it: whoever sees the real name sees the whole file."""
    name = sha256(content).hexdigest()
    path = _place(name)
    if path.is_file() and path.stat().st_size == len(content):
        return name
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    for folder in (path.parent, path.parents[1]):
        _keep(folder)
    return name


def _keep(folder: Path) -> None:
    """Have the disk remember the names in a folder: without it, a file can be lost though its bytes are not."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
