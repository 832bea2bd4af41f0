"""In whose name letters of a ticket are written, and where answers to them go."""

from helpdesk.core.config import config, secret_key
from helpdesk.core.errors import NotFound
from helpdesk.departments import queries as departments
from helpdesk.i18n.reader import Reader, reading_as
from helpdesk.mail import thread
from helpdesk.mail.reading.letter import Address
from helpdesk.settings.letters import SenderForm
from helpdesk.settings.site import SiteSettings
from helpdesk.tickets import private
from helpdesk.tickets.queries import TicketFacts
from helpdesk.web import naming


async def of_department(ticket: TicketFacts, reader: Reader, site: SiteSettings) -> Address:
    """The department's name and address, for what nobody in particular writes."""
    return Address(named("department", "", await department_name(ticket, reader), site.name), await address(ticket))


async def of_agent(agent: str, form: SenderForm, ticket: TicketFacts, reader: Reader, site: SiteSettings) -> Address:
    """The name that an agent's answer bears, as the settings want it."""
    return Address(named(form, agent, await department_name(ticket, reader), site.name), await address(ticket))


def named(form: SenderForm, agent: str, department: str, site: str) -> str:
    """ "Minh · Lúa", "Customer care · Lúa" or "Minh · Customer care"; nothing stands for a name that is not known."""
    parts = {"agent": (agent or department, site), "department": (department, site), "both": (agent, department)}
    return " · ".join(dict.fromkeys(part for part in parts[form] if part)) or site


async def department_name(ticket: TicketFacts, reader: Reader) -> str:
    """What the ticket's department is called in the reader's language; empty when it is gone."""
    try:
        return departments.name(await departments.department(ticket.department), reader.lang)
    except NotFound:
        return ""


def status_name(called: str, reader: Reader, *, for_customers: bool) -> str:
    """What a status is called in the reader's language; customers get the words for them."""
    one = naming.current().statuses[called]
    with reading_as(reader):
        return one.for_customers if for_customers else one.name


async def address(ticket: TicketFacts) -> str:
    """The address the customer wrote to, while it belongs to the ticket's department; else the department's own."""
    routed = await departments.department_for_address(ticket.mailbox) if ticket.mailbox else None
    if routed is not None and routed.department == ticket.department:
        return ticket.mailbox
    return (await departments.department(ticket.department)).address or await any_address()


async def any_address() -> str:
    """An address of ours, for letters that belong to no department."""
    addresses = [one.address for one in await departments.all_departments() if one.address]
    return addresses[0] if addresses else f"help@{config().mail_domain}"


async def answers_to(ticket: TicketFacts, agent: int | None = None) -> str:
    """The address whose letters continue the ticket; in letters to an agent, one of their own."""
    return thread.reply_address(await address(ticket), ticket.id, secret_key(), agent)


async def key_of(ticket: TicketFacts, *, is_shared: bool) -> str:
    """
    What makes the links of one letter private; empty for a letter that others read too (`is_shared`), since
    whoever has the key speaks as the requester.
    """
    return "" if is_shared else await private.new_key(ticket.id)


def page_of(ticket: TicketFacts, key: str = "", onward: str = "") -> str:
    """The request's page for its customer, private with a `key`."""
    return private.page_with(key, ticket.id, ticket.lang, onward)


def desk_page(ticket: int) -> str:
    return f"{config().base_url}/desk/tickets/{ticket}"
