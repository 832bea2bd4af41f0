"""What changed between two texts."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kb.articles.versions import Line, difference

pytestmark = pytest.mark.once


def test_removed_lines_come_before_the_added_ones_and_each_has_its_number() -> None:
    assert difference("một\nhai\nba", "một\n2\nba") == [
        Line("same", "một", 1, 1),
        Line("removed", "hai", old=2),
        Line("added", "2", new=2),
        Line("same", "ba", 3, 3),
    ]


def test_equal_texts_have_no_difference() -> None:
    assert difference("một\nhai", "một\nhai") == []


def test_long_stretches_of_the_same_are_left_out_on_both_sides() -> None:
    old = [f"dòng {number}" for number in range(40)]
    new = [*old[:20], "mới", *old[20:]]

    lines = difference("\n".join(old), "\n".join(new))

    assert [line.kind for line in lines] == ["gap", *["same"] * 3, "added", *["same"] * 3, "gap"]


TEXTS = st.lists(st.sampled_from(["một", "hai", "ba", ""]), max_size=12).map("\n".join)


@settings(max_examples=100, deadline=None)
@given(TEXTS, TEXTS)
def test_every_line_that_is_only_in_one_text_is_told_and_in_its_place(old: str, new: str) -> None:
    lines = difference(old, new)

    before, after = old.splitlines(), new.splitlines()
    assert all(before[line.old - 1] == line.text for line in lines if line.old)
    assert all(after[line.new - 1] == line.text for line in lines if line.new)
    told_old, told_new = {line.old for line in lines}, {line.new for line in lines}
    kept_old = [text for number, text in enumerate(before, 1) if number not in told_old]
    kept_new = [text for number, text in enumerate(after, 1) if number not in told_new]
    assert kept_old == kept_new
