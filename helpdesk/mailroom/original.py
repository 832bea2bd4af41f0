"""
A letter as its sender drew it, in a frame that can do nothing.

Three walls, each enough alone: the HTML is made safe before, the frame is sandboxed (no scripts, no forms, no
origin of its own), and the answer's own policy lets it fetch nothing but pictures, those from elsewhere only
after a click. Whoever owns these then learns the reader's address, but neither from where nor which ticket.
"""

import base64
from collections.abc import Sequence
from typing import Final

from litestar import Controller, get
from msgspec import structs

from helpdesk.core.actor import Actor
from helpdesk.core.markup import dressed_html
from helpdesk.files.serve import picture_type
from helpdesk.files.store import path_of
from helpdesk.mailroom.reading import plain_html
from helpdesk.tickets import queries
from helpdesk.tickets.queries import FileRow
from helpdesk.web.actor import CurrentActor, FromPath, FromQuery
from helpdesk.web.leaving import CSP
from helpdesk.web.render import Html, page

MOST_PICTURES: Final = 8 * 1024 * 1024
"""Bytes of a letter's own pictures in its frame; those that follow are among its files."""
SANDBOX: Final = "allow-popups allow-popups-to-escape-sandbox"
"""Links open, beside the page. Nothing else is allowed."""
FRAME: Final = (
    "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src data:{elsewhere}; form-action 'none'; "
    f"base-uri 'none'; frame-ancestors 'self'; sandbox {SANDBOX}"
)


class OriginalLetters(Controller):
    """For agents who see the ticket."""

    path = "/messages/{message:int}/original"

    @get()
    async def show(self, actor: CurrentActor, message: FromPath[int], pictures: FromQuery[bool] = False) -> Html:
        """The letter with its frame; `pictures` fetches those from elsewhere."""
        said = await queries.message(actor, message)
        drawn = dressed_html(said.raw_html)
        answer = page(
            "mailroom/original.html",
            said=structs.replace(said, html=drawn, quoted_html=""),
            ticket=await queries.ticket_facts(actor, said.ticket),
            has_letter=said.inbound is not None or said.direction == "out",
            pictures=pictures,
            sandbox=SANDBOX,
        )
        answer.headers["Content-Security-Policy"] = f"{CSP}; frame-src 'self'"
        return answer

    @get("/frame")
    async def frame(self, actor: CurrentActor, message: FromPath[int], pictures: FromQuery[bool] = False) -> Html:
        """What stands in the frame."""
        drawn = await _drawn(actor, message, remote=pictures)
        answer = page("mailroom/frame.html", letter_html=drawn)
        answer.headers["Content-Security-Policy"] = FRAME.format(elsewhere=" https: http:" if pictures else "")
        answer.headers["Referrer-Policy"] = "no-referrer"
        return answer


async def _drawn(actor: Actor, message: int, *, remote: bool) -> str:
    said = await queries.message(actor, message)
    if not said.raw_html:
        return plain_html(said.text)
    return dressed_html(said.raw_html, _pictures(said.files), remote=remote)


def _pictures(files: Sequence[FileRow]) -> dict[str, str]:
    """The letter's own pictures by Content-ID or name, as addresses that hold them: a sandbox has no cookie."""
    found: dict[str, str] = {}
    left = MOST_PICTURES
    for file in files:
        if file.size > left:
            continue
        content = path_of(file.sha256).read_bytes()
        if kind := picture_type(content[:16]):
            found[file.content_id or file.filename] = f"data:{kind};base64,{base64.b64encode(content).decode()}"
            left -= file.size
    return found
