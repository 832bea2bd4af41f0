"""What a bounce says: which addresses a letter did not reach, and why. Reads, decides nothing."""

import re
from collections.abc import Collection, Iterator

import msgspec

from helpdesk.mail.charset import decode
from helpdesk.mail.letter import Letter

MAX_READ = 100_000  # characters of a report; the reason stands at its beginning
MAX_BOUNCED = 100

UNKNOWN_ADDRESS = "unknown-address"
UNKNOWN_HOST = "unknown-host"
MAILBOX_FULL = "mailbox-full"
SUSPENDED = "suspended"
TOO_BIG = "too-big"
CONTENT = "content"  # taken for spam, a virus, or a forbidden file
OUR_SERVER = "our-server"  # our address, name or signature is not trusted
REFUSED = "refused"
UNREACHABLE = "unreachable"
OTHER = "other"
HARD = frozenset((UNKNOWN_ADDRESS, UNKNOWN_HOST))


class Bounced(msgspec.Struct, frozen=True):
    """
    One address a letter did not reach. `status` is the enhanced code (RFC 3463) or empty, `reason` one of the above.

    `hard` means: writing there again is in vain.
    """

    recipient: str
    status: str
    hard: bool
    reason: str


class Report(msgspec.Struct, frozen=True):
    """What became of a letter, in the words of RFC 3464, section 2.3.3 (failed, delayed, delivered …), and for whom."""

    action: str
    bounced: tuple[Bounced, ...]


def any_of(*patterns: str) -> re.Pattern[str]:
    """One pattern of many, blind to case."""
    return re.compile("|".join(patterns), re.IGNORECASE)


_FIELD = re.compile(r"^([A-Za-z-]{1,40})[ \t]*:[ \t]*(.*(?:\n[ \t]+\S.*)*)", re.MULTILINE)
_ADDRESS = re.compile(r"(?<![\w.+-])(?!SMTP=)[\w.+=&'/-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){0,8}")
_STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
_CODE = re.compile(r"(?<![\d.:@-])([45]\d\d)(?=[ -])")
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

# Why: the words of mail servers around the world, the most telling first.
_REASONS = (
    (
        UNKNOWN_HOST,
        any_of(
            r"host (?:or domain )?(?:name )?(?:is )?(?:unknown|not found)|unknown host|host not found",
            r"couldn'?t find any host|domain (?:name )?(?:does not|doesn't|could not|not) (?:exist|found|be found)",
            r"no such (?:domain|host)(?! [\w.]+\.$)|unrouteable mail domain|unrouteable address",
            r"name (?:service|server|resolution) .{0,10}(?:fail|not known)|bad destination system",
            r"no (?:valid )?(?:mx|mail) (?:record|host)|null ?mx|does not accept (?:any )?mail|not accepting network",
            r"account or domain may not exist|unresolvable|recipient's domain|[\w-]\.\w+ does not exist",
        ),
    ),
    (
        OUR_SERVER,
        any_of(
            r"dmarc|dkim|\bspf\b|unauthenticated|authentication (?:level|fail|check|require)|not authenticated",
            r"reverse dns|\bptr\b|rdns|missing reverse|blocked using|block ?list|black ?list|blacklisted|rbl\b|dnsbl",
            r"spamhaus|spamcop|banned sending ip|client host.{0,60}(?:blocked|rejected)",
            r"ip (?:address )?.{0,60}(?:block|listed|reputation)|poor reputation",
            r"too many (?:connections|concurrent|messages|recipients|errors)|rate limit|greylist|throttl",
            r"use the smtp server|access denied\.\.\.|not permitted to connect|reached your|domain reputation",
            r"blocked by|bad reputation|connection (?:refused|rejected) from|\bIP\b.{0,40}(?:not allowed|denied)",
        ),
    ),
    (
        MAILBOX_FULL,
        any_of(
            r"mailbox (?:is |was )?(?:too )?(?:full|exceeded)|mailbox.{0,40}(?:full|quota|exceed|limit)|over ?quota",
            r"quota|exceed\w* .{0,30}(?:storage|allowed size|local limit|allotted)",
            r"insufficient (?:system )?(?:storage|disk)|disk full|no space|out of storage|mailfolder is full",
            r"mailbox size|一杯|hộp thư đầy|too much mail",
        ),
    ),
    (
        SUSPENDED,
        any_of(
            r"suspend|disabled|deactivat|inactive|not active|locked|expired? (?:account|mailbox)",
            r"account.{0,20}(?:expired|closed)|temporarily (?:disabled|locked)|discontinued|terminated",
        ),
    ),
    (
        TOO_BIG,
        any_of(
            r"(?:message|mail|size|header|content)\b.{0,30}too (?:big|large)",
            r"(?:message|mail|size|header|content)\b.{0,30}exceeds? .{0,30}(?:size|limit|maximum)",
            r"line limit exceeded|maximum (?:message )?size|size limit",
        ),
    ),
    (
        UNKNOWN_ADDRESS,
        any_of(
            r"recipient address rejected: access denied",
            r"(?:user|recipient|mailbox|address|account|alias|addressee|local.?part|mail ?drop)\b.{0,80}"
            r"(?:unknown|invalid|not (?:found|exist|known|listed|a valid|our customer|recognized)|does ?n[o']t exist"
            r"|unavailable|no longer|non-?existent|isn't)",
            r"(?:unknown|no such|invalid|bad|illegal|non-?existent|not a valid) (?:local.?part|user|recipient|address"
            r"|mailbox|account|alias|or illegal|destination|person|email)",
            r"doesn'?t have a .{0,20}account|no mailbox here|not our customer|wasn.t found|did not .{0,30}match",
            r"check if address is correct|no such user",
            r"invalid recipient|has moved|no longer (?:on|works|here|valid)",
            r"not (?:be )?found in|ディレクトリのリスト|ResolverFault|Recip(?:ient)?NotFound|not listed in|\bgone\b",
            r"unroutable|đích không tồn tại|không tồn tại|unknown user|user_unknown|user doesn",
            r"name is not recognized|user \S+ is unknown|changed his address|new address",
        ),
    ),
    (
        CONTENT,
        any_of(
            r"\bspam|virus|malware|unsolicited|\bUBE\b|\bjunk\b|banned (?:name|file|content)",
            r"content (?:rejected|filter)|message content|mail rejet[eé]|looks like|bulk mail|infected|executable",
        ),
    ),
    (
        UNREACHABLE,
        any_of(
            r"timed? ?out|connection (?:refused|reset|lost|dropped|to|died)|expired|no route",
            r"network (?:error|unreachable)|(?:could|can)(?: ?not|n't) connect|not respond|giving up",
            r"did not accept our requests|delivery failed \d+|retry time(?:out)?|too long|undelivered for",
            r"unable to deliver in|deferred|not delivered within|was aborted after|loops? back|too many hops",
            r"mail (?:forwarding )?loop|routing|could not find a gateway|(?:has been )?delayed|temporar",
        ),
    ),
    (
        REFUSED,
        any_of(
            r"polic(?:y|ies)|security|not (?:allowed|permitted|authorized)|denied|rejected|refused|filter|forbidden",
            r"prohibited|relay|sender|permission|compliant|violat|restricted|syntax|header error|グループ|المجموعة",
            r"grupo|group",
        ),
    ),
)  # fmt: skip
_BY_STATUS = {
    "1.1": UNKNOWN_ADDRESS, "1.3": UNKNOWN_ADDRESS, "1.6": UNKNOWN_ADDRESS, "1.10": UNKNOWN_ADDRESS,
    "1.2": UNKNOWN_HOST, "3.2": UNKNOWN_HOST, "4.4": UNKNOWN_HOST, "1.7": REFUSED, "1.8": REFUSED, "7.0": REFUSED,
    "7.1": REFUSED, "2.1": SUSPENDED, "7.13": SUSPENDED, "2.2": MAILBOX_FULL, "3.1": MAILBOX_FULL, "2.3": TOO_BIG,
    "3.4": TOO_BIG, "4.1": UNREACHABLE, "4.2": UNREACHABLE, "4.3": UNREACHABLE, "4.6": UNREACHABLE,
    "4.7": UNREACHABLE, "7.9": OUR_SERVER, "7.20": OUR_SERVER, "7.23": OUR_SERVER, "7.25": OUR_SERVER,
    "7.26": OUR_SERVER, "7.27": OUR_SERVER,
}  # fmt: skip
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
    status = _status(passage, delayed=delayed)
    reason = _reason(passage or letter.subject, status)
    hard = reason in HARD and not status.startswith("4") and not delayed
    recipients = _recipients(letter, passage, own)
    return Report(
        "delayed" if delayed else "failed",
        _each_once([Bounced(recipient, status, hard, reason) for recipient in recipients]),
    )


def told(recipient: str, status: str, diagnostic: str) -> Bounced:
    """A bounced address from what a machine-readable notice says about it."""
    status = _specific(status, diagnostic)
    reason = _reason(diagnostic, status)
    return Bounced(recipient, status, reason in HARD and not status.startswith("4"), reason)


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
    parts = [
        decode(one.content[:MAX_READ]) for one in letter.attachments if one.content_type == "message/delivery-status"
    ]
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
    reason = _reason(diagnostic or passage, status)
    if reason == OTHER and diagnostic:
        reason = _reason(passage, status)
    hard = reason in HARD and action == "failed" and not status.startswith("4")
    return action, Bounced(recipient, status, hard, reason)


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


def _reason(said: str, status: str) -> str:
    words = " ".join(said[:4000].split())
    coded = _BY_STATUS.get(status[2:], "")
    if coded in (OUR_SERVER, MAILBOX_FULL, UNKNOWN_HOST):
        return coded
    said_reason = next((reason for reason, pattern in _REASONS if pattern.search(words)), OTHER)
    return coded if coded and said_reason in (REFUSED, OTHER) else said_reason


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
