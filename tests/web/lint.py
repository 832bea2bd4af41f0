"""What a finished page must not have, found with a real HTML parser: used by the tests of layouts and pages."""

from __future__ import annotations

from html.parser import HTMLParser

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
POINTING = ("aria-labelledby", "aria-describedby", "aria-controls", "for", "hx-target")


def problems(html: str) -> list[str]:
    """
    Every fault of one page, as sentences; empty for a good one.

    Looks for what our Content-Security-Policy would refuse, names that point nowhere, ids used twice,
    controls without a name, and elements left open.
    """
    page = Page()
    page.feed(html)
    page.close()
    return page.faults()


class Page(HTMLParser):
    """Reads a page and remembers its faults."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.open: list[str] = []
        self.ids: list[str] = []
        self.pointed: list[tuple[str, str]] = []
        self.labelled: set[str] = set()
        self.controls: list[tuple[str, bool]] = []
        self.headings: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self._refused(tag, given)
        if "id" in given:
            self.ids.append(given["id"])
        for name in POINTING:
            self.pointed += [(name, target) for target in given.get(name, "").removeprefix("#").split()]
        if tag == "label":
            self.labelled.add(given.get("for", ""))
        if tag in {"input", "select", "textarea"} and given.get("type") not in {"hidden", "submit"}:
            named = "label" in self.open or "aria-label" in given or "aria-labelledby" in given
            self.controls.append((given.get("id", ""), named))
        if tag == "h1":
            self.headings.append(tag)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open[-1] != tag:
            line, _ = self.getpos()
            self.found.append(f"</{tag}> in line {line} closes {self.open[-1:] or 'nothing'}")
        if tag in self.open:
            while self.open.pop() != tag:
                pass

    def _refused(self, tag: str, given: dict[str, str]) -> None:
        """What the Content-Security-Policy forbids, or would let in."""
        if tag == "style" or (tag == "script" and "src" not in given):
            self.found.append(f"<{tag}> inside the page")
        for name, value in given.items():
            if name == "style" or name.startswith(("on", "hx-on")) or value.strip().lower().startswith("javascript:"):
                self.found.append(f"{name} on <{tag}>")
            if name in {"src", "href", "action"} and value.startswith(("http:", "//")) and tag != "a":
                self.found.append(f"{name} of <{tag}> leads away: {value}")
        if tag == "img" and "alt" not in given:
            self.found.append("<img> without alt")

    def faults(self) -> list[str]:
        """All that was found, after the last line."""
        found = list(self.found)
        found += [f"<{tag}> is never closed" for tag in self.open]
        found += [f'id "{name}" is used twice' for name in sorted({x for x in self.ids if self.ids.count(x) > 1})]
        found += [f'{name} points to no "{target}"' for name, target in self.pointed if target not in self.ids]
        found += [
            f'control "{name}" has no name' for name, named in self.controls if not named | (name in self.labelled)
        ]
        if len(self.headings) > 1:
            found.append("more than one <h1>")
        return found
