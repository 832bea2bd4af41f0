"""What is offered beside a ticket, and while an agent types: canned replies, articles, colleagues, tickets like it."""

from typing import Final

from litestar import Controller, get

from helpdesk.core.actor import VISITOR, Actor
from helpdesk.core.config import config
from helpdesk.core.text import fold
from helpdesk.departments.queries import colleagues
from helpdesk.search import queries as search
from helpdesk.tickets import queries, rules, words
from helpdesk.tickets.canned import queries as canned
from helpdesk.tickets.queries import QueueRow
from helpdesk.tickets.tables import Ticket
from helpdesk.web.actor import CurrentActor, FromPath, FromQuery
from helpdesk.web.render import Html, part

MOST: Final = 8
MOST_ARTICLES: Final = 5
MOST_ALIKE: Final = 4
LONGEST: Final = 200
"""Characters of a question that are read."""


class Suggestions(Controller):
    path = "/tickets/{ticket_id:int}/suggest"

    @get("/replies")
    async def replies(self, actor: CurrentActor, ticket_id: FromPath[int], q: FromQuery[str] = "") -> Html:
        ticket = await queries.ticket_facts(actor, ticket_id)
        values = await canned.values(actor, ticket)
        found = await canned.best(ticket, q[:LONGEST])
        return part(
            "tickets/canned/_options.html",
            found=[(one, canned.filled(one.body(ticket.lang), values)) for one in found if not one.is_act],
            ticket=ticket,
            people=await _names(),
        )

    @get("/articles")
    async def articles(self, actor: CurrentActor, ticket_id: FromPath[int], q: FromQuery[str] = "") -> Html:
        """What everybody may read; a link to what only agents see would lead its customer nowhere."""
        ticket = await queries.ticket_facts(actor, ticket_id)
        hits = await search.hits(VISITOR, q[:LONGEST], lang=ticket.lang, limit=MOST_ARTICLES) if q.strip() else []
        found = await search.rows(VISITOR, hits, q)
        links = [(row, f"{config().base_url}/{row.card.lang}{row.card.url}") for row in found]
        return part("tickets/canned/_articles.html", found=links)

    @get("/matching")
    async def matching(self, actor: CurrentActor, ticket_id: FromPath[int]) -> Html:
        """What may help with a ticket: articles and topics about its subject, and the newest tickets like it."""
        ticket = await queries.ticket_facts(actor, ticket_id)
        return part(
            "tickets/_matching.html",
            answers=await search.answers(actor, ticket.subject, lang=ticket.lang),
            alike=await _alike(actor, ticket.id, ticket.subject),
        )

    @get("/people")
    async def people(self, actor: CurrentActor, ticket_id: FromPath[int], q: FromQuery[str] = "") -> Html:
        await queries.ticket_facts(actor, ticket_id)
        return part("tickets/canned/_people.html", names=await _called(actor, q[:LONGEST]))


async def _alike(actor: Actor, ticket: int, subject: str) -> list[QueueRow]:
    """Tickets with the longest words of the subject, which mostly say the most."""
    shared = words.alike(sorted(rules.content_words(subject), key=lambda word: (-len(word), word)))
    if shared is None:
        return []
    return (await queries.listed(actor, shared & (Ticket.id != ticket), "updated", size=MOST_ALIKE)).items


async def _names() -> dict[str, str]:
    return {str(one.id): one.name for one in await colleagues()}


async def _called(actor: Actor, q: str) -> list[str]:
    """Colleagues whose name holds the words so far."""
    wanted = fold(q).split()
    named = [one.name for one in await colleagues() if one.id != actor.id]
    return [name for name in named if all(word in fold(name) for word in wanted)][:MOST]
