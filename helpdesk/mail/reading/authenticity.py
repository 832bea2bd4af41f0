"""
Whether a mail server that we trust says that a letter is from whom it says (RFC 8601).

Anybody can write such a header. What counts is the one our own server put on top, known by its name
(authserv-id); a trusted server takes away the headers of strangers that bear its name (section 5).
"""

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Final

from msgspec import Struct

from helpdesk.mail.reading.letter import Letter

MOST_RESULTS: Final = 100
"""Results of one letter that are read."""

_SEPARATING: Final = re.compile(r"[\s;=()\"]")
_METHOD: Final = re.compile(r"\s*([\w-]{1,40})(?:/\d{1,3})?\s*=\s*(\w{1,40})")
_PROPERTY: Final = re.compile(r"(?<![\w.-])([a-z]{1,20}\.[\w-]{1,40})\s*=\s*([^\s;]{1,400})", re.IGNORECASE)


class Result(Struct, frozen=True):
    """What a server found by one method, such as `dkim`: `pass`, `fail` …, and about what."""

    method: str
    result: str
    properties: Mapping[str, str]


def is_authentic(letter: Letter, trusted: Collection[str]) -> bool:
    """
    Whether one of the `trusted` servers (authserv-ids) says that the address in From is true.

    By DMARC (RFC 7489); where that says neither yes nor no, by a signature (DKIM) or sender (SPF) of the same
    domain, of one above or of one below it. Never for a letter that names several senders.
    """
    domain = _domain(letter.sender.email)
    if not domain or {"several-senders", "from-repeated"} & {*letter.remarks}:
        return False
    results = list(_results(letter, {name.casefold() for name in trusted}))
    dmarc = [one for one in results if one.method == "dmarc"]
    if any(one.result in {"fail", "reject", "quarantine"} for one in dmarc):
        return False
    if any(one.result == "pass" and one.properties.get("header.from", domain) == domain for one in dmarc):
        return True
    return any(one.result == "pass" and _is_related(_signed_by(one), domain) for one in results)


def _results(letter: Letter, trusted: Collection[str]) -> Iterator[Result]:
    """The findings in the topmost headers of a trusted server; below its own Received begins what others wrote."""
    is_found, count = False, 0
    for name, value in letter.headers:
        if is_found and name.casefold() == "received":
            return
        if name.casefold() != "authentication-results":
            continue
        server, *findings = _bare(value).split(";")
        if not server.split() or server.split()[0].casefold() not in trusted:
            continue
        is_found = True
        for finding in findings:
            method = _METHOD.match(finding)
            if method and (count := count + 1) <= MOST_RESULTS:
                properties = {key.lower(): said.lower() for key, said in _PROPERTY.findall(finding)}
                yield Result(method[1].lower(), method[2].lower(), properties)


def _bare(value: str) -> str:
    """
    Without comments and quotation marks (RFC 5322, section 3.2).

    A sender chooses what is quoted, `"a; dmarc=pass"@evil.example`: nothing in it parts one finding from the next.
    """
    said, depth, is_quoted, is_escaped = [], 0, False, False
    for sign in value:
        if is_escaped:
            is_escaped = False
        elif sign == "\\" and (depth or is_quoted):
            is_escaped = True
        elif is_quoted:
            is_quoted = sign != '"'
            said.append(_SEPARATING.sub("_", sign) if is_quoted else "")
        elif sign == "(":
            depth += 1
            said.append(" ")
        elif sign == ")":
            depth = max(depth - 1, 0)
        elif not depth:
            is_quoted = sign == '"'
            said.append("" if is_quoted else sign)
    return "".join(said)


def _signed_by(result: Result) -> str:
    """The domain that a signature or an SPF record speaks for."""
    if result.method == "dkim":
        return result.properties.get("header.d") or _domain(result.properties.get("header.i", ""))
    if result.method == "spf":
        sender = result.properties.get("smtp.mailfrom", "")
        return _domain(sender) or sender
    return ""


def _is_related(one: str, other: str) -> bool:
    """The same domain, or one within the other, as relaxed alignment has it (RFC 7489, 3.1); no top domain."""
    shorter, longer = sorted((one, other), key=len)
    return "." in shorter and (longer == shorter or longer.endswith(f".{shorter}"))


def _domain(email: str) -> str:
    return email.rpartition("@")[2].strip("<>. ").casefold() if "@" in email else ""
