"""The one Jinja environment: built at start, what it offers to every template, and nothing else."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import escape

from helpdesk.i18n.catalogue import counted, gettext
from helpdesk.i18n.reader import LANGUAGES, reading
from helpdesk.web import elements
from helpdesk.web.assets import static_url


def environment(templates: Path) -> Environment:
    """
    Templates under `templates`, escaped unless they are plain text (`.txt`).

    A name that a page forgot to give is an error, never an empty place. Templates are read once.
    """
    built = Environment(
        loader=FileSystemLoader(templates),
        autoescape=select_autoescape(disabled_extensions=("txt",), default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        cache_size=-1,
    )
    built.globals.update(
        _=translate,
        ngettext=translate_count,
        static_url=static_url,
        public_url=public_url,
        languages=LANGUAGES,
        icon=elements.icon,
        status=elements.status,
        status_name=elements.status_name,
        priority=elements.priority,
        priority_name=elements.priority_name,
        clock_name=elements.clock_name,
        sla=elements.sla,
        avatar=elements.avatar,
        ago=elements.ago,
        short_ago=elements.short_ago,
        moment=elements.moment,
        day=elements.day,
        clock_time=elements.clock_time,
        duration=elements.duration,
        working_time=elements.working_time,
        size=elements.size,
    )
    return built


def public_url(path: str) -> str:
    """A public page's address in the reader's language: "/help" is "/vi/help"."""
    return f"/{reading.get().lang}{path}"


def translate(message: str, /, **values: object) -> str:
    """The message in the reader's language, filled in."""
    return _filled(gettext(message), values)


def translate_count(one: str, many: str, n: int, /, **values: object) -> str:
    """The form for `n` things in the reader's language, filled in; the number is the value `n`."""
    return _filled(counted(one, many, n), {"n": n, **values})


def _filled(text: str, values: dict[str, object]) -> str:
    """The text with its values: HTML when one of them is, and then all else is escaped."""
    if any(hasattr(value, "__html__") for value in values.values()):
        return escape(text) % values
    return text % values if values else text
