"""Who receives an answer: whom the composer offers, whom it warns of, and the answer to exactly those."""

import re
from collections.abc import Collection, Sequence
from typing import Final

from msgspec import Struct, structs

from helpdesk.core.actor import Actor
from helpdesk.core.db import transaction
from helpdesk.core.errors import Forbidden, Invalid
from helpdesk.core.text import email_key
from helpdesk.departments.queries import is_ours
from helpdesk.i18n.catalogue import Phrase, phrase
from helpdesk.mail import addresses
from helpdesk.people.actions import recognise
from helpdesk.settings import store
from helpdesk.settings.joining import JoiningSettings
from helpdesk.tickets import access, actions
from helpdesk.tickets import queries as tickets
from helpdesk.tickets.queries import Thread
from helpdesk.tickets.said import Mailbox, Said

MOST: Final = 30
"""People who receive one answer."""

_ADDRESS: Final = re.compile(r"[^@\s<>,;:\"()\[\]]+@[^@\s<>,;:\"()\[\].]+(?:\.[^@\s<>,;:\"()\[\].]+)+")
_NAMED: Final = re.compile(r"\s*\"?([^<>\"]{0,200}?)\"?\s*<([^<>]*)>\s*")


class Chip(Struct, frozen=True):
    """Somebody who may receive the answer. `is_chosen`: they will, unless the agent takes them out."""

    name: str
    email: str
    is_chosen: bool = True
    trouble: Phrase | None = None
    """Why letters to them do not arrive."""


class Unsure(Invalid):
    """The answer would go to people who have never had a letter of this ticket; the agent is to say that it shall."""

    def __init__(self, addresses: Sequence[str]) -> None:
        reason = phrase(
            "This would be the first letter of this ticket to %(addresses)s. Send it again if they are to have it.",
            addresses=", ".join(addresses),
        )
        super().__init__({"heard": reason})
        self.addresses = addresses


async def offered(thread: Thread) -> list[Chip]:
    """
    The requester and everybody who takes part, chosen; whom the customer named last besides them, not chosen.

    Never an address of ours. Everybody once, the requester first.
    """
    named = [(thread.ticket.requester_name, thread.ticket.requester_email or "", True)]
    named += [(one.name, one.email or "", True) for one in thread.participants]
    last = next((one for one in reversed(thread.messages) if one.direction == "in" and one.kind == "reply"), None)
    if last:
        named += [(one.name, one.email, False) for one in (*last.to, *last.cc)]
    chips: dict[str, Chip] = {}
    for name, email, is_chosen in named:
        key = email_key(email)
        if key not in chips and _ADDRESS.fullmatch(email) and not await is_ours(email):
            chips[key] = Chip(name, email, is_chosen)
    return [*chips.values()][:MOST]


async def with_troubles(chips: Sequence[Chip]) -> list[Chip]:
    """The same, and of each why letters to it do not arrive."""
    known = await addresses.troubles([one.email for one in chips])
    dead = {key: one.why for key, one in known.items() if one.is_dead}
    return [structs.replace(one, trouble=dead.get(email_key(one.email))) for one in chips]


async def chosen(thread: Thread, heard: Collection[str], added: str) -> list[Chip]:
    """
    The chips as the composer sent them: those that are ticked (`heard`), and those that were `added` by hand.

    Raises Invalid (fields `heard`, `add`) for what is no address, for one of ours, and for too many.
    """
    ticked = {email_key(one): one for one in heard}
    chips = {email_key(one.email): one for one in await offered(thread)}
    chips = {key: structs.replace(one, is_chosen=key in ticked) for key, one in chips.items()}
    for key, email in ticked.items():
        chips.setdefault(key, await _chip(email, "heard"))
    for text in re.split(r"[,;\n]", added):
        if text.strip():
            chip = await _chip(text, "add")
            chips[email_key(chip.email)] = chip
    if sum(one.is_chosen for one in chips.values()) > MOST:
        raise Invalid({"add": phrase("Send it to at most %(most)s people.", most=MOST)})
    return [*chips.values()]


async def answer(
    actor: Actor,
    thread: Thread,
    said: Said,
    chips: Collection[Chip],
    *,
    sure: Collection[str] = (),
    then: str | None,
    hold_seconds: int = 0,
) -> int:
    """
    Answer the chosen ones and nobody else; the message's id. Whoever is new takes part from when it goes out.

    Raises Unsure for people who get a letter of this ticket for the first time and whom `sure` does not name.
    """
    heard = [one for one in chips if one.is_chosen]
    if not heard and chips:
        raise Invalid({"heard": phrase("Choose at least one who receives the answer.")})
    strangers = outsiders(thread, [one.email for one in heard])
    if {email_key(one) for one in strangers} - {email_key(one) for one in sure}:
        raise Unsure(strangers)
    boxes = tuple(Mailbox(one.name, one.email) for one in heard)
    said = structs.replace(said, to=boxes[:1], cc=boxes[1:])
    async with transaction():
        message = await actions.reply(actor, thread.ticket.id, said, then=then, hold_seconds=hold_seconds)
        if not hold_seconds:
            await let_take_part(actor, thread, boxes)
    return message


async def answer_named(
    actor: Actor,
    ticket_id: int,
    said: Said,
    to: Sequence[str],
    cc: Sequence[str],
    *,
    sure: Collection[str] = (),
    then: str | None = None,
    hold_seconds: int = 0,
) -> int:
    """
    Answer exactly these addresses, each as `lan@x.vn` or `Lan <lan@x.vn>`; the message's id.

    Raises Forbidden for customers, and Invalid (fields `to`, `cc`, `sure`) for what is no address of others and for
    people who get a letter of this ticket for the first time and whom `sure` does not name.
    """
    thread = await tickets.thread(actor, ticket_id)
    if not access.works_on(actor, department=thread.ticket.department, assignee=thread.ticket.assignee):
        raise Forbidden()
    if not to:
        raise Invalid({"to": phrase("Choose at least one who receives the answer.")})
    named = [[await _chip(one, field) for one in texts] for field, texts in (("to", to), ("cc", cc))]
    first, others = (tuple(Mailbox(one.name, one.email) for one in chips) for chips in named)
    strangers = outsiders(thread, [one.email for one in (*first, *others)])
    known = {email_key((await _chip(one, "sure")).email) for one in sure}
    if unsure := [one for one in strangers if email_key(one) not in known]:
        reason = phrase(
            "This would be the first letter of this ticket to %(addresses)s. Name them in “sure” to send it.",
            addresses=", ".join(unsure),
        )
        raise Invalid({"sure": reason})
    async with transaction():
        said = structs.replace(said, to=first, cc=others)
        message = await actions.reply(actor, ticket_id, said, then=then, hold_seconds=hold_seconds)
        if not hold_seconds:
            await let_take_part(actor, thread, (*first, *others))
    return message


async def let_take_part(actor: Actor, thread: Thread, heard: Collection[Mailbox]) -> None:
    """Those who heard an answer and are new take part from now on, where the settings say so."""
    if (await store.get(JoiningSettings)).copies != "nobody":
        for one in heard:
            await _let_take_part(actor, thread, one)


def outsiders(thread: Thread, addresses: Collection[str]) -> list[str]:
    """
    Those of the addresses that get a letter of this ticket for the first time.

    The requester is none; nor is who wrote here, or had an answer of ours before; nor whom the customer
    named, if they are at the requester's own domain.
    """
    public = [one for one in thread.messages if one.kind == "reply"]
    known = {email_key(thread.ticket.requester_email or ""), *(email_key(one.from_email) for one in public)}
    known |= {email_key(box.email) for one in public if one.direction == "out" for box in (*one.to, *one.cc)}
    named = {email_key(one.email or "") for one in thread.participants}
    named |= {email_key(box.email) for one in public if one.direction == "in" for box in (*one.to, *one.cc)}
    home = _domain(thread.ticket.requester_email or "")
    return [
        one
        for one in addresses
        if email_key(one) not in known and (email_key(one) not in named or _domain(one) != home)
    ]


async def _chip(text: str, field: str) -> Chip:
    named = _NAMED.fullmatch(text)
    name, email = (named[1].strip(), named[2].strip()) if named else ("", text.strip())
    if not _ADDRESS.fullmatch(email) or len(email) > 320:
        raise Invalid({field: phrase("“%(text)s” is no address.", text=text.strip()[:100])})
    if await is_ours(email):
        raise Invalid({field: phrase("%(address)s is an address of ours: the letter would come back.", address=email)})
    return Chip(name, email)


async def _let_take_part(actor: Actor, thread: Thread, heard: Mailbox) -> None:
    known = {email_key(one.email or "") for one in thread.participants}
    if email_key(heard.email) in {email_key(thread.ticket.requester_email or ""), *known}:
        return
    person = await recognise(heard.name, heard.email, lang=thread.ticket.lang)
    if person.id is not None and not person.is_staff:
        await actions.add_participant(actor, thread.ticket.id, person.id)


def _domain(email: str) -> str:
    return email_key(email).rpartition("@")[2]
