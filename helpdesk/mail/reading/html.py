"""HTML of a letter → plain text, in one pass without a tree, so depth and size cannot hurt."""

import re
from collections.abc import Iterator
from html import unescape

from helpdesk.core.text import fold

_TAG = re.compile(r"</?([a-zA-Z][a-zA-Z0-9]*)")
_SPACE = re.compile(r"[ \t\r\n\f]+")
_BLOCKS = frozenset((
    "address", "article", "aside", "body", "center", "dd", "div", "dl", "dt", "figcaption", "figure", "footer", "form",
    "header", "hr", "html", "li", "main", "nav", "ol", "pre", "section", "table", "tbody", "tfoot", "thead", "title",
    "tr", "ul",
))  # fmt: skip
_PARAGRAPHS = frozenset(("p", "h1", "h2", "h3", "h4", "h5", "h6"))
_UNSEEN = frozenset(
    ("head", "iframe", "math", "noscript", "object", "script", "select", "style", "svg", "template", "title")
)
_MAX_QUOTES = 20
_MAX_LINK = 2000  # characters of an address
_HREF = re.compile(r"\shref\s{0,5}=\s{0,5}(?:\"([^\"]{0,2000})\"|'([^']{0,2000})'|([^\s\"'>]{1,2000}))", re.IGNORECASE)
_PAGE = re.compile(r"https?://[^\s<>\"]+", re.IGNORECASE)


def html_to_text(html: str, *, with_links: bool = False) -> str:
    """
    The words of an HTML letter as lines. Quoted blocks begin with `> ` as in a plain letter.

    Scripts, styles, the head and images are left out. `with_links`: the address of a page stands behind the words
    that lead there, `words <https://…>`, as mail programs write it, unless it is those words. Linear in its length.
    """
    writer = _Linking() if with_links else _Writer()
    for _ in _read(html, writer):
        pass
    return writer.text()


def place_after(html: str, letters: int) -> int:
    """Where the tag stands before which an HTML letter has said so many letters and digits; 0 when it never does."""
    counter = _Counter()
    return next((at for at in _read(html, counter) if counter.letters >= letters), 0)


def bare(text: str) -> str:
    """The letters and digits of a text, for comparing words whatever stands between them."""
    return "".join(sign for sign in fold(text) if sign.isalnum())


def _read(html: str, writer: "_Writer") -> Iterator[int]:
    """Let the writer hear words and tags in their order; the place of each tag, before the writer hears of it."""
    at, end = 0, len(html)
    while at < end:
        tag = html.find("<", at)
        writer.say(html[at : end if tag < 0 else tag])
        if tag < 0:
            break
        yield tag
        at = _after_tag(html, tag, writer)


def _after_tag(html: str, at: int, writer: "_Writer") -> int:
    """Handle what begins with `<` at this place; where to go on."""
    if html.startswith("<!--", at):
        return _past(html, "-->", at + 4)
    if html.startswith(("<!", "<?"), at):
        return _past(html, ">", at)
    found = _TAG.match(html, at)
    if found is None:
        writer.say("<")
        return at + 1
    name = found[1].lower()
    closing = html[at + 1] == "/"
    after = _tag_end(html, found.end())
    if name in _UNSEEN and not closing and html[after - 2 : after] != "/>":
        return writer.skip(html, name, after)
    if name == "a":
        writer.anchor("" if closing else html[found.end() : min(after, found.end() + 2 * _MAX_LINK)])
    writer.tag(name, closing=closing)
    return after


def _past(html: str, mark: str, at: int) -> int:
    found = html.find(mark, at)
    return len(html) if found < 0 else found + len(mark)


def _tag_end(html: str, at: int) -> int:
    """Past the `>` of a tag; one inside a quoted value does not end it, unless the quote never ends."""
    while True:
        close = html.find(">", at)
        if close < 0:
            return len(html)
        quote = next((at + n for n, sign in enumerate(html[at : min(close, at + 4096)]) if sign in "\"'"), -1)
        if quote < 0:
            return close + 1
        unquote = html.find(html[quote], quote + 1, quote + 65_536)
        if unquote < 0:
            return close + 1
        at = unquote + 1


class _Writer:
    """Gathers lines; knows the depth of quotes and whether white space is kept."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.line: list[str] = []
        self.quotes = 0
        self.verbatim = 0
        self.unclosed: set[str] = set()

    def skip(self, html: str, name: str, at: int) -> int:
        """Past the closing tag of what is not shown. Words after one that never closes are shown, not lost."""
        if name in self.unclosed:
            return at
        found = re.compile(f"</{name}[ \\t\\r\\n]{{0,20}}>", re.IGNORECASE).search(html, at)
        if found is None:
            self.unclosed.add(name)
            return at
        return found.end()

    def say(self, source: str) -> None:
        """Add words to the current line."""
        if not source:
            return
        text = unescape(source).replace("\xa0", " ")
        if self.verbatim:
            first, *others = text.split("\n")
            self.line.append(first)
            for other in others:
                self.end_line(keep_empty=True)
                self.line.append(other)
            return
        text = _SPACE.sub(" ", text)
        if text.startswith(" ") and (not self.line or self.line[-1].endswith(" ")):
            text = text[1:]
        if text:
            self.line.append(text)

    def tag(self, name: str, *, closing: bool) -> None:
        """What a tag means for the lines."""
        if name == "br":
            self.end_line(keep_empty=True)
        elif name in _PARAGRAPHS:
            self.end_line()
            if closing:
                self.blank()
        elif name == "blockquote":
            self.end_line()
            self.quotes = max(0, min(_MAX_QUOTES, self.quotes + (-1 if closing else 1)))
        elif name in ("td", "th"):
            self.say(" ")
        elif name in _BLOCKS:
            self.end_line()
            if name == "pre":
                self.verbatim = max(0, self.verbatim + (-1 if closing else 1))
            if name == "li" and not closing:
                self.line.append("- ")

    def anchor(self, attributes: str) -> None:
        """A link begins with these attributes, or ends where there are none."""

    def end_line(self, *, keep_empty: bool = False) -> None:
        """Finish the current line, if there is one."""
        text = "".join(self.line).rstrip()
        self.line.clear()
        if text or keep_empty:
            self.lines.append(f"{'>' * self.quotes} {text}".rstrip() if self.quotes else text)

    def blank(self) -> None:
        """An empty line after a paragraph, at most one."""
        if self.lines and self.lines[-1].strip("> "):
            self.lines.append(">" * self.quotes)

    def text(self) -> str:
        """All lines, without empty ones around."""
        self.end_line()
        return "\n".join(self.lines).strip("\n")


class _Linking(_Writer):
    """Writes where links lead behind their words. A link without words, as around a picture, is not mentioned."""

    def __init__(self) -> None:
        super().__init__()
        self.page = ""
        self.words: list[str] = []

    def say(self, source: str) -> None:
        if self.page:
            self.words.append(source)
        super().say(source)

    def anchor(self, attributes: str) -> None:
        """Where one link begins the one before it ends, whether or not it says so."""
        words, page = unescape("".join(self.words)).strip(), self.page
        self.page, self.words = "", []
        if bare(words) and page and _same(words) != _same(page):
            self._mention(page)
        found = _HREF.search(f" {attributes}")
        target = unescape(found[1] or found[2] or found[3] or "").strip() if found else ""
        self.page = target if _PAGE.fullmatch(target) else ""

    def _mention(self, page: str) -> None:
        """Right behind the last word of the line, before the space after it."""
        spaces = []
        while self.line and not self.line[-1].strip():
            spaces.append(self.line.pop())
        last = self.line.pop() if self.line else ""
        word = last.rstrip()
        self.line += [word, f" <{page}>", last[len(word) :]] if word else [f"<{page}>"]
        self.line += reversed(spaces)

    def text(self) -> str:
        self.anchor("")
        return super().text()


def _same(link: str) -> str:
    """An address to be compared with what somebody wrote for it."""
    return re.sub(r"^https?://(?:www\.)?|/$", "", link.strip().lower())


class _Counter(_Writer):
    """Counts letters and digits instead of keeping them."""

    def __init__(self) -> None:
        super().__init__()
        self.letters = 0

    def say(self, source: str) -> None:
        self.letters += len(bare(unescape(source)))

    def tag(self, name: str, *, closing: bool) -> None:
        """Tags say nothing."""
