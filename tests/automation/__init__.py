"""What tests of rules need again and again."""

from typing import Any

from helpdesk.automation import actions
from helpdesk.automation.actions import Wanted
from helpdesk.automation.queries import Act
from helpdesk.core.actor import SYSTEM
from helpdesk.tickets.conditions import Conditions
from helpdesk.tickets.terms import Term


def having(*words: str) -> Conditions:
    """Tickets whose subject or message has one of these."""
    return Conditions(all=(Term("either", "has", words),))


async def rule(*acts: Act, when: str = "opened", title: str = "Refunds", **more: Any) -> int:
    """A rule in use; by default for every ticket that is opened."""
    everything = Conditions(all=(Term("status", "is", ("new", "open", "pending", "hold", "solved", "closed")),))
    whens = tuple(when.split()) if when else ()
    wanted = {"title": title, "whens": whens, "conditions": everything, "is_active": True, **more}
    return await actions.add(SYSTEM, Wanted(acts=acts, **wanted))
