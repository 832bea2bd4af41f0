"""Who wrote this: a person, a program, or something that must never be answered (RFC 3834)."""

import re
from collections.abc import Collection

import msgspec

from helpdesk.mail.machines import signs
from helpdesk.mail.machines.bounces import Bounced, report, told
from helpdesk.mail.reading.letter import Letter

PERSON = "person"
AUTO_REPLY = "auto_reply"
AUTO_GENERATED = "auto_generated"
BOUNCE = "bounce"
FEEDBACK_REPORT = "feedback_report"
MDN = "mdn"
DELIVERY_NOTICE = "delivery_notice"
LIST = "list"
LOOP = "loop"
SPAM = "spam"

_CITED = re.compile(r"[\"“„«][^\"“”„«»]{1,300}[\"”“»]|^>.*", re.MULTILINE)
"""What somebody else said, as people mark it."""
MAX_HOPS = 50  # Received lines; honest letters stay below twenty (RFC 5321, section 6.3 asks for 100 at least)


class Verdict(msgspec.Struct, frozen=True):
    """
    What a letter is. `answer`: an automatic answer may be sent; `reopen`: it may reopen a solved ticket.

    `bounced` are the addresses a bounce says were not reached. `why` names the sign that decided.
    """

    kind: str
    answer: bool
    reopen: bool
    bounced: tuple[Bounced, ...]
    why: str


def verdict(
    letter: Letter,
    *,
    own: Collection[str],
    envelope_from: str | None = None,
    delivered_to: Collection[str] = (),
) -> Verdict:
    """
    What this letter is and what may follow from it.

    `own` are the addresses we receive at and send from, without tags. `envelope_from` is what the mail
    server was told (`""` for the null sender), None where it is not known; Return-Path speaks then.
    `delivered_to` are the addresses the server says the letter is for; they count as ours. A letter that
    names none of ours in To or Cc (a blind copy) gets no automatic answer (RFC 3834, section 2).
    """
    ours = {_bare(address) for address in own}
    null = _is_null(letter, envelope_from)
    kind, why, bounced = _kind(letter, ours, null=null)
    if kind != PERSON:
        return Verdict(kind, False, kind == LIST, bounced, why)
    silent = _silence(letter, ours, delivered_to)
    return Verdict(PERSON, not silent, True, (), silent or "nothing tells of a machine")


def _kind(letter: Letter, ours: Collection[str], *, null: bool) -> tuple[str, str, tuple[Bounced, ...]]:
    for kind, why in (_looped(letter, ours), _reported(letter)):
        if kind:
            return kind, why, ()
    if _is_bounce(letter, null=null):
        found = report(letter, ours)
        if found.action in ("delivered", "relayed", "expanded"):
            return DELIVERY_NOTICE, f"action {found.action}", ()
        return BOUNCE, f"action {found.action}", found.bounced
    notice = _cloud_notice(letter)
    if notice:
        return notice
    kind, why = next((found for found in (_automatic(letter, null=null), _spam(letter)) if found[0]), (PERSON, ""))
    return kind, why, ()


def _looped(letter: Letter, ours: Collection[str]) -> tuple[str, str]:
    if any(_bare(address) in ours for value in letter.all_headers("x-loop") for address in value.split()):
        return LOOP, "x-loop"
    if len(letter.all_headers("received")) > MAX_HOPS:
        return LOOP, "received"
    return ("", "") if _bare(letter.sender.email) not in ours else (LOOP, "from ourselves")


def _reported(letter: Letter) -> tuple[str, str]:
    """Complaints (RFC 5965) and read receipts (RFC 8098)."""
    about = letter.header("content-type").lower()
    types = {one.content_type for one in letter.attachments}
    if "message/feedback-report" in types or "report-type=feedback-report" in about.replace('"', ""):
        return FEEDBACK_REPORT, "feedback-report"
    if re.match(r"complaint about message from \d", letter.subject, re.IGNORECASE) and "message/rfc822" in types:
        return FEEDBACK_REPORT, "subject"
    if ("message/disposition-notification" in types or "disposition-notification" in about) and not _rejects(letter):
        return MDN, "disposition-notification"
    return "", ""


def _rejects(letter: Letter) -> bool:
    """A refusal in the shape of a read receipt, as Sieve sends it (RFC 5429, section 2.2.1)."""
    return "reject" in letter.header("auto-submitted").lower()


def _is_bounce(letter: Letter, *, null: bool) -> bool:
    if any(one.content_type == "message/delivery-status" for one in letter.attachments):
        return True
    if "delivery-status" in letter.header("content-type").lower() or letter.header("x-failed-recipients"):
        return True
    told = bool(signs.FAILED.search(letter.subject))
    if null or _is_daemon(letter):
        return told or bool(signs.FAILED.search(letter.text[:6000]))
    return told and (_is_program(letter) or _sounds_like_one(letter))


def _sounds_like_one(letter: Letter) -> bool:
    """Whether a sender without a name, who answers nothing, says that a letter of ours did not reach an address."""
    is_bare = not (letter.sender.name or letter.in_reply_to or letter.references)
    return is_bare and bool(signs.YOURS.search(letter.text[:400])) and "@" in letter.text[:2000]


def _is_program(letter: Letter) -> bool:
    """Whether the sender takes no answers, so that what it says about a delivery is not a person's question."""
    is_bulk = letter.header("precedence").lower().strip() in ("bulk", "junk", "list", "auto_reply")
    return is_bulk or bool(signs.NOBODY.fullmatch(_local(letter))) or "@" not in letter.sender.email


def _is_daemon(letter: Letter) -> bool:
    """Whether the sender is the mail system itself, by address or, where it has none, by name."""
    return bool(signs.DAEMON.fullmatch(_local(letter)) or signs.DAEMON_NAME.search(letter.sender.name))


def _local(letter: Letter) -> str:
    return letter.sender.email.partition("@")[0].partition("+")[0][:100]


def _is_null(letter: Letter, envelope_from: str | None) -> bool:
    said = envelope_from if envelope_from is not None else letter.header("return-path")
    known = envelope_from is not None or bool(said)
    return known and said.strip(" <>").lower().partition("@")[0] in ("", "mailer-daemon")


class _CloudRecipient(msgspec.Struct, rename="camel"):
    email_address: str = ""
    status: str = ""
    diagnostic_code: str = ""


class _CloudBounce(msgspec.Struct, rename="camel"):
    bounced_recipients: list[_CloudRecipient] = []


class _CloudNotice(msgspec.Struct, rename="camel"):
    """The letter Amazon SES writes about a delivery: JSON as text."""

    notification_type: str
    bounce: _CloudBounce = msgspec.field(default_factory=_CloudBounce)


def _cloud_notice(letter: Letter) -> tuple[str, str, tuple[Bounced, ...]] | None:
    text = letter.text.lstrip()
    if not text.startswith('{"notificationType"'):
        return None
    try:
        notice = msgspec.json.decode(text.partition("\n--\n")[0].replace("\n", ""), type=_CloudNotice)
    except msgspec.DecodeError:
        return AUTO_GENERATED, "notification", ()
    kind = {"Bounce": BOUNCE, "Complaint": FEEDBACK_REPORT, "Delivery": DELIVERY_NOTICE}.get(notice.notification_type)
    bounced = [told(one.email_address, one.status, one.diagnostic_code) for one in notice.bounce.bounced_recipients]
    return kind or AUTO_GENERATED, "notification", tuple(bounced)


def _automatic(letter: Letter, *, null: bool) -> tuple[str, str]:
    """Programs that say so, those whose subject says so, and lists."""
    submitted = letter.header("auto-submitted").lower().partition(";")[0].split("(")[0].strip()
    precedence = (letter.header("precedence") or letter.header("x-precedence")).lower().strip()
    if submitted.startswith("auto-replied"):
        return AUTO_REPLY, "auto-submitted"
    wished = {precedence.replace("-", "_"), letter.header("preference").lower().strip()}
    if "auto_reply" in wished or any(_says_yes(letter.header(name)) for name in signs.AUTO_HEADERS):
        return AUTO_REPLY, "autoreply header"
    if signs.OUT.match(letter.subject) or signs.CHALLENGE.match(letter.subject):
        return AUTO_REPLY, "subject"
    if submitted and submitted != "no":
        return AUTO_GENERATED, "auto-submitted"
    if precedence in ("list", "bulk", "junk") or any(letter.header(name) for name in signs.LIST_HEADERS):
        return LIST, "list"
    if any(one.content_type == "text/calendar" and b"METHOD:REPLY" in one.content for one in letter.attachments):
        return AUTO_GENERATED, "calendar"
    if null:
        return AUTO_GENERATED, "null sender"
    if letter.header("content-type").lower().startswith("multipart/report"):
        return AUTO_GENERATED, "report"
    if "autorespond" in f"{letter.all_headers('delivered-to')} {letter.header('x-post-messageclass')}".lower():
        return AUTO_REPLY, "autoresponder"
    if _is_daemon(letter) or signs.NOBODY.fullmatch(_local(letter)):
        return AUTO_GENERATED, "sender"
    return "", ""


def _says_yes(value: str) -> bool:
    return bool(value) and value.strip().lower() not in ("no", "false", "0")


def _spam(letter: Letter) -> tuple[str, str]:
    flagged = letter.header("x-spam-flag").strip().lower() == "yes"
    scored = letter.header("x-spam-status").strip().lower().startswith("yes")
    return (SPAM, "spam header") if flagged or scored else ("", "")


def _silence(letter: Letter, ours: Collection[str], delivered_to: Collection[str]) -> str:
    """Why a person's letter is not to be answered by a machine; empty when it may be."""
    email = letter.sender.email
    if email.count("@") != 1 or email.startswith("@") or email.endswith("@"):
        return "no address to answer to"
    if {"from-repeated", "several-senders"} & set(letter.remarks):
        return "more than one sender"
    suppress = letter.header("x-auto-response-suppress").lower()
    if any(word.strip() in ("all", "autoreply", "oof") for word in suppress.split(",")):
        return "x-auto-response-suppress"
    shown = {_bare(one.email) for one in (*letter.to, *letter.cc)}
    if (ours or delivered_to) and not shown & ({_bare(one) for one in delivered_to} | set(ours)):
        return "we are not among the addressees"
    if not signs.ANSWERED.match(letter.subject) and signs.SAYS_SO.search(_CITED.sub("", letter.text[:500])):
        return "its words say that a program wrote it"
    return ""


def _bare(address: str) -> str:
    """An address to compare: lower case, without brackets and without the tag after a plus."""
    local, _, domain = address.strip(" <>,;").lower().partition("@")
    return f"{local.partition('+')[0]}@{domain}"
