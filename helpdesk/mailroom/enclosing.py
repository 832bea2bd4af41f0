"""What goes along with an answer: its files, the pictures in its words, and the message it answers."""

import re
from collections.abc import Sequence
from html import escape
from typing import Final

from markupsafe import Markup

from helpdesk.core.config import config
from helpdesk.files import store as files
from helpdesk.i18n.catalogue import gettext
from helpdesk.i18n.dates import long_moment
from helpdesk.i18n.reader import Reader, reading_as
from helpdesk.mail.outgoing.compose import Enclosed
from helpdesk.mailroom.reading import plain_html
from helpdesk.tickets.queries import FileRow, MessageRow
from helpdesk.tickets.said import PICTURES_AT

MOST_ENCLOSED: Final = 18 * 1024 * 1024
"""Bytes of files in one letter, since many servers stop at 25 MB after encoding; more stay on the page."""
LONGEST_SHOWN: Final = 20_000
"""Characters of a message's HTML that other letters repeat; of a longer one, the beginning of its words."""

_PICTURE: Final = re.compile(r'(<img\b[^>]*?\ssrc=")' + re.escape(PICTURES_AT) + r'([0-9a-f]{64})("[^>]*>)')
_OWN_PAGE: Final = re.compile(r'(<(?:a|img)\b[^>]*?\s(?:href|src)=")(/[^/"][^"]*")')
_ANY_PICTURE: Final = re.compile(r"<img\b[^>]*>")


async def enclosed(html: str, rows: Sequence[FileRow]) -> tuple[Markup, tuple[Enclosed, ...], int]:
    """
    The words of a message as they can stand in a letter, the files that go along, and how many stay on the page.

    A picture that stands in the words comes along as a part of the letter (RFC 2392), so that nothing is fetched.
    """
    shown = set(_PICTURE.findall(html))
    within = {sha256 for _, sha256, _ in shown}
    files_along: list[Enclosed] = []
    room = MOST_ENCLOSED
    for row in rows:
        if row.size <= room:
            room -= row.size
            content_id = _content_id(row.sha256) if row.sha256 in within else ""
            content = await files.read(row.sha256)
            files_along.append(Enclosed(row.filename, row.content_type, content, content_id))
    ids = {one.content_id for one in files_along}

    def picture(found: re.Match[str]) -> str:
        content_id = _content_id(found[2])
        return f"{found[1]}cid:{content_id}{found[3]}" if content_id in ids else ""

    words = with_addresses(_PICTURE.sub(picture, html))
    return Markup(words), tuple(files_along), len(rows) - len(files_along)  # noqa: S704  # safe when it was kept


def history(message: MessageRow | None, reader: Reader) -> Markup:
    """The message that is answered, below the answer; without its pictures, and without what it quoted itself."""
    if message is None:
        return Markup()
    with reading_as(reader):
        when = long_moment(message.sent_at, reader.tz, reader.lang)
        line = gettext("On %(moment)s, %(name)s wrote:", moment=when, name=message.who)
    return Markup("<p>{}</p><blockquote>{}</blockquote>").format(line, shown(message))


def shown(message: MessageRow) -> Markup:
    """The new words of a message without their pictures; of very long ones, the beginning."""
    said = message.html if len(message.html) <= LONGEST_SHOWN else plain_html(message.fresh[: LONGEST_SHOWN // 4])
    return Markup(with_addresses(_ANY_PICTURE.sub("", said)))  # noqa: S704  # made safe when the message was kept


def with_addresses(html: str) -> str:
    """HTML whose links to pages of ours lead there from anywhere."""
    return _OWN_PAGE.sub(lambda found: found[1] + escape(config().base_url) + found[2], html)


def _content_id(sha256: str) -> str:
    return f"{sha256[:32]}@{config().mail_domain}"
