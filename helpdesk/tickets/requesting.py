"""What the form for requests asks: what it is about, then what follows from that."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeGuard

from litestar.datastructures import FormMultiDict, MultiDict, UploadFile
from msgspec import Struct

from helpdesk.core.errors import Invalid
from helpdesk.departments.queries import DepartmentEntry, public_departments
from helpdesk.tickets import uploads
from helpdesk.tickets.fields import answers, forms
from helpdesk.tickets.fields import queries as fields
from helpdesk.tickets.fields.answers import input_name
from helpdesk.tickets.fields.queries import FieldEntry, Line
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
    """
    What somebody filled in, as far as it is asked: by field, with the SHA-256 of a file until it has a number.

    `files` are all that came, by field, also of fields that are not asked just now; `errors` tells of asked ones that
    cannot be kept.
    """

    wanted: answers.Wanted
    files: Mapping[int, File]
    errors: Mapping[str, object]

    @property
    def sent(self) -> list[File]:
        """The files that go with the request."""
        return [file for field, file in self.files.items() if field in self.wanted]


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
    """What was sent of the form's fields, as far as they are asked by it."""
    said = forms.sent(came, [line.field for line in lines if line.field.kind != "file"])
    asked = {line.field.id for line in fields.shown_on(lines, said)}
    wanted: dict[int, Sequence[str]] = {field: texts for field, texts in said.items() if field in asked}
    files: dict[int, File] = {}
    errors: dict[str, object] = {}
    for entry in await _public():
        if entry.kind != "file":
            continue
        file, error = await _file(came, entry.id)
        if file is not None:
            files[entry.id] = file
        if file is not None and entry.id in asked:
            wanted[entry.id] = [file.sha256]
        if error is not None and entry.id in asked:
            errors[input_name(entry.id)] = error
    return Filled(wanted, files, errors)


async def check(lines: Sequence[Line], given: Filled) -> None:
    """Raises Invalid with all that is wrong with what was filled in, or missing."""
    asked = fields.shown_on(lines, given.wanted)
    errors: dict[str, object] = {}
    try:
        await answers.checked(
            [line.field for line in asked],
            given.wanted,
            asked=[line.field.id for line in asked if line.is_asked],
            files={file.sha256: f"0:{file.filename}" for file in given.sent},
        )
    except Invalid as refusal:
        errors |= refusal.errors
    if errors := errors | {**given.errors}:
        raise Invalid(errors)


async def shown_again(came: FormMultiDict | MultiDict[Any], lines: Sequence[Line], given: Filled) -> dict[str, Any]:
    """
    What a form that comes back shows of its fields, those that are not asked just now among them.

    `aside` is what was filled in for another topic or department, as the form keeps it out of sight until it is
    wanted again.
    """
    on_it, public = {line.field.id for line in lines}, await _public()
    said = forms.sent(came, [one for one in public if one.kind != "file"])
    values = forms.typed({field: texts for field, texts in said.items() if field in on_it}).values
    aside = [
        pair
        for field, texts in said.items()
        if texts and field not in on_it
        for pair in (("shown", str(field)), *((input_name(field), text) for text in texts))
    ]
    for field, file in given.files.items():
        token = uploads.ticket_for(file)
        if field in on_it:
            values[f"kept-{field}"] = [(token, file.filename)]
        else:
            aside.append((f"kept-{field}", token))
    return {**values, "aside": aside}


async def _public() -> list[FieldEntry]:
    """Every field that customers may fill in on some form."""
    return [one for one in (await fields.everything()).values() if one.is_public and one.archived_at is None]


async def _file(came: FormMultiDict | MultiDict[Any], field: int) -> tuple[File | None, object]:
    """The file that was sent for a field, else the one that the form has kept from before; and what is wrong."""
    sent = [one for one in came.getall(input_name(field), []) if is_file(one)]
    kept = [one for one in came.getall(f"kept-{field}", []) if isinstance(one, str)]
    try:
        found, error = await uploads.keep(sent[:1]), None
    except Invalid as refusal:
        found, error = (), refusal.reason
    return next(iter(found or uploads.again(kept[:1])), None), error


async def shown_topic(topic: int | None) -> str:
    """What a request is about, as its customer is told; empty for nothing, and for a topic that only agents name."""
    about = (await everything()).get(topic or 0)
    return about.name if about is not None and about.is_public else ""


def is_file(sent: object) -> TypeGuard[UploadFile]:
    """Whether this is a file, and not the empty one that browsers send for none."""
    return isinstance(sent, UploadFile) and bool(sent.filename)
