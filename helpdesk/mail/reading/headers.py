"""Header fields: from lines to names and values, from values to words, addresses, ids and parameters."""

import binascii
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from email.utils import parsedate_tz
from urllib.parse import unquote_to_bytes

from helpdesk.mail.reading.charset import decode, is_known, tidy
from helpdesk.mail.reading.letter import Address

MAX_FIELDS = 1000
MAX_VALUE = 32_768  # bytes of one header kept; the longest honest References are below 16 KB
MAX_ADDRESSES = 500
MAX_EMAIL = 320  # 64 before the @ and 255 after it, RFC 5321, section 4.5.3.1
MAX_IDS = 200
MAX_ID = 998  # a whole line by RFC 5322, section 2.1.1
MAX_ENCODED_WORD = 8192  # 75 by RFC 2047; some programs never break them

type_main = re.compile(r"[\w.+!#$&^-]+/[\w.+!#$&^-]+")
_FIELD = re.compile(rb"([!-9;-~]{1,100})[ \t]*:")
_CHARSET = re.compile(rb"charset\*?[ \t]*=[ \t]*\"?([\w.:+-]{1,40})", re.IGNORECASE)
_ID = re.compile(r"<([^<>]{1,10000})>")
_ENCODED_WORD = re.compile(r"=\?[^?\s]{1,80}\?[bBqQ]\?[^?]{0,8192}\?=")
_SPACE = re.compile(r"\s+")
_SOFT_BREAK = re.compile(rb"=[ \t]{1,200}(\r?\n)")
_DRIVE = re.compile(r'"[A-Za-z]:\\\w')
_OVERRIDES = re.compile("[\u202a-\u202e\u2066-\u2069]")
_CONTINUED = re.compile(r"([^*]+)(?:\*(\d{1,3}))?(\*)?")

Fields = list[tuple[str, str]]


def read_head(data: bytes, start: int, end: int) -> tuple[Fields, int, list[str]]:
    """
    The header fields of the entity at `data[start:end]`, where its body begins, and remarks.

    Values are unfolded text, still encoded. A line that is no field is skipped when fields follow it;
    otherwise the body begins there, as some programs forget the empty line between.
    """
    found: list[tuple[str, bytes]] = []
    remarks: list[str] = []
    at = start
    while at < end:
        line_end = _line_end(data, at, end)
        if not data[at:line_end].strip(b"\r\n"):
            return _unfolded(found), line_end, remarks
        value_end = line_end
        while value_end < end and data[value_end] in b" \t" and data[value_end : value_end + 80].strip(b" \t\r\n"):
            value_end = _line_end(data, value_end, end)
        name = _FIELD.match(data, at, line_end)
        if name is None:
            if data.startswith(b"--", at) or not _FIELD.match(data, value_end, end):
                return _unfolded(found), at, [*remarks, "no-empty-line-after-headers"]
        elif len(found) == MAX_FIELDS:
            remarks.append("headers-cut")
        else:
            if value_end - name.end() > MAX_VALUE:
                remarks.append("header-cut")
            found.append((name[1].decode("ascii"), data[name.end() : min(value_end, name.end() + MAX_VALUE)]))
        at = value_end
    return _unfolded(found), end, remarks


def _line_end(data: bytes, at: int, end: int) -> int:
    found = data.find(b"\n", at, end)
    return end if found < 0 else found + 1


def _unfolded(found: list[tuple[str, bytes]]) -> Fields:
    """
    Each value on one line (RFC 5322, section 2.2.3).

    Eight-bit bytes are read as UTF-8 (RFC 6532), else in the character set of the body, or guessed.
    """
    body = next((value for key, value in found if key.lower() == "content-type"), b"")
    said = _CHARSET.search(body)
    charset = said[1].decode("ascii") if said else ""
    return [(key, _unfold(value, charset)) for key, value in found]


def _unfold(value: bytes, charset: str) -> str:
    try:
        value.decode("utf-8")
    except UnicodeError:
        text = decode(value, charset)
    else:
        text = decode(value)
    return text.replace("\n\t", " ").replace("\n", " ").strip()


def words(value: str) -> str:
    """
    A header value as a person reads it: encoded words decoded (RFC 2047), also inside quotes and without spaces around.

    Pieces of one character set are joined before they are read, since some programs split a letter in
    two. What proves unreadable stays as it was written. The answer is one line, whatever was encoded.
    """
    return _SPACE.sub(" ", _decoded(value)).strip()


def _decoded(value: str) -> str:
    said: list[str] = []
    at, pending, pending_charset = 0, b"", ""
    for start, end, charset, data in _encoded_words(value):
        between = value[at:start]
        if pending and (between.strip() or charset.lower() != pending_charset.lower()):
            said.append(_say(pending, pending_charset))
            pending = b""
        if between.strip() or at == 0:
            said.append(between)
        pending, pending_charset, at = pending + data, charset, end
    if pending:
        said.append(_say(pending, pending_charset))
    said.append(value[at:])
    return tidy("".join(said))


def _encoded_words(value: str) -> Iterator[tuple[int, int, str, bytes]]:
    """Each readable `=?charset?B|Q?data?=`: where it starts and ends, its character set and bytes. Linear."""
    at = value.find("=?")
    while at >= 0:
        charset_end = value.find("?", at + 2, at + 82)
        stop = value.find("?=", charset_end + 3, charset_end + MAX_ENCODED_WORD)
        charset = value[at + 2 : charset_end].split("*")[0]
        data = None
        if charset_end > 0 and stop > 0 and " " not in charset:
            data = _word_bytes(value[charset_end + 1 : charset_end + 3], value[charset_end + 3 : stop])
        if data is None or (data and not _say(data, charset)):
            at = value.find("=?", at + 2)
            continue
        yield at, stop + 2, charset, data
        at = value.find("=?", stop + 2)


def _word_bytes(mark: str, text: str) -> bytes | None:
    raw = text.encode("utf-8", "replace")
    if mark.lower() == "b?":
        return from_base64(raw)
    if mark.lower() == "q?":
        return binascii.a2b_qp(raw, header=True)
    return None


def _say(data: bytes, charset: str) -> str:
    """The text of an encoded word, or nothing where most of it would be unreadable signs."""
    text = decode(data, charset)
    unreadable = text.count("\ufffd")
    return "" if unreadable > 3 and unreadable * 4 > len(text) and is_known(charset) else text


def from_quoted_printable(data: bytes) -> bytes:
    """Quoted-printable (RFC 2045, section 6.7); blanks that a server has put behind a line's last `=` are dropped."""
    return binascii.a2b_qp(_SOFT_BREAK.sub(rb"=\1", data))


def from_base64(data: bytes) -> bytes:
    """Base64 as found in letters: foreign bytes are ignored; padding may be missing or come too early."""
    decoded = []
    pieces = data.split(b"=")
    for number, piece in enumerate(pieces):
        letters = piece.translate(None, _NOT_BASE64)
        if number and number == len(pieces) - 1:  # what follows the end counts when it is whole
            letters = letters[: len(letters) // 4 * 4]
        elif len(letters) % 4 == 1:
            letters = letters[:-1]
        decoded.append(binascii.a2b_base64(letters + b"=" * (-len(letters) % 4)))
    return b"".join(decoded)


_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_NOT_BASE64 = bytes(byte for byte in range(256) if byte not in _BASE64)


def parameters(value: str) -> tuple[str, dict[str, str]]:
    """
    `text/plain; charset="x"; name*0*=utf-8''…` → `("text/plain", {"charset": "x", "name": …})`.

    Names and the main value are lower case. Split and encoded parameters are joined (RFC 2231), and
    encoded words in them are read as well, since most programs write file names that way.
    """
    main, pairs = _pieces(value)
    plain: dict[str, dict[int, tuple[str, bool]]] = {}
    extended: dict[str, dict[int, tuple[str, bool]]] = {}
    for key, said in pairs:
        match = _CONTINUED.fullmatch(key)
        if match:
            gathered = extended if match[2] or match[3] else plain
            gathered.setdefault(match[1], {}).setdefault(int(match[2] or 0), (said, bool(match[3])))
    values = {key: _joined(parts) for key, parts in plain.items()}
    for key, parts in extended.items():  # RFC 6266, section 4.3: programs that know it mean this one
        values[key] = _joined(parts) or values.get(key, "")
    return main.lower(), values


def without_comments(value: str) -> str:
    """`base64 (as usual)` → `base64 `."""
    return "".join(sign for _, sign, kind in _signs(value[:1000]) if kind != "comment")


def _joined(parts: dict[int, tuple[str, bool]]) -> str:
    ordered = [parts[number] for number in sorted(parts)]
    if not any(encoded for _, encoded in ordered):
        return _decoded("".join(said for said, _ in ordered)).strip()
    first, encoded = ordered[0]
    charset = ""
    if encoded and first.count("'") >= 2:
        charset, _, first = first.split("'", 2)
        ordered[0] = (first, True)
    data = b"".join(unquote_to_bytes(said) if encoded else said.encode() for said, encoded in ordered)
    return decode(data, charset)


def _pieces(value: str) -> tuple[str, list[tuple[str, str]]]:
    """The part before the first semicolon, then every `key=value`; quotes and backslashes resolved."""
    main, *rest = _split(value, ";")
    pairs = []
    for piece in rest:
        key, equals, said = piece.partition("=")
        if equals:
            pairs.append((key.strip().lower(), _unquote(said.strip())))
    return main.strip().split(" ")[0], pairs


def _unquote(text: str) -> str:
    """The content of a quoted string, read to its closing quote, of a path of Windows the end; other text as it is."""
    if not text.startswith('"'):
        return text.strip(" '") if text.startswith("'") else text
    if _DRIVE.match(text):
        return text.strip('"').rpartition("\\")[2]
    said, at = [], 1
    while at < len(text) and text[at] != '"':
        at += text[at] == "\\" and at + 1 < len(text)
        said.append(text[at])
        at += 1
    return "".join(said)


def _signs(value: str) -> Iterator[tuple[int, str, str]]:
    """
    Each sign with its place and what it is: `plain`, `inert` (quoted, escaped, in an encoded word) or `comment`.

    Only a plain sign can separate or bracket anything. Quotes are inert, the outer brackets of comments are left out.
    """
    at, quoted, depth = 0, False, 0
    while at < len(value):
        sign, kind = value[at], "comment" if depth else "inert" if quoted else "plain"
        word = _ENCODED_WORD.match(value, at) if sign == "=" and not quoted else None
        if word:
            yield at, word[0], "comment" if depth else "inert"
        elif sign == "\\" and (quoted or depth):
            yield at, value[at + (depth > 0) : at + 2], kind
            at += 1
        elif sign == '"' and not depth:
            quoted = not quoted
            yield at, sign, "inert"
        elif sign == "(" and not quoted:
            depth += 1
        elif sign == ")" and depth:
            depth -= 1
        else:
            yield at, sign, kind
        at = word.end() if word else at + 1


def _split(value: str, separator: str) -> list[str]:
    """Split at plain separators outside angle brackets; comments stay in their piece."""
    pieces, start, angle = [], 0, False
    for at, sign, kind in _signs(value):
        if kind != "plain":
            continue
        if sign in "<>":
            angle = sign == "<"
        elif sign == separator and not angle:
            pieces.append(value[start:at])
            start = at + 1
    pieces.append(value[start:])
    return pieces


def addresses(values: Iterable[str]) -> list[Address]:
    """
    Every mailbox of these headers, groups opened (RFC 5322, section 3.4).

    Split and bracketed before any name is decoded, so an encoded comma, bracket or quote can never
    become an address. A comma in an unquoted name ("Nguyễn, An <an@…>") does not cut it in two.
    """
    found: list[Address] = []
    for value in values:
        name_so_far = ""
        for piece in _mailbox_pieces(_closed(value)):
            whole, alone = _mailbox(name_so_far + piece), _mailbox(piece)
            if whole.email or alone.email:
                found.append(whole if whole.email else alone)
                name_so_far = ""
            elif piece.strip():
                name_so_far += f"{piece},"
            if len(found) == MAX_ADDRESSES:
                return found
        if name_so_far:
            found.append(_mailbox(name_so_far.strip(" ,")))
    return found


def _closed(value: str) -> str:
    """A header in which a quote never ends, and so hides every address, without its quotes; any other as it stands."""
    if value.count('"') % 2 == 0 or "@" not in value:
        return value
    found = [_mailbox(piece).email for piece in _split(value, ",")]
    return value if any(email and email.count('"') % 2 == 0 for email in found) else value.replace('"', "")


def _mailbox_pieces(value: str) -> list[str]:
    return [piece for part in _split(value, ";") for piece in _split(_without_group_name(part), ",")]


def _without_group_name(value: str) -> str:
    """`Team: a@x, b@x` → ` a@x, b@x`. A colon in a name before the bracket is left alone."""
    name, *rest = _split(value, ":")
    return ":".join(rest) if rest and not any(sign in name for sign in "@<=") else value


def _mailbox(piece: str) -> Address:
    outside, bracketed, comments = _dissect(piece)
    if bracketed is not None:
        return Address(_name(outside) or _name(comments), _email(bracketed))
    email = _email(outside)
    if "@" in email:
        return Address(_name(comments), email)
    return Address(_name(outside), "")


def _name(phrase: str) -> str:
    """A display name as a person reads it, without the signs that turn what stands beside it around."""
    return _OVERRIDES.sub("", words(_spoken(phrase)))


def _dissect(piece: str) -> tuple[str, str | None, str]:
    """The text outside brackets and comments, the last bracketed text, and the comments."""
    outside: list[str] = []
    comments: list[str] = []
    bracketed: list[str] | None = None
    angle = False
    for _, sign, kind in _signs(piece):
        if kind == "plain" and sign in "<>":
            angle = sign == "<"
            bracketed = [] if angle else bracketed
        elif kind == "comment":
            comments.append(sign)
        elif angle and bracketed is not None:
            bracketed.append(sign)
        else:
            outside.append(sign)
    return "".join(outside), None if bracketed is None else "".join(bracketed), "".join(comments)


def _spoken(phrase: str) -> str:
    """A display name without its quotes; `Nguyễn "An" Văn` keeps the words of all its pieces."""
    phrase = phrase.strip(" ,")
    return re.sub(r"\\(.)", r"\1", phrase.replace('\\"', "\x00").replace('"', "")).replace("\x00", '"').strip()


def _email(text: str) -> str:
    """An address without white space and source route; nothing when it holds what no address holds."""
    text = text.strip()
    if text.lower().startswith("mailto:"):
        text = text[7:]
    if text.startswith("@") and ":" in text:  # the obsolete route <@relay:user@host>
        text = text.partition(":")[2]
    if '"' not in text:
        text = "".join(text.split())
        if text.count("@") > 1 or "=?" in text or any(sign in text for sign in ",;<>()"):
            return ""
    return text if len(text) <= MAX_EMAIL else ""


def message_ids(values: Iterable[str]) -> tuple[str, ...]:
    """
    The ids in Message-ID, In-Reply-To or References, without brackets, each once, in order.

    White space inside an id (a folded one) is dropped; comments, quotes and stray words around it are ignored.
    """
    found: dict[str, None] = {}
    for value in values:
        for said in _ID.findall(value) or (word for word in value.split() if "@" in word):
            found.setdefault("".join(said.split()).strip("\"'<>,;")[:MAX_ID])
    return tuple(said for said in found if said)[-MAX_IDS:]


def moment(value: str) -> datetime | None:
    """The Date header in UTC, or None where it says nothing possible. A missing zone counts as UTC."""
    try:
        parsed = parsedate_tz(value[:200])
        if parsed is None:
            return None
        seconds = datetime(*parsed[:6], tzinfo=UTC).timestamp() - (parsed[9] or 0)
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, IndexError, TypeError, OSError):
        return None
