"""The whole index anew, built beside the old one, which answers until the last moment."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

from helpdesk.search.document import Document
from helpdesk.search.find import engine

BATCH = 100
"""Documents that are handed to the engine at a time."""


async def rebuild(
    source: AsyncIterator[Document], total: int, progress: Callable[[int, int], None] = lambda done, total: None
) -> int:
    """
    Put everything `source` yields into a new index and let it answer; returns how many documents were read.

    `progress` hears after each batch how many of `total` are done. When anything fails, the old index
    stays as it was. Updates made meanwhile are kept. Raises RebuildRunning when one is running
    on this machine.
    """
    build = await engine().begin()
    done = 0
    try:
        batch: list[Document] = []
        async for document in source:
            batch.append(document)
            if len(batch) == BATCH:
                await build.add(batch)
                done += len(batch)
                progress(done, total)
                batch = []
        await build.add(batch)
        done += len(batch)
        progress(done, total)
        await build.finish()
    except BaseException:
        await build.abandon()
        raise
    return done
