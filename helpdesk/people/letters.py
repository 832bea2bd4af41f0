"""What agents choose for their letters: the signature under their answers, and what they are told by mail."""

from collections.abc import Collection, Mapping
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta, Struct

from helpdesk.core.actor import Actor
from helpdesk.core.db import on_commit, transaction
from helpdesk.core.errors import Forbidden, Invalid
from helpdesk.core.kept import Kept
from helpdesk.events.record import record
from helpdesk.mail.outgoing.wording import SIGNATURE, problems
from helpdesk.people.events import PersonChanged
from helpdesk.people.tables import AgentMail

SMALL_TEAM: Final = 5
"""People in a department up to which its new tickets are told to everybody who has not chosen."""

Signature = Annotated[str, Meta(max_length=2000)]


class Choices(Struct, frozen=True, kw_only=True):
    """An agent's choices; signatures are texts of `mail.outgoing.wording`. `hears_new` is empty: in a small team."""

    signature_vi: Signature = ""
    signature_en: Signature = ""
    hears_new: Literal["", "yes", "no"] = ""
    hears_assigned: bool = False
    hears_replies: bool = False

    def signature(self, lang: str) -> str:
        """The signature as it is written; that of the other language where there is none in `lang`."""
        if lang == "vi":
            return self.signature_vi or self.signature_en
        return self.signature_en or self.signature_vi

    def is_told_of_new(self, team: int) -> bool:
        """Whether new tickets of a department with so many people are told to them."""
        return self.hears_new == "yes" or (not self.hears_new and team <= SMALL_TEAM)


NOT_CHOSEN: Final = Choices(hears_assigned=True, hears_replies=True)


KEPT_SECONDS: Final = 5.0
_choices: Final = Kept[int, Mapping[int, Choices]]("letters to agents", KEPT_SECONDS)


async def choices(person: int) -> Choices:
    """What one of them chose, as it was a moment ago: their signature stands on every page of a ticket."""
    return (await _choices.get(person, lambda: choices_of([person])))[person]


async def choices_of(people: Collection[int]) -> Mapping[int, Choices]:
    """What each of them chose."""
    rows = await AgentMail.select(
        AgentMail.person,
        AgentMail.signature_vi,
        AgentMail.signature_en,
        AgentMail.hears_new,
        AgentMail.hears_assigned,
        AgentMail.hears_replies,
    ).where(AgentMail.person.is_in([*people] or [0]))
    return dict.fromkeys(people, NOT_CHOSEN) | {row["person"]: msgspec.convert(row, Choices) for row in rows}


async def choose(actor: Actor, wanted: Choices) -> None:
    """Keep the actor's own choices. Raises Forbidden for those who do not work at the desk, Invalid by field."""
    if not actor.is_agent or actor.id is None:
        raise Forbidden()
    wrong = {
        field: found[0]
        for field in ("signature_vi", "signature_en")
        if (found := problems(getattr(wanted, field), SIGNATURE))
    }
    if wrong:
        raise Invalid(wrong)
    async with transaction():
        row = AgentMail(person=actor.id, **msgspec.structs.asdict(wanted))
        await AgentMail.insert(row).on_conflict(
            target=AgentMail.person,
            action="DO UPDATE",
            values=[
                *(AgentMail.signature_vi, AgentMail.signature_en),
                *(AgentMail.hears_new, AgentMail.hears_assigned, AgentMail.hears_replies),
            ],
        )
        await record(PersonChanged(actor=actor.id, person=actor.id))
        on_commit(_choices.forget)
