"""Files under `static/`, read once into memory with a compressed twin, kept by browsers for a year."""

import gzip
import mimetypes
from pathlib import Path
from typing import Final

from litestar.types import HTTPScope, Send
from msgspec import Struct

from helpdesk.core.config import ROOT

COMPRESSED_ALREADY: Final = frozenset({".woff2", ".png", ".jpg", ".webp"})
FOREVER: Final = b"public, max-age=31536000, immutable"
"""For addresses with the hash of the content in them (`?v=`)."""
FOR_A_WHILE: Final = b"public, max-age=3600"


class _File(Struct, frozen=True):
    content_type: bytes
    plain: bytes
    gzipped: bytes


class Statics:
    """Answers for `/static/…`. Only names that existed at the start are known, so no path can lead outside."""

    def __init__(self, folder: Path = ROOT / "static") -> None:
        self._files = {
            f"/static/{path.relative_to(folder).as_posix()}": _load(path)
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        }

    async def __call__(self, scope: HTTPScope, send: Send) -> None:
        file = self._files.get(scope["path"])
        if file is None or scope["method"] not in {"GET", "HEAD"}:
            await send({"type": "http.response.start", "status": 404, "headers": [(b"content-length", b"0")]})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
            return
        takes_gzip = any(name == b"accept-encoding" and b"gzip" in value for name, value in scope["headers"])
        body = file.gzipped if takes_gzip and file.gzipped else file.plain
        headers = [
            (b"content-type", file.content_type),
            (b"content-length", str(len(body)).encode()),
            (b"cache-control", FOREVER if scope["query_string"].startswith(b"v=") else FOR_A_WHILE),
            (b"vary", b"Accept-Encoding"),
            (b"x-content-type-options", b"nosniff"),
        ]
        if body is not file.plain:
            headers.append((b"content-encoding", b"gzip"))
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send(
            {"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body, "more_body": False}
        )


def _load(path: Path) -> _File:
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    if kind.startswith("text/") or kind.endswith(("javascript", "json", "xml")):
        kind += "; charset=utf-8"
    plain = path.read_bytes()
    small = b"" if path.suffix in COMPRESSED_ALREADY else gzip.compress(plain, 9, mtime=0)
    return _File(kind.encode(), plain, small)
