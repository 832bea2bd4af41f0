"""The index on disk: who sees what when, and what becomes of it when something goes wrong."""

import asyncio
import gc
import os
import subprocess
import sys
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from helpdesk.search.document import Document, Engine, IndexDamaged, RebuildRunning, SearchBusy
from helpdesk.search.find import open_engine
from helpdesk.search.reindex import rebuild
from helpdesk.search.whoosh_engine import PARTS, QUEUE, WhooshEngine
from tests.search.conftest import article, each, fill, found


async def test_an_update_is_seen_when_it_returns(engine: Engine) -> None:
    await fill(article(1, "Giá cũ"))

    await engine.update([article(1, "Bảng lương"), article(2, "Phí mới")])

    assert await found("giá cũ") == []
    assert await found("lương") == ["article:1"]
    assert await found("phí") == ["article:2"]


async def test_what_was_deleted_is_not_found(engine: Engine) -> None:
    await fill(article(1, "Giá"), article(2, "Giá"))

    await engine.update([], ["article:1", "article:404"])

    assert await found("giá") == ["article:2"]
    assert await engine.ask(lambda view: view.size) == 1


async def test_the_last_word_on_an_id_wins(engine: Engine) -> None:
    await fill()

    await engine.update([article(1, "Một"), article(1, "Hai")], ["article:1"])

    assert await found("một") == []
    assert await found("hai") == ["article:1"]
    assert await engine.ask(lambda view: view.size) == 1


async def test_many_small_updates_are_merged_and_lose_nothing(engine: Engine) -> None:
    await fill()

    for number in range(5 * PARTS):
        await engine.update([article(number, f"Số {number}", "chung")], [f"article:{number - 10}"])
    await engine.update([article(0, "Số 0", "chung")])

    left = ["article:0", *(f"article:{number}" for number in range(5 * PARTS - 10, 5 * PARTS))]
    assert sorted(await found("chung", limit=99)) == sorted(left)
    assert await engine.ask(_parts) <= 3 * PARTS


async def test_updates_that_wait_go_into_one_commit(engine: Engine) -> None:
    await fill()
    before = await engine.ask(_generation)

    await asyncio.gather(*[engine.update([article(number, "Chung")]) for number in range(30)])

    assert len(await found("chung", limit=99)) == 30
    assert await engine.ask(_generation) - before < 15


async def test_another_engine_on_the_folder_sees_it_too(engine: Engine, tmp_path: Path) -> None:
    await fill(article(1, "Giá"))
    neighbour = open_engine("whoosh", tmp_path)
    assert await neighbour.ask(lambda view: view.frequency("exact", "giá")) == 1

    await asyncio.gather(engine.update([article(2, "Giá")]), neighbour.update([article(3, "Giá")]))

    assert await neighbour.ask(lambda view: view.size) == 3
    assert await engine.ask(lambda view: view.size) == 3
    await fill(article(9, "Giá"))
    assert await neighbour.ask(lambda view: view.size) == 1
    await neighbour.close()


async def test_another_process_sees_it_within_two_seconds(engine: Engine, tmp_path: Path) -> None:
    await fill(article(1, "Giá"))
    code = (
        "import asyncio, sys; from pathlib import Path; from helpdesk.search import find\n"
        "async def ask():\n"
        "    find.use(find.open_engine('whoosh', Path(sys.argv[1])))\n"
        "    async def once(): return len(await find.find('giá', audience=frozenset({'public'})))\n"
        "    print(await once(), flush=True); sys.stdin.readline(); print(await once(), flush=True)\n"
        "    await find.engine().close()\n"
        "asyncio.run(ask())\n"
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, str(tmp_path), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdin is not None
    assert process.stdout is not None
    assert await process.stdout.readline() == b"1\n"
    await engine.update([article(2, "Giá")])
    process.stdin.write(b"\n")
    async with asyncio.timeout(2):
        assert await process.stdout.readline() == b"2\n"
    assert await process.wait() == 0


async def test_a_missing_index_says_so(engine: Engine) -> None:
    with pytest.raises(IndexDamaged, match="no search index"):
        await found("giá")
    with pytest.raises(IndexDamaged, match="no search index"):
        await engine.update([article(1, "Giá")])


# Whoosh leaves a file it could not read to the garbage collection, which complains.
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("harm", ["cut", "noise", "gone", "no table of contents", "wrong pointer"])
async def test_a_damaged_index_says_so_and_a_new_one_mends_it(engine: Engine, tmp_path: Path, harm: str) -> None:
    await fill(article(1, "Giá"))
    _harm(tmp_path, harm)
    engine = open_engine("whoosh", tmp_path)

    with pytest.raises(IndexDamaged):
        await engine.ask(lambda view: view.frequency("exact", "giá"))
    with pytest.raises(IndexDamaged):
        await engine.update([article(2, "Giá")])
    await engine.close()

    await fill(article(3, "Giá"))
    assert await found("giá") == ["article:3"]
    gc.collect()


async def test_while_a_new_index_is_built_the_old_one_answers_and_takes_updates(engine: Engine) -> None:
    await fill(article(1, "Giá"))
    build = await engine.begin()
    await build.add([article(1, "Giá"), article(5, "Giá"), article(6, "Giá")])

    assert await found("giá") == ["article:1"]
    await engine.update([article(2, "Giá"), article(5, "Phí")], ["article:6"])
    assert set(await found("giá")) == {"article:1", "article:2"}

    await build.finish()
    assert set(await found("giá")) == {"article:1", "article:2"}
    assert await found("phí") == ["article:5"]


async def test_updates_from_before_are_not_made_again(engine: Engine) -> None:
    await fill(article(1, "Giá"))
    await engine.update([article(2, "Giá")])

    await fill(article(1, "Giá"))

    assert await found("giá") == ["article:1"]


async def test_an_id_that_comes_twice_is_kept_once(engine: Engine) -> None:
    await fill(article(1, "Giá"), article(1, "Giá"))
    assert await engine.ask(lambda view: view.size) == 1


async def test_the_progress_is_told(engine: Engine) -> None:
    told: list[tuple[int, int]] = []

    done = await rebuild(each([article(number, "Giá") for number in range(250)]), 250, lambda *so: told.append(so))

    assert done == 250
    assert told == [(100, 250), (200, 250), (250, 250)]


async def test_a_source_that_breaks_leaves_the_old_index(engine: Engine, tmp_path: Path) -> None:
    await fill(article(1, "Giá"))

    async def broken() -> AsyncIterator[Document]:
        yield article(2, "Giá")
        raise ConnectionError("the database went away")

    with pytest.raises(ConnectionError):
        await rebuild(broken(), 2)

    assert await found("giá") == ["article:1"]
    assert len(list(tmp_path.rglob("index-*"))) == 1
    await fill(article(3, "Giá"))
    assert await found("giá") == ["article:3"]


async def test_only_one_new_index_is_built_at_a_time(engine: Engine) -> None:
    build = await engine.begin()
    with pytest.raises(RebuildRunning):
        await engine.begin()
    await build.abandon()
    await (await engine.begin()).finish()


async def test_a_builder_that_died_stands_in_nobodys_way(engine: Engine, tmp_path: Path) -> None:
    await fill(article(1, "Giá"))
    code = (
        "import asyncio, os, sys; from pathlib import Path; from helpdesk.search.find import open_engine\n"
        "async def die():\n"
        "    await open_engine('whoosh', Path(sys.argv[1])).begin()\n"
        "    os._exit(9)\n"
        "asyncio.run(die())\n"
    )
    died = await asyncio.to_thread(subprocess.run, [sys.executable, "-c", code, str(tmp_path)], check=False)
    assert died.returncode == 9
    assert len(list(tmp_path.rglob("index-*"))) == 2

    await engine.update([article(2, "Giá")])
    assert set(await found("giá")) == {"article:1", "article:2"}
    await fill(article(3, "Giá"))
    assert len(list(tmp_path.rglob("index-*"))) == 1


async def test_indexes_of_older_versions_are_swept_away(engine: Engine, tmp_path: Path) -> None:
    older = tmp_path / "search" / "whoosh-3.54-0"
    older.mkdir(parents=True)
    await fill(article(1, "Giá"))
    assert not older.exists()


async def test_a_question_that_takes_too_long_is_given_up(tmp_path: Path) -> None:
    engine = WhooshEngine(tmp_path, seconds=0.1)
    await (await engine.begin()).finish()
    go_on = threading.Event()
    try:
        with pytest.raises(SearchBusy, match=r"0\.1 seconds"):
            await engine.ask(lambda view: go_on.wait())
    finally:
        go_on.set()
    assert await engine.ask(lambda view: view.size) == 0
    await engine.close()


async def test_too_many_questions_are_turned_away_at_once(tmp_path: Path) -> None:
    engine = WhooshEngine(tmp_path)
    await (await engine.begin()).finish()
    go_on = threading.Event()
    waiting = [asyncio.create_task(engine.ask(lambda view: go_on.wait())) for _ in range(QUEUE)]
    await asyncio.sleep(0)
    try:
        with pytest.raises(SearchBusy, match="waiting"):
            await engine.ask(lambda view: view.size)
    finally:
        go_on.set()
    assert await asyncio.gather(*waiting) == [True] * QUEUE
    await engine.close()


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="counts open files where the system lists them")
async def test_states_that_passed_keep_no_files_open(engine: Engine) -> None:
    await fill(article(1, "Giá"))
    await found("giá")
    before = _open_files()

    for number in range(2, 30):
        await engine.update([article(number % 4, "Giá")])
        await found("giá")
    await fill(article(1, "Giá"))
    await found("giá")

    assert _open_files() <= before + 2


def _parts(view: Any) -> int:
    return len(view.segments)


def _generation(view: Any) -> int:
    return int(view.state[1])


def _open_files() -> int:
    return len(os.listdir("/proc/self/fd"))


def _harm(folder: Path, harm: str) -> None:
    index = next(folder.rglob("index-*"))
    match harm:
        case "cut":
            for segment in index.glob("*.seg"):
                segment.write_bytes(segment.read_bytes()[:200])
        case "noise":
            for segment in index.glob("*.seg"):
                segment.write_bytes(bytes(range(256)) * 20)
        case "gone":
            for segment in index.glob("*.seg"):
                segment.unlink()
        case "no table of contents":
            for contents in index.glob("*.toc"):
                contents.unlink()
        case "wrong pointer":
            (index.parent / "current").write_text("index-0")
