"""Rules to begin with: each is a form that is filled in already, and is kept only when somebody saves it."""

from collections.abc import Callable, Mapping
from typing import Final

from msgspec import Struct

from helpdesk.automation.actions import Wanted
from helpdesk.automation.queries import Act
from helpdesk.i18n.catalogue import Phrase, gettext, phrase
from helpdesk.tickets.conditions import Conditions
from helpdesk.tickets.terms import Term


class Beginning(Struct, frozen=True):
    """A rule to begin with, and what it is good for."""

    title: Phrase
    about: Phrase
    wanted: Callable[[], Wanted]


def _send_something() -> Wanted:
    return Wanted(
        title=gettext("Send the price list"),
        whens=("opened", "asked"),
        conditions=Conditions(all=(Term("either", "has", ("bảng giá, báo giá, price list, catalogue",)),)),
        acts=(Act("answer", days=7),),
    )


def _remind() -> Wanted:
    return Wanted(
        title=gettext("Remind the customer"),
        waits_for="answered",
        hours=72,
        conditions=Conditions(all=(Term("status", "is", ("pending",)),)),
        acts=(Act("answer"),),
    )


def _close() -> Wanted:
    return Wanted(
        title=gettext("Close what was solved a week ago"),
        waits_for="status",
        hours=168,
        conditions=Conditions(all=(Term("status", "is", ("solved",)),)),
        acts=(Act("status", "closed"),),
    )


def _alarm() -> Wanted:
    return Wanted(
        title=gettext("Promise at risk"),
        whens=("near",),
        conditions=Conditions(all=(Term("status", "is", ("new", "open")),)),
        acts=(Act("priority", "high"), Act("tell", "team", words=gettext("A promise on this ticket is near its end."))),
    )


BEGINNINGS: Final[Mapping[str, Beginning]] = {
    "send": Beginning(
        phrase("Autoresponder"),
        phrase("Sends a price list or a brochure to whoever asks for it, to each address once a week at most."),
        _send_something,
    ),
    "remind": Beginning(
        phrase("Reminder"), phrase("Asks again when a customer has said nothing for three days."), _remind
    ),
    "close": Beginning(phrase("Closing"), phrase("Closes what was solved a week ago."), _close),
    "alarm": Beginning(
        phrase("Alarm"), phrase("Raises the priority and writes to the team when a promise is at risk."), _alarm
    ),
}
"""By the word in the address `/admin/rules/new?like=send`."""
