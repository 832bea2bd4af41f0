"""What is changed about topics."""

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Struct

from helpdesk.core.actor import Actor
from helpdesk.core.db import is_still_needed, locked, on_commit, transaction
from helpdesk.core.errors import Conflict, Forbidden, Invalid, NotFound
from helpdesk.departments.tables import Department
from helpdesk.events.record import record
from helpdesk.i18n.catalogue import phrase
from helpdesk.topics import access, queries, rules
from helpdesk.topics.events import RequestTopicAdded, RequestTopicChanged, RequestTopicRemoved
from helpdesk.topics.tables import Topic
from helpdesk.web import naming


class Wanted(Struct, frozen=True, kw_only=True):
    """All that is said of a topic. `priority` empty says nothing of it."""

    name_vi: str
    name_en: str
    department: int
    about_vi: str = ""
    about_en: str = ""
    priority: str = ""
    tags: Sequence[str] = ()
    skills: Sequence[str] = ()
    plus: str = ""
    is_public: bool = True
    is_active: bool = True


async def create(actor: Actor, wanted: Wanted) -> int:
    """Let requests be about something more, last in the order; its id. Raises Forbidden, and Invalid by field."""
    async with transaction():
        check_access(actor)
        await _check(wanted, None)
        rows = await Topic.select(Topic.position).order_by(Topic.position, Topic.id)
        if len(rows) >= rules.MOST_TOPICS:
            raise Invalid({"": phrase("There are %(most)s topics already.", most=rules.MOST_TOPICS)})
        topic = Topic(**_columns(wanted), position=rows[-1]["position"] + 1 if rows else 1)
        await topic.save()
        await record(RequestTopicAdded(actor=actor.id, request_topic=topic.id))
        on_commit(queries.forget_all)
    return int(topic.id)


async def change(actor: Actor, topic_id: int, wanted: Wanted) -> None:
    """Make it as wanted; tickets that are about it stay as they are. Raises as `create` does, and NotFound."""
    async with transaction():
        check_access(actor)
        topic = await locked_topic(topic_id)
        await _check(wanted, topic_id)
        await Topic.update(_columns(wanted)).where(Topic.id == topic.id)
        is_renamed = (topic.name_vi, topic.name_en) != (wanted.name_vi, wanted.name_en)
        await changed(actor, topic_id, is_renamed=is_renamed)


async def move(actor: Actor, topic_id: int, *, up: bool) -> None:
    """One place up or down in the order."""
    async with transaction():
        check_access(actor)
        rows = await locked(Topic.objects().order_by(Topic.position, Topic.id))
        ids = [row.id for row in rows]
        if topic_id not in ids:
            raise NotFound()
        place = ids.index(topic_id)
        ids.insert(max(0, place - 1) if up else place + 1, ids.pop(place))
        for row in rows:
            row.position = ids.index(row.id)
            await row.save([Topic.position])
        await changed(actor, topic_id)


async def remove(actor: Actor, topic_id: int) -> None:
    """Take a topic away for good, with its form. Raises Conflict while a ticket is about it."""
    async with transaction():
        check_access(actor)
        await locked_topic(topic_id)
        try:
            async with transaction():
                await Topic.delete().where(Topic.id == topic_id)
        except Exception as error:
            if not is_still_needed(error):
                raise
            raise Conflict(phrase("Tickets are about this topic. Put it out of use instead.")) from error
        await record(RequestTopicRemoved(actor=actor.id, request_topic=topic_id))
        on_commit(queries.forget_all)


def check_access(actor: Actor) -> None:
    """Raises Forbidden for who may not manage topics."""
    if not access.may_manage(actor):
        raise Forbidden()


async def locked_topic(topic_id: int) -> Topic:
    """The topic, to be changed. Raises NotFound."""
    topic = await locked(Topic.objects().where(Topic.id == topic_id)).first()
    if topic is None:
        raise NotFound()
    return topic


async def changed(actor: Actor, topic_id: int, *, is_renamed: bool = False) -> None:
    """Tell of a change to a topic or its form. In the caller's transaction."""
    await record(RequestTopicChanged(actor=actor.id, request_topic=topic_id, is_renamed=is_renamed))
    on_commit(queries.forget_all)


async def _check(wanted: Wanted, topic_id: int | None) -> None:
    """Raises Invalid with everything that is wrong, by field."""
    errors: dict[str, object] = {}
    if not await Department.exists().where(Department.id == wanted.department):
        errors["department"] = phrase("There is no such department.")
    if wanted.priority and wanted.priority not in naming.current().priorities:
        errors["priority"] = phrase("Choose one of the values offered.")
    if wanted.plus and not rules.is_plus(wanted.plus):
        errors["plus"] = phrase("Use letters a–z and digits only, at least two.")
    elif wanted.plus:
        rows = await Topic.select(Topic.id).where(Topic.plus == wanted.plus).order_by(Topic.id)
        if any(row["id"] != topic_id for row in rows):
            errors["plus"] = phrase("Another topic has this word already.")
    for name, most in (("tags", rules.MOST_NAMES), ("skills", rules.MOST_NAMES)):
        if len(getattr(wanted, name)) > most:
            errors[name] = phrase("Name at most %(most)s.", most=most)
    if errors:
        raise Invalid(errors)


def _columns(wanted: Wanted) -> dict[Any, Any]:
    columns = msgspec.structs.asdict(wanted)
    for name in ("tags", "skills"):
        columns[name] = msgspec.json.encode([*columns[name]]).decode()
    return columns
