"""What the composer offers while an agent types: canned replies, articles, colleagues, as options of a listbox."""

from typing import Final

from litestar import Controller, get

from helpdesk.core.actor import VISITOR, Actor
from helpdesk.core.config import config
from helpdesk.core.text import fold
from helpdesk.departments.queries import colleagues
from helpdesk.search import queries as search
from helpdesk.tickets import queries
from helpdesk.tickets.canned import queries as canned
from helpdesk.web.actor import CurrentActor, FromPath, FromQuery
from helpdesk.web.render import Html, part

MOST: Final = 8
MOST_ARTICLES: Final = 5
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

    @get("/people")
    async def people(self, actor: CurrentActor, ticket_id: FromPath[int], q: FromQuery[str] = "") -> Html:
        await queries.ticket_facts(actor, ticket_id)
        return part("tickets/canned/_people.html", names=await _called(actor, q[:LONGEST]))


async def _names() -> dict[str, str]:
    return {str(one.id): one.name for one in await colleagues()}


async def _called(actor: Actor, q: str) -> list[str]:
    """Colleagues whose name holds the words so far."""
    words = fold(q).split()
    named = [one.name for one in await colleagues() if one.id != actor.id]
    return [name for name in named if all(word in fold(name) for word in words)][:MOST]
