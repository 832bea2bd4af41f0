"""A letter that an agent passes on: whose it was first (pure)."""

import re
from typing import Final

from helpdesk.mail import headers
from helpdesk.mail.letter import Address, Letter
from helpdesk.mail.parse import parse_head

_FORWARD: Final = re.compile(r"\s*(?:fwd?|tr|wg|chuyển tiếp|ct)\s*:", re.IGNORECASE)
_PREFIX: Final = re.compile(r"\s*(?:fwd?|re|tr|wg|chuyển tiếp|trả lời|ct)\s*:\s*", re.IGNORECASE)
_FROM: Final = re.compile(r"(?m)^[ \t>*]*(?:From|Từ|Người gửi|Von|De)\s*:[ \t*]*(\S[^\n]{2,400})$")
_MARK: Final = re.compile(
    r"(?m)^[ \t>]*(?:-{2,}[ \t]*(?:Forwarded message|Original Message|Thư chuyển tiếp|Thư gốc"
    r"|Tin nhắn (?:đã )?chuyển tiếp)|Begin forwarded message:|Bắt đầu thư được chuyển tiếp:)",
    re.IGNORECASE,
)
_REACH: Final = 1000
"""Characters after the mark of a forwarded letter in which its sender must stand."""


def original_sender(letter: Letter) -> Address | None:
    """
    Whose letter this one forwards, when that is clear: one address, with the mark of a forwarded letter.

    Attached as a whole (message/rfc822) or quoted in the text; the subject must say that it is forwarded.
    """
    if not _FORWARD.match(letter.subject):
        return None
    for one in letter.attachments:
        if one.content_type == "message/rfc822":
            return _clear(parse_head(one.content, "forwarded").sender)
    mark = _MARK.search(letter.text)
    if mark is None:
        return None
    found = _FROM.search(letter.text, mark.end(), mark.end() + _REACH)
    addresses = headers.addresses([found[1].replace("*", "")]) if found else []
    return _clear(addresses[0]) if len(addresses) == 1 else None


def bare_subject(subject: str) -> str:
    """A subject without "Fwd:" and the like."""
    while prefix := _PREFIX.match(subject):
        subject = subject[prefix.end() :]
    return subject


def _clear(address: Address) -> Address | None:
    return address if re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", address.email) else None
