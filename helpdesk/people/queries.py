"""What is read about people."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
from msgspec import Struct
from piccolo.query.functions import Count

from helpdesk.core.actor import VISITOR, Actor
from helpdesk.core.errors import NotFound
from helpdesk.core.paging import Page, beyond, page_of
from helpdesk.core.text import email_key
from helpdesk.people import access, rules
from helpdesk.people.tables import ApiToken, Member, Person, Role, Session
from helpdesk.settings import store
from helpdesk.settings.site import SiteSettings

PAGE_SIZE: Final = 50


class Customer(Struct, frozen=True):
    """Someone who writes to us, as lists and the API show them."""

    id: int
    name: str
    email: str | None
    phone: str
    lang: str
    organisation: str | None
    tier: str
    """Their own, else that of their organisation; empty for none."""
    is_active: bool
    created_at: datetime


class Profile(Struct, frozen=True):
    """All we know of a person. `notes` are for agents."""

    id: int
    name: str
    email: str | None
    phone: str
    lang: str
    theme: str
    organisation: str | None
    tier: str
    organisation_tier: str | None
    notes: str
    role: str
    role_name: str
    is_staff: bool
    is_active: bool
    has_password: bool
    email_confirmed_at: datetime | None
    created_at: datetime
    seen_at: datetime | None

    @property
    def called(self) -> str:
        """What to call them: their name, or their address until we know it."""
        return self.name or self.email or ""


class Agent(Struct, frozen=True):
    """Someone who works at the desk. `departments` are ids."""

    id: int
    name: str
    email: str | None
    role: str
    role_name: str
    is_active: bool
    seen_at: datetime | None
    departments: list[int]


class RoleCard(Struct, frozen=True):
    """A role, what it may do, and how many people have it."""

    id: int
    key: str
    name: str
    is_staff: bool
    permissions: list[str]
    people: int

    @property
    def called(self) -> str:
        return rules.role_name(self.key, self.name)


class OpenSession(Struct, frozen=True):
    """One browser that is signed in; `is_this` is the one that asks."""

    id: int
    browser: str
    address: str
    created_at: datetime
    is_handheld: bool
    is_this: bool


class Token(Struct, frozen=True):
    """A key for a machine; the key itself is not kept."""

    id: int
    name: str
    created_at: datetime
    used_at: datetime | None


class Addressee(Struct, frozen=True):
    """Whom a letter is for, and in which language."""

    id: int
    name: str
    email: str
    lang: str


async def actor_of(person_id: int) -> Actor:
    """The person as the rules see them; a visitor when there is no such person or they may not come in any more."""
    actor, is_active = await _actor(person_id)
    return actor if is_active else VISITOR


async def writer_of(person_id: int) -> Actor:
    """The person who wrote a letter: one who may not come in any more still writes to us, as a customer does."""
    actor, is_active = await _actor(person_id)
    if is_active:
        return actor
    return msgspec.structs.replace(
        actor, role=rules.CUSTOMER, is_staff=False, permissions=frozenset(), departments=frozenset()
    )


async def actors_of(people: Collection[int]) -> dict[int, Actor]:
    """Those of them who may come in, as the rules see them."""
    return {person: actor for person, (actor, is_active) in (await _actors(people)).items() if is_active}


async def _actor(person_id: int) -> tuple[Actor, bool]:
    """The person with the permissions of their role, and whether they may come in."""
    return (await _actors([person_id])).get(person_id, (VISITOR, False))


async def _actors(people: Collection[int]) -> dict[int, tuple[Actor, bool]]:
    rows = await (
        Person.select(Person.id, Person.name, Person.email, Person.role, Person.lang, Person.theme, Person.is_active)
        .where(Person.id.is_in([*people] or [0]))
        .order_by(Person.id)
    )
    if not rows:
        return {}
    kinds = await (
        Role.select(Role.key, Role.is_staff, Role.permissions)
        .where(Role.key.is_in(sorted({row["role"] for row in rows})))
        .order_by(Role.id)
    )
    roles = {kind["key"]: kind for kind in kinds}
    departments = await _departments_of([row["id"] for row in rows])
    site = await store.get(SiteSettings)
    return {
        row["id"]: (
            Actor(
                id=row["id"],
                name=row["name"] or row["email"] or "",
                email=row["email"] or "",
                role=row["role"],
                is_staff=bool(role and role["is_staff"]),
                permissions=frozenset(_permissions(role["permissions"])) if role else frozenset(),
                departments=frozenset(departments.get(row["id"], ())),
                lang=row["lang"],
                tz=site.timezone,
                theme=row["theme"],
            ),
            row["is_active"],
        )
        for row in rows
        for role in [roles.get(row["role"])]
    }


async def customers(
    actor: Actor, *, q: str = "", email: str = "", after: str | None = None, size: int = PAGE_SIZE
) -> Page[Customer]:
    """
    Customers by name, a page at a time.

    `q` finds by name without accents, by part of an address, or by a phone number however it is
    written; `email` only whose address it is.
    """
    staff = [row["key"] for row in await Role.select(Role.key).where(Role.is_staff.eq(True))]
    wanted = access.visible_to(actor) & Person.role.not_in(staff)
    for word in rules.wanted_words(q):
        wanted &= Person.words.like(f"%{word}%")
    if email:
        wanted &= Person.email_key == email_key(email)
    if further := beyond(after, Person.words, Person.id):
        wanted &= further
    rows = await (
        Person.select(
            *(Person.id, Person.name, Person.email, Person.phone, Person.lang, Person.is_active, Person.created_at),
            *(Person.organisation.name.as_alias("organisation"), Person.words, Person.tier),
            Person.organisation.tier.as_alias("organisation_tier"),
        )
        .where(wanted)
        .order_by(Person.words, Person.id)
        .limit(size + 1)
    )
    page: Page[dict[str, Any]] = page_of(rows, size, lambda row: [row["words"], row["id"]])
    items = [{**row, "tier": row["tier"] or row["organisation_tier"] or ""} for row in page.items]
    return Page(msgspec.convert(items, list[Customer]), page.next)


async def customer(actor: Actor, person_id: int) -> Customer:
    """One of them, as lists show them. Raises NotFound."""
    found = await profile(actor, person_id)
    known = {name: getattr(found, name) for name in Customer.__struct_fields__}
    return Customer(**{**known, "tier": found.tier or found.organisation_tier or ""})


async def profile(actor: Actor, person_id: int) -> Profile:
    """Everything about one person. Raises NotFound for one the actor may not look up."""
    row = await (
        Person.select(
            *(Person.id, Person.name, Person.email, Person.phone, Person.lang, Person.theme, Person.notes),
            *(Person.organisation.name.as_alias("organisation"), Person.role, Person.password, Person.tier),
            Person.organisation.tier.as_alias("organisation_tier"),
            *(Person.is_active, Person.email_confirmed_at, Person.created_at, Person.seen_at),
        )
        .where(access.visible_to(actor) & (Person.id == person_id))
        .first()
    )
    if row is None:
        raise NotFound()
    role = await Role.select(Role.name, Role.is_staff).where(Role.key == row["role"]).first()
    return msgspec.convert(
        {
            **row,
            "role_name": rules.role_name(row["role"], role["name"] if role else row["role"]),
            "is_staff": bool(role and role["is_staff"]),
            "has_password": bool(row["password"]),
        },
        Profile,
    )


async def agents() -> list[Agent]:
    """Everyone who works at the desk, those who left included and last."""
    named = {row["key"]: row["name"] for row in await Role.select(Role.key, Role.name).where(Role.is_staff.eq(True))}
    rows = await (
        Person.select(Person.id, Person.name, Person.email, Person.role, Person.is_active, Person.seen_at)
        .where(Person.role.is_in(list(named)))
        .order_by(Person.is_active, ascending=False)
        .order_by(Person.words, Person.id)
    )
    departments = await _departments_of([row["id"] for row in rows])
    return [
        Agent(
            **row,
            role_name=rules.role_name(row["role"], named[row["role"]]),
            departments=departments.get(row["id"], []),
        )
        for row in rows
    ]


async def roles() -> list[RoleCard]:
    """Every role: administrator, agent, own ones, customer."""
    rows = await Role.select(Role.id, Role.key, Role.name, Role.is_staff, Role.permissions).order_by(Role.id)
    people = await _people_by_role()
    cards = [
        RoleCard(**{**row, "permissions": _permissions(row["permissions"])}, people=people.get(row["key"], 0))
        for row in rows
    ]
    return sorted(cards, key=lambda card: (not card.is_staff, card.id))


async def role(key: str) -> RoleCard:
    """One role. Raises NotFound."""
    found = [card for card in await roles() if card.key == key]
    if not found:
        raise NotFound()
    return found[0]


async def open_sessions(person_id: int, token_hash: str) -> list[OpenSession]:
    """The browsers a person is signed in with, newest first; `token_hash` is that of the browser that asks."""
    rows = await (
        Session.select(Session.id, Session.browser, Session.address, Session.created_at, Session.token_hash)
        .where(Session.person == person_id)
        .order_by(Session.id, ascending=False)
        .limit(PAGE_SIZE)
    )
    return [
        OpenSession(
            row["id"],
            rules.browser_name(row["browser"]),
            row["address"],
            row["created_at"],
            "Mobile" in row["browser"] or "iPhone" in row["browser"],
            row["token_hash"] == token_hash,
        )
        for row in rows
    ]


async def tokens(person_id: int) -> list[Token]:
    """A person's keys for machines, newest first."""
    rows = await (
        ApiToken.select(ApiToken.id, ApiToken.name, ApiToken.created_at, ApiToken.used_at)
        .where(ApiToken.person == person_id)
        .order_by(ApiToken.id, ascending=False)
    )
    return msgspec.convert(rows, list[Token])


async def addressees(people: Iterable[int]) -> list[Addressee]:
    """Those of `people` whom a letter can reach: they have an address and have not left."""
    rows = await (
        Person.select(Person.id, Person.name, Person.email, Person.lang)
        .where(Person.id.is_in(list(people) or [0]) & Person.is_active.eq(True) & Person.email.is_not_null())
        .order_by(Person.id)
    )
    return msgspec.convert(rows, list[Addressee])


async def person_with(email: str) -> int | None:
    """The id of whose address this is, however it is spelt; None when nobody's."""
    row = await Person.select(Person.id).where(Person.email_key == email_key(email)).first()
    return row["id"] if row else None


async def _departments_of(people: Sequence[int]) -> Mapping[int, list[int]]:
    found: dict[int, list[int]] = {}
    for row in await Member.select(Member.person, Member.department).where(Member.person.is_in(list(people) or [0])):
        found.setdefault(row["person"], []).append(row["department"])
    return found


async def _people_by_role() -> Mapping[str, int]:
    rows = await Person.select(Person.role, Count(Person.id, alias="n")).group_by(Person.role)
    return {row["role"]: row["n"] for row in rows}


def _permissions(stored: str) -> list[str]:
    return msgspec.json.decode(stored, type=list[str])
