"""The desk: queues and tickets, for agents."""

import math
from collections.abc import Sequence
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from litestar import Controller, get, post
from litestar.datastructures import UploadFile
from litestar.response import File as Download
from litestar.response import Redirect
from msgspec import Meta, Struct, structs

from helpdesk.core.actor import Actor
from helpdesk.core.clock import now
from helpdesk.core.errors import Conflict, Invalid
from helpdesk.departments.queries import all_departments, colleagues
from helpdesk.departments.signing import signature
from helpdesk.files.serve import download
from helpdesk.i18n.catalogue import gettext, phrase
from helpdesk.i18n.reader import Reader, reading
from helpdesk.people import phones
from helpdesk.people.actions import recognise
from helpdesk.settings import store
from helpdesk.settings.site import SiteSettings
from helpdesk.tickets import (
    access,
    actions,
    composing,
    deadlines,
    following,
    handing_over,
    linking,
    merging,
    promising,
    queries,
    recipients,
    rules,
    snoozing,
    undo,
    unsent,
    uploads,
    views,
    work,
)
from helpdesk.tickets.canned import queries as canned_queries
from helpdesk.tickets.canned.queries import Canned
from helpdesk.tickets.drafts import presence
from helpdesk.tickets.drafts import queries as drafts
from helpdesk.tickets.fields import answers, asking
from helpdesk.tickets.fields import queries as fields
from helpdesk.tickets.fields.forms import sent
from helpdesk.tickets.fields.forms import typed as asked
from helpdesk.tickets.fields.queries import FieldEntry
from helpdesk.tickets.history import current, timeline
from helpdesk.tickets.queries import Thread
from helpdesk.tickets.rules import Priority, Status
from helpdesk.tickets.said import File, Said, typed
from helpdesk.tickets.side import queries as sides
from helpdesk.tickets.side.actions import Chosen, Wanted
from helpdesk.topics import queries as topics
from helpdesk.web.actor import CurrentActor, FromPath, FromQuery, Page
from helpdesk.web.forms import Body, Email, Form, Line, OptionalBody, OptionalLine, filled, read
from helpdesk.web.render import Html, go, page, part


class Composed(Struct):
    """
    What the composer sends: a reply, a note, or what is passed on to a third party, with files, and what becomes of
    the ticket.

    `heard` are the ticked recipients and `add` more of them, if the form has `chips` at all; `sure` names
    those the agent was warned of. `kept` stands for files of a form that came back, `canned` for the
    canned replies that it is made of. `seen` is the newest message the page showed. `later` and `at` say when an
    answer goes out, as `snoozing.moment` reads them. `to`, `about`, `quote` and `file` are the addresses, the subject,
    and the ids of messages and files of what is passed on; `hold`: the ticket waits for it.
    """

    body: Body
    mode: Literal["reply", "note", "forward"] = "reply"
    then: Status | None = None
    files: list[UploadFile] = []
    to: Annotated[str, Meta(max_length=2000)] = ""
    about: OptionalLine = ""
    quote: list[int] = []
    file: list[int] = []
    hold: bool = False
    chips: bool = False
    heard: list[str] = []
    add: Annotated[str, Meta(max_length=2000)] = ""
    sure: list[str] = []
    kept: list[str] = []
    canned: list[int] = []
    seen: int | None = None
    later: Literal["later", "tomorrow", "monday", "own"] | None = None
    at: OptionalLine = ""


class Unfinished(Composed):
    """The same while it is being written; `pick` is the canned reply to put in."""

    body: OptionalBody = ""
    pick: int = 0


class NewTicket(Struct):
    """A ticket that an agent writes down for a customer, after a call or a visit."""

    email: Email
    subject: Line
    body: Body
    topic: int | None = None
    department: int | None = None
    name: OptionalLine = ""
    priority: OptionalLine = ""
    files: list[UploadFile] = []
    act: OptionalLine = ""
    """`fields` shows the fields of the topic and department, and opens nothing yet."""


class Assignment(Struct):
    assignee: int | None = None


class Move(Struct):
    department: int


class About(Struct):
    topic: int | None = None


class NewStatus(Struct):
    status: Status


class NewPriority(Struct):
    priority: Priority


class NewTag(Struct):
    tag: Annotated[str, Meta(min_length=1, max_length=rules.LONGEST_TAG)]


class QueuePages(Controller):
    """Lists of tickets."""

    path = "/"

    @get()
    async def first(self, actor: CurrentActor, q: FromQuery[str] = "") -> Redirect:
        """Where the day begins; with words from the palette, whatever they find."""
        if number := views.number_in(q):
            return go(f"/desk/tickets/{number}")
        return go(f"/desk/queues/all?{urlencode({'q': q})}" if q else f"/desk/queues/{views.FIRST}")

    @get("/queues/{key:str}")
    async def show(
        self,
        actor: CurrentActor,
        key: FromPath[str],
        request: Page,
        q: FromQuery[str] = "",
        status: FromQuery[str] = "",
        priority: FromQuery[str] = "",
        department: FromQuery[str] = "",
        after: FromQuery[str] = "",
    ) -> Html:
        view = await views.find(actor, key)
        chosen = views.Filter(
            q.strip(), status, priority, int(department) if department.isdecimal() and len(department) < 10 else None
        )
        tickets = await queries.listed(actor, views.condition(actor, view, chosen), view.order, after=after or None)
        kept = {name: value for name, value in request.query_params.items() if value and name != "after"}
        departments = await all_departments()
        known = await fields.everything()
        own = [known[one] for one in map(asking.id_in, view.columns) if one is not None and one in known]
        template = part if request.headers.get("hx-request") else page
        return template(
            "tickets/_queue.html" if request.headers.get("hx-request") else "tickets/queue.html",
            view=view,
            chosen=chosen,
            tickets=tickets,
            departments=departments,
            places={department.id: department.name for department in departments},
            topics=await topics.everything(),
            own=own,
            cells=await answers.cells([row.id for row in tickets.items], [one.id for one in own]),
            kept=urlencode(kept),
            here=f"/desk/queues/{key}" + (f"?{urlencode(kept)}" if kept else ""),
            next_url=f"/desk/queues/{key}?" + urlencode({**kept, "after": tickets.next}) if tickets.next else "",
            is_first_page=not after,
        )


class TicketPages(Controller):
    """One ticket."""

    path = "/tickets"

    @get("/new")
    async def new(self, actor: CurrentActor) -> Html:
        return await _new(None)

    @post("/new/fields", status_code=200)
    async def asks(self, request: Page) -> Html:
        """The fields of a topic and a department, as a part of the form, with what was typed so far."""
        came = await request.form()
        entries = await _asks(came.get("topic"), came.get("department"))
        return part("tickets/fields/_new.html", entries=entries, form=asked(sent(came, entries)))

    @post("/new")
    async def open(self, actor: CurrentActor, request: Page) -> Html | Redirect:
        form = await read(request, NewTicket)
        wanted = sent(await request.form(), await _asks(form.values["topic"], form.values["department"]))
        form.values |= asked(wanted).values
        if form.values["act"] == "fields":
            return await _new(Form(form.values))
        if form.data is not None:
            try:
                number = await _open_for(actor, form.data, wanted)
            except Invalid as refusal:
                form = form.refused(refusal)
            else:
                return await _to(actor, number)
        return await _new(form, 422)

    @get("/{ticket_id:int}")
    async def show(
        self, actor: CurrentActor, ticket_id: FromPath[int], alone: FromQuery[bool] = False
    ) -> Html | Redirect:
        """The ticket. One that was merged leads to the other, unless it is wanted `alone`."""
        place = ticket_id if alone else await queries.place(ticket_id)
        if place != ticket_id and await queries.is_visible(actor, place):
            tell = gettext("#%(number)s was merged into this ticket.", number=ticket_id)
            return go(f"/desk/tickets/{place}", tell=tell)
        return await _show(actor, ticket_id)

    @get("/{ticket_id:int}/thread")
    async def thread(self, actor: CurrentActor, ticket_id: FromPath[int]) -> Html:
        return part("tickets/_thread.html", **await _shown(actor, ticket_id))

    @get("/{ticket_id:int}/aside")
    async def aside(self, actor: CurrentActor, ticket_id: FromPath[int]) -> Html:
        return part("tickets/_aside.html", **await _shown(actor, ticket_id))

    @get("/{ticket_id:int}/messages")
    async def signed_in_again(self, actor: CurrentActor, ticket_id: FromPath[int]) -> Redirect:
        """Where whoever had to sign in before something was sent goes on, with what the browser kept."""
        await queries.ticket_facts(actor, ticket_id)
        return go(f"/desk/tickets/{ticket_id}")

    @post("/{ticket_id:int}/messages")
    async def say(self, actor: CurrentActor, ticket_id: FromPath[int], request: Page) -> Html | Redirect:
        form = await read(request, Composed)
        if form.data is None:
            return await _show(actor, ticket_id, form)
        composed, files = form.data, uploads.again(form.data.kept)
        try:
            files += await uploads.keep(composed.files)
            newer = await composing.since(actor, ticket_id, composed.seen)
            if newer:
                return await _show(actor, ticket_id, form, files=files, newer=newer, status=409)
            if composed.mode == "forward":
                hold = (await store.get(unsent.SendingSettings)).undo_seconds
                side = await _forward(actor, ticket_id, composed, files, hold)
                told = "" if hold else gettext("It is on its way to the third party. The customer does not see it.")
                return go(f"/desk/tickets/{ticket_id}#side-{side}", tell=told)
            said = typed(composed.body, channel="web", files=files)
            if composed.mode == "note":
                message = await composing.note(actor, ticket_id, said, made_of=composed.canned)
                told = gettext("The note is kept. Only colleagues see it.")
            else:
                hold = await _hold_seconds(composed)
                message = await _answer(actor, ticket_id, composed, said, hold)
                told = "" if hold else gettext("Your reply is on its way.")
        except Invalid as refusal:
            unsure = refusal.addresses if isinstance(refusal, recipients.Unsure) else ()
            return await _show(actor, ticket_id, form.refused(refusal), files=files, unsure=unsure)
        if not await queries.is_visible(actor, ticket_id):
            return await _to(actor, ticket_id)
        views.forget_counts()
        return go(f"/desk/tickets/{ticket_id}#message-{message}", tell=told)

    @post("/{ticket_id:int}/insert", status_code=200)
    async def insert(self, actor: CurrentActor, ticket_id: FromPath[int], request: Page) -> Html | Redirect:
        """Put a canned reply into what is being written. One without words is done to the ticket at once."""
        form = await read(request, Unfinished)
        picked = await composing.pick(actor, ticket_id, form.data.pick if form.data else 0)
        if not await queries.is_visible(actor, ticket_id):
            return await _to(actor, ticket_id)
        views.forget_counts()
        if picked is not None and picked.words:
            form = _put_in(form, picked)
        return await _show(actor, ticket_id, form, files=await _files(form), status=200)

    @post("/{ticket_id:int}/look", status_code=200)
    async def look(self, actor: CurrentActor, ticket_id: FromPath[int], request: Page) -> Html:
        """How what is being written will look: a part of the composer, without JavaScript the page with it."""
        await work.worked(actor, ticket_id)
        form = await read(request, Unfinished)
        html = typed(str(form.values["body"]), channel="web").html
        if "hx-request" in request.headers:
            return part("tickets/_looked.html", looked_html=html)
        return await _show(actor, ticket_id, form, files=await _files(form), looked_html=html, status=200)

    @post("/{ticket_id:int}/messages/{message:int}/undo")
    async def take_back(self, actor: CurrentActor, ticket_id: FromPath[int], message: FromPath[int]) -> Redirect:
        try:
            await unsent.take_back(actor, ticket_id, message)
        except Conflict as refusal:
            return go(f"/desk/tickets/{ticket_id}", tell=refusal, kind="warn")
        return go(f"/desk/tickets/{ticket_id}", tell=gettext("It is not sent. You can go on writing."))

    @post("/{ticket_id:int}/messages/{message:int}/send-again")
    async def send_again(self, actor: CurrentActor, ticket_id: FromPath[int], message: FromPath[int]) -> Redirect:
        await actions.send_again(actor, ticket_id, message)
        return go(f"/desk/tickets/{ticket_id}#message-{message}", tell=gettext("It is sent again now."))

    @post("/{ticket_id:int}/assignee")
    async def assign(self, actor: CurrentActor, ticket_id: FromPath[int], request: Page) -> Redirect:
        form = await read(request, Assignment)
        if form.data is not None:
            await actions.assign(actor, ticket_id, form.data.assignee)
        return await _back(actor, ticket_id, form)

    @post("/{ticket_id:int}/take")
    async def take(self, actor: CurrentActor, ticket_id: FromPath[int]) -> Redirect:
        await actions.assign(actor, ticket_id, actor.id)
        return await _back(actor, ticket_id)

    @post("/{ticket_id:int}/department")
    async def move(self, actor: CurrentActor, ticket_id: FromPath[int], request: Page) -> Redirect:
        form = await read(request, Move)
        if form.data is None:
            return await _back(actor, ticket_id, form)
        await actions.move(actor, ticket_id, form.data.department)
        return await _to(actor, ticket_id)

    @post("/{ticket_id:int}/topic")
    async def set_topic(self, actor: CurrentActor, ticket_id: FromPath[int], request: Page) -> Redirect:
        form = await read(request, About)
        try:
            if form.data is not None:
                await actions.set_topic(actor, ticket_id, form.data.topic)
        except Invalid as refusal:
            form = form.refused(refusal)
        return await _back(actor, ticket_id, form)

    @post("/{ticket_id:int}/status")
    async def set_status(self, actor: CurrentActor, ticket_id: FromPath[int], request: Page) -> Redirect:
        form = await read(request, NewStatus)
        if form.data is not None:
            try:
                await actions.set_status(actor, ticket_id, form.data.status)
            except Invalid as refusal:
                form = form.refused(refusal)
        return await _back(actor, ticket_id, form)

    @post("/{ticket_id:int}/priority")
    async def set_priority(self, actor: CurrentActor, ticket_id: FromPath[int], request: Page) -> Redirect:
        form = await read(request, NewPriority)
        if form.data is not None:
            try:
                await actions.set_priority(actor, ticket_id, form.data.priority)
            except Invalid as refusal:
                form = form.refused(refusal)
        return await _back(actor, ticket_id, form)

    @post("/{ticket_id:int}/tags")
    async def tag(self, actor: CurrentActor, ticket_id: FromPath[int], request: Page) -> Redirect:
        form = await read(request, NewTag)
        if form.data is not None:
            await actions.tag(actor, ticket_id, form.data.tag)
        return await _back(actor, ticket_id, form)

    @post("/{ticket_id:int}/tags/remove")
    async def untag(self, actor: CurrentActor, ticket_id: FromPath[int], request: Page) -> Redirect:
        form = await read(request, NewTag)
        if form.data is not None:
            await actions.untag(actor, ticket_id, form.data.tag)
        return await _back(actor, ticket_id, form)

    @post("/{ticket_id:int}/messages/{message:int}/split")
    async def split(self, actor: CurrentActor, ticket_id: FromPath[int], message: FromPath[int]) -> Redirect:
        """Make a message a ticket of its own."""
        number = await linking.split(actor, message)
        views.forget_counts()
        return go(f"/desk/tickets/{number}", tell=gettext("This is a ticket of its own now."))

    @get("/{ticket_id:int}/files/{file_id:int}")
    async def file(self, actor: CurrentActor, ticket_id: FromPath[int], file_id: FromPath[int]) -> Download:
        row = await queries.file(actor, file_id)
        return download(row.sha256, row.filename, row.content_type)


class CustomerTickets(Controller):
    """A customer's tickets, as a part of pages that other rooms make."""

    path = "/customers/{person_id:int}/tickets"

    @get()
    async def of_customer(self, actor: CurrentActor, person_id: FromPath[int], but: FromQuery[int] = 0) -> Html:
        tickets = await queries.of_requester(actor, person_id, but=but)
        return part("tickets/_of_customer.html", tickets=tickets, but=but)


async def _hold_seconds(composed: Composed) -> int:
    """How long an answer is held back: until the moment that was chosen, else as long as it can be taken back."""
    if composed.later is None:
        return (await store.get(unsent.SendingSettings)).undo_seconds
    until = snoozing.moment(composed.later, composed.at, now(), reading.get().tz)
    return math.ceil((until - now()).total_seconds())


async def _answer(actor: Actor, ticket_id: int, composed: Composed, said: Said, hold_seconds: int) -> int:
    """Reply to those whom the composer shows as recipients; to everybody who takes part where it shows none."""
    chips = None
    if composed.chips:
        thread = await queries.thread(actor, ticket_id)
        chips = await recipients.chosen(thread, composed.heard, composed.add)
    return await composing.reply(
        actor,
        ticket_id,
        said,
        chips=chips,
        sure=composed.sure,
        then=composed.then,
        made_of=composed.canned,
        hold_seconds=hold_seconds,
        is_choice=True,
    )


async def _forward(actor: Actor, ticket_id: int, composed: Composed, files: Sequence[File], hold_seconds: int) -> int:
    """Pass on what the composer shows as ticked; the side conversation's id."""
    if not composed.about:
        raise Invalid({"about": phrase("This cannot be left empty.")})
    said = typed(composed.body, channel="web", files=tuple(files))
    wanted = Wanted(subject=composed.about, to=composed.to, hold=composed.hold)
    chosen = Chosen(composed.quote, composed.file)
    return await composing.forward(actor, ticket_id, said, wanted, chosen, hold_seconds=hold_seconds)


def _quoted_first(thread: Thread) -> Form[Any]:
    """What is ticked to be passed on before anybody chose: what the customer said last, with its files."""
    asked = next((one for one in reversed(thread.messages) if one.kind == "reply" and one.direction == "in"), None)
    return filled(quote=[asked.id] if asked else [], file=[file.id for file in asked.files] if asked else [])


def _put_in(form: Form[Unfinished], picked: composing.Picked) -> Form[Unfinished]:
    """The form with a canned reply below what was typed, and the status that goes with it."""
    values = form.values
    values["body"] = "\n\n".join(part for part in (str(values["body"]), picked.words) if part)
    values["then"] = picked.canned.status or values["then"]
    values["canned"] = [*values["canned"], str(picked.canned.id)]
    return form


async def _show(
    actor: Actor,
    ticket_id: int,
    form: Form[Any] | None = None,
    *,
    files: Sequence[File] = (),
    unsure: Sequence[str] = (),
    newer: Sequence[queries.MessageRow] = (),
    looked_html: str | None = None,
    status: int = 422,
) -> Html:
    """The ticket, with the form that came back (`status`), else with what the agent took back (200)."""
    shown, status = await _shown(actor, ticket_id), status if form else 200
    has = shown["ticket"].has
    draft = await drafts.mine(actor, ticket_id) if "drafts" in has else None
    if draft is not None and form is None:
        form, files = await _going_on(actor, draft)
    return page(
        "tickets/show.html",
        status=status,
        form=form,
        draft=draft,
        chips=await recipients.with_troubles(await _chips(shown["thread"], form)),
        kept=[(uploads.ticket_for(file), file.filename) for file in files],
        unsure=unsure,
        newer=newer,
        looked_html=looked_html,
        here=await presence.others(actor, ticket_id) if "watchers" in has else [],
        seen=max((message.id for message in shown["thread"].messages), default=0),
        canned=await canned_queries.offered(shown["ticket"]),
        made_of=await _made_of(shown["ticket"], form),
        choice=await drafts.choice(actor),
        public=[one for one in shown["thread"].messages if one.kind == "reply"],
        passed_on=form if form and form.values.get("mode") == "forward" else _quoted_first(shown["thread"]),
        **shown,
    )


async def _going_on(actor: Actor, draft: drafts.Kept) -> tuple[Form[Any], list[File]]:
    """A form with what was typed and chosen, and the files of an answer that was taken back."""
    typed = {"body": draft.body, "mode": draft.mode, "then": draft.status, **structs.asdict(draft.passed_on)}
    if draft.message is None:
        return filled(**typed, chips=False, heard=[], add=""), draft.passed_on.files
    taken = await queries.message(actor, draft.message)
    heard = [one.email for one in (*taken.to, *taken.cc)]
    made_of = list(map(str, await canned_queries.used_in(taken.id)))
    form = filled(**typed, chips=bool(heard), heard=heard, add="", canned=made_of)
    return form, unsent.files_of(taken)


async def _files(form: Form[Unfinished]) -> tuple[File, ...]:
    """The files of a form that came back; what is wrong with them is said when it is sent."""
    if form.data is None:
        return ()
    kept = uploads.again(form.data.kept)
    try:
        return kept + await uploads.keep(form.data.files)
    except Invalid:
        return kept


async def _made_of(ticket: queries.TicketFacts, form: Form[Any] | None) -> list[Canned]:
    """The canned replies that what is typed is made of, as far as they may be used here."""
    sent = form.values.get("canned", []) if form else []
    return await canned_queries.of_ticket(ticket, [int(one) for one in sent if str(one).isdecimal() and len(one) < 10])


async def _chips(thread: Thread, form: Form[Any] | None) -> list[recipients.Chip]:
    """The recipients as they were sent, those added by hand among them; what cannot be one is still in its field."""
    if form is None or not form.values["chips"]:
        return await recipients.offered(thread)
    try:
        chips = await recipients.chosen(thread, form.values["heard"], form.values["add"])
    except Invalid:
        return await recipients.offered(thread)
    form.values["add"] = ""
    return chips


async def _shown(actor: Actor, ticket_id: int) -> dict[str, Any]:
    """What the ticket's page and its parts show."""
    thread = await queries.thread(actor, ticket_id)
    is_inside = access.works_on(actor, department=thread.ticket.department, assignee=thread.ticket.assignee)
    departments = await all_departments()
    staff = await colleagues()
    names = {person.id: person.name for person in staff} | {person.id: person.name for person in thread.participants}
    places = {department.id: department.name for department in departments}
    clocks = {deadline.id: deadline.kind for deadline in thread.deadlines}
    has = thread.ticket.has
    links = await linking.links(actor, ticket_id) if "links" in has else []
    acts = await undo.offers(ticket_id) if "acts" in has else []
    return {
        "thread": thread,
        "ticket": thread.ticket,
        "promises": current(thread.deadlines),
        "promised": await promising.in_words(thread.ticket.promise),
        "sums": await deadlines.sums(thread.ticket, thread.deadlines),
        "lines": timeline(thread, names, places, clocks, await fields.everything(), await topics.everything()),
        "topics": [one for one in await topics.topics() if one.is_active or one.id == thread.ticket.topic],
        "departments": departments,
        "department": places[thread.ticket.department],
        "colleagues": staff,
        "names": {str(person.id): person.name for person in staff},
        "signature_html": await _signature(actor, thread.ticket),
        "way_back": {one.event: f"/desk/undo/{one.id}" for one in acts} | merging.ways_back(thread, links),
        "links": links,
        "followers": await following.followers(ticket_id) if "followers" in has else [],
        "phones": await phones.of(thread.ticket.requester) if "phones" in has else [],
        "sides": await sides.beside(ticket_id, sides.NEWEST) if is_inside and has & {"sides", "merged"} else [],
        "offer": await handing_over.offer(thread),
    }


async def _signature(actor: Actor, ticket: queries.TicketFacts) -> str:
    """What will stand below the actor's answer, in the language of the ticket."""
    site = await store.get(SiteSettings)
    return await signature(actor.id, actor.name, ticket.department, Reader(ticket.lang, site.timezone), site)


async def _new(form: Form[NewTicket] | None, status: int = 200) -> Html:
    departments = await all_departments()
    return page(
        "tickets/new.html",
        status=status,
        form=form,
        departments=departments,
        topics=[one for one in await topics.topics() if one.is_active],
        entries=await _asks(form.values["topic"], form.values["department"]) if form else await _asks("", ""),
        has_fields=any(not one.archived_at for one in (await fields.everything()).values()),
    )


async def _asks(topic: object, department: object) -> list[FieldEntry]:
    """
    The fields of a new ticket, but for files, as its form names its topic and department.

    Without a department it is that of the topic, else the first.
    """
    about = next((one for one in await topics.topics() if one.is_active and str(one.id) == str(topic)), None)
    places = [one.id for one in await all_departments()]
    chosen = next((one for one in places if str(one) == str(department)), about.department if about else None)
    entries = await fields.of_ticket(chosen or next(iter(places), 0), about.id if about else None)
    return [one for one in entries if one.kind != "file"]


async def _open_for(actor: Actor, new: NewTicket, wanted: answers.Wanted) -> int:
    """Open a ticket for a customer, known or not."""
    said = typed(new.body, channel="phone", files=await uploads.keep(new.files), subject=new.subject)
    customer = await recognise(new.name, new.email, lang=actor.lang)
    return await actions.open(
        actor,
        said,
        subject=new.subject,
        department=new.department or (None if new.topic else (await all_departments())[0].id),
        topic=new.topic,
        requester=customer.id,
        priority=new.priority,
        fields=wanted,
    )


async def _to(actor: Actor, ticket_id: int) -> Redirect:
    """To the ticket, unless it is now where the agent does not work."""
    if await queries.is_visible(actor, ticket_id):
        return await _back(actor, ticket_id)
    views.forget_counts()
    tell = gettext("The ticket went to another department, where you do not work.")
    return go("/desk", tell=tell, undo=await undo.way_back(actor, ticket_id))


async def _back(actor: Actor, ticket_id: int, form: Form[Any] | None = None) -> Redirect:
    """To the ticket, with what was wrong with the form, if anything, or how to take back what was done."""
    views.forget_counts()
    if form and form.errors:
        return go(f"/desk/tickets/{ticket_id}", tell=next(iter(form.errors.values())), kind="warn")
    way_back = await undo.way_back(actor, ticket_id)
    return go(f"/desk/tickets/{ticket_id}", tell=gettext("It is done.") if way_back else "", undo=way_back)
