"""What changed between two versions of a text, line by line. Pure."""

from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import Final, Literal

from msgspec import Struct

CONTEXT: Final = 3
"""Lines around a change that are shown with it."""

Kind = Literal["same", "added", "removed", "gap"]


class Line(Struct, frozen=True):
    """One line of a comparison, with its number in the text it stands in; a gap stands for lines left out."""

    kind: Kind
    text: str = ""
    old: int | None = None
    new: int | None = None


def difference(old: str, new: str) -> list[Line]:
    """From one text to the other: removed lines before the added ones, long stretches of the same left out."""
    before, after = old.splitlines(), new.splitlines()
    lines: list[Line] = []
    for group in SequenceMatcher(None, before, after).get_grouped_opcodes(CONTEXT):
        if lines or group[0][1] > 0:
            lines.append(Line("gap"))
        for tag, old_from, old_to, new_from, new_to in group:
            if tag == "equal":
                lines += _same(before, old_from, old_to, new_from)
            else:
                lines += [Line("removed", before[number], old=number + 1) for number in range(old_from, old_to)]
                lines += [Line("added", after[number], new=number + 1) for number in range(new_from, new_to)]
    if lines and not _is_end(lines, len(before), len(after)):
        lines.append(Line("gap"))
    return lines


def _same(before: list[str], start: int, end: int, new_start: int) -> Iterator[Line]:
    for step in range(end - start):
        yield Line("same", before[start + step], old=start + step + 1, new=new_start + step + 1)


def _is_end(lines: list[Line], old_count: int, new_count: int) -> bool:
    """Whether the last lines of both texts are among those shown."""
    last_old = max((line.old for line in lines if line.old), default=0)
    last_new = max((line.new for line in lines if line.new), default=0)
    return last_old == old_count and last_new == new_count
