"""What members change: asking, answering, saying what helped."""

from typing import Annotated, Final

from msgspec import Meta, Struct
from piccolo.custom_types import Combinable

from helpdesk.core.actor import Actor
from helpdesk.core.clock import now
from helpdesk.core.db import transaction
from helpdesk.core.errors import Conflict, Forbidden, Invalid
from helpdesk.core.markup import to_html, to_text
from helpdesk.core.text import slug
from helpdesk.events.record import record
from helpdesk.i18n.catalogue import phrase
from helpdesk.i18n.reader import Lang
from helpdesk.web.readings import Readings
from kb.articles.rules import title_key
from kb.forum import access, rules
from kb.forum.events import (
    AnswerAccepted,
    AnswerTakenBack,
    PostAdded,
    PostEdited,
    PostVoted,
    TopicStarted,
    VoteTakenBack,
)
from kb.forum.queries import post_to_change, topic_to_change
from kb.forum.tables import Board, Post, PostVote, Topic

Title = Annotated[str, Meta(min_length=8, max_length=150)]
Words = Annotated[str, Meta(min_length=2, max_length=30_000)]

readings: Final = Readings(Topic.views)


class Question(Struct, frozen=True, kw_only=True):
    """A topic as somebody begins it. `body` is Markdown; without `lang` the words tell the language."""

    title: Title
    body: Words
    board: int
    lang: Lang | None = None


async def start(actor: Actor, question: Question) -> int:
    """
    Begin a topic; its id.

    Raises Forbidden for visitors, and for customers where only staff begin; Invalid for a board that is not there.
    """
    async with transaction():
        board = await Board.select(Board.staff_only).where(Board.id == question.board).first()
        if board is None:
            raise Invalid({"board": phrase("There is no such board.")})
        must(access.may_start(actor, staff_only=board["staff_only"]))
        moment = now()
        topic = Topic(
            board=question.board,
            lang=question.lang or rules.lang_of(f"{question.title}\n{question.body}"),
            author=actor.id,
            last_author=actor.id,
            created_at=moment,
            active_at=moment,
        )
        _name(topic, question.title)
        await topic.save()
        first = _written(Post(topic=topic.id, author=actor.id, is_question=True, created_at=moment), question.body)
        await first.save()
        await record(TopicStarted(actor=actor.id, topic=topic.id, post=first.id))
    return int(topic.id)


async def post(actor: Actor, topic_id: int, body: str) -> int:
    """
    Answer in a topic; the post's id. `body` is Markdown.

    Raises Forbidden for visitors, and Conflict when the topic was locked in the meantime.
    """
    async with transaction():
        topic = await topic_to_change(actor, topic_id)
        must(actor.is_signed_in)
        if not access.may_post(actor, is_locked=topic.is_locked):
            raise Conflict(phrase("This topic was locked while you were writing."))
        moment = now()
        answer = _written(Post(topic=topic.id, author=actor.id, created_at=moment), body)
        await answer.save()
        topic.post_count += 1
        topic.active_at = moment
        topic.last_author = actor.id
        await topic.save([Topic.post_count, Topic.active_at, Topic.last_author])
        await record(PostAdded(actor=actor.id, topic=topic.id, post=answer.id))
    return int(answer.id)


async def edit(actor: Actor, post_id: int, body: str, *, title: str = "") -> None:
    """
    Give a post other words; for a question, `title` may change too (empty: it stays).

    Raises Forbidden once the time for it is over.
    """
    async with transaction():
        topic, post = await post_to_change(actor, post_id)
        must(
            access.may_edit(
                actor, author=post.author, created_at=post.created_at, is_locked=topic.is_locked, moment=now()
            )
        )
        _written(post, body)
        post.edited_at = now()
        await post.save([Post.body, Post.html, Post.text, Post.edited_at])
        if title and post.is_question:
            _name(topic, title)
            await topic.save([Topic.title, Topic.title_key, Topic.slug])
        await record(PostEdited(actor=actor.id, topic=topic.id, post=post.id))


async def accept(actor: Actor, post_id: int) -> None:
    """Say that this post is what helped, instead of any other. Raises Forbidden for all but asker and moderators."""
    async with transaction():
        topic, post = await post_to_change(actor, post_id)
        must(access.may_accept(actor, asker=topic.author))
        if post.is_question or post.is_hidden:
            raise Conflict(phrase("Only an answer that everybody sees can be accepted."))
        if topic.answer == post.id:
            return
        topic.answer = post.id
        await topic.save([Topic.answer])
        await record(AnswerAccepted(actor=actor.id, topic=topic.id, post=post.id))


async def take_back(actor: Actor, post_id: int) -> None:
    """Say that this post did not help after all; nothing happens when it is not the accepted one."""
    async with transaction():
        topic, post = await post_to_change(actor, post_id)
        must(access.may_accept(actor, asker=topic.author))
        if topic.answer != post.id:
            return
        topic.answer = None
        await topic.save([Topic.answer])
        await record(AnswerTakenBack(actor=actor.id, topic=topic.id, post=post.id))


async def vote(actor: Actor, post_id: int) -> None:
    """Find a post useful; once, however often it is said. Raises Forbidden for visitors and the author."""
    async with transaction():
        topic, post = await post_to_change(actor, post_id)
        must(access.may_vote(actor, author=post.author))
        if await PostVote.exists().where(_own_vote(actor, post_id)):
            return
        await PostVote.insert(PostVote(post=post.id, person=actor.id, voted_at=now()))
        await _count_votes(topic, post, +1)
        await record(PostVoted(actor=actor.id, topic=topic.id, post=post.id))


async def unvote(actor: Actor, post_id: int) -> None:
    """Take one's vote back; nothing happens when there is none."""
    async with transaction():
        topic, post = await post_to_change(actor, post_id)
        if not await PostVote.delete().where(_own_vote(actor, post_id)).returning(PostVote.id):
            return
        await _count_votes(topic, post, -1)
        await record(VoteTakenBack(actor=actor.id, topic=topic.id, post=post.id))


def must(allowed: bool) -> None:
    if not allowed:
        raise Forbidden()


def _name(topic: Topic, typed: str) -> None:
    """Give a topic its title, and all that follows from it."""
    topic.title = rules.title(typed)
    topic.title_key = title_key(topic.title)
    topic.slug = slug(topic.title, 80)


def _written(post: Post, body: str) -> Post:
    """A post with these words. Raises Invalid when nothing of them could be read."""
    post.body = body
    post.html = to_html(body, breaks=True)
    post.text = to_text(post.html, links=False)
    if not post.text:
        raise Invalid({"body": phrase("This cannot be left empty.")})
    return post


def _own_vote(actor: Actor, post_id: int) -> Combinable:
    return (PostVote.post == post_id) & (PostVote.person == (actor.id or 0))


async def _count_votes(topic: Topic, post: Post, change: int) -> None:
    post.votes += change
    await post.save([Post.votes])
    if post.is_question:
        topic.votes += change
        await topic.save([Topic.votes])
