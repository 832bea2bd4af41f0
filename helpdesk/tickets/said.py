"""What somebody said, ready to be kept: the same shape whether it was typed or came as a letter."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, Literal

from msgspec import Struct

from helpdesk.core.clock import now
from helpdesk.core.markup import to_html, to_text
from helpdesk.core.text import nfc, printable, shorten
from helpdesk.tickets.rules import LONGEST_SUBJECT

PICTURES_AT: Final = "/pictures/"
"""Where `mailroom/pictures.py` shows a picture that stands within a message."""
_PICTURE: Final = re.compile(r"(!\[[^\[\]\n]{0,200}\]\()([^()\n]{1,255})\)")

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


def columns_of(said: Said, *, name: str = "", email: str = "") -> dict[str, Any]:
    """
    What is kept of it, by the columns that messages and letters beside a ticket share, each cut to its length.

    `name` and `email` are the writer's where it names none.
    """
    return {
        "from_name": (said.from_name or name)[:200],
        "from_email": (said.from_email or email)[:320],
        "subject": shorten(said.subject, LONGEST_SUBJECT),
        "body": said.body,
        "text": said.text,
        "fresh": said.fresh,
        "html": said.html,
        "quoted_html": said.quoted_html,
        "message_id": said.message_id[:998],
        "inbound": said.inbound,
        "is_automatic": said.is_automatic,
        "sent_at": said.sent_at or now(),
    }


def columns_of_file(file: File) -> dict[str, Any]:
    """What is kept of a file with a message, by column."""
    return {
        "filename": file.filename[:255],
        "content_type": file.content_type[:127],
        "content_id": file.content_id[:255],
        "size": file.size,
        "sha256": file.sha256,
    }


def typed(markdown: str, *, channel: Channel, files: tuple[File, ...] = (), subject: str = "") -> Said:
    """
    What somebody typed into a form or sent through the API, as Markdown.

    A picture among `files` stands where the words name it: `![](picture-1.png)`.
    """
    body = nfc(printable(markdown))
    pictures = {nfc(file.filename): file.sha256 for file in files if file.content_type.startswith("image/")}
    html = to_html(_PICTURE.sub(lambda named: _in_place(named, pictures), body), breaks=True)
    text = to_text(html)
    return Said(text=text, fresh=text, html=html, body=body, channel=channel, files=files, subject=subject)


def _in_place(named: re.Match[str], pictures: Mapping[str, str]) -> str:
    """The address under which a picture is shown to those who see the message."""
    sha256 = pictures.get(named[2])
    return f"{named[1]}{PICTURES_AT}{sha256})" if sha256 else named[0]
