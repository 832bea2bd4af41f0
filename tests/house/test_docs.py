"""What the documents point to exists: pages, pictures, words of make, commands."""

import contextlib
import re
from pathlib import Path

import pytest

from helpdesk.__main__ import main

pytestmark = pytest.mark.once

ROOT = Path(__file__).parents[2]
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
PICTURES = ROOT / "docs" / "pictures"
MOST_BYTES = 200_000

LINK = re.compile(r"(?<!`)\[[^\]]*\]\(([^)\s]+)\)|<img[^>]*\ssrc=\"([^\"]+)\"")
CODE = re.compile(r"^ {4,}(.+)$|`([^`\n]+)`", re.MULTILINE)
COMMAND = re.compile(r"(?<![=\w.-])helpdesk ([a-z][^#<>|]*)")


def pointed_to(page: Path) -> set[Path]:
    """The files that a page links to or shows."""
    targets = {one or other for one, other in LINK.findall(page.read_text(encoding="utf-8"))}
    return {(page.parent / target.partition("#")[0]).resolve() for target in targets if ":" not in target}


def code(page: Path) -> list[str]:
    """What a page sets as code, a line or a span each."""
    return [line or span for line, span in CODE.findall(page.read_text(encoding="utf-8"))]


def test_every_page_and_picture_that_is_linked_exists() -> None:
    linked = {page.name: pointed_to(page) for page in PAGES}

    absent = {name: missing for name, targets in linked.items() if (missing := {t for t in targets if not t.exists()})}

    assert sum(map(len, linked.values())) > 20
    assert absent == {}


def test_every_page_is_reached_from_the_readme() -> None:
    reached, todo = set(), [ROOT / "README.md"]
    while todo:
        page = todo.pop()
        if page not in reached:
            reached.add(page)
            todo += [target for target in pointed_to(page) if target.suffix == ".md"]
            todo += [found for target in pointed_to(page) if target.is_dir() for found in target.glob("*.md")]

    assert set(PAGES) - reached == set()


def test_every_picture_is_shown_and_light() -> None:
    shown = set().union(*map(pointed_to, PAGES))
    pictures = set(PICTURES.glob("*"))

    assert pictures
    assert pictures - shown == set()
    assert {picture.name for picture in pictures if picture.stat().st_size > MOST_BYTES} == set()


def test_every_word_of_make_exists() -> None:
    known = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    lines = [line for page in PAGES for line in code(page)]
    named = {word for line in lines for words in re.findall(r"\bmake((?: [a-z-]+)+)", line) for word in words.split()}

    assert {"run", "test"} <= named
    assert named - known == set()


def test_every_command_and_option_exists(capsys: pytest.CaptureFixture[str]) -> None:
    commands = {match for page in PAGES for line in code(page) for match in COMMAND.findall(line)}

    unknown = {command for command in commands if not is_known(command, capsys)}

    assert len(commands) > 8
    assert unknown == set()


@pytest.mark.parametrize("command", ["sing", "mail out", "serve --loudly"])
def test_a_command_that_does_not_exist_would_be_noticed(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert not is_known(command, capsys)


def is_known(command: str, capsys: pytest.CaptureFixture[str]) -> bool:
    """Whether `helpdesk` explains this command, and every option that it is given here."""
    words = re.match(r"(?:[a-z]+(?: |$))*", command)
    assert words is not None
    with contextlib.suppress(SystemExit):
        main([*words[0].split(), "--help"])
    explained = capsys.readouterr().out
    return bool(explained) and set(re.findall(r"--[a-z-]+", command)) <= set(re.findall(r"--[a-z-]+", explained))
