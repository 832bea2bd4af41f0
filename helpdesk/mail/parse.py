"""Bytes → Letter. Never raises, and does a bounded amount of work whatever the bytes are."""

import binascii
import re

import msgspec

from helpdesk.mail import headers
from helpdesk.mail.charset import decode, is_known
from helpdesk.mail.html import html_to_text
from helpdesk.mail.letter import Address, Attachment, Letter

MAX_DEPTH = 20  # multiparts within multiparts; honest letters stay below ten
MAX_PARTS = 1000
MAX_HEAD = 32_768  # bytes, where only the headers are read
MAX_ATTACHMENTS = 200
MAX_TEXT = 1_000_000  # characters
MAX_NAME = 500  # characters of a file name

_BOUNDARY_GUESS = re.compile(rb"(?:\A|\n)--([^\r\n]{1,200}?)[ \t]*\r?\n[Cc]ontent-", re.ASCII)
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/=\s]")
_UU_BEGIN = re.compile(r"begin [0-7]{3,4} (\S.{0,250})")
_HIDDEN_IN_NAMES = re.compile("[\x00-\x08\x0a-\x1f\x7f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


class _Part(msgspec.Struct, frozen=True):
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
    children: "list[_Part]"

    def content(self) -> bytes:
        """The body with its transfer encoding undone."""
        body = self.data[self.start : self.end]
        if self.encoding == "base64":
            return headers.from_base64(body)
        if self.encoding == "quoted-printable":
            return binascii.a2b_qp(body)
        if self.encoding in ("x-uuencode", "uuencode", "x-uue"):
            return b"".join(content for _, content in _uuencoded(decode(body))[1]) or body
        return body


class _Bounds(msgspec.Struct):
    """What has been spent and what was remarked while one letter is read."""

    parts: int = 0
    remarks: dict[str, None] = msgspec.field(default_factory=dict)

    def remark(self, *said: str) -> None:
        """Note each once, in the order of first mention."""
        self.remarks.update(dict.fromkeys(said))


def parse(raw: bytes) -> Letter:
    """
    Read one letter (RFC 5322, MIME) from its bytes, as sent by anybody.

    Nothing here decides who the sender is: `sender.email` is what From says in its own address, and a
    repeated or many-headed From is remarked.
    """
    bounds = _Bounds()
    start = _after_mbox_line(raw)
    root = _read(raw, start, len(raw), "text/plain", 0, bounds)
    text, html, attachments = _Bodies(bounds).gather(root)
    return _letter(root.fields, text, html, attachments, bounds)


def parse_head(raw: bytes, remark: str) -> Letter:
    """What the first headers of a letter say, for one whose body cannot be read; with a remark why. Cheap."""
    bounds = _Bounds()
    bounds.remark(remark)
    start = _after_mbox_line(raw[:MAX_HEAD])
    fields, _, _ = headers.read_head(raw, start, min(len(raw), MAX_HEAD))
    return _letter(fields, "", "", [], bounds)


def _letter(fields: headers.Fields, text: str, html: str, attachments: list[Attachment], bounds: _Bounds) -> Letter:
    named: dict[str, list[str]] = {}
    for key, value in fields:
        named.setdefault(key.lower(), []).append(value)
    senders = headers.addresses(named.get("from", [])[:1])
    if len(named.get("from", [])) > 1:
        bounds.remark("from-repeated")
    if len(senders) > 1:
        bounds.remark("several-senders")
    ids = headers.message_ids(named.get("message-id", [])[:1])
    return Letter(
        message_id=ids[0] if ids else "",
        in_reply_to=headers.message_ids(named.get("in-reply-to", [])),
        references=headers.message_ids(named.get("references", [])),
        subject=headers.words(named.get("subject", [""])[0]),
        sender=senders[0] if senders else Address("", ""),
        reply_to=tuple(headers.addresses(named.get("reply-to", []))),
        to=tuple(headers.addresses(named.get("to", []))),
        cc=tuple(headers.addresses(named.get("cc", []))),
        date=headers.moment(named.get("date", [""])[0]),
        text=text,
        html=html,
        attachments=tuple(attachments),
        headers=tuple(fields),
        remarks=tuple(bounds.remarks),
    )


def _after_mbox_line(raw: bytes) -> int:
    """Where the letter begins: after empty lines and the line `From …` that mailbox files put first."""
    start = len(raw) - len(raw.lstrip(b"\r\n"))
    if raw.startswith((b"From ", b">From "), start):
        return raw.find(b"\n", start) + 1
    return start


def _read(data: bytes, start: int, end: int, default: str, depth: int, bounds: _Bounds) -> _Part:
    """The entity at `data[start:end]` with all entities in it."""
    bounds.parts += 1
    fields, body, remarks = headers.read_head(data, start, end)
    bounds.remark(*remarks)
    last = {key.lower(): value for key, value in fields}  # of two Content-Types the later one loses no words
    kind, params = headers.parameters(last.get("content-type", ""))
    if not headers.type_main.fullmatch(kind):
        kind = "text/plain" if kind else default
    disposition, said = headers.parameters(last.get("content-disposition", ""))
    filename = said.get("filename") or params.get("name") or ""
    part = _Part(
        fields=fields,
        kind=kind,
        params=params,
        disposition=disposition,
        filename=_HIDDEN_IN_NAMES.sub("", filename)[:MAX_NAME],
        encoding=last.get("content-transfer-encoding", "").strip(" \"';").lower(),
        data=data,
        start=body,
        end=end,
        children=[],
    )
    if kind.startswith("multipart/"):
        part.children.extend(_children(part, depth, bounds))
        if not part.children and depth < MAX_DEPTH:
            bounds.remark("no-parts")
            return msgspec.structs.replace(part, kind="text/plain")
    return part


def _children(part: _Part, depth: int, bounds: _Bounds) -> list[_Part]:
    if depth >= MAX_DEPTH:
        bounds.remark("too-deep")
        return []
    data, start, end = part.data, part.start, part.end
    if part.encoding in ("base64", "quoted-printable"):  # forbidden by RFC 2045, section 6.4, and seen
        data = part.content()
        start, end = 0, len(data)
    default = "message/rfc822" if part.kind == "multipart/digest" else "text/plain"
    children = []
    for child_start, child_end in _sections(data, start, end, part.params.get("boundary", ""), bounds):
        if bounds.parts >= MAX_PARTS:
            bounds.remark("parts-cut")
            break
        children.append(_read(data, child_start, child_end, default, depth + 1, bounds))
    return children


def _sections(data: bytes, start: int, end: int, boundary: str, bounds: _Bounds) -> list[tuple[int, int]]:
    """Where the parts of a multipart begin and end (RFC 2046, section 5.1). Linear in its length."""
    mark = boundary.encode("utf-8", "replace").rstrip()
    if not mark:
        bounds.remark("no-boundary")
        guess = _BOUNDARY_GUESS.search(data, start, end)
        if guess is None:
            return []
        mark = guess[1]
    line = re.compile(rb"(?<![^\n])--" + re.escape(mark) + rb"(--)?[ \t]*(?:\r?\n|\Z)")
    sections: list[tuple[int, int]] = []
    opened = -1
    for found in line.finditer(data, start, end):
        if opened >= 0:
            sections.append((opened, _before_line_end(data, opened, found.start())))
        opened = found.end()
        if found[1]:
            return sections
    bounds.remark("unclosed-multipart")
    if opened >= 0:
        sections.append((opened, end))
    return sections


def _before_line_end(data: bytes, start: int, end: int) -> int:
    """The line end before a boundary belongs to the boundary."""
    if end > start and data[end - 1 : end] == b"\n":
        end -= 1
        if end > start and data[end - 1 : end] == b"\r":
            end -= 1
    return end


class _Bodies:
    """Sorts the parts of a letter into its words and its attachments (RFC 8621, section 4.1.4)."""

    def __init__(self, bounds: _Bounds) -> None:
        self.bounds = bounds
        self.attachments: list[Attachment] = []
        self.html: list[str] = []
        self.text: list[str] = []

    def gather(self, root: _Part) -> tuple[str, str, list[Attachment]]:
        """Text, HTML and attachments of the whole letter."""
        plain, rich = self._walk([root], "mixed", alternative=False)
        text = "\n".join(self._plain(part) for part in plain)
        html = "\n".join(self._rich(part) for part in rich if part.kind == "text/html")
        if not text.strip():
            text = html_to_text(html) or text
        return self._cut(text), self._cut(html), self.attachments

    def _walk(self, parts: list[_Part], within: str, *, alternative: bool) -> tuple[list[_Part], list[_Part]]:
        """
        The parts that make up the plain view and those of the rich view, among these siblings.

        Anywhere inside an alternative a plain part is of the plain view only and HTML of the rich one.
        """
        plain: list[_Part] = []
        rich: list[_Part] = []
        for position, part in enumerate(parts):
            if part.kind.startswith("multipart/"):
                inner = part.kind.partition("/")[2]
                views = self._walk(part.children, inner, alternative=alternative or inner == "alternative")
                plain += views[0]
                rich += views[1]
            elif _is_words(part, position, within):
                if part.kind == "text/plain" or not alternative:
                    plain.append(part)
                if part.kind == "text/html" or not alternative:
                    rich.append(part)
            else:
                self._attach(part)
        if within == "alternative":
            return plain or rich, rich or plain
        return plain, rich

    def _plain(self, part: _Part) -> str:
        text = self._rich(part)
        if part.kind == "text/html":
            return html_to_text(text)
        if part.params.get("format", "").lower() == "flowed":
            text = _unflow(text, delsp=part.params.get("delsp", "").lower() == "yes")
        text, files = _uuencoded(text)
        for filename, content in files:
            self._add(Attachment(filename[:MAX_NAME], "application/octet-stream", content, "", "attachment"))
        return text

    def _rich(self, part: _Part) -> str:
        charset = part.params.get("charset", "")
        if charset and not is_known(charset):
            self.bounds.remark("unknown-charset")
        content = part.content()
        if part.encoding == "base64" and _NOT_BASE64.search(part.data, part.start, part.end):
            self.bounds.remark("not-base64")
            content = part.data[part.start : part.end]
        if len(content) > MAX_TEXT * 4:
            self.bounds.remark("text-cut")
        return self._cut(decode(content[: MAX_TEXT * 4], charset))

    def _attach(self, part: _Part) -> None:
        content_id = next((value for key, value in part.fields if key.lower() == "content-id"), "").strip(" <>")[:500]
        disposition = part.disposition[:20] or ("inline" if content_id else "attachment")
        self._add(Attachment(part.filename, part.kind, part.content(), content_id, disposition))

    def _add(self, attachment: Attachment) -> None:
        if len(self.attachments) < MAX_ATTACHMENTS:
            self.attachments.append(attachment)
        else:
            self.bounds.remark("attachments-cut")

    def _cut(self, text: str) -> str:
        if len(text) > MAX_TEXT:
            self.bounds.remark("text-cut")
        return text[:MAX_TEXT]


def _is_words(part: _Part, position: int, within: str) -> bool:
    """Whether a part is read as part of the letter, not kept as a file."""
    if part.disposition == "attachment" or part.kind not in ("text/plain", "text/html"):
        return False
    return position == 0 or (within != "related" and not part.filename)


def _unflow(text: str, *, delsp: bool) -> str:
    """Paragraphs of format=flowed on one line each (RFC 3676, section 4); quote depths are kept apart."""
    said: list[str] = []
    flowing: str | None = None
    for line in text.split("\n"):
        bare = line.lstrip(">")
        depth = line[: len(line) - len(bare)]
        bare = bare[1:] if bare.startswith(" ") else bare
        flows = bare.endswith(" ") and bare != "-- "
        if flowing != depth or bare == "-- ":
            said.append(f"\n{depth} " if depth else "\n")
        said.append(bare[:-1] if flows and delsp else bare)
        flowing = depth if flows else None
    return "".join(said)[1:]


def _uuencoded(text: str) -> tuple[str, list[tuple[str, bytes]]]:
    """The text without uuencoded files, and those files. A block that does not end or decode stays text."""
    if "begin " not in text:
        return text, []
    kept: list[str] = []
    files: list[tuple[str, bytes]] = []
    lines = text.split("\n")
    at = 0
    while at < len(lines):
        begin = _UU_BEGIN.fullmatch(lines[at].rstrip())
        block = _uu_block(lines, at + 1) if begin else None
        if begin and block:
            files.append((begin[1], block[0]))
            at = block[1]
        else:
            kept.append(lines[at])
            at += 1
    return "\n".join(kept), files


def _uu_block(lines: list[str], at: int) -> tuple[bytes, int] | None:
    """The decoded lines up to `end`, and the number of the line after it; None where one is no uuencoding."""
    content: list[bytes] = []
    for number in range(at, len(lines)):
        if lines[number].strip() == "end":
            return b"".join(content), number + 1
        try:
            content.append(_uu_line(lines[number]))
        except (binascii.Error, ValueError):
            return None
    return None


def _uu_line(line: str) -> bytes:
    """One line. Some programs miscount the padding of the last one, which Python refuses."""
    raw = line.encode("ascii")
    try:
        return binascii.a2b_uu(raw)
    except binascii.Error:
        if not raw or not 32 <= raw[0] <= 96:
            raise
        length = (((raw[0] - 32) & 63) * 4 + 5) // 3
        return binascii.a2b_uu(raw[:length])
