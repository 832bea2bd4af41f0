"""
Which ticket a letter belongs to: by marks of ours that nobody else can make.

Every letter we send carries its ticket twice, in the address to answer to and in the Message-ID, each
with a code made from our secret. A number without the code, in a subject or anywhere, proves nothing. A
true code proves that the sender has seen a letter of ours; whether they may write there is not asked here.
"""

import base64
import hmac
import re
from collections.abc import Collection, Iterable, Iterator
from itertools import islice

import msgspec

from helpdesk.mail.reading.charset import decode
from helpdesk.mail.reading.letter import Letter

MAX_LOOK = 100_000  # characters of marks looked through
MOST_IDS = 200

_CODE = "[a-z2-7]{16}"
_LOOSE = re.IGNORECASE | re.ASCII  # without ASCII, [a-z] means the long s of old prints too
_IN_ADDRESS = re.compile(rf"\+t(\d{{1,12}})(?:\.a(\d{{1,12}}))?\.({_CODE})@", _LOOSE)
_IN_BOUNCE = re.compile(rf"\+b(\d{{1,12}})\.({_CODE})@", _LOOSE)
_ANY_ID = re.compile(r"[\w.!#$%&'*/=?^`{|}~+-]{8,200}@[\w.-]{1,250}")
_IN_MESSAGE_ID = re.compile(rf"t(\d{{1,12}})\.m(\d{{1,12}})(?:\.a(\d{{1,12}}))?\.({_CODE})@", _LOOSE)
_RETURNED = ("message/rfc822", "text/rfc822-headers")
_SPEAKING = (*_RETURNED, "message/disposition-notification", "message/delivery-status", "message/feedback-report")


class Claim(msgspec.Struct, frozen=True):
    """
    A proven mark: its ticket, where it stood, and, for one of a letter to an agent, which agent's it is.

    It stood in `address`, `envelope` (where bounces go), `in-reply-to`, `references` or `returned`.
    """

    ticket: int
    how: str
    agent: int | None = None


def reply_address(mailbox: str, ticket: int, secret: str, agent: int | None = None) -> str:
    """
    The address whose letters continue a ticket: `support@shop.vn` → `support+t7.<code>@shop.vn`.

    In letters to an `agent` it is one that only they have had: `support+t7.a3.<code>@shop.vn`.
    """
    local, _, domain = mailbox.rpartition("@")
    code = _code(secret, "address", ticket, *_whose(agent))
    return f"{local}+t{ticket}{_shown(agent)}.{code}@{domain}"


def is_marked(address: str) -> bool:
    """Whether an address looks like one that leads a letter to its ticket: nothing for people to read."""
    return bool(_IN_ADDRESS.search(address))


def is_given(address: str, secret: str) -> bool:
    """Whether this is an address that we ourselves gave, to answer to or for bounces; nobody else can make one."""
    return bounced_letter([address], secret) is not None or any(_by_address([address], secret, "address"))


def new_message_id(ticket: int, message: int, secret: str, domain: str, agent: int | None = None) -> str:
    """
    The Message-ID of a letter about a ticket, without angle brackets; of one to an `agent`, an id of theirs.

    The same for the same message.
    """
    code = _code(secret, "message", ticket, message, *_whose(agent))
    return f"t{ticket}.m{message}{_shown(agent)}.{code}@{domain}"


def bounce_address(mailbox: str, outbound: int, secret: str) -> str:
    """
    The envelope sender of one letter of ours: `support+t7.<code>@shop.vn` → `support+b12.<code>@shop.vn`.

    A bounce that returns nothing of the letter still comes to it, and proves which one it was.
    """
    local, _, domain = mailbox.rpartition("@")
    return f"{local.partition('+')[0]}+b{outbound}.{_code(secret, 'bounce', outbound)}@{domain}"


def bounced_letter(addresses: Iterable[str], secret: str) -> int | None:
    """The letter of ours, by its number in the outbox, that one of these addresses proves to be about."""
    for address in addresses:
        for outbound, code in _IN_BOUNCE.findall(address[:MAX_LOOK]):
            if _is_ours(code, _code(secret, "bounce", int(outbound))):
                return int(outbound)
    return None


def is_own_id(message_id: str, secret: str) -> bool:
    """Whether this is the id of a letter of ours."""
    return next(_by_message_id([message_id], secret, "own"), None) is not None


def returned_ids(letter: Letter) -> list[str]:
    """
    Everything in a report that may be the id of the letter it speaks of, at most MOST_IDS, in order.

    Ids of ours cannot be guessed: to name one is to have had that letter.
    """
    returned = [decode(one.content[:MAX_LOOK]) for one in letter.attachments if one.content_type in _SPEAKING]
    texts = [*letter.in_reply_to, *letter.references, *returned, letter.text[:MAX_LOOK]]
    folded = [text.replace("=\n", "").replace("\n ", " ").replace("\n\t", " ") for text in texts]
    found = (one for text in folded for one in _ANY_ID.findall(text))
    return list(islice(dict.fromkeys(found), MOST_IDS))


def claimed_ticket(letter: Letter, recipients: Collection[str], secret: str, sender: int | None = None) -> Claim | None:
    """
    The ticket that a letter proves to belong to, or None; as an agent's, where it has a mark of the `sender`, too.

    `recipients` are the addresses the mail server was given; To, Cc and what servers note about delivery
    are looked at as well. An address counts more than a reference, the letter answered more than older ones.
    """
    found = list(islice(_claims(letter, recipients, secret), MOST_IDS))
    own = (one for one in found if one.agent is not None and one.agent == sender and one.ticket == found[0].ticket)
    return next(own, found[0] if found else None)


def _claims(letter: Letter, recipients: Collection[str], secret: str) -> Iterator[Claim]:
    """All marks of a letter that are true, the surest first."""
    noted = [value for name in ("delivered-to", "x-original-to", "envelope-to") for value in letter.all_headers(name)]
    yield from _by_address([*recipients, *(one.email for one in (*letter.to, *letter.cc)), *noted], secret, "address")
    answered = [*letter.in_reply_to, *letter.all_headers("in-reply-to")]
    yield from _by_message_id(answered, secret, "in-reply-to")
    yield from _by_message_id([*letter.references[::-1], *letter.all_headers("references")], secret, "references")


def returned_ticket(letter: Letter, secret: str) -> Claim | None:
    """
    The ticket of our own letter that a bounce or a receipt returns, or None.

    Only for those: anybody may attach a letter of ours to a new question.
    """
    returned = [decode(one.content[:MAX_LOOK]) for one in letter.attachments if one.content_type in _RETURNED]
    texts = [*returned, letter.text[:MAX_LOOK]]
    by_id = next(_by_message_id(texts, secret, "returned"), None)
    return by_id or next(_by_address(texts, secret, "returned"), None)


def _by_address(texts: Iterable[str], secret: str, how: str) -> Iterator[Claim]:
    for text in texts:
        for ticket, agent, code in _IN_ADDRESS.findall(text[:MAX_LOOK]):
            if _is_ours(code, _code(secret, "address", int(ticket), *_whose(agent))):
                yield Claim(int(ticket), how, int(agent) if agent else None)


def _by_message_id(texts: Iterable[str], secret: str, how: str) -> Iterator[Claim]:
    """Looked for in any surroundings: programs fold ids, quote them and write comments beside them."""
    for text in texts:
        for ticket, message, agent, code in _IN_MESSAGE_ID.findall("".join(text[:MAX_LOOK].split())):
            if _is_ours(code, _code(secret, "message", int(ticket), int(message), *_whose(agent))):
                yield Claim(int(ticket), how, int(agent) if agent else None)


def _whose(agent: int | str | None) -> tuple[str | int, ...]:
    """What an agent's mark is made with besides; a customer has never seen one, so cannot make it theirs."""
    return ("agent", int(agent)) if agent else ()


def _shown(agent: int | None) -> str:
    return f".a{agent}" if agent else ""


def _code(secret: str, *about: str | int) -> str:
    """80 bits that only the holder of the secret can make, in letters that survive a change of case."""
    digest = hmac.digest(secret.encode(), ":".join(map(str, about)).encode(), "sha256")
    return base64.b32encode(digest[:10]).decode().lower()


def _is_ours(code: str, expected: str) -> bool:
    return hmac.compare_digest(code.lower(), expected)
