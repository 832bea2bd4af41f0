"""What a bounce says: which addresses a letter did not reach, and why. Reads, decides nothing."""

import re
from collections.abc import Collection, Iterator

import msgspec

from helpdesk.mail.machines.reasons import HARD, OTHER, REFUSED, UNKNOWN_ADDRESS, any_of, is_after_data, reason
from helpdesk.mail.reading.charset import decode
from helpdesk.mail.reading.letter import Letter

MAX_READ = 100_000  # characters of a report; the reason stands at its beginning
MAX_BOUNCED = 50
MAX_ABOUT = 4000
"""Characters looked at of what a report says about one address."""
MAX_WORDS = 300
"""Characters kept of a server's own words."""


class Bounced(msgspec.Struct, frozen=True):
    """
    One address a letter did not reach. `status` is the enhanced code (RFC 3463) or empty, `reason` one of `reasons`.

    `hard` means: writing there again is in vain. `words` are the server's own, shortened. `is_delayed`: the
    servers still try (RFC 3464, section 2.3.3).
    """

    recipient: str
    status: str
    hard: bool
    reason: str
    words: str = ""
    is_delayed: bool = False


class Report(msgspec.Struct, frozen=True):
    """What became of a letter, in the words of RFC 3464, section 2.3.3 (failed, delayed, delivered …), and for whom."""

    action: str
    bounced: tuple[Bounced, ...]


_FIELD = re.compile(r"^([A-Za-z-]{1,40})[ \t]*:[ \t]*(.*(?:\n[ \t]+\S.*)*)", re.MULTILINE)
_ADDRESS = re.compile(r"(?<![\w.+-])(?!SMTP=)[\w.+=&'/-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){0,8}")
_STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
_CODE = re.compile(r"(?<![\d.:@-])([45]\d\d)(?=[ -])")
_REPLY = re.compile(r"^[^\n]{0,40}?(?<![\d.:@-])[45]\d\d[ -](?!.*unavailable).*(?:\n[ \t]+\S.*){0,2}", re.MULTILINE)
_ORIGINAL = re.compile(
    r"^[ \t>*-]*(?:(?:this is |below is |included is |below this line is )?a copy of (?:the|your)"
    r"|(?:the )?(?:headers?|text) of (?:the|your)? ?(?:original )?message"
    r"|the header of the original|(?:original|unsent|returned|message) (?:message|mail|text|headers?)\b.{0,30}$"
    r"|original mail info|Received: |Return-Path: |DKIM-Signature: |X-Google)",
    re.IGNORECASE | re.MULTILINE,
)
_FIRST_ON_LINE = re.compile(r"^[\s>*<\"'-]{0,20}(?:.{0,80}SMTP=)?(?=[\w.+=&'/-]{1,64}@)")
_NAMED = any_of(
    r"(?:deliver\w*|mail|message|recipients?|mailbox|users?|attempts|RCPT TO|size|full|reach|address)\b.{0,60}$",
)
_RETURNED_TO = re.compile(r"^[ \t]{0,8}To:(.{1,500})", re.MULTILINE | re.IGNORECASE)
_CONTACT = re.compile(r"postmaster@|contact|assistance|mailto:|queued? by|originator|sender", re.IGNORECASE)

_KIND = re.compile(r"^[a-z][a-z0-9-]{0,30};\s*", re.IGNORECASE)
"""Before a server's words, whose they are (RFC 3464, section 2.3.6): `smtp;`."""
_COMMENT = re.compile(r"\((?!permanent|unknown|temporary)(.{1,200})\)", re.IGNORECASE)
_DELAYED = any_of(
    r"\bdelay(?:ed)?\b|not yet been delivered|still being retried|warning message only|is a warning only",
    r"bị (?:trì hoãn|chậm)",
)


def report(letter: Letter, own: Collection[str]) -> Report:
    """
    What a letter that is a delivery report says; `own` are our addresses, which are never the ones not reached.

    The machine-readable part is believed first, then X-Failed-Recipients, then the words.
    """
    passage = _passage(letter)
    groups = list(_groups(letter))
    if groups:
        found = [_from_fields(group, passage) for group in groups]
        actions = [action for action, _ in found]
        bounced = [one for action, one in found if action not in ("delivered", "relayed", "expanded") and one.recipient]
        return Report(_worst(actions), _each_once(bounced))
    delayed = bool(_DELAYED.search(f"{letter.subject}\n{passage}"))
    recipients = list({one.lower(): one for one in reversed(_recipients(letter, passage, own))}.values())
    recipients = recipients[::-1][:MAX_BOUNCED]
    found_in_words = [_in_words(letter.subject, passage, one, recipients, delayed=delayed) for one in recipients]
    return Report("delayed" if delayed else "failed", _each_once(found_in_words))


def told(recipient: str, status: str, diagnostic: str) -> Bounced:
    """A bounced address from what a machine-readable notice says about it."""
    return _judged(recipient, _specific(status, diagnostic), diagnostic, is_final=True)


class Complaint(msgspec.Struct, frozen=True):
    """What a feedback report says (RFC 5965): its kind, such as abuse or not-spam, and who complains; often nobody."""

    kind: str
    recipients: tuple[str, ...]


def complaint(letter: Letter) -> Complaint:
    """What a letter that is a feedback report says. One without the part made for it is a plain complaint."""
    fields = _fields_of(letter, "message/feedback-report")
    named = [fields.get(name, "") for name in ("original-rcpt-to", "removal-recipient")]
    found = _ADDRESS.findall(" ".join(named))
    return Complaint(fields.get("feedback-type", "abuse").lower(), tuple(dict.fromkeys(found)))


class Receipt(msgspec.Struct, frozen=True):
    """What a read receipt says (RFC 8098): whose it is, and whether the letter was shown to them."""

    recipient: str
    is_read: bool


def receipt(letter: Letter) -> Receipt:
    """What a letter that is a read receipt says."""
    fields = _fields_of(letter, "message/disposition-notification")
    said = fields.get("original-recipient") or fields.get("final-recipient", "")
    address = _ADDRESS.search(said)
    disposition = fields.get("disposition", "").lower().rpartition(";")[2]
    return Receipt(address[0] if address else "", disposition.strip().startswith("displayed"))


def _fields_of(letter: Letter, kind: str) -> dict[str, str]:
    text = "\n".join(decode(one.content[:MAX_READ]) for one in letter.attachments if one.content_type == kind)
    return {name.lower(): " ".join(value.split()) for name, value in _FIELD.findall(text)}


def _worst(actions: list[str]) -> str:
    return next((action for action in ("failed", "delayed") if action in actions), actions[0])


def _each_once(bounced: list[Bounced]) -> tuple[Bounced, ...]:
    return tuple({one.recipient.lower(): one for one in reversed(bounced)}.values())[::-1][:MAX_BOUNCED]


def _passage(letter: Letter) -> str:
    """The words of the report itself, without the letter it returns."""
    text = letter.text[:MAX_READ]
    original = _ORIGINAL.search(text)
    return text[: original.start()] if original and text[: original.start()].strip() else text


def _groups(letter: Letter) -> Iterator[dict[str, str]]:
    """The fields about each recipient (RFC 3464, section 2.3), in the part made for it or written into the text."""
    kinds = ("message/delivery-status", "message/disposition-notification")  # the latter for refusals (RFC 5429)
    parts = [decode(one.content[:MAX_READ]) for one in letter.attachments if one.content_type in kinds]
    for text in parts or [letter.text[:MAX_READ]]:
        for paragraph in re.split(r"\n[ \t]*\n", text)[: MAX_BOUNCED * 2]:
            fields = {name.lower(): " ".join(value.split()) for name, value in _FIELD.findall(paragraph)}
            if "final-recipient" in fields or ("original-recipient" in fields and "action" in fields):
                yield fields


def _from_fields(fields: dict[str, str], passage: str) -> tuple[str, Bounced]:
    said = fields.get("original-recipient") or fields.get("final-recipient", "")
    address = _ADDRESS.search(said) or _ADDRESS.search(fields.get("final-recipient", ""))
    recipient = address[0] if address else said.rpartition(";")[2].strip(" <>")
    diagnostic = fields.get("diagnostic-code", "")
    status = _specific(fields.get("status", ""), diagnostic)
    action = (fields.get("action", "failed").lower().split() or ["failed"])[0]
    if status.startswith("2") and action == "failed":
        status = ""
    near = _about(passage, recipient, []) or passage
    comment = _COMMENT.search(fields.get("status", ""))
    said = " ".join(one for one in (diagnostic, comment[1] if comment else "") if one) or near
    judged = _judged(recipient, status, said, is_final=action == "failed")
    if judged.reason == OTHER or (judged.reason == UNKNOWN_ADDRESS and is_after_data(near)):
        judged = _judged(recipient, status, f"{said}\n{near}", is_final=action == "failed")
    return action, msgspec.structs.replace(judged, words=_short(_KIND.sub("", said)), is_delayed=action == "delayed")


def _in_words(subject: str, passage: str, recipient: str, recipients: list[str], *, delayed: bool) -> Bounced:
    """A report without fields: the server's own reply if it tells why, the words beside the address, all of them."""
    about = _about(passage, recipient, recipients) if len(recipients) > 1 else ""
    reply = _REPLY.search(about or passage)
    found = [
        _judged(recipient, _status(words, delayed=delayed), words, is_final=not delayed)
        for words in (about, passage or subject)
        if words
    ]
    if reply and not delayed and not is_after_data(passage):
        own = _judged(recipient, _status(reply[0], delayed=False), reply[0], is_final=True)
        found = [own, *found] if own.reason not in (OTHER, REFUSED) else found
    silent = found[0] if found else Bounced(recipient, "", hard=False, reason=OTHER)
    said = next((one for one in found if one.reason != OTHER), silent)
    return msgspec.structs.replace(said, is_delayed=delayed)


def _judged(recipient: str, status: str, words: str, *, is_final: bool) -> Bounced:
    why = reason(words, status)
    hard = why in HARD and is_final and not status.startswith("4")
    return Bounced(recipient, status, hard, why, _short(words))


def _about(passage: str, recipient: str, recipients: list[str]) -> str:
    """What a report says about one address: from where it is named to where the next one is."""
    folded = passage.lower()
    start = folded.find(recipient.lower())
    if start < 0:
        return ""
    after = start + len(recipient)
    others = [folded.find(other.lower(), after) for other in recipients if other.lower() != recipient.lower()]
    return passage[start : min([place for place in others if place > 0], default=len(passage))][:MAX_ABOUT]


def _short(words: str) -> str:
    return " ".join(words.split())[:MAX_WORDS]


def _specific(status: str, diagnostic: str) -> str:
    """Of the field Status and the code in the server's own words, the one that says more."""
    own = _STATUS.search(status)
    said = _STATUS.search(diagnostic)
    if said and (own is None or own[1].endswith(".0.0") or own[1].endswith(".0")):
        return said[1]
    return own[1] if own else ""


def _status(passage: str, *, delayed: bool) -> str:
    found = _STATUS.search(passage)
    if found:
        return found[1]
    code = _CODE.search(passage)
    if code or delayed:
        return "4.0.0" if delayed or (code and code[1].startswith("4")) else "5.0.0"
    return ""


def _recipients(letter: Letter, passage: str, own: Collection[str]) -> list[str]:
    """The addresses that were not reached: from the header for it, else from the words, the likeliest place first."""
    stated = _ADDRESS.findall(" ".join(letter.all_headers("x-failed-recipients"))[:MAX_READ])
    if stated:
        return stated
    ours = {address.lower() for address in own} | {letter.sender.email.lower()}
    addressed = {one.email.lower() for one in letter.to}
    first: list[str] = []
    named: list[str] = []
    other: list[str] = []
    for line in passage.split("\n"):
        start = _FIRST_ON_LINE.match(line[:400])
        for found in _ADDRESS.finditer(line[:400]):
            if found[0].lower() in ours or "." not in found[0].partition("@")[2]:
                continue
            if start and start.end() == found.start():
                first.append(found[0])
            elif found[0].lower() not in addressed and not _CONTACT.search(line):
                (named if _NAMED.search(line[: found.start()]) else other).append(found[0])
    return first or named or other[:1] or _returned_to(letter, passage)


def _returned_to(letter: Letter, passage: str) -> list[str]:
    """The first address in the To of the returned letter, for reports that name nobody."""
    kinds = ("message/rfc822", "text/rfc822-headers")
    returned = [decode(one.content[:20_000]) for one in letter.attachments if one.content_type in kinds]
    for text in (*returned, letter.text[len(passage) : MAX_READ]):
        to = _RETURNED_TO.search(text)
        if to:
            return _ADDRESS.findall(to[1])[:1]
    return []
