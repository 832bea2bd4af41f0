"""
Forms: a Struct says what is wanted, `read` says what came, with every error at once.

A field with a default may be left empty; one without may not. Nothing typed is lost: the same
template shows `form.values` again beside `form.errors`.
"""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Generic, TypeVar, get_args, get_origin

import msgspec
from litestar.datastructures import UploadFile
from msgspec import Meta, Struct
from msgspec.inspect import BoolType, IntType, ListType, LiteralType, Metadata, StrType, Type, type_info

from helpdesk.core.errors import Invalid
from helpdesk.core.text import printable
from helpdesk.i18n.catalogue import phrase
from helpdesk.web.actor import Page

S = TypeVar("S", bound=Struct)

Line = Annotated[str, Meta(min_length=1, max_length=200)]
OptionalLine = Annotated[str, Meta(max_length=200)]
Body = Annotated[str, Meta(min_length=1, max_length=100_000)]
OptionalBody = Annotated[str, Meta(max_length=100_000)]
Email = Annotated[
    str,
    Meta(
        pattern=r"^[^@\s<>,;:\"()\[\]]+@[^@\s<>,;:\"()\[\].]+(\.[^@\s<>,;:\"()\[\].]+)+$",
        max_length=320,
        extra={"error": phrase("Write an address such as lan@example.vn.")},
    ),
]
"""Looks like an address; whether it is one, a letter to it tells (RFC 5321 allows far stranger ones)."""


class Form(Struct, Generic[S]):
    """What came: `data` when all of it can be used, otherwise None and `errors` by field."""

    values: dict[str, Any]
    errors: dict[str, object] = {}
    data: S | None = None

    def refused(self, refusal: Invalid) -> "Form[S]":
        """The same form with what an action found wrong."""
        return Form(self.values, {**self.errors, **refusal.errors}, None)


def filled(**values: object) -> Form[Any]:
    """A form with what is known already, before anything was sent."""
    return Form({name: "" if value is None else value for name, value in values.items()})


async def read(request: Page, shape: type[S]) -> Form[S]:
    """What was sent, as far as `shape` asks for it. Other fields are passed over, as are files where words belong."""
    sent = await request.form()
    values: dict[str, Any] = {}
    for field in msgspec.structs.fields(shape):
        came = sent.getall(field.encode_name, [])
        if _is_upload(field.type):
            values[field.encode_name] = came
        elif _is_list(field.type):
            values[field.encode_name] = [_cleaned(value) for value in came if isinstance(value, str)]
        else:
            values[field.encode_name] = next((_cleaned(value) for value in came if isinstance(value, str)), "")
    return check(values, shape)


def check(values: Mapping[str, Any], shape: type[S]) -> Form[S]:
    """The same for values from anywhere."""
    data: dict[str, Any] = {}
    errors: dict[str, object] = {}
    for field in msgspec.structs.fields(shape):
        name, value = field.encode_name, values.get(field.encode_name, "")
        if _is_upload(field.type):
            data[name] = [file for file in value if isinstance(file, UploadFile) and file.filename]
            continue
        kind, extra = _kind_of(field.type)
        if isinstance(kind, BoolType):
            data[name] = value in {"on", "true", "1", True}
        elif value in {"", None} if not isinstance(value, list) else not value:
            if field.required and not isinstance(kind, ListType):
                errors[name] = phrase("This cannot be left empty.")
            elif isinstance(kind, ListType):
                data[name] = []
        else:
            try:
                data[name] = msgspec.convert(value, field.type, strict=False)
            except msgspec.ValidationError:
                errors[name] = extra.get("error") or _what_is_wrong(kind, value)
            else:
                if not _is_keepable(data[name]):
                    errors[name] = _what_is_wrong(kind, value)
    if errors:
        return Form(dict(values), errors)
    return Form(dict(values), {}, shape(**data))


def _is_keepable(value: Any) -> bool:
    """Whether every number in it fits the columns that numbers are kept in."""
    numbers = value if isinstance(value, list) else [value]
    return not any(isinstance(number, int) and abs(number) >= 2**31 for number in numbers)


def _what_is_wrong(kind: Type, value: object) -> object:
    match kind:
        case StrType(max_length=int(most)) if len(str(value)) > most:
            return phrase("Use at most %(most)s characters; these are %(have)s.", most=most, have=len(str(value)))
        case StrType(min_length=int(least)) if len(str(value)) < least:
            return phrase("Use at least %(least)s characters.", least=least)
        case IntType(ge=int(low), le=int(high)):
            return phrase("Write a whole number from %(low)s to %(high)s.", low=low, high=high)
        case IntType():
            return phrase("Write a whole number.")
        case LiteralType():
            return phrase("Choose one of the values offered.")
    return phrase("This cannot be used as it is.")


def _kind_of(annotation: Any) -> tuple[Type, Mapping[str, Any]]:
    """What msgspec knows of a field's type, without its `None`, and what its Meta says besides."""
    info = type_info(annotation)
    extra: Mapping[str, Any] = {}
    if isinstance(info, Metadata):
        extra, info = info.extra or {}, info.type
    if isinstance(info, msgspec.inspect.UnionType):
        info = next(kind for kind in info.types if not isinstance(kind, msgspec.inspect.NoneType))
    return info, extra


def _is_list(annotation: Any) -> bool:
    if get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    return get_origin(annotation) is list


def _is_upload(annotation: Any) -> bool:
    return _is_list(annotation) and UploadFile in get_args(annotation)


def _cleaned(value: str) -> str:
    """Text without the spaces around it, with one kind of line end and nothing that no page can show."""
    return printable(value.replace("\r\n", "\n").replace("\r", "\n")).strip()


def options(pairs: Iterable[tuple[object, object]]) -> list[tuple[str, str]]:
    """Choices for a select: value and label as text."""
    return [(str(value), str(label)) for value, label in pairs]
