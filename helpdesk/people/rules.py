"""What may be: permissions of roles, addresses, passwords, ways back. Nothing here asks the database."""

import re
from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import urlsplit

from helpdesk.core.text import email_key, fold, nfc
from helpdesk.i18n.catalogue import Phrase, phrase

ANSWER_TICKETS: Final = "tickets.answer"
SEE_ALL_TICKETS: Final = "tickets.see_all"
WRITE_ARTICLES: Final = "articles.write"
PUBLISH_ARTICLES: Final = "articles.publish"
MODERATE_FORUM: Final = "forum.moderate"
MANAGE_PEOPLE: Final = "people.manage"
MANAGE_DESK: Final = "desk.manage"

GRANTABLE: Final[Mapping[str, Phrase]] = {
    ANSWER_TICKETS: phrase("Answer tickets of their departments"),
    SEE_ALL_TICKETS: phrase("See tickets of every department"),
    WRITE_ARTICLES: phrase("Write articles"),
    PUBLISH_ARTICLES: phrase("Publish and withdraw articles"),
    MODERATE_FORUM: phrase("Moderate the community"),
}
"""What an administrator may give to a role, and what it is called."""
RESERVED: Final[Mapping[str, Phrase]] = {
    MANAGE_PEOPLE: phrase("Add agents and change what they may do"),
    MANAGE_DESK: phrase("Change the settings of the desk"),
}
"""What makes an administrator, and is given to nobody else."""

ADMIN: Final = "admin"
AGENT: Final = "agent"
CUSTOMER: Final = "customer"
BUILT_IN: Final[Mapping[str, Phrase]] = {
    ADMIN: phrase("Administrator"),
    AGENT: phrase("Agent"),
    CUSTOMER: phrase("Customer"),
}
"""The roles that are always there; each is called by our word for it."""

LEAST_PASSWORD: Final = 10
MOST_PASSWORD: Final = 200
"""Characters. The upper end only keeps hashing cheap."""

_ADDRESS: Final = re.compile(r"[^@\s<>,;:\"()\[\]]+@[^@\s<>,;:\"()\[\].]+(\.[^@\s<>,;:\"()\[\].]+)+")
_PHONE: Final = re.compile(r"[\d\s.()+-]{3,40}")
_NOWHERE: Final = "\n"
"""What stands in nobody's words."""
_NOT_LOCAL: Final = re.compile(r"[\x00-\x20\\\x7f]")
_BROWSERS: Final = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS: Final = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


def role_name(key: str, name: str) -> str:
    """What a role is called: a built-in one in the reader's language, others as they were named."""
    return str(BUILT_IN.get(key, name))


def permissions_of(key: str, chosen: Sequence[str]) -> list[str]:
    """The permissions a role gets when `chosen` are asked for: an administrator keeps all, a customer has none."""
    if key == ADMIN:
        return [*GRANTABLE, *RESERVED]
    if key == CUSTOMER:
        return []
    return [permission for permission in GRANTABLE if permission in chosen]


def is_address(email: str) -> bool:
    """Whether a letter could be sent there; whether it arrives, only a letter tells."""
    return len(email) <= 320 and email.isprintable() and _ADDRESS.fullmatch(email) is not None


def as_typed(password: str) -> str:
    """A password in one form, since keyboards differ in how they send "ế" and phones add a space at the end."""
    return nfc(password).strip()


def trouble_with_password(password: str, email: str) -> Phrase | None:
    """
    Why a password will not do, or None for a good one.

    Length counts, not kinds of characters (NIST SP 800-63B, 3.1.1.2), and it is not what
    others would try first: the address, or the same few characters over and over.
    """
    if len(password) < LEAST_PASSWORD:
        return phrase("Use at least %(least)s characters.", least=LEAST_PASSWORD)
    if len(password) > MOST_PASSWORD:
        return phrase("Use at most %(most)s characters.", most=MOST_PASSWORD)
    plain = fold(password)
    if len(set(plain)) < 5 or plain in "0123456789012345678909876543210987654321":
        return phrase(
            "This one is too easy to guess. Three or four words that do not belong together are a good start."
        )
    if email and plain in {email_key(email), email_key(email).partition("@")[0]}:
        return phrase("Do not use your address as the password.")
    return None


def words_of(name: str, email: str, phone: str) -> str:
    """What a search finds someone by: the folded name, the address, the digits of the phone number."""
    return " ".join(part for part in (fold(name), email_key(email), phone_digits(phone)) if part)[:600]


def wanted_words(query: str) -> list[str]:
    """
    The parts of a search that must all stand in `words_of` someone; a phone number is one part.

    Without `%` and `\\`, which mean something to LIKE. A search of nothing else finds nobody.
    """
    if _PHONE.fullmatch(query.strip()):
        return [phone_digits(query) or _NOWHERE]
    words = [word for word in re.split(r"[\s%\\]+", fold(nfc(query))) if word][:8]
    return words or ([_NOWHERE] if query.strip() else [])


def phone_digits(phone: str) -> str:
    """A phone number as it is dialled in Vietnam: "+84 90-123 4567" and "090 123 4567" are 0901234567."""
    digits = re.sub(r"\D", "", phone)
    if digits.startswith("00"):
        digits = digits[2:]
    return "0" + digits[2:] if digits.startswith("84") and len(digits) > 9 else digits


def local_path(wanted: str) -> str:
    """`wanted` when it is a path on this site, else "": nobody is sent to another one after signing in."""
    if not wanted.startswith("/") or wanted.startswith("//") or _NOT_LOCAL.search(wanted) or len(wanted) > 500:
        return ""
    parts = urlsplit(wanted)
    return wanted if not parts.scheme and not parts.netloc else ""


def browser_name(user_agent: str) -> str:
    """A browser as its owner knows it: "Chrome, Windows"; empty when it cannot be told."""
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), "")
    return ", ".join(part for part in (browser, system) if part)
