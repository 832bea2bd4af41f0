"""What may be: states, names in addresses, how long a text takes to read. Nothing here asks the database."""

import re
from collections.abc import Mapping
from math import ceil
from typing import Final, Literal, get_args

from helpdesk.core.text import fold, nfc, shorten
from helpdesk.i18n.catalogue import Phrase, phrase
from helpdesk.web.addresses import segment

Status = Literal["draft", "published", "archived"]
Reason = Literal["", "other_matter", "does_not_work", "unclear", "outdated"]

DRAFT: Final = "draft"
PUBLISHED: Final = "published"
ARCHIVED: Final = "archived"
STATUSES: Final[tuple[str, ...]] = get_args(Status)

STATUS_NAMES: Final[Mapping[str, Phrase]] = {
    DRAFT: phrase("Draft"),
    PUBLISHED: phrase("Published"),
    ARCHIVED: phrase("Archived"),
}
REASONS: Final[Mapping[str, Phrase]] = {
    "other_matter": phrase("It is about something else"),
    "does_not_work": phrase("I did it, and it did not work"),
    "unclear": phrase("It is hard to understand"),
    "outdated": phrase("It is out of date"),
}
"""Why an article did not help, as readers may say."""

_NEXT: Final[Mapping[str, frozenset[str]]] = {
    DRAFT: frozenset({PUBLISHED, ARCHIVED}),
    PUBLISHED: frozenset({DRAFT, ARCHIVED}),
    ARCHIVED: frozenset({DRAFT}),
}

WORDS_A_MINUTE: Final = 220
"""How fast people read on a screen; Vietnamese syllables count as words."""
LONGEST_SUMMARY: Final = 240


def may_become(status: str, wanted: str) -> bool:
    """Drafts are published or put away, what is published may be taken back, what was put away comes back a draft."""
    return wanted in _NEXT[status]


def path(article_id: int, slug: str) -> str:
    """Where readers find an article, without the language before it."""
    return f"/help/articles/{segment(article_id, slug)}"


def category_path(category_id: int, slug: str) -> str:
    return f"/help/categories/{segment(category_id, slug)}"


def reading_minutes(text: str) -> int:
    """At least one; begun minutes count."""
    return max(1, ceil(len(text.split()) / WORDS_A_MINUTE))


def summary(text: str) -> str:
    """The beginning of an article's plain text: its first paragraph, which headings and lists are not."""
    paragraphs = [paragraph for paragraph in text.split("\n\n") if paragraph.strip()]
    wordy = (paragraph for paragraph in paragraphs if paragraph.rstrip()[-1] in ".:;!?…")
    return shorten(next(wordy, text), LONGEST_SUMMARY)


def title_key(title: str) -> str:
    """What a title is compared by: no case, no accents, one space between words."""
    return " ".join(fold(title).split())


def title_words(query: str) -> list[str]:
    """The words of a query that must all stand in a title's key; none is ever a wildcard."""
    return [word for word in re.split(r"[\s%_\\]+", fold(nfc(query))) if word][:8]


def share_helped(helpful: int, unhelpful: int) -> int | None:
    """Of those who rated, the share that was helped, in percent; None while fewer than five have."""
    rated = helpful + unhelpful
    return round(100 * helpful / rated) if rated >= 5 else None
