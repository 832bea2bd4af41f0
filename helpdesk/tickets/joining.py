"""Customers who let somebody else take part in their request."""

from helpdesk.core.actor import Actor
from helpdesk.core.db import transaction
from helpdesk.core.errors import Forbidden, Invalid
from helpdesk.core.text import email_key
from helpdesk.departments.queries import is_ours
from helpdesk.i18n.catalogue import phrase
from helpdesk.people.actions import recognise
from helpdesk.settings import store
from helpdesk.settings.joining import JoiningSettings
from helpdesk.tickets import access, actions, queries
from helpdesk.tickets.recipients import MOST
from helpdesk.tickets.tables import Participant


async def let_join(actor: Actor, ticket_id: int, email: str) -> None:
    """
    Let whoever has this address get copies of a request's answers and write on it; whoever does already goes on.

    Raises Forbidden for anybody but its requester, and where nobody takes part (`JoiningSettings.copies`);
    Invalid (field `email`) for the requester's own address, one of ours or a colleague's, and for too many.
    """
    async with transaction():
        ticket = await queries.get(actor, ticket_id, to_change=True)
        if not access.may_share(actor, ticket) or (await store.get(JoiningSettings)).copies == "nobody":
            raise Forbidden()
        if email_key(email) == email_key(actor.email):
            raise Invalid({"email": phrase("This is your own address.")})
        if await is_ours(email):
            raise Invalid({"email": phrase("This address cannot be added.")})
        person = await recognise("", email, lang=ticket.lang)
        if person.is_staff or person.id is None:
            raise Invalid({"email": phrase("This address cannot be added.")})
        if await Participant.count().where(Participant.ticket == ticket.id) >= MOST:
            raise Invalid({"email": phrase("At most %(most)s people can take part.", most=MOST)})
        await actions.add_participant(actor, ticket.id, person.id)
