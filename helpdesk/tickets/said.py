"""What somebody said, ready to be kept: the same shape whether it was typed or came as a letter."""

from datetime import datetime
from typing import Literal

from msgspec import Struct

from helpdesk.core.markup import to_html, to_text
from helpdesk.core.text import nfc, printable

Channel = Literal["email", "web", "api", "phone"]


class Mailbox(Struct, frozen=True):
    """A name and an address, as a letter's header gives them."""

    name: str
    email: str


class File(Struct, frozen=True):
    """A file that is in the store already (`helpdesk.files.store`). `size` in bytes."""

    sha256: str
    filename: str
    content_type: str
    size: int
    content_id: str = ""


class Said(Struct, frozen=True, kw_only=True):
    """
    A message before it has a ticket.

    `text` is all of it as plain text; `fresh` and `html` are its new words, `quoted_html` the rest.
    `html` and `quoted_html` are safe already. `sent_at` None means now.
    """

    text: str
    fresh: str
    html: str
    channel: Channel
    body: str = ""
    quoted_html: str = ""
    raw_html: str = ""
    subject: str = ""
    from_name: str = ""
    from_email: str = ""
    to: tuple[Mailbox, ...] = ()
    cc: tuple[Mailbox, ...] = ()
    message_id: str = ""
    inbound: int | None = None
    is_automatic: bool = False
    is_new_matter: bool = False
    files: tuple[File, ...] = ()
    sent_at: datetime | None = None


def typed(markdown: str, *, channel: Channel, files: tuple[File, ...] = (), subject: str = "") -> Said:
    """What somebody typed into a form or sent through the API, as Markdown."""
    body = nfc(printable(markdown))
    html = to_html(body, breaks=True)
    text = to_text(html)
    return Said(text=text, fresh=text, html=html, body=body, channel=channel, files=files, subject=subject)
