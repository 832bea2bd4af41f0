"""Addresses, passwords, ways back and words to find people by: pure rules over plain values."""

import pytest

from helpdesk.people import rules

pytestmark = pytest.mark.once


@pytest.mark.parametrize("path", ["/", "/desk", "/vi/help/requests/7?x=1#message-3", "/help/tìm"])
def test_a_way_back_may_be_a_path_of_ours(path: str) -> None:
    assert rules.local_path(path) == path


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/",
        "//evil.example/desk",
        "/\\evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
        "/\t/evil.example",
        "/ /evil.example",
        "/desk\r\nSet-Cookie: x=1",
        "desk",
        "",
        "/" + "x" * 600,
    ],
)
def test_a_way_back_never_leads_to_another_site(elsewhere: str) -> None:
    assert rules.local_path(elsewhere) == ""


@pytest.mark.parametrize(
    ("typed", "is_one"),
    [("lan@khach.example", True), ("lân@khách.example", True), ("lan@khach.example\x00", False), ("lan@khach", False)],
)
def test_an_address_is_one_that_a_letter_could_be_sent_to(typed: str, is_one: bool) -> None:
    assert rules.is_address(typed) is is_one


@pytest.mark.parametrize("password", ["ba bánh mì nóng", "correct horse", "9f!kQ2-xZ8"])
def test_a_long_password_will_do(password: str) -> None:
    assert rules.trouble_with_password(password, "lan@khach.example") is None


@pytest.mark.parametrize(
    "password",
    ["short", "aaaaaaaaaaaaaaaa", "1234567890", "abababababab", "lan@khach.example", "LAN@khach.example", "x" * 201],
)
def test_a_password_that_others_would_try_first_will_not_do(password: str) -> None:
    assert rules.trouble_with_password(password, "lan@khach.example") is not None


def test_a_password_is_the_same_from_every_keyboard() -> None:
    assert rules.as_typed("tie\u0302\u0301ng Vie\u0323\u0302t ") == rules.as_typed("tiếng Việt")


@pytest.mark.parametrize(
    ("typed", "digits"),
    [
        ("090 123 4567", "0901234567"),
        ("+84 90-123.4567", "0901234567"),
        ("0084 90 123 4567", "0901234567"),
        ("(028) 0100 1120", "02801001120"),
        ("", ""),
    ],
)
def test_a_phone_number_is_one_however_it_is_written(typed: str, digits: str) -> None:
    assert rules.phone_digits(typed) == digits


def test_a_search_for_a_phone_number_is_not_torn_apart() -> None:
    assert rules.wanted_words("+84 90 123 4567") == ["0901234567"]
    assert rules.wanted_words("Nguyễn  THỊ 50%") == ["nguyen", "thi", "50"]


def test_an_administrator_keeps_every_permission_and_a_customer_gets_none() -> None:
    assert set(rules.permissions_of("admin", [])) == {*rules.GRANTABLE, *rules.RESERVED}
    assert rules.permissions_of("customer", [rules.SEE_ALL_TICKETS]) == []


def test_what_makes_an_administrator_cannot_be_given_away() -> None:
    asked = [rules.MANAGE_DESK, rules.MANAGE_PEOPLE, rules.MODERATE_FORUM, "made.up"]

    assert rules.permissions_of("editors", asked) == [rules.MODERATE_FORUM]


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/131.0 Safari/537.36 Edg/131.0",
            "Edge, Windows",
        ),
        ("Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/131.0 Mobile Safari/537.36", "Chrome, Android"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) Version/18.1 Safari/604.1", "Safari, iPhone"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0", "Firefox, Linux"),
        ("curl/8.5", ""),
    ],
)
def test_a_browser_is_called_as_its_owner_knows_it(user_agent: str, name: str) -> None:
    assert rules.browser_name(user_agent) == name
