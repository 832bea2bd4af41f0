"""What a topic may say. Pure."""

import re
from collections.abc import Iterable
from typing import Final

from helpdesk.core.text import fold

MOST_TOPICS: Final = 60
MOST_NAMES: Final = 10
LONGEST_TAG: Final = 40
LONGEST_SKILL: Final = 60

_PLUS: Final = re.compile(r"[a-z0-9][a-z0-9_-]{1,39}")


def tags_from(text: str) -> list[str]:
    """The tags that are named, as tickets have them: without case or a leading #; commas and line ends part them."""
    return [
        one for one in dict.fromkeys(name.casefold().lstrip("#").strip() for name in _parts(text, LONGEST_TAG)) if one
    ]


def skills_from(text: str) -> list[str]:
    """The names of skills, each once whatever its case and accents; commas and line ends part them."""
    known = {fold(name): name for name in reversed([*_parts(text, LONGEST_SKILL)])}
    return [*reversed(known.values())]


def _parts(text: str, longest: int) -> Iterable[str]:
    parts = (" ".join(one.split())[:longest].strip() for one in text.replace(",", "\n").splitlines())
    return [one for one in parts if one]


def is_plus(text: str) -> bool:
    """
    Whether an address of ours can name a topic by it: letters a–z, digits, "-" and "_", two at least.

    The addresses that lead letters to their tickets have a dot after their plus (`mail.thread`): no topic has one.
    """
    return _PLUS.fullmatch(text) is not None
