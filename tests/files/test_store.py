"""Files are kept by what is in them, once, and read back as they were."""

import asyncio
from hashlib import sha256

import pytest

from helpdesk.core.errors import NotFound
from helpdesk.files import store
from helpdesk.files.tables import StoredFile

pytestmark = pytest.mark.usefixtures("database")


async def test_a_file_is_read_back_as_it_was() -> None:
    content = bytes(range(256)) * 1000

    stored = await store.put(content)

    assert stored == store.Stored(sha256(content).hexdigest(), 256_000)
    assert await store.read(stored.sha256) == content
    assert await StoredFile.exists().where((StoredFile.sha256 == stored.sha256) & (StoredFile.size == 256_000))


async def test_the_same_bytes_are_kept_once() -> None:
    stored = await asyncio.gather(*(store.put(b"the same") for _ in range(8)))

    assert len({one.sha256 for one in stored}) == 1
    assert await StoredFile.count() == 1
    left = {path.name for path in store.path_of(stored[0].sha256).parent.iterdir()}
    assert not any(name.startswith(".") for name in left), "nothing half-written stays"


async def test_an_empty_file_is_a_file() -> None:
    assert await store.read((await store.put(b"")).sha256) == b""


@pytest.mark.parametrize("name", ["", "0" * 64, "../../secret_key", "A" * 64, "0" * 63 + "/"])
async def test_what_was_never_kept_is_not_found(name: str) -> None:
    with pytest.raises(NotFound):
        await store.read(name)


async def test_a_half_written_file_is_mended() -> None:
    stored = await store.put(b"all of it")
    store.path_of(stored.sha256).write_bytes(b"all")

    await store.put(b"all of it")

    assert await store.read(stored.sha256) == b"all of it"
