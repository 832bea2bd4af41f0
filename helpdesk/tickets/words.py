"""
Words in tickets, searched in the database itself: all of them, folded, newest ticket first.

SQLite keeps them in an FTS5 table, PostgreSQL in a tsvector column with a GIN index (migration 0005), by the
message's number, or with a minus by the ticket's for what stands in its fields; those of side conversations have
numbers of their own below zero. Text is folded by us, so both find
the same Vietnamese.
"""

import re
from collections.abc import Collection
from itertools import combinations
from typing import Final

from piccolo.columns.combination import WhereRaw

from helpdesk.core.db import IS_SQLITE, run_sql
from helpdesk.core.text import fold, without_links
from helpdesk.tickets.tables import Message, Ticket

_BESIDE: Final = 10**12
"""Numbers of messages beside a ticket lie below minus this, those of fields above it."""
_WORD: Final = re.compile(r"[^\W_]+")
MOST_CHARACTERS: Final = 50_000
"""Of one message; the rest of a longer one is not searched."""
MOST_WORDS: Final = 12
"""Of one query; more are passed over."""
MOST_ALIKE: Final = 6
"""Words by which tickets are found alike."""


async def keep(ticket: Ticket, message: Message) -> None:
    """Make a message findable, with its sender and the ticket's subject. In the caller's transaction."""
    text = f"{ticket.subject} {message.from_name} {message.from_email} {without_links(message.fresh)}"
    await _keep(message.id, ticket.id, text)


async def keep_fields(ticket: int, text: str) -> None:
    """Make a ticket findable, for agents, by its topic and fields (migration 0026). In the caller's transaction."""
    await forget([-ticket])
    if text:
        await _keep(-ticket, ticket, text)


async def keep_beside(message: int, ticket: int, text: str) -> None:
    """Make what stands in a side conversation findable, for agents, under a ticket. In the caller's transaction."""
    await forget_beside([message])
    await _keep(-_BESIDE - message, ticket, text)


async def move_beside(messages: Collection[int], ticket: int) -> None:
    """Let them be found under the ticket they are beside now. In the caller's transaction."""
    for message in messages:
        which = f"{'rowid' if IS_SQLITE else 'message'} = {{}}"
        await run_sql(f"UPDATE ticket_words SET ticket = {{}} WHERE {which}", ticket, -_BESIDE - message)  # noqa: S608


async def forget_beside(messages: Collection[int]) -> None:
    """Let them be found no more. In the caller's transaction."""
    await forget([-_BESIDE - one for one in messages])


async def _keep(number: int, ticket: int, text: str) -> None:
    folded = " ".join(_WORD.findall(fold(text[:MOST_CHARACTERS])))
    if IS_SQLITE:
        await run_sql("INSERT INTO ticket_words (rowid, ticket, words) VALUES ({}, {}, {})", number, ticket, folded)
    else:
        await run_sql(
            "INSERT INTO ticket_words (message, ticket, words) VALUES ({}, {}, to_tsvector('simple', {}))",
            number,
            ticket,
            folded,
        )


async def move(ticket: Ticket, message: Message) -> None:
    """Let a message be found under the ticket it belongs to now. In the caller's transaction."""
    await run_sql(f"DELETE FROM ticket_words WHERE {'rowid' if IS_SQLITE else 'message'} = {{}}", message.id)  # noqa: S608
    await keep(ticket, message)


async def forget(messages: Collection[int]) -> None:
    """Let messages be found no more. In the caller's transaction."""
    for message in messages:
        await run_sql(f"DELETE FROM ticket_words WHERE {'rowid' if IS_SQLITE else 'message'} = {{}}", message)  # noqa: S608


def alike(query: Collection[str]) -> WhereRaw | None:
    """
    The tickets in which one message has at least half of these folded words, and no fewer than two; None for no words.

    For agents: notes are looked at, too.
    """
    words = [word for word in query if _WORD.fullmatch(word)][:MOST_ALIKE]
    if not words:
        return None
    ways = combinations(words, min(len(words), max(2, -(-len(words) // 2))))
    if IS_SQLITE:
        matches = "words MATCH {}"
        wanted = " OR ".join("(" + " AND ".join(f'"{word}"' for word in way) + ")" for way in ways)
    else:
        matches, wanted = "words @@ to_tsquery('simple', {})", " | ".join("(" + " & ".join(way) + ")" for way in ways)
    return WhereRaw(f"ticket.id IN (SELECT ticket FROM ticket_words WHERE {matches})", wanted)  # noqa: S608


def found(query: str, *, with_notes: bool) -> WhereRaw | None:
    """
    The tickets in which one message has all words of `query`, the last one as a beginning; None for no words.

    Notes are looked at for agents only (`with_notes`): not even that a word stands in one may be learnt.
    """
    words = _WORD.findall(fold(query))[:MOST_WORDS]
    if not words:
        return None
    if IS_SQLITE:
        matches, wanted, message = "words MATCH {}", " ".join(f'"{word}"' for word in words) + "*", "rowid"
    else:
        matches, wanted, message = "words @@ to_tsquery('simple', {})", " & ".join(words) + ":*", "message"
    if not with_notes:
        matches += f" AND {message} IN (SELECT id FROM message WHERE kind = 'reply')"  # noqa: S608  # all of it is ours
    return WhereRaw(f"ticket.id IN (SELECT ticket FROM ticket_words WHERE {matches})", wanted)  # noqa: S608
