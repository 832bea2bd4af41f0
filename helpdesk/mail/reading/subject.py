"""
Subjects: the number of a ticket in them, and what they say without the marks that programs put before them.

A number in a subject proves nothing by itself, since anybody can count. It only says where to ask.
"""

import re
from typing import Final

MOST_NUMBERS: Final = 5
"""Numbers of one subject that are looked at."""
LONGEST_LOOK: Final = 1000
"""Characters of a subject that are looked through."""

_NO_WORD_BEFORE: Final = r"(?<![^\W_])"
_NO_WORD_AFTER: Final = r"(?![^\W_])"
_TAG: Final = re.compile(rf"{_NO_WORD_BEFORE}\[(?:[^\[\]#]{{0,60}}[\s:–-])?#(\d{{1,12}})\]{_NO_WORD_AFTER}")
_NAMED: Final = re.compile(
    rf"{_NO_WORD_BEFORE}(?:ticket|request|case|yêu cầu|phiếu)\s{{0,3}}(?:số\s{{0,3}}|no\.?\s{{0,3}})?[:：]?\s{{0,3}}"
    rf"#(\d{{1,12}}){_NO_WORD_AFTER}(?![.,]\d)",
    re.IGNORECASE,
)
_PREFIX: Final = re.compile(
    r"\s*(?:re|aw|antw|sv|vs|odp|ynt|rif|ref|res|fwd?|wg|tr|rv|enc|trả lời|tra loi|tl|phúc đáp|chuyển tiếp|chuyen tiep"
    r"|ct|回复|答复|回覆|转发|返信|転送)\s*(?:\[\d{1,3}\]|\(\d{1,3}\)|\^\d{1,3})?\s*[:：]\s*",
    re.IGNORECASE,
)


def numbers(subject: str) -> list[int]:
    """
    The ticket numbers that a subject names, in their order, each once.

    In our own tag, `[#7]` or `[Lúa #7]`, or in words, `ticket #7`, `yêu cầu #7`; never within a longer word.
    """
    looked = subject[:LONGEST_LOOK]
    found = sorted([*_TAG.finditer(looked), *_NAMED.finditer(looked)], key=lambda one: one.start())
    return list(dict.fromkeys(int(one[1]) for one in found))[:MOST_NUMBERS]


def untagged(subject: str) -> str:
    """A subject without our tags."""
    return " ".join(_TAG.sub(" ", subject).split())


def bare(subject: str) -> str:
    """A subject without our tags and without "Re:", "Fwd:", "Trả lời:" and the like before it."""
    subject = untagged(subject)
    while (prefix := _PREFIX.match(subject)) and prefix.end():
        subject = subject[prefix.end() :]
    return subject.strip()


def answer(subject: str, number: int | None) -> str:
    """The subject of a letter of ours that answers one; with the ticket's `number` in a tag, if there is to be one."""
    tag = f"[#{number}] " if number else ""
    return f"Re: {tag}{bare(subject)}"
