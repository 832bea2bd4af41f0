"""The pages of mailboxes: which there are, how each is doing, its settings, and the ledger of its fetches."""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from litestar import Controller, get, post
from litestar.response import Redirect
from litestar.status_codes import HTTP_303_SEE_OTHER
from msgspec import Meta, Struct, structs

from helpdesk.core.actor import Actor
from helpdesk.core.config import config
from helpdesk.core.errors import Invalid
from helpdesk.departments.queries import all_departments
from helpdesk.i18n.catalogue import gettext, ngettext, phrase
from helpdesk.mail import queries
from helpdesk.mail.fetching import mailboxes, oauth
from helpdesk.mail.fetching.mailboxes import Wanted
from helpdesk.mail.fetching.oauth import ProviderName
from helpdesk.mail.fetching.remote import AfterFetch, FetchFailed, ProtocolName, Security
from helpdesk.mail.fetching.rules import Backfill
from helpdesk.mail.queries import MailboxEntry
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
Secret = Annotated[str, Meta(max_length=1000)]
Address = Annotated[str, Meta(max_length=500)]

LATEST: Final = 5
"""Fetches that a mailbox's own page shows."""
PORTS: Final[Mapping[tuple[str, bool], int]] = {
    ("imap", True): 993,
    ("imap", False): 143,
    ("pop3", True): 995,
    ("pop3", False): 110,
}
"""By protocol, and whether the connection is encrypted from its first byte."""
PRESETS: Final[Mapping[str, tuple[str, dict[str, str]]]] = {
    "google": ("Gmail, Google Workspace", {"host": "imap.gmail.com", "sign_in": "oauth", "provider": "google"}),
    "microsoft": ("Microsoft 365", {"host": "outlook.office365.com", "sign_in": "oauth", "provider": "microsoft"}),
    "yahoo": ("Yahoo Mail", {"host": "imap.mail.yahoo.com"}),
    "zoho": ("Zoho Mail", {"host": "imap.zoho.com"}),
    "icloud": ("iCloud Mail", {"host": "imap.mail.me.com"}),
    "other": ("", {}),
}
"""Where the mailboxes of well-known providers are, all by IMAP with TLS."""


class MailboxForm(Struct):
    """`only_try` is the other button: look into it, save nothing."""

    name: Annotated[str, Meta(min_length=1, max_length=100)]
    host: Host
    username: Line
    protocol: ProtocolName = "imap"
    port: Annotated[int, Meta(ge=1, le=65535)] | None = None
    security: Security = "tls"
    sign_in: Literal["password", "oauth"] = "password"
    password: Secret = ""
    provider: ProviderName = ""
    tenant: Annotated[str, Meta(pattern=r"^[A-Za-z0-9.-]{0,100}$")] = ""
    client_id: OptionalLine = ""
    client_secret: Secret = ""
    authorize_url: Address = ""
    token_url: Address = ""
    scope: Address = ""
    folder: OptionalLine = "INBOX"
    address: OptionalLine = ""
    backfill: Backfill = "unread"
    backfill_days: Annotated[int, Meta(ge=1, le=3650)] = 30
    after_fetch: AfterFetch = "leave"
    move_to: OptionalLine = ""
    is_active: bool = False
    only_try: bool = False

    def wanted(self) -> Wanted:
        said = structs.asdict(self)
        del said["only_try"]
        said["port"] = self.port or PORTS[self.protocol, self.security == "tls"]
        return Wanted(**said)


class Looked(Struct, frozen=True):
    """How a try went, in words; the folders are there to choose from."""

    works: bool
    said: str
    folders: list[str] = []


class Again(Struct):
    left_too: bool = False


class MailboxAdmin(Controller):
    """Mailboxes that letters are fetched from."""

    path = "/mailboxes"

    @get()
    async def mailboxes(self, actor: CurrentActor) -> Html:
        return page("mailroom/mailboxes.html", mailboxes=await queries.mailboxes(actor), config=config())

    @get("/new")
    async def new(self, preset: FromQuery[str] = "other") -> Html:
        _, known = PRESETS.get(preset, PRESETS["other"])
        return await _edit(None, filled(**(_defaults() | known)), preset=preset)

    @post("/new")
    async def add(self, actor: CurrentActor, request: Page) -> Html | Redirect:
        form = await read(request, MailboxForm)
        if form.data is None:
            return await _edit(None, form, status=422)
        try:
            if form.data.only_try:
                return await _edit(None, form, tried=await _tried(actor, form.data.wanted(), None))
            number = await mailboxes.add_mailbox(actor, form.data.wanted())
        except Invalid as refusal:
            return await _edit(None, form.refused(refusal), status=422)
        if form.data.sign_in == "oauth":
            return go(f"/admin/mailboxes/{number}", tell=gettext("Saved. Now give permission: press Connect."))
        return go("/admin/mailboxes", tell=gettext("Letters from %(name)s are fetched now.", name=form.data.name))

    @get("/{mailbox_id:int}")
    async def edit(self, actor: CurrentActor, mailbox_id: FromPath[int]) -> Html:
        box = await queries.mailbox(actor, mailbox_id)
        return await _show(actor, box, filled(**structs.asdict(box)))

    @post("/{mailbox_id:int}")
    async def change(self, actor: CurrentActor, mailbox_id: FromPath[int], request: Page) -> Html | Redirect:
        box = await queries.mailbox(actor, mailbox_id)
        form = await read(request, MailboxForm)
        if form.data is None:
            return await _show(actor, box, form, status=422)
        try:
            if form.data.only_try:
                return await _show(actor, box, form, tried=await _tried(actor, form.data.wanted(), mailbox_id))
            await mailboxes.change_mailbox(actor, mailbox_id, form.data.wanted())
        except Invalid as refusal:
            return await _show(actor, box, form.refused(refusal), status=422)
        return go(f"/admin/mailboxes/{mailbox_id}", tell=gettext("Saved."))

    @post("/{mailbox_id:int}/remove")
    async def remove(self, actor: CurrentActor, mailbox_id: FromPath[int]) -> Redirect:
        await mailboxes.remove_mailbox(actor, mailbox_id)
        return go("/admin/mailboxes", tell=gettext("Removed. Letters that came from it stay."))

    @post("/{mailbox_id:int}/fetch")
    async def fetch(self, actor: CurrentActor, mailbox_id: FromPath[int], request: Page) -> Redirect:
        form = await read(request, Again)
        assert form.data is not None
        await mailboxes.fetch_now(actor, mailbox_id, left_too=form.data.left_too)
        return go(f"/admin/mailboxes/{mailbox_id}", tell=gettext("It is being looked into now."))

    @get("/{mailbox_id:int}/fetches")
    async def fetches(
        self, actor: CurrentActor, mailbox_id: FromPath[int], after: FromQuery[str | None] = None
    ) -> Html:
        box = await queries.mailbox(actor, mailbox_id)
        return page("mailroom/fetches.html", box=box, found=await queries.fetches(actor, mailbox_id, after=after))

    @get("/{mailbox_id:int}/connect")
    async def connect(self, actor: CurrentActor, mailbox_id: FromPath[int]) -> Redirect:
        """On to the provider. A link and not a form: where forms lead is fenced in by our own pages (CSP)."""
        try:
            return Redirect(await mailboxes.begin_permission(actor, mailbox_id), status_code=HTTP_303_SEE_OTHER)
        except FetchFailed as failure:
            return go(f"/admin/mailboxes/{mailbox_id}", tell=str(failure), kind="danger")

    @get("/connected")
    async def connected(self, actor: CurrentActor, request: Page) -> Redirect:
        """Back from the provider, with a code or with its reason (RFC 6749, section 4.1.2)."""
        said = request.query_params
        try:
            number = await mailboxes.end_permission(actor, said.get("state", ""), said.get("code", ""))
        except FetchFailed as failure:
            why = said.get("error_description") or said.get("error") or ""
            return go("/admin/mailboxes", tell=f"{failure} {why[:300]}".strip(), kind="danger")
        return go(f"/admin/mailboxes/{number}", tell=gettext("Connected. Letters are fetched now."))


async def _show(
    actor: Actor, box: MailboxEntry, form: Form[MailboxForm], *, status: int = 200, tried: Looked | None = None
) -> Html:
    """A mailbox's page: how it is doing, and its settings."""
    return await _edit(
        box,
        form,
        status=status,
        tried=tried,
        fetches=(await queries.fetches(actor, box.id, most=LATEST)).items,
        left=await queries.left_letters(actor, box.id),
    )


async def _edit(
    box: MailboxEntry | None,
    form: Form[MailboxForm],
    *,
    status: int = 200,
    tried: Looked | None = None,
    preset: str = "",
    **more: Any,
) -> Html:
    addresses = [address for department in await all_departments() for address in department.addresses]
    return page(
        "mailroom/mailbox.html",
        status=status,
        box=box,
        form=form,
        tried=tried,
        addresses=addresses,
        presets=PRESETS,
        preset=preset,
        callback=oauth.callback_url(),
        **({"fetches": [], "left": []} | more),
    )


async def _tried(actor: Actor, wanted: Wanted, mailbox_id: int | None) -> Looked:
    """Whether a mailbox can be read, and what to say about it."""
    try:
        found = await mailboxes.try_mailbox(actor, wanted, mailbox_id)
    except FetchFailed as failure:
        return Looked(False, str(failure))
    said = ngettext("It works. There is %(n)s letter in it.", "It works. There are %(n)s letters in it.", found.count)
    return Looked(True, said, found.folders)


def _defaults() -> dict[str, object]:
    """What a new form says before anybody typed."""
    fields = structs.fields(MailboxForm)
    return {field.name: field.default for field in fields if not field.required} | {"is_active": True}
