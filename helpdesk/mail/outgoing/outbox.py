"""
The way out: a letter is owed in the transaction that causes it, and each recipient has a state until the end.

`sending.py` does the sending. Where no server is set (`smtp_url` is empty) letters stay on the outbox page.
"""

import zlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, Literal

import msgspec
from msgspec import Struct

from helpdesk.core.actor import Actor
from helpdesk.core.clock import now
from helpdesk.core.db import locked, transaction
from helpdesk.core.errors import Conflict, NotFound
from helpdesk.core.text import email_key
from helpdesk.events.record import record
from helpdesk.i18n.catalogue import phrase
from helpdesk.jobs.queue import enqueue, function_named
from helpdesk.mail.events import LetterBounced, LetterFailed, LetterRetried, SendingChanged
from helpdesk.mail.outgoing.compose import Outgoing, checked, compose
from helpdesk.mail.tables import Outbound, OutboundRecipient, Relay

FIRST_RETRY: Final = timedelta(minutes=1)
LAST_RETRY: Final = timedelta(hours=4)
MOST_TRIES: Final = 36
"""About five days, as RFC 5321, section 4.5.4.1, asks for at least four or five."""
MOST_DROPS: Final = 2
"""A line that breaks after the whole letter may have brought it: sent once more, then never again by itself."""
JITTER: Final = 0.1
"""How much longer a pause may be, so that letters which waited together do not come back together."""
SEND_JOB: Final = "helpdesk.mail.outgoing.sending:send_due"
OPEN: Final = ("waiting", "delayed")
"""States of recipients whom the letter still has to reach."""

RecipientState = Literal["waiting", "sent", "delayed", "unknown", "failed", "bounced"]


class Outcome(Struct, frozen=True):
    """What became of one recipient in one try. `code`, `status` and `reason` as in OutboundRecipient."""

    state: RecipientState
    code: int = 0
    status: str = ""
    reason: str = ""

    @property
    def told(self) -> str:
        return f"{self.code} {self.reason}" if self.code else self.reason


async def owe(
    letter: Outgoing, *, about: str, key: str | None = None, envelope_from: str = "", lane: str = ""
) -> int | None:
    """
    Promise to send a letter, with the transaction around this call; its id in the outbox.

    The same `key` owes once: None when it was owed before. Bounces go to `envelope_from`. Letters of one
    `lane`, such as ticket:7, leave in the order in which they were owed. A letter to nobody we can write to
    is kept as failed, so that somebody sees it.
    """
    try:
        content, recipients, error = compose(letter), [checked(email) for email in letter.recipients], ""
    except ValueError as refusal:
        content, recipients, error = b"", letter.recipients, str(refusal)
    row = Outbound(
        about=about,
        key=key,
        lane=lane,
        envelope_from=envelope_from,
        recipients=msgspec.json.encode(recipients).decode(),
        subject=letter.subject,
        message_id=letter.message_id,
        content=content,
        state="failed" if error else "waiting",
        last_error=error,
        send_at=letter.sent_at,
        created_at=now(),
    )
    async with transaction():
        insert = Outbound.insert(row)
        if key is not None:
            insert = insert.on_conflict(action="DO NOTHING", target=Outbound.key)
        added = await insert.returning(Outbound.id)
        if not added:
            return None
        outbound: int = added[0]["id"]
        await _name(outbound, recipients, error)
        if error:
            await record(LetterFailed(actor=None, outbound=outbound))
        else:
            await wake(letter.sent_at)
    return outbound


async def wake(at: datetime) -> None:
    """Have what is due by then sent; those who ask for the same second ask for one job."""
    await enqueue(function_named(SEND_JOB), {}, run_at=at, key=f"outbox:{at:%Y-%m-%dT%H:%M:%S}")


async def settle(outbound: int, outcomes: Mapping[str, Outcome], *, answer: str = "", is_dropped: bool = False) -> None:
    """
    Write down what became of the recipients in a try: done, again later for some, or given up.

    `answer` is what the server said when it took the letter; `is_dropped` that it said nothing at all.
    """
    async with transaction():
        tried: dict[Any, Any] = {Outbound.attempts: Outbound.attempts + 1}
        if is_dropped:
            tried[Outbound.drops] = Outbound.drops + 1
        rows = await (
            Outbound.update(tried)
            .where((Outbound.id == outbound) & (Outbound.state == "waiting"))
            .returning(Outbound.attempts, Outbound.lane)
        )
        if not rows:
            return
        tries: int = rows[0]["attempts"]
        if tries >= MOST_TRIES:
            outcomes = {email: _given_up(outcome) for email, outcome in outcomes.items()}
        states = await _write(outbound, outcomes)
        state = overall(states)
        told = [f"{email}: {outcome.told}" for email, outcome in outcomes.items() if outcome.state != "sent"]
        changes: dict[Any, Any] = {Outbound.state: state, Outbound.last_error: "; ".join(told)}
        if answer:
            changes |= {Outbound.answer: answer, Outbound.sent_at: now()}
        if state == "waiting":
            changes[Outbound.send_at] = now() + pause(tries, outbound)
            await wake(changes[Outbound.send_at])
        await Outbound.update(changes).where(Outbound.id == outbound)
        await _tell(outbound, rows[0]["lane"], state)
        if state != "waiting" and {"failed", "unknown"} & {*states}:
            await record(LetterFailed(actor=None, outbound=outbound))


async def report(
    outbound: int, email: str, state: Literal["bounced", "delayed"], *, status: str = "", reason: str = ""
) -> bool:
    """
    Write down what another mail server told of a recipient after ours had taken the letter (RFC 3464).

    False when there is no such letter or recipient, or it is known already.
    """
    async with transaction():
        letter = await locked(Outbound.objects().where(Outbound.id == outbound)).first()
        one = (OutboundRecipient.outbound == outbound) & (OutboundRecipient.email_key == email_key(email))
        row = await OutboundRecipient.select(OutboundRecipient.state).where(one).first()
        if letter is None or row is None or row["state"] in {state, "bounced"}:
            return False
        if state == "delayed":  # still on its way, in the hands of others: we do not send it again
            changes: dict[Any, Any] = {OutboundRecipient.status: status, OutboundRecipient.reason: reason}
            await OutboundRecipient.update(changes).where(one)
        else:
            await _write(outbound, {email: Outcome(state, status=status, reason=reason)})
            letter.last_error = f"{email}: {reason or status}"
            if letter.state not in {"waiting", "kept"}:  # else others shall still get it
                letter.state = "bounced"
            await letter.save([Outbound.state, Outbound.last_error])
            await record(LetterBounced(actor=None, outbound=outbound))
        await _tell(letter.id, letter.lane, letter.state)
    return True


async def retry(actor: Actor, *, outbound: int = 0, about: str = "") -> None:
    """
    Send a letter (by its id, or the newest about a thing) to all whom it has not reached. The caller knows who may.

    Raises NotFound when there is no such letter, Conflict when it has arrived or can go to nobody.
    """
    which = (Outbound.about == about) if about else (Outbound.id == outbound)
    async with transaction():
        letter = await locked(Outbound.objects().where(which).order_by(Outbound.id, ascending=False)).first()
        if letter is None:
            raise NotFound()
        not_reached = (OutboundRecipient.outbound == letter.id) & (OutboundRecipient.state != "sent")
        if not await OutboundRecipient.exists().where(not_reached):
            raise Conflict(phrase("This letter has been sent already."))
        if not letter.content:
            raise Conflict(phrase("There is no address that this letter could be sent to."))
        letter.state, letter.attempts, letter.drops, letter.last_error, letter.send_at = "waiting", 0, 0, "", now()
        letter.retries += 1
        columns = (Outbound.state, Outbound.attempts, Outbound.drops, Outbound.last_error, Outbound.send_at)
        await letter.save([*columns, Outbound.retries])
        changes: dict[Any, Any] = {OutboundRecipient.state: "waiting", OutboundRecipient.changed_at: now()}
        await OutboundRecipient.update(changes).where(not_reached)
        await Relay.update({Relay.next_try_at: None}).where(Relay.next_try_at.is_not_null())
        await record(LetterRetried(actor=actor.id, outbound=letter.id))
        await _tell(letter.id, letter.lane, letter.state)
        await wake(letter.send_at)


def overall(states: Sequence[str]) -> str:
    """The state of a letter, of the states of its recipients."""
    if any(state in OPEN for state in states):
        return "waiting"
    for state in ("bounced", "unknown", "sent"):
        if state in states:
            return state
    return "failed"


def pause(tries: int, outbound: int) -> timedelta:
    """How long a letter waits after so many tries: twice as long each time, up to LAST_RETRY, and a little more."""
    share: float = zlib.crc32(f"{outbound}:{tries}".encode()) / 2**32
    wait: timedelta = min(FIRST_RETRY * 2 ** (tries - 1), LAST_RETRY)
    return wait * (1 + JITTER * share)


async def _name(outbound: int, recipients: Sequence[str], error: str) -> None:
    """Begin the list of who shall get it."""
    rows = [
        OutboundRecipient(
            outbound=outbound,
            email=email[:320],
            email_key=email_key(email)[:320],
            state="failed" if error else "waiting",
            reason=error,
            changed_at=now(),
        )
        for email in dict.fromkeys(recipients)
    ]
    if rows:
        await OutboundRecipient.insert(*rows)


async def _write(outbound: int, outcomes: Mapping[str, Outcome]) -> list[str]:
    """Keep what became of recipients; the states of all of them then."""
    for outcome in set(outcomes.values()):
        keys = [email_key(email) for email, its in outcomes.items() if its == outcome]
        await OutboundRecipient.update(
            {
                OutboundRecipient.state: outcome.state,
                OutboundRecipient.code: outcome.code,
                OutboundRecipient.status: outcome.status,
                OutboundRecipient.reason: outcome.reason,
                OutboundRecipient.changed_at: now(),
            }
        ).where((OutboundRecipient.outbound == outbound) & OutboundRecipient.email_key.is_in(keys))
    rows = await OutboundRecipient.select(OutboundRecipient.state).where(OutboundRecipient.outbound == outbound)
    return [row["state"] for row in rows]


def _given_up(outcome: Outcome) -> Outcome:
    return msgspec.structs.replace(outcome, state="failed") if outcome.state in OPEN else outcome


async def _tell(outbound: int, lane: str, state: str) -> None:
    """Let the pages know that show what the letter is about."""
    if lane:
        await record(SendingChanged(actor=None, outbound=outbound, lane=lane, state=state))
