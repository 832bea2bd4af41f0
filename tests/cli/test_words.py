"""What the command understands, and how it says that something is wrong: in one line, and at once."""

import argparse
from collections.abc import Iterator

import pytest

from helpdesk.__main__ import main
from helpdesk.commands import _words
from tests.cli import Place, free_port

pytestmark = pytest.mark.once

FIXED = {
    "serve": ["--host", "--port", "--smtp-port", "--workers", "--no-worker"],
    "demo": ["--host", "--port", "--smtp-port", "--workers", "--no-worker"],
    "migrate": [],
    "mail in": ["--to"],
    "work": ["--until-idle"],
    "user add": ["EMAIL", "--role", "--name", "--password-stdin"],
    "token add": ["EMAIL", "--name"],
    "search reindex": [],
    "search query": ["TEXT", "--lang", "--json"],
    "doctor": [],
}
"""Names that others rely on."""


def _commands(parser: argparse.ArgumentParser) -> Iterator[str]:
    groups = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    if not groups:
        yield parser.prog.removeprefix("helpdesk ")
    for group in groups:
        for word in group.choices.values():
            yield from _commands(word)


def test_the_commands_are_those_that_others_rely_on() -> None:
    assert set(_commands(_words())) == set(FIXED)


@pytest.mark.parametrize("command", FIXED)
def test_every_command_explains_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    try:
        status: object = main([*command.split(), "--help"])
    except SystemExit as end:
        status = end.code
    said = capsys.readouterr().out

    assert status == 0
    assert said.startswith(f"usage: helpdesk {command} ")
    assert [option for option in FIXED[command] if option not in said] == []


@pytest.mark.parametrize(
    ("words", "status", "line"),
    [
        ([], 2, "helpdesk: the following arguments are required: COMMAND (see helpdesk --help)"),
        (["user", "add"], 2, "helpdesk user add: the following arguments are required: EMAIL"),
        (["serve", "--port", "99999"], 2, "helpdesk serve: argument --port: '99999' is not a number from 0 to 65535"),
        (["search", "query", "x", "--lang", "fr"], 2, "helpdesk search query: argument --lang: invalid choice: 'fr'"),
    ],
)
def test_a_slip_is_answered_in_one_line(
    words: list[str], status: int, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        main(words)

    assert end.value.code == status
    said = capsys.readouterr().err
    assert said.startswith(line)
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    ("settings", "words", "status", "line"),
    [
        ({"log_level": "loud"}, ["migrate"], 2, "helpdesk: HELPDESK_LOG_LEVEL must be debug, info, warning or error."),
        ({"prot": "80"}, ["doctor"], 2, "helpdesk: HELPDESK_PROT is no setting of the help desk. Is it misspelt?"),
        (
            {"data_dir": "/dev/null/data"},
            ["serve"],
            2,
            "helpdesk: The folder /dev/null/data (HELPDESK_DATA_DIR) cannot be made: Not a directory.",
        ),
        (
            {"database_url": "postgresql://desk:secret@127.0.0.1:1/desk"},
            ["migrate"],
            1,
            "helpdesk: The database cannot be used: [Errno 111] Connect call failed ('127.0.0.1', 1)",
        ),
    ],
)
def test_what_cannot_work_is_said_in_one_line_without_a_traceback(
    place: Place, settings: dict[str, str], words: list[str], status: int, line: str
) -> None:
    place.set(**settings)

    ended = place.run(*words)

    assert (ended.status, ended.out, ended.error) == (status, "", f"{line}\n")


def test_a_port_that_is_taken_is_named(place: Place) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        pages = place.run("serve", "--port", str(port))
        letters = place.run("serve", "--port", str(free_port()), "--smtp-port", str(port))

    assert (pages.status, letters.status) == (1, 1)
    sentence = f"helpdesk: Port {port} of 127.0.0.1 cannot be used (Address already in use); choose another with "
    assert pages.error == f"{sentence}--port.\n"
    assert letters.error == f"{sentence}--smtp-port.\n"


def test_a_fault_of_ours_names_itself_and_the_way_to_more(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(options: argparse.Namespace) -> int:
        raise KeyError("technical")

    monkeypatch.setattr("helpdesk.cli.migrate", broken)
    monkeypatch.setattr("helpdesk.commands.set_up_logs", lambda config: None)

    assert main(["migrate"]) == 1
    assert capsys.readouterr().err == "helpdesk: KeyError: 'technical' (HELPDESK_LOG_LEVEL=debug tells more)\n"
