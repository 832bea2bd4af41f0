"""Text: folding, slugs, shortening, keys of addresses, initials, and which language a letter is in."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpdesk.core import text


@pytest.mark.parametrize(
    ("typed", "folded"),
    [
        ("Hoàn tiền ĐƠN hàng", "hoan tien don hang"),
        ("QUỲNH thuở khuỷu nghiêng", "quynh thuo khuyu nghieng"),
        (unicodedata.normalize("NFD", "Đặt lịch giữa tuần"), "dat lich giua tuan"),
        ("Straße", "strasse"),
        ("plain ASCII", "plain ascii"),
        ("กำลัง", "กำลัง"),
    ],
)
def test_folding_takes_case_and_accents_away(typed: str, folded: str) -> None:
    assert text.fold(typed) == folded


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="aàảãáạăâđĐêôơưỳỹ Xyz0-9ế", max_size=30))
def test_folding_twice_changes_nothing_and_normal_forms_agree(typed: str) -> None:
    once = text.fold(typed)
    assert text.fold(once) == once
    assert text.fold(unicodedata.normalize("NFD", typed)) == once
    assert once.isascii()


def test_nfc_composes_what_was_typed_in_pieces() -> None:
    assert text.nfc(unicodedata.normalize("NFD", "tiếng Việt")) == "tiếng Việt"


@pytest.mark.parametrize(
    ("title", "limit", "slug"),
    [
        ("Đổi trả & hoàn tiền", 60, "doi-tra-hoan-tien"),
        ("  How do I print 2 labels?  ", 60, "how-do-i-print-2-labels"),
        ("Không nhận được mã OTP", 15, "khong-nhan-duoc"),
        ("Không nhận được mã OTP", 14, "khong-nhan"),
        ("Nghiêngngảnghiêng", 6, "nghien"),
        ("日本語", 60, ""),
    ],
)
def test_a_slug_is_ascii_and_cut_between_words(title: str, limit: int, slug: str) -> None:
    assert text.slug(title, limit) == slug


def test_shortening_cuts_between_words_within_the_limit() -> None:
    assert text.shorten("Máy in hoá đơn  không\nchạy", 40) == "Máy in hoá đơn không chạy"
    assert text.shorten("Máy in hoá đơn, không chạy", 17) == "Máy in hoá đơn…"
    assert text.shorten("Donaudampfschifffahrt", 8) == "Donauda…"


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=80), st.integers(min_value=2, max_value=40))
def test_shortened_text_never_exceeds_its_limit(typed: str, limit: int) -> None:
    assert len(text.shorten(typed, limit)) <= limit


@pytest.mark.parametrize(
    "spelling",
    [
        "lan.nguyễn@bücher.example",
        "  Lan.Nguyễn@BÜCHER.example ",
        unicodedata.normalize("NFD", "lan.nguyễn@bücher.example"),
        "lan.nguyễn@xn--bcher-kva.example.",
        "lan.nguyễn\u200b@bücher.example",
    ],
)
def test_every_spelling_of_an_address_has_one_key(spelling: str) -> None:
    assert text.email_key(spelling) == "lan.nguyễn@xn--bcher-kva.example"


def test_other_people_have_other_keys() -> None:
    assert text.email_key("lan@shop.example") != text.email_key("lan+1@shop.example")
    assert text.email_key("lan@shop.example") != text.email_key("lân@shop.example")
    assert text.email_key("not an address") == "not an address"


def test_the_key_of_a_key_is_itself() -> None:
    for address in ("A@B.example", "ﬁ@ß.example", "x@" + "a" * 80 + ".example", "@", ""):
        assert text.email_key(text.email_key(address)) == text.email_key(address)


@pytest.mark.parametrize(
    ("name", "initials"),
    [
        ("Trần Minh Khoa", "MK"),
        ("Lan", "LA"),
        ("đặng ơn", "ĐƠ"),
        ("", "?"),
        ("?? !!", "?"),
        ("Anne-Marie (work)", "MW"),
    ],
)
def test_initials_are_those_a_person_is_called_by(name: str, initials: str) -> None:
    assert text.initials(name) == initials


@pytest.mark.parametrize(
    "letter",
    [
        "Chào shop, em chưa nhận được mã OTP.",
        "shop oi cho minh hoi don hang 123 bao gio giao vay",
        "Đơn hàng #4512 bị lỗi: order not found, please check",
        "may in hoa don khong chay",
        "Xin chào",
    ],
)
def test_vietnamese_is_recognised_with_and_without_accents(letter: str) -> None:
    assert text.looks_vietnamese(letter)


@pytest.mark.parametrize(
    "letter",
    [
        "Hello, I have not received the code for my order.",
        "My café résumé isn't printing, déjà vu",
        "Hi Nguyễn, could you please send me the invoice again? Thank you very much for all your help.",
        "Printer",
        "",
        "12345 !!!",
    ],
)
def test_everything_else_counts_as_english(letter: str) -> None:
    assert not text.looks_vietnamese(letter)
