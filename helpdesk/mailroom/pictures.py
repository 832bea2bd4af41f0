"""Pictures that stand within letters, for those who see the ticket."""

from litestar import get
from litestar.response import File

from helpdesk.core.errors import NotFound
from helpdesk.files.serve import download
from helpdesk.mailroom.attached import messages_for
from helpdesk.tickets.said import PICTURES_AT
from helpdesk.tickets.side.queries import picture as picture_beside
from helpdesk.tickets.tables import Attachment, Message
from helpdesk.web.actor import CurrentActor, FromPath


@get(PICTURES_AT + "{sha256:str}", include_in_schema=False)
async def picture(actor: CurrentActor, sha256: FromPath[str]) -> File:
    """The picture with this hash, if it came with a message that the actor may see."""
    mine = Message.select(Message.id).where(messages_for(actor))
    row = await (
        Attachment.select(Attachment.filename, Attachment.content_type)
        .where((Attachment.sha256 == sha256) & Attachment.message.is_in(mine))
        .first()
    )
    if row is not None:
        return download(sha256, row["filename"], row["content_type"])
    if (beside := await picture_beside(actor, sha256)) is None:
        raise NotFound()
    return download(sha256, beside.filename, beside.content_type)
