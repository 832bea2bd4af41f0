"""The API's description as a page to read, made from the same OpenAPI document that machines get."""

from functools import cache
from typing import Any

from litestar import Litestar, get
from msgspec import Struct

from helpdesk.web.actor import Page
from helpdesk.web.render import Html, page

METHODS = ("get", "post", "patch", "put", "delete")


class Field(Struct, frozen=True):
    """One thing to send or to receive: a parameter, or a field of a body."""

    name: str
    kind: str
    about: str
    is_required: bool


class Operation(Struct, frozen=True):
    """One thing the API can do."""

    method: str
    path: str
    title: str
    about: str
    parameters: list[Field]
    body: list[Field]
    answer: list[Field]


@get("/api/v1/docs", include_in_schema=False)
async def api_docs(request: Page) -> Html:
    return page("api/docs.html", groups=described(request.app))


@cache
def described(app: Litestar) -> dict[str, list[Operation]]:
    """Every operation under its tag, in the order of paths."""
    document = app.openapi_schema.to_schema()
    schemas = document.get("components", {}).get("schemas", {})
    groups: dict[str, list[Operation]] = {}
    for path, item in sorted(document.get("paths", {}).items()):
        for method in METHODS:
            if operation := item.get(method):
                group = (operation.get("tags") or ["Other"])[0]
                groups.setdefault(group, []).append(_operation(method, path, operation, schemas))
    return dict(sorted(groups.items()))


def _operation(method: str, path: str, operation: dict[str, Any], schemas: dict[str, Any]) -> Operation:
    answers = [answer for status, answer in operation.get("responses", {}).items() if status.startswith("2")]
    return Operation(
        method=method.upper(),
        path=path,
        title=operation.get("summary", ""),
        about=operation.get("description", ""),
        parameters=[
            Field(
                parameter["name"],
                _kind(parameter.get("schema", {})),
                parameter.get("description", ""),
                parameter.get("required", False),
            )
            for parameter in operation.get("parameters", [])
        ],
        body=_fields(operation.get("requestBody", {}), schemas),
        answer=_fields(answers[0], schemas) if answers else [],
    )


def _fields(content: dict[str, Any], schemas: dict[str, Any]) -> list[Field]:
    """The fields of a body or an answer, one level deep."""
    media: dict[str, Any] = next(iter(content.get("content", {}).values()), {})
    schema = _resolved(media.get("schema", {}), schemas)
    if schema.get("type") == "array":
        schema = _resolved(schema.get("items", {}), schemas)
    required = schema.get("required", [])
    return [
        Field(name, _kind(field), field.get("description", ""), name in required)
        for name, field in schema.get("properties", {}).items()
    ]


def _resolved(schema: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    name = _reference(schema)
    return schemas.get(name, {}) if name else schema


def _kind(schema: dict[str, Any]) -> str:
    if name := _reference(schema):
        return name
    if "oneOf" in schema:
        return " | ".join(_kind(part) for part in schema["oneOf"])
    if schema.get("enum"):
        return " | ".join(str(value) for value in schema["enum"])
    if schema.get("type") == "array":
        return f"[{_kind(schema.get('items', {}))}]"
    return str(schema.get("format") or schema.get("type") or "")


def _reference(schema: dict[str, Any]) -> str:
    return str(schema.get("$ref", "")).rpartition("/")[2]
