"""Fields in forms: what was sent of them, and a form that shows it again."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from litestar.datastructures import FormMultiDict, MultiDict

from helpdesk.tickets.fields.answers import input_name
from helpdesk.tickets.fields.queries import FieldEntry
from helpdesk.web.forms import Form, filled


def sent(came: FormMultiDict | MultiDict[Any], entries: Iterable[FieldEntry]) -> dict[int, list[str]]:
    """What a form says of some fields; those that it does not show (`shown`) are not in it."""
    shown = {one for one in came.getall("shown", []) if isinstance(one, str)}
    return {
        entry.id: [each for each in came.getall(input_name(entry.id), []) if isinstance(each, str)]
        for entry in entries
        if str(entry.id) in shown
    }


def typed(said: Mapping[int, Sequence[str]]) -> Form[Any]:
    """A form with what fields say."""
    return filled(**{input_name(field): [*texts] for field, texts in said.items()})
