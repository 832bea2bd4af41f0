"""How often one address may try something. Counted in this process; a restart forgives."""

from collections import defaultdict, deque
from datetime import datetime, timedelta
from typing import Final

from helpdesk.core.clock import now
from helpdesk.core.errors import TooMany
from helpdesk.i18n.catalogue import phrase

_tries: Final[defaultdict[str, deque[datetime]]] = defaultdict(deque)
_MOST_KEYS: Final = 50_000


def limit(what: str, who: str, *, most: int, seconds: int) -> None:
    """Count one try of `what` by `who`. Raises TooMany after `most` within `seconds`."""
    if len(_tries) > _MOST_KEYS:
        _tries.clear()
    moment, tries = now(), _tries[f"{what} {who}"]
    while tries and tries[0] <= moment - timedelta(seconds=seconds):
        tries.popleft()
    if len(tries) >= most:
        wait = int((tries[0] + timedelta(seconds=seconds) - moment).total_seconds()) + 1
        raise TooMany(phrase("That was a bit too fast. Try again in %(wait)s seconds.", wait=wait), wait)
    tries.append(moment)


def forgive(what: str, who: str) -> None:
    """Forget the tries of `what` by `who`, after one that was right."""
    _tries.pop(f"{what} {who}", None)


def forgive_all() -> None:
    _tries.clear()
