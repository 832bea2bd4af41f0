"""Names in addresses, summaries, how long a text takes."""

import pytest

from kb.articles import rules

pytestmark = pytest.mark.once


def test_an_address_without_a_readable_part_is_the_number_alone() -> None:
    assert rules.path(12, "") == "/help/articles/12"
    assert rules.category_path(3, "ban-tai-quay") == "/help/categories/3-ban-tai-quay"


@pytest.mark.parametrize(
    ("text", "summary"),
    [
        ("Hoàn được trong 90 ngày.\n\nTrước khi hoàn\n\n- Một\n- Hai", "Hoàn được trong 90 ngày."),
        ("Trước khi hoàn\n\nBạn cần quyền hoàn tiền.", "Bạn cần quyền hoàn tiền."),
        ("Chỉ một tiêu đề", "Chỉ một tiêu đề"),
        ("", ""),
    ],
)
def test_a_summary_is_the_first_paragraph_of_sentences(text: str, summary: str) -> None:
    assert rules.summary(text) == summary


def test_a_long_summary_is_cut_between_words() -> None:
    assert len(rules.summary("từ " * 200 + ".")) <= rules.LONGEST_SUMMARY


@pytest.mark.parametrize(("words", "minutes"), [(0, 1), (220, 1), (221, 2), (880, 4)])
def test_a_begun_minute_of_reading_counts(words: int, minutes: int) -> None:
    assert rules.reading_minutes("chữ " * words) == minutes


def test_wildcards_in_a_search_are_no_wildcards() -> None:
    assert rules.title_words("100% hoàn_tiền \\ ĐƠN") == ["100", "hoan", "tien", "don"]


def test_a_share_says_nothing_while_few_have_rated() -> None:
    assert rules.share_helped(4, 0) is None
    assert rules.share_helped(92, 8) == 92


@pytest.mark.parametrize("status", rules.STATUSES)
def test_nothing_becomes_what_it_is(status: str) -> None:
    assert not rules.may_become(status, status)
