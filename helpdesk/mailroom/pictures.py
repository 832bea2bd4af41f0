"""Pictures that stand within letters, for those who see the ticket."""

from litestar import get
from litestar.response import File
from piccolo.custom_types import Combinable

from helpdesk.core.errors import NotFound
from helpdesk.files.serve import download
from helpdesk.mailroom.reading import PICTURES_AT
from helpdesk.tickets.access import visible_to
from helpdesk.tickets.tables import Attachment, Message, Ticket
from helpdesk.web.actor import CurrentActor, FromPath


@get(PICTURES_AT + "{sha256:str}", include_in_schema=False)
async def picture(actor: CurrentActor, sha256: FromPath[str]) -> File:
    """The picture with this hash, if it came with a message that the actor may see."""
    mine: Combinable = Message.ticket.is_in(Ticket.select(Ticket.id).where(visible_to(actor)))
    if not actor.is_agent:
        mine = mine & (Message.kind == "reply")
    row = await (
        Attachment.select(Attachment.filename, Attachment.content_type)
        .where((Attachment.sha256 == sha256) & Attachment.message.is_in(Message.select(Message.id).where(mine)))
        .first()
    )
    if row is None:
        raise NotFound()
    return download(sha256, row["filename"], row["content_type"])
