"""
What is read about topics.

They are few, change rarely and stand on many pages, so all of them are kept in memory for KEPT_SECONDS; a change
is seen at once on this machine, on another after that time.
"""

from collections.abc import Mapping
from typing import Any, Final

import msgspec
from msgspec import Struct

from helpdesk.core.actor import Actor
from helpdesk.core.errors import NotFound
from helpdesk.core.kept import Kept
from helpdesk.core.text import slug
from helpdesk.i18n.reader import reading
from helpdesk.topics.tables import Topic

KEPT_SECONDS: Final = 5.0


class TopicEntry(Struct, frozen=True):
    """A topic as pages show it. `priority` empty: it says nothing of it; `skills` are names."""

    id: int
    name_vi: str
    name_en: str
    about_vi: str
    about_en: str
    department: int
    priority: str
    tags: tuple[str, ...]
    skills: tuple[str, ...]
    plus: str
    is_public: bool
    is_active: bool

    @property
    def name(self) -> str:
        """Its name in the reader's language."""
        return self.called(reading.get().lang)

    def called(self, lang: str) -> str:
        """Its name in `lang`; in the other language where it has none in that one."""
        return (self.name_vi or self.name_en) if lang == "vi" else (self.name_en or self.name_vi)

    @property
    def about(self) -> str:
        """A word of help in the reader's language."""
        return (self.about_vi or self.about_en) if reading.get().lang == "vi" else (self.about_en or self.about_vi)

    @property
    def address(self) -> str:
        """Where its form is."""
        return "/help/requests/new/" + "-".join(filter(None, (str(self.id), slug(self.name, 60))))


_kept: Final = Kept[None, Mapping[int, TopicEntry]]("topics", KEPT_SECONDS)


async def everything() -> Mapping[int, TopicEntry]:
    """Every topic by its id, also those out of use, in their order."""
    return await _kept.get(None, _read)


async def topics() -> list[TopicEntry]:
    """Every topic in its order, also those out of use."""
    return [*(await everything()).values()]


async def topics_for(actor: Actor) -> list[TopicEntry]:
    """What a new request of the actor may be about: public topics only, unless they work at the desk."""
    return [one for one in await topics() if one.is_active and (one.is_public or actor.is_agent or actor.is_system)]


async def topic(topic_id: int) -> TopicEntry:
    """One topic. Raises NotFound."""
    found = (await everything()).get(topic_id)
    if found is None:
        raise NotFound()
    return found


async def named_by(plus: str) -> TopicEntry | None:
    """The topic in use that an address of ours names after its plus; None for another plus."""
    wanted = plus.lower()
    return next((one for one in await topics() if one.is_active and one.plus and one.plus == wanted), None)


def forget_all() -> None:
    """Read everything anew at the next question."""
    _kept.forget()


async def _read() -> Mapping[int, TopicEntry]:
    rows = await Topic.select(
        *(Topic.id, Topic.name_vi, Topic.name_en, Topic.about_vi, Topic.about_en, Topic.department, Topic.priority),
        *(Topic.tags, Topic.skills, Topic.plus, Topic.is_public, Topic.is_active),
    ).order_by(Topic.position, Topic.id)
    return {row["id"]: _entry(row) for row in rows}


def _entry(row: dict[str, Any]) -> TopicEntry:
    lists = {name: msgspec.json.decode(row[name]) for name in ("tags", "skills")}
    return msgspec.convert({**row, **lists}, TopicEntry)
