"""What the commands do, on a desk that nobody has used yet."""

import sqlite3
from pathlib import Path

import msgspec
import pytest

from helpdesk import cli, doctor
from helpdesk.core.actor import SYSTEM
from helpdesk.core.config import config
from helpdesk.core.db import IS_SQLITE, run_sql
from helpdesk.core.errors import Invalid, NotFound
from helpdesk.people import queries as people
from helpdesk.people.tables import Person
from tests.cli import Place

LETTER = "From: lan@khach.example\nTo: support@lua.example\nSubject: Hỏi\nMessage-ID: <1@khach.example>\n\nXin chào!\n"
TRY_AGAIN = 75


@pytest.mark.once
def test_a_letter_is_kept_or_handed_back_and_nothing_between(place: Place) -> None:
    before_there_is_a_database = place.run("mail", "in", given=LETTER)
    place.run("migrate")
    kept = place.run("mail", "in", "--to", "support@lua.example", given=LETTER)
    nothing = place.run("mail", "in", given="")
    worked = place.run("work", "--until-idle")

    assert (kept.status, kept.out, kept.error) == (0, "", "")
    for refused in (before_there_is_a_database, nothing):
        assert (refused.status, refused.out) == (TRY_AGAIN, "")
        assert refused.error.startswith("helpdesk mail in: not kept, try again: ")
        assert refused.error.count("\n") == 1
    assert worked.status == 0
    with sqlite3.connect(place.data / "helpdesk.sqlite") as database:
        assert database.execute("SELECT state FROM inbound").fetchall() == [("sorted",)]
        assert database.execute("SELECT subject FROM ticket").fetchall() == [("Hỏi",)]


@pytest.mark.once
def test_what_is_kept_is_for_nobody_else_on_the_machine(place: Place) -> None:
    place.run("migrate")
    place.run("mail", "in", "--to", "support@lua.example", given=LETTER)

    assert (place.data / "helpdesk.sqlite").exists()
    assert [one.name for one in (place.data, *place.data.rglob("*")) if one.stat().st_mode & 0o007] == []


@pytest.mark.once
def test_a_token_is_all_that_goes_to_standard_output(place: Place) -> None:
    added = place.run(
        "user",
        "add",
        "an@lua.example",
        "--role",
        "admin",
        "--name",
        "An",
        "--password-stdin",
        given="ba con voi xanh\n",
    )
    token = place.run("token", "add", "an@lua.example", "--name", "till")
    unknown = place.run("token", "add", "who@lua.example", "--name", "till")

    assert (added.status, added.out, added.error) == (0, "An <an@lua.example> is admin (person 1).\n", "")
    assert (token.status, token.error) == (0, "")
    assert len(token.out.strip()) > 40
    assert token.out.count("\n") == 1
    assert (unknown.status, unknown.out) == (1, "")
    assert unknown.error.startswith("helpdesk: Nobody here has the address who@lua.example.")


@pytest.mark.usefixtures("database")
async def test_a_person_is_added_once_and_changed_afterwards() -> None:
    await cli._add_user("minh@lua.example", "agent", "Minh", "ba con voi xanh")
    person = await people.person_with("minh@lua.example")
    assert person is not None

    said = await cli._add_user("MINH@lua.example", "admin", "", None)

    assert said == f"Minh <minh@lua.example> is admin (person {person})."
    assert await Person.count() == 1
    assert (await people.profile(SYSTEM, person)).has_password
    assert (await cli._add_user("minh@lua.example", None, "", None)) == said


@pytest.mark.usefixtures("database")
async def test_nobody_is_added_when_a_part_is_wrong() -> None:
    with pytest.raises(Invalid, match=r"There is no role called boss. There are: admin, agent, customer."):
        await cli._add_user("minh@lua.example", "boss", "", None)
    with pytest.raises(Invalid, match="too easy to guess"):
        await cli._add_user("minh@lua.example", "agent", "", "aaaaaaaaaaaa")
    with pytest.raises(Invalid, match="Write an address"):
        await cli._add_user("minh", "agent", "", None)
    with pytest.raises(NotFound, match="Nobody here has the address"):
        await cli._known("minh@lua.example")

    assert not await Person.exists()


@pytest.mark.once
def test_the_doctor_finds_files_that_everybody_may_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "config", lambda: msgspec.structs.replace(config(), data_dir=tmp_path, database_url=""))
    database = tmp_path / "helpdesk.sqlite"
    database.touch()
    said = []
    for folder, file in ((0o755, 0o640), (0o755, 0o644), (0o750, 0o644)):
        tmp_path.chmod(folder)
        database.chmod(file)
        said.append(f"run `chmod o= {database}`" in doctor._readable_by_all().text)

    assert said == [False, True, False]


async def test_the_doctor_says_what_a_database_does_not_promise(database: None) -> None:
    """The tests' own PostgreSQL promises little, for speed."""
    names = () if IS_SQLITE else ("fsync", "full_page_writes", "synchronous_commit")
    off = [name for name in names if (await run_sql(f"SHOW {name}"))[0][name] == "off"]

    found = await doctor._durability()

    assert found.is_fine is not bool(off)
    assert all(f"ALTER SYSTEM SET {name} = on" in found.text for name in off)


@pytest.mark.once
def test_the_doctor_says_what_a_new_desk_lacks(place: Place) -> None:
    nothing = place.run("doctor")
    place.run("user", "add", "an@lua.example", "--role", "admin")
    begun = place.run("doctor")
    place.set(database_url="postgresql://desk:secret@127.0.0.1:1/desk")
    away = place.run("doctor")

    assert (nothing.status, begun.status, away.status) == (1, 1, 1)
    assert "TROUBLE  There is no database at " in nothing.out
    assert "fine     1 person works at the desk." in begun.out
    assert "TROUBLE  Letters to customers have no sender in: Customer care." in begun.out
    assert "TROUBLE  The database cannot be looked at: " in away.out
    assert "fine     No mail server is set" in away.out
    assert "secret" not in away.out
    assert nothing.error + begun.error + away.error == ""
