"""
Letters of side conversations: to third parties, from them, and to the agents who wait for their answers.

They say nothing of the ticket but what an agent wrote or chose, and what comes back goes nowhere else.
"""

from collections.abc import Callable, Mapping
from typing import Final

from markupsafe import Markup
from msgspec import Struct, structs

from helpdesk.core.actor import SYSTEM, Actor
from helpdesk.core.clock import now
from helpdesk.core.config import config, secret_key
from helpdesk.core.db import transaction
from helpdesk.core.markup import to_text
from helpdesk.departments.signing import signature
from helpdesk.i18n.catalogue import gettext
from helpdesk.i18n.reader import Reader, reading_as
from helpdesk.mail import sides
from helpdesk.mail.events import LetterBounced, LetterFailed
from helpdesk.mail.machines import guard, receipts
from helpdesk.mail.outgoing import outbox
from helpdesk.mail.outgoing.compose import Outgoing
from helpdesk.mail.reading import subject as subjects
from helpdesk.mail.reading.letter import Address, Letter
from helpdesk.mail.tables import Outbound
from helpdesk.mailroom import enclosing, reading, reports, sender, team, wording
from helpdesk.settings import store
from helpdesk.settings.letters import LetterSettings
from helpdesk.settings.site import SiteSettings
from helpdesk.tickets import actions as tickets
from helpdesk.tickets import following
from helpdesk.tickets import queries as ticket_queries
from helpdesk.tickets.queries import TicketFacts
from helpdesk.tickets.said import Said
from helpdesk.tickets.side import actions, queries
from helpdesk.tickets.side.events import SideAnswered, SideUnreached, SideWritten
from helpdesk.tickets.side.queries import Side, SideMessageRow
from helpdesk.tickets.side.tables import SideConversation, SideMessage

TAKEN: Final = frozenset({guard.PERSON, guard.LIST, guard.AUTO_GENERATED, guard.AUTO_REPLY, guard.BOUNCE})
"""Letters that belong into the conversation whose mark they bear; others are no words of the third party."""


class Wrote(Struct, frozen=True):
    """
    Who wrote a letter with the mark of a side conversation.

    `is_proven`: surely the agent whose mark it is. `doubt`: what colleagues should know where it is not. `is_marked`:
    something in the letter tells of a program, as in all that help desks send.
    """

    sender: Actor | None
    is_proven: bool
    doubt: str = ""
    is_marked: bool = False


async def claimed(letter: Letter, envelope_to: list[str]) -> sides.Claim | None:
    """The side conversation that a letter proves to belong to: by our marks, or by the return address of our letter."""
    if (claim := sides.claimed(letter, envelope_to, secret_key())) is not None:
        return claim
    answered = await reports.letter_answered(letter, envelope_to)
    message = await _message_of(answered.outbound) if answered else None
    row = await SideMessage.select(SideMessage.side).where(SideMessage.id == message).first() if message else None
    return sides.Claim(row["side"]) if row else None


async def take(claim: sides.Claim, kind: str, said: Said, wrote: Wrote) -> str:
    """
    Put a letter where its mark leads; what it became, such as `ticket:7`. Empty for what is no answer, or has no place.

    What an agent answers to our news of it goes to the third party, if it is surely theirs and not marked as a note;
    else it is a note. Other help desks mark their answers as a machine's: only automatic replies, and what merely says
    that our letter has come, wake nobody.
    """
    row = await SideConversation.select(SideConversation.ticket).where(SideConversation.id == claim.side).first()
    if row is None or kind not in TAKEN:
        return ""
    ticket = await ticket_queries.place(row["ticket"])
    if claim.agent is None:
        is_receipt = wrote.is_marked and receipts.is_one(said.fresh) and await queries.is_first_answer(claim.side)
        is_silent = kind in {guard.AUTO_REPLY, guard.BOUNCE} or is_receipt
        await actions.answered(claim.side, structs.replace(said, is_automatic=is_silent))
    elif not wrote.is_proven or wrote.sender is None or kind != guard.PERSON:
        await tickets.note(SYSTEM, ticket, structs.replace(said, from_name=said.from_email))
        if wrote.doubt and kind == guard.PERSON:
            await tickets.note(SYSTEM, ticket, reading.plain(wrote.doubt))
    elif (note := reading.for_colleagues(said)) is not None:
        await tickets.note(wrote.sender, ticket, note)
    else:
        await actions.write(wrote.sender, claim.side, reading.for_customers(said))
    return f"ticket:{ticket}"


async def mail(event: SideWritten) -> None:
    """Bring what an agent wrote to the third party."""
    side, message, ticket = await _found(event)
    site, settings = await store.get(SiteSettings), await store.get(LetterSettings)
    reader = Reader(ticket.lang, site.timezone)
    words, files, _ = await enclosing.enclosed(message.html, message.files)
    signed = await signature(message.author, message.who, ticket.department, reader, site)
    before = [one.message_id for one in side.messages if one.id < message.id and one.message_id]
    message_id = sides.new_message_id(side.id, message.id, secret_key(), config().mail_domain)
    letter = Outgoing(
        sender=await sender.of_agent(message.who, settings.sender, ticket, reader, site),
        to=tuple(Address(one.name, one.email) for one in side.to),
        cc=tuple(Address(one.name, one.email) for one in side.cc),
        subject=subjects.answer(side.subject, None) if before else side.subject,
        text=to_text(words + signed) + "\n",
        html=words + signed,
        message_id=message_id,
        references=tuple(before),
        reply_to=await _answers_to(side.id, ticket),
        sent_at=now(),
        files=files,
    )
    about = queries.ABOUT.format(message.id)
    async with transaction():
        await outbox.owe(letter, about=about, key=about, envelope_from=letter.reply_to, lane=f"side:{side.id}")
        await SideMessage.update({SideMessage.message_id: message_id}).where(SideMessage.id == message.id)


async def tell(event: SideAnswered) -> None:
    """Tell whoever asked, the assignee and those who follow what the third party answers."""
    if (found := await _found_outside_bin(event)) is None:
        return
    side, message, ticket = found
    if not message.is_automatic:

        def values() -> dict[str, str]:
            who = message.who
            if not side.is_asked(message):
                who = gettext("%(name)s (%(email)s, whom nobody asked)", name=who, email=message.from_email)
            return {"sender.name": who, "message": _shown(message)}

        await _tell("side_answered", side, ticket, values, key=f"side:{message.id}")


async def tell_unreached(event: SideUnreached) -> None:
    """Tell the same people that a letter has not reached the third party, and why."""
    if (found := await _found_outside_bin(event)) is None:
        return
    side, message, ticket = found
    if message.letter is None:
        return
    troubles = [one for one in message.letter.recipients if one.is_in_trouble]

    def values() -> dict[str, str]:
        return {"trouble": "\n".join(f"{one.email}: {one.why}" for one in troubles)}

    await _tell("side_unreached", side, ticket, values, key=f"side-unreached:{message.id}{message.letter.again}")


async def _tell(
    kind: str, side: Side, ticket: TicketFacts, values: Callable[[], Mapping[str, str]], *, key: str
) -> None:
    """A letter to each of those who wait for an answer, once for its `key`; `values` are asked as its reader."""
    people = [side.began_by, ticket.assignee, *(one.id for one in await following.followers(ticket.id))]
    hearers = await team.hearers([one for one in people if one is not None], ticket, but=None)
    site = await store.get(SiteSettings)
    for person in await team.with_room(hearers, ticket):
        reader = await team.reader_of(person)
        with reading_as(reader):
            named = {
                "ticket.number": str(ticket.id),
                "ticket.subject": ticket.subject,
                "ticket.status": sender.status_name(ticket.called, reader, for_customers=False),
                "customer.name": ticket.who,
                "department.name": await sender.department_name(ticket, reader),
                "link": f"{sender.desk_page(ticket.id)}/sides/{side.id}",
                **values(),
            }
        said = await wording.write(kind, reader, site, named, department=ticket.department)
        own_key = f"{key}:{person.id}"
        letter = await team.of_the_house(person, said, own_key)
        letter = structs.replace(letter, reply_to=await _answers_to(side.id, ticket, person.id))
        await outbox.owe(letter, about=team.about(person.id), key=own_key, envelope_from=letter.reply_to)


async def show_failure(event: LetterFailed | LetterBounced) -> None:
    """Let the ticket know that a letter to a third party will not arrive; the message itself says why."""
    if (message := await _message_of(event.outbound)) is not None:
        await actions.unreached(message)


async def _found_outside_bin(
    event: SideAnswered | SideUnreached,
) -> tuple[Side, SideMessageRow, TicketFacts] | None:
    """The same, of which nobody is told while its ticket is in the bin."""
    is_there = await ticket_queries.is_visible(SYSTEM, await ticket_queries.place(event.ticket))
    return await _found(event) if is_there else None


async def _found(event: SideWritten | SideAnswered | SideUnreached) -> tuple[Side, SideMessageRow, TicketFacts]:
    side = await queries.one(SYSTEM, event.side)
    message = next(one for one in side.messages if one.id == event.message)
    return side, message, await ticket_queries.ticket_facts(SYSTEM, await ticket_queries.place(side.ticket))


async def _answers_to(side: int, ticket: TicketFacts, agent: int | None = None) -> str:
    return sides.reply_address(await sender.address(ticket), side, secret_key(), agent)


async def _message_of(outbound: int) -> int | None:
    """The message of a side conversation that a letter of ours brought; None for other letters."""
    row = await Outbound.select(Outbound.about).where(Outbound.id == outbound).first()
    kind, _, number = row["about"].partition(":") if row else ("", "", "")
    return int(number) if kind == "side" else None


def _shown(message: SideMessageRow) -> Markup:
    html = message.html if len(message.html) <= enclosing.LONGEST_SHOWN else reading.plain_html(message.fresh[:5000])
    return Markup(html)  # noqa: S704  # made safe when the message was kept
