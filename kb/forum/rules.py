"""What may be: how topics are told apart, how long a post may be changed. Nothing here asks the database."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final, Literal

from helpdesk.core.text import looks_vietnamese, nfc
from helpdesk.i18n.catalogue import Phrase, phrase
from helpdesk.i18n.reader import Lang
from helpdesk.web.addresses import segment

State = Literal["all", "open", "unanswered", "solved"]
Sort = Literal["active", "newest", "votes"]

STATE_NAMES: Final[Mapping[str, Phrase]] = {
    "all": phrase("All topics"),
    "open": phrase("Not solved yet"),
    "unanswered": phrase("Unanswered"),
    "solved": phrase("Solved"),
}
SORT_NAMES: Final[Mapping[str, Phrase]] = {
    "active": phrase("Recently active"),
    "newest": phrase("Newest first"),
    "votes": phrase("Most useful"),
}

ICONS: Final[Mapping[str, Phrase]] = {
    "messages-square": phrase("Conversation"),
    "circle-help": phrase("Question mark"),
    "lightbulb": phrase("Idea"),
    "megaphone": phrase("Megaphone"),
    "store": phrase("Shop"),
    "package": phrase("Parcel"),
    "shopping-bag": phrase("Shopping bag"),
    "truck": phrase("Truck"),
    "receipt-text": phrase("Receipt"),
    "credit-card": phrase("Card"),
    "printer": phrase("Printer"),
    "smartphone": phrase("Phone"),
    "wrench": phrase("Tool"),
    "puzzle": phrase("Puzzle piece"),
    "rocket": phrase("Rocket"),
    "users-round": phrase("Group of people"),
}
"""Pictures that a board may have: names in static/icons.svg, and what they show."""

EDITABLE: Final = timedelta(hours=24)
"""For so long people may change what they wrote: time enough for a slip, too short to rewrite what others answered."""


def may_still_edit(created_at: datetime, moment: datetime) -> bool:
    return moment - created_at < EDITABLE


def title(typed: str) -> str:
    """A title as it is kept: composed letters, one line, one space between words."""
    return " ".join(nfc(typed).split())


def lang_of(text: str) -> Lang:
    """The language a topic is written in, as far as we can tell."""
    return "vi" if looks_vietnamese(text) else "en"


def path(topic_id: int, slug: str) -> str:
    """Where readers find a topic, without the language before it."""
    return f"/community/topics/{segment(topic_id, slug)}"


def board_path(board_id: int, slug: str) -> str:
    return f"/community/boards/{segment(board_id, slug)}"
