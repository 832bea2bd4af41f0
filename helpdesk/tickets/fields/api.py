from litestar import Controller, get
from msgspec import Struct

from helpdesk.core.paging import Page
from helpdesk.tickets.fields import queries
from helpdesk.tickets.fields.queries import FieldEntry
from helpdesk.tickets.fields.rules import Kind
from helpdesk.web.actor import CurrentActor


class ChoiceOut(Struct, frozen=True):
    """One of those a field offers; tickets say its key."""

    key: str
    name_vi: str
    name_en: str


class FieldOut(Struct, frozen=True):
    """
    A field that tickets have. `department` null stands for all; `choices` only where it is chosen from.

    `topics` are those whose forms ask for it; with `is_of_topics` no other ticket has it.
    """

    id: int
    kind: Kind
    name_vi: str
    name_en: str
    department: int | None
    choices: list[ChoiceOut]
    is_public: bool
    is_asked: bool
    is_needed: bool
    is_of_topics: bool
    topics: list[int]


class FieldApi(Controller):
    path = "/fields"
    tags = ["Tickets"]

    @get()
    async def list(self, actor: CurrentActor) -> Page[FieldOut]:
        """Fields that tickets have besides what all have, in their order; public ones only for customers."""
        known = (await queries.everything()).values()
        return Page([_out(one) for one in known if one.archived_at is None and (actor.is_agent or one.is_public)], None)


def _out(entry: FieldEntry) -> FieldOut:
    return FieldOut(
        id=entry.id,
        kind=entry.kind,
        name_vi=entry.name_vi,
        name_en=entry.name_en,
        department=entry.department,
        choices=[ChoiceOut(one.key, one.vi, one.en) for one in entry.choices if not one.is_gone],
        is_public=entry.is_public,
        is_asked=entry.is_asked,
        is_needed=entry.is_needed,
        is_of_topics=entry.is_of_topics,
        topics=sorted(entry.topics),
    )
