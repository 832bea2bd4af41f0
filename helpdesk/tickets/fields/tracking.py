"""
Numbers of parcels: which carrier's they are, in what people write, and where they are followed. Pure.

A carrier's numbers are told as shapes: `#` is a digit, `@` a letter, `?` either, anything else itself, and
`{8}` or `{8-10}` after it says how often. Some shapes are unmistakable; others count only beside one of the
carrier's names, and never where they look like a telephone number, an account or an amount.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Final
from urllib.parse import quote

from msgspec import Struct

from helpdesk.core.text import fold, nfc
from helpdesk.i18n.catalogue import Phrase, phrase

MOST_CHARACTERS: Final = 20_000
"""Of one text; further on nothing is recognised."""
NEAR: Final = 60
"""Characters between a number and the carrier's name."""
MOST_SHAPES: Final = 12
SHORTEST, LONGEST = 5, 40

_TOKEN: Final = re.compile(r"([#@?A-Z0-9.\-])(?:\{(\d{1,2})(?:-(\d{1,2}))?\})?")
_CLASSES: Final = {"#": "[0-9]", "@": "[A-Z]", "?": "[A-Z0-9]"}
_BEFORE, _AFTER = r"(?<![\w@+])(?<![0-9][.,-])", r"(?![\w@])(?![.,-][0-9])"
_UPPER: Final = str.maketrans({chr(one): chr(one - 32) for one in range(ord("a"), ord("z") + 1)})
_NUMBER: Final = re.compile(r"[A-Z0-9][A-Z0-9.\-]{3,39}")
_GROUP: Final = re.compile(r"[A-Z0-9]+")
_GAPS: Final = frozenset(" .-")
_GAPPED: Final = re.compile(r"[A-Z0-9]+(?:[ .\-]{1,3}[A-Z0-9]+)+")
MOST_GROUPS: Final = 8
"""In which one number may be written."""
_S10: Final = re.compile(r"[A-Z]{2}\d{9}[A-Z]{2}")
_OTHERS: Final = re.compile(
    r"\b(?:sdt|so dt|dt|dien thoai|phone|mobile|tel|hotline|zalo|goi|call|stk|so tk|tai khoan|account|cccd|cmnd|mst|"
    r"so tien|gia|price|amount|total|tong)\b"
)
"""What stands before numbers that are no parcel's (folded)."""
_OWN: Final = re.compile(r"\b(?:van don|ma vd|tracking|waybill|awb|bill|parcel|shipment)\b")
_AMOUNT: Final = re.compile(r"\s?(?:d|vnd|k|usd|dong)\b")


class BadShape(ValueError):
    """A shape that means nothing. `reason` says what is wrong with it."""

    def __init__(self, reason: Phrase) -> None:
        super().__init__(str(reason))
        self.reason = reason


class CarrierEntry(Struct, frozen=True):
    """A carrier as tables.Carrier keeps it."""

    id: int
    code: str
    name: str
    called: str
    link: str
    sure: str
    near: str
    is_active: bool = True


class Found(Struct, frozen=True):
    """A parcel's number, and whose it is."""

    carrier: CarrierEntry
    number: str

    @property
    def link(self) -> str:
        return followed_at(self.carrier.link, self.number)


def followed_at(link: str, number: str) -> str:
    """The address of a link template for one number; empty for none."""
    return link.replace("{number}", quote(number, safe=""))


@lru_cache(maxsize=256)
def pattern(shapes: str) -> re.Pattern[str] | None:
    """What finds numbers of these shapes (commas between) in capital letters; None for no shape. Raises BadShape."""
    wanted = [one for one in (part.strip().upper() for part in shapes.split(",")) if one]
    if len(wanted) > MOST_SHAPES:
        raise BadShape(phrase("Use at most %(most)s shapes.", most=MOST_SHAPES))
    if not wanted:
        return None
    longest_first = sorted((_shape(one) for one in wanted), key=lambda one: -one[1])
    return re.compile(f"{_BEFORE}(?:{'|'.join(one[0] for one in longest_first)}){_AFTER}")


def _shape(shape: str) -> tuple[str, int]:
    """A shape as a regular expression, and the length of the longest number it has."""
    parts, least, most, open_ends, end = [], 0, 0, 0, 0
    for token in _TOKEN.finditer(shape):
        if token.start() != end:
            break
        end = token.end()
        low = int(token[2] or 1)
        high = int(token[3] or low)
        parts.append(_CLASSES.get(token[1], re.escape(token[1])) + (f"{{{low},{high}}}" if token[2] else ""))
        least, most, open_ends = least + low, most + high, open_ends + (low != high)
        if low > high:
            break
    else:
        if end == len(shape) and least >= SHORTEST and most <= LONGEST and open_ends <= 4:
            return "".join(parts), most
    raise BadShape(phrase("“%(shape)s” is no shape: see the examples below.", shape=shape[:40]))


@lru_cache(maxsize=256)
def _names(called: str) -> re.Pattern[str] | None:
    """What finds the names of a carrier (commas between) in folded text, the longest first; None for no name."""
    wanted = {" ".join(fold(part).split()) for part in called.split(",")} - {""}
    names = [re.escape(one) for one in sorted(wanted, key=len, reverse=True)]
    return re.compile(rf"(?<![a-z0-9])(?:{'|'.join(names)})(?![a-z0-9])") if names else None


def recognise(text: str, carriers: Sequence[CarrierEntry]) -> list[Found]:
    """The parcels that a text speaks of, in its order, each number once. Carriers that are out of use find nothing."""
    text = nfc(text)[:MOST_CHARACTERS]
    folded = fold(text)
    if len(folded) != len(text):
        folded = "".join(one if len(one := fold(each)) == 1 else " " for each in text)
    capitals = text.translate(_UPPER)
    best: dict[tuple[int, int], tuple[int, CarrierEntry]] = {}
    for carrier in carriers:
        if not carrier.is_active:
            continue
        for span, distance in _of_carrier(carrier, text, folded, capitals):
            if span not in best or distance < best[span][0]:
                best[span] = distance, carrier
    plain = list(best)
    for carrier in carriers if (groups := _in_groups(capitals)) else ():
        if not carrier.is_active:
            continue
        for span, distance in _of_groups(carrier, groups, folded, capitals):
            is_new = not any(start < span[1] and span[0] < end for start, end in plain)
            if is_new and (span not in best or distance < best[span][0]):
                best[span] = distance, carrier
    found: dict[str, Found] = {}
    reached = 0
    for start, end in sorted(best, key=lambda span: (span[0], -span[1])):
        if start >= reached:
            number = capitals[start:end] if (start, end) in plain else _closed(capitals[start:end])
            found.setdefault(number, Found(best[start, end][1], number))
            reached = end
    return list(found.values())


def _in_groups(capitals: str) -> list[tuple[int, int]]:
    """Where numbers may stand that are written in groups, with the same gap between all of them."""
    groups = list(_GROUP.finditer(capitals))
    gaps = [capitals[one.end() : next_.start()] for one, next_ in pairwise(groups)]
    found: list[tuple[int, int]] = []
    for first, begin in enumerate(groups[:-1]):
        gap = gaps[first]
        if gap not in _GAPS or not _has_edge(capitals, begin.start(), -1, gap):
            continue
        for last in range(first + 1, min(first + MOST_GROUPS, len(groups))):
            if gaps[last - 1] != gap:
                break
            number = [one[0] for one in groups[first : last + 1]]
            if _may_be_one(number) and _has_edge(capitals, groups[last].end(), 1, gap):
                found.append((begin.start(), groups[last].end()))
            if not any(one.isdigit() for one in number[-1]):
                break
    return found


def _has_edge(capitals: str, place: int, way: int, gap: str) -> bool:
    """Whether a number may begin (way -1) or end (1) here: neither within a word, nor beside one more group of it."""
    near, further = (place - 1, place - 2) if way < 0 else (place, place + 1)
    beside = capitals[near] if 0 <= near < len(capitals) else " "
    if beside.isalnum() or beside in "_@+/":
        return False
    behind = capitals[further] if 0 <= further < len(capitals) else " "
    return not (beside in {gap, ".", ","} and behind.isdecimal())


def _may_be_one(groups: Sequence[str]) -> bool:
    """Whether groups may be one number: each has a digit, but for letters before it and the country behind it."""
    first, *others = groups
    if not _S10.fullmatch("".join(groups)):
        others = [first, *others] if any(one.isdigit() for one in first) or len(first) > 5 else others
        return all(any(one.isdigit() for one in each) for each in others)
    return True


def _closed(number: str) -> str:
    """A number without the gaps between its groups."""
    return "".join(_GROUP.findall(number))


def _of_groups(
    carrier: CarrierEntry, groups: Sequence[tuple[int, int]], folded: str, capitals: str
) -> Iterable[tuple[tuple[int, int], int]]:
    """The same as `_of_carrier` for numbers in groups: beside a name only digits, which are no card and no amount."""
    places = [one.span() for one in names.finditer(folded)] if (names := _names(carrier.called)) else []
    sure, near = pattern(carrier.sure), pattern(carrier.near) if places else None
    for start, end in groups:
        written, number = capitals[start:end], _closed(capitals[start:end])
        distance = _distance((start, end), places)
        if sure and sure.fullmatch(number) and (distance <= NEAR or _adds_up(number)):
            yield (start, end), min(distance, NEAR + 1)
            continue
        is_near = near and distance <= NEAR and near.fullmatch(number) and _is_grouped(written)
        if is_near and _may_be(number, folded[max(0, start - 25) : start], folded[end : end + 6]):
            yield (start, end), distance


def _is_grouped(written: str) -> bool:
    """Whether digits stand as people write a parcel's number: no date, thousands, card or number of a person."""
    groups = _GROUP.findall(written)
    number = "".join(groups)
    if not number.isdecimal() or len(number) < 9 or number[0] == "0" or any(len(one) < 3 for one in groups[:-1]):
        return False
    is_amount = "." in written and len(groups[0]) == 3 and all(len(one) == 3 for one in groups[1:])
    return not is_amount and not (len(number) == 16 and _is_card(number))


def _is_card(number: str) -> bool:
    """Whether the last digit is that of a payment card (ISO/IEC 7812)."""
    doubled = [int(one) * 2 for one in number[-2::-2]]
    return (sum(one // 10 + one % 10 for one in doubled) + sum(int(one) for one in number[-1::-2])) % 10 == 0


def _of_carrier(carrier: CarrierEntry, text: str, folded: str, capitals: str) -> Iterable[tuple[tuple[int, int], int]]:
    """Where a carrier's numbers stand, and how far from one of its names; NEAR + 1 for those that need none."""
    named = names.finditer(folded) if (names := _names(carrier.called)) else ()
    places = [one.span() for one in named]
    sure, near = pattern(carrier.sure), pattern(carrier.near) if places else None
    for match in sure.finditer(capitals) if sure else ():
        distance = _distance(match.span(), places)
        if distance <= NEAR or _adds_up(match[0]):
            yield match.span(), min(distance, NEAR + 1)
    for match in near.finditer(capitals) if near else ():
        start, end = match.span()
        distance = _distance((start, end), places)
        if distance <= NEAR and _may_be(text[start:end], folded[max(0, start - 25) : start], folded[end : end + 6]):
            yield (start, end), distance


def _distance(span: tuple[int, int], places: Sequence[tuple[int, int]]) -> int:
    """Characters between a number and the nearest of the names, which stand at `places` in the text's order."""
    after = bisect_right(places, span)
    gaps = [max(span[0] - end, start - span[1]) for start, end in places[max(0, after - 1) : after + 1]]
    return min((gap for gap in gaps if gap >= 0), default=MOST_CHARACTERS + 1)


def _may_be(number: str, before: str, after: str) -> bool:
    """Whether this may be a parcel's number by its looks and by the folded words around it."""
    if not any(one.isdigit() for one in number):
        return False
    if number.isdigit():
        if re.fullmatch(r"0\d{8,10}|84\d{9}|1[89]00\d{4,6}", number) or _AMOUNT.match(after):
            return False
        line = before.rpartition("\n")[2]
        others = [one.end() for one in _OTHERS.finditer(line)]
        return not others or any(one.start() >= others[-1] for one in _OWN.finditer(line))
    return number == number.upper()


def _adds_up(number: str) -> bool:
    """Whether a number bears the check digit that its kind has: S10 of the world's posts (UPU), 1Z of UPS."""
    if re.fullmatch(r"[A-Z]{2}\d{9}[A-Z]{2}", number):
        total = sum(int(one) * weight for one, weight in zip(number[2:10], (8, 6, 4, 2, 3, 5, 9, 7), strict=True))
        return int(number[10]) == {10: 0, 11: 5}.get(11 - total % 11, 11 - total % 11)
    if re.fullmatch(r"1Z[A-Z0-9]{16}", number):
        values = [int(one) if one.isdigit() else (ord(one) - 63) % 10 for one in number[2:17]]
        total = sum(values[0::2]) + 2 * sum(values[1::2])
        return number[17] == str(-total % 10)
    return True


def typed(text: str, carriers: Sequence[CarrierEntry]) -> tuple[str, str] | None:
    """
    A carrier's code and a number, from what somebody typed: `ghn:L8BBRD`, `Giao hàng nhanh L8BBRD` or the number
    alone.

    The code is empty where no carrier is named and the number is not unmistakably one's. None for no number.
    """
    text = nfc(text).strip()
    folded = fold(text)
    for carrier in carriers if len(folded) == len(text) else ():
        names = _names(f"{carrier.code},{carrier.name},{carrier.called}")
        name = names.match(folded) if names else None
        number = _number(text[name.end() :].strip(" :-#"), [carrier]) if name else ""
        if _NUMBER.fullmatch(number):
            return carrier.code, number
    number = _number(text, carriers)
    if not _NUMBER.fullmatch(number) or not any(one.isdigit() for one in number):
        return None
    return whose(number, carriers), number


def _number(text: str, carriers: Sequence[CarrierEntry]) -> str:
    """What was typed in capitals, without gaps where it is a number only so."""
    number = text.translate(_UPPER)
    shapes = [shape for one in carriers for shape in (one.sure, one.near)]
    if any(_has_shape(number, one) for one in shapes) or not set(number) & _GAPS:
        return number
    closed, groups = _closed(number), _GROUP.findall(number)
    is_number = _GAPPED.fullmatch(number) is not None and _may_be_one(groups)
    fits = any(_has_shape(closed, one) for one in shapes)
    return closed if is_number and (fits or not _NUMBER.fullmatch(number)) else number


def whose(number: str, carriers: Sequence[CarrierEntry]) -> str:
    """The code of the only carrier whose unmistakable shapes a number has; empty for none or several."""
    fitting = [one for one in carriers if one.is_active and _has_shape(number, one.sure)]
    return fitting[0].code if len(fitting) == 1 else ""


def _has_shape(number: str, shapes: str) -> bool:
    return (wanted := pattern(shapes)) is not None and wanted.fullmatch(number) is not None
