"""A search index of its own for each test, empty at first."""

import pytest

from helpdesk.search import queries
from tests.kb_articles.conftest import index

__all__ = ["index"]


@pytest.fixture(autouse=True)
def nothing_reported() -> None:
    queries.forget_all()
