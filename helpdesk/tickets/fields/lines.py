"""What administrators change about the forms of topics: which fields they ask for, in which order, and when."""

from collections.abc import Sequence

from msgspec import Struct

from helpdesk.core.actor import Actor
from helpdesk.core.db import locked, on_commit, transaction
from helpdesk.core.errors import Conflict, Invalid, NotFound
from helpdesk.i18n.catalogue import phrase
from helpdesk.tickets.fields import queries, rules
from helpdesk.tickets.fields.tables import TopicField
from helpdesk.topics import actions as topics

MOST_LINES = 30


class Wanted(Struct, frozen=True, kw_only=True):
    """How a form asks for a field: whether it insists on it, and only if the field `only` says `value`."""

    is_asked: bool = False
    only: int | None = None
    value: str = ""


async def add(actor: Actor, topic: int, field: int) -> None:
    """Let the form of a topic ask for a field, after all others. Raises Invalid, Forbidden, NotFound."""
    async with transaction():
        rows = await _form(actor, topic)
        entry = (await queries.everything()).get(field)
        if entry is None or entry.archived_at is not None or any(row.field == field for row in rows):
            raise Invalid({"field": phrase("Choose one of the values offered.")})
        if len(rows) >= MOST_LINES:
            raise Invalid({"field": phrase("A form asks for at most %(most)s fields.", most=MOST_LINES)})
        position = rows[-1].position + 1 if rows else 1
        await TopicField.insert(TopicField(topic=topic, field=field, position=position, is_asked=entry.is_asked))
        await _changed(actor, topic)


async def change(actor: Actor, topic: int, field: int, wanted: Wanted) -> None:
    """Ask for it as wanted. Raises Invalid for a condition that cannot be (`only`), Forbidden, NotFound."""
    async with transaction():
        rows = await _form(actor, topic)
        row = rows[_place(rows, field)]
        if wanted.only is not None:
            await _check(rows, field, wanted.only, wanted.value)
        row.is_asked, row.only_field = wanted.is_asked, wanted.only
        row.only_value = wanted.value if wanted.only is not None else ""
        await row.save([TopicField.is_asked, TopicField.only_field, TopicField.only_value])
        await _changed(actor, topic)


async def move(actor: Actor, topic: int, field: int, *, up: bool) -> None:
    """One place up or down. Raises Conflict where it would come before what decides whether it is asked."""
    async with transaction():
        rows = await _form(actor, topic)
        place = _place(rows, field)
        rows.insert(max(0, place - 1) if up else place + 1, rows.pop(place))
        order = [row.field for row in rows]
        if any(row.only_field in order[order.index(row.field) :] for row in rows):
            raise Conflict(phrase("What decides whether a field is asked stands above it."))
        for number, row in enumerate(rows, 1):
            row.position = number
            await row.save([TopicField.position])
        await _changed(actor, topic)


async def remove(actor: Actor, topic: int, field: int) -> None:
    """Let the form ask for it no more. Raises Conflict while another field depends on it."""
    async with transaction():
        rows = await _form(actor, topic)
        row = rows[_place(rows, field)]
        if any(one.only_field == field for one in rows):
            raise Conflict(phrase("Another field is asked only by what this one says. Change that first."))
        await TopicField.delete().where(TopicField.id == row.id)
        await _changed(actor, topic)


async def _form(actor: Actor, topic: int) -> list[TopicField]:
    """The rows of a form in order, to be changed."""
    topics.check_access(actor)
    await topics.locked_topic(topic)
    return await locked(
        TopicField.objects().where(TopicField.topic == topic).order_by(TopicField.position, TopicField.id)
    )


def _place(rows: Sequence[TopicField], field: int) -> int:
    place = next((number for number, row in enumerate(rows) if row.field == field), None)
    if place is None:
        raise NotFound()
    return place


async def _check(rows: Sequence[TopicField], field: int, only: int, value: str) -> None:
    """Raises Invalid for a field that does not stand above, or says no such thing."""
    above = {row.field for row in rows[: _place(rows, field)]}
    entry = (await queries.everything()).get(only)
    is_fine = entry is not None and only in above and entry.kind in rules.DECIDING
    row = rows[_place(rows, field)]
    is_as_it_was = (row.only_field, row.only_value) == (only, value)
    if not is_fine or entry is None or not (is_as_it_was or value in {key for key, _ in entry.offered}):
        raise Invalid({"only": phrase("Choose one of the values offered.")})


async def _changed(actor: Actor, topic: int) -> None:
    await topics.changed(actor, topic)
    on_commit(queries.forget_all)
