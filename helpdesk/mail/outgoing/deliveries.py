"""How the sending of our letters goes, for the pages of what they are about. Whoever asks has checked who may know."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from typing import Final

import msgspec
from msgspec import Struct
from piccolo.custom_types import Combinable

from helpdesk.core.text import email_key
from helpdesk.i18n.catalogue import Phrase
from helpdesk.mail.outgoing.why import in_words, of_server
from helpdesk.mail.tables import DeliveryReport, Outbound, OutboundRecipient, Relay

_LETTER: Final = (
    *(Outbound.id, Outbound.about, Outbound.state, Outbound.attempts, Outbound.retries),
    *(Outbound.send_at, Outbound.sent_at, Outbound.answer),
)
_RECIPIENT: Final = (
    *(OutboundRecipient.outbound, OutboundRecipient.email, OutboundRecipient.state, OutboundRecipient.code),
    *(OutboundRecipient.status, OutboundRecipient.reason, OutboundRecipient.changed_at),
)


class RecipientEntry(Struct, frozen=True):
    """How a letter does with one of its recipients; the fields are those of OutboundRecipient."""

    email: str
    state: str
    code: int
    status: str
    reason: str
    changed_at: datetime
    read_at: datetime | None = None
    """When a read receipt came (RFC 8098); most mail programs send none."""

    @property
    def is_in_trouble(self) -> bool:
        """Whether there is more to say than that the letter waits or left; also when others report a delay."""
        return bool(self.reason) and not (self.state == "sent" and self.code)

    @property
    def why(self) -> Phrase:
        return in_words(self.state, self.code, self.status, self.reason)


class Delivery(Struct, frozen=True):
    """How the sending of one letter goes. `trouble` is what our own mail server suffers from while letters wait."""

    id: int
    about: str
    state: str
    attempts: int
    retries: int
    send_at: datetime
    sent_at: datetime | None
    answer: str
    recipients: tuple[RecipientEntry, ...] = ()
    trouble: str = ""
    next_try_at: datetime | None = None

    @property
    def shown(self) -> str:
        """The state as people are told it: a letter that waits after a try, or for our server, is delayed."""
        return "delayed" if self.state == "waiting" and (self.attempts or self.trouble) else self.state

    @property
    def again(self) -> str:
        """What tells the failures of one sending from those of the one before; empty for the first."""
        return f".{self.retries}" if self.retries else ""

    @property
    def because(self) -> Phrase | None:
        """What our own mail server suffers from, in words."""
        return of_server(self.trouble) if self.trouble else None


async def about(things: Collection[str]) -> dict[str, Delivery]:
    """The letters about these things, such as message:7; of several about one, the newest."""
    return {one.about: one for one in await _found(Outbound.about.is_in([*things]))} if things else {}


async def of(outbounds: Collection[int]) -> dict[int, Delivery]:
    """These letters, by id."""
    return {one.id: one for one in await _found(Outbound.id.is_in([*outbounds] or [0]))}


async def _found(where: Combinable) -> list[Delivery]:
    rows = await Outbound.select(*_LETTER).where(where).order_by(Outbound.id)
    if not rows:
        return []
    found = await (
        OutboundRecipient.select(*_RECIPIENT)
        .where(OutboundRecipient.outbound.is_in([row["id"] for row in rows]))
        .order_by(OutboundRecipient.id)
    )
    read = await _read([row["id"] for row in rows])
    recipients: defaultdict[int, list[RecipientEntry]] = defaultdict(list)
    for one in found:
        read_at = read.get((one["outbound"], email_key(one["email"])))
        recipients[one["outbound"]].append(msgspec.convert({**one, "read_at": read_at}, RecipientEntry))
    trouble, again_at = await _trouble() if any(row["state"] == "waiting" for row in rows) else ("", None)
    return [
        Delivery(
            **row,
            recipients=tuple(recipients[row["id"]]),
            trouble=trouble if row["state"] == "waiting" else "",
            next_try_at=max(row["send_at"], again_at or row["send_at"]) if row["state"] == "waiting" else None,
        )
        for row in rows
    ]


async def _read(letters: Collection[int]) -> dict[tuple[int, str], datetime]:
    """When letters were read, by letter and key of the recipient, as far as somebody's program told."""
    told = DeliveryReport.outbound.is_in([*letters]) & (DeliveryReport.kind == "read")
    columns = (DeliveryReport.outbound, DeliveryReport.recipient, DeliveryReport.told_at)
    rows = await DeliveryReport.select(*columns).where(told).order_by(DeliveryReport.id, ascending=False)
    return {(row["outbound"], email_key(row["recipient"])): row["told_at"] for row in rows}


async def _trouble() -> tuple[str, datetime | None]:
    """What our own mail server suffers from, and when it is tried again."""
    row = await Relay.select(Relay.failing_since, Relay.last_error, Relay.next_try_at).first()
    return (row["last_error"], row["next_try_at"]) if row and row["failing_since"] else ("", None)
