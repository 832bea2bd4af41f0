"""What moderators change: hiding what harms, locking what is over, moving what stands wrong. All can be undone."""

from helpdesk.core.actor import Actor
from helpdesk.core.db import transaction
from helpdesk.core.errors import Conflict, Invalid
from helpdesk.events.record import Event, record
from helpdesk.i18n.catalogue import phrase
from kb.forum import access
from kb.forum.actions import must
from kb.forum.events import (
    AnswerTakenBack,
    PostHidden,
    PostShown,
    TopicHidden,
    TopicLocked,
    TopicMoved,
    TopicPinned,
    TopicShown,
    TopicUnlocked,
    TopicUnpinned,
)
from kb.forum.queries import post_to_change, topic_to_change
from kb.forum.tables import Board, Post, Topic


async def hide(actor: Actor, topic_id: int) -> None:
    """Let only moderators see a topic."""
    await _set(actor, topic_id, "is_hidden", True, TopicHidden(actor=actor.id, topic=topic_id))


async def show(actor: Actor, topic_id: int) -> None:
    await _set(actor, topic_id, "is_hidden", False, TopicShown(actor=actor.id, topic=topic_id))


async def lock(actor: Actor, topic_id: int) -> None:
    """Let only moderators answer in a topic."""
    await _set(actor, topic_id, "is_locked", True, TopicLocked(actor=actor.id, topic=topic_id))


async def unlock(actor: Actor, topic_id: int) -> None:
    await _set(actor, topic_id, "is_locked", False, TopicUnlocked(actor=actor.id, topic=topic_id))


async def pin(actor: Actor, topic_id: int) -> None:
    """Let a topic stand first in its board."""
    await _set(actor, topic_id, "is_pinned", True, TopicPinned(actor=actor.id, topic=topic_id))


async def unpin(actor: Actor, topic_id: int) -> None:
    await _set(actor, topic_id, "is_pinned", False, TopicUnpinned(actor=actor.id, topic=topic_id))


async def move(actor: Actor, topic_id: int, board_id: int) -> None:
    """Put a topic into another board. Raises Invalid for one that is not there."""
    async with transaction():
        topic = await topic_to_change(actor, topic_id)
        must(access.may_moderate(actor))
        if not await Board.exists().where(Board.id == board_id):
            raise Invalid({"board": phrase("There is no such board.")})
        if topic.board == board_id:
            return
        topic.board = board_id
        await topic.save([Topic.board])
        await record(TopicMoved(actor=actor.id, topic=topic_id, board=board_id))


async def hide_post(actor: Actor, post_id: int) -> None:
    """Let only moderators see a post; an accepted answer is none any more. Raises Conflict for a question."""
    async with transaction():
        topic, post = await post_to_change(actor, post_id)
        must(access.may_moderate(actor))
        if post.is_question:
            raise Conflict(phrase("A question is hidden with its whole topic."))
        if post.is_hidden:
            return
        post.is_hidden = True
        await post.save([Post.is_hidden])
        await _tally(topic)
        await record(PostHidden(actor=actor.id, topic=topic.id, post=post.id))
        if topic.answer == post.id:
            topic.answer = None
            await topic.save([Topic.answer])
            await record(AnswerTakenBack(actor=actor.id, topic=topic.id, post=post.id))


async def show_post(actor: Actor, post_id: int) -> None:
    async with transaction():
        topic, post = await post_to_change(actor, post_id)
        must(access.may_moderate(actor))
        if not post.is_hidden:
            return
        post.is_hidden = False
        await post.save([Post.is_hidden])
        await _tally(topic)
        await record(PostShown(actor=actor.id, topic=topic.id, post=post.id))


async def _set(actor: Actor, topic_id: int, column: str, value: bool, event: Event) -> None:
    """Turn one of a topic's switches, and tell; nothing happens when it stands so already."""
    async with transaction():
        topic = await topic_to_change(actor, topic_id)
        must(access.may_moderate(actor))
        if getattr(topic, column) == value:
            return
        setattr(topic, column, value)
        await topic.save([Topic._meta.get_column_by_name(column)])
        await record(event)


async def _tally(topic: Topic) -> None:
    """Count anew what shows of a topic, and when it was last answered."""
    seen = (Post.topic == topic.id) & Post.is_hidden.eq(False)
    topic.post_count = await Post.count().where(seen)
    newest = await Post.select(Post.author, Post.created_at).where(seen).order_by(Post.id, ascending=False).first()
    assert newest is not None, "a question never hides without its topic"
    topic.active_at, topic.last_author = newest["created_at"], newest["author"]
    await topic.save([Topic.post_count, Topic.active_at, Topic.last_author])
