"""Settings of the mail: mailboxes that are fetched, letters that wait for a decision, letters on their way out."""

from typing import Annotated

from litestar import Controller, Response, get, post
from litestar.response import Redirect
from markupsafe import Markup
from msgspec import Meta, Struct, structs

from helpdesk.core.actor import Actor
from helpdesk.core.config import config
from helpdesk.core.errors import Invalid, NotFound
from helpdesk.departments.queries import all_departments
from helpdesk.files.serve import content_disposition
from helpdesk.i18n.catalogue import gettext, ngettext, phrase
from helpdesk.mail import actions, imap, queries
from helpdesk.mail.actions import Security, Wanted
from helpdesk.mail.queries import InboundState, MailboxEntry, OutboundState
from helpdesk.mail.receive import raw_bytes
from helpdesk.mailroom.reading import plain_html
from helpdesk.web.actor import CurrentActor, FromPath, FromQuery, Page
from helpdesk.web.forms import Form, Line, OptionalLine, filled, read
from helpdesk.web.render import Html, go, page

Host = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z0-9.:-]{1,253}$",
        extra={"error": phrase("Write the name of a server such as imap.example.vn.")},
    ),
]


class MailboxForm(Struct):
    """`only_try` is the other button: look into it, save nothing."""

    name: Line
    host: Host
    username: Line
    port: Annotated[int, Meta(ge=1, le=65535)] = 993
    security: Security = "tls"
    password: Annotated[str, Meta(max_length=1000)] = ""
    folder: OptionalLine = "INBOX"
    address: OptionalLine = ""
    is_active: bool = False
    only_try: bool = False

    def wanted(self) -> Wanted:
        return Wanted(
            name=self.name,
            host=self.host,
            port=self.port,
            security=self.security,
            username=self.username,
            password=self.password,
            folder=self.folder or "INBOX",
            address=self.address,
            is_active=self.is_active,
        )


class Release(Struct):
    as_ticket: bool = False


class MailboxAdmin(Controller):
    """IMAP mailboxes that letters are fetched from."""

    path = "/mailboxes"

    @get()
    async def mailboxes(self, actor: CurrentActor) -> Html:
        return page("mailroom/mailboxes.html", mailboxes=await queries.mailboxes(actor), config=config())

    @get("/new")
    async def new(self) -> Html:
        return await _edit(None, filled(port=993, security="tls", folder="INBOX", is_active=True))

    @post("/new")
    async def add(self, actor: CurrentActor, request: Page) -> Html | Redirect:
        form = await read(request, MailboxForm)
        if form.data is None:
            return await _edit(None, form, status=422)
        if not form.data.password:
            return await _edit(None, form.refused(_no_password()), status=422)
        if form.data.only_try:
            return await _edit(None, form, tried=await _tried(actor, form.data.wanted(), None))
        await actions.add_mailbox(actor, form.data.wanted())
        return go("/admin/mailboxes", tell=gettext("Letters from %(name)s are fetched now.", name=form.data.name))

    @get("/{mailbox_id:int}")
    async def edit(self, actor: CurrentActor, mailbox_id: FromPath[int]) -> Html:
        box = await queries.mailbox(actor, mailbox_id)
        return await _edit(box, filled(**structs.asdict(box)))

    @post("/{mailbox_id:int}")
    async def change(self, actor: CurrentActor, mailbox_id: FromPath[int], request: Page) -> Html | Redirect:
        box = await queries.mailbox(actor, mailbox_id)
        form = await read(request, MailboxForm)
        if form.data is None:
            return await _edit(box, form, status=422)
        if form.data.only_try:
            return await _edit(box, form, tried=await _tried(actor, form.data.wanted(), mailbox_id))
        await actions.change_mailbox(actor, mailbox_id, form.data.wanted())
        return go("/admin/mailboxes", tell=gettext("Saved."))

    @post("/{mailbox_id:int}/remove")
    async def remove(self, actor: CurrentActor, mailbox_id: FromPath[int]) -> Redirect:
        await actions.remove_mailbox(actor, mailbox_id)
        return go("/admin/mailboxes", tell=gettext("Removed. Letters that came from it stay."))


class LetterAdmin(Controller):
    """Letters that came in and became no ticket, each with the reason."""

    path = "/letters"

    @get()
    async def letters(
        self, actor: CurrentActor, view: FromQuery[InboundState] = "held", after: FromQuery[str | None] = None
    ) -> Html:
        found = await queries.letters(actor, view, after=after)
        return page("mailroom/letters.html", found=found, view=view, counts=await queries.counts(actor))

    @get("/{inbound:int}")
    async def letter(self, actor: CurrentActor, inbound: FromPath[int]) -> Html:
        letter, source = await queries.letter(actor, inbound)
        return page("mailroom/letter.html", letter=letter, source=source)

    @get("/{inbound:int}/raw")
    async def raw(self, actor: CurrentActor, inbound: FromPath[int]) -> Response[bytes]:
        await queries.letter(actor, inbound)
        return as_letter(await raw_bytes(inbound), f"letter-{inbound}.eml")

    @post("/{inbound:int}/release")
    async def release(self, actor: CurrentActor, inbound: FromPath[int], request: Page) -> Redirect:
        form = await read(request, Release)
        assert form.data is not None
        await actions.release(actor, inbound, as_ticket=form.data.as_ticket)
        return go("/admin/letters", tell=gettext("The letter is being sorted again."))


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


async def _edit(
    box: MailboxEntry | None, form: Form[MailboxForm], *, status: int = 200, tried: tuple[bool, str] | None = None
) -> Html:
    addresses = [address for department in await all_departments() for address in department.addresses]
    return page("mailroom/mailbox.html", status=status, box=box, form=form, tried=tried, addresses=addresses)


async def _tried(actor: Actor, wanted: Wanted, mailbox_id: int | None) -> tuple[bool, str]:
    """Whether a mailbox can be read, and what to say about it."""
    try:
        count = await actions.try_mailbox(actor, wanted, mailbox_id)
    except imap.Trouble as trouble:
        return False, str(trouble)
    return True, ngettext("It works. %(n)s letter has come so far.", "It works. %(n)s letters have come so far.", count)


def _no_password() -> Invalid:
    return Invalid({"password": phrase("This cannot be left empty.")})
