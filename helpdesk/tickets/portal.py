"""A customer's own requests: filing one, following it, answering, saying that it is solved."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

from litestar import Controller, get, post
from litestar.datastructures import Cookie, FormMultiDict, UploadFile
from litestar.response import File, Redirect
from markupsafe import escape
from msgspec import Struct, structs

from helpdesk.core.actor import SYSTEM, Actor
from helpdesk.core.config import config
from helpdesk.core.errors import Invalid, NotFound
from helpdesk.departments.queries import department as department_entry
from helpdesk.files.serve import download
from helpdesk.i18n.catalogue import gettext, phrase
from helpdesk.i18n.reader import LANGUAGES
from helpdesk.people.actions import recognise
from helpdesk.people.queries import actor_of
from helpdesk.settings import store
from helpdesk.settings.joining import JoiningSettings
from helpdesk.tickets import actions, continuing, deadlines, joining, private, queries, requesting, rules, uploads
from helpdesk.tickets.access import Condition
from helpdesk.tickets.fields import answers
from helpdesk.tickets.fields import queries as fields
from helpdesk.tickets.queries import MessageRow
from helpdesk.tickets.said import File as SentFile
from helpdesk.tickets.said import typed
from helpdesk.tickets.tables import Ticket
from helpdesk.web.actor import CurrentActor, FromPath, FromQuery, Page
from helpdesk.web.addresses import moved, number_in
from helpdesk.web.forms import Body, Email, Form, Line, OptionalBody, OptionalLine, filled, read
from helpdesk.web.guards import SignInFirst
from helpdesk.web.language import localised
from helpdesk.web.limits import limit
from helpdesk.web.render import Html, go, page, part
from helpdesk.web.visit import visiting

COOKIE: Final = "guest"
"""The key of a private link, in the browser of whom it let in."""
TABS = {"turn": ("pending",), "open": ("new", "open", "hold"), "done": rules.DONE}


class Request(Struct):
    """A request by somebody who is signed in."""

    subject: Line
    body: Body
    topic: OptionalLine = ""
    department: int | None = None
    impact: Literal["blocked", "slow", "ask"] = "ask"
    files: list[UploadFile] = []
    kept: list[str] = []
    after: OptionalLine = ""
    website: OptionalLine = ""
    """Nobody sees this field; whoever fills it in is a machine."""
    act: OptionalLine = ""
    """`fields` shows what the topic or department asks, and files nothing yet."""


class GuestRequest(Request, kw_only=True):
    """A request by a visitor, who says who they are."""

    name: Line
    email: Email


class Answer(Struct):
    """A customer's next message; `do` says whether that settles it."""

    body: OptionalBody = ""
    do: Literal["reply", "solve"] = "reply"
    files: list[UploadFile] = []


class Somebody(Struct):
    """Who is to get copies."""

    email: Email


PRIORITY = {"blocked": "high", "slow": "normal", "ask": "normal"}


class RequestPages(Controller):
    path = "/help/requests"
    include_in_schema = False

    @get()
    async def mine(self, actor: CurrentActor, tab: FromQuery[str] = "", after: FromQuery[str] = "") -> Html:
        """Their requests, those that wait for them first."""
        if not actor.is_signed_in:
            raise SignInFirst()
        condition: Condition = Ticket.requester == actor.id
        if tab in TABS:
            condition = condition & Ticket.status.is_in(list(TABS[tab]))
        tickets = await queries.newest(actor, condition, after=after or None)
        return page("tickets/portal/mine.html", tickets=tickets, tab=tab)

    @get("/new")
    async def new(
        self,
        actor: CurrentActor,
        after: FromQuery[str] = "",
        q: FromQuery[str] = "",
        topic: FromQuery[str] = "",
        department: FromQuery[str] = "",
    ) -> Html:
        known = filled(subject=q, after=after, topic=topic or (requesting.ELSE if department else ""))
        known.values["department"] = department
        return await _form_page(known)

    @get("/new/{topic:str}")
    async def new_about(self, actor: CurrentActor, topic: FromPath[str]) -> Html | Redirect:
        """The form of one topic. Raises NotFound for one that customers cannot choose."""
        asked = await requesting.asks(number_in(topic), "")
        if asked.topic is None:
            raise NotFound()
        return moved(topic, asked.topic.address) or await _form_page(filled(topic=asked.topic.id, department=""))

    @post("/new")
    async def open(self, actor: CurrentActor, request: Page) -> Html | Redirect:
        form: Form[GuestRequest] | Form[Request]
        form = await read(request, Request if actor.is_signed_in else GuestRequest)
        asked, came = await requesting.asks(form.values["topic"], form.values["department"]), await _sent(request)
        given, files = await requesting.filled(came, asked.lines), uploads.again(form.values["kept"])
        wrong: Mapping[str, object] = {}
        try:
            files += await uploads.keep([one for one in form.values["files"] if requesting.is_file(one)], len(files))
        except Invalid as refusal:
            wrong = refusal.errors
        form.values |= await requesting.shown_again(came, asked.lines, given)
        if form.values["act"] == "fields":
            return await _form_page(Form(form.values, {**wrong, **given.errors}), files=files)
        try:
            _check_place(asked, form.values)
            await requesting.check(asked.lines, given)
        except Invalid as refusal:
            wrong = {**wrong, **refusal.errors}
        if form.data is None or wrong:
            return await _form_page(form.refused(Invalid(wrong)), 422, files=files)
        limit("request", visiting.get().address, most=10, seconds=600)
        if form.data.website:
            return go("/help/requests/sent")
        try:
            number = await _open(actor, form.data, asked, given, files)
        except Invalid as refusal:
            return await _form_page(form.refused(refusal), 422, files=files)
        if actor.is_signed_in:
            return go(f"/help/requests/{number}", tell=gettext("We have your request. You will hear from us."))
        return go("/help/requests/sent")

    @post("/new/fields", status_code=200)
    async def asks(self, request: Page) -> Html:
        """What a topic or department asks, as a part of the form, with what was typed so far."""
        came = await _sent(request)
        asked = await requesting.asks(came.get("topic"), came.get("department"))
        values = await requesting.shown_again(came, asked.lines, await requesting.filled(came, asked.lines))
        values |= {"department": asked.department, "impact": came.get("impact", "ask")}
        return part("tickets/portal/_fields.html", form=Form(values), asked=asked)

    @get("/sent")
    async def sent(self) -> Html:
        return page("tickets/portal/sent.html")

    @get("/{ticket_id:int}")
    async def show(
        self, actor: CurrentActor, ticket_id: FromPath[int], request: Page, key: FromQuery[str] = ""
    ) -> Html | Redirect:
        if key:
            return await let_in(ticket_id, key)
        reader = await reader_of(actor, ticket_id, request)
        if not is_guest(reader) and (place := await queries.place(ticket_id)) != ticket_id:
            return go(address(place))
        return await _show(reader, ticket_id)

    @post("/{ticket_id:int}")
    async def answer(self, actor: CurrentActor, ticket_id: FromPath[int], request: Page) -> Html | Redirect:
        reader = await reader_of(actor, ticket_id, request)
        limit("answer", visiting.get().address, most=30, seconds=600)
        form = await read(request, Answer)
        if form.data is None:
            return await _show(reader, ticket_id, form)
        solved = form.data.do == "solve"
        said = None
        try:
            if form.data.body or form.data.files:
                said = typed(form.data.body, channel="web", files=await uploads.keep(form.data.files))
            elif not solved:
                raise Invalid({"body": phrase("This cannot be left empty.")})
            answered = await continuing.answer_or_solve(reader, ticket_id, said, solved=solved)
        except Invalid as refusal:
            return await _show(reader, ticket_id, form.refused(refusal))
        if answered is not None and answered.is_elsewhere:
            return _elsewhere(reader, ticket_id, answered.ticket)
        return go(
            address(ticket_id) + ("#rate" if solved else "#latest"),
            tell=gettext("Good to hear. The request is closed.") if solved else gettext("Your answer is with us."),
        )

    @post("/{ticket_id:int}/people")
    async def add_person(self, actor: CurrentActor, ticket_id: FromPath[int], request: Page) -> Html | Redirect:
        reader = await reader_of(actor, ticket_id, request)
        limit("people", visiting.get().address, most=10, seconds=600)
        form = await read(request, Somebody)
        if form.data is None:
            return await _show(reader, ticket_id, adding=form)
        try:
            await joining.let_join(reader, await queries.place(ticket_id), form.data.email)
        except Invalid as refusal:
            return await _show(reader, ticket_id, adding=form.refused(refusal))
        told = gettext("%(email)s gets copies of our answers from now on.", email=form.data.email)
        return go(address(ticket_id), tell=told)

    @post("/{ticket_id:int}/people/{person_id:int}/remove")
    async def remove_person(
        self, actor: CurrentActor, ticket_id: FromPath[int], person_id: FromPath[int], request: Page
    ) -> Redirect:
        reader = await reader_of(actor, ticket_id, request)
        await actions.remove_participant(reader, await queries.place(ticket_id), person_id)
        return go(address(ticket_id), tell=gettext("They take part no longer."))

    @post("/{ticket_id:int}/links/stop")
    async def stop_links(self, actor: CurrentActor, ticket_id: FromPath[int], request: Page) -> Redirect:
        reader = await reader_of(actor, ticket_id, request)
        await private.stop(reader, ticket_id)
        told = gettext("The private links are stopped.")
        if is_guest(reader):  # whose next page is the one to sign in on
            told = gettext("The private links are stopped. With your email address you can still read the request.")
        return go(address(ticket_id), tell=told)

    @get("/{ticket_id:int}/files/{file_id:int}")
    async def file(self, actor: CurrentActor, ticket_id: FromPath[int], file_id: FromPath[int], request: Page) -> File:
        row = await queries.file(await reader_of(actor, ticket_id, request), file_id)
        return download(row.sha256, row.filename, row.content_type)


async def let_in(ticket_id: int, key: str, below: str = "") -> Html | Redirect:
    """
    From a private link to the page it is for, at an address without the key, which a cookie bears from here on.

    So the key stands in no history, no Referer and no link that somebody copies. The cookie goes to this request's
    pages only, and ends with the browser.
    """
    if not await private.opens(key, ticket_id):
        answer: Html | Redirect = page("tickets/portal/ended.html", status=404, onward=address(ticket_id))
    else:
        answer = go(address(ticket_id, below))
        for lang in LANGUAGES:
            path = localised(address(ticket_id), lang)
            answer.cookies.append(
                Cookie(key=COOKIE, value=key, path=path, httponly=True, samesite="lax", secure=config().is_secure)
            )
    answer.headers |= {"Referrer-Policy": "no-referrer", "Cache-Control": "no-store"}
    return answer


async def reader_of(actor: Actor, ticket_id: int, request: Page) -> Actor:
    """
    Who reads this request: the person signed in, else the guest whose browser came by a private link.

    Somebody who is signed in and may read it is themselves, whatever link they came by.
    """
    key = request.cookies.get(COOKIE, "")
    if not key or (actor.is_signed_in and await queries.is_visible(actor, await queries.place(ticket_id))):
        if not actor.is_signed_in:
            raise SignInFirst()
        return actor
    if await private.opens(key, ticket_id):
        return await guest(ticket_id)
    if not actor.is_signed_in:
        raise SignInFirst()
    return actor


def is_guest(reader: Actor) -> bool:
    return reader.only_ticket is not None


async def guest(ticket_id: int) -> Actor:
    """The requester of a ticket, as a guest who sees nothing else than that ticket, or what it was merged into."""
    ticket = await queries.get(SYSTEM, ticket_id)
    person = await actor_of(ticket.requester)
    return Actor(
        id=person.id,
        name=person.name,
        email=person.email,
        role="customer",
        lang=person.lang,
        tz=person.tz,
        only_ticket=await queries.place(ticket_id),
    )


async def _sent(request: Page) -> FormMultiDict:
    """What was sent of a new request; with files, which are kept at once, not too often."""
    came = await request.form()
    if any(requesting.is_file(one) for one in came.values()):
        limit("upload", visiting.get().address, most=30, seconds=600)
    return came


def _check_place(asked: requesting.Asks, values: Mapping[str, Any]) -> None:
    """Raises Invalid for a request that does not say what it is about, or where it goes."""
    if asked.topics and asked.topic is None and values["topic"] != requesting.ELSE:
        empty = phrase("This cannot be left empty.")
        raise Invalid({"topic": phrase("Choose one of the values offered.") if values["topic"] else empty})
    if asked.topic is None and not values["department"]:
        raise Invalid({"department": phrase("This cannot be left empty.")})


async def _open(
    actor: Actor, new: Request, asked: requesting.Asks, given: requesting.Filled, files: tuple[SentFile, ...]
) -> int:
    """File the request, for a visitor under the address they gave."""
    said = typed(new.body, channel="web", files=(*files, *given.sent), subject=new.subject)
    lang = visiting.get().lang
    asker = actor
    if isinstance(new, GuestRequest):
        asker = await recognise(new.name, new.email, lang=lang)
    return await actions.open(
        asker,
        said,
        subject=new.subject,
        department=new.department,
        topic=asked.topic.id if asked.topic else None,
        priority=PRIORITY[new.impact] if asked.asks_impact else "",
        came_from=new.after[:60],
        lang=lang,
        fields=given.wanted,
    )


async def _form_page(form: Form[Any], status: int = 200, *, files: Sequence[SentFile] = ()) -> Html:
    """The form, with `files` that came with it once already."""
    asked = await requesting.asks(form.values.get("topic", ""), form.values.get("department", ""))
    form.values["impact"] = form.values.get("impact") or "ask"
    return page(
        "tickets/portal/new.html",
        status=status,
        form=form,
        asked=asked,
        kept=[(uploads.ticket_for(file), file.filename) for file in files],
        has_fields=any(one.is_public and not one.archived_at for one in (await fields.everything()).values()),
    )


async def _show(
    reader: Actor, ticket_id: int, form: Form[Answer] | None = None, *, adding: Form[Somebody] | None = None
) -> Html:
    thread = await queries.thread(reader, await queries.place(ticket_id))
    public = [message for message in thread.messages if message.kind == "reply"]
    if is_guest(reader):
        public = [_with_pictures(message, ticket_id) for message in public]
    is_mine = thread.ticket.requester == reader.id
    answer = page(
        "tickets/portal/show.html",
        status=422 if form or adding else 200,
        form=form,
        adding=adding,
        thread=thread,
        ticket=thread.ticket,
        number=ticket_id,
        messages=public,
        department=await department_entry(thread.ticket.department),
        reader=reader,
        is_mine=is_mine,
        goes_on=await continuing.is_over(thread.ticket),
        promise=await deadlines.told(thread.ticket, thread.deadlines),
        may_add=is_mine and (await store.get(JoiningSettings)).copies != "nobody",
        links=await private.working(ticket_id) if is_mine else 0,
        action=address(ticket_id),
        about=await requesting.shown_topic(thread.ticket.topic),
        fields=await answers.public(thread.ticket.id),
        file_place=localised(address(ticket_id, "/files/")),
    )
    answer.headers["Referrer-Policy"] = "same-origin"
    return answer


def _elsewhere(reader: Actor, ticket_id: int, number: int) -> Redirect:
    """Where somebody finds what they wrote on a request that is over; a guest stays, and hears of it by letter."""
    told = gettext(
        "This request has been closed for long, so your message is the new request #%(number)s.", number=number
    )
    return go(address(ticket_id if is_guest(reader) else number), tell=told)


def _with_pictures(message: MessageRow, ticket_id: int) -> MessageRow:
    """The message with the pictures in its text where a guest may fetch them: among the request's files."""
    html, quoted = message.html, message.quoted_html
    for file in message.files:
        mine = escape(localised(address(ticket_id, f"/files/{file.id}")))
        html = html.replace(f'"/pictures/{file.sha256}"', f'"{mine}"')
        quoted = quoted.replace(f'"/pictures/{file.sha256}"', f'"{mine}"')
    return structs.replace(message, html=html, quoted_html=quoted)


def address(ticket_id: int, below: str = "") -> str:
    """Where a request's page is, or one `below` it."""
    return f"/help/requests/{ticket_id}{below}"
