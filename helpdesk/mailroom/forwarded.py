"""A letter that somebody passes on: whose it was first (pure)."""

import re
from collections.abc import Iterator
from typing import Final

from helpdesk.core.text import email_key
from helpdesk.mail.reading.letter import Address, Letter
from helpdesk.mail.reading.parse import parse_head

MOST_LEVELS: Final = 10
"""Letters within letters that are looked at."""
LONGEST_LOOK: Final = 200_000
"""Characters of text that are looked through."""
REACH: Final = 7
"""Lines after the sender's in which a second header must stand: nobody writes only "From:" by hand."""

_FORWARD: Final = re.compile(
    r"\s*(?:fwd?|tr|wg|rv|enc|vs|doorst|chuyển tiếp|chuyen tiep|ct|转发|転送)\s*[:：]", re.IGNORECASE
)
_REPLY: Final = re.compile(r"\s*(?:re|aw|sv|antw|odp|trả lời|tra loi|tl|phúc đáp|回复|答复)\s*[:：]", re.IGNORECASE)
_MARK: Final = re.compile(
    r"(?m)^[ \t>]*(?:-{2,}[ \t]*(?:Forwarded (?:message|by)|Original (?:message|mail)|Thư (?:được )?chuyển tiếp|Thư gốc"
    r"|(?:Tin nhắn|Thông điệp) (?:đã |được )?(?:chuyển tiếp|gốc)|Weitergeleitete Nachricht|Message transféré)"
    r"|Begin forwarded message\s*:|Bắt đầu thư (?:được )?chuyển tiếp\s*:)",
    re.IGNORECASE,
)
_LABEL: Final = r"^[ \t>|*_]*(?:{})[ \t*_]*[:：][ \t*_]*"
_FROM: Final = re.compile(
    _LABEL.format(r"From|Từ|Người gửi|Gửi từ|Von|De|Da|Van|Från|Fra|Od|От|发件人|寄件者|差出人|보낸 사람")
    + r"(.{0,500})$",
    re.IGNORECASE,
)
_OTHER: Final = re.compile(
    _LABEL.format(
        r"Sent|Date|To|Cc|Subject|Đã gửi|Ngày gửi|Ngày|Gửi lúc|Gửi|Thời gian|Tới|Đến|Người nhận|Chủ đề|Tiêu đề"
        r"|Gesendet|Datum|An|Betreff|Envoyé|À|Objet|Enviado|Para|Asunto|Assunto|Inviato|Oggetto|日期|发送时间|收件人|主题|件名|宛先"
    ),
    re.IGNORECASE,
)
_EMAIL: Final = re.compile(
    r"(?:mailto:)?([^\s<>()\[\]:;,\"'*]{1,64}@[^\s<>()\[\]:;,\"'*@]{1,255}\.[^\s<>()\[\]:;,\"'*@.]{1,63})"
)


def is_forwarded(letter: Letter) -> bool:
    """Whether somebody passes this letter on: its subject says so, or there is no answer in it and a mark says so."""
    if _FORWARD.match(letter.subject):
        return True
    if _REPLY.match(letter.subject):
        return False
    return bool(_MARK.search(letter.text[:LONGEST_LOOK])) or any(
        _is_letter(one.content_type) for one in letter.attachments
    )


def original_senders(letter: Letter) -> list[Address]:
    """
    Whose letters this one passes on, the nearest first; empty when it passes none on.

    Attached as a whole (message/rfc822), or quoted under a few lines of header as Gmail, Outlook, Apple Mail and
    others write them in their languages. A sender with two different addresses is left out: one of them is a lie.
    """
    if not is_forwarded(letter):
        return []
    attached = [parse_head(one.content, "").sender for one in letter.attachments if _is_letter(one.content_type)]
    clear = [one for one in attached[:MOST_LEVELS] if _EMAIL.fullmatch(one.email)]
    quoted = [found for line in _senders(letter.text) if (found := _clear(line))]
    return clear + quoted[: MOST_LEVELS - len(clear)]


def _senders(text: str) -> Iterator[str]:
    """What stands after "From:" at the head of each quoted letter."""
    lines = text[:LONGEST_LOOK].replace("\N{NO-BREAK SPACE}", " ").splitlines()
    for number, line in enumerate(lines):
        if not (found := _FROM.match(line)):
            continue
        value, after = found[1], lines[number + 1 : number + 1 + REACH]
        if "@" not in value and after and not _OTHER.match(after[0]):
            value = f"{value} {after[0]}"
        if any(_OTHER.match(one) for one in after):
            yield value


def _clear(line: str) -> Address | None:
    """The one mailbox of a line such as `Lan Trần <lan@x.vn>` or `Lan [mailto:lan@x.vn]`."""
    found = list(_EMAIL.finditer(line))
    if len({email_key(one[1]) for one in found}) != 1:
        return None
    name = line[: found[0].start()].strip(" \t<[(*_\"'")
    return Address(name, found[0][1])


def _is_letter(content_type: str) -> bool:
    return content_type == "message/rfc822"
