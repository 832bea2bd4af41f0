"""
The language in which letters are worded: Markdown with placeholders such as {{ ticket.number }}.

It is a small part of Jinja2: placeholders, `{% if promise %} … {% else %} … {% endif %}` and a few filters.
A text is read against that list before it is kept and again before it is used, and runs in Jinja's sandbox
with nothing but texts in reach, so that no wording can loop, call, look into an object or grow without end.

What placeholders stand for is never read as Markdown or HTML, whoever wrote it.
"""

import difflib
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import lru_cache
from html import escape
from typing import Any, Final

from jinja2 import StrictUndefined, Template, TemplateError, nodes, pass_context
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup
from msgspec import Struct

from helpdesk.core.markup import to_html, to_text
from helpdesk.i18n.catalogue import Phrase, phrase

LONGEST: Final = 20_000
"""Characters of a wording."""
LONGEST_FILLED: Final = 100_000
"""Characters of a letter's HTML, besides those of values that are HTML themselves: an answer may be long."""
LONGEST_SUBJECT: Final = 250
DEEPEST: Final = 20
"""Nodes within one another; a condition within a condition takes two."""
FILTERS: Final = ("upper", "lower", "capitalize", "default")
SIGNATURE: Final = ("agent.name", "department.name", "department.phone", "site.name")
"""What may stand in a signature."""
SMALL_PRINT: Final = "---"
"""A line of this parts a letter from the small print below it."""

_ALLOWED: Final = (
    *(nodes.Template, nodes.Output, nodes.TemplateData, nodes.Const, nodes.If, nodes.Filter),
    *(nodes.Not, nodes.And, nodes.Or, nodes.Compare, nodes.Operand),
)
_PIECES: Final = "pieces of the letter"
"""What a template calls its list of values that were put in: no name that anybody can write."""
_MARK: Final = re.compile("\ue000([0-9]+)\ue001")
_OURS: Final = re.compile("[\ue000\ue001]")
_URL: Final = re.compile(r"https?://[^\s<>\"]+")
_LEADS: Final = re.compile(r"(?:https?://|mailto:|tel:)", re.IGNORECASE)
_SIGNS: Final = re.compile(r"[\\`*_\[\]]")
_BLOCK: Final = re.compile("<p>\ue000([0-9]+)\ue001</p>")
_TAG: Final = re.compile(r"<[^>]*>")
_ATTRIBUTE: Final = re.compile(r' ([a-z-]+)="([^"]*\ue000[^"]*)"')
_HREF: Final = re.compile(r' href="([^"]*)"')
_LINK: Final = re.compile(r"(<a\b[^>]*>)(.*?)(</a>)", re.DOTALL)


class BadWording(Exception):
    """A wording that cannot be used; `problems` are sentences for whoever wrote it."""

    def __init__(self, problems: list[Phrase]) -> None:
        super().__init__("; ".join(str(problem) for problem in problems))
        self.problems = problems


class Filled(Struct, frozen=True):
    """A wording with its values, in both forms: the letter, and the small print below it."""

    html: str
    small_html: str

    @property
    def text(self) -> str:
        """The same words as plain text; a signature's line (RFC 3676, section 4.3) before the small print."""
        small = _as_text(self.small_html)
        return _as_text(self.html) + (f"\n\n-- \n{small}" if small else "") + "\n"


def problems(source: str, known: Collection[str]) -> list[Phrase]:
    """Everything that is wrong with a wording in which the placeholders `known` may stand, line by line."""
    if len(source) > LONGEST:
        return [phrase("Use at most %(most)s characters; these are %(have)s.", most=LONGEST, have=len(source))]
    try:
        tree = _ENVIRONMENT.parse(source)
        return list({str(one): one for one in _wrong(tree, known, 0)}.values())
    except TemplateError as error:
        line = getattr(error, "lineno", 1)
        return [phrase("Line %(line)s: what stands in braces here is not complete, or no such thing.", line=line)]
    except RecursionError:
        return [phrase("Too much stands within itself here.")]


def subject(source: str, values: Mapping[str, str]) -> str:
    """One line. Raises BadWording."""
    text, pieces = _run(source, values)
    line = _MARK.sub(lambda mark: _plain(pieces[int(mark[1])]), text)
    return " ".join(line.split())[:LONGEST_SUBJECT]


def body(source: str, values: Mapping[str, str]) -> Filled:
    """
    A letter's words. A value of the type Markup is HTML that is safe already, and stands in a paragraph of its own.

    Raises BadWording, also for a letter that would become too long.
    """
    text, pieces = _run(source, values)
    letter, line, small = f"\n{text}\n".rpartition(f"\n{SMALL_PRINT}\n")
    if not line:
        letter, small = small, ""
    small = _html(small, pieces).replace("<p>", "<p><small>").replace("</p>", "</small></p>")
    filled = Filled(_html(letter, pieces), small)
    given = sum(len(value) for value in values.values() if isinstance(value, Markup))
    if len(filled.html) + len(filled.small_html) > LONGEST_FILLED + 2 * given:
        raise BadWording([phrase("The letter becomes too long.")])
    return filled


def markdown(source: str, values: Mapping[str, str]) -> str:
    """
    The wording with its values, still as Markdown, for somebody to go on writing.

    Values are one line each, and their signs of Markdown stand for themselves. Raises BadWording.
    """
    text, pieces = _run(source, values)
    return _MARK.sub(lambda mark: _SIGNS.sub(r"\\\g<0>", " ".join(_plain(pieces[int(mark[1])]).split())), text).strip()


def braces(names: Iterable[str]) -> str:
    """Placeholders as they are typed: `{{ agent.name }}, {{ site.name }}`."""
    return ", ".join("{{ " + name + " }}" for name in names)


# ---- what may stand there --------------------------------------------------------------------------------------


def _wrong(node: nodes.Node, known: Collection[str], depth: int) -> Iterator[Phrase]:
    name = _path(node)
    if name:
        if name not in known:
            yield _unknown(node.lineno, name, known)
        return
    if depth > DEEPEST:
        yield phrase("Line %(line)s: too much stands within itself here.", line=node.lineno)
    elif not isinstance(node, _ALLOWED):
        yield phrase("Line %(line)s: only placeholders and conditions may stand in braces.", line=node.lineno)
    elif isinstance(node, nodes.Filter) and node.name not in FILTERS:
        yield phrase("Line %(line)s: there is no filter “%(name)s”.", line=node.lineno, name=node.name)
    elif not _always_works(node):
        yield phrase("Line %(line)s: what stands in braces here cannot be filled in.", line=node.lineno)
    else:
        for child in node.iter_child_nodes():
            yield from _wrong(child, known, depth + 1)


def _always_works(node: nodes.Node) -> bool:
    """Whether it can be filled in whatever the values are: nothing is greater than a text, few filters ask for more."""
    if isinstance(node, nodes.Operand):
        return node.op in {"eq", "ne"}
    if isinstance(node, nodes.Filter):
        most = 2 if node.name == "default" else 0
        return len(node.args) <= most and not (node.kwargs or node.dyn_args or node.dyn_kwargs)
    return True


def _path(node: nodes.Node) -> str:
    """The placeholder that a node names, such as `ticket.number`; empty for anything else."""
    parts: list[str] = []
    while isinstance(node, nodes.Getattr):
        parts.append(node.attr)
        node = node.node
    return ".".join([node.name, *reversed(parts)]) if isinstance(node, nodes.Name) else ""


def _unknown(line: int, name: str, known: Collection[str]) -> Phrase:
    near = difflib.get_close_matches(name, list(known), 1, 0.5)
    if near:
        return phrase(
            "Line %(line)s: there is no %(name)s here. Is %(near)s meant?",
            line=line,
            name=braces([name[:60]]),
            near=braces(near),
        )
    return phrase("Line %(line)s: there is no %(name)s here.", line=line, name=braces([name[:60]]))


# ---- filling in ------------------------------------------------------------------------------------------------


@pass_context
def _put_in(context: Context, value: object) -> str:
    """A mark where a value belongs, so that Markdown is read without it."""
    pieces: list[str] = context[_PIECES]
    pieces.append(_without_marks(value if isinstance(value, str) else str(value)))
    return f"\ue000{len(pieces) - 1}\ue001"


def _without_marks(value: str) -> str:
    bare = _OURS.sub("", value)
    return Markup(bare) if isinstance(value, Markup) else bare  # noqa: S704  # it was safe already


def _environment() -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(
        undefined=StrictUndefined, finalize=_put_in, trim_blocks=True, lstrip_blocks=True, autoescape=False
    )
    environment.globals.clear()
    environment.tests.clear()
    environment.filters = {name: environment.filters[name] for name in FILTERS}
    return environment


_ENVIRONMENT: Final = _environment()


@lru_cache(maxsize=256)
def _compiled(source: str) -> Template:
    return _ENVIRONMENT.from_string(_OURS.sub("", source))


@lru_cache(maxsize=256)
def _checked(source: str, known: tuple[str, ...]) -> tuple[Phrase, ...]:
    return tuple(problems(source, known))


@lru_cache(maxsize=256)
def _as_html(text: str) -> str:
    """Markdown with marks as HTML with marks: the same for every letter of a wording, whatever its values."""
    return to_html(text, breaks=True, ugc=False)


def _run(source: str, values: Mapping[str, str]) -> tuple[str, list[str]]:
    """The source with a mark for each value, and the values by number. Raises BadWording."""
    if wrong := _checked(source, tuple(values)):
        raise BadWording([*wrong])
    pieces: list[str] = []
    try:
        text = _compiled(source).render({**_nested(values), _PIECES: pieces})
    except (TemplateError, ArithmeticError, LookupError, TypeError, ValueError, RecursionError) as error:
        raise BadWording([phrase("It cannot be filled in: %(why)s", why=str(error)[:200])]) from error
    return text, pieces


def _nested(values: Mapping[str, str]) -> dict[str, Any]:
    """`{"ticket.number": "7"}` as `{"ticket": {"number": "7"}}`."""
    tree: dict[str, Any] = {}
    for name, value in values.items():
        *path, last = name.split(".")
        branch = tree
        for part in path:
            branch = branch.setdefault(part, {})
        branch[last] = value
    return tree


def _html(source: str, pieces: list[str]) -> str:
    """Markdown with marks as HTML with values, each where it belongs and escaped for that place."""
    html = _as_html(source.strip("\n"))
    html = _BLOCK.sub(lambda mark: _as_block(pieces[int(mark[1])]), html)
    html = _TAG.sub(lambda tag: _ATTRIBUTE.sub(lambda found: _attribute(found, pieces), tag[0]), html)
    html = _LINK.sub(lambda link: link[1] + _MARK.sub(lambda mark: _as_words(pieces, mark), link[2]) + link[3], html)
    return _MARK.sub(lambda mark: _linked(pieces[int(mark[1])]), html)


def _as_block(value: str) -> str:
    return str(value) if isinstance(value, Markup) else f"<p>{_linked(value)}</p>" if value else ""


def _attribute(found: re.Match[str], pieces: list[str]) -> str:
    """A value within an attribute; a link that would lead nowhere or run something leads nowhere."""
    value = _MARK.sub(lambda mark: escape(_plain(pieces[int(mark[1])])), found[2])
    if found[1] == "href" and not _LEADS.match(value):
        return ""
    return f' {found[1]}="{value}"'


def _as_words(pieces: list[str], mark: re.Match[str]) -> str:
    return escape(_plain(pieces[int(mark[1])]), quote=False).replace("\n", "<br>")


def _linked(value: str) -> str:
    """A value in running text; the address of a page leads there."""
    if not isinstance(value, Markup) and _URL.fullmatch(value):
        return f'<a href="{escape(value)}" rel="noopener">{escape(value, quote=False)}</a>'
    return escape(_plain(value), quote=False).replace("\n", "<br>")


def _as_text(html: str) -> str:
    """HTML as plain text, the address of a link in angle brackets after its words (RFC 3986, appendix C)."""
    return to_text(_LINK.sub(_bare_link, html), links=False)


def _bare_link(link: re.Match[str]) -> str:
    address = _HREF.search(link[1])
    if address is None or link[2] in {address[1], address[1].removeprefix("mailto:")}:
        return link[2]
    return f"{link[2]} &lt;{address[1]}&gt;"


def _plain(value: str) -> str:
    return to_text(value) if isinstance(value, Markup) else value
