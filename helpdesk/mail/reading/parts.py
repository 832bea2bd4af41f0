"""
The parts of a letter (MIME, RFC 2046): where each begins and ends, and what its headers say.

One pass over the lines that could be boundaries, the innermost multipart asked first. What a sender got
wrong is taken for what was meant: boundaries that are not declared, never come, or come once more after the last.
"""

import re
from collections.abc import Sequence
from typing import Final

import msgspec

from helpdesk.mail.reading import headers
from helpdesk.mail.reading.charset import decode
from helpdesk.mail.reading.uuencode import uuencoded

MAX_DEPTH: Final = 20  # multiparts within multiparts; honest letters stay below ten
MAX_PARTS: Final = 1000
MAX_NAME: Final = 500  # characters of a file name

_DELIMITER: Final = re.compile(rb"(?<![^\n])--([^\r\n]{0,400}?)[ \t]*(?:\r*\n|\r?\Z)")
_BOUNDARY_GUESS: Final = re.compile(rb"(?<![^\n])--([^\r\n]{1,200}?)[ \t]*\r*\n[Cc]ontent-", re.ASCII)
_HIDDEN_IN_NAMES: Final = re.compile("[\x00-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060-\u2069]")


class Part(msgspec.Struct, frozen=True):
    """One entity of the letter: what its headers say, and where its body lies."""

    fields: headers.Fields
    kind: str
    params: dict[str, str]
    disposition: str
    filename: str
    encoding: str
    data: bytes
    start: int
    end: int
    children: "list[Part]"

    def raw(self) -> bytes:
        """The body as it was sent."""
        return self.data[self.start : self.end]

    def content(self) -> bytes:
        """The body with its transfer encoding undone."""
        if self.encoding == "base64":
            return headers.from_base64(self.raw())
        if self.encoding == "quoted-printable":
            return headers.from_quoted_printable(self.raw())
        if self.encoding in ("x-uuencode", "uuencode", "x-uue", "uue"):
            return b"".join(content for _, content in uuencoded(decode(self.raw()))[1]) or self.raw()
        return self.raw()

    def named(self, name: str) -> str:
        """The value of the first header of this name, which is in lower case; empty when there is none."""
        return next((value for key, value in self.fields if key.lower() == name), "")


class Bounds(msgspec.Struct):
    """What has been spent and what was remarked while one letter is read."""

    parts: int = 0
    remarks: dict[str, None] = msgspec.field(default_factory=dict)

    def remark(self, *said: str) -> None:
        """Note each once, in the order of first mention."""
        self.remarks.update(dict.fromkeys(said))


class _End(msgspec.Struct, frozen=True):
    """What ended an entity: the boundary line at `line`–`after`, or with level -1 the end of the data."""

    line: int
    after: int
    level: int = -1
    closing: bool = False


def read_parts(raw: bytes, start: int, bounds: Bounds) -> Part:
    """The letter that begins at `start`, with all parts in it."""
    return _Reader(raw, len(raw), bounds, 0).entity(start, "text/plain", [])[0]


class _Reader:
    """Reads one run of bytes; `depth` is how many multiparts it lies in."""

    def __init__(self, data: bytes, end: int, bounds: Bounds, depth: int) -> None:
        self.data = data
        self.end = end
        self.bounds = bounds
        self.depth = depth

    def entity(self, start: int, default: str, marks: list[bytes]) -> tuple[Part, _End]:
        """The entity at `start`, and what ended it: one of the boundaries in `marks`, the outermost first."""
        self.bounds.parts += 1
        stop = self._next(start, marks)
        fields, body, remarks = headers.read_head(self.data, start, stop.line)
        self.bounds.remark(*remarks)
        part = _described(fields, default, self.data, body, _before_line_end(self.data, body, stop.line, stop))
        if not part.kind.startswith("multipart/"):
            return part, stop
        if self.depth + len(marks) >= MAX_DEPTH:
            self.bounds.remark("too-deep")
            return msgspec.structs.replace(part, kind="application/octet-stream"), stop
        if part.encoding in ("base64", "quoted-printable"):  # forbidden by RFC 2045, section 6.4, and seen
            inner = part.content()
            reader = _Reader(inner, len(inner), self.bounds, self.depth + len(marks))
            children, _ = reader.children(part, 0, [])
        else:
            children, stop = self.children(part, body, marks)
        if not children:
            self.bounds.remark("no-parts")
            return msgspec.structs.replace(part, kind="text/plain", encoding=""), stop
        return msgspec.structs.replace(part, children=children), stop

    def children(self, part: Part, start: int, marks: list[bytes]) -> tuple[list[Part], _End]:
        """The parts of a multipart whose body begins at `start`, and what ended it."""
        mark = part.params.get("boundary", "").encode("utf-8", "replace").rstrip()
        level = len(marks)
        found = self._next(start, [*marks, mark]) if mark else None
        if found is None or found.level != level or found.closing:
            self.bounds.remark("no-boundary")
            outer = self._next(start, marks)
            guess = _BOUNDARY_GUESS.search(self.data, start, outer.line)
            mark = guess[1] if guess else b"'%b'" % mark  # quotes that are none belong to it
            found = self._next(start, [*marks, mark])
            if found.level != level:
                return [], outer
        default = "message/rfc822" if part.kind == "multipart/digest" else "text/plain"
        children: list[Part] = []
        while found.level == level and not found.closing:
            if self.bounds.parts >= MAX_PARTS:
                self.bounds.remark("parts-cut")
                return children, self._next(found.after, marks)
            child, found = self.entity(found.after, default, [*marks, mark])
            children.append(child)
            if found.level == level and found.closing:
                found = self._after_close(found, marks, mark)
        if found.level == -1 and not found.closing:
            self.bounds.remark("unclosed-multipart")
        return children, found

    def _after_close(self, closed: _End, marks: list[bytes], mark: bytes) -> _End:
        """What comes after the last boundary: one further out, or another part when a program closed too early."""
        again = self._next(closed.after, [mark, *marks])
        if again.level == 0 and not again.closing and mark not in marks:
            self.bounds.remark("parts-after-the-last")
            return _End(again.line, again.after, len(marks))
        outer = self._next(closed.after, marks)
        return outer if outer.level >= 0 else _End(closed.line, self.end, -1, closing=True)

    def _next(self, at: int, marks: Sequence[bytes]) -> _End:
        """The next line that is a boundary of `marks`, the last of them asked first."""
        if marks:
            levels = {mark: level for level, mark in enumerate(marks)}
            for line in _DELIMITER.finditer(self.data, at, self.end):
                opens, closes = levels.get(line[1], -1), -1
                if line[1].endswith(b"--"):
                    closes = levels.get(line[1][:-2].rstrip(), -1)
                if opens >= 0 or closes >= 0:
                    return _End(line.start(), line.end(), max(opens, closes), closing=closes > opens)
        return _End(self.end, self.end)


def _described(fields: headers.Fields, default: str, data: bytes, start: int, end: int) -> Part:
    last = {key.lower(): value for key, value in fields}  # of two Content-Types the later one loses no words
    kind, params = headers.parameters(last.get("content-type", ""))
    if not headers.type_main.fullmatch(kind):
        kind = "text/plain" if kind else default
    disposition, said = headers.parameters(last.get("content-disposition", ""))
    filename = said.get("filename") or params.get("name") or ""
    return Part(
        fields=fields,
        kind=kind,
        params=params,
        disposition=disposition,
        filename=" ".join(_HIDDEN_IN_NAMES.sub("", filename).split())[:MAX_NAME],
        encoding=headers.without_comments(last.get("content-transfer-encoding", "")).strip(" \"';").lower(),
        data=data,
        start=start,
        end=max(start, end),
        children=[],
    )


def _before_line_end(data: bytes, start: int, end: int, stop: _End) -> int:
    """The line end before a boundary belongs to the boundary; the one at the end of the letter does not."""
    if stop.level < 0:
        return end
    if end > start and data[end - 1 : end] == b"\n":
        end -= 1
        if end > start and data[end - 1 : end] == b"\r":
            end -= 1
    return end
