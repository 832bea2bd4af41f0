"""
Public pages carry their language in the address: `/vi/help`, `/en/help`.

The door takes the prefix off before routing, so no route knows of it; `localised` puts it on.
"""

from typing import Final

from helpdesk.i18n.reader import LANGUAGES, reading

PUBLIC: Final = frozenset({"help", "community", "signin", "account"})
"""First parts of the paths of pages that exist in every language."""


def split(path: str) -> tuple[str | None, str]:
    """A path's language prefix, if it has one, and the path without it."""
    first, _, rest = path.removeprefix("/").partition("/")
    if first in LANGUAGES:
        return first, "/" + (rest or "help")
    return None, path


def is_public(path: str) -> bool:
    return path.removeprefix("/").partition("/")[0].partition("?")[0].partition("#")[0] in PUBLIC


def localised(path: str, lang: str = "") -> str:
    """`path` as an address for the reader (or `lang`): public pages get the prefix, others stay."""
    return f"/{lang or reading.get().lang}{path}" if is_public(path) else path


def preferred(accept_language: str, default: str) -> str:
    """The first of our languages that a browser asks for (RFC 9110, 12.5.4), else `default`."""
    wishes = []
    for part in accept_language.split(","):
        name, _, parameter = part.strip().partition(";")
        try:
            weight = float(parameter.partition("q=")[2] or 1)
        except ValueError:
            weight = 0.0
        wishes.append((-weight, name.strip().lower().partition("-")[0]))
    for weight, name in sorted(wishes, key=lambda wish: wish[0]):
        if name in LANGUAGES and weight < 0:
            return name
    return default
