import pytest

from helpdesk.core.bell import Bell

pytestmark = pytest.mark.once


def test_a_ring_calls_everyone_who_listens_and_nobody_who_has_gone() -> None:
    bell, heard = Bell("test"), list[str]()
    bell.calls(lambda: heard.append("always"))

    with bell.calling(lambda: heard.append("for a while")):
        bell.ring()
    bell.ring()

    assert sorted(heard) == ["always", "always", "for a while"]
