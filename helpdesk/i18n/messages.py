"""
`make messages`: bring the Vietnamese catalogue up to date with the code and templates.

Extracts every `_()`, `gettext()`, `ngettext()` and `phrase()`, keeps what is translated, sets aside
what is no longer used, and prints what still needs a translation. The file it writes depends on
nothing but the messages: no dates, no line numbers, sorted.
"""

from __future__ import annotations

import re
import sys
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from helpdesk.i18n.catalogue import first

ROOT = Path(__file__).parents[2]
PO = Path(__file__).with_name("vi.po")
SOURCES = ("helpdesk", "kb", "templates")
METHODS = [("**.py", "python"), ("**.html", "jinja2"), ("**.txt", "jinja2")]
KEYWORDS: dict[str, tuple[int, ...] | None] = {"_": None, "gettext": None, "phrase": None, "ngettext": (1, 2)}
HEADER = r"""# The help desk in Vietnamese. Kept by `make messages`; the English text is the key.
msgid ""
msgstr ""
"Language: vi\n"
"Content-Type: text/plain; charset=utf-8\n"
"Plural-Forms: nplurals=1; plural=0;\n"

"""
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]")


def extract() -> Catalog:
    """Every message of the code and the templates, untranslated."""
    template = Catalog()
    for source in SOURCES:
        for _, _, message, _, _ in extract_from_dir(
            ROOT / source,
            method_map=METHODS,
            options_map={"**.html": {"silent": "no"}, "**.txt": {"silent": "no"}},
            keywords=KEYWORDS,
        ):
            template.add(message)
    return template


def updated(po: bytes, template: Catalog) -> Catalog:
    """The catalogue in `po` with exactly the messages of `template`, translations kept."""
    catalogue = read_po(BytesIO(po), locale="vi")
    catalogue.update(template, no_fuzzy_matching=True)
    return catalogue


def written(catalogue: Catalog) -> bytes:
    """The catalogue as the bytes of a .po file."""
    out = BytesIO()
    write_po(out, catalogue, width=120, no_location=True, omit_header=True, sort_output=True)
    return HEADER.encode() + out.getvalue()


def missing(catalogue: Catalog) -> list[str]:
    """The English texts which have no Vietnamese yet."""
    return sorted(singular(entry) for entry in catalogue if entry.id and (not translation(entry) or entry.fuzzy))


def mismatched(catalogue: Catalog) -> list[str]:
    """The English texts whose translation names other values than they do."""
    return sorted(
        singular(entry)
        for entry in catalogue
        if entry.id and translation(entry) and placeholders(translation(entry)) != placeholders(plural(entry))
    )


def unfillable(catalogue: Catalog) -> list[str]:
    """The English texts with values in which, or in whose translation, a bare percent sign is in the way: write %%."""
    return sorted(singular(entry) for entry in catalogue if entry.id and not all(map(fillable, texts(entry))))


def fillable(text: str) -> bool:
    """Whether nothing but values and doubled percent signs would be filled in."""
    return not placeholders(text) or "%" not in PLACEHOLDER.sub("", text).replace("%%", "")


def texts(entry: Message) -> tuple[str, ...]:
    """Every text of a message, in both languages."""
    return singular(entry), plural(entry), translation(entry)


def singular(entry: Message) -> str:
    """The text under which a message is looked up."""
    return first(entry.id)


def plural(entry: Message) -> str:
    """The English text for many, which is the only text of a message that does not count."""
    return entry.id if isinstance(entry.id, str) else entry.id[1]


def translation(entry: Message) -> str:
    """The Vietnamese text, empty when there is none."""
    return first(entry.string)


def placeholders(text: str) -> set[str]:
    """The names of the values a text wants."""
    return set(PLACEHOLDER.findall(text))


def main() -> int:
    """Rewrite vi.po; 1 when translations are missing."""
    catalogue = updated(PO.read_bytes() if PO.exists() else b"", extract())
    PO.write_bytes(written(catalogue))
    untranslated = missing(catalogue)
    sys.stdout.writelines(f"not translated: {text!r}\n" for text in untranslated)
    sys.stdout.write(f"{len(catalogue)} messages, {len(untranslated)} without Vietnamese\n")
    return 1 if untranslated else 0


if __name__ == "__main__":
    sys.exit(main())
