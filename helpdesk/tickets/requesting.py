"""What the form for requests asks: what it is about, then what follows from that."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeGuard

from litestar.datastructures import FormMultiDict, MultiDict, UploadFile
from msgspec import Struct

from helpdesk.core.errors import Invalid
from helpdesk.departments.queries import DepartmentEntry, public_departments
from helpdesk.i18n.catalogue import phrase
from helpdesk.tickets import uploads
from helpdesk.tickets.fields import answers, forms
from helpdesk.tickets.fields import queries as fields
from helpdesk.tickets.fields.answers import input_name
from helpdesk.tickets.fields.queries import Line
from helpdesk.tickets.said import File
from helpdesk.topics.queries import TopicEntry, everything, topics

ELSE: Final = "0"
"""What the form says instead of a topic when none of them fits: then the customer chooses who answers."""


class Asks(Struct, frozen=True):
    """
    What a form asks by what was chosen on it so far.

    `department` is where the request would go, None while that is not known; `lines` are its fields.
    """

    topics: Sequence[TopicEntry]
    departments: Sequence[DepartmentEntry]
    topic: TopicEntry | None
    department: int | None
    lines: Sequence[Line] = ()

    @property
    def asks_department(self) -> bool:
        """Whether the customer says who answers."""
        return self.topic is None and (not self.topics or self.department is not None)

    @property
    def asks_impact(self) -> bool:
        """Whether the customer says how urgent it is."""
        return self.asks_department or (self.topic is not None and not self.topic.priority)


class Filled(Struct, frozen=True):
    """What somebody filled in: fields, and the files among them by field."""

    wanted: answers.Wanted
    files: Mapping[int, File]


async def asks(topic: object, department: object) -> Asks:
    """What the form asks when this is chosen, as forms say it; what is not offered counts as nothing chosen."""
    offered = [one for one in await topics() if one.is_active and one.is_public]
    places = await public_departments()
    if (chosen := next((one for one in offered if str(one.id) == str(topic)), None)) is not None:
        lines = await fields.on_form(chosen.department, chosen.id)
        return Asks(offered, places, chosen, chosen.department, lines)
    if offered and str(topic) != ELSE:
        return Asks(offered, places, None, None)
    place = next((one for one in places if str(one.id) == str(department)), places[0] if places else None)
    if place is None:
        return Asks(offered, places, None, None)
    return Asks(offered, places, None, place.id, await fields.on_form(place.id))


async def filled(came: FormMultiDict | MultiDict[Any], lines: Sequence[Line]) -> Filled:
    """
    What was sent of the form's fields, as far as they are asked by it. Raises Invalid for a file that cannot be kept.

    A file is named by its SHA-256 until its request has a number.
    """
    said = forms.sent(came, [line.field for line in lines if line.field.kind != "file"])
    asked = fields.shown_on(lines, said)
    wanted: dict[int, Sequence[str]] = {line.field.id: said[line.field.id] for line in asked if line.field.id in said}
    files = {}
    for line in asked:
        if line.field.kind == "file" and (file := await _file(came, line.field.id)) is not None:
            files[line.field.id], wanted[line.field.id] = file, [file.sha256]
    return Filled(wanted, files)


async def check(lines: Sequence[Line], given: Filled) -> None:
    """Raises Invalid with all that is wrong with what was filled in, or missing."""
    asked = fields.shown_on(lines, given.wanted)
    await answers.checked(
        [line.field for line in asked],
        given.wanted,
        asked=[line.field.id for line in asked if line.is_asked],
        files={file.sha256: f"0:{file.filename}" for file in given.files.values()},
    )


def shown_again(came: FormMultiDict | MultiDict[Any], lines: Sequence[Line], given: Filled | None) -> dict[str, Any]:
    """What a form that comes back shows of its fields, those that are not asked just now among them."""
    said = forms.sent(came, [line.field for line in lines if line.field.kind != "file"])
    values = forms.typed(said).values
    for field, file in given.files.items() if given else ():
        values[f"kept-{field}"] = [(uploads.ticket_for(file), file.filename)]
    return values


async def _file(came: FormMultiDict | MultiDict[Any], field: int) -> File | None:
    """The file that was sent for a field, else the one that the form has kept from before."""
    sent = [one for one in came.getall(input_name(field), []) if is_file(one)]
    try:
        found = await uploads.keep(sent[:1])
    except Invalid as refusal:
        raise Invalid(
            {input_name(field): refusal.errors.get("files", phrase("This cannot be used as it is."))}
        ) from None
    kept = [one for one in came.getall(f"kept-{field}", []) if isinstance(one, str)]
    return next(iter(found or uploads.again(kept[:1])), None)


async def shown_topic(topic: int | None) -> str:
    """What a request is about, as its customer is told; empty for nothing, and for a topic that only agents name."""
    about = (await everything()).get(topic or 0)
    return about.name if about is not None and about.is_public else ""


def is_file(sent: object) -> TypeGuard[UploadFile]:
    """Whether this is a file, and not the empty one that browsers send for none."""
    return isinstance(sent, UploadFile) and bool(sent.filename)
