"""From a letter to what somebody said: new words, the rest folded away, files in the store, HTML made safe."""

import asyncio
import mimetypes
import re
from collections.abc import Mapping, Sequence
from html import escape
from typing import Final

from msgspec import Struct, structs

from helpdesk.core.config import config
from helpdesk.core.markup import clean_html
from helpdesk.core.text import email_key
from helpdesk.files import store
from helpdesk.i18n.catalogue import gettext, phrase
from helpdesk.mail.fence import split_fenced
from helpdesk.mail.html import html_to_text
from helpdesk.mail.letter import Address, Attachment, Letter
from helpdesk.mail.quotes import Split
from helpdesk.tickets.said import File, Mailbox, Said

PICTURES_AT: Final = "/pictures/"
"""Where `mailroom/pictures.py` shows a picture that stands within a letter."""
LEFT_OVER: Final = 600
"""Characters that may stand between the new words and their quote: introductions and signatures."""
LONGEST_CUT: Final = 300_000
"""Characters of HTML in which a quote is looked for; longer letters show their plain words."""

_QUOTE: Final = re.compile(
    r"<(?:blockquote|div|hr|p|table)\b[^>]{0,300}?(?:type\s*=\s*[\"']?cite|class\s*=\s*[\"']?(?:gmail_quote|yahoo_quoted"
    r"|protonmail_quote|moz-cite-prefix|zmail_extra|OutlookMessageHeader)|id\s*=\s*[\"']?(?:divRplyFwdMsg|appendonsend"
    r"|stopSpelling|mail-editor-reference|OLK_SRC_BODY_SECTION|reply-intro)"
    r"|border-top:\s*solid #[BE][0-9A-F]{5})[^>]{0,300}>|<blockquote\b",
    re.IGNORECASE,
)
_MOST_QUOTES: Final = 20
_LINK: Final = re.compile(r"https?://[^\s<>\"']{1,2000}?(?=[.,;:!?)\]]*(?:[\s<>\"']|$))")


_REMARKED: Final = {
    "not-understood": phrase("Only the headers of this letter could be read."),
    "attachments-cut": phrase("This letter has more parts than are kept here."),
    "parts-cut": phrase("This letter has more parts than are kept here."),
    "text-cut": phrase("This letter is longer than what is shown here."),
    "from-repeated": phrase("This letter names more than one sender."),
    "several-senders": phrase("This letter names more than one sender."),
}
"""What agents should know of a letter, by the remark that was made when it was read."""


class Read(Struct, frozen=True):
    """A letter's words in every form that is kept."""

    fresh: str
    html: str
    quoted_html: str
    files: tuple[File, ...]


async def read(letter: Letter) -> Read:
    """Split, clean and store. Waits for the disk and for other processes, so it belongs before a transaction."""
    files = tuple([await _keep(number, one) for number, one in enumerate(letter.attachments, 1)])
    pictures = {file.content_id: f"{PICTURES_AT}{file.sha256}" for file in files if file.content_id}
    split = await split_fenced(letter.text, letter.html)
    html, quoted = await asyncio.to_thread(shown, letter.html, split, pictures)
    return Read(split.fresh, html, quoted, files)


def said(letter: Letter, words: Read, *, inbound: int, identity: str, is_automatic: bool) -> Said:
    """The message that a letter is. One without an id gets one made of its `identity`, the same each time."""
    return Said(
        text=letter.text,
        fresh=words.fresh,
        html=words.html,
        quoted_html=words.quoted_html,
        raw_html=letter.html,
        channel="email",
        subject=letter.subject,
        from_name=letter.sender.name,
        from_email=letter.sender.email,
        to=_boxes(letter.to),
        cc=_boxes(letter.cc),
        message_id=letter.message_id or f"{identity[:32]}.no-id@{config().mail_domain}",
        inbound=inbound,
        is_automatic=is_automatic,
        files=words.files,
    )


def warnings(letter: Letter, *, answered: str = "") -> list[str]:
    """
    What agents should know before they answer, in the reader's language; each once.

    `answered` is the address that answers go to, where it is not the sender's.
    """
    said = [str(_REMARKED[remark]) for remark in letter.remarks if remark in _REMARKED]
    expected = email_key(answered or letter.sender.email)
    elsewhere = [one.email for one in letter.reply_to if email_key(one.email) != expected]
    if elsewhere:
        said.append(
            gettext(
                "This letter asks to be answered at %(other)s. Answers go to its sender, %(sender)s.",
                other=", ".join(elsewhere[:5]),
                sender=letter.sender.email,
            )
        )
    return list(dict.fromkeys(said))


def only(said: Said, fresh: str) -> Said:
    """What was said, with these new words in plain text instead of its own."""
    return structs.replace(said, fresh=fresh, html=plain_html(fresh))


def plain(text: str) -> Said:
    """What the house itself says about a letter, without any marks of Markdown."""
    return Said(text=text, fresh=text, html=plain_html(text), channel="email", is_automatic=True)


def shown(html: str, split: Split, pictures: Mapping[str, str]) -> tuple[str, str]:
    """
    The new words and the rest as safe HTML.

    A letter's own HTML is cut where its quote begins, if what stands before proves to be the new
    words; otherwise the plain words are shown, for those were split with care.
    """
    if html and not split.rest:
        return clean_html(html, pictures), ""
    cut = _cut(html, split.fresh) if len(html) <= LONGEST_CUT else 0
    if cut:
        return clean_html(html[:cut], pictures), clean_html(html[cut:], pictures)
    return plain_html(split.fresh), plain_html(split.rest)


def plain_html(text: str) -> str:
    """Plain text as HTML that looks the same, addresses of pages made into links."""
    paragraphs = [part.strip("\n") for part in re.split(r"\n[ \t]*\n", text) if part.strip()]
    return "".join(f"<p>{_linked(part)}</p>" for part in paragraphs)


def _linked(text: str) -> str:
    pieces, at = [], 0
    for link in _LINK.finditer(text):
        address = escape(link[0])
        pieces += [
            escape(text[at : link.start()], quote=False),
            f'<a href="{address}" rel="nofollow noopener noreferrer">{address}</a>',
        ]
        at = link.end()
    return "".join([*pieces, escape(text[at:], quote=False)]).replace("\n", "<br>")


def _cut(html: str, fresh: str) -> int:
    """Where the quote begins in a letter's HTML; 0 where that cannot be proved by its words."""
    wanted = _bare(fresh)
    for number, quote in enumerate(_QUOTE.finditer(html)):
        before = _bare(html_to_text(html[: quote.start()]))
        if before.startswith(wanted) and len(before) - len(wanted) <= LEFT_OVER:
            return quote.start()
        if number == _MOST_QUOTES or len(before) > len(wanted) + LEFT_OVER:
            break
    return 0


def _bare(text: str) -> str:
    return "".join(text.split())


async def _keep(number: int, attachment: Attachment) -> File:
    stored = await store.put(attachment.content)
    name = attachment.filename.strip()
    if not name:
        name = f"file-{number}{mimetypes.guess_extension(attachment.content_type) or ''}"
    return File(stored.sha256, name, attachment.content_type, stored.size, attachment.content_id)


def _boxes(addresses: Sequence[Address]) -> tuple[Mailbox, ...]:
    return tuple(Mailbox(one.name, one.email) for one in addresses)
