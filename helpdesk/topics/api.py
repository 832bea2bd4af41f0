from litestar import Controller, get
from msgspec import Struct

from helpdesk.core.paging import Page
from helpdesk.topics import queries
from helpdesk.topics.queries import TopicEntry
from helpdesk.web.actor import CurrentActor


class TopicOut(Struct, frozen=True):
    """What a new ticket may be about; its `id` is the `topic` of tickets. `is_public`: customers may name it, too."""

    id: int
    name_vi: str
    name_en: str
    about_vi: str
    about_en: str
    is_public: bool


class TopicApi(Controller):
    path = "/topics"
    tags = ["Tickets"]

    @get()
    async def list(self, actor: CurrentActor) -> Page[TopicOut]:
        """Topics in use, in their order: all of them for people of the desk, public ones for anyone else."""
        return Page([_out(one) for one in await queries.topics_for(actor)], None)


def _out(entry: TopicEntry) -> TopicOut:
    return TopicOut(
        id=entry.id,
        name_vi=entry.name_vi,
        name_en=entry.name_en,
        about_vi=entry.about_vi,
        about_en=entry.about_en,
        is_public=entry.is_public,
    )
