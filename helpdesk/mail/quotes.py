"""
What is new in a letter, and what is only the letter before it or a signature.

A kept old word costs a glance, a lost new word costs an answer: in doubt it is new. Every pattern looks
at one short line, so the work is linear whatever the lines hold.
"""

import re

import msgspec

from helpdesk.mail.html import html_to_text

MAX_LOOK = 400  # characters of a line that are looked at
MAX_WRAP = 6  # lines over which programs break "On … wrote:"
MAX_SIGNATURE = 20  # lines with words after "-- " (RFC 3676, section 4.3)
MAX_BARE_SIGNATURE = 6  # after "--" alone, which people also write between two matters


class Split(msgspec.Struct, frozen=True):
    """The new words of a letter, and the rest of it: history, introductions of quotes, signature."""

    fresh: str
    rest: str


_QUOTED = re.compile(r"\s{0,3}[>|]")
_RULE = re.compile(r"\s*(?:[-_=*#~+]{2,}|[ᐧ—–]+)\s*")
_SIGNATURE = re.compile(r"(?:-- ?|—)")

# "On Mon, 2 March 2026 at 09:15 Lan <lan@…> wrote:" — how the line begins, which verb it has, what proves it.
_OPENER = re.compile(
    r"[\s*-]*(?:(?:On|At|Vào|Lúc|Ngày|Am|Le|El|Em|Il|Den|På|Op|Dnia|W dniu|Dne|Em|Pada|Në|Tarihinde)\b"
    r"|\d{1,4}[\s./-]|(?:Thứ|Chủ nhật)\b)"
)
_VERB = re.compile(
    r"\b(?:wrote|writes|đã viết|viết|schrieb|a écrit|escreveu|escribió|ha scritto|skrev|schreef|pisze|kirjoitti|yazdı"
    r"|napisał(?:\(a\))?|napisała|napsal(?:\(a\))?|написал(?:\(а\)|а)?|пише|пишет|menulis)(?!\w)"
)
_DATED = re.compile(r"\d{4}|\d{1,2}[:.h]\d{2}")
_STARTS_DATED = re.compile(r"\s*\d{1,4}(?:[./-]\d{1,2}[./-]\d{1,4}|\s+\S{2,12}\s+\d{4})")
_EMAIL = re.compile(r"[<\[(].{0,80}?[\w.+-]{1,80}@[\w-]")
_BROKEN_LINK = re.compile(r"https?://[^\s)>]+$")
_SAYS_SO = re.compile(r"\s*-{2,}\s*\S.*\b(?:wrote|đã viết|viết)\s*-{2,}\s*")
_ENDS = re.compile(r"(?:[:：]|-{2,})\s*$")

_FORMER = re.compile(
    r"[\s>*]*[-_]{2,}\s*(?:Original Message|Original Appointment|Forwarded message|Forwarded by|Reply message"
    r"|Thư gốc|Tin nhắn gốc|Thông điệp gốc|Thư chuyển tiếp|Thư đã (?:được )?chuyển tiếp|Tin nhắn (?:đã )?chuyển tiếp"
    r"|Ursprüngliche Nachricht|Originalnachricht|Weitergeleitete Nachricht|Mensaje original|Mensaje reenviado"
    r"|Mensagem original|Mensagem encaminhada|Message d['’]origine|Message original|Message transféré"
    r"|Messaggio originale|Messaggio inoltrato|Oorspronkelijk bericht|Originalmeddelande|Oprindelig meddelelse"
    r"|Opprinnelig melding|Wiadomość oryginalna|Исходное сообщение|Пересылаемое сообщение)\b.{0,60}",
    re.IGNORECASE,
)
_ABOVE = re.compile(
    r"\s*[-#=~*]{2,}.{0,40}(?:reply (?:above|before)|above this line|(?:phía|bên) trên dòng này).{0,60}", re.IGNORECASE
)
_BEGIN_FORWARDED = re.compile(r"(?:Begin forwarded message|Bắt đầu thư được chuyển tiếp)\s*:\s*", re.IGNORECASE)

# The header block that Outlook and others put above the former letter: label → what it is about.
_LABELS = {
    label: about
    for about, labels in {
        "from": "From, Từ, Người gửi, Gửi từ, Von, De, Da, Från, Fra, Van, Od, От, Expéditeur, Remitente",
        "date": "Sent, Date, Ngày gửi, Đã gửi, Ngày, Gửi, Gửi lúc, Thời gian, Gesendet, Datum, Envoyé, Enviado, "
        "Enviado el, Enviada em, Fecha, Data, Inviato, Skickat, Sendt, Dato, Verzonden, Wysłano, Дата, Отправлено",
        "to": "To, Đến, Tới, Người nhận, An, À, A, Para, Till, Til, Aan, Do, Кому",
        "subject": "Subject, Tiêu đề, Chủ đề, Betreff, Objet, Asunto, Assunto, Oggetto, Ämne, Emne, Onderwerp, "
        "Temat, Тема",
        "other": "Cc, Bcc, Reply-To, Trả lời, Risposta, Importance, Organization",
    }.items()
    for label in labels.casefold().split(", ")
}
_LABELLED = re.compile(r"[\s>*_]{0,20}([^\W\d_][^:：*]{0,14}?)\s?\**\s?[:：]\**(?=\s|$)")

_DEVICE = (
    r"(?:my|mobile|outlook|mail|yahoo|samsung|galaxy|iphone|ipad|android|windows|proton|blackberry|nokia|huawei|xiaomi"
    r"|oppo|vivo|zalo|acompli|gmail|spark|tapatalk|điện thoại|thiết bị|di động|thư|máy tính bảng|mein|min|mijn|mi|mon"
    r"|meu|mio|il mio|мое|моего)\b"
)
_SENT_FROM = re.compile(
    r"\s*[*_]*(?:(?:Sent|Written) (?:from|via|with)|Get Outlook for|Tải Outlook cho|(?:Đã |Được )?gửi (?:từ|qua|bằng)"
    r"|Gesendet (?:von|mit)|Von meinem|Sendt fra|Skickat från|Verzonden (?:vanaf|met)|Envoyé de(?:puis)?"
    rf"|Enviado (?:desde|do|de)|Inviato da(?:l)?|Wysłane z|Отправлено с)\s+[*_]*(?:{_DEVICE}|ios\b).{{0,120}}",
    re.IGNORECASE,
)


def split(text: str, html: str = "") -> Split:
    """
    Part the new words of a letter from what it repeats; `html` is read only where there is no plain text.

    The first introduction of a former letter ends the new words, unless a `>` quote follows it: what
    comes after that quote is new again. A quote without introduction stays where an answer follows it.
    A letter that is nothing but a former letter (a forwarded one) is all new; one that is nothing but
    `>` lines has no new words.
    """
    source = text if text.strip() else html_to_text(html)
    lines = source.split("\n")
    fresh, rest = _walk(lines)
    fresh = fresh[: _ending([lines[number] for number in fresh], former=bool(rest))]
    if not fresh and not all(_QUOTED.match(line) for line in lines if line.strip()):
        return Split(source.strip("\n"), "")
    new = set(fresh)
    return Split(
        "\n".join(lines[number].rstrip() for number in fresh).strip("\n"),
        "\n".join(line for number, line in enumerate(lines) if number not in new).strip("\n"),
    )


def _walk(lines: list[str]) -> tuple[list[int], list[int]]:
    """The numbers of the lines that are new, and of those that are not, before the ending is looked at."""
    fresh: list[int] = []
    rest: list[int] = []
    at = 0
    while at < len(lines):
        if _begins_former(lines, at):
            rest.extend(range(at, len(lines)))
            break
        after = _introduction(lines, at)
        if not after:
            fresh.append(at)
            at += 1
            continue
        quote_end = _quote_end(lines, after)
        if quote_end == after:
            rest.extend(range(at, len(lines)))
            break
        rest.extend(range(at, quote_end))
        at = quote_end
    return fresh, rest


def _begins_former(lines: list[str], at: int) -> bool:
    """Whether everything from this line on is a former letter."""
    line = lines[at][:MAX_LOOK]
    return bool(_FORMER.fullmatch(line) or _ABOVE.fullmatch(line) or _SAYS_SO.fullmatch(line)) or _is_block(lines, at)


def _is_block(lines: list[str], at: int) -> bool:
    """A header block: a From line, then at least two more of date, to and subject within a few lines."""
    if _about(lines[at]) != "from":
        return False
    seen: set[str] = set()
    for line in lines[at + 1 : at + 12]:
        about = _about(line)
        if about == "from" or (not about and not line.strip() and seen):
            break
        seen.add(about)
    return len(seen & {"date", "to", "subject"}) >= 2


def _about(line: str) -> str:
    found = _LABELLED.match(line[:MAX_LOOK])
    return _LABELS.get(found[1].casefold(), "") if found else ""


def _introduction(lines: list[str], at: int) -> int:
    """The number of the line after "On … wrote:" when it begins here, otherwise 0."""
    line = lines[at][:MAX_LOOK]
    opener = bool(_OPENER.match(line))
    if not opener and not (_EMAIL.search(line) and _VERB.search(line)):
        return 0
    said = ""
    for number in range(at, min(at + MAX_WRAP, len(lines)) if opener else at + 1):
        if number > at and _QUOTED.match(lines[number]) and not lines[number].strip().endswith(":"):
            break
        said = f"{said} {lines[number][:MAX_LOOK].strip()}"
        if len(said) > MAX_LOOK:
            break
        if _ENDS.search(said):
            return number + 1 if _introduces(said, opener=opener) else 0
        if _STARTS_DATED.match(said) and said.endswith(">") and _EMAIL.search(said) and _quoted_next(lines, number + 1):
            return number + 1
    return 0


def _introduces(said: str, *, opener: bool) -> bool:
    """Whether a line that ends in a colon tells who wrote, and when or from which address."""
    has_address = bool(_EMAIL.search(said))
    if _VERB.search(said):
        return has_address or (opener and bool(_DATED.search(said)))
    return has_address and bool(_STARTS_DATED.match(said))


def _quoted_next(lines: list[str], at: int) -> bool:
    return _quote_end(lines, at) > at


def _quote_end(lines: list[str], at: int) -> int:
    """The number of the line after the quote that begins here, past empty lines; the same number when none does."""
    end = at
    for number in range(at, len(lines)):
        if _QUOTED.match(lines[number]) or (end > at and _is_broken_link(lines, number)):
            end = number + 1
        elif lines[number].strip():
            break
    return end


def _is_broken_link(lines: list[str], at: int) -> bool:
    """The second half of an address that a program broke in the middle of a quote."""
    return (
        " " not in lines[at].strip()
        and bool(_BROKEN_LINK.search(lines[at - 1][-MAX_LOOK:]))
        and bool(_QUOTED.match("".join(lines[at + 1 : at + 2])))
    )


def _ending(lines: list[str], *, former: bool) -> int:
    """How many of these lines are left without what stands at their end: quotes, rules, signatures."""
    end = len(lines)
    while True:
        left = end
        while left and _is_trailing(lines[left - 1], former=former):
            left -= 1
        left = _signature(lines, left)
        if left == end:
            return end
        end = left


def _is_trailing(line: str, *, former: bool) -> bool:
    looked = line[:MAX_LOOK]
    return (
        not line.strip()
        or bool(_QUOTED.match(looked))
        or bool(_RULE.fullmatch(line))
        or bool(_SENT_FROM.fullmatch(line))
        or (former and bool(_BEGIN_FORWARDED.fullmatch(looked)))
    )


def _signature(lines: list[str], end: int) -> int:
    """Where the signature at the end of these lines begins, or their end when there is none below other words."""
    start, words = end, 0
    for number in range(end - 1, -1, -1):
        limit = MAX_SIGNATURE if lines[number].startswith("-- ") else MAX_BARE_SIGNATURE
        if _SIGNATURE.fullmatch(lines[number]) and words <= limit:
            start = number
        words += bool(lines[number].strip())
        if words > MAX_SIGNATURE:
            break
    return start if any(line.strip() for line in lines[:start]) else end
