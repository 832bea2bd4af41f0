"""Whose letter is it: by address, plus or not, else the first department's."""

import pytest

from helpdesk.departments.routing import Facts, Owner, Routed, owner_of, route, without_plus

SALES, CARE = 1, 2
OWNERS = {
    "sales@lua.example": Owner(SALES, "Sales@Lua.example"),
    "support@lua.example": Owner(CARE, "support@lua.example"),
    "support+vip@lua.example": Owner(SALES, "support+vip@lua.example"),
}


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("support@lua.example", Routed(CARE, "support@lua.example")),
        ("SUPPORT@LUA.EXAMPLE", Routed(CARE, "support@lua.example")),
        ("sales@lua.example", Routed(SALES, "Sales@Lua.example")),
        ("support+7f3a@lua.example", Routed(CARE, "support@lua.example", "7f3a")),
        ("support+a+b@lua.example", Routed(CARE, "support@lua.example", "a+b")),
        ("support+vip@lua.example", Routed(SALES, "support+vip@lua.example")),
        ("support+@lua.example", None),
        ("+support@lua.example", None),
        ("support@elsewhere.example", None),
        ("support", None),
        ("", None),
    ],
)
def test_an_address_is_ours_exactly_or_without_what_follows_the_plus(address: str, found: Routed | None) -> None:
    assert owner_of(address, OWNERS) == found


def test_the_first_address_that_is_ours_decides() -> None:
    facts = Facts(("lan@khach.example", "sales@lua.example", "support@lua.example"), OWNERS, CARE)

    assert route(facts) == Routed(SALES, "Sales@Lua.example")


def test_a_letter_to_nobody_goes_to_the_first_department() -> None:
    assert route(Facts(("undisclosed@elsewhere.example",), OWNERS, CARE)) == Routed(CARE)
    assert route(Facts((), OWNERS, CARE)) == Routed(CARE)


def test_without_a_department_there_is_nowhere_to_go() -> None:
    assert route(Facts(("support@lua.example",), {}, None)) is None


def test_what_was_added_is_told_apart_from_the_address() -> None:
    assert without_plus("support+7f3a@lua.example") == ("support@lua.example", "7f3a")
    assert without_plus("support@lua.example") == ("support@lua.example", "")
