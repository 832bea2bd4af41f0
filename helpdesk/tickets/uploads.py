"""Files that a browser sent with a message: within limits, into the store, ready to be kept."""

from typing import Final

from litestar.datastructures import UploadFile

from helpdesk.core.config import config
from helpdesk.core.errors import Invalid
from helpdesk.core.keys import sign, unsign
from helpdesk.files import store
from helpdesk.i18n.catalogue import phrase
from helpdesk.tickets.said import File

MOST_FILES: Final = 5


async def keep(uploads: list[UploadFile], beside: int = 0) -> tuple[File, ...]:
    """The files, safe on disk. Raises Invalid (field `files`) for too many, with `beside`, or one that is too large."""
    if uploads and len(uploads) + beside > MOST_FILES:
        raise Invalid({"files": phrase("Send at most %(most)s files at once.", most=MOST_FILES)})
    kept = []
    for upload in uploads:
        content = await upload.read()
        if len(content) > config().upload_limit:
            most = config().upload_limit // 1024 // 1024
            raise Invalid(
                {"files": phrase("%(name)s is too large; the limit is %(most)s MB.", name=upload.filename, most=most)}
            )
        stored = await store.put(content)
        kept.append(
            File(stored.sha256, upload.filename, upload.content_type or "application/octet-stream", stored.size)
        )
    return tuple(kept)


def ticket_for(file: File) -> str:
    """What a form that comes back carries instead of the file, which no browser sends twice."""
    return sign("upload", [file.sha256, file.filename, file.content_type, file.size])


def again(tickets: list[str]) -> tuple[File, ...]:
    """The files of such tickets. Those that we did not make, or a day ago, are left out."""
    found = [unsign("upload", one, max_age=24 * 3600) for one in tickets[:MOST_FILES]]
    return tuple(File(*one) for one in found if isinstance(one, list))
