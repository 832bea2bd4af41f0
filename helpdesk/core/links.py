"""Where a link in somebody's words really leads, when the words say another place."""

import re
import unicodedata
from urllib.parse import unquote

from helpdesk.core.text import email_key

LONGEST_LOOK = 500  # characters of a link's words that are looked at
LEAST_DIGITS = 7  # in words that are taken for a telephone number

_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]"
)
_STRIPPED = re.compile(r"[\t\r\n]|^[\x00-\x20]+")  # what browsers take out of an address (WHATWG URL, 4.4)
_AUTHORITY = re.compile(r"https?:[/\\]*([^/\\?#]*)", re.IGNORECASE)
_DOTS = str.maketrans("。．｡․", "....")
_HOST = re.compile(r"(?:[\w-]{1,63}\.){1,8}[^\W\d_]{2,24}(?![\w-])|(?:[\w-]{1,63}\.){1,8}xn--[\w-]{1,59}")
_SAYS_ADDRESS = re.compile(r"(?:https?:|www\.)", re.IGNORECASE)
_EMAIL = re.compile(r"[\w.+%-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
_WELL_KNOWN = frozenset(re.findall(
    r"\w+", "com net org info biz edu gov mil name pro app dev shop store online site xyz top club cloud tech bank"
))  # fmt: skip
_FILES = frozenset({"ai", "ps", "py", "sh", "rs", "md", "so", "pl", "cc"})  # endings of files that are countries too
_TOGETHER = frozenset({"LATIN", "CJK", "HIRAGANA", "KATAKANA", "HANGUL", "BOPOMOFO"})
_LOOKS_LATIN = frozenset({"CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC", "LISU"})


def true_target(words: str, href: str) -> str:
    """
    What to show beside a link so that nobody is taken in; empty where its words are honest or name no place.

    The host (as it stands in DNS) when the words name another one or when it mixes alphabets, the address of
    mailto: when they name another, the number of tel: when they say another.
    """
    href = _STRIPPED.sub("", href)
    words = _plain(words[:LONGEST_LOOK])
    scheme = href.partition(":")[0].lower()
    if scheme == "mailto":
        return _other_address(words, unquote(href[7:].partition("?")[0]))
    if scheme == "tel":
        return _other_number(words, unquote(href[4:]))
    host = host_of(href)
    if not host:
        return ""
    named = _hosts(words)
    is_honest = all(_belong(_ascii(name), host) for name in named)
    return "" if is_honest and not _is_masked(host) else host


def host_of(href: str) -> str:
    """The host that a browser would ask, as it stands in DNS; empty for what is no address of the web."""
    found = _AUTHORITY.match(_STRIPPED.sub("", href))
    if found is None:
        return ""
    host = _plain(unquote(found[1].rpartition("@")[2]))
    if not host.startswith("["):
        host = host.partition(":")[0]
    return _ascii(host)


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", _INVISIBLE.sub("", text).translate(_DOTS))


def _ascii(host: str) -> str:
    """A host as it stands in DNS (RFC 5890); labels that never can stay as they are."""
    return ".".join(_ascii_label(label) for label in host.strip(".").casefold().split("."))


def _ascii_label(label: str) -> str:
    try:
        return label if label.isascii() else label.encode("idna").decode("ascii")
    except UnicodeError:
        return label


def _hosts(words: str) -> list[str]:
    """The hosts that words name; "hoadon.pdf" is none, and neither is "TP.HCM"."""
    names = []
    for found in _HOST.finditer(words):
        ending = found[0].rpartition(".")[2].casefold()
        begins = words[max(0, found.start() - 8) : found.start()] + found[0][:4]
        is_country = len(ending) == 2 and ending.isascii() and ending not in _FILES
        if is_country or ending in _WELL_KNOWN or ending.startswith("xn--") or _SAYS_ADDRESS.search(begins):
            names.append(found[0])
    return names


def _belong(one: str, other: str) -> bool:
    """Whether one host is the other or lies below it."""
    one, other = one.removeprefix("www."), other.removeprefix("www.")
    return one == other or one.endswith(f".{other}") or other.endswith(f".{one}")


def _is_masked(host: str) -> bool:
    """Whether a label mixes alphabets, or is written in one whose letters pass for Latin ones."""
    return any(_is_masked_label(label) for label in host.split(".")[:-1])


def _is_masked_label(label: str) -> bool:
    if not label.startswith("xn--"):
        return False
    try:
        shown = label.encode().decode("idna")
    except UnicodeError:
        return True
    alphabets = {unicodedata.name(sign, "?").split()[0] for sign in shown if sign.isalpha()}
    return bool(alphabets & _LOOKS_LATIN) or not (len(alphabets) < 2 or alphabets <= _TOGETHER)


def _other_address(words: str, target: str) -> str:
    named = _EMAIL.findall(words)
    targets = {email_key(one) for one in re.split("[,;]", target)}
    return target if any(email_key(one) not in targets for one in named) else ""


def _other_number(words: str, target: str) -> str:
    said, called = (re.sub(r"\D", "", part) for part in (words, target))
    if len(said) < LEAST_DIGITS or said.lstrip("0").endswith(called[-8:]) or called.endswith(said.lstrip("0")[-8:]):
        return ""
    return target
