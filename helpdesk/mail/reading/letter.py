"""What a letter is once it has been read: plain facts, no bytes of MIME, nothing decided."""

from datetime import datetime

import msgspec


class Address(msgspec.Struct, frozen=True):
    """
    One mailbox. `name` is for showing only; `email` is what stands in the address itself.

    `email` keeps the sender's spelling and may lack an `@`; it is never taken from a name or a comment.
    """

    name: str
    email: str


class Attachment(msgspec.Struct, frozen=True):
    """
    One part that is not the letter's own words. `filename` is as the sender wrote it, empty when there is none.

    It is a name to show (escaped), never a name to store a file under.
    """

    filename: str
    content_type: str
    content: bytes
    content_id: str = ""
    disposition: str = ""


class Letter(msgspec.Struct, frozen=True):
    """
    One letter, readable. All text is NFC without control characters; lines end with a line feed.

    Message ids stand without angle brackets. `text` is all the words, made from the HTML where no
    plain part says them. `headers` are name and unfolded value, still encoded, in the order of the
    letter. `remarks` are plain words for limits that were hit and defects that were met.
    """

    message_id: str = ""
    in_reply_to: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    subject: str = ""
    sender: Address = Address("", "")
    reply_to: tuple[Address, ...] = ()
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    date: datetime | None = None
    text: str = ""
    html: str = ""
    attachments: tuple[Attachment, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    remarks: tuple[str, ...] = ()

    def header(self, name: str) -> str:
        """The first header of that name, in any case of letters; empty when there is none."""
        return next(iter(self.all_headers(name)), "")

    def all_headers(self, name: str) -> list[str]:
        """Every header of that name, in the order of the letter."""
        wanted = name.lower()
        return [value for key, value in self.headers if key.lower() == wanted]
