"""
When a program of ours may write to an address (RFC 3834, section 2): not to ourselves, not where letters do
not arrive, not to machines that answer, and nowhere more than so often.

Headers that say "this is automatic" stop most loops. These limits stop those where the other side takes such
headers off: an address that has answered MOST_IN_A_ROW of our automatic letters, each at once, gets no more of them.
"""

from datetime import timedelta
from typing import Final

from helpdesk.core.clock import now
from helpdesk.core.db import transaction
from helpdesk.core.text import email_key
from helpdesk.departments import queries as departments
from helpdesk.mail import addresses
from helpdesk.mail.tables import AutomaticLetter, Inbound

MOST_AN_HOUR: Final = 5
MOST_A_DAY: Final = 20
MOST_IN_A_ROW: Final = 10
AT_ONCE: Final = timedelta(minutes=1)
"""No person reads a letter and answers it faster, time after time."""
FLOOD: Final = 20
FLOOD_WITHIN: Final = timedelta(minutes=10)
KEPT: Final = timedelta(days=2)


async def may_write(email: str, *, about: str, is_asked_for: bool = False) -> bool:
    """
    Whether a program may write to this address now; if so, the letter is counted. Yes once for each `about`.

    `is_asked_for`: somebody has just asked for this letter on one of our pages, a link to sign in. It goes to
    an address that seems dead, too, once a day: that is how its owner finds out that it works again.
    """
    trouble = await addresses.trouble(email)
    if await departments.is_ours(email) or (trouble and trouble.is_silent and not is_asked_for):
        return False
    async with transaction():
        key = email_key(email)
        today = (AutomaticLetter.email_key == key) & (AutomaticLetter.sent_at > now() - timedelta(days=1))
        rows = await AutomaticLetter.select(AutomaticLetter.about, AutomaticLetter.sent_at).where(today)
        lately = [row["sent_at"] for row in rows if row["sent_at"] > now() - timedelta(hours=1)]
        if trouble and trouble.is_dead and (rows or not is_asked_for):
            return False
        if len(rows) >= MOST_IN_A_ROW and await _answers_at_once(email):
            await addresses.silence(email, addresses.LOOP)
            return False
        if len(lately) >= MOST_AN_HOUR or len(rows) >= MOST_A_DAY or about in {row["about"] for row in rows}:
            return False
        await AutomaticLetter.insert(AutomaticLetter(email_key=key, about=about, sent_at=now()))
    return True


async def is_flood(email: str) -> bool:
    """Whether letters rain from an address whose machine answers ours: an administrator should see them first."""
    trouble = await addresses.trouble(email)
    if trouble is None or not trouble.is_silent:
        return False
    lately = (Inbound.sender == email[:320]) & (Inbound.sorted_at > now() - FLOOD_WITHIN)
    return int(await Inbound.count().where(lately)) >= FLOOD


async def _answers_at_once(email: str) -> bool:
    """Whether each of the last automatic letters was followed by a letter from there within AT_ONCE."""
    ours = AutomaticLetter.email_key == email_key(email)
    newest = AutomaticLetter.select(AutomaticLetter.sent_at).where(ours).order_by(AutomaticLetter.id, ascending=False)
    sent = [row["sent_at"] for row in await newest.limit(MOST_IN_A_ROW)]
    came = await Inbound.select(Inbound.received_at).where(
        (Inbound.sender == email[:320]) & (Inbound.received_at >= min(sent))
    )
    moments = [row["received_at"] for row in came]
    return all(any(moment <= one <= moment + AT_ONCE for one in moments) for moment in sent)


async def sweep() -> None:
    """Forget what no limit looks at any more."""
    await AutomaticLetter.delete().where(AutomaticLetter.sent_at < now() - KEPT)
