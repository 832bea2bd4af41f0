"""Bytes → Letter. Never raises, and does a bounded amount of work whatever the bytes are."""

import codecs
import re

from helpdesk.mail.reading import headers, smime, tnef
from helpdesk.mail.reading.charset import decode, is_known
from helpdesk.mail.reading.html import html_to_text
from helpdesk.mail.reading.letter import Address, Attachment, Letter
from helpdesk.mail.reading.parts import MAX_NAME, Bounds, Part, read_parts
from helpdesk.mail.reading.uuencode import uuencoded

MAX_HEAD = 32_768  # bytes, where only the headers are read
MAX_ATTACHMENTS = 200
MAX_TEXT = 1_000_000  # characters
MAX_META = 4096  # bytes of a page in which it may name its character set
MAX_SIGNED = 3  # letters that were signed as a whole, within one another

_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/=\s]")
_SPACED = re.compile(rb"[A-Za-z0-9+/] +[A-Za-z0-9+/]")
_BASE64_LINES = re.compile(rb"(?:[A-Za-z0-9+/]{2,}={0,2}[ \t]*\r*\n)+")
_BROKEN = re.compile(rb"\s*[^A-Za-z0-9+/=\s][^ \t]{0,2000}")  # not one line of what it says it is
_QUOTED = re.compile(r"=([\"'])([^\"']{1,500})\1")
_META = re.compile(rb"<meta\b[^>]{0,200}?\bcharset\s{0,5}=\s{0,5}[\"']?([\w.:-]{1,40})", re.IGNORECASE | re.ASCII)
_BARE_CR = re.compile(rb"\r+\n?")
_WORDS_INSTEAD = re.compile(r"text/(?!calendar|css|csv|html|javascript|rfc822-headers|rtf|vcard|x-vcard|xml)[\w.+-]+")
_ENRICHED = re.compile(r"<param>.{0,200}?</param>|</?[a-zA-Z]{1,30}>", re.DOTALL)


def parse(raw: bytes) -> Letter:
    """
    Read one letter (RFC 5322, MIME) from its bytes, as sent by anybody.

    Nothing here decides who the sender is: `sender.email` is what From says in its own address, and a
    repeated or many-headed From is remarked.
    """
    bounds = Bounds()
    data = _BARE_CR.sub(b"\n", raw) if b"\n" not in raw else raw
    root = read_parts(data, _after_mbox_line(data), bounds)
    bodies = _Bodies(bounds)
    text, html = bodies.gather(root)
    return _letter(root.fields, text, html, bodies.attachments, bounds)


def parse_head(raw: bytes, remark: str) -> Letter:
    """What the first headers of a letter say, for one whose body cannot be read; with a remark why. Cheap."""
    bounds = Bounds()
    bounds.remark(remark)
    start = _after_mbox_line(raw[:MAX_HEAD])
    fields, _, _ = headers.read_head(raw, start, min(len(raw), MAX_HEAD))
    return _letter(fields, "", "", [], bounds)


def _letter(fields: headers.Fields, text: str, html: str, attachments: list[Attachment], bounds: Bounds) -> Letter:
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
    """Where the letter begins: after a byte order mark, empty lines and the line `From …` of mailbox files."""
    start = len(raw) - len(raw.removeprefix(codecs.BOM_UTF8).lstrip(b"\r\n"))
    if raw.startswith((b"From ", b">From "), start):
        return raw.find(b"\n", start) + 1
    return start


class _Bodies:
    """Sorts the parts of a letter into its words and its attachments (RFC 8621, section 4.1.4)."""

    def __init__(self, bounds: Bounds) -> None:
        self.bounds = bounds
        self.attachments: list[Attachment] = []
        self.packed = tnef.Opened()
        self.places: set[str] = set()
        self.signed = 0

    def gather(self, root: Part) -> tuple[str, str]:
        """Text and HTML of the whole letter; its files are in `attachments`."""
        plain, rich = self._walk([root], "mixed", alternative=False)
        text = "\n".join(self._plain(part) for part in plain)
        html = "\n".join(self._rich(part) for part in rich if part.kind == "text/html")
        if not text.strip() and not html.strip():
            text, html = self.packed.text or text, self.packed.html or html
        if not text.strip():
            text = html_to_text(html, with_links=True) or self._words_of_a_file() or text
        return self._cut(text), self._cut(self._placed(html))

    def _walk(self, parts: list[Part], within: str, *, alternative: bool) -> tuple[list[Part], list[Part]]:
        """
        The parts that make up the plain view and those of the rich view, among these siblings.

        Anywhere inside an alternative a plain part is of the plain view only and HTML of the rich one.
        """
        plain: list[Part] = []
        rich: list[Part] = []
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
                if part.kind in smime.KINDS and (signed := self._signed(part)):
                    views = self._walk([signed], "mixed", alternative=alternative)
                    plain += views[0]
                    rich += views[1]
        if within == "alternative":
            says_nothing = all(part.end - part.start < 500 and not self._rich(part).strip() for part in plain)
            return rich if says_nothing and rich else plain, rich or plain
        return plain, rich

    def _signed(self, part: Part) -> Part | None:
        """The letter that was signed as a whole, a few times within one another at most."""
        inside = smime.signed_letter(part.content()) if self.signed < MAX_SIGNED else None
        self.signed += 1
        return read_parts(inside, 0, self.bounds) if inside else None

    def _plain(self, part: Part) -> str:
        text = self._rich(part)
        if part.kind == "text/html":
            return html_to_text(text, with_links=True)
        if part.params.get("format", "").lower() == "flowed":
            text = _unflow(text, delsp=part.params.get("delsp", "").lower() == "yes")
        text, files = uuencoded(text)
        for filename, content in files:
            self._add(Attachment(filename[:MAX_NAME], "application/octet-stream", content, "", "attachment"))
        return text

    def _rich(self, part: Part) -> str:
        charset = part.params.get("charset", "") or _said_in_html(part)
        if charset and not is_known(charset):
            self.bounds.remark("unknown-charset")
        if part.encoding == "base64":
            text = self._from_base64(part, charset)
        else:
            text = decode(self._short(part.content()), charset)
        return self._cut(text)

    def _from_base64(self, part: Part, charset: str) -> str:
        """Words in base64. What is none is shown as it was sent: all of it, or lines that a program has added below."""
        if not _NOT_BASE64.search(part.data, part.start, part.end):
            content = self._short(part.content())
            if not _SPACED.search(part.data, part.start, part.end) or _is_utf8(content):
                return decode(content, charset)
        self.bounds.remark("not-base64")
        raw = self._short(part.raw())
        coded = _BASE64_LINES.match(raw)
        if coded:
            text = decode(headers.from_base64(coded[0]), charset)
            if text.count("\ufffd") * 5 <= len(text):
                return f"{text}\n{decode(raw[coded.end() :], charset)}"
        return decode(raw, charset)

    def _short(self, content: bytes) -> bytes:
        if len(content) > MAX_TEXT * 4:
            self.bounds.remark("text-cut")
        return content[: MAX_TEXT * 4]

    def _words_of_a_file(self) -> str:
        """A letter may be nothing but text of another kind, such as Markdown: better read than opened."""
        for one in self.attachments:
            if _WORDS_INSTEAD.fullmatch(one.content_type) and not one.filename:
                text = decode(self._short(one.content))
                return _ENRICHED.sub("", text) if one.content_type.endswith("ched") else text
        return ""

    def _attach(self, part: Part) -> None:
        content_id = part.named("content-id").strip(" <>")[:500]
        disposition = part.disposition[:20] or ("inline" if content_id else "attachment")
        content = part.content()
        if part.kind in tnef.KINDS or part.filename.lower() == "winmail.dat":
            packed = tnef.opened(content)
            if packed:
                self.packed = packed
                for one in packed.attachments:
                    self._add(one)
                return
            self.bounds.remark("tnef-unread")
        place = part.named("content-location").strip(' "')[:500] if part.kind.startswith("image/") else ""
        if place and not content_id:
            self.places.add(place)
        self._add(Attachment(part.filename, part.kind, content, content_id or place, disposition))

    def _placed(self, html: str) -> str:
        """HTML with pictures that are named by their Content-Location (RFC 2557) named like all others, by `cid:`."""
        if not self.places:
            return html
        return _QUOTED.sub(
            lambda said: f"={said[1]}cid:{said[2]}{said[1]}" if said[2] in self.places else said[0], html
        )

    def _add(self, attachment: Attachment) -> None:
        if len(self.attachments) < MAX_ATTACHMENTS:
            self.attachments.append(attachment)
        else:
            self.bounds.remark("attachments-cut")

    def _cut(self, text: str) -> str:
        if len(text) > MAX_TEXT:
            self.bounds.remark("text-cut")
        return text[:MAX_TEXT]


def _said_in_html(part: Part) -> str:
    """The character set that a page names in its own head, for one whose header names none and that is no UTF-8."""
    content = part.content() if part.kind == "text/html" else b""
    found = _META.search(content[:MAX_META])
    return found[1].decode("ascii") if found and not _is_utf8(content) else ""


def _is_words(part: Part, position: int, within: str) -> bool:
    """Whether a part is read as part of the letter, not kept as a file."""
    if part.disposition == "attachment" or part.kind not in ("text/plain", "text/html"):
        return False
    if position and part.encoding == "base64" and _BROKEN.fullmatch(part.raw()):
        return False
    return position == 0 or (within != "related" and not part.filename)


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode()
    except UnicodeError:
        return False
    return True


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
