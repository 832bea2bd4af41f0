"""Addresses that begin with a number and go on in words: `/help/articles/12-hoan-tien`. Only the number counts."""

import re
from typing import Final
from urllib.parse import urlencode

from litestar.response import Redirect
from litestar.status_codes import HTTP_301_MOVED_PERMANENTLY

from helpdesk.core.errors import NotFound
from helpdesk.web.language import localised

_NUMBER: Final = re.compile(r"(\d{1,9})(?:-.*)?")


def segment(number: int, slug: str) -> str:
    """The last part of such an address; the number alone where there are no words."""
    return f"{number}-{slug}" if slug else str(number)


def number_in(segment: str) -> int:
    """The number such a part begins with. Raises NotFound when it begins with none."""
    found = _NUMBER.fullmatch(segment)
    if found is None:
        raise NotFound()
    return int(found[1])


def moved(segment: str, path: str, **query: str) -> Redirect | None:
    """To `path` for good, when it does not end in `segment`: the words have changed since the link was made."""
    if path.endswith(f"/{segment}"):
        return None
    kept = {name: value for name, value in query.items() if value}
    return Redirect(localised(path) + (f"?{urlencode(kept)}" if kept else ""), status_code=HTTP_301_MOVED_PERMANENTLY)
