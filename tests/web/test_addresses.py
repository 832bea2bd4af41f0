import pytest

from helpdesk.core.errors import NotFound
from helpdesk.i18n.reader import Reader, reading_as
from helpdesk.web.addresses import moved, number_in, segment

pytestmark = pytest.mark.once


@pytest.mark.parametrize("text", ["12-hoan-tien", "12", "12-"])
def test_the_number_in_an_address_is_what_counts(text: str) -> None:
    assert number_in(text) == 12


@pytest.mark.parametrize("text", ["12hoan", "hoan-tien", "", "9999999999-x"])
def test_an_address_without_a_number_leads_nowhere(text: str) -> None:
    with pytest.raises(NotFound):
        number_in(text)


def test_an_address_without_words_is_the_number_alone() -> None:
    assert (segment(12, ""), segment(3, "ban-tai-quay")) == ("12", "3-ban-tai-quay")


def test_an_old_address_leads_to_the_new_one_with_its_query() -> None:
    with reading_as(Reader("vi", "UTC")):
        answer = moved("12-cu", "/help/articles/12-moi", after="a b", q="")

    assert answer is not None
    assert (answer.status_code, answer.url) == (301, "/vi/help/articles/12-moi?after=a+b")


def test_the_right_address_leads_nowhere_else() -> None:
    assert moved("12-moi", "/help/articles/12-moi") is None
