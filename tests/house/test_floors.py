"""Who may import whom: one way, from the roof down (docs/tour.md)."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

FLOORS = [
    {"helpdesk.app", "helpdesk.cli", "helpdesk.wiring", "helpdesk.schema", "helpdesk.demo", "helpdesk.piccolo_conf",
     "helpdesk.__main__", "helpdesk.commands", "helpdesk.doctor", "helpdesk.server", "helpdesk.logs"},
    {"helpdesk.automation"},
    {"helpdesk.mailroom", "helpdesk.promises", "helpdesk.assignment", "helpdesk.reports", "helpdesk.admin"},
    {"kb.home"},
    {"kb.forum", "helpdesk.surveys", "helpdesk.campaigns"},
    {"kb.articles"},
    {"helpdesk.tickets"},
    {"helpdesk.topics"},
    {"helpdesk.departments", "helpdesk.webhooks"},
    {"helpdesk.sla"},
    {"helpdesk.people"},
    {"helpdesk.mail", "helpdesk.search", "helpdesk.files"},
    {"helpdesk.web"},
    {"helpdesk.settings"},
    {"helpdesk.events"},
    {"helpdesk.jobs"},
    {"helpdesk.i18n"},
    {"helpdesk.core"},
]  # fmt: skip
"""From the top. Packages on one line do not know each other; the roof knows itself."""

ROOMS_OF_MAIL = {
    "reading": set(),
    "machines": {"reading"},
    "doors": set(),
    "fetching": {"doors", "reading"},
    "outgoing": {"machines", "reading"},
}
"""Which other rooms each of them may ask; what stands beside the rooms is for all."""


def _floor(module: str) -> int | None:
    for number, packages in enumerate(FLOORS):
        if ".".join(module.split(".")[:2]) in packages:
            return number
    return None


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.once
def test_every_package_imports_only_from_the_floors_below_it() -> None:
    wrong = []
    for path in [*ROOT.glob("helpdesk/**/*.py"), *ROOT.glob("kb/**/*.py")]:
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        own, package = _floor(module), ".".join(module.split(".")[:2])
        if own is None:
            assert module in {"helpdesk.__init__", "kb.__init__"}, f"{module} stands on no floor"
            continue
        for name in _imports(path):
            theirs = _floor(name)
            is_neighbour = theirs == own and not name.startswith(package) and own != 0
            if theirs is not None and (theirs < own or is_neighbour):
                wrong.append(f"{module} must not know {name}")
    assert not wrong, "\n".join(sorted(set(wrong)))


@pytest.mark.once
def test_the_rooms_of_the_mail_ask_only_those_they_need() -> None:
    wrong = []
    for room, others in ROOMS_OF_MAIL.items():
        for path in (ROOT / "helpdesk/mail" / room).glob("*.py"):
            asked = {name.split(".")[2] for name in _imports(path) if name.startswith("helpdesk.mail.")}
            wrong += [f"{room}/{path.name} must not know {one}" for one in asked & {*ROOMS_OF_MAIL} - others - {room}]
    assert not wrong, "\n".join(sorted(wrong))
