"""
The letter within an opaquely signed one (S/MIME, RFC 8551, section 3.5.2), so that its words can be read.

Nobody's signature is checked here: the part stays among the files as it came, for programs that do.
"""

from typing import Final

KINDS: Final = frozenset(("application/pkcs7-mime", "application/x-pkcs7-mime"))
MAX_PIECES: Final = 100_000

_DATA: Final = bytes.fromhex("06092a864886f70d010701")
"""The object identifier id-data (RFC 5652, section 4), as it stands before what was signed."""
_OCTETS, _OCTETS_IN_PIECES, _EXPLICIT = 0x04, 0x24, 0xA0
_OPEN_ENDED: Final = -1


def signed_letter(content: bytes) -> bytes | None:
    """What was signed; None where it is encrypted, compressed or nothing of the kind."""
    at = content.find(_DATA, 0, 1000)
    if at < 0:
        return None
    tag, _, at = _header(content, at + len(_DATA))
    if tag != _EXPLICIT:
        return None
    tag, length, at = _header(content, at)
    if tag == _OCTETS and 0 <= length <= len(content) - at:
        return content[at : at + length]
    return _joined(content, at, length) if tag == _OCTETS_IN_PIECES else None


def _joined(content: bytes, at: int, length: int) -> bytes | None:
    """Octets that come in pieces, up to `length` or to the mark of an end."""
    end = len(content) if length == _OPEN_ENDED else min(at + length, len(content))
    pieces: list[bytes] = []
    while at < end and len(pieces) < MAX_PIECES:
        tag, size, at = _header(content, at)
        if tag != _OCTETS or not 0 <= size <= len(content) - at:
            break
        pieces.append(content[at : at + size])
        at += size
    return b"".join(pieces) or None


def _header(content: bytes, at: int) -> tuple[int, int, int]:
    """Tag, length and where the value begins (X.690, section 8.1); tag -1 where the bytes end."""
    if at + 2 > len(content):
        return -1, 0, at
    tag, first = content[at], content[at + 1]
    if first < 0x80:
        return tag, first, at + 2
    if first == 0x80:
        return tag, _OPEN_ENDED, at + 2
    after = at + 2 + (first & 0x7F)
    return tag, int.from_bytes(content[at + 2 : after], "big"), after
