"""What has happened in the forum."""

from typing import ClassVar

from helpdesk.events.record import Event


class TopicEvent(Event, frozen=True, kw_only=True):
    """Something that happened to a topic."""

    ABOUT: ClassVar[str] = "topic"

    topic: int


class PostEvent(TopicEvent, frozen=True, kw_only=True):
    """Something that happened to one of its posts."""

    post: int


class TopicStarted(PostEvent, frozen=True, kw_only=True):
    """Somebody asked; `post` is the question."""


class PostAdded(PostEvent, frozen=True, kw_only=True):
    """Somebody answered."""


class PostEdited(PostEvent, frozen=True, kw_only=True):
    """Other words, and for a question perhaps another title."""


class AnswerAccepted(PostEvent, frozen=True, kw_only=True):
    """This post is what helped."""


class AnswerTakenBack(PostEvent, frozen=True, kw_only=True):
    """It did not help after all, or is hidden now."""


class PostVoted(PostEvent, frozen=True, kw_only=True):
    """Somebody found a post useful."""


class VoteTakenBack(PostEvent, frozen=True, kw_only=True):
    """Somebody thinks otherwise now."""


class PostHidden(PostEvent, frozen=True, kw_only=True):
    """Only moderators see this post now."""

    INTERNAL: ClassVar[bool] = True


class PostShown(PostEvent, frozen=True, kw_only=True):
    """Everybody sees this post again."""


class TopicHidden(TopicEvent, frozen=True, kw_only=True):
    """Only moderators see this topic now."""

    INTERNAL: ClassVar[bool] = True


class TopicShown(TopicEvent, frozen=True, kw_only=True):
    """Everybody sees this topic again."""


class TopicLocked(TopicEvent, frozen=True, kw_only=True):
    """Nobody but moderators can answer any more."""


class TopicUnlocked(TopicEvent, frozen=True, kw_only=True):
    """Everybody can answer again."""


class TopicPinned(TopicEvent, frozen=True, kw_only=True):
    """It stands first in its board."""


class TopicUnpinned(TopicEvent, frozen=True, kw_only=True):
    """It stands among the others again."""


class TopicMoved(TopicEvent, frozen=True, kw_only=True):
    """It stands in another board now."""

    board: int


class TopicPromoted(TopicEvent, frozen=True, kw_only=True):
    """An article was made of it, a draft at first."""

    INTERNAL: ClassVar[bool] = True

    article: int


class BoardChanged(Event, frozen=True, kw_only=True):
    """A board was made, named anew, moved or taken down."""

    ABOUT: ClassVar[str] = "board"
    INTERNAL: ClassVar[bool] = True

    board: int
