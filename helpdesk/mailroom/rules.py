"""What becomes of a letter: pure, so that the whole table can be read, and tested, at once."""

from collections.abc import Collection
from typing import Final, Literal

from msgspec import Struct

from helpdesk.i18n.catalogue import phrase
from helpdesk.mail.machines import guard

Standing = Literal["requester", "participant", "agent", "stranger"]
"""Who the sender is to the ticket that the letter claims."""

Act = Literal["open", "reply", "note", "hold", "set_aside"]
"""
open: a new ticket. reply: part of the claimed one. note: part of it too, for agents only.
hold: an administrator decides. set_aside: nothing to do, kept with the reason.
"""

REPORTS: Final = frozenset({guard.BOUNCE, guard.FEEDBACK_REPORT})
EVERYBODYS: Final = frozenset((
    "gmail.com", "googlemail.com", "yahoo.com", "yahoo.com.vn", "ymail.com", "rocketmail.com", "outlook.com",
    "outlook.com.vn", "hotmail.com", "live.com", "msn.com", "icloud.com", "me.com", "mac.com", "aol.com",
    "proton.me", "protonmail.com", "pm.me", "gmx.com", "gmx.de", "gmx.net", "web.de", "t-online.de", "mail.ru",
    "bk.ru", "list.ru", "inbox.ru", "yandex.ru", "yandex.com", "qq.com", "163.com", "126.com", "sina.com",
    "naver.com", "hanmail.net", "daum.net", "zoho.com", "fastmail.com", "tutanota.com", "hey.com", "mail.com",
    "vnn.vn", "hcm.vnn.vn", "hn.vnn.vn", "fpt.vn", "orange.fr", "free.fr", "laposte.net", "libero.it", "wp.pl",
    "o2.pl", "seznam.cz", "comcast.net", "att.net", "verizon.net", "btinternet.com", "yahoo.co.uk", "yahoo.fr",
    "yahoo.de", "yahoo.co.jp", "yahoo.co.in", "hotmail.fr", "hotmail.co.uk", "live.co.uk",
))  # fmt: skip
"""Domains of mail providers, where one address says nothing about another."""
SECOND_LEVELS: Final = frozenset((
    "com", "co", "net", "org", "edu", "gov", "ac", "or", "ne", "go", "ltd", "info", "name", "biz", "pro", "health",
    "io",
))  # fmt: skip
"""What stands before a country's letters in domains of three parts, such as lua.com.vn."""
MOST_COPIES: Final = 10
"""People in To and Cc who are taken along; a letter to a hundred is no conversation."""


class Facts(Struct, frozen=True, kw_only=True):
    """
    What the decision looks at.

    `is_claimed`: a mark of ours proves that the sender has had a letter of ours about a ticket, or,
    for a report, that it returns one. `is_staff_claim`: the mark is one that only letters to this very agent
    carry, and the settings take it for enough. A sender's address alone proves nothing, since anybody can write it.
    """

    kind: str
    is_claimed: bool = False
    is_staff_claim: bool = False
    standing: Standing = "stranger"
    is_from_us: bool = False
    """The sender's address is one of our own."""
    is_own: bool = False
    """It bears the Message-ID of a letter of ours."""


class Decision(Struct, frozen=True):
    """What to do, and why where somebody will ask."""

    act: Act
    why: object = ""


def decide(facts: Facts) -> Decision:
    """
    The table, from top to bottom; the first line that fits counts.

    | the letter is                            | ticket proved | sender              | becomes        |
    |------------------------------------------|---------------|---------------------|----------------|
    | from an address of ours                  |               |                     | held           |
    | one of ours that came back              |               |                     | held           |
    | marked as spam                           |               |                     | held           |
    | a bounce or complaint                    | yes           |                     | a note there   |
    | a bounce or complaint                    | no            |                     | set aside      |
    | a read receipt or delivery notice        |               |                     | set aside      |
    | an automatic reply                       | no            |                     | held           |
    | an automatic reply                       | yes           | requester, in copy  | part of it     |
    | an automatic reply                       | yes           | others              | a note there   |
    | anything else                            | no            |                     | a new ticket   |
    | anything else                            | yes           | requester, in copy  | part of it     |
    | anything else                            | as an agent   | agent               | part of it     |
    | anything else                            | yes           | agent               | a note there   |
    | anything else                            | yes           | stranger            | a new ticket   |
    """
    if facts.is_from_us:
        return Decision("hold", phrase("It says that it comes from one of our own addresses."))
    if facts.is_own:
        return Decision("hold", phrase("It is a letter of ours that came back."))
    if facts.kind == guard.SPAM:
        return Decision("hold", phrase("The mail server takes it for spam."))
    if facts.kind in REPORTS:
        if facts.is_claimed:
            return Decision("note")
        return Decision("set_aside", phrase("It reports on a letter that is not about a ticket."))
    if facts.kind in {guard.MDN, guard.DELIVERY_NOTICE}:
        return Decision("set_aside", phrase("It only says that a letter arrived or was read."))
    if not facts.is_claimed:
        if facts.kind == guard.AUTO_REPLY:
            return Decision("hold", phrase("It is an automatic reply, and does not say to what."))
        return Decision("open")
    return _on_a_ticket(facts)


def _on_a_ticket(facts: Facts) -> Decision:
    if facts.standing in {"requester", "participant"}:
        return Decision("reply")
    if facts.standing == "agent":
        return Decision("reply" if facts.is_staff_claim and facts.kind == guard.PERSON else "note")
    return Decision("note" if facts.kind == guard.AUTO_REPLY else "open")


def copies(addresses: Collection[str], taken: Collection[str]) -> list[str]:
    """The keys of the people who are to be kept informed: everybody named who is not `taken`, if they are few."""
    others = [key for key in dict.fromkeys(addresses) if "@" in key and key not in taken]
    return others if len(others) <= MOST_COPIES else []


def organisation(domain: str) -> str:
    """
    The domain that one owner answers for, by its last labels: `a.lua.vn` → `lua.vn`, `a.lua.com.vn` → `lua.com.vn`.

    Empty for a domain where everybody can have an address, and for what is none.
    """
    labels = domain.strip(".").split(".")
    if len(labels) < 2:
        return ""
    is_by_country = len(labels[-1]) == 2 and labels[-2] in SECOND_LEVELS
    owned = ".".join(labels[-3 if is_by_country else -2 :])
    return "" if owned in EVERYBODYS or domain in EVERYBODYS else owned
