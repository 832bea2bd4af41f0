"""What readers tell us: whether an article helped, by reading it at all, and by asking after they searched."""

import hashlib
from typing import Final

from helpdesk.core.actor import Actor
from helpdesk.core.clock import now
from helpdesk.core.config import secret_key
from helpdesk.core.db import locked, transaction
from helpdesk.core.errors import NotFound
from helpdesk.events.record import record
from helpdesk.tickets.events import TicketOpened
from helpdesk.tickets.tables import Ticket
from helpdesk.web.readings import Readings
from kb.articles import access
from kb.articles.events import ArticleRated
from kb.articles.rules import Reason
from kb.articles.tables import Article, ArticleFeedback, SearchGap

SEARCHED: Final = "search:"
"""How `Ticket.came_from` begins for those who searched before they asked."""


readings: Final = Readings(Article.views)


async def rate(
    actor: Actor, article_id: int, reader: str, *, is_helpful: bool, reason: Reason = "", comment: str = ""
) -> None:
    """
    Keep one reader's word on an article; a second one takes the place of the first.

    `reader` is `reader_key` of whoever says it. Raises NotFound for an article they may not see.
    """
    async with transaction():
        article = await locked(Article.objects().where((Article.id == article_id) & access.visible_to(actor))).first()
        if article is None:
            raise NotFound()
        word = await ArticleFeedback.objects().get_or_create(
            (ArticleFeedback.article == article_id) & (ArticleFeedback.reader == reader),
            {ArticleFeedback.is_helpful: is_helpful, ArticleFeedback.given_at: now()},
        )
        if not word._was_created:
            _add(article, word.is_helpful, -1)
        _add(article, is_helpful, +1)
        word.is_helpful, word.given_at = is_helpful, now()
        word.reason, word.comment = ("", "") if is_helpful else (reason, comment)
        await word.save()
        await article.save([Article.helpful, Article.unhelpful])
        await record(ArticleRated(actor=actor.id, article=article_id, is_helpful=is_helpful))


def reader_key(actor: Actor, address: str, browser: str) -> str:
    """
    Who rates: a person, or a visitor by address and browser, for a day.

    Of visitors only a hash is kept, of which nobody without our key finds the address again.
    """
    if actor.id is not None:
        return f"person:{actor.id}"
    seen = f"{now():%Y-%m-%d} {address} {browser}"
    return hashlib.blake2b(seen.encode(), key=secret_key().encode()[:64], digest_size=32).hexdigest()


async def count_gap(event: TicketOpened) -> None:
    """Note what somebody searched for in vain before they asked: the writers' to-do."""
    row = await Ticket.select(Ticket.came_from).where(Ticket.id == event.ticket).first()
    if row is None or not row["came_from"].startswith(SEARCHED):
        return
    async with transaction():
        if not await SearchGap.exists().where(SearchGap.ticket == event.ticket):
            query = row["came_from"].removeprefix(SEARCHED)
            await SearchGap.insert(SearchGap(query=query, ticket=event.ticket, happened_at=now()))


def _add(article: Article, is_helpful: bool, count: int) -> None:
    if is_helpful:
        article.helpful += count
    else:
        article.unhelpful += count
