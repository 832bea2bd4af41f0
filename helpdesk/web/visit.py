"""What the frame of a page knows of the request it answers, set once by the door."""

from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from typing import Annotated, Any, Final, Literal

from msgspec import Meta, Struct, field

from helpdesk.core.actor import VISITOR, Actor
from helpdesk.settings.site import SiteSettings

FlashKind = Literal["ok", "warn", "danger"]
LocalPath = Annotated[str, Meta(pattern=r"^(/[a-z0-9-]+)*$")]
Flash = tuple[FlashKind, str, LocalPath]
"""What is said once, and where it is taken back, if it can be."""


class QueueLink(Struct, frozen=True):
    """One queue in the rail of the desk."""

    key: str
    icon: str
    title: str
    url: str
    count: int | None
    hot: bool = False


class Visit(Struct):
    """One request: who asks, for which path (without language prefix), in which language."""

    actor: Actor = VISITOR
    path: str = "/"
    lang: str = "vi"
    theme: str = "system"
    address: str = ""
    """The browser's IP address, as far as it can be believed."""
    site: SiteSettings = SiteSettings()
    flash: list[Flash] = field(default_factory=list)
    rail: list[QueueLink] = field(default_factory=list)
    """The queues beside every page of the desk."""
    troubles: list[Any] = field(default_factory=list)
    """What of the mail stands still, for the banner on every page of the desk."""
    away: frozenset[int] = frozenset()
    """Agents who get no tickets now."""
    is_for_all: bool = False
    """Whether the page answered looks the same to every visitor (`render.page_for_all`)."""
    each_time: Callable[[], Awaitable[None]] | None = None
    """What else happens whenever that page is read, such as counting it."""


NOBODY: Final = Visit()
visiting: ContextVar[Visit] = ContextVar("visiting", default=NOBODY)
