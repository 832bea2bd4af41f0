"""
The database of a test run: `--database=sqlite` or `postgresql`, in a folder that goes with the run.

A plugin, loaded before any conftest: nothing of the house may be imported before it knows where its data is, or the
tests would empty somebody's own desk.
"""

import os
import shutil
import tempfile
from pathlib import Path

import pytest

from tests import postgresql

_FOLDER = Path(tempfile.mkdtemp(prefix="helpdesk-tests-"))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--database", choices=["sqlite", "postgresql"], default="sqlite", help="what the tests run on")


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    for name in [name for name in os.environ if name.startswith("HELPDESK_")]:
        del os.environ[name]
    os.environ["HELPDESK_DATA_DIR"] = str(_FOLDER / "data")
    os.environ["HELPDESK_SECRET_KEY"] = "only-for-tests-" * 4
    os.environ["HELPDESK_SMTP_PORT"] = "0"
    if early_config.known_args_namespace.database == "postgresql":
        os.environ["HELPDESK_DATABASE_URL"] = postgresql.start(_FOLDER / "postgresql")


def pytest_unconfigure(config: pytest.Config) -> None:
    postgresql.stop()
    shutil.rmtree(_FOLDER, ignore_errors=True)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What needs no database runs once: in the SQLite run, and with a browser in the other, which has less to do."""
    if config.getoption("--database") == "sqlite":
        return
    elsewhere = [item for item in items if not (item.get_closest_marker("browser") or _needs_database(item))]
    config.hook.pytest_deselected(items=elsewhere)
    left_out = set(elsewhere)
    items[:] = [item for item in items if item not in left_out]


def _needs_database(item: pytest.Item) -> bool:
    return not item.get_closest_marker("once") and bool({"database", "desk"} & set(getattr(item, "fixturenames", ())))
