"""Customers for machines, with the key of an agent."""

from typing import Final

from litestar import Controller, get

from helpdesk.core.paging import Page
from helpdesk.people import queries
from helpdesk.people.queries import Customer
from helpdesk.web import guards
from helpdesk.web.actor import CurrentActor, FromQuery

MOST: Final = 100


class CustomersApi(Controller):
    path = "/customers"
    guards = [guards.agents_only]
    tags = ["Customers"]

    @get(summary="Customers by name, a page at a time")
    async def customers(
        self,
        actor: CurrentActor,
        email: FromQuery[str] = "",
        q: FromQuery[str] = "",
        after: FromQuery[str] = "",
        limit: FromQuery[int] = queries.PAGE_SIZE,
    ) -> Page[Customer]:
        """
        `email` is a whole address; `q` is part of a name (accents may be left out), an address or a phone number.

        `after` is the `next` of the page before; `limit` is 1 to 100.
        """
        return await queries.customers(actor, q=q, email=email, after=after, size=min(max(limit, 1), MOST))
