"""
Which parts a ticket has at all, told along with its facts: what it lacks, as most do most of them, nobody asks after.

Answering all of them takes the database about as long as one query, for each looks at the first row of an index.
"""

from collections.abc import Mapping
from typing import Any, Final, Literal

from piccolo.querystring import QueryString

Part = Literal[
    "files", "participants", "tags", "links", "merged", "followers", "acts", "sides", "drafts", "watchers", "phones"
]
"""`merged`: others were merged into it; `links` lead either way; `acts` can be taken back."""

_ROWS: Final[dict[Part, str]] = {
    "files": (
        "SELECT 1 FROM attachment JOIN message ON message.id = attachment.message WHERE message.ticket = ticket.id"
    ),
    "participants": "SELECT 1 FROM ticket_participant WHERE ticket_participant.ticket = ticket.id",
    "tags": "SELECT 1 FROM ticket_tag WHERE ticket_tag.ticket = ticket.id",
    "links": "SELECT 1 FROM ticket_link WHERE ticket_link.ticket = ticket.id OR ticket_link.other = ticket.id",
    "merged": "SELECT 1 FROM ticket_merge WHERE ticket_merge.target = ticket.id",
    "followers": "SELECT 1 FROM ticket_follower WHERE ticket_follower.ticket = ticket.id",
    "acts": "SELECT 1 FROM ticket_undo WHERE ticket_undo.ticket = ticket.id",
    "sides": "SELECT 1 FROM side_conversation WHERE side_conversation.ticket = ticket.id",
    "drafts": "SELECT 1 FROM draft WHERE draft.ticket = ticket.id",
    "watchers": "SELECT 1 FROM presence WHERE presence.ticket = ticket.id",
    "phones": "SELECT 1 FROM person_phone WHERE person_phone.person = ticket.requester",
}

COLUMNS: Final = tuple(QueryString(f"EXISTS ({rows})", alias=f"has_{part}") for part, rows in _ROWS.items())
"""Columns of a query about tickets."""


def parts(row: Mapping[str, Any]) -> frozenset[Part]:
    """What the row of such a query says."""
    return frozenset(part for part in _ROWS if row[f"has_{part}"])
