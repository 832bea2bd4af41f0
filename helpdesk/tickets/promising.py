"""
Which promise a ticket has, and why: the rules of `sla/choosing.py` asked about a ticket's own facts.

What is promised is kept with the ticket, so that a policy may change without changing what customers were told.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from helpdesk.core.errors import NotFound
from helpdesk.departments.queries import all_departments, department
from helpdesk.i18n.catalogue import gettext, phrase
from helpdesk.people.tables import Organisation, Person
from helpdesk.sla import promises, queries
from helpdesk.sla.choosing import FACTS, Choice
from helpdesk.sla.policy import Policy
from helpdesk.sla.promises import Promised
from helpdesk.tickets.tables import Ticket, TicketTag
from helpdesk.topics import queries as topics
from helpdesk.web import naming
from helpdesk.web.elements import priority_name

Why = Mapping[str, Collection[str]]
"""Which values of which facts made a rule fit; ids are written as text."""

REASONS: Final = {
    "department": phrase("department %(values)s"),
    "priority": phrase("priority %(values)s"),
    "tier": phrase("tier %(values)s"),
    "organisation": phrase("organisation %(values)s"),
    "topic": phrase("topic %(values)s"),
    "channel": phrase("channel %(values)s"),
    "tag": phrase("tag %(values)s"),
}
CHANNELS: Final = {
    "email": phrase("e-mail"),
    "web": phrase("web form"),
    "api": phrase("API"),
    "phone": phrase("telephone"),
}


async def terms(ticket: Ticket) -> Policy:
    """What was promised for a ticket; for one from before promises were kept, what its department promises."""
    if ticket.promise is not None:
        return (await promises.promised(ticket.promise)).terms
    return await queries.policy((await department(ticket.department)).policy)


async def choose(ticket: Ticket, tags: Collection[str] | None = None) -> bool:
    """
    Promise what the rules say for the ticket as it is now; whether that is another policy than before.

    A policy that it has already stays as it was promised. `tags` are those that it is about to have. The row is
    changed, not saved.
    """
    before = None if ticket.promise is None else await promises.promised(ticket.promise)
    choice = (await promises.chooser()).choose(await facts(ticket, tags), (await department(ticket.department)).policy)
    return await _promise(ticket, await promises.as_promised(choice, before), before)


async def renew(ticket: Ticket) -> bool:
    """
    Promise the policy that was promised as it is now; whether that is another version. Not saved either.

    One that is gone stays promised as it was.
    """
    if ticket.promise is None:
        return await choose(ticket)
    before = await promises.promised(ticket.promise)
    try:
        made = await promises.as_promised(Choice(before.policy, before.rule, before.why), None)
    except NotFound:
        return False
    return await _promise(ticket, made, before)


async def facts(ticket: Ticket, tags: Collection[str] | None = None) -> dict[str, Collection[str]]:
    """Those facts of a ticket that some rule asks for."""
    asks = (await promises.chooser()).asks
    known: dict[str, Collection[str]] = {
        "department": [str(ticket.department)],
        "priority": _priorities(ticket.priority),
        "channel": [ticket.channel],
        "topic": [] if ticket.topic is None else [str(ticket.topic)],
    }
    if asks & {"tier", "organisation"}:
        known |= await _customer(ticket.requester)
    if "tag" in asks:
        rows = TicketTag.select(TicketTag.name).where(TicketTag.ticket == ticket.id).order_by(TicketTag.id)
        known["tag"] = tags if tags is not None else [row["name"] for row in await rows]
    return known


async def asks(*wanted: str) -> bool:
    """Whether any rule names one of these facts."""
    return not (await promises.chooser()).asks.isdisjoint(wanted)


async def in_words(promise_id: int | None) -> tuple[str, str] | None:
    """The name of the policy that was promised, and why, in the reader's language; None where nothing is kept."""
    if promise_id is None:
        return None
    made = await promises.promised(promise_id)
    return made.name, (await reasons([made.why]))[0]


async def others(ticket: Ticket) -> list[tuple[str, str]]:
    """Every policy that fits the ticket as it is now, with why, the most specific first."""
    default = (await department(ticket.department)).policy
    fitting = (await promises.chooser()).all_fitting(await facts(ticket), default)
    policies = {one.id: one.name for one in await queries.policies()}
    whys = await reasons([one.why for one in fitting])
    return [(policies.get(one.policy, ""), why) for one, why in zip(fitting, whys, strict=True)]


async def reasons(whys: Sequence[Why]) -> list[str]:
    """Why each policy was chosen: "priority Urgent and tier VIP"; that it is the department's own, where nothing is."""
    names = await _names(whys)
    return [_reason(why, names) for why in whys]


async def organisation_names(ids: Collection[str]) -> dict[str, str]:
    """Their names, by id as text."""
    if not ids:
        return {}
    rows = await (
        Organisation.select(Organisation.id, Organisation.name)
        .where(Organisation.id.is_in([int(one) for one in ids]))
        .order_by(Organisation.id)
    )
    return {str(row["id"]): row["name"] for row in rows}


async def _names(whys: Sequence[Why]) -> dict[str, Mapping[str, str]]:
    """By fact, what its values are called in the reader's language; tiers and tags are called what they are."""
    return {
        "department": {str(one.id): one.name for one in await all_departments()},
        "topic": {str(one.id): one.name for one in await topics.topics()},
        "organisation": await organisation_names({one for why in whys for one in why.get("organisation", ())}),
        "channel": {key: str(name) for key, name in CHANNELS.items()},
    }


def _reason(why: Why, names: Mapping[str, Mapping[str, str]]) -> str:
    if not why:
        return gettext("the department's own policy")
    called = {fact: dict.fromkeys(_value(fact, value, names) for value in why[fact]) for fact in FACTS if fact in why}
    parts = [str(REASONS[fact]) % {"values": gettext(" or ").join(values)} for fact, values in called.items()]
    return gettext(" and ").join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def _value(fact: str, value: str, names: Mapping[str, Mapping[str, str]]) -> str:
    """What a value is called; a number for what is gone."""
    if fact == "priority":
        return priority_name(priority_now(value))
    return names[fact].get(value, f"#{value}") if fact in names else value


def priority_now(key: str) -> str:
    """The key of a priority, or of the one that took its place."""
    every = naming.current()
    return every.priority(key).key if key in every.priorities else key


def _priorities(key: str) -> list[str]:
    """The key of a priority, and of those that are gone whose place it took: rules may still name them."""
    gone = [one.key for one in naming.current().priorities.values() if one.is_gone]
    return [key, *(one for one in gone if priority_now(one) == key)]


async def _promise(ticket: Ticket, made: Promised, before: Promised | None) -> bool:
    if made != before:
        ticket.promise = await promises.keep(made)
    return before is None or (made.policy, made.targets) != (before.policy, before.targets)


async def _customer(person: int) -> dict[str, Collection[str]]:
    """The customer's organisation and tier; their own tier goes before that of the organisation."""
    row = await (
        Person.select(Person.tier, Person.organisation, Person.organisation.tier.as_alias("of_organisation"))
        .where(Person.id == person)
        .first()
    )
    if row is None:
        return {}
    tier = row["tier"] or row["of_organisation"]
    return {
        "tier": [tier] if tier else [],
        "organisation": [] if row["organisation"] is None else [str(row["organisation"])],
    }
