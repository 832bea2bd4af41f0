"""
Whether a letter only says that ours has come: what help desks write by themselves to whoever asks them something. Pure.

They mark their agents' answers as a machine's, too, so the marks alone do not tell; the words have to say both that
the letter has come and that an answer is still to come.
"""

from typing import Final

from helpdesk.mail.machines.reasons import any_of

MOST: Final = 1500
"""Characters that are looked at: such letters are short, and begin with it."""

_IT: Final = r"(?:e-?mail|message|request|enquiry|inquiry|ticket|case|letter|query)"
_CA: Final = r"(?:yêu cầu|thư|email|phản ánh|thông tin|phiếu|liên hệ)"
_COME: Final = any_of(
    rf"\bwe(?:'ve| have)? (?:just )?(?:successfully )?(?:received|got|logged|registered)\b.{{0,30}}\b{_IT}\b",
    rf"\b{_IT}\b.{{0,60}}\b(?:has been|was|have been) (?:successfully )?(?:received|created|logged|registered)\b",
    r"\b(?:a|new) (?:support )?(?:ticket|case|request) has been (?:created|opened)\b",
    rf"\b(?:đã|vừa) (?:nhận|tiếp nhận|ghi nhận|tạo)(?: được)?\b.{{0,60}}\b{_CA}\b",
    rf"\b{_CA}\b.{{0,60}}\b(?:đã|vừa) được (?:tiếp nhận|ghi nhận|tạo)\b",
    r"\bhaben (?:ihre|deine) (?:anfrage|nachricht|e-?mail) erhalten\b|\bavons bien reçu\b|\bhemos recibido (?:su|tu)\b",
)
_WAIT: Final = any_of(
    r"\b(?:will|shall)\b.{0,20}\b(?:get back|respond|reply|answer|contact|review|be in touch|follow up)\b",
    r"\b(?:being|to be) (?:reviewed|processed)\b|\bas soon as possible\b|\bshortly\b",
    r"\bwithin (?:the next )?(?:\d{1,3}|one|two|a few) (?:working |business )?(?:hours?|days?|minutes?)\b",
    r"\b(?:phản hồi|trả lời|liên hệ|xử lý|giải quyết)\b.{0,40}\b(?:trong (?:vòng|thời gian)|sớm)",
    r"\bsẽ (?:sớm )?(?:phản hồi|trả lời|liên hệ)\b|\bsớm nhất\b",
    r"\b(?:in kürze|schnellstmöglich|dans les meilleurs délais|lo antes posible)\b",
)


def is_one(text: str) -> bool:
    """Whether these new words of a letter with the marks of a program only confirm that ours has come."""
    begin = " ".join(text[:MOST].split())
    return bool(_COME.search(begin)) and bool(_WAIT.search(begin))
