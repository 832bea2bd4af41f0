"""Whose letter is it? Pure rules over plain facts."""

from collections.abc import Mapping

from msgspec import Struct

from helpdesk.core.text import email_key


class Owner(Struct, frozen=True):
    """An address of ours, as it was entered, and the id of the department it belongs to."""

    department: int
    address: str


class Routed(Struct, frozen=True):
    """
    Where a letter belongs.

    `address` is ours, without what was added after a plus; `plus` is what was added, empty for nothing.
    Both are empty when no address of ours was named and the letter goes where letters to nobody go.
    """

    department: int
    address: str = ""
    plus: str = ""


class Facts(Struct, frozen=True):
    """
    What the rules may look at.

    `addresses` are those a letter was sent to, the surest first (envelope, then To, then Cc). `owners`
    has ours under their keys, `default` is the first department, None while there is none.
    """

    addresses: tuple[str, ...]
    owners: Mapping[str, Owner]
    default: int | None


def route(facts: Facts) -> Routed | None:
    """By address first, else to the first department. None only while there is no department at all."""
    for address in facts.addresses:
        if found := owner_of(address, facts.owners):
            return found
    return None if facts.default is None else Routed(facts.default)


def owner_of(address: str, owners: Mapping[str, Owner]) -> Routed | None:
    """
    The department an address belongs to: exactly, or after leaving out what follows a plus (RFC 5233).

    Case and invisible characters do not matter; an address which is ours with its plus is taken whole.
    """
    key = email_key(address)
    if owner := owners.get(key):
        return Routed(owner.department, owner.address)
    base, plus = without_plus(key)
    if plus and (owner := owners.get(base)):
        return Routed(owner.department, owner.address, plus)
    return None


def without_plus(address: str) -> tuple[str, str]:
    """An address and what was added to it: "support+7f3a@lua.example" → ("support@lua.example", "7f3a")."""
    local, at, domain = address.rpartition("@")
    name, _, plus = local.partition("+")
    return (name + at + domain, plus) if name else (address, "")
