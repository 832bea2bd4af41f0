"""
What is read about fields and carriers.

They are few, change rarely and stand on many pages, so all of them are kept in memory for KEPT_SECONDS; a change
in this process is seen at once, one in another process after that time.
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
from helpdesk.tickets.fields.tables import Carrier, Field
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

    def is_of(self, department: int) -> bool:
        """Whether tickets of a department have it."""
        return self.archived_at is None and self.department in {None, department}

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
    """What a ticket says in a field, for reading; `link` leads to the order or the parcel, `carrier` brings it."""

    field: FieldEntry
    text: str
    link: str = ""
    carrier: str = ""


Fields = Mapping[int, FieldEntry]

_fields: Final = Kept[None, dict[int, FieldEntry]](KEPT_SECONDS)
_carriers: Final = Kept[None, list[CarrierEntry]](KEPT_SECONDS)


async def everything() -> Fields:
    """Every field by its id, archived ones too, in their order."""
    return await _fields.get(None, _read)


async def of_department(department: int) -> list[FieldEntry]:
    """What tickets of a department have, in order."""
    return [one for one in (await everything()).values() if one.is_of(department)]


async def on_form(department: int) -> list[FieldEntry]:
    """What customers are asked on the form when they choose this department."""
    return [one for one in await of_department(department) if one.is_public]


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


async def _read() -> dict[int, FieldEntry]:
    rows = await Field.select(
        *(Field.id, Field.name_vi, Field.name_en, Field.help_vi, Field.help_en, Field.kind, Field.department),
        *(Field.choices, Field.link, Field.is_public, Field.is_asked, Field.is_needed, Field.archived_at),
    ).order_by(Field.position, Field.id)
    return {row["id"]: _entry(row) for row in rows}


def _entry(row: dict[str, Any]) -> FieldEntry:
    return msgspec.convert({**row, "choices": msgspec.json.decode(row["choices"])}, FieldEntry)


async def _read_carriers() -> list[CarrierEntry]:
    rows = await Carrier.select(
        *(Carrier.id, Carrier.code, Carrier.name, Carrier.called, Carrier.link, Carrier.sure, Carrier.near),
        Carrier.is_active,
    ).order_by(Carrier.position, Carrier.id)
    return [CarrierEntry(**row) for row in rows]
