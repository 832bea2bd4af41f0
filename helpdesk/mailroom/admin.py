"""Letters of ours on their way out, as administrators see them."""

from litestar import Controller, Response, get, post
from litestar.response import Redirect
from markupsafe import Markup

from helpdesk.core.config import config
from helpdesk.core.errors import NotFound
from helpdesk.files.serve import content_disposition
from helpdesk.i18n.catalogue import gettext
from helpdesk.mail import actions, queries
from helpdesk.mail.queries import OutboundState
from helpdesk.mailroom.reading import plain_html
from helpdesk.web.actor import CurrentActor, FromPath, FromQuery
from helpdesk.web.render import Html, go, page


class OutboxAdmin(Controller):
    """Letters of ours: on their way, sent, failed, or kept because no server is set."""

    path = "/outbox"

    @get()
    async def letters(
        self, actor: CurrentActor, view: FromQuery[OutboundState] = "", after: FromQuery[str | None] = None
    ) -> Html:
        found = await queries.outgoing(actor, view, after=after)
        return page("mailroom/outbox.html", found=found, view=view, has_server=bool(config().smtp_url))

    @get("/{outbound:int}")
    async def letter(self, actor: CurrentActor, outbound: FromPath[int]) -> Html:
        letter, written = await queries.outgoing_letter(actor, outbound)
        shown = Markup(plain_html(written.text))  # noqa: S704  # escaped there
        return page("mailroom/outgoing.html", letter=letter, written=written, shown=shown)

    @post("/{outbound:int}/retry")
    async def retry(self, actor: CurrentActor, outbound: FromPath[int]) -> Redirect:
        await actions.retry(actor, outbound)
        return go(f"/admin/outbox/{outbound}", tell=gettext("It is sent again now."))


def as_letter(raw: bytes | None, filename: str) -> Response[bytes]:
    """The answer with a letter's bytes, to be saved. Raises NotFound for none."""
    if raw is None:
        raise NotFound()
    headers = {"Content-Disposition": content_disposition(filename)}
    return Response(raw, media_type="message/rfc822", headers=headers)
