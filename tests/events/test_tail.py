"""The live tail of the log, over bad moments."""

import asyncio

import pytest

from helpdesk.events import tail
from tests.factories import Desk
from tests.tickets import ask


@pytest.mark.parametrize("has_listeners", [False, True])
async def test_live_pages_hear_again_after_the_database_was_away(
    desk: Desk, has_listeners: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.department()
    monkeypatch.setattr(tail, "LOOK_EVERY_SECONDS", 0.01)
    stop, tried = asyncio.Event(), asyncio.Event()
    following = asyncio.create_task(tail.follow(stop))
    await asyncio.sleep(0.1)

    async def away(*args: object) -> int:
        tried.set()
        raise ConnectionRefusedError

    with monkeypatch.context() as broken:
        broken.setattr(tail, "_since" if has_listeners else "_newest", away)
        with tail.listening() if has_listeners else monkeypatch.context():
            await asyncio.wait_for(tried.wait(), 5)
    with tail.listening() as hints:
        await asyncio.sleep(0.1)
        number = await ask(await desk.customer("Lan"))
        hint = await asyncio.wait_for(hints.get(), 5)
        assert hint is not None
        assert hint.about == f"ticket:{number}"
    stop.set()
    await asyncio.wait_for(following, 5)
