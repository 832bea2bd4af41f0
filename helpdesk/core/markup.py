"""
Markdown and foreign HTML made into HTML that is safe to show, and back into plain text.

Whatever goes in, what comes out holds only the elements and attributes listed here: no script, style, form or
frame, no address but http(s), mailto, tel and our own pages, no id but those given here ("h-…"), and no image
from elsewhere, since fetching one tells its owner that the letter was read. A link in a letter whose words name
another place than it leads to is followed by its true one.

Work is bounded: every pass is linear in the input, and what would make a parser slow is shown as it was typed.
"""

from __future__ import annotations

import re
import threading
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Mapping
from html import escape, unescape
from typing import Any
from urllib.parse import unquote
from xml.etree.ElementTree import Element

import msgspec
import nh3
from markdown import Markdown
from markdown.inlinepatterns import InlineProcessor, SimpleTagInlineProcessor
from markdown.preprocessors import Preprocessor

from helpdesk.core.links import true_target
from helpdesk.core.text import nfc, slug

LONGEST_MARKDOWN = 50_000  # characters; more is shown as typed
LONGEST_HTML = 500_000  # characters of a letter, without its inline pictures; the rest is cut
DEEPEST_HTML = 100  # elements within one another; deeper ones are opened up, their text stays
DEEPEST_INLINE = 10  # the same for each of b, i, em …, which a parser opens again in every paragraph
DEEPEST_LIST = 8  # lists or quotes within one another
LARGEST_TABLE = 5_000  # cells; a larger one is shown as typed
LONGEST_TARGET = 2_000  # characters between the parentheses of a link


def _names(words: str) -> set[str]:
    return set(words.split())


_BLOCKS = _names(
    "blockquote br caption dd div dl dt h1 h2 h3 h4 h5 h6 hr li ol p pre table tbody td tfoot th thead tr ul"
)
_TAGS = _BLOCKS | _names("a b code del em i img ins kbd s small strong sub sup u")
_SWALLOWED = _names("iframe math noembed noframes noscript object script style svg template title")
_ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt", "width", "height"},
    "ol": {"start"},
    "td": {"colspan", "rowspan", "align"},
    "th": {"colspan", "rowspan", "align"},
}
_SCHEMES = {"http", "https", "mailto", "tel"}


class Heading(msgspec.Struct, frozen=True):
    """One line of a table of contents; `level` is that of the element: 2 for <h2>."""

    level: int
    id: str
    text: str


def to_html(text: str, *, breaks: bool = False, ugc: bool = True) -> str:
    """
    Markdown as safe HTML. HTML within it is text like any other.

    `breaks` is for messages: a new line is a new line, as people type in chats, and headings get no ids, for
    many messages share a page. Without it (articles) each heading has a stable id, "h-" and its words.
    `ugc` marks links as not ours to vouch for. "#" is <h2>, for <h1> belongs to the page.
    """
    if len(text) > LONGEST_MARKDOWN:
        return f"<pre>{escape(nfc(text), quote=False)}</pre>"
    cleaner = _GUESTS if ugc else _STAFF
    return _finish_markdown(_clean(cleaner, _converter(breaks).reset().convert(nfc(text))), ids=not breaks)


def contents(html: str) -> list[Heading]:
    """The headings of what `to_html` made, in order."""
    return [Heading(int(level), id_, _words(inner)) for level, id_, inner in _HEADING_WITH_ID.findall(html)]


def clean_html(html: str, images: Mapping[str, str] | None = None) -> str:
    """
    A letter's HTML, made safe.

    `images` maps the Content-ID of an attachment, without its angle brackets, to a URL of ours. Other images
    become `<span class="remote-image" data-src="…">` with their description; pixels that only count readers
    become an empty `<span class="tracker">`.
    """
    return _honest(_Images(images or {}).put_into(_clean(_LETTERS, _shallow(_fitting(html)))))


def dressed_html(html: str, images: Mapping[str, str] | None = None, *, remote: bool = False) -> str:
    """
    A letter's HTML made safe, with the colours, sizes and borders that its sender gave it.

    Only for a frame that holds nothing else: its styles would dress the page around it. With `remote`
    images from elsewhere are fetched when it is shown, but never those that only count readers.
    """
    return _honest(_Images(images or {}, remote=remote).put_into(_clean(_DRESSED, _shallow(_fitting(html)))))


def to_text(html: str, *, links: bool = True) -> str:
    """
    The words of any HTML as plain text, as a person would type them; never longer lines than the HTML has.

    Quotes begin with "> ", items with "- " or their number. With `links` the address of a link follows its
    words, unless they are the same.
    """
    page = _PlainPage(links)
    rest = 0
    safe = _clean(_PLAIN, _shallow(_fitting(html)))
    for tag in _TAG.finditer(safe):
        page.say(safe[rest : tag.start()])
        page.tag(tag[2], closing=bool(tag[1]), attributes=_attributes(tag[3]))
        rest = tag.end()
    page.say(safe[rest:])
    return page.text()


# ---- what nh3 lets through -------------------------------------------------------------------------------------


def _attribute(tag: str, name: str, value: str) -> str | None:
    """The value to keep for an attribute that is allowed at all, or None."""
    if name == "class":
        return value if re.fullmatch(r"language-[\w+#.-]{1,40}", value) else None
    if name == "align":
        return value if value in {"left", "center", "right"} else None
    if name in {"colspan", "rowspan", "start", "width", "height"}:
        return value if re.fullmatch(r"\d{1,4}", value) else None
    return value


_SIZED = _names("table tbody td tfoot th thead tr img")
_LAID_OUT = _names("align bgcolor border cellpadding cellspacing height style valign width")
_DRESS: dict[str, set[str]] = {name: kept | {"style"} for name, kept in _ATTRIBUTES.items()}
_DRESS |= {name: _DRESS.get(name, set()) | _LAID_OUT for name in _SIZED}
_DRESS |= {"*": {"style", "align", "dir"}, "font": {"color", "size", "face", "style"}}
_WORN = re.compile(
    r"(?:background-color|border(?:-(?:top|right|bottom|left))?(?:-(?:color|style|width|radius|collapse|spacing))?|color"
    r"|display|font(?:-(?:family|size|style|variant|weight))?|(?:max-|min-)?(?:height|width)|letter-spacing|line-height"
    r"|margin(?:-(?:top|right|bottom|left))?|padding(?:-(?:top|right|bottom|left))?|text-(?:align|decoration|indent"
    r"|transform)|vertical-align|white-space|word-break|direction)"
)
_WORN_HOW = re.compile(r"[#\w\s.,%'\"!-]{1,200}|[#\w\s.,%-]{0,60}(?:rgb|hsl)a?\([\d\s.,%deg/]{1,60}\)[\w\s!-]{0,40}")


def _dress(tag: str, name: str, value: str) -> str | None:
    """The same for a letter that keeps its clothes. No style fetches anything or reaches beyond its place."""
    if name == "style":
        pairs = [pair.partition(":") for pair in value[:5000].split(";")]
        worn = [
            f"{what.strip().lower()}:{how.strip()}"
            for what, _, how in pairs
            if _WORN.fullmatch(what.strip().lower()) and _WORN_HOW.fullmatch(how.strip())
        ]
        return ";".join(worn) or None
    if name in {"align", "valign", "dir"}:
        return value if re.fullmatch(r"[a-z]{1,10}", value, re.IGNORECASE) else None
    if name in {"width", "height", "border", "cellpadding", "cellspacing", "size"}:
        return value if re.fullmatch(r"[+-]?\d{1,4}(?:px|%)?", value) else None
    if name in {"bgcolor", "color", "face"}:
        return value if re.fullmatch(r"[#\w ,'-]{1,80}", value) else None
    return _attribute(tag, name, value)


def _cleaner(rel: str, **more: Any) -> nh3.Cleaner:
    return nh3.Cleaner(tags=_TAGS, clean_content_tags=_SWALLOWED, link_rel=rel, attribute_filter=_attribute, **more)


_MARKDOWN = _ATTRIBUTES | {"code": {"class"}}
_GUESTS = _cleaner("nofollow noopener ugc", attributes=_MARKDOWN, url_schemes=_SCHEMES)
_STAFF = _cleaner("noopener", attributes=_MARKDOWN, url_schemes=_SCHEMES)
_LETTERS = _cleaner(
    "nofollow noopener noreferrer", attributes=_ATTRIBUTES, url_schemes=_SCHEMES | {"cid"}, url_relative="deny"
)
_DRESSED = nh3.Cleaner(
    tags=_TAGS | {"center", "font", "span"},
    clean_content_tags=_SWALLOWED,
    attributes=_DRESS,
    attribute_filter=_dress,
    url_schemes=_SCHEMES | {"cid"},
    url_relative="deny",
    link_rel="nofollow noopener noreferrer",
)
_PLAIN = nh3.Cleaner(
    tags=_BLOCKS | {"a", "img"},
    clean_content_tags=_SWALLOWED,
    attributes={"a": {"href"}, "img": {"alt"}},
    url_schemes=_SCHEMES,
    link_rel=None,
)


def _clean(cleaner: nh3.Cleaner, html: str) -> str:
    """Safe HTML in the one form in which it is read back the same; a carriage return would come back as a new line."""
    return cleaner.clean(html).replace("\r", "")


# nh3 writes every tag in one form, double quotes around each value and no bare "<" in text, so that reading
# its output from left to right with these patterns is exact.
_TAG = re.compile(r'<(/?)([a-z][a-z0-9]*)((?: [a-z-]+="[^"]*")*)>')
_ATTRIBUTE = re.compile(r' ([a-z-]+)="([^"]*)"')
_HEADING = re.compile(r"<h([1-6])>(.*?)</h\1>", re.DOTALL)
_HEADING_WITH_ID = re.compile(r'<h([1-6]) id="([^"]*)">(.*?)</h\1>', re.DOTALL)


def _attributes(written: str) -> dict[str, str]:
    """Attributes by name, their values still escaped as they stand in HTML."""
    return dict(_ATTRIBUTE.findall(written))


def _words(html: str) -> str:
    return " ".join(unescape(_TAG.sub("", html)).split())


# ---- foreign HTML ----------------------------------------------------------------------------------------------

_INLINE_PICTURE = re.compile(r"data:[^\s\"'<>]{200,}", re.IGNORECASE)
_COMMENT = re.compile(r"<!--(?:-?>|.*?(?:--!?>|\Z))", re.DOTALL)
_OPENING = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
_INLINE = _names("b big code del em font i ins nobr s small strike strong tt u")
_NEVER_NEST = _names(
    "a area base body br col dd dt embed head hr html img input li link meta option p param source tbody td tfoot th "
    "thead tr track wbr"
)


def _fitting(html: str) -> str:
    """HTML without comments and inline pictures, cut before a tag when it is still too long."""
    html = _INLINE_PICTURE.sub("", _COMMENT.sub("", html))
    if len(html) <= LONGEST_HTML:
        return html
    return html[:LONGEST_HTML].rpartition("<")[0] or html[:LONGEST_HTML]


def _shallow(html: str) -> str:
    """
    HTML whose elements nest at most DEEPEST_HTML deep, for parsers take quadratic time to go deeper.

    A tag too deep becomes <wbr>, which holds nothing and is then dropped. Tags written inside attributes
    or scripts are counted too: that may flatten a strange letter, and lets nothing through.
    """
    opened: Counter[str] = Counter()
    dropped: Counter[str] = Counter()
    depth = 0

    def tame(tag: re.Match[str]) -> str:
        nonlocal depth
        name = tag[2].lower()
        if name in _NEVER_NEST:
            return tag[0]
        if not tag[1]:
            deep = depth >= DEEPEST_HTML or (name in _INLINE and opened[name] >= DEEPEST_INLINE)
            (dropped if deep else opened)[name] += 1
            depth += not deep
            return "<wbr" if deep else tag[0]
        if dropped[name]:
            dropped[name] -= 1
            return "</wbr"
        if opened[name]:
            opened[name] -= 1
            depth -= 1
        return tag[0]

    return _OPENING.sub(tame, html)


_LINKED = re.compile(r'<a((?: [a-z-]+="[^"]*")*)>(.*?)</a>', re.DOTALL)
_UNSEEN_STYLE = re.compile(r"display: *none|(?<![a-z-])(?:max-)?(?:width|height): *[01](?:px)?(?![\d.%])")


class _Images:
    """Puts our own images where a letter's `cid:` names them, and a mark where others would be fetched."""

    def __init__(self, urls: Mapping[str, str], *, remote: bool = False) -> None:
        self.urls = urls
        self.remote = remote

    def put_into(self, html: str) -> str:
        return _TAG.sub(self._tag, html)

    def _tag(self, tag: re.Match[str]) -> str:
        attributes = _attributes(tag[3])
        if tag[2] == "a" and attributes.get("href", "").lower().startswith("cid:"):
            return "<a>"
        return self._image(attributes) if tag[2] == "img" else tag[0]

    def _image(self, attributes: dict[str, str]) -> str:
        source = attributes.pop("src", "")
        if source.lower().startswith("cid:"):
            url = self.urls.get(unquote(unescape(source[4:])))
            return _write("img", {"src": escape(url)} | attributes) if url else _description(attributes)
        if self.remote and source and not _is_tracker(attributes):
            return _write("img", {"src": source, "referrerpolicy": "no-referrer", "loading": "lazy"} | attributes)
        return _remote(source, attributes)


def _remote(source: str, attributes: dict[str, str]) -> str:
    """The mark that stands for an image from elsewhere."""
    if not source:
        return ""
    if _is_tracker(attributes):
        return '<span class="tracker"></span>'
    return _write("span", {"class": "remote-image", "data-src": source}) + _description(attributes) + "</span>"


def _is_tracker(image: Mapping[str, str]) -> bool:
    """Whether nobody could see it: it is there to tell its owner that the letter was read."""
    sizes = {image.get("width", "").removesuffix("px"), image.get("height", "").removesuffix("px")}
    return bool(sizes & {"0", "1"}) or bool(_UNSEEN_STYLE.search(image.get("style", "")))


def _honest(html: str) -> str:
    """Links that open beside the page, each with its true place after it where its words name another."""

    def honest(link: re.Match[str]) -> str:
        attributes = _attributes(link[1])
        href = unescape(attributes.get("href", ""))
        if not href:
            return link[0]
        if href[:4].lower() == "http":
            attributes["target"] = "_blank"
        true = true_target(_words(link[2]), href)
        mark = f' <span class="true-target">({escape(true)})</span>' if true else ""
        return _write("a", attributes) + link[2] + "</a>" + mark

    return _LINKED.sub(honest, html)


def _description(image: Mapping[str, str]) -> str:
    return escape(unescape(image.get("alt", "")), quote=False)


def _write(name: str, attributes: Mapping[str, str]) -> str:
    return f"<{name}" + "".join(f' {key}="{value}"' for key, value in attributes.items()) + ">"


# ---- Markdown --------------------------------------------------------------------------------------------------

# Marks that are meant as they stand are kept out of the parser's sight as code points that no text may
# contain (Unicode's noncharacters), and put back at the end.
_HIDDEN = dict(zip("[](|*_`", "\ufdd0\ufdd1\ufdd2\ufdd3\ufdd4\ufdd5\ufdd6", strict=True))
_HIDE = str.maketrans(_HIDDEN)
_STOP = "\ufdef"  # ends a line's opening marks, and is nothing in the end
_SHOW = str.maketrans({_STOP: ""} | {hidden: mark for mark, hidden in _HIDDEN.items()})
_NONCHARACTERS = re.compile("[\ufdd0-\ufdef]")

_FENCE = re.compile(r"( *+)(`{3,}+|~{3,}+) *+([\w+#.-]*+)[^`]*$")
_ITEM = re.compile(r"( *)([-*+•]|\d{1,9}[.)]) +(?=\S)")
_RULE = re.compile(r" {0,3}(?:(?:\* *){3,}|(?:- *){3,}|(?:_ *){3,})$")
_ENDS_BLOCK = re.compile(r"#{1,6}(?: |$)|[=-]++ *$")
_LONG_RUN = re.compile(r"\*{4,}|_{4,}")
_NUMBER_SIGN = re.compile(r"^([ >]*+(?:(?:[-*+]|\d{1,9}\.) ++)?)(?=#)(?!#{1,6}(?: |$))")
_NESTED = re.compile(rf"^((?: *+(?:>|[-*+] |\d{{1,9}}\. )){{{DEEPEST_LIST}}})")
_TICKS = re.compile(r"\\.|`+", re.DOTALL)
_BRACKETS = re.compile(r"\\.|[\[\]]", re.DOTALL)
_TARGET = re.compile(rf"\((?:[^()\n]|\([^()\n]{{0,200}}\)){{0,{LONGEST_TARGET}}}\)")
_TABLE_RULE = re.compile(r"^[ |:-]{3,}$", re.MULTILINE)
_OWN_IMAGE = re.compile(r"/\w")  # a path on this site, never "//elsewhere"

_converters = threading.local()


def _converter(breaks: bool) -> Markdown:
    """A converter of this thread; making one costs more than most conversions."""
    kept: dict[bool, Markdown] = _converters.__dict__.setdefault("kept", {})
    if breaks not in kept:
        kept[breaks] = _new_converter(breaks)
    return kept[breaks]


def _new_converter(breaks: bool) -> Markdown:
    converter = Markdown(
        extensions=["tables", "sane_lists", *(["nl2br"] if breaks else [])],
        extension_configs={"tables": {"use_align_attribute": True}},
        output_format="html",
    )
    converter.preprocessors.deregister("html_block")
    converter.inlinePatterns.deregister("html")
    converter.preprocessors.register(_AsTyped(converter), "as_typed", 20)
    converter.inlinePatterns.register(_Address(r"\bhttps?://[^\s<>\"]+", converter), "address", 115)
    converter.inlinePatterns.register(SimpleTagInlineProcessor(r"(~~)([^~\n]+)~~", "del"), "deleted", 50)
    return converter


class _List(msgspec.Struct, frozen=True):
    """A list that is open: how far its items are indented, and whether they are numbered."""

    indent: int
    ordered: bool


class _Address(InlineProcessor):
    """A bare address becomes a link; punctuation that ends the sentence is not part of it."""

    ANCESTOR_EXCLUDES = ("a",)

    def handleMatch(self, m: re.Match[str], data: str) -> tuple[Element, int, int]:  # type: ignore[override]  # noqa: N802
        address = m[0].rstrip(".,;:!?'*_~")
        while address.endswith(")") and address.count(")") > address.count("(") + address.count(_HIDDEN["("]):
            address = address[:-1]
        link = Element("a", href=address)
        link.text = address
        return link, m.start(), m.start() + len(address)


class _AsTyped(Preprocessor):
    """
    Takes Markdown as people type it to the strict form that the parser reads, in one pass over the lines.

    Fenced code is taken out. A list may follow a line of text at once, be indented by two, and count "1)" or "•".
    "#4512" is a number, and no heading.
    What the parser would take quadratic time over (brackets without partner, vast tables, endless nesting)
    is hidden from it, and so shown as it was typed.
    """

    def run(self, lines: list[str]) -> list[str]:
        return "\n".join(_harmless(block) for block in _blocks(self._lines(lines))).split("\n")

    def _lines(self, lines: list[str]) -> list[str]:
        out: list[str] = []
        levels: list[_List] = []  # the lists that are open at this line
        number, within_item = 0, False
        while number < len(lines):
            after_blank = not out or not out[-1].strip()
            line = _NONCHARACTERS.sub("", lines[number]).expandtabs(4)
            number += 1
            if fence := _FENCE.match(line):
                number, code = _fenced(lines, number, fence)
                out += ["", " " * 4 * _level(levels, len(fence[1])) + self.md.htmlStash.store(code), ""]
            elif (item := _ITEM.match(line)) and not _RULE.match(line):
                if within_item and not after_blank:
                    out.append("")
                out += _item(levels, item, line, after_blank=after_blank)
                within_item = False
            else:
                within_item = bool(levels) and (after_blank or within_item)
                out.append(_other(levels, line, after_blank=after_blank))
                if _ENDS_BLOCK.match(line) or _RULE.match(line):
                    out.append("")
        return [line if _RULE.match(line) else _literal(line) for line in out]


def _fenced(lines: list[str], number: int, fence: re.Match[str]) -> tuple[int, str]:
    """The code from line `number` to its closing fence or the end of the text, and the line after it."""
    code: list[str] = []
    while number < len(lines):
        line = lines[number]
        number += 1
        if line.strip().startswith(fence[2]) and not line.strip().strip(fence[2][0]):
            break
        code.append(line.removeprefix(fence[1]))
    language = f' class="language-{escape(fence[3])}"' if fence[3] else ""
    return number, f"<pre><code{language}>{escape(chr(10).join(code), quote=False)}\n</code></pre>"


def _level(levels: list[_List], indent: int) -> int:
    """How many of the open lists a line with this indent belongs to; closes the others."""
    while levels and indent < levels[-1].indent + 2:
        levels.pop()
    return min(len(levels), DEEPEST_LIST)


def _item(levels: list[_List], item: re.Match[str], line: str, *, after_blank: bool) -> list[str]:
    """
    A list's item as the parser wants it: indented by four for each list around it, and after an empty line
    where a list begins. A number begins one after a line of text only when it is 1: "1986. A great year."
    """
    before = levels.copy()
    level, ordered = _level(levels, len(item[1])), item[2][-1] in ".)"
    if not before and (len(item[1]) > 3 or (ordered and not after_blank and item[2][:-1] != "1")):
        return [line]
    levels.append(_List(len(item[1]), ordered))
    goes_on = len(before) > level and before[level].ordered == ordered
    marker = item[2].replace(")", ".") if ordered else "-"
    begins = not after_blank and not goes_on and level == 0
    return ([""] if begins else []) + [f"{' ' * 4 * level}{marker} {line[item.end() :]}"]


def _other(levels: list[_List], line: str, *, after_blank: bool) -> str:
    """A line that begins no item: it goes on within the list it is indented to, or ends the lists."""
    words = line.lstrip(" ")
    if not words or not levels or not after_blank:
        return line
    return " " * 4 * _level(levels, len(line) - len(words)) + words


def _literal(line: str) -> str:
    """The line with those marks hidden that are no Markdown: "#4512", "Name: ______", the ninth ">" in a row."""
    line = _NESTED.sub(rf"\1{_STOP}", _NUMBER_SIGN.sub(rf"\1{_STOP}", line))
    return _LONG_RUN.sub(lambda run: _HIDDEN[run[0][0]] * len(run[0]), line)


def _blocks(lines: list[str]) -> list[str]:
    """Lines joined up to each blank one, which stays at the end of its block."""
    blocks: list[list[str]] = [[]]
    for line in lines:
        blocks[-1].append(line)
        if not line.strip():
            blocks.append([])
    return ["\n".join(block) for block in blocks if block]


def _harmless(block: str) -> str:
    """The block with the marks hidden that lead nowhere: ticks and brackets without partner, vast tables."""
    if "|" in block and _TABLE_RULE.search(block) and _cells(block) > LARGEST_TABLE:
        block = block.replace("|", _HIDDEN["|"])
    return _pair_brackets(_pair_ticks(block))


def _pair_ticks(block: str) -> str:
    """Inline code with all marks in it hidden, and other ticks hidden themselves."""
    runs: defaultdict[int, list[int]] = defaultdict(list)
    for run in re.finditer("`+", block):
        runs[len(run[0])].append(run.start())
    out, at = [], 0
    while mark := _TICKS.search(block, at):
        out.append(block[at : mark.start()])
        ticks, at = mark[0], mark.end()
        same = runs[len(ticks)]
        closing = bisect_left(same, at)
        if ticks[0] == "\\":
            out.append(_STOP + _HIDDEN["`"] if ticks == "\\`" else ticks)
        elif closing == len(same):
            out.append(ticks.translate(_HIDE))
        else:
            out.append(ticks + block[at : same[closing]].translate(_HIDE) + ticks)
            at = same[closing] + len(ticks)
    return "".join(out) + block[at:]


def _pair_brackets(block: str) -> str:
    """The block with those brackets hidden that have no partner, nest too deep, or lead to a link without end."""
    marks = list(block)
    opened: list[int] = []
    for bracket in _BRACKETS.finditer(block):
        at = bracket.start()
        if bracket[0] == "[":
            opened.append(at)
        elif bracket[0] == "]" and opened and len(opened) <= DEEPEST_LIST:
            opened.pop()
            if block.startswith("(", at + 1) and not _TARGET.match(block, at + 1):
                marks[at + 1] = _HIDDEN["("]
        elif bracket[0] == "]":
            marks[at] = _HIDDEN["]"]
            if opened:
                marks[opened.pop()] = _HIDDEN["["]
    for at in opened:
        marks[at] = _HIDDEN["["]
    return "".join(marks)


def _cells(block: str) -> int:
    lines = block.split("\n")
    return len(lines) * max(line.count("|") + 1 for line in lines)


def _finish_markdown(html: str, *, ids: bool) -> str:
    """Headings one level down and, with `ids`, named; tables in a box that scrolls; images from elsewhere marked."""
    seen: Counter[str] = Counter()

    def heading(found: re.Match[str]) -> str:
        level = min(int(found[1]) + 1, 6)
        return f"<h{level}{_heading_id(found[2], seen) if ids else ''}>{found[2]}</h{level}>"

    return _TAG.sub(_markdown_tag, _HEADING.sub(heading, html)).translate(_SHOW)


def _heading_id(inner: str, seen: Counter[str]) -> str:
    """An id from the heading's words; its second namesake on the page ends in "-2"."""
    name = "h-" + (slug(_words(inner.translate(_SHOW))) or "section")
    seen[name] += 1
    return f' id="{name}"' if seen[name] == 1 else f' id="{name}-{seen[name]}"'


def _markdown_tag(tag: re.Match[str]) -> str:
    attributes = _attributes(tag[3])
    if tag[2] == "table":
        return "</table></div>" if tag[1] else '<div class="tablewrap" tabindex="0"><table>'
    if tag[2] == "img" and not _OWN_IMAGE.match(attributes.get("src", "")):
        return _remote(attributes.pop("src", ""), attributes)
    if tag[2] == "a" and attributes.get("href", "").startswith("#") and not attributes["href"].startswith("#h-"):
        return _write("a", attributes | {"href": "#h-" + attributes["href"][1:]})
    return tag[0]


# ---- plain text ------------------------------------------------------------------------------------------------

_SPACES = re.compile(r"[ \t\r\n\f\xa0]+")
_APART = {"blockquote", "dl", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "ol", "p", "pre", "table", "ul"}


class _PlainPage:
    """Plain text being written: words run on, blocks begin a line, paragraphs leave an empty one between."""

    def __init__(self, links: bool) -> None:
        self.links = links
        self.lines: list[str] = []
        self.line = ""
        self.marker = ""  # what the next line begins with: "- ", "2. "
        self.apart = False  # whether an empty line comes before it
        self.quotes = 0
        self.quoted = 0  # quotes around the last line written
        self.verbatim = 0
        self.lists: list[int] = []  # the next number of each open list; 0 counts nothing
        self.link = ("", 0)  # where it leads, and where its words began in the line

    def say(self, escaped: str) -> None:
        words = unescape(escaped)
        if self.verbatim:
            first, *others = words.replace("\r", "").split("\n")
            self.line += first
            for other in others:
                self._end_line(empty=True)
                self.line = other
        else:
            words = _SPACES.sub(" ", words)
            self.line += words.lstrip(" ") if not self.line or self.line[-1] in " \t" else words

    def tag(self, name: str, *, closing: bool, attributes: Mapping[str, str]) -> None:
        if name == "a":
            self._link(unescape(attributes.get("href", "")), closing=closing)
        elif name == "img":
            self.say(attributes.get("alt", ""))
        elif name in {"td", "th"}:
            self.line += "\t" if self.line and not closing else ""
        elif name == "br":
            self._end_line(empty=True)
        else:
            self._block(name, closing=closing)

    def text(self) -> str:
        self._end_line()
        return "\n".join(self.lines).strip("\n")

    def _link(self, href: str, *, closing: bool) -> None:
        if not closing:
            self.link = (href, len(self.line))
            return
        href, began = self.link
        words = self.line[began:].strip()
        if self.links and href and words not in {href, href.removeprefix("mailto:"), href.removeprefix("tel:")}:
            self.line += f" ({href})" if words else href
        self.link = ("", 0)

    def _block(self, name: str, *, closing: bool) -> None:
        self._end_line()
        if name == "blockquote" and closing:
            self.quotes -= 1
        self.apart |= name in _APART and not (self.lists and name in {"ul", "ol", "p"})
        if name == "blockquote" and not closing:
            self.quotes += 1
        elif name == "pre":
            self.verbatim += -1 if closing else 1
        elif name == "hr":
            self.line = "---"
        elif name in {"ul", "ol"}:
            self._list(name, closing=closing)
        elif name == "li" and not closing:
            self._bullet()

    def _list(self, name: str, *, closing: bool) -> None:
        if not closing:
            self.lists.append(1 if name == "ol" else 0)
        elif self.lists:
            self.lists.pop()

    def _bullet(self) -> None:
        number = self.lists[-1] if self.lists else 0
        if number:
            self.lists[-1] += 1
        self.marker = "  " * (len(self.lists) - 1) + (f"{number}. " if number else "- ")

    def _end_line(self, *, empty: bool = False) -> None:
        if self.line.strip() or empty:
            if self.apart and self.lines:
                self.lines.append(("> " * min(self.quotes, self.quoted)).rstrip())
            self.lines.append(("> " * self.quotes + self.marker + self.line).rstrip())
            self.marker, self.apart, self.quoted = "", False, self.quotes
        self.line = ""
        self.link = (self.link[0], 0)
