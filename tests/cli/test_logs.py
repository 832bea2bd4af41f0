"""Logs can be read by people and machines, and tell no secret."""

import json
import logging
from collections.abc import Iterator

import msgspec
import pytest

from helpdesk.core.config import Config
from helpdesk.logs import set_up_logs, without_secrets

pytestmark = pytest.mark.once


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    """The root logger belongs to everybody."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("postgresql://desk:hunter2@db/desk", "postgresql://desk:***@db/desk"),
        ("smtp://lan%40lua.example:pa@ss@mail", "smtp://lan%40lua.example:***@mail"),
        ("authorization: Bearer abc.def", "authorization: ***"),
        ("GET /help/requests/7?key=abc&x=1", "GET /help/requests/7?key=***&x=1"),
        ('{"password": "hunter2"}', '{"password": ***}'),
        ("secret_key='only for us'", "secret_key=***"),
        ("nothing to hide at 10:24", "nothing to hide at 10:24"),
    ],
)
def test_secrets_are_left_out(text: str, kept: str) -> None:
    assert without_secrets(text) == kept


def test_machines_get_one_object_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs(msgspec.structs.replace(Config(), log_format="json"))

    logging.getLogger("helpdesk.jobs").info("job %s failed: %s", 7, 'password="ba con voi"')
    logging.getLogger("helpdesk.jobs").debug("not asked for")
    logging.getLogger("uvicorn").info("nor this")

    line = json.loads(capsys.readouterr().err)
    assert (line["level"], line["logger"]) == ("info", "helpdesk.jobs")
    assert line["message"] == "job 7 failed: password=***"


def test_people_get_a_line_with_the_time(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs(msgspec.structs.replace(Config(), log_level="warning"))

    logging.getLogger("kb").info("not asked for")
    logging.getLogger("kb").warning("the index is gone")

    assert capsys.readouterr().err[8:] == " WARNING kb: the index is gone\n"
