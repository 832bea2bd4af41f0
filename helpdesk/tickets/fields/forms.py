"""Fields in forms: what was sent of them, and a form that shows it again."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from litestar.datastructures import FormMultiDict, MultiDict

from helpdesk.tickets.fields.answers import input_name
from helpdesk.tickets.fields.queries import FieldEntry
from helpdesk.web.forms import Form, filled


def sent(came: FormMultiDict | MultiDict[Any], entries: Iterable[FieldEntry]) -> dict[int, list[str]]:
    """
    What a form says of some fields. Not in it are those that it does not show (`shown`), and those that stand as it
    showed them (`was-7`): whatever somebody else made of them in the meantime stays.
    """
    shown = _texts(came, "shown")
    said = {entry.id: _texts(came, input_name(entry.id)) for entry in entries if str(entry.id) in shown}
    return {field: texts for field, texts in said.items() if texts != _texts(came, f"was-{field}")}


def _texts(came: FormMultiDict | MultiDict[Any], name: str) -> list[str]:
    return [each.replace("\r\n", "\n") for each in came.getall(name, []) if isinstance(each, str) and each]


def typed(said: Mapping[int, Sequence[str]]) -> Form[Any]:
    """A form with what fields say."""
    return filled(**{input_name(field): [*texts] for field, texts in said.items()})
