import pytest

from helpdesk.jobs import queue
from tests.jobs import done, note


@pytest.fixture(autouse=True)
def _known(monkeypatch: pytest.MonkeyPatch) -> None:
    """A queue runs only functions of the house; here also the one of the tests."""
    done.clear()
    real = queue.function_named
    monkeypatch.setattr(queue, "function_named", lambda name: note if name == queue.name_of(note) else real(name))
