"""What is blocked with a pattern: the key of an address, or @ and a domain with all that is below it."""

from typing import Final

from helpdesk.core.text import email_key

OPEN_TO_ALL: Final = frozenset(
    {
        *("gmail.com", "googlemail.com", "yahoo.com", "yahoo.com.vn", "ymail.com", "outlook.com", "outlook.com.vn"),
        *("hotmail.com", "live.com", "msn.com", "icloud.com", "me.com", "aol.com", "proton.me", "protonmail.com"),
        *("gmx.com", "gmx.net", "gmx.de", "web.de", "mail.com", "mail.ru", "yandex.ru", "qq.com", "163.com"),
        *("zoho.com", "fastmail.com", "vnn.vn", "hcm.vnn.vn", "hn.vnn.vn", "fpt.vn"),
    }
)
"""Domains at which anybody has an address, so that blocking one would block customers."""
_KINDS: Final = frozenset({"ac", "biz", "co", "com", "edu", "gov", "health", "info", "name", "net", "or", "org", "pro"})
"""What stands before a country in the domain of very many: `com.vn`, `co.uk`."""


def domain_of(address: str) -> str:
    return email_key(address).rpartition("@")[2]


def is_open_to_all(domain: str) -> bool:
    """Whether anybody may have an address at a domain, or a domain below it."""
    kind, _, country = domain.partition(".")
    return domain in OPEN_TO_ALL or (kind in _KINDS and len(country) == 2)


def pattern(typed: str) -> str:
    """What somebody typed as a pattern: an address, or a domain with or without its @; empty for neither."""
    key = email_key(typed if "@" in typed else f"@{typed}")
    local, _, domain = key.rpartition("@")
    if "." not in domain or domain.startswith(".") or domain.endswith(".") or any(one.isspace() for one in key):
        return ""
    return f"{local}@{domain}"


def patterns_of(address: str) -> list[str]:
    """All patterns that block an address, the nearest first: itself, its domain, and the domains above that one."""
    key = email_key(address)
    labels = key.rpartition("@")[2].split(".")
    return [key, *(f"@{'.'.join(labels[at:])}" for at in range(len(labels) - 1))]
