"""
Messages in the reader's language.

The English text in the code is the key. `<language>.po` beside this file holds the translations;
what has none is shown in English. Values stand in the text as `%(name)s`.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import msgspec
from babel.messages.pofile import read_po

from helpdesk.i18n.reader import reading

HERE = Path(__file__).parent


def gettext(message: str, /, **values: object) -> str:
    """`message` in the reader's language, with its values filled in."""
    text = _translations(reading.get().lang).get(message, message)
    return text % values if values else text


def ngettext(one: str, many: str, n: int, /, **values: object) -> str:
    """`one` or `many` as the reader's language counts, filled in; the number itself is the value `n`."""
    return counted(one, many, n) % {"n": n, **values}


def counted(one: str, many: str, n: int) -> str:
    """The form for `n` things in the reader's language, its values not filled in yet."""
    return _translations(reading.get().lang).get(one) or (one if n == 1 else many)


class Phrase(msgspec.Struct, frozen=True):
    """A message chosen now and translated later, when someone reads it: `str(phrase)`."""

    message: str
    values: dict[str, object] = {}

    def __str__(self) -> str:
        return gettext(self.message, **self.values)


def phrase(message: str, /, **values: object) -> Phrase:
    """Keep a message for a reader who is not known yet: a form's error, a status's name."""
    return Phrase(message, values)


@cache
def _translations(lang: str) -> dict[str, str]:
    """English text to `lang`, read once. A plural stands under its singular: Vietnamese has one form."""
    path = HERE / f"{lang}.po"
    if not path.exists():
        return {}
    with path.open("rb") as file:
        catalogue = read_po(file, locale=lang)
    texts: dict[str, str] = {}
    for entry in catalogue:
        key, text = first(entry.id), first(entry.string)
        if key and text and not entry.fuzzy:
            texts[key] = text
    return texts


def first(forms: str | tuple[str, ...] | list[str] | None) -> str:
    """The only text of a message, or its first plural form; empty when there is none."""
    if isinstance(forms, str):
        return forms
    return (forms[0] or "") if forms else ""
