"""
What rules can do: all that is done to many tickets at once, and answering, telling and waiting.

One more act is one more entry in KINDS. An act either is done, or is left out with good reason (`LeftOut`), or fails.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any, Final, Literal, get_args

from msgspec import Struct, structs

from helpdesk.automation.events import OthersTold
from helpdesk.automation.queries import Act, Rule
from helpdesk.automation.tables import AnswerSent, RuleRow
from helpdesk.core.actor import SYSTEM, VISITOR, Actor
from helpdesk.core.clock import now
from helpdesk.core.config import config
from helpdesk.core.db import locked
from helpdesk.core.errors import Conflict, Invalid, NotFound
from helpdesk.core.text import email_key, fold
from helpdesk.departments import queries as departments
from helpdesk.events.record import record
from helpdesk.i18n.catalogue import Phrase, gettext, phrase
from helpdesk.mail.tables import Inbound
from helpdesk.mailroom import automatic, team
from helpdesk.tickets import actions, binning, bulk, following, linking, queries, snoozing
from helpdesk.tickets.canned import actions as canned_actions
from helpdesk.tickets.canned import queries as canned
from helpdesk.tickets.canned.queries import Canned
from helpdesk.tickets.fields import queries as fields
from helpdesk.tickets.queries import TicketFacts
from helpdesk.tickets.said import Mailbox, typed
from helpdesk.tickets.snoozing import Preset
from helpdesk.tickets.tables import Message, Ticket
from helpdesk.webhooks import deliver
from kb.articles import queries as articles

Control = Literal[
    "status", "priority", "people", "departments", "topic", "tag", "field", "words", "answer", "macro", "sleep",
    "ticket", "url", "told", "none",
]  # fmt: skip
"""What an act's values are picked or typed in."""

NOBODY: Final = ""
ASSIGNEE: Final = "assignee"
TEAM: Final = "team"
MOST_DAYS: Final = 365
LONGEST_WORDS: Final = 10_000


class LeftOut(Exception):
    """An act has nothing to do this time; `reason` says why."""

    def __init__(self, reason: Phrase) -> None:
        super().__init__(str(reason))
        self.reason = reason


class Doing(Struct, frozen=True):
    """On which ticket a rule acts, because of which event; `place` is the act's among those of the rule."""

    rule: Rule
    ticket: int
    event: int
    occasion: str
    place: int = 0

    @property
    def actor(self) -> Actor:
        """The house, by the rule's name."""
        return structs.replace(SYSTEM, name=gettext("Rule “%(title)s”", title=self.rule.title))


class Kind(Struct, frozen=True):
    """Something rules can do. `check` raises Invalid for what cannot be used."""

    title: Phrase
    control: Control
    do: Callable[[Doing, Act], Awaitable[object]]
    check: Callable[[Act], Awaitable[None]] | None = None


def _of_many(key: str, title: Phrase, control: Control) -> Kind:
    """What can be done to many tickets at once as well."""
    known = bulk.ACTS[key]

    async def check(act: Act) -> None:
        if known.check is not None:
            await known.check(_value(act))

    return Kind(title, control, lambda doing, act: known.do(doing.actor, doing.ticket, _value(act)), check)


def _value(act: Act) -> str:
    """As `bulk.ACTS` takes it: words typed, or what was picked."""
    return act.words if act.kind == "note" else act.value


# ---- answering ------------------------------------------------------------------------------------------------------


async def _answer(doing: Doing, act: Act) -> None:
    """
    Say to the customer what is kept for it, as a program says things: no clock hears of it, the status stays.

    Never to a program, and no oftener than the rule allows for one address.
    """
    ticket = await queries.ticket_facts(SYSTEM, doing.ticket)
    await _refuse_machines(ticket)
    if not ticket.requester_email or await departments.is_ours(ticket.requester_email):
        raise LeftOut(phrase("The customer has no address of their own."))
    key = email_key(ticket.requester_email)
    await locked(RuleRow.objects().where(RuleRow.id == doing.rule.id)).first()  # two letters may come at once
    since = now() - timedelta(days=act.days)
    lately = (AnswerSent.rule == doing.rule.id) & (AnswerSent.email_key == key) & (AnswerSent.sent_at > since)
    if act.days and await AnswerSent.exists().where(lately):
        raise LeftOut(phrase("This address has had the answer lately."))
    words = await _words(act, ticket)
    if not await automatic.may_write(ticket.requester_email, about=f"rule:{doing.rule.id}:{doing.event}:{doing.place}"):
        raise LeftOut(phrase("This address gets no more automatic letters now."))
    place = departments.name(await departments.department(ticket.department), ticket.lang)
    to = Mailbox(ticket.requester_name, ticket.requester_email)
    said = typed(words, channel="web", files=(act.file,) if act.file else ())
    await actions.reply(doing.actor, ticket.id, structs.replace(said, is_automatic=True, from_name=place, to=(to,)))
    await AnswerSent.insert(AnswerSent(rule=doing.rule.id, email_key=key, sent_at=now()))
    await record(OthersTold(actor=None, ticket=ticket.id, rule=doing.rule.id, how="answer"))


async def _refuse_machines(ticket: TicketFacts) -> None:
    """Raises LeftOut where a program wrote last on the customer's side, or asked for no answer (RFC 3834)."""
    theirs = (Message.ticket == ticket.id) & (Message.kind == "reply") & (Message.direction == "in")
    newest = Message.select(Message.is_automatic, Message.inbound).where(theirs).order_by(Message.id, ascending=False)
    row = await newest.first()
    if row is not None and row["inbound"] is not None:
        letter = await Inbound.select(Inbound.may_answer).where(Inbound.id == row["inbound"]).first()
        row["is_automatic"] = row["is_automatic"] or not (letter and letter["may_answer"])
    if row is not None and row["is_automatic"]:
        raise LeftOut(phrase("A program wrote, or asked for no automatic answer."))


async def _words(act: Act, ticket: TicketFacts) -> str:
    """What is said to this customer: the canned reply in their language, and where the article is."""
    said = []
    if act.value:
        found = await _canned(act.value)
        values = await canned.values(SYSTEM, ticket)
        said.append(canned.filled(found.body(ticket.lang), {**values, "agent.name": values["department.name"]}))
    if act.article:
        try:
            read = await articles.read(VISITOR, int(act.article), ticket.lang)
        except NotFound:
            raise Invalid({"act": phrase("This article is not there any more.")}) from None
        title = read.title.replace("[", "(").replace("]", ")")
        said.append(f"[{title}]({config().base_url}/{ticket.lang}/help/articles/{act.article})")
    return "\n\n".join(said)


async def _canned(value: str) -> Canned:
    found = await canned.every_of([int(value)]) if value.isdecimal() and len(value) < 10 else []
    if not found:
        raise Invalid({"act": phrase("This canned reply is not there any more.")})
    return found[0]


async def _is_answer(act: Act) -> None:
    if not act.value and not act.article:
        raise Invalid({"act": phrase("Choose a canned reply, or name an article.")})
    if act.value and (await _canned(act.value)).is_act:
        raise Invalid({"act": phrase("This canned reply has no words.")})
    if act.article:
        try:
            await articles.read(VISITOR, _number(act.article), "vi")
        except NotFound:
            raise Invalid({"act": phrase("There is no such article that everybody may read.")}) from None


async def _macro(doing: Doing, act: Act) -> None:
    """Change the ticket as a macro says, and say its words as an automatic answer."""
    found = await _canned(act.value)
    await canned_actions.carry_out(doing.actor, doing.ticket, [found.id], with_status=True)
    if not found.is_act:
        await _answer(doing, act)


async def _is_macro(act: Act) -> None:
    if (await _canned(act.value)).assign == "me":
        raise Invalid({"act": phrase("This macro gives tickets to whoever uses it, which a rule cannot be.")})


# ---- telling --------------------------------------------------------------------------------------------------------


async def _webhook(doing: Doing, act: Act) -> None:
    ticket = await queries.ticket_facts(SYSTEM, doing.ticket)
    body: dict[str, Any] = {
        "rule": {"id": doing.rule.id, "title": doing.rule.title},
        "when": doing.occasion,
        "event": doing.event,
        "ticket": {
            "number": ticket.id,
            "url": f"{config().base_url}/desk/tickets/{ticket.id}",
            "subject": ticket.subject,
            "status": ticket.status,
            "status_key": ticket.called,
            "priority": ticket.priority,
            "department": ticket.department,
            "topic": ticket.topic,
            "assignee": ticket.assignee,
            "channel": ticket.channel,
            "language": ticket.lang,
            "tags": await queries.tags(ticket.id),
            "requester": {"id": ticket.requester, "name": ticket.requester_name, "email": ticket.requester_email},
            "opened_at": ticket.opened_at,
            "updated_at": ticket.updated_at,
        },
    }
    await deliver.owe(f"rule:{doing.rule.id}", ticket.id, act.value, body)
    await record(OthersTold(actor=None, ticket=ticket.id, rule=doing.rule.id, how="webhook"))


async def _is_url(act: Act) -> None:
    if (wrong := await deliver.problem(act.value)) is not None:
        raise Invalid({"act": wrong})


async def _tell(doing: Doing, act: Act) -> None:
    """A letter to colleagues who may see the ticket: one of them, its assignee, its department, or another."""
    ticket = await queries.ticket_facts(SYSTEM, doing.ticket)
    people = await team.hearers(await _told(act.value, ticket), ticket, but=None)
    if not people:
        raise LeftOut(phrase("There is nobody to tell who may see the ticket."))
    for person in people:
        key = f"rule:{doing.rule.id}:{doing.event}:{doing.place}:{person.id}"
        values = {"rule": doing.rule.title, "words": act.words}
        await team.write_to(person, ticket, "rule", values, key=key, number=doing.event)
    await record(OthersTold(actor=None, ticket=ticket.id, rule=doing.rule.id, how="letter"))


async def _told(value: str, ticket: TicketFacts) -> list[int]:
    if value == ASSIGNEE:
        return [ticket.assignee] if ticket.assignee else await departments.members(ticket.department)
    if value == TEAM:
        return list(await departments.members(ticket.department))
    kind, _, number = value.partition(":")
    return list(await departments.members(int(number))) if kind == "department" else [int(number)]


async def _is_told(act: Act) -> None:
    kind, _, number = act.value.partition(":")
    known = {
        "department": {str(one.id) for one in await departments.all_departments()},
        "person": {str(one.id) for one in await departments.colleagues()},
    }
    if act.value not in {ASSIGNEE, TEAM} and number not in known.get(kind, set()):
        raise Invalid({"act": phrase("Choose one of the values offered.")})


# ---- the rest -------------------------------------------------------------------------------------------------------


async def _fill_in(doing: Doing, act: Act) -> None:
    await bulk.ACTS["field"].do(doing.actor, doing.ticket, await _field(act))


async def _is_field(act: Act) -> None:
    check = bulk.ACTS["field"].check
    assert check is not None
    await check(await _field(act))


async def _field(act: Act) -> str:
    """As `bulk.ACTS` takes it; choices may be named by what they are called in either language."""
    entry = (await fields.everything()).get(_number(act.value))
    called = {"co": "yes", "khong": "no"} if entry and entry.kind == "yesno" else {}
    for one in entry.choices if entry else ():
        called |= {fold(one.vi): one.key, fold(one.en): one.key}
    texts = act.words.split(",") if entry and entry.kind == "choices" else [act.words]
    return f"{act.value}={','.join(called.get(fold(text.strip()), text.strip()) for text in texts)}"


async def _snooze(doing: Doing, act: Act) -> None:
    await snoozing.snooze(doing.actor, doing.ticket, act.value)  # type: ignore[arg-type]  # it was checked


async def _is_sleep(act: Act) -> None:
    if act.value not in get_args(Preset) or act.value == "own":
        raise Invalid({"act": phrase("Choose one of the values offered.")})


async def _is_colleague(act: Act) -> None:
    if act.value not in {str(one.id) for one in await departments.colleagues()}:
        raise Invalid({"act": phrase("Choose one of the values offered.")})


async def _is_colleague_or_nobody(act: Act) -> None:
    if act.value != NOBODY:
        await _is_colleague(act)


async def _is_ticket(act: Act) -> None:
    if not await Ticket.exists().where(Ticket.id == _number(act.value)):
        raise Invalid({"act": phrase("There is no such ticket.")})


async def _link(doing: Doing, act: Act) -> None:
    if int(act.value) == doing.ticket:
        raise LeftOut(phrase("A ticket is not linked with itself."))
    await linking.link(doing.actor, doing.ticket, int(act.value), "related")


def _number(value: str) -> int:
    return int(value) if value.isascii() and value.isdecimal() and len(value) < 10 else 0


KINDS: Final[Mapping[str, Kind]] = {
    "assign": Kind(
        phrase("Assign it to"),
        "people",
        lambda doing, act: bulk.ACTS["assign"].do(doing.actor, doing.ticket, act.value),
        _is_colleague_or_nobody,
    ),
    "move": _of_many("move", phrase("Hand it to the department"), "departments"),
    "priority": _of_many("priority", phrase("Set the priority to"), "priority"),
    "status": _of_many("status", phrase("Set the status to"), "status"),
    "topic": _of_many("topic", phrase("Set the topic to"), "topic"),
    "tag": _of_many("tag", phrase("Add the tag"), "tag"),
    "untag": _of_many("untag", phrase("Take away the tag"), "tag"),
    "field": Kind(phrase("Fill in the field"), "field", _fill_in, _is_field),
    "note": _of_many("note", phrase("Add a note"), "words"),
    "answer": Kind(phrase("Answer the customer"), "answer", _answer, _is_answer),
    "macro": Kind(phrase("Use the macro"), "macro", _macro, _is_macro),
    "follow": Kind(
        phrase("Let follow it"),
        "people",
        lambda doing, act: following.follow(doing.actor, doing.ticket, int(act.value)),
        _is_colleague,
    ),
    "snooze": Kind(phrase("Let it sleep"), "sleep", _snooze, _is_sleep),
    "link": Kind(phrase("Link it with ticket"), "ticket", _link, _is_ticket),
    "tell": Kind(phrase("Write to colleagues"), "told", _tell, _is_told),
    "webhook": Kind(phrase("Tell another program (webhook)"), "url", _webhook, _is_url),
    "spam": Kind(
        phrase("Put it into the bin as spam"),
        "none",
        lambda doing, act: binning.put(doing.actor, doing.ticket, as_spam=True),
    ),
    "delete": Kind(phrase("Put it into the bin"), "none", lambda doing, act: binning.put(doing.actor, doing.ticket)),
}
"""All that rules can do, in the order in which it is offered."""


async def check(act: Act) -> object | None:
    """What is wrong with an act; None when it can be used."""
    kind = KINDS.get(act.kind)
    if kind is None:
        return phrase("Choose one of the values offered.")
    if not 0 <= act.days <= MOST_DAYS:
        return phrase("Write a whole number from %(low)s to %(high)s.", low=0, high=MOST_DAYS)
    if len(act.words) > LONGEST_WORDS:
        have = len(act.words)
        return phrase("Use at most %(most)s characters; these are %(have)s.", most=LONGEST_WORDS, have=have)
    try:
        if kind.check is not None:
            await kind.check(act)
    except Invalid as refusal:
        return next(iter(refusal.errors.values()))
    except Conflict as refusal:
        return refusal.reason
    return None
