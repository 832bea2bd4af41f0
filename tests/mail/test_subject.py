"""Subjects name tickets in our own forms only, and lose nothing but what programs put before them."""

import pytest

from helpdesk.mail.reading.subject import answer, bare, numbers, untagged

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("subject", "found"),
    [
        ("Re: [#7] Máy in", [7]),
        ("Re:[Lúa #7] Máy in", [7]),
        ("[#7]: Máy in", [7]),
        ("Re: [#8] and [#7] and [#8]", [8, 7]),
        ("Về yêu cầu #12 hôm qua", [12]),
        ("Mã yêu cầu: #15", [15]),
        ("Yêu cầu số #12", [12]),
        ("your ticket #12?", [12]),
        ("x[#7]", []),
        ("[#7]8", []),
        ("[#7x]", []),
        ("#7", []),
        ("Order #7 is late", []),
        ("ticket #7.5", []),
        ("tickets#7", []),
        ("[#7777777777777]", []),
        ("[#" + "7" * 5000, []),
        ("[" * 5000, []),
        ("", []),
    ],
)
def test_a_number_is_found_in_our_own_forms_only(subject: str, found: list[int]) -> None:
    assert numbers(subject) == found


@pytest.mark.parametrize(
    ("subject", "words"),
    [
        ("Re: Re: AW: Trả lời: FW: Máy in", "Máy in"),
        ("RE[2]: Fwd: [#7] Máy in", "Máy in"),
        ("[#7] Re: Máy in", "Máy in"),
        ("Phúc đáp: Chuyển tiếp: Máy in", "Máy in"),
        ("回复：Máy in", "Máy in"),
        ("Regarding: Máy in", "Regarding: Máy in"),
        ("Re:", ""),
        ("", ""),
    ],
)
def test_what_programs_put_before_a_subject_goes(subject: str, words: str) -> None:
    assert bare(subject) == words


def test_an_answer_says_re_once_and_bears_the_number_once() -> None:
    assert answer("Máy in", 7) == "Re: [#7] Máy in"
    assert answer("Re: [#7] Máy in", 7) == "Re: [#7] Máy in"
    assert answer("Re: Máy in", None) == "Re: Máy in"


def test_only_our_tag_is_taken_from_a_new_subject() -> None:
    assert untagged("Re: [#7] [khẩn] Máy in #5") == "Re: [khẩn] Máy in #5"
