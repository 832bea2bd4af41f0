"""
What is read about fields and carriers.

They are few, change rarely and stand on many pages, so all of them are kept in memory for KEPT_SECONDS; a change
is seen at once on this machine, on another after that time.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import msgspec
from msgspec import Struct

from helpdesk.core.errors import NotFound
from helpdesk.core.kept import Kept
from helpdesk.i18n.catalogue import gettext
from helpdesk.i18n.dates import day
from helpdesk.i18n.reader import reading
from helpdesk.tickets.fields import rules, tracking
from helpdesk.tickets.fields.rules import Choice, Kind
from helpdesk.tickets.fields.tables import Carrier, Field, TopicField
from helpdesk.tickets.fields.tracking import CarrierEntry

KEPT_SECONDS: Final = 5.0


class FieldEntry(Struct, frozen=True):
    """A field as pages show it; `choices` with those that are gone."""

    id: int
    name_vi: str
    name_en: str
    help_vi: str
    help_en: str
    kind: Kind
    department: int | None
    choices: tuple[Choice, ...]
    link: str
    is_public: bool
    is_asked: bool
    is_needed: bool
    archived_at: datetime | None
    is_of_topics: bool = False
    topics: frozenset[int] = frozenset()
    """Those whose forms ask for it."""

    @property
    def name(self) -> str:
        """Its name in the reader's language."""
        return (self.name_vi or self.name_en) if reading.get().lang == "vi" else (self.name_en or self.name_vi)

    @property
    def help(self) -> str:
        return (self.help_vi or self.help_en) if reading.get().lang == "vi" else (self.help_en or self.help_vi)

    @property
    def offered(self) -> list[tuple[str, str]]:
        """What is chosen from: key and name in the reader's language."""
        if self.kind == "yesno":
            return [("yes", gettext("Yes")), ("no", gettext("No"))]
        return [(one.key, self._label(one)) for one in self.choices if not one.is_gone]

    def is_of(self, department: int, topic: int | None) -> bool:
        """Whether tickets of a department have it, or tickets about a topic."""
        is_theirs = not self.is_of_topics and self.department in {None, department}
        return self.archived_at is None and (is_theirs or topic in self.topics)

    def label(self, text: str) -> str:
        """One value for the reader's eyes."""
        lang = reading.get().lang
        match self.kind:
            case "choice" | "choices":
                return next((self._label(one) for one in self.choices if one.key == text), text)
            case "yesno":
                return gettext("Yes") if text == "yes" else gettext("No")
            case "number":
                return text.replace(".", ",") if lang == "vi" else text
            case "date":
                return day(datetime.fromisoformat(text).replace(tzinfo=UTC), "UTC", lang)
        return rules.bare(self.kind, text)

    def written(self, text: str) -> str:
        """One value as people would type it: a parcel's number behind its carrier."""
        code = rules.carrier_code(text) if self.kind == "tracking" else ""
        return f"{code.upper()} {rules.bare(self.kind, text)}" if code else text

    def labels(self, texts: Sequence[str]) -> str:
        """All that a ticket says in it, on one line; empty for nothing."""
        return ", ".join(map(self.label, texts))

    def words(self, texts: Sequence[str]) -> str:
        """What the search finds a value by, in both languages."""
        if self.kind in rules.CHOSEN:
            return " ".join(f"{one.vi} {one.en}" for one in self.choices if one.key in texts)
        return "" if self.kind == "yesno" else " ".join(rules.bare(self.kind, text) for text in texts)

    def _label(self, choice: Choice) -> str:
        return choice.vi if reading.get().lang == "vi" else choice.en


class Shown(Struct, frozen=True):
    """
    What a ticket says in a field, for reading.

    `link` leads to the order or the parcel, `carrier` brings it, `file` is the id of an attachment of the ticket.
    """

    field: FieldEntry
    text: str
    link: str = ""
    carrier: str = ""
    file: int = 0


class Line(Struct, frozen=True):
    """A field on a form. It is asked only if `only` says `value`, where there is one."""

    field: FieldEntry
    is_asked: bool
    only: FieldEntry | None = None
    value: str = ""

    @property
    def condition(self) -> str:
        """On what it depends, in the reader's language; empty for nothing."""
        return condition(self.only, self.value) if self.only else ""

    @property
    def decided_by(self) -> str:
        """The same for forms: a field and what it says, such as `7:yes`."""
        return f"{self.only.id}:{self.value}" if self.only else ""


class _Asked(Struct, frozen=True):
    """A row of a topic's form."""

    field: int
    is_asked: bool
    only: int | None
    value: str


class _Known(Struct, frozen=True):
    fields: dict[int, FieldEntry]
    forms: dict[int, list[_Asked]]


Fields = Mapping[int, FieldEntry]

_fields: Final = Kept[None, _Known]("fields", KEPT_SECONDS)
_carriers: Final = Kept[None, list[CarrierEntry]]("carriers", KEPT_SECONDS)


async def everything() -> Fields:
    """Every field by its id, archived ones too, in their order."""
    return (await _fields.get(None, _read)).fields


async def of_ticket(department: int, topic: int | None) -> list[FieldEntry]:
    """What tickets of a department and about a topic have: as the topic's form asks, then the others in order."""
    asked = [line.field for line in await topic_form(topic)] if topic is not None else []
    known = {one.id for one in asked}
    rest = [one for one in (await everything()).values() if one.is_of(department, topic) and one.id not in known]
    return [*asked, *rest]


async def topic_form(topic: int) -> list[Line]:
    """What the form of a topic asks for, in its order; without fields that are archived."""
    known = await _fields.get(None, _read)
    asked = [one for one in known.forms.get(topic, []) if known.fields[one.field].archived_at is None]
    on_it = {one.field for one in asked}
    return [
        Line(known.fields[one.field], one.is_asked, known.fields[one.only] if one.only in on_it else None, one.value)
        for one in asked
    ]


async def on_form(department: int, topic: int | None = None) -> list[Line]:
    """
    What customers are asked on the form: by their topic, and where it asks for nothing by the department.

    What is asked only if a field for agents says so is not for customers either.
    """
    if topic is not None and (lines := await topic_form(topic)):
        public: dict[int, Line] = {}
        for line in lines:
            if line.field.is_public and (line.only is None or line.only.id in public):
                public[line.field.id] = line
        return [*public.values()]
    return [Line(one, one.is_asked) for one in await of_ticket(department, topic) if one.is_public]


def shown_on(lines: Sequence[Line], said: Mapping[int, Sequence[str]]) -> list[Line]:
    """The lines of a form that are asked, by what was filled in so far. What is not asked decides nothing."""
    asked: dict[int, Line] = {}
    for line in lines:
        if line.only is None or (line.only.id in asked and line.value in said.get(line.only.id, ())):
            asked[line.field.id] = line
    return [*asked.values()]


def condition(entry: FieldEntry, value: str) -> str:
    """That a field says this, as what something else depends on, in the reader's language."""
    return gettext("Only if “%(field)s” is “%(value)s”", field=entry.name, value=entry.label(value))


async def field(field_id: int) -> FieldEntry:
    """One field. Raises NotFound."""
    found = (await everything()).get(field_id)
    if found is None:
        raise NotFound()
    return found


async def carriers() -> list[CarrierEntry]:
    """Every carrier in its order, those out of use too."""
    return await _carriers.get(None, _read_carriers)


async def carrier(carrier_id: int) -> CarrierEntry:
    """One carrier. Raises NotFound."""
    found = next((one for one in await carriers() if one.id == carrier_id), None)
    if found is None:
        raise NotFound()
    return found


def shown(entry: FieldEntry, texts: Sequence[str], known: Sequence[CarrierEntry]) -> Shown:
    """A value with the link that its kind has."""
    text = entry.labels(texts)
    if entry.kind == "file" and texts:
        return Shown(entry, text, file=rules.number("file", texts[0]) or 0)
    if entry.kind == "order" and texts:
        return Shown(entry, text, tracking.followed_at(entry.link, texts[0]))
    if entry.kind == "tracking" and texts:
        code = rules.carrier_code(texts[0])
        carrier = next((one for one in known if one.code == code), None)
        if carrier is not None:
            return Shown(entry, text, tracking.followed_at(carrier.link, text), carrier.name)
    return Shown(entry, text)


def forget_all() -> None:
    """Read everything anew at the next question."""
    _fields.forget()
    _carriers.forget()


async def _read() -> _Known:
    rows = await Field.select(
        *(Field.id, Field.name_vi, Field.name_en, Field.help_vi, Field.help_en, Field.kind, Field.department),
        *(Field.choices, Field.link, Field.is_public, Field.is_asked, Field.is_needed, Field.archived_at),
        Field.is_of_topics,
    ).order_by(Field.position, Field.id)
    asked = await TopicField.select(
        *(TopicField.topic, TopicField.field, TopicField.is_asked, TopicField.only_field, TopicField.only_value)
    ).order_by(TopicField.position, TopicField.id)
    known = {row["id"] for row in rows}
    forms: dict[int, list[_Asked]] = {}
    for one in asked:
        if one["field"] in known:  # else it was added since the query before
            line = _Asked(one["field"], one["is_asked"], one["only_field"], one["only_value"])
            forms.setdefault(one["topic"], []).append(line)
    topics = {
        field: frozenset(topic for topic, lines in forms.items() if any(line.field == field for line in lines))
        for field in known
    }
    return _Known({row["id"]: _entry(row, topics[row["id"]]) for row in rows}, forms)


def _entry(row: dict[str, Any], topics: frozenset[int]) -> FieldEntry:
    return msgspec.convert({**row, "choices": msgspec.json.decode(row["choices"]), "topics": topics}, FieldEntry)


async def _read_carriers() -> list[CarrierEntry]:
    rows = await Carrier.select(
        *(Carrier.id, Carrier.code, Carrier.name, Carrier.called, Carrier.link, Carrier.sure, Carrier.near),
        Carrier.is_active,
    ).order_by(Carrier.position, Carrier.id)
    return [CarrierEntry(**row) for row in rows]
