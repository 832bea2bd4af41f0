from litestar import Controller, Response, get

from helpdesk.core.errors import NotFound
from helpdesk.mail.doors.receive import raw_bytes
from helpdesk.mail.tables import Outbound
from helpdesk.mailroom.outgoing import as_letter
from helpdesk.tickets import queries
from helpdesk.web.actor import CurrentActor, FromPath
from helpdesk.web.guards import agents_only


class RawApi(Controller):
    """Letters as they were, for agents who see the ticket."""

    path = "/messages"
    tags = ["Messages"]
    guards = [agents_only]

    @get("/{message:int}/raw", summary="Fetch the letter of a message, byte for byte", media_type="message/rfc822")
    async def raw(self, actor: CurrentActor, message: FromPath[int]) -> Response[bytes]:
        """The bytes that came in, or those that we sent. 404 for a message that is no letter."""
        row = await queries.message(actor, message)
        if row.inbound is not None:
            return as_letter(await raw_bytes(row.inbound), f"message-{message}.eml")
        sent = await Outbound.select(Outbound.content).where(Outbound.about == f"message:{message}").first()
        if sent is None:
            raise NotFound()
        return as_letter(bytes(sent["content"]), f"message-{message}.eml")
