"""What has happened to an article."""

from typing import ClassVar

from helpdesk.events.record import Event


class ArticleEvent(Event, frozen=True, kw_only=True):
    """Something that happened to an article."""

    ABOUT: ClassVar[str] = "article"

    article: int


class ArticleDrafted(ArticleEvent, frozen=True, kw_only=True):
    """Somebody began one, or fetched it back from the archive."""

    INTERNAL: ClassVar[bool] = True


class ArticleChanged(ArticleEvent, frozen=True, kw_only=True):
    """Its text or its place changed; `version` is the number of the newest one."""

    INTERNAL: ClassVar[bool] = True

    version: int


class ArticlePublished(ArticleEvent, frozen=True, kw_only=True):
    """From now on everybody may read it."""


class ArticleWithdrawn(ArticleEvent, frozen=True, kw_only=True):
    """It is a draft again, or was put away; `status` says which."""

    INTERNAL: ClassVar[bool] = True

    status: str


class ArticleRated(ArticleEvent, frozen=True, kw_only=True):
    """A reader said whether it helped."""

    INTERNAL: ClassVar[bool] = True

    is_helpful: bool


class CategoryChanged(Event, frozen=True, kw_only=True):
    """A shelf was made, named anew, moved or taken down."""

    ABOUT: ClassVar[str] = "category"
    INTERNAL: ClassVar[bool] = True

    category: int
