"""What is in an attached letter or an invitation, for those who see the ticket: read before it is opened."""

from typing import Final

from litestar import get
from markupsafe import Markup
from piccolo.custom_types import Combinable

from helpdesk.core.actor import Actor
from helpdesk.core.errors import NotFound
from helpdesk.files import store
from helpdesk.i18n.reader import reading
from helpdesk.mail.reading.calendar import invitation
from helpdesk.mail.reading.fence import parse_fenced
from helpdesk.mailroom.reading import plain_html
from helpdesk.tickets.access import visible_to
from helpdesk.tickets.tables import Attachment, Message, Ticket
from helpdesk.web.actor import CurrentActor, FromPath
from helpdesk.web.render import Html, part

LARGEST: Final = 5 * 1024 * 1024
"""Bytes of an attached letter that is looked into."""
FIRST_WORDS: Final = 1_000
"""Characters of an attached letter that are shown."""


@get("/attached/{file_id:int}", include_in_schema=False)
async def attached(actor: CurrentActor, file_id: FromPath[int]) -> Html:
    """
    A summary of a file with a message that the actor may see, in the actor's language and time zone.

    Nothing stands in it for a file of another kind.
    """
    row = (
        await Attachment.select(Attachment.sha256, Attachment.content_type, Attachment.size)
        .where(
            (Attachment.id == file_id) & Attachment.message.is_in(Message.select(Message.id).where(messages_for(actor)))
        )
        .first()
    )
    if row is None or row["size"] > LARGEST:
        raise NotFound()
    content = await store.read(row["sha256"])
    if row["content_type"] == "message/rfc822":
        letter = await parse_fenced(content)
        text = letter.text if len(letter.text) <= FIRST_WORDS else f"{letter.text[:FIRST_WORDS]}\u2026"
        shown = Markup(plain_html(text))  # noqa: S704  # escaped there
        return part("mailroom/_attached.html", letter=letter, shown=shown)
    event = invitation(content, reading.get().tz) if row["content_type"] == "text/calendar" else None
    return part("mailroom/_invitation.html", event=event)


def messages_for(actor: Actor) -> Combinable:
    """The messages whose files the actor may open."""
    mine: Combinable = Message.ticket.is_in(Ticket.select(Ticket.id).where(visible_to(actor)))
    return mine if actor.is_agent else mine & (Message.kind == "reply")
