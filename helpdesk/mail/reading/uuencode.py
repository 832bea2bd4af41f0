"""Files that stand uuencoded within the words of a letter, as programs sent them before MIME."""

import binascii
import re
from typing import Final

_BEGIN: Final = re.compile(r"begin(?:-base64)? [0-7]{3,4} (\S.{0,250})")


def uuencoded(text: str) -> tuple[str, list[tuple[str, bytes]]]:
    """The text without uuencoded files, and those files. A block that does not end or decode stays text."""
    if "begin" not in text:
        return text, []
    kept: list[str] = []
    files: list[tuple[str, bytes]] = []
    lines = text.split("\n")
    at = 0
    while at < len(lines):
        begin = _BEGIN.fullmatch(lines[at].rstrip())
        block = _block(lines, at + 1, base64="base64" in lines[at][:12]) if begin else None
        if begin and block:
            files.append((begin[1], block[0]))
            at = block[1]
        else:
            kept.append(lines[at])
            at += 1
    return "\n".join(kept), files


def _block(lines: list[str], at: int, *, base64: bool) -> tuple[bytes, int] | None:
    """The decoded lines up to the last one, and the number of the line after it; None where one is no uuencoding."""
    content: list[bytes] = []
    for number in range(at, len(lines)):
        if lines[number].strip() == ("====" if base64 else "end"):
            return b"".join(content), number + 1
        try:
            content.append(binascii.a2b_base64(lines[number], strict_mode=True) if base64 else _line(lines[number]))
        except (binascii.Error, ValueError):
            return None
    return None


def _line(line: str) -> bytes:
    """One line. Some programs miscount the padding of the last one, which Python refuses."""
    raw = line.encode("ascii")
    try:
        return binascii.a2b_uu(raw)
    except binascii.Error:
        if not raw or not 32 <= raw[0] <= 96:
            raise
        length = (((raw[0] - 32) & 63) * 4 + 5) // 3
        return binascii.a2b_uu(raw[:length])
