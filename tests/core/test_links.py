"""A link's words may lie; what is shown beside it does not."""

import time

import pytest

from helpdesk.core.links import host_of, true_target


@pytest.mark.parametrize(
    ("words", "href", "true"),
    [
        ("vietcombank.com.vn", "https://evil.example/x", "evil.example"),
        (
            "https://www.vietcombank.com.vn/dang-nhap",
            "http://vietcombank.com.vn.evil.example/",
            "vietcombank.com.vn.evil.example",
        ),
        ("Vietcombank.com.vn", "https://vietcombank.com.vn@evil.example/", "evil.example"),
        ("vietcombank.com.vn", "https:\\\\evil.example\\x", "evil.example"),
        ("vietcombank.com.vn", "https:evil.example", "evil.example"),
        ("vietcombank.com.vn", " ht\ntps:///evil.example:8080/?a", "evil.example"),
        ("vietcombank。com。vn", "https://evil.example", "evil.example"),
        ("viet\u200bcombank.com.vn", "https://evil.example", "evil.example"),
        ("Xem tại vietcombank.com.vn nhé", "https://evil.example", "evil.example"),
        ("ho-tro@vietcombank.com.vn", "https://evil.example", "evil.example"),
        ("www.ngan-hang.moi", "https://evil.example", "evil.example"),
        ("vietcombank.com.vn", "https://203.0.113.9/", "203.0.113.9"),
        ("vietcombank.com.vn", "https://[2001:db8::1]/", "[2001:db8::1]"),
        ("vietcombank.com.vn", "https://vịetcombank.com.vn", "xn--vetcombank-lw3e.com.vn"),
        ("vietcombаnk.com.vn", "https://vietcombаnk.com.vn", "xn--vietcombnk-6qi.com.vn"),
        ("Bấm vào đây", "https://аррӏе.com", "xn--80ak6aa92e.com"),
        ("lan@lua.example", "mailto:huy@evil.example?subject=x", "huy@evil.example"),
        ("1900 545 413", "tel:+84901234567", "+84901234567"),
    ],
)
def test_the_true_place_is_told(words: str, href: str, true: str) -> None:
    assert true_target(words, href) == true


@pytest.mark.parametrize(
    ("words", "href"),
    [
        ("vietcombank.com.vn", "https://www.vietcombank.com.vn/x?y#z"),
        ("www.vietcombank.com.vn", "https://portal.vietcombank.com.vn/"),
        ("portal.vietcombank.com.vn", "https://vietcombank.com.vn/"),
        ("Bấm vào đây", "https://evil.example"),
        ("hoadon.pdf", "https://drive.example/1"),
        ("chi nhánh TP.HCM", "https://lua.example"),
        ("phiên bản v2.1.0, README.md", "https://lua.example"),
        ("tiếngviệt.vn", "https://tiếngviệt.vn/"),
        ("xn--ting-vit-1za.vn", "https://XN--TING-VIT-1ZA.vn/"),
        ("例え.jp", "https://例え.jp"),
        ("lan@lua.example", "mailto:Lan@Lua.example"),
        ("0901 234 567", "tel:+84901234567"),
        ("+84 901 234 567", "tel:0901234567"),
        ("gọi tổng đài", "tel:19001234"),
        ("vietcombank.com.vn", "/trong/nha"),
        ("", "https://lua.example"),
    ],
)
def test_an_honest_link_bears_no_mark(words: str, href: str) -> None:
    assert true_target(words, href) == ""


def test_what_is_no_address_of_the_web_has_no_host() -> None:
    assert [host_of(href) for href in ("mailto:a@b.vn", "", "#x", "javascript:1")] == [""] * 4


@pytest.mark.parametrize("piece", ["a.", "a@", "xn--", "-", "www.", "\u200b", "1 "])
def test_words_of_any_shape_are_looked_at_in_no_time(piece: str) -> None:
    started = time.process_time()

    true_target(piece * 100_000, "https://" + piece * 100_000)

    assert time.process_time() - started < 2
