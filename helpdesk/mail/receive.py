"""The one door in for letters: kept byte for byte, and owed to be sorted, before anybody says thanks."""

from collections.abc import Sequence

from msgspec import Struct

from helpdesk.core.clock import now
from helpdesk.core.db import transaction
from helpdesk.jobs.queue import enqueue, function_named
from helpdesk.mail.identity import SORT_JOB, row
from helpdesk.mail.tables import Inbound, InboundRaw


class Received(Struct, frozen=True):
    """A letter that is kept; not new when the same one had come in before."""

    id: int
    is_new: bool


async def receive(raw: bytes, source: str, envelope_from: str = "", envelope_to: Sequence[str] = ()) -> Received:
    """
    Keep a letter. After this call it is on the disk and will be sorted, whatever happens to the process.

    `source` is the door: smtp, lmtp or imap:<mailbox id>. `envelope_from` is empty where nobody told and
    `identity.NULL_SENDER` for bounces; `envelope_to` are the addresses it was handed in for, as far as known.
    """
    letter = Inbound(**row(raw, source, envelope_from, envelope_to, now()))
    async with transaction():
        insert = Inbound.insert(letter).on_conflict(action="DO NOTHING", target=Inbound.identity)
        added = await insert.returning(Inbound.id)
        if not added:
            known = await Inbound.select(Inbound.id).where(Inbound.identity == letter.identity).first()
            assert known is not None
            return Received(known["id"], is_new=False)
        inbound: int = added[0]["id"]
        await InboundRaw.insert(InboundRaw(inbound=inbound, content=raw))
        await enqueue(function_named(SORT_JOB), {"inbound": inbound})
    return Received(inbound, is_new=True)


async def raw_bytes(inbound: int) -> bytes | None:
    """The letter as it was handed to us; None when there is none of this id."""
    found = await InboundRaw.select(InboundRaw.content).where(InboundRaw.inbound == inbound).first()
    return bytes(found["content"]) if found else None
