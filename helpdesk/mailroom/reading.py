"""From a letter to what somebody said: new words, the rest folded away, files in the store, HTML made safe."""

import asyncio
import mimetypes
import re
from collections.abc import Mapping, Sequence
from html import escape
from typing import Final
from urllib.parse import unquote

from msgspec import Struct, structs

from helpdesk.core.config import config
from helpdesk.core.links import true_target
from helpdesk.core.markup import clean_html
from helpdesk.core.text import email_key
from helpdesk.files import store
from helpdesk.i18n.catalogue import gettext, phrase
from helpdesk.mail.reading.fence import parse_fenced, split_fenced
from helpdesk.mail.reading.html import bare, html_to_text, place_after
from helpdesk.mail.reading.letter import Address, Attachment, Letter
from helpdesk.mail.reading.parse import parse_head
from helpdesk.mail.reading.quotes import Split
from helpdesk.mail.tables import Outbound
from helpdesk.tickets.said import PICTURES_AT, File, Mailbox, Said

LARGEST_OWN: Final = 500_000
"""Bytes of a letter of ours that is read again for its words; larger ones hold files."""
LONGEST_CUT: Final = 300_000
"""Characters of HTML in which a quote is looked for; longer letters show their plain words."""

_ONLY_PLAIN: Final = re.compile(r"<(?:https?|mailto|tel):[^>\s]{1,2000}>|\[(?:cid|image):[^\]]{0,200}\]")
"""What programs add to the plain words of a letter for the links and pictures in its HTML."""
_NOTE: Final = re.compile(r"\s*#(?:note|ghi chú|ghichu)\b[:\s]*", re.IGNORECASE)
"""What an agent's letter begins with that is meant for colleagues."""
_LINK: Final = re.compile(r"https?://[^\s<>\"']{1,2000}?(?=[.,;:!?)\]]*(?:[\s<>\"']|$))")


_REMARKED: Final = {
    "not-understood": phrase("Only the headers of this letter could be read."),
    "attachments-cut": phrase("This letter has more parts than are kept here."),
    "parts-cut": phrase("This letter has more parts than are kept here."),
    "text-cut": phrase("This letter is longer than what is shown here."),
    "from-repeated": phrase("This letter names more than one sender."),
    "tnef-unread": phrase("What Outlook packed into winmail.dat could not be opened."),
    "several-senders": phrase("This letter names more than one sender."),
}
"""What agents should know of a letter, by the remark that was made when it was read."""


class Read(Struct, frozen=True):
    """A letter's words in every form that is kept."""

    fresh: str
    html: str
    quoted_html: str
    files: tuple[File, ...]


async def read(letter: Letter, before: Sequence[str] = ()) -> Read:
    """
    Split, clean and store; `before` is what the conversation holds so far.

    Waits for the disk and for other processes, so it belongs before a transaction.
    """
    files = tuple([await _keep(number, one) for number, one in enumerate(letter.attachments, 1)])
    pictures = _pictures(files)
    split = await split_fenced(letter.text, letter.html, before)
    html, quoted = await asyncio.to_thread(shown, letter.html, split, pictures)
    return Read(split.fresh, html, quoted, files)


async def answered(letter: Letter) -> list[str]:
    """The words of the letter of ours that this one answers, as it was sent."""
    answered = list({*letter.in_reply_to, *letter.references[-1:]}) or [""]
    sent = await Outbound.select(Outbound.content).where(Outbound.message_id.is_in(answered)).limit(1)
    return [(await parse_fenced(row["content"])).text for row in sent if len(row["content"]) <= LARGEST_OWN]


def whole(letter: Letter, words: Read) -> Read:
    """All of a letter as its new words: of one that is passed on, the old text is what it is about."""
    return structs.replace(words, fresh=letter.text.strip(), html=words.html + words.quoted_html, quoted_html="")


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


def for_customers(said: Said) -> Said:
    """
    An agent's letter as the public answer it is: the new words alone, under no id and to no address of the letter.

    What it quotes was written for colleagues. The letter itself is kept for them byte for byte.
    """
    return structs.replace(said, text=said.fresh, quoted_html="", raw_html="", message_id="", to=(), cc=())


def for_colleagues(said: Said) -> Said | None:
    """What an agent's letter says that is marked as a note; None for one that is not."""
    mark = _NOTE.match(said.fresh)
    return only(said, said.fresh[mark.end() :].strip()) if mark else None


def only(said: Said, fresh: str) -> Said:
    """What was said, with these new words in plain text instead of its own."""
    return structs.replace(said, fresh=fresh, html=plain_html(fresh))


def marked_address(letter: Letter) -> str:
    """
    Where an automatic answer goes: the sender's own address with the mark it asks for (Reply-To), or empty.

    Help desks find their ticket by such a mark, so an answer to it is no new ticket there, and no new letter here.
    """
    for one in letter.reply_to[:1]:
        local, _, domain = one.email.partition("@")
        sender, _, home = letter.sender.email.partition("@")
        is_same = (local.partition("+")[0].lower(), domain.lower()) == (sender.partition("+")[0].lower(), home.lower())
        return one.email if is_same and "+" in local else ""
    return ""


def plain(text: str) -> Said:
    """What the house itself says about a letter, without any marks of Markdown."""
    return Said(text=text, fresh=text, html=plain_html(text), channel="email", is_automatic=True)


def shown(html: str, split: Split, pictures: Mapping[str, str]) -> tuple[str, str]:
    """
    The new words and the rest as safe HTML.

    A letter's own HTML is cut after its new words, if it begins with exactly these; otherwise the plain
    words are shown, for those were split with care.
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
        address, true = escape(link[0]), true_target(link[0], link[0])
        pieces += [
            escape(text[at : link.start()], quote=False),
            f'<a href="{address}" rel="nofollow noopener noreferrer" target="_blank">{address}</a>',
            f' <span class="true-target">({escape(true)})</span>' if true else "",
        ]
        at = link.end()
    return "".join([*pieces, escape(text[at:], quote=False)]).replace("\n", "<br>")


def _cut(html: str, fresh: str) -> int:
    """Where the new words end in a letter's HTML; 0 where it does not begin with exactly these words."""
    wanted = bare(_ONLY_PLAIN.sub("", fresh))
    place = place_after(html, len(wanted)) if wanted else 0
    return place if bare(html_to_text(html[:place])) == wanted else 0


async def _keep(number: int, attachment: Attachment) -> File:
    stored = await store.put(attachment.content)
    return File(stored.sha256, _name(number, attachment), attachment.content_type, stored.size, attachment.content_id)


def _name(number: int, attachment: Attachment) -> str:
    """What a file is called that has no name of its own: a letter by its subject."""
    if name := attachment.filename.strip():
        return name
    if attachment.content_type == "message/rfc822":
        subject = parse_head(attachment.content, "attached").subject.replace("/", "-")[:100].strip(". ")
        if subject:
            return f"{subject}.eml"
    return f"file-{number}{mimetypes.guess_extension(attachment.content_type) or ''}"


def _pictures(files: Sequence[File]) -> dict[str, str]:
    """Where each picture is shown, by the names that HTML may use: its Content-ID, else its own."""
    pictures = [one for one in reversed(files) if one.content_id or one.content_type.startswith("image/")]
    shown = {one.content_id or one.filename: f"{PICTURES_AT}{one.sha256}" for one in pictures}
    return shown | {unquote(name): place for name, place in shown.items()}


def _boxes(addresses: Sequence[Address]) -> tuple[Mailbox, ...]:
    return tuple(Mailbox(one.name, one.email) for one in addresses)
