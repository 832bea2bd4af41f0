"""Letters that came in: those that wait for an administrator, what may be wrong with them, and another try."""

from typing import Annotated

from litestar import Controller, Response, get, post
from litestar.response import Redirect
from msgspec import Meta, Struct, structs

from helpdesk.core.actor import Actor
from helpdesk.departments.queries import all_departments
from helpdesk.i18n.catalogue import gettext, ngettext, phrase
from helpdesk.mail import actions, queries
from helpdesk.mail.doors.receive import raw_bytes
from helpdesk.mail.queries import InboundState
from helpdesk.mail.reading.correction import Correction
from helpdesk.mail.reading.fence import parse_fenced
from helpdesk.mailroom import flood
from helpdesk.mailroom.outgoing import as_letter
from helpdesk.web.actor import CurrentActor, FromPath, FromQuery, Page
from helpdesk.web.forms import Email, Form, OptionalBody, OptionalLine, filled, options, read
from helpdesk.web.render import Html, go, page

LONGEST_WORDS = 100_000
"""Characters of a letter's words that its form offers to be corrected."""

OptionalSubject = Annotated[str, Meta(max_length=1000)]


class Release(Struct):
    as_ticket: bool = False


class Flood(Struct):
    """Whose waiting letters are decided about."""

    sender: Annotated[str, Meta(max_length=321)]
    is_for_ever: bool = False


class Corrected(Struct):
    """What the letter should have said; what is left as it was read changes nothing."""

    sender: Email
    sender_name: OptionalLine = ""
    department: int = 0
    subject: OptionalSubject = ""
    text: OptionalBody = ""

    def against(self, read_as: Correction) -> Correction:
        """Only what differs from what was read."""
        said = structs.asdict(self)
        same = {name for name, value in said.items() if str(value).split() == str(getattr(read_as, name)).split()}
        if {"sender", "sender_name"} - same:
            same -= {"sender", "sender_name"}  # a name without its address would be nobody's
        return Correction(**{name: value for name, value in said.items() if name not in same})


class LetterAdmin(Controller):
    """Letters that came in and became no ticket, each with the reason."""

    path = "/letters"

    @get()
    async def letters(
        self, actor: CurrentActor, view: FromQuery[InboundState] = "held", after: FromQuery[str | None] = None
    ) -> Html:
        found = await queries.letters(actor, view, after=after)
        floods = await flood.waiting(actor) if view == "held" else []
        return page("mailroom/letters.html", found=found, view=view, counts=await queries.counts(actor), floods=floods)

    @post("/floods/let-in")
    async def let_in(self, actor: CurrentActor, request: Page) -> Redirect:
        form = await read(request, Flood)
        if form.data is None:
            return go("/admin/letters")
        count = await flood.let_in(actor, form.data.sender, is_for_ever=form.data.is_for_ever)
        tell = ngettext("%(n)s letter is being sorted.", "%(n)s letters are being sorted.", count)
        return go("/admin/letters", tell=tell)

    @post("/floods/refuse")
    async def refuse(self, actor: CurrentActor, request: Page) -> Redirect:
        form = await read(request, Flood)
        if form.data is None:
            return go("/admin/letters")
        count = await flood.refuse(actor, form.data.sender)
        tell = ngettext("%(n)s letter is set aside.", "%(n)s letters are set aside.", count)
        return go("/admin/letters", tell=tell)

    @get("/{inbound:int}")
    async def letter(self, actor: CurrentActor, inbound: FromPath[int]) -> Html:
        letter, source = await queries.letter(actor, inbound)
        is_corrected = await queries.correction_of(actor, inbound) != Correction()
        return page("mailroom/letter.html", letter=letter, source=source, is_corrected=is_corrected)

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

    @get("/{inbound:int}/correct")
    async def correct_form(self, actor: CurrentActor, inbound: FromPath[int]) -> Html:
        said = await _read_as(actor, inbound)
        before = structs.asdict(await queries.correction_of(actor, inbound))
        return await _form(actor, inbound, filled(**structs.asdict(said) | {k: v for k, v in before.items() if v}))

    @post("/{inbound:int}/correct")
    async def correct(self, actor: CurrentActor, inbound: FromPath[int], request: Page) -> Html | Redirect:
        form = await read(request, Corrected)
        if form.data is None:
            return await _form(actor, inbound, form, status=422)
        await actions.correct(actor, inbound, form.data.against(await _read_as(actor, inbound)))
        return go("/admin/letters", tell=gettext("The letter is being sorted again."))


async def _read_as(actor: Actor, inbound: int) -> Correction:
    """What the letter says by itself."""
    await queries.letter(actor, inbound)
    letter = await parse_fenced(await raw_bytes(inbound) or b"")
    return Correction(
        sender=letter.sender.email,
        sender_name=letter.sender.name[:200],
        subject=letter.subject[:1000],
        text=letter.text[:LONGEST_WORDS],
    )


async def _form(actor: Actor, inbound: int, form: Form[Corrected], *, status: int = 200) -> Html:
    letter, _ = await queries.letter(actor, inbound)
    departments = [(0, phrase("As it is addressed")), *((one.id, one.name) for one in await all_departments())]
    return page("mailroom/correct.html", status=status, letter=letter, form=form, departments=options(departments))
