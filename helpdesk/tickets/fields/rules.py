"""What may stand in a field, and how it is kept: every value as one text that means the same to everybody. Pure."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Final, Literal
from urllib.parse import urlsplit

from msgspec import Struct

from helpdesk.core.text import fold, printable
from helpdesk.i18n.catalogue import Phrase, phrase
from helpdesk.tickets.fields import tracking
from helpdesk.tickets.fields.tracking import CarrierEntry

Kind = Literal["text", "long", "number", "date", "choice", "choices", "yesno", "order", "tracking", "file"]

KINDS: Final[Mapping[Kind, Phrase]] = {
    "text": phrase("Short text"),
    "long": phrase("Long text"),
    "number": phrase("A number"),
    "date": phrase("Day"),
    "choice": phrase("One of several"),
    "choices": phrase("Some of several"),
    "yesno": phrase("Yes or no"),
    "order": phrase("Order number"),
    "tracking": phrase("Tracking number of a parcel"),
    "file": phrase("A file"),
}
CHOSEN: Final = frozenset({"choice", "choices"})
DECIDING: Final = CHOSEN | {"yesno"}
"""Kinds by whose value a form can ask for something else."""
MOST_CHOICES: Final = 60
LONGEST: Final = 200
LONGEST_TEXT: Final = 5_000
LONGEST_SOUGHT: Final = 80
LONGEST_LABEL: Final = 80

_NUMBER: Final = re.compile(r"([+-]?)(\d{1,12})(?:[.,](\d{1,2}))?")

Values = tuple[str, ...]
"""What a ticket says in one field: nothing, one text, or the keys of several choices in the field's order."""


class Choice(Struct, frozen=True):
    """One of those a field offers. `is_gone`: it is offered no more, and tickets may still say it."""

    key: str
    vi: str
    en: str
    is_gone: bool = False


class Wrong(ValueError):
    """What was filled in cannot be used; `reason` says why."""

    def __init__(self, reason: Phrase) -> None:
        super().__init__(str(reason))
        self.reason = reason


def canonical(
    kind: str,
    typed: Iterable[str],
    *,
    choices: Sequence[Choice] = (),
    carriers: Sequence[CarrierEntry] = (),
    files: Mapping[str, str] = MappingProxyType({}),
) -> Values:
    """
    What was filled in, as it is kept; empty for nothing. Raises Wrong.

    `files` are those that a field may name: what names one, and how that is kept, `7:name` with the attachment's id.
    """
    given = [one for one in (printable(each.replace("\r\n", "\n")).strip() for each in typed) if one]
    if not given:
        return ()
    if kind in CHOSEN:
        keys = {one.key for one in choices}
        if not keys.issuperset(given) or (kind == "choice" and len(given) > 1):
            raise Wrong(phrase("Choose one of the values offered."))
        return tuple(one.key for one in choices if one.key in given)
    if len(given) > 1:
        raise Wrong(phrase("This cannot be used as it is."))
    if kind == "file":
        if given[0] not in files:
            raise Wrong(phrase("Choose a file that was sent with the ticket."))
        return (files[given[0]],)
    return (_one(kind, given[0], carriers),)


def _one(kind: str, text: str, carriers: Sequence[CarrierEntry]) -> str:
    longest = LONGEST_TEXT if kind == "long" else LONGEST
    if len(text) > longest:
        raise Wrong(phrase("Use at most %(most)s characters; these are %(have)s.", most=longest, have=len(text)))
    match kind:
        case "long":
            return text
        case "number":
            return _number(text)
        case "date":
            return _date(text)
        case "yesno":
            if text not in {"yes", "no"}:
                raise Wrong(phrase("Choose one of the values offered."))
            return text
        case "tracking":
            found = tracking.typed(text, carriers)
            if found is None:
                raise Wrong(phrase("Write the number of one parcel, with its carrier before it if you know it."))
            code, number = found
            return f"{code}:{number}" if code else number
    return " ".join(text.split())


def _number(text: str) -> str:
    match = _NUMBER.fullmatch(text) if text.isascii() else None
    if match is None:
        raise Wrong(phrase("Write a number such as 1250 or 12.5, with nothing between thousands."))
    value = Decimal(f"{match[1]}{match[2]}.{match[3] or 0}")
    return format(value.normalize(), "f") if value else "0"


def _date(text: str) -> str:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = date.min
    if not 1900 <= day.year < 9000:
        raise Wrong(phrase("Write a date such as 2026-11-20."))
    return day.isoformat()


def sought(kind: str, text: str) -> str:
    """What a value is found by when somebody looks for the same."""
    return folded(kind, text)[:LONGEST_SOUGHT]


def folded(kind: str, text: str) -> str:
    """All of a value without case and accents."""
    return fold(bare(kind, text))


def number(kind: str, text: str) -> int | None:
    """Numbers (in hundredths), dates (date.toordinal) and files (their ids) as numbers; None for other kinds."""
    if kind == "number":
        return int(Decimal(text) * 100)
    if kind == "file":
        return int(text.partition(":")[0])
    return date.fromisoformat(text).toordinal() if kind == "date" else None


def bare(kind: str, text: str) -> str:
    """A value without what stands before it: the carrier's code of a parcel's number, the id of a file."""
    if kind == "file":
        return text.partition(":")[2]
    return text.rpartition(":")[2] if kind == "tracking" else text


def carrier_code(text: str) -> str:
    """The code of the carrier in a parcel's value; empty for none."""
    return text.rpartition(":")[0]


def choices_from(text: str, before: Sequence[Choice]) -> list[Choice]:
    """
    The choices that an administrator writes, `Tiếng Việt | English` on each line, in one language for both.

    One that is renamed stays itself: it keeps its key when one of its names stays, or when it stands where a
    single one is missing. Those that are gone are kept at the end, since tickets may say them. Raises Wrong.
    """
    lines = [line for line in (" ".join(each.split()) for each in text.splitlines()) if line]
    pairs = [(vi.strip() or en.strip(), en.strip() or vi.strip()) for vi, _, en in (x.partition("|") for x in lines)]
    if len(pairs) > MOST_CHOICES:
        raise Wrong(phrase("Use at most %(most)s lines.", most=MOST_CHOICES))
    if not pairs:
        raise Wrong(phrase("Write at least one choice."))
    if any(len(label) > LONGEST_LABEL for pair in pairs for label in pair):
        raise Wrong(phrase("Use at most %(most)s characters in each name.", most=LONGEST_LABEL))
    if any(len({fold(pair[place]) for pair in pairs}) < len(pairs) for place in (0, 1)):
        raise Wrong(phrase("Two choices have the same name."))
    return _kept(pairs, before)


def _kept(pairs: Sequence[tuple[str, str]], before: Sequence[Choice]) -> list[Choice]:
    free = list(before)
    keys: list[str | None] = [None] * len(pairs)
    for is_same in (_same, _alike):
        for place, pair in enumerate(pairs):
            known = next((one for one in free if keys[place] is None and is_same(one, pair)), None)
            if known:
                keys[place] = known.key
                free.remove(known)
    offered = [one for one in before if not one.is_gone]
    missing = [place for place, key in enumerate(keys) if key is None]
    if len(missing) == 1 and len(pairs) == len(offered) and offered[missing[0]] in free:
        keys[missing[0]] = offered[missing[0]].key
        free.remove(offered[missing[0]])
    last = max((int(one.key) for one in before), default=0)
    made = []
    for (vi, en), key in zip(pairs, keys, strict=True):
        if key is None:
            last += 1
        made.append(Choice(key or str(last), vi, en))
    return made + [Choice(one.key, one.vi, one.en, is_gone=True) for one in free]


def _same(one: Choice, pair: tuple[str, str]) -> bool:
    return (one.vi, one.en) == pair


def _alike(one: Choice, pair: tuple[str, str]) -> bool:
    return one.vi == pair[0] or one.en == pair[1]


def choices_as_text(choices: Iterable[Choice]) -> str:
    """The same the other way round: what an administrator reads."""
    return "\n".join(one.vi if one.vi == one.en else f"{one.vi} | {one.en}" for one in choices if not one.is_gone)


def is_link(template: str) -> bool:
    """Whether this leads to a page of the web once a number is put in; an empty one leads nowhere, and may."""
    if not template:
        return True
    try:
        parts = urlsplit(template.replace("{number}", "1"))
    except ValueError:
        return False
    clean = template.isprintable() and not re.search(r"[\s\"<>\\]", template)
    return clean and parts.scheme in {"http", "https"} and bool(parts.hostname) and "@" not in parts.netloc
