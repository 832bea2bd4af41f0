"""From a topic to an article: what one asker learnt, written down once for everybody."""

from typing import Final

from msgspec import Struct

from helpdesk.core.actor import Actor
from helpdesk.core.db import transaction
from helpdesk.core.errors import Conflict
from helpdesk.events.record import record
from helpdesk.i18n.catalogue import gettext, phrase
from helpdesk.i18n.reader import Reader, reading_as
from kb.articles import actions as articles
from kb.articles.access import visible_to
from kb.articles.actions import Draft
from kb.articles.rules import path
from kb.articles.tables import Article
from kb.forum import access
from kb.forum.actions import must
from kb.forum.events import TopicPromoted
from kb.forum.queries import PostRead, TopicRead, post, question, topic_to_change
from kb.forum.tables import Topic

NAMELESS: Final = phrase("Somebody")
"""What a member without a name is called: never by an address."""


class ArticleLink(Struct, frozen=True):
    """The article that a topic became."""

    title: str
    path: str


async def draft(actor: Actor, topic: TopicRead) -> Draft:
    """What to begin an article of a topic with."""
    answer = await post(actor, topic.answer) if topic.answer else None
    return draft_of(topic, await question(topic.id), answer)


def draft_of(topic: TopicRead, question: PostRead, answer: PostRead | None) -> Draft:
    """
    A first draft of an article: the accepted answer under the question it answers, with thanks to both.

    Without an accepted answer there is only the question; whoever writes knows the rest.
    """
    asked = "\n".join(f"> {line}".rstrip() for line in question.body.splitlines())
    with reading_as(Reader(topic.lang)):
        thanks = _thanks(question, answer)
    parts = [asked, *([answer.body] if answer else []), f"*{thanks}*"]
    return Draft(title=topic.title, body="\n\n".join(parts), lang=topic.lang)


async def promote(actor: Actor, topic_id: int, draft: Draft) -> int:
    """
    Make an article of a topic; the article's id.

    Raises Forbidden for those who may not moderate or not write, Conflict for a topic that is one already.
    """
    async with transaction():
        topic = await topic_to_change(actor, topic_id)
        must(access.may_promote(actor))
        if topic.article is not None:
            raise Conflict(phrase("Somebody has made an article of this topic already."))
        topic.article = await articles.create(actor, draft)
        await topic.save([Topic.article])
        await record(TopicPromoted(actor=actor.id, topic=topic.id, article=topic.article))
    return int(topic.article)


async def article_of(actor: Actor, topic: TopicRead) -> ArticleLink | None:
    """The article a topic became, as far as the actor may read it."""
    if topic.article is None:
        return None
    row = await (
        Article.select(Article.id, Article.title, Article.slug)
        .where((Article.id == topic.article) & visible_to(actor))
        .first()
    )
    return ArticleLink(row["title"], path(row["id"], row["slug"])) if row else None


def _thanks(question: PostRead, answer: PostRead | None) -> str:
    asker = question.author_name or str(NAMELESS)
    if answer is None:
        return gettext("From the community: asked by %(asker)s.", asker=asker)
    helper = answer.author_name or str(NAMELESS)
    return gettext("From the community: asked by %(asker)s, answered by %(helper)s.", asker=asker, helper=helper)
