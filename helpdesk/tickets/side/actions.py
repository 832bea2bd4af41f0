"""
What is changed beside a ticket: asking a third party, going on, hearing its answers, closing.

Nothing of the ticket goes along by itself: neither words nor names nor the number. What an agent chooses is quoted;
internal notes cannot be chosen.
"""

import re
from collections.abc import Collection
from datetime import timedelta
from typing import Any, Final

import msgspec
from markupsafe import Markup
from msgspec import Struct, structs

from helpdesk.core.actor import SYSTEM, Actor
from helpdesk.core.clock import now
from helpdesk.core.db import attempt, locked, transaction
from helpdesk.core.errors import Conflict, Forbidden, Invalid, NotFound, Refused
from helpdesk.core.markup import to_text
from helpdesk.core.text import email_key, shorten
from helpdesk.departments.queries import is_ours
from helpdesk.events.record import record
from helpdesk.i18n.catalogue import gettext, phrase
from helpdesk.i18n.dates import long_moment
from helpdesk.i18n.reader import reading
from helpdesk.jobs.queue import enqueue, name_of
from helpdesk.jobs.tables import Job
from helpdesk.mail.outgoing.outbox import retry
from helpdesk.people.queries import actor_of
from helpdesk.people.rules import is_address
from helpdesk.people.tables import Person
from helpdesk.tickets import access, words, work
from helpdesk.tickets import actions as tickets
from helpdesk.tickets import queries as ticket_queries
from helpdesk.tickets.access import Condition
from helpdesk.tickets.drafts import actions as drafts
from helpdesk.tickets.drafts.queries import Along
from helpdesk.tickets.said import File, Mailbox, Said, columns_of, columns_of_file
from helpdesk.tickets.side import finding, queries
from helpdesk.tickets.side.events import (
    SideAnswered,
    SideClosed,
    SideReopened,
    SideStarted,
    SideUnreached,
    SideWritten,
)
from helpdesk.tickets.side.tables import SideConversation, SideFile, SideMessage
from helpdesk.tickets.tables import Ticket

MOST_ADDRESSES: Final = 10
MOST_BYTES: Final = 18 * 1024 * 1024
"""Of files in one letter: what does not fit stands nowhere else for a third party."""
_PICTURE: Final = re.compile(r"<img\b[^>]*>")
_NAMED: Final = re.compile(r"\"?([^<>\"]{0,200}?)\"?\s*<([^<>]*)>")


class Wanted(Struct, frozen=True, kw_only=True):
    """
    A new side conversation. `to` and `cc` are addresses as they are typed.

    `hold`: the ticket waits for the third party meanwhile; `wakes`: an answer opens it again.
    """

    subject: str
    to: str
    cc: str = ""
    hold: bool = False
    wakes: bool = True


class Chosen(Struct, frozen=True):
    """What of the ticket goes along, by the ids of messages and files; nothing does that is not named."""

    messages: Collection[int] = ()
    files: Collection[int] = ()


NOTHING: Final = Chosen()


async def start(
    actor: Actor,
    ticket_id: int,
    wanted: Wanted,
    said: Said,
    chosen: Chosen = NOTHING,
    *,
    hold_seconds: int = 0,
) -> int:
    """
    Ask a third party about a ticket; the conversation's id. A form that was sent twice begins one.

    The letter is held back for `hold_seconds`: so long the third party knows of nothing, and its author can take it
    back. Raises Invalid (fields `to`, `cc`, `files`) for what is no address of a third party and for what cannot go
    along, and Forbidden for those who may not answer.
    """
    to, cc = await _boxes(wanted.to, "to"), await _boxes(wanted.cc, "cc")
    if not to:
        raise Invalid({"to": phrase("This cannot be left empty.")})
    async with transaction():
        ticket = await work.worked(actor, await ticket_queries.place(ticket_id))
        await tickets.refuse_merged(ticket)
        await _refuse_requester(ticket, to=to, cc=cc)
        everybody = ", ".join(filter(None, (wanted.to, wanted.cc)))
        along = Along(everybody, wanted.subject, [*chosen.messages], [*chosen.files], wanted.hold, [*said.files])
        said = await _with_chosen(ticket, said, chosen)
        subject, addresses = shorten(wanted.subject, 200), msgspec.json.encode(to).decode()
        same = (SideMessage.side.subject == subject) & (SideMessage.side.to_addresses == addresses)
        if again := await _sent_already(actor, said, (SideMessage.side.ticket == ticket.id) & same):
            return again.side
        side = SideConversation(
            ticket=ticket.id,
            subject=subject,
            to_addresses=addresses,
            cc_addresses=msgspec.json.encode(cc).decode(),
            began_by=actor.id,
            wakes=wanted.wakes,
            opened_at=now(),
            updated_at=now(),
        )
        await side.save()
        if hold_seconds:
            until = now() + timedelta(seconds=hold_seconds)
            held = structs.replace(said, sent_at=until)
            await _keep(side, ticket, held, direction="out", author=actor.id, name=actor.name)
            await enqueue(release, {"side_id": int(side.id), "along": msgspec.to_builtins(along)}, run_at=until)
            return int(side.id)
        await record(SideStarted(actor=actor.id, ticket=ticket.id, side=side.id))
        await _send(actor, side, ticket, said)
        if wanted.hold:
            await tickets.turn(actor, ticket.id, "hold")
    return int(side.id)


async def release(side_id: int, along: dict[str, Any]) -> None:
    """
    The job: let a held letter go. One that was taken back is left alone.

    On a ticket that went into the bin meanwhile it becomes a draft.
    """
    async with transaction():
        if not await SideConversation.exists().where(SideConversation.id == side_id):
            return
        side, ticket = await _row(side_id)
        message, held = await _first(side), msgspec.convert(along, Along)
        author = await actor_of(message.author)
        if ticket.binned_at is not None:
            await _make_draft(author, side, ticket, message, held)
            return
        message.sent_at = now()
        await message.save([SideMessage.sent_at])
        await record(SideStarted(actor=author.id, ticket=ticket.id, side=side.id))
        await record(SideWritten(actor=author.id, ticket=ticket.id, side=side.id, message=message.id))
        if held.hold:
            try:
                async with attempt():
                    await tickets.turn(author, ticket.id, "hold")
            except Refused:  # it went where its author does not work: the letter goes, the ticket stays as it is
                return


async def take_back(actor: Actor, side_id: int) -> None:
    """
    Make a draft again of a letter that is still held back.

    Raises Forbidden for all but its author, and Conflict when it has gone out, or more was written since.
    """
    async with transaction():
        side, ticket = await _worked(actor, side_id)
        message = await _first(side)
        owed = (Job.name == name_of(release)) & Job.payload.like(f'{{"side_id":{side.id:d},%')
        job = await Job.select(Job.payload).where(owed).first()
        is_only = await SideMessage.count().where(SideMessage.side == side.id) == 1
        if job is None or message.sent_at <= now() or not is_only:
            raise Conflict(phrase("It has gone out already."))
        if message.author != actor.id:
            raise Forbidden()
        along = msgspec.convert(msgspec.json.decode(job["payload"])["along"], Along)
        await _make_draft(actor, side, ticket, message, along)


async def _first(side: SideConversation) -> SideMessage:
    message = await SideMessage.objects().where(SideMessage.side == side.id).order_by(SideMessage.id).first()
    assert message is not None
    return message


async def _make_draft(
    author: Actor, side: SideConversation, ticket: Ticket, message: SideMessage, along: Along
) -> None:
    await drafts.pass_on_later(author, ticket.id, message.body, along)
    await words.forget_beside([message.id])
    await SideFile.delete().where(SideFile.message == message.id)
    await SideMessage.delete().where(SideMessage.id == message.id)
    await SideConversation.delete().where(SideConversation.id == side.id)


async def write(actor: Actor, side_id: int, said: Said, chosen: Chosen = NOTHING) -> int:
    """
    Go on with a side conversation, which opens it again; the message's id.

    A form that was sent twice says it once.
    """
    async with transaction():
        side, ticket = await _worked(actor, side_id)
        said = await _with_chosen(ticket, said, chosen)
        if again := await _sent_already(actor, said, SideMessage.side == side.id):
            return again.message
        return await _send(actor, side, ticket, said)


async def answered(side_id: int, said: Said) -> int:
    """Keep what a third party wrote, tell those who look after the ticket, and let it go on; the message's id."""
    async with transaction():
        side, ticket = await _row(side_id)
        message = await _keep(side, ticket, said, direction="in", author=None)
        ticket.updated_at = now()
        await ticket.save([Ticket.updated_at])
        await record(SideAnswered(actor=None, ticket=ticket.id, side=side.id, message=message.id))
        if not said.is_automatic:
            await _wake(side, ticket)
    return int(message.id)


async def unreached(message_id: int) -> None:
    """A letter to a third party will not arrive: nobody waits for an answer to it. Once for each letter."""
    async with transaction():
        row = await SideMessage.select(SideMessage.side).where(SideMessage.id == message_id).first()
        if row is None:
            return
        side, ticket = await _row(row["side"])
        await record(SideUnreached(actor=None, ticket=ticket.id, side=side.id, message=message_id))
        await _wake(side, ticket)


async def close(actor: Actor, side_id: int) -> None:
    """Be done with it. An answer opens it again."""
    async with transaction():
        side, ticket = await _worked(actor, side_id)
        if side.closed_at is None:
            side.closed_at = now()
            await side.save([SideConversation.closed_at])
            await record(SideClosed(actor=actor.id, ticket=ticket.id, side=side.id))


async def reopen(actor: Actor, side_id: int) -> None:
    async with transaction():
        side, ticket = await _worked(actor, side_id)
        if side.closed_at is not None:
            side.closed_at = None
            await side.save([SideConversation.closed_at])
            await record(SideReopened(actor=actor.id, ticket=ticket.id, side=side.id))


async def send_again(actor: Actor, side_id: int, message_id: int) -> None:
    """
    Have a letter sent once more to those it has not reached.

    Raises Conflict when it has reached all of them, NotFound when there is none.
    """
    async with transaction():
        side, _ = await _worked(actor, side_id)
        if not await SideMessage.exists().where((SideMessage.id == message_id) & (SideMessage.side == side.id)):
            raise NotFound()
        await retry(actor, about=queries.ABOUT.format(message_id))


async def _worked(actor: Actor, side_id: int) -> tuple[SideConversation, Ticket]:
    side, ticket = await queries.get(actor, side_id, to_change=True)
    if not access.may_work(actor, ticket):
        raise Forbidden()
    return side, ticket


async def _row(side_id: int) -> tuple[SideConversation, Ticket]:
    """For the house itself, also while the ticket is in the bin. Kept from others in the order of `queries.get`."""
    query = SideConversation.objects().where(SideConversation.id == side_id)
    if (found := await query.first()) is not None:
        place = await ticket_queries.place(found.ticket)
        ticket, side = await locked(Ticket.objects().where(Ticket.id == place)).first(), await locked(query).first()
        if ticket is not None and side is not None:
            return side, ticket
    raise Conflict(phrase("This conversation is not there any more."))


async def _wake(side: SideConversation, ticket: Ticket) -> None:
    if side.wakes and ticket.status == "hold" and ticket.binned_at is None:
        await tickets.turn(SYSTEM, ticket.id, "open")


class _Sent(Struct, frozen=True):
    side: int
    message: int


async def _sent_already(actor: Actor, said: Said, where: Condition) -> _Sent | None:
    """What a form sent twice has left already: a double click, or a second try on a bad line."""
    if said.channel != "web":
        return None
    mine = (SideMessage.author == actor.id) & (SideMessage.html == said.html)
    lately = SideMessage.sent_at > now() - tickets.SENT_TWICE
    query = SideMessage.select(SideMessage.side, SideMessage.id.as_alias("message")).where(where & mine & lately)
    row = await query.order_by(SideMessage.id, ascending=False).first()
    if row is None:
        return None
    files = await SideFile.select(SideFile.sha256).where(SideFile.message == row["message"]).order_by(SideFile.id)
    return _Sent(**row) if [file["sha256"] for file in files] == [file.sha256 for file in said.files] else None


async def _with_chosen(ticket: Ticket, said: Said, chosen: Chosen) -> Said:
    """What an agent writes, with what was chosen of the ticket."""
    quoted, files = await _quoted(ticket, chosen.messages), await _files(ticket, chosen.files)
    said = structs.replace(said, html=said.html + quoted, files=(*said.files, *files))
    said = structs.replace(said, text=to_text(said.html))
    if sum(file.size for file in said.files) > MOST_BYTES:
        most = MOST_BYTES // 1024 // 1024
        raise Invalid({"files": phrase("These files are too large for a letter; the limit is %(most)s MB.", most=most)})
    return said


async def _send(actor: Actor, side: SideConversation, ticket: Ticket, said: Said) -> int:
    """Keep what an agent writes, and owe its letter."""
    message = await _keep(side, ticket, said, direction="out", author=actor.id, name=actor.name)
    await record(SideWritten(actor=actor.id, ticket=ticket.id, side=side.id, message=message.id))
    return int(message.id)


async def _keep(
    side: SideConversation, ticket: Ticket, said: Said, *, direction: str, author: int | None, name: str = ""
) -> SideMessage:
    message = SideMessage(side=side.id, author=author, direction=direction, **columns_of(said, name=name))
    await message.save()
    await finding.keep(side, message, ticket)
    if said.files:
        await SideFile.insert(*(SideFile(message=message.id, **columns_of_file(file)) for file in said.files))
    side.updated_at = now()
    side.closed_at = None if not said.is_automatic else side.closed_at
    await side.save([SideConversation.updated_at, SideConversation.closed_at])
    return message


async def _quoted(ticket: Ticket, messages: Collection[int]) -> str:
    """Public messages of the ticket as quotes, without their pictures and what they quote themselves."""
    wanted = set(messages)
    found = [one for one in await _public(ticket) if one.id in wanted] if wanted else []
    if len(found) < len(wanted):
        raise Invalid({"quote": phrase("Only what the customer sees too can be quoted.")})
    reader = reading.get()
    quotes = [
        Markup("<p>{}</p><blockquote>{}</blockquote>").format(
            gettext(
                "On %(moment)s, %(name)s wrote:",
                moment=long_moment(one.sent_at, reader.tz, reader.lang),
                name=one.who,
            ),
            Markup(_PICTURE.sub("", one.html)),  # noqa: S704  # made safe when it was kept
        )
        for one in found
    ]
    return "".join(quotes)


async def _files(ticket: Ticket, files: Collection[int]) -> tuple[File, ...]:
    """Files with public messages of the ticket."""
    wanted = set(files)
    rows = [row for one in await _public(ticket) for row in one.files if row.id in wanted] if wanted else []
    if len(rows) < len(wanted):
        raise Invalid({"file": phrase("Only files that the customer sees too can go along.")})
    return tuple(File(row.sha256, row.filename, row.content_type, row.size) for row in rows)


async def _public(ticket: Ticket) -> list[ticket_queries.MessageRow]:
    return [one for one in await ticket_queries.messages(SYSTEM, ticket.id) if one.kind == "reply"]


async def _refuse_requester(ticket: Ticket, **boxes: Collection[Mailbox]) -> None:
    """Raises Invalid, for the field of that name, where a letter would go to the customer who shall not see it."""
    row = await Person.select(Person.email_key).where(Person.id == ticket.requester).first()
    for field, typed in boxes.items():
        for one in typed:
            if row and email_key(one.email) == row["email_key"]:
                raise Invalid({field: phrase("%(address)s is the customer's own address.", address=one.email)})


async def _boxes(typed: str, field: str) -> list[Mailbox]:
    """Addresses as they are typed, between commas, each once. Raises Invalid for what is none, and for one of ours."""
    boxes: dict[str, Mailbox] = {}
    for text in filter(None, map(str.strip, re.split(r"[,;\n]", typed))):
        named = _NAMED.fullmatch(text)
        name, email = (named[1].strip(), named[2].strip()) if named else ("", text)
        if not is_address(email):
            raise Invalid({field: phrase("“%(text)s” is no address.", text=text[:100])})
        if await is_ours(email):
            ours = phrase("%(address)s is an address of ours: the letter would come back.", address=email)
            raise Invalid({field: ours})
        boxes[email_key(email)] = Mailbox(name, email)
    if len(boxes) > MOST_ADDRESSES:
        raise Invalid({field: phrase("Send it to at most %(most)s people.", most=MOST_ADDRESSES)})
    return [*boxes.values()]
