"""
What DNS says of a domain that we write from, and what that means for our letters.

`look` asks, and may take seconds; `judge` is pure. MX (RFC 5321, section 5), SPF (RFC 7208), DKIM (RFC 6376),
DMARC (RFC 7489).
"""

import base64
import binascii
import ipaddress
import re
from collections.abc import Mapping, Sequence
from typing import Final, Literal

import dns.exception
import dns.resolver
from msgspec import Struct

from helpdesk.i18n.catalogue import Phrase, phrase
from helpdesk.mail.outgoing.dkim import Key

State = Literal["right", "missing", "wrong", "unknown"]
Covered = Literal["yes", "no", "unknown"]

SECONDS: Final = 3.0
"""One question may take."""
MOST_LOOKUPS: Final = 10
"""Questions that one SPF record may cause (RFC 7208, section 4.6.4)."""
MOST_ADDRESSES: Final = 50
TXT_BYTES: Final = 255
"""One string of a TXT record (RFC 1035, section 3.3.14)."""

_TERM: Final = re.compile(r"([+?~-]?)([a-z0-9]+)(?:[:=]([^/\s]+))?((?:/\d{1,3}){0,2})", re.IGNORECASE)

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class Facts(Struct, frozen=True):
    """What was found. Where nobody could be asked, `troubles` says so under the same name."""

    mx: tuple[str, ...] = ()
    spf: tuple[str, ...] = ()
    covered: Covered = "unknown"
    """Whether SPF allows the server that our letters go through."""
    lookups: int = 0
    dmarc: tuple[str, ...] = ()
    dkim: Mapping[str, tuple[str, ...]] = {}
    """By selector."""
    troubles: Mapping[str, str] = {}


class Finding(Struct, frozen=True):
    """One thing about a domain, in words."""

    name: str
    state: State
    text: Phrase


class Resolver:
    """Asks the machine's own name servers, or the one that is named, such as `127.0.0.1:5353`."""

    def __init__(self, server: str = "") -> None:
        self._resolver = dns.resolver.Resolver(configure=not server)
        if server:
            host, _, port = server.rpartition(":")
            self._resolver.nameservers = [host.strip("[]")]
            self._resolver.port = int(port)
        self._resolver.lifetime = self._resolver.timeout = SECONDS
        self.troubles: dict[str, str] = {}

    def ask(self, name: str, kind: str, about: str = "") -> list[str]:
        """Records as text, the strings of a TXT joined. None are none; trouble is kept under `about`."""
        try:
            answer = self._resolver.resolve(name, kind, search=False)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return []
        except (dns.exception.DNSException, OSError, UnicodeError) as trouble:
            self.troubles[about or kind] = type(trouble).__name__
            return []
        if kind == "TXT":
            return [b"".join(record.strings).decode("utf-8", "replace") for record in answer]
        if kind == "MX":
            ordered = sorted((record.preference, str(record.exchange).rstrip(".")) for record in answer)
            return [host for _, host in ordered]
        return [str(record) for record in answer]


def look(domain: str, selectors: Sequence[str], server: str, resolver: Resolver) -> Facts:
    """Ask all there is to ask. `server` is the host that our letters go through; blocks for some seconds."""
    spf = tuple(text for text in resolver.ask(domain, "TXT", "spf") if _is_spf(text))
    walk = _Spf(resolver, _addresses(server, resolver))
    covered = walk.covers(domain) if len(spf) == 1 else "unknown"
    dmarc = _dmarc(domain, resolver)
    return Facts(
        mx=tuple(resolver.ask(domain, "MX", "mx")),
        spf=spf,
        covered=covered,
        lookups=walk.lookups,
        dmarc=tuple(dmarc),
        dkim={one: tuple(resolver.ask(f"{one}._domainkey.{domain}", "TXT", f"dkim {one}")) for one in selectors},
        troubles=resolver.troubles,
    )


def judge(facts: Facts, keys: Sequence[Key]) -> list[Finding]:
    """What is right, missing and wrong, in the order in which one would mend it."""
    return [_mx(facts), _spf(facts), *(_key(facts, key) for key in keys), _policy(facts)]


def strings(text: str) -> list[str]:
    """A record as DNS holds it: strings of at most 255 bytes, to be pasted one after the other."""
    return [text[at : at + TXT_BYTES] for at in range(0, len(text), TXT_BYTES)]


# ---- what it means -----------------------------------------------------------------------------------------------


def _mx(facts: Facts) -> Finding:
    if "mx" in facts.troubles:
        return Finding("MX", "unknown", _nobody_says(facts.troubles["mx"]))
    if not facts.mx:
        return Finding("MX", "missing", phrase("No server takes letters to this domain, so no answer can arrive."))
    if facts.mx == ("",):
        return Finding("MX", "wrong", phrase("The domain says that it takes no letters at all."))
    return Finding("MX", "right", phrase("Letters to it go to %(servers)s.", servers=", ".join(facts.mx)))


def _spf(facts: Facts) -> Finding:
    if "spf" in facts.troubles:
        return Finding("SPF", "unknown", _nobody_says(facts.troubles["spf"]))
    if not facts.spf:
        return Finding("SPF", "missing", phrase("Nothing says which servers may send for this domain."))
    if len(facts.spf) > 1:
        return Finding(
            "SPF", "wrong", phrase("There are two such records, and then neither counts. Join them into one.")
        )
    if facts.lookups > MOST_LOOKUPS:
        return Finding(
            "SPF",
            "wrong",
            phrase("The record asks more than %(most)s questions, so receivers give up.", most=MOST_LOOKUPS),
        )
    if re.search(r"(?:^| )\+?all(?: |$)", facts.spf[0], re.IGNORECASE):
        return Finding("SPF", "wrong", phrase("The record lets everybody send for this domain."))
    if facts.covered == "no":
        return Finding("SPF", "wrong", phrase("The record does not allow the server that our letters go through."))
    if facts.covered == "yes":
        return Finding("SPF", "right", phrase("The server that our letters go through may send for it."))
    return Finding(
        "SPF",
        "unknown",
        phrase("There is a record. Whether it allows the server that our letters leave from cannot be seen from here."),
    )


def _key(facts: Facts, key: Key) -> Finding:
    name = f"DKIM {key.selector}"
    if trouble := facts.troubles.get(f"dkim {key.selector}"):
        return Finding(name, "unknown", _nobody_says(trouble))
    found = facts.dkim.get(key.selector, ())
    if not found:
        return Finding(name, "missing", phrase("The key is not published. Set the record below."))
    if len(found) > 1:
        return Finding(name, "wrong", phrase("There are two such records, and then neither counts. Remove one."))
    tags = _tags(found[0])
    if not _is_same(tags.get("p", ""), key.public):
        return Finding(name, "wrong", phrase("Another key is published here. Copy the record below once more."))
    if tags.get("k", "rsa") != key.algorithm or tags.get("v", "DKIM1") != "DKIM1":
        return Finding(name, "wrong", phrase("The key is right, what stands before it is not. Copy the whole record."))
    if key.is_active:
        return Finding(name, "right", phrase("The key is published, and letters are signed with it."))
    return Finding(name, "right", phrase("The key is published. Letters can be signed with it now."))


def _policy(facts: Facts) -> Finding:
    if "dmarc" in facts.troubles:
        return Finding("DMARC", "unknown", _nobody_says(facts.troubles["dmarc"]))
    if not facts.dmarc:
        return Finding(
            "DMARC", "missing", phrase("Nothing tells receivers what to do with letters that only pretend to be ours.")
        )
    if len(facts.dmarc) > 1:
        return Finding("DMARC", "wrong", phrase("There are two such records, and then neither counts. Remove one."))
    policy = _tags(facts.dmarc[0]).get("p", "").lower()
    if policy not in {"none", "quarantine", "reject"}:
        return Finding(
            "DMARC", "wrong", phrase("The record does not say what is to be done: p=none, quarantine or reject.")
        )
    if policy == "none":
        return Finding(
            "DMARC",
            "right",
            phrase("Receivers only watch (p=none). Once all is right here, p=quarantine protects your name."),
        )
    return Finding(
        "DMARC", "right", phrase("Letters that only pretend to be ours are turned away (p=%(policy)s).", policy=policy)
    )


def _nobody_says(trouble: str) -> Phrase:
    return phrase("The name server gave no answer (%(trouble)s). Ask again later.", trouble=trouble)


def _tags(record: str) -> dict[str, str]:
    """`v=DKIM1; k=rsa` as names and values (RFC 6376, section 3.2)."""
    pairs = (part.partition("=") for part in record.split(";") if "=" in part)
    return {name.strip().lower(): re.sub(r"\s", "", value) for name, _, value in pairs}


def _is_same(published: str, ours: str) -> bool:
    try:
        return base64.b64decode(published) == base64.b64decode(ours)
    except (binascii.Error, ValueError):
        return False


# ---- asking ------------------------------------------------------------------------------------------------------


def _is_spf(text: str) -> bool:
    return text.lower() == "v=spf1" or text.lower().startswith("v=spf1 ")


def _dmarc(domain: str, resolver: Resolver) -> list[str]:
    """The policy of the domain, or of the nearest one above that has one."""
    while domain.count("."):
        found = [
            text for text in resolver.ask(f"_dmarc.{domain}", "TXT", "dmarc") if text.lower().startswith("v=dmarc1")
        ]
        if found:
            return found
        domain = domain.partition(".")[2]
    return []


def _addresses(host: str, resolver: Resolver) -> list[Address]:
    """
    Where our letters leave from, as far as the name of the server says so.

    One in our own network hands them on to others, so its address says nothing.
    """
    try:
        found = [ipaddress.ip_address(host)]
    except ValueError:
        named = [*resolver.ask(host, "A", "server"), *resolver.ask(host, "AAAA", "server")] if "." in host else []
        found = [ipaddress.ip_address(one) for one in named]
    return [one for one in found if one.is_global][:MOST_ADDRESSES]


class _Spf:
    """Reads an SPF record as a receiver would, as far as that can be done without a letter."""

    def __init__(self, resolver: Resolver, addresses: Sequence[Address]) -> None:
        self._resolver, self._addresses, self.lookups = resolver, addresses, 0

    def covers(self, domain: str) -> Covered:
        """Whether one of our addresses may send; unknown without any, or where it asks what we cannot answer."""
        record = next((text for text in self._resolver.ask(domain, "TXT", "spf") if _is_spf(text)), "")
        result: Covered = "no"
        onward = ""
        for term in filter(None, map(_TERM.fullmatch, record.split()[1:])):
            sign, kind, value, size = term[1], term[2].lower(), term[3], term[4]
            if kind in {"include", "a", "mx", "exists", "ptr", "redirect"}:
                self.lookups += 1
                if self.lookups > MOST_LOOKUPS:
                    return "unknown"
            if kind == "redirect":
                onward = value
            elif kind == "all":
                break
            elif (found := self._term(kind, value or domain, size)) == "yes" and sign in {"", "+"}:
                return "yes" if self._addresses else "unknown"
            elif found == "unknown":
                result = "unknown"
        if onward:
            return self.covers(onward)
        return result if self._addresses else "unknown"

    def _term(self, kind: str, value: str, size: str) -> Covered:
        if "%" in value or kind in {"exists", "ptr"}:
            return "unknown"
        if kind == "include":
            return self.covers(value)
        if kind in {"ip4", "ip6"}:
            return "yes" if self._is_in([value + size]) else "no"
        if kind in {"a", "mx"}:
            hosts = [value] if kind == "a" else self._resolver.ask(value, "MX", "spf mx")[:MOST_LOOKUPS]
            named = [
                one for host in hosts for record in ("A", "AAAA") for one in self._resolver.ask(host, record, "spf a")
            ]
            return "yes" if self._is_in([one + (size if "." in one else "") for one in named]) else "no"
        return "no"

    def _is_in(self, networks: Sequence[str]) -> bool:
        for network in networks:
            try:
                known = ipaddress.ip_network(network, strict=False)
            except ValueError:
                continue
            if any(one in known for one in self._addresses):
                return True
        return False
