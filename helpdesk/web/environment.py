"""
Jinja's environment, one for each language: what it offers to every template, and nothing else.

What a language makes constant (translations, icons, addresses of files and pages) becomes plain text
when a template is compiled, not each time it is shown: a page of the desk has hundreds of them.
"""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined, nodes, select_autoescape
from jinja2.visitor import NodeTransformer
from markupsafe import escape

from helpdesk.i18n.catalogue import counted, gettext
from helpdesk.i18n.reader import LANGUAGES, Reader, reading, reading_as
from helpdesk.web import elements, naming
from helpdesk.web.assets import static_url
from helpdesk.web.compiling import Compiler, Gathering, safe


class _ForOneLanguage(Environment):
    """Compiles templates for the readers of one language."""

    lang = ""
    code_generator_class = Compiler
    safe = staticmethod(safe)

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """Ours for all templates, as they are: Jinja's chain of two is gone through for each of a page's parts."""
        return {**self.globals, **d} if d else self.globals

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        with reading_as(Reader(self.lang, reading.get().tz)):
            template: nodes.Template = Gathering().visit(_Constants().visit(super()._parse(source, name, filename)))
        template.set_environment(self)
        return template


class _Constants(NodeTransformer):
    """Calls what gives the same to all readers of a language, where its arguments stand in the template."""

    def visit_Call(self, call: nodes.Call) -> nodes.Node:  # noqa: N802  # Jinja finds visitors by these names
        self.generic_visit(call)
        function = CONSTANT.get(call.node.name) if isinstance(call.node, nodes.Name) else None
        if function is None or call.dyn_args or call.dyn_kwargs or (call.kwargs and function is translate):
            return call
        values = [*call.args, *(pair.value for pair in call.kwargs)]
        if not all(isinstance(value, nodes.Const) for value in values):
            return call
        named = {pair.key: pair.value.as_const() for pair in call.kwargs}
        return nodes.Const(function(*(value.as_const() for value in call.args), **named), lineno=call.lineno)


def environment(templates: Path, lang: str = "en") -> Environment:
    """
    Templates under `templates` for readers of `lang`, escaped unless they are plain text (`.txt`).

    A name that a page forgot to give is an error, never an empty place. Templates are read once.
    """
    built = _ForOneLanguage(
        loader=FileSystemLoader(templates),
        autoescape=select_autoescape(disabled_extensions=("txt",), default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        cache_size=-1,
    )
    built.lang = lang
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
        naming=naming.current,
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


CONSTANT: Final[dict[str, Callable[..., str]]] = {
    "_": translate,
    "icon": elements.icon,
    "static_url": static_url,
    "public_url": public_url,
}
"""What gives the same to all readers of a language, by its name in templates."""
