"""
A strict reader of letters, written for the tests alone: it takes nothing that the standards do not allow.

RFC 5322 (lines, fields, addresses), RFC 2047 (encoded words), RFC 2045/2046 (parts), RFC 6532 (UTF-8 in headers).
"""

import base64
import binascii
import quopri
import re

WORD = re.compile(r"=\?([A-Za-z0-9-]+)\?([BbQq])\?([!->@-~]*)\?=")
ATOM = re.compile(r"[^\x00-\x20\x7f()<>\[\]:;@\\,.\"]+")


class Broken(AssertionError):
    """The letter is not what a standard says; the text names which rule."""


def check(is_true: object, rule: str) -> None:
    if not is_true:
        raise Broken(rule)


class Part:
    """A letter or one of its parts, taken apart."""

    def __init__(self, raw: bytes) -> None:
        head, gap, self.raw_body = raw.partition(b"\r\n\r\n")
        check(gap, "a header ends with an empty line")
        check(b"\n" not in raw.replace(b"\r\n", b"") and b"\r" not in raw.replace(b"\r\n", b""), "lines end with CRLF")
        check(max(map(len, raw.split(b"\r\n"))) <= 998, "a line has at most 998 bytes")
        self.fields: dict[str, str] = {}
        for field in re.split(r"\r\n(?![ \t])", head.decode()):
            name, colon, value = field.partition(":")
            check(colon and re.fullmatch(r"[!-9;-~]+", name), "a field begins with its name")
            check(name.lower() not in self.fields, f"{name} stands once")
            check(all(line.strip() for line in field.split("\r\n")), "no line of a field is empty")
            if "=?" in value:
                check(max(map(len, field.split("\r\n"))) <= 76, "a line with an encoded word has at most 76 characters")
            self.fields[name.lower()] = value.replace("\r\n", "").strip()

    def text(self, name: str) -> str:
        """An unstructured field."""
        return decoded(self.fields[name])

    def addresses(self, name: str) -> list[tuple[str, str]]:
        """Names and addresses of a field."""
        return mailboxes(self.fields[name])

    @property
    def kind(self) -> str:
        return self.fields.get("content-type", "text/plain").partition(";")[0].strip().lower()

    @property
    def parts(self) -> list["Part"]:
        found = re.search(r'boundary="([^"]+)"', self.fields["content-type"])
        assert found is not None
        mark = b"--" + found[1].encode()
        pieces = (b"\r\n" + self.raw_body).split(b"\r\n" + mark)
        check(pieces[-1].startswith(b"--"), "the last boundary is closed")
        return [Part(piece.removeprefix(b"\r\n")) for piece in pieces[1:-1]]

    def leaves(self) -> list["Part"]:
        return [leaf for part in self.parts for leaf in part.leaves()] if self.kind.startswith("multipart/") else [self]

    @property
    def content(self) -> bytes:
        encoding = self.fields.get("content-transfer-encoding", "7bit").lower()
        if encoding == "base64":
            return base64.b64decode(b"".join(self.raw_body.split()), validate=True)
        check(self.raw_body.isascii(), "what is not 8bit is ASCII")
        if encoding == "quoted-printable":
            check(not re.search(rb"=(?![0-9A-F]{2}|\r\n)", self.raw_body), "quoted-printable is well formed")
            check(max(map(len, self.raw_body.split(b"\r\n"))) <= 76, "its lines have at most 76 characters")
            return quopri.decodestring(self.raw_body)
        check(encoding == "7bit", "an encoding that is known")
        return self.raw_body


def decoded(value: str) -> str:
    """Text with encoded words; white space between two of them is nothing."""
    out, gap, was_encoded = "", "", False
    for token in re.findall(r"[ \t]+|[^ \t]+", value):
        if token.isspace():
            gap = token
            continue
        word = WORD.fullmatch(token)
        if word is None:
            check("=?" not in token or "?=" not in token, "an encoded word stands alone")
            out += gap + token
        else:
            check(len(token) <= 75, "an encoded word has at most 75 characters")
            check(word[1].lower() == "utf-8", "the character set is UTF-8")
            out += ("" if was_encoded else gap) + _word(word[2], word[3])
        gap, was_encoded = "", word is not None
    return out


def _word(encoding: str, text: str) -> str:
    try:
        if encoding in "Bb":
            return base64.b64decode(text, validate=True).decode()
        check(not re.search(r"=(?![0-9A-F]{2})", text), "Q encoding is well formed")
        return quopri.decodestring(text.replace("_", " ").encode()).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise Broken(f"each encoded word holds whole characters: {error}") from None


def mailboxes(value: str) -> list[tuple[str, str]]:
    """An address list: `phrase <addr-spec>` or `<addr-spec>`, parted by commas."""
    found: list[tuple[str, str]] = []
    at = 0
    while True:
        name, at = _phrase(value, at)
        check(value[at : at + 1] == "<", "an address stands in angle brackets")
        end = value.index(">", at)
        local, sign, domain = value[at + 1 : end].rpartition("@")
        check(sign and all(ATOM.fullmatch(one) for one in local.split(".") if one), "a local part is a dot-atom")
        check(re.fullmatch(r"[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})*", domain), "a domain is one of DNS")
        found.append((name, f"{local}@{domain}"))
        rest = value[end + 1 :].lstrip(" \t")
        if not rest:
            return found
        check(rest.startswith(","), "a comma parts two addresses")
        at = len(value) - len(rest) + 1


def _phrase(value: str, at: int) -> tuple[str, int]:
    words: list[str] = []
    while True:
        while value[at : at + 1] in {" ", "\t"}:
            at += 1
        if value[at : at + 1] == "<":
            return decoded(" ".join(words)) if all(not one.startswith('"') for one in words) else _unquoted(words), at
        if value[at : at + 1] == '"':
            quoted = re.compile(r'"(?:[^"\\\r\n]|\\.)*"').match(value, at)
            check(quoted, "a quoted name is closed")
            assert quoted is not None
            words.append(quoted[0])
            at = quoted.end()
        else:
            atom = re.compile(r"[^\x00-\x20\x7f()<>\[\]:;@\\,.\"]+").match(value, at)
            check(atom, f"a name is of atoms, quoted or encoded: {value[at:]!r}")
            assert atom is not None
            words.append(atom[0])
            at = atom.end()


def _unquoted(words: list[str]) -> str:
    check(len(words) == 1, "a quoted name stands alone")
    return re.sub(r"\\(.)", r"\1", words[0][1:-1])
