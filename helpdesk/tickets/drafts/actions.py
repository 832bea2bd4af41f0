"""
Drafts: kept while an agent types, made of an answer that is taken back, over when something is sent.

No event tells of them: what nobody has sent is nobody's business.
"""

from datetime import datetime, timedelta
from typing import Final

import msgspec
from msgspec import structs

from helpdesk.core.actor import Actor
from helpdesk.core.clock import now
from helpdesk.core.db import locked, on_commit, transaction
from helpdesk.core.errors import Forbidden
from helpdesk.core.text import nfc, printable
from helpdesk.tickets import access, queries
from helpdesk.tickets.canned import actions as canned
from helpdesk.tickets.drafts.queries import Along, PassedOn, forget_choices
from helpdesk.tickets.drafts.tables import Draft, SendingChoice
from helpdesk.tickets.side.tables import SideMessage
from helpdesk.tickets.tables import Attachment, Message

JUST_SENT: Final = timedelta(minutes=1)
"""A browser may still save for so long what it has sent already."""


async def save(
    actor: Actor, ticket_id: int, *, mode: str, body: str, status: str = "", passed_on: PassedOn | None = None
) -> datetime | None:
    """
    Keep what was typed so far; when it was kept. An empty text is no draft: None.

    Raises NotFound and Forbidden as the ticket's other work does.
    """
    async with transaction():
        await _check(actor, ticket_id)
        if await _is_sent(actor, ticket_id, body):
            return None
        row = await _row(actor, ticket_id)
        if row is None and not body:
            return None
        draft = row or Draft(person=actor.id, ticket=ticket_id, saved_at=now())
        draft.mode, draft.body, draft.status, draft.saved_at = mode, body, status, now()
        draft.passed_on = _with_files(draft.passed_on, passed_on) if passed_on else ""
        if not body and draft.message is None:
            await Draft.delete().where(Draft.id == draft.id)
            return None
        await draft.save()
    return draft.saved_at


async def take_in(actor: Actor, ticket_id: int, message: Message, status: str) -> None:
    """Go on with an answer that was taken back; what was typed since stands below it. In the caller's transaction."""
    draft = await _row(actor, ticket_id) or Draft(person=actor.id, ticket=ticket_id, saved_at=now())
    draft.body = "\n\n".join(part for part in (message.body, draft.body) if part)
    draft.mode, draft.status, draft.message, draft.saved_at = "reply", status, message.id, now()
    await draft.save()


async def pass_on_later(actor: Actor, ticket_id: int, body: str, along: Along) -> None:
    """Go on with a letter that was taken back; what was typed since stands below it. In the caller's transaction."""
    draft = await _row(actor, ticket_id) or Draft(person=actor.id, ticket=ticket_id, saved_at=now())
    draft.body = "\n\n".join(part for part in (body, draft.body) if part)
    draft.mode, draft.passed_on, draft.saved_at = "forward", msgspec.json.encode(along).decode(), now()
    await draft.save()


async def choose(actor: Actor, status: str) -> None:
    """Remember what the actor let a ticket become with an answer. In the caller's transaction."""
    await SendingChoice.insert(SendingChoice(person=actor.id, status=status)).on_conflict(
        target=SendingChoice.person, action="DO UPDATE", values=[SendingChoice.status]
    )
    on_commit(forget_choices)


async def forget(actor: Actor, ticket_id: int) -> None:
    """Throw away what the actor was writing on the ticket, since it is sent now, or not wanted."""
    async with transaction():
        await _check(actor, ticket_id)
        await Draft.delete().where((Draft.person == actor.id) & (Draft.ticket == ticket_id))
        mine = (Message.ticket == ticket_id) & (Message.author == actor.id) & (Message.kind == "draft")
        for row in await locked(Message.objects().where(mine)):
            await canned.forget_use(row.id)
            await Attachment.delete().where(Attachment.message == row.id)
            await Message.delete().where(Message.id == row.id)


def _with_files(before: str, passed_on: PassedOn) -> str:
    """What is chosen now, with the files of a letter that was taken back."""
    files = msgspec.json.decode(before, type=Along).files if before else []
    return msgspec.json.encode(Along(**structs.asdict(passed_on), files=files)).decode()


async def _check(actor: Actor, ticket_id: int) -> None:
    if not access.may_work(actor, await queries.get(actor, ticket_id)):
        raise Forbidden()


async def _row(actor: Actor, ticket_id: int) -> Draft | None:
    return await locked(Draft.objects().where((Draft.person == actor.id) & (Draft.ticket == ticket_id))).first()


async def _is_sent(actor: Actor, ticket_id: int, body: str) -> bool:
    mine = (Message.ticket == ticket_id) & (Message.author == actor.id) & (Message.kind != "draft")
    words, since = nfc(printable(body)), now() - JUST_SENT
    if not body or await Message.exists().where(mine & (Message.body == words) & (Message.sent_at > since)):
        return bool(body)
    passed_on = (SideMessage.author == actor.id) & (SideMessage.body == words) & (SideMessage.sent_at > since)
    return await SideMessage.exists().where((SideMessage.side.ticket == ticket_id) & passed_on)
