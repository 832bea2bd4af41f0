"""What is changed about people and their keys. The roles there are: roles.py."""

import asyncio
from collections.abc import Collection
from typing import Any, Final

from helpdesk.core.actor import Actor
from helpdesk.core.clock import now
from helpdesk.core.db import attempt, is_duplicate, locked, on_commit, transaction
from helpdesk.core.errors import Conflict, Forbidden, Invalid, NotFound
from helpdesk.core.keys import hash_password, is_password, new_token, token_hash
from helpdesk.core.text import email_key, fold, nfc
from helpdesk.events.record import record
from helpdesk.i18n.catalogue import phrase
from helpdesk.i18n.reader import LANGUAGES
from helpdesk.people import access, phones, queries, rules, sessions
from helpdesk.people.events import (
    AgentInvited,
    DepartmentsGiven,
    OrganisationTierChanged,
    PasswordChanged,
    PersonChanged,
    PersonJoined,
    PersonLeft,
    PersonReturned,
    RoleGiven,
    TierChanged,
    TokenMade,
    TokenRevoked,
)
from helpdesk.people.tables import ApiToken, Member, Organisation, Person, Role
from helpdesk.people.tiers import tiers

BAD_ADDRESS: Final = phrase("Write an address such as lan@example.vn.")
TAKEN_ADDRESS: Final = phrase("Somebody else has this address already.")
LAST_ADMINISTRATOR: Final = phrase("Somebody has to look after the desk: name another administrator first.")


async def recognise(name: str, email: str, *, lang: str = "vi") -> Actor:
    """
    Who writes from this address, as an actor; a new customer when we do not know it yet.

    Two letters that come in at once make one person. A name is taken over when we had none.
    Raises Invalid when nobody could be written to at that address.
    """
    known = await Person.select(Person.id, Person.name).where(Person.email_key == email_key(email)).first()
    person_id = known["id"] if known else await _join(name, email, lang)
    if known and name and not known["name"]:
        await learn_name(person_id, name)
    return await queries.writer_of(person_id)


async def add_person(
    actor: Actor,
    *,
    name: str,
    email: str,
    role: str = rules.CUSTOMER,
    lang: str = "vi",
    phone: str = "",
    organisation: str = "",
    notes: str = "",
    tier: str = "",
    departments: Collection[int] = (),
    invite: bool = False,
) -> int:
    """
    Add somebody, and with `invite` send them a link to choose a password.

    Agents may add customers. Raises Invalid for an address that will not do or is taken.
    """
    async with transaction():
        is_staff = await _is_staff(role)
        if not (access.may_manage(actor) or (actor.is_agent and not is_staff)):
            raise Forbidden()
        _check_address(email)
        person = Person(
            name=_name(name),
            email=nfc(email).strip(),
            email_key=email_key(email),
            phone=phone,
            words=rules.words_of(_name(name), email, phone),
            role=role,
            lang=lang if lang in LANGUAGES else "vi",
            organisation=await organisation_named(organisation),
            notes=notes,
            tier=await _tier(tier, ""),
            created_at=now(),
        )
        await _save_or_refuse(person, None)
        await phones.follow(person, "")
        for department in departments:
            await Member.insert(Member(person=person.id, department=department))
        await record(PersonJoined(actor=actor.id, person=person.id))
        if invite:
            await record(AgentInvited(actor=actor.id, person=person.id))
    return int(person.id)


async def change_person(
    actor: Actor,
    person_id: int,
    *,
    name: str | None = None,
    email: str | None = None,
    phone: str | None = None,
    lang: str | None = None,
    theme: str | None = None,
    organisation: str | None = None,
    notes: str | None = None,
    tier: str | None = None,
    organisation_tier: str | None = None,
) -> None:
    """
    Change what is known of somebody; None leaves a thing as it is.

    People change their own name, phone number, language and theme; agents also the address,
    organisation, tier and notes of customers, and the tier of the organisation that they belong to. A new address is
    unproved, and old links and browsers end.
    """
    async with transaction():
        person, is_staff = await _to_change(actor, person_id)
        if not access.may_change(actor, person_id, is_staff=is_staff):
            raise Forbidden()
        kept_by_others = any(one is not None for one in (email, organisation, notes, tier, organisation_tier))
        if kept_by_others and not access.may_keep(actor, is_staff=is_staff):
            raise Forbidden()
        given = {"name": name and _name(name), "phone": phone, "lang": lang, "theme": theme, "notes": notes}
        changed: dict[str, Any] = {field: value for field, value in given.items() if value is not None}
        if organisation is not None:
            changed["organisation"] = await organisation_named(organisation)
        if email is not None and email_key(email) != person.email_key:
            _check_address(email)
            changed |= {"email": nfc(email).strip(), "email_key": email_key(email), "email_confirmed_at": None}
            changed["link_version"] = person.link_version + 1
            await sessions.end_all(person_id)
        if tier is not None:
            changed["tier"] = await _tier(tier, person.tier)
        if organisation_tier is not None and person.organisation is not None:
            await _set_organisation_tier(actor, person.organisation, organisation_tier)
        ranked = (person.tier, person.organisation)
        before = person.phone
        for field, value in changed.items():
            setattr(person, field, value)
        await phones.follow(person, before)
        person.words = await phones.words_of(person)
        await _save_or_refuse(person, [*changed, "words"])
        await record(PersonChanged(actor=actor.id, person=person_id))
        if ranked != (person.tier, person.organisation):
            await record(TierChanged(actor=actor.id, person=person_id))
        on_commit(sessions.forget_all)


async def set_password(actor: Actor, person_id: int, password: str) -> None:
    """
    Give somebody a new password and sign them out everywhere; for administrators and the command line.

    Raises Invalid for one that is too short or too easy to guess.
    """
    if not access.may_manage(actor):
        raise Forbidden()
    hashed = await hash_of(person_id, password)
    async with transaction():
        await keep_password(actor.id, person_id, hashed)


async def change_password(actor: Actor, current: str, new: str) -> None:
    """Choose another password for oneself, knowing the current one if there is one. Ends all sessions."""
    row = await Person.select(Person.password).where(Person.id == (actor.id or 0)).first()
    if row is None or actor.id is None:
        raise NotFound()
    if row["password"] and not await asyncio.to_thread(is_password, row["password"], rules.as_typed(current)):
        raise Invalid({"current": phrase("That is not your current password.")})
    hashed = await hash_of(actor.id, new)
    async with transaction():
        await keep_password(actor.id, actor.id, hashed)


async def hash_of(person_id: int, password: str) -> str:
    """
    What is kept of a password, once it is good enough for this person. Takes a while, so no transaction waits for it.

    Raises Invalid for one that is too short or too easy to guess.
    """
    password = rules.as_typed(password)
    row = await Person.select(Person.email).where(Person.id == person_id).first()
    if row is None:
        raise NotFound()
    if trouble := rules.trouble_with_password(password, row["email"] or ""):
        raise Invalid({"password": trouble})
    return await asyncio.to_thread(hash_password, password)


async def keep_password(by: int | None, person_id: int, hashed: str) -> None:
    """Part of actions that have asked who may: `by` gives the person a password, older links and all sessions end."""
    person = await locked(Person.objects().where(Person.id == person_id)).first()
    if person is None:
        raise NotFound()
    person.password, person.link_version = hashed, person.link_version + 1
    await person.save([Person.password, Person.link_version])
    await sessions.end_all(person_id)
    await record(PasswordChanged(actor=by, person=person_id))


async def change_agent(
    actor: Actor,
    person_id: int,
    *,
    name: str,
    email: str,
    lang: str,
    role: str,
    departments: Collection[int],
    is_active: bool,
) -> None:
    """All that an administrator decides about somebody at the desk, or nothing of it when one part is refused."""
    async with transaction():
        await change_person(actor, person_id, name=name, email=email, lang=lang)
        await set_role(actor, person_id, role)
        await set_departments(actor, person_id, departments)
        await (reactivate if is_active else deactivate)(actor, person_id)


async def set_role(actor: Actor, person_id: int, role: str) -> None:
    """Give somebody another role; their browsers are signed out. Raises Invalid for the last administrator."""
    async with transaction():
        others = await _administrators_besides(person_id)
        person = await _to_manage(actor, person_id)
        await _is_staff(role)
        if person.role == role:
            return
        if person.role == rules.ADMIN and person.is_active and not others:
            raise Invalid({"role": LAST_ADMINISTRATOR})
        person.role, person.link_version = role, person.link_version + 1
        await person.save([Person.role, Person.link_version])
        await sessions.end_all(person_id)
        await record(RoleGiven(actor=actor.id, person=person_id, role=role))


async def set_departments(actor: Actor, person_id: int, departments: Collection[int]) -> None:
    """Say in which departments (ids) somebody works, all of them at once."""
    async with transaction():
        await _to_manage(actor, person_id)
        before = await Member.select(Member.department).where(Member.person == person_id)
        if {row["department"] for row in before} == set(departments):
            return
        await Member.delete().where(Member.person == person_id)
        for department in sorted(set(departments)):
            await Member.insert(Member(person=person_id, department=department))
        await record(DepartmentsGiven(actor=actor.id, person=person_id, departments=sorted(set(departments))))
        on_commit(sessions.forget_all)


async def deactivate(actor: Actor, person_id: int) -> None:
    """Let somebody in no more: browsers are signed out, links and keys for machines end. Nothing they wrote goes."""
    async with transaction():
        others = await _administrators_besides(person_id)
        person = await _to_manage(actor, person_id)
        if not person.is_active:
            return
        if person_id == actor.id:
            raise Invalid({"is_active": phrase("You cannot shut yourself out.")})
        if person.role == rules.ADMIN and not others:
            raise Invalid({"is_active": LAST_ADMINISTRATOR})
        person.is_active, person.link_version = False, person.link_version + 1
        await person.save([Person.is_active, Person.link_version])
        await ApiToken.delete().where(ApiToken.person == person_id)
        await sessions.end_all(person_id)
        await record(PersonLeft(actor=actor.id, person=person_id))


async def reactivate(actor: Actor, person_id: int) -> None:
    """Let somebody in again."""
    async with transaction():
        person = await _to_manage(actor, person_id)
        if person.is_active:
            return
        person.is_active = True
        await person.save([Person.is_active])
        await record(PersonReturned(actor=actor.id, person=person_id))
        on_commit(sessions.forget_all)


async def invite(actor: Actor, person_id: int) -> None:
    """Send somebody a link to choose their password, again if need be."""
    async with transaction():
        person = await _to_manage(actor, person_id)
        if not person.is_active or not person.email:
            raise Conflict(phrase("Nobody can be invited there: let them in first, and give them an address."))
        await record(AgentInvited(actor=actor.id, person=person_id))


async def make_token(actor: Actor, person_id: int, name: str) -> str:
    """
    A key for a machine that acts as this person: it is told here once and never again.

    For oneself, or for others by those who manage people; only for those who work at the desk.
    """
    async with transaction():
        person = await Person.select(Person.role).where((Person.id == person_id) & Person.is_active.eq(True)).first()
        if person is None:
            raise NotFound()
        if not await _is_staff(person["role"]) or not (access.may_manage(actor) or actor.id == person_id):
            raise Forbidden()
        token = new_token()
        row = ApiToken(person=person_id, name=name[:100], token_hash=token_hash(token), created_at=now())
        await row.save()
        await record(TokenMade(actor=actor.id, person=person_id, token=row.id))
    return token


async def revoke_token(actor: Actor, token_id: int) -> None:
    """End a key at once, wherever it is used."""
    async with transaction():
        token = await ApiToken.select(ApiToken.id, ApiToken.person).where(ApiToken.id == token_id).first()
        if token is None or not (token["person"] == actor.id or access.may_manage(actor)):
            raise NotFound()
        await ApiToken.delete().where(ApiToken.id == token_id)
        await record(TokenRevoked(actor=actor.id, person=token["person"], token=token_id))
        on_commit(sessions.forget_all)


async def organisation_named(name: str) -> int | None:
    """The organisation of this name, added when it is new; None for no name. Case and accents make no other one."""
    name = " ".join(nfc(name).split())[:200]
    if not name:
        return None
    await Organisation.insert(Organisation(name=name, name_key=fold(name)[:200], created_at=now())).on_conflict(
        target=Organisation.name_key, action="DO NOTHING"
    )
    row = await Organisation.select(Organisation.id).where(Organisation.name_key == fold(name)[:200]).first()
    return row["id"] if row else None


async def _tier(wanted: str, before: str, field: str = "tier") -> str:
    """A tier that may be given; the one they have stays, though it is on the list no more. Raises Invalid."""
    if wanted and wanted != before and wanted not in await tiers():
        raise Invalid({field: phrase("Choose one of the values offered.")})
    return wanted


async def _set_organisation_tier(actor: Actor, organisation_id: int, tier: str) -> None:
    row = await locked(Organisation.objects().where(Organisation.id == organisation_id)).first()
    if row is not None and row.tier != tier:
        row.tier = await _tier(tier, row.tier, "organisation_tier")
        await row.save([Organisation.tier])
        await record(OrganisationTierChanged(actor=actor.id, organisation=organisation_id))


async def _join(name: str, email: str, lang: str) -> int:
    """A new customer; the one whom somebody else added a moment ago when there is one."""
    _check_address(email)
    person = Person(
        name=_name(name),
        email=nfc(email).strip(),
        email_key=email_key(email),
        words=rules.words_of(_name(name), email, ""),
        lang=lang if lang in LANGUAGES else "vi",
        created_at=now(),
    )
    async with transaction():
        added = await (
            Person.insert(person).on_conflict(target=Person.email_key, action="DO NOTHING").returning(Person.id)
        )
        if added:
            await record(PersonJoined(actor=None, person=added[0]["id"]))
            return int(added[0]["id"])
        found = await queries.person_with(email)
    assert found is not None
    return found


async def learn_name(person_id: int, name: str) -> None:
    """Take over how somebody calls themselves when we had no name for them."""
    async with transaction():
        person = await locked(Person.objects().where(Person.id == person_id)).first()
        if person is not None and not person.name:
            person.name = _name(name)
            person.words = await phones.words_of(person)
            await person.save([Person.name, Person.words])


async def _to_change(actor: Actor, person_id: int) -> tuple[Person, bool]:
    """A person the actor may look up, kept from others until the commit, and whether they work at the desk."""
    person = await locked(Person.objects().where(access.visible_to(actor) & (Person.id == person_id))).first()
    if person is None:
        raise NotFound()
    role = await Role.select(Role.is_staff).where(Role.key == person.role).first()
    return person, bool(role and role["is_staff"])


async def _to_manage(actor: Actor, person_id: int) -> Person:
    _only_managers(actor)
    person, _ = await _to_change(actor, person_id)
    return person


def _only_managers(actor: Actor) -> None:
    if not access.may_manage(actor):
        raise Forbidden()


async def _is_staff(role: str) -> bool:
    """Whether people with this role work at the desk. Raises Invalid when there is no such role."""
    row = await Role.select(Role.is_staff).where(Role.key == role).first()
    if row is None:
        raise Invalid({"role": phrase("Choose one of the values offered.")})
    return bool(row["is_staff"])


async def _administrators_besides(person_id: int) -> list[Person]:
    """Who else could change the settings, kept as they are until the commit: two who leave at once wait in line."""
    administrators = await locked(
        Person.objects().where((Person.role == rules.ADMIN) & Person.is_active.eq(True)).order_by(Person.id)
    )
    return [person for person in administrators if person.id != person_id]


async def _save_or_refuse(person: Person, columns: list[Any] | None) -> None:
    """Save a person. Raises Invalid when the address is somebody else's."""
    try:
        async with attempt():
            await person.save(columns)
    except Exception as error:
        if is_duplicate(error):
            raise Invalid({"email": TAKEN_ADDRESS}) from None
        raise


def _check_address(email: str) -> None:
    if not rules.is_address(nfc(email).strip()):
        raise Invalid({"email": BAD_ADDRESS})


def _name(name: str) -> str:
    """A name on one line."""
    return " ".join(nfc(name).split())[:200]
