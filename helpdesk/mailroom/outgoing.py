"""Letters of ours on their way out, as administrators see them."""

from typing import Annotated
from urllib.parse import urlencode

from litestar import Controller, Response, get, post
from litestar.response import Redirect
from markupsafe import Markup
from msgspec import Meta, Struct

from helpdesk.core.config import config
from helpdesk.core.errors import NotFound
from helpdesk.files.serve import content_disposition
from helpdesk.i18n.catalogue import gettext, ngettext
from helpdesk.mail import actions, health, queries
from helpdesk.mail.outgoing import deliveries
from helpdesk.mail.queries import OutboundState
from helpdesk.mailroom.reading import plain_html
from helpdesk.web.actor import CurrentActor, FromPath, FromQuery, Page
from helpdesk.web.forms import read
from helpdesk.web.render import Html, go, page


class Picked(Struct):
    """Letters to be tried again."""

    id: list[int] = []


class Kept(Struct):
    """How far back letters that were kept shall be sent."""

    days: Annotated[int, Meta(ge=1, le=366)] = 1


class OutboxAdmin(Controller):
    """Letters of ours: on their way, sent, failed, or kept because no server is set."""

    path = "/outbox"

    @get()
    async def letters(
        self,
        actor: CurrentActor,
        view: FromQuery[OutboundState] = "",
        q: FromQuery[str] = "",
        after: FromQuery[str | None] = None,
    ) -> Html:
        found = await queries.outgoing(actor, view, q, after=after)
        return page(
            "mailroom/outbox.html",
            found=found,
            deliveries=await deliveries.of([letter.id for letter in found.items]),
            view=view,
            q=q,
            next_url=f"/admin/outbox?{urlencode({'view': view, 'q': q, 'after': found.next})}" if found.next else "",
            has_server=bool(config().smtp_url),
            kept=await queries.kept_letters(actor),
            health=await health.of_outbox(),
        )

    @post("/retry")
    async def retry_many(self, actor: CurrentActor, request: Page) -> Redirect:
        form = await read(request, Picked)
        picked = form.data.id if form.data else []
        if not picked:
            return go("/admin/outbox", tell=gettext("Pick at least one letter first."), kind="warn")
        count = await actions.retry_many(actor, picked)
        return go(
            "/admin/outbox", tell=ngettext("%(n)s letter is tried again.", "%(n)s letters are tried again.", count)
        )

    @post("/kept")
    async def send_kept(self, actor: CurrentActor, request: Page) -> Redirect:
        form = await read(request, Kept)
        if form.data is None:
            return go("/admin/outbox?view=kept", tell=next(iter(form.errors.values())), kind="warn")
        count = await actions.send_kept(actor, form.data.days)
        tell = ngettext("%(n)s kept letter is sent now.", "%(n)s kept letters are sent now.", count)
        return go("/admin/outbox?view=waiting", tell=tell)

    @get("/{outbound:int}")
    async def letter(self, actor: CurrentActor, outbound: FromPath[int]) -> Html:
        letter, written = await queries.outgoing_letter(actor, outbound)
        shown = Markup(plain_html(written.text))  # noqa: S704  # escaped there
        delivery = (await deliveries.of([outbound]))[outbound]
        return page("mailroom/outgoing.html", letter=letter, delivery=delivery, written=written, shown=shown)

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
