"""Customers for machines, with the key of an agent."""

from typing import Annotated, Final

from litestar import Controller, get, patch
from litestar.params import JSONBody
from msgspec import UNSET, Meta, Struct, UnsetType

from helpdesk.core.paging import Page
from helpdesk.people import actions, queries
from helpdesk.people.queries import Customer
from helpdesk.people.tiers import LONGEST
from helpdesk.web import guards
from helpdesk.web.actor import CurrentActor, FromPath, FromQuery

MOST: Final = 100


class CustomerChanges(Struct, frozen=True):
    """
    What to change; what is left out stays. An empty text takes the thing away.

    `tier` is the customer's own, `organisation_tier` that of the organisation that they belong to.
    """

    organisation: Annotated[str, Meta(max_length=200)] | UnsetType = UNSET
    tier: Annotated[str, Meta(max_length=LONGEST)] | UnsetType = UNSET
    organisation_tier: Annotated[str, Meta(max_length=LONGEST)] | UnsetType = UNSET


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

    @patch("/{person_id:int}", summary="What a customer is to us")
    async def change(self, actor: CurrentActor, person_id: FromPath[int], data: JSONBody[CustomerChanges]) -> Customer:
        """Where they belong, and their tier. Their open tickets get the promise that is made to them then."""
        await actions.change_person(
            actor,
            person_id,
            organisation=None if data.organisation is UNSET else data.organisation,
            tier=None if data.tier is UNSET else data.tier,
            organisation_tier=None if data.organisation_tier is UNSET else data.organisation_tier,
        )
        return await queries.customer(actor, person_id)
