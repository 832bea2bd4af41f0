"""
Files from strangers, handed out so that a browser only ever saves them.

The one exception is a picture: its bytes say that it is one, and it is shown as what they say, never as
what its sender said.
"""

import re
from typing import Final
from urllib.parse import quote

from litestar.response import File

from helpdesk.files.store import path_of

PICTURES: Final = (
    (re.compile(rb"\x89PNG\r\n\x1a\n"), "image/png"),
    (re.compile(rb"\xff\xd8\xff"), "image/jpeg"),
    (re.compile(rb"GIF8[79]a"), "image/gif"),
    (re.compile(rb"RIFF....WEBP", re.DOTALL), "image/webp"),
)
"""How pictures begin that a browser draws without running anything in them. SVG is a document, not a picture."""
HEADERS: Final = {
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "private, max-age=86400",
}
_TYPE: Final = re.compile(r"[a-z0-9][a-z0-9.+-]{0,60}/[a-z0-9][a-z0-9.+-]{0,60}")
_UNWANTED: Final = re.compile(r"[\x00-\x1f\x7f/\\\u200e\u200f\u202a-\u202e\u2066-\u2069]+")


def download(sha256: str, filename: str, content_type: str = "") -> File:
    """
    The answer with the file whose SHA-256 this is. Raises NotFound when the store has none.

    Whether the reader may have it has been asked before.
    """
    path = path_of(sha256)
    with path.open("rb") as file:
        picture = picture_type(file.read(16))
    kind = picture or (content_type if _TYPE.fullmatch(content_type) else "application/octet-stream")
    disposition = content_disposition(filename, inline=bool(picture))
    return File(path, media_type=kind, headers={**HEADERS, "Content-Disposition": disposition})


def picture_type(beginning: bytes) -> str:
    """What kind of picture begins with these bytes; empty when none does."""
    return next((kind for pattern, kind in PICTURES if pattern.match(beginning)), "")


def content_disposition(filename: str, *, inline: bool = False) -> str:
    """The header's value, with the name twice: plain for old programs and in full (RFC 6266, RFC 8187)."""
    name = _UNWANTED.sub("_", filename).strip(". ")[:200] or "file"
    plain = re.sub(r'[^ -~]|["\\%;]', "_", name)
    kind = "inline" if inline else "attachment"
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
