"""
Telephone numbers of people: several for each, kept in E.164, so that a caller is found however the number is written.

`Person.phone` is the one they are asked for first, as it was typed; what can be read of it stands here, too.
"""

from contextlib import suppress
from typing import Final

from msgspec import Struct

from helpdesk.core.actor import Actor
from helpdesk.core.clock import now
from helpdesk.core.db import locked, transaction
from helpdesk.core.errors import Conflict, Forbidden, Invalid, NotFound
from helpdesk.core.phone import e164, written
from helpdesk.core.prepared import Prepared
from helpdesk.events.record import record
from helpdesk.i18n.catalogue import phrase
from helpdesk.jobs.queue import enqueue
from helpdesk.people import access, rules
from helpdesk.people.events import PersonJoined, PhoneAdded, PhoneRemoved
from helpdesk.people.tables import Person, PersonPhone, Role
from helpdesk.settings import store
from helpdesk.settings.site import SiteSettings

MOST: Final = 10
"""Numbers of one person."""
MOST_CALLERS: Final = 10
"""People with the same number that are offered."""
AT_ONCE: Final = 200
"""People whose numbers are taken over in one transaction."""
BAD_NUMBER: Final = phrase("Write a telephone number such as 0901 234 567 or +84 901 234 567.")

_NUMBERS: Final = Prepared(
    lambda person: (
        PersonPhone.select(PersonPhone.id, PersonPhone.number)
        .where(PersonPhone.person == person)
        .order_by(PersonPhone.id)
    )
)


class Phone(Struct, frozen=True):
    """A number; `written` is how people of the site's country write it."""

    id: int
    number: str
    written: str


class Caller(Struct, frozen=True):
    """Somebody who has the number of a call."""

    id: int
    name: str
    email: str | None

    @property
    def called(self) -> str:
        return self.name or self.email or f"#{self.id}"


async def country() -> str:
    """Whose numbers are written without the country's code."""
    return (await store.get(SiteSettings)).country


async def read(typed: str) -> str:
    """A number in E.164. Raises Invalid (field `number`) for what is none."""
    if not (number := e164(typed, await country())):
        raise Invalid({"number": BAD_NUMBER})
    return number


async def of(person_id: int) -> list[Phone]:
    """Somebody's numbers, in the order in which they were added. Whoever asks has looked up who may know."""
    home = await country()
    return [Phone(row["id"], row["number"], written(row["number"], home)) for row in await _NUMBERS(person_id)]


async def callers(actor: Actor, number: str) -> list[Caller]:
    """Who has this number (E.164), as far as the actor may look people up; those known longest first."""
    having = PersonPhone.select(PersonPhone.person).where(PersonPhone.number == number)
    rows = await (
        Person.select(Person.id, Person.name, Person.email)
        .where(access.visible_to(actor) & Person.id.is_in(having))
        .order_by(Person.id)
        .limit(MOST_CALLERS)
    )
    return [Caller(**row) for row in rows]


async def add(actor: Actor, person_id: int, typed: str) -> None:
    """
    One more number of somebody; one they have already stays as it is.

    Raises Invalid (field `number`) for what is no number, and Conflict for too many.
    """
    number = await read(typed)
    async with transaction():
        person = await _to_change(actor, person_id)
        if await _keep(person, number):
            await record(PhoneAdded(actor=actor.id, person=person_id))


async def remove(actor: Actor, person_id: int, phone_id: int) -> None:
    """Take a number away. Raises NotFound for one that is not theirs."""
    async with transaction():
        person = await _to_change(actor, person_id)
        mine = (PersonPhone.id == phone_id) & (PersonPhone.person == person_id)
        gone = await PersonPhone.delete().where(mine).returning(PersonPhone.number)
        if not gone:
            raise NotFound()
        if e164(person.phone, await country()) == gone[0]["number"]:
            person.phone = ""
        person.words = await words_of(person)
        await person.save([Person.phone, Person.words])
        await record(PhoneRemoved(actor=actor.id, person=person_id))


async def newcomer(actor: Actor, name: str, number: str, *, lang: str) -> int:
    """A new customer who has only called so far: nobody can write to them. With the transaction around this call."""
    person = Person(name=" ".join(name.split())[:200], phone=number, lang=lang, created_at=now())
    person.words = rules.words_of(person.name, "", number)
    await person.save()
    await _keep(person, number)
    await record(PersonJoined(actor=actor.id, person=person.id))
    return int(person.id)


async def follow(person: Person, before: str) -> None:
    """Let the numbers follow `Person.phone`, which was `before`. Part of actions that change it."""
    home = await country()
    old, new = e164(before, home), e164(person.phone, home)
    if old and old != new:
        await PersonPhone.delete().where((PersonPhone.person == person.id) & (PersonPhone.number == old))
    if new and old != new and await _count(person.id) < MOST:
        await _insert(person.id, new)


async def words_of(person: Person) -> str:
    """What a search finds somebody by: all their numbers, too."""
    rows = await PersonPhone.select(PersonPhone.number).where(PersonPhone.person == person.id).order_by(PersonPhone.id)
    known = rules.phone_digits(person.phone)
    others = [digits for row in rows if (digits := rules.phone_digits(row["number"])) != known]
    return " ".join([rules.words_of(person.name, person.email or "", person.phone), *others])[:600]


async def take_over(after: int = 0) -> None:
    """A job, once: numbers from the time when there was one for each person, as it was typed."""
    async with transaction():
        wanted = (Person.id > after) & (Person.phone != "")
        people = await Person.objects().where(wanted).order_by(Person.id).limit(AT_ONCE)
        for person in people:
            await follow(person, "")
        if len(people) == AT_ONCE:
            await enqueue(take_over, {"after": people[-1].id})


async def _keep(person: Person, number: str) -> bool:
    """Whether the number is new to them. Raises Conflict for too many."""
    if await PersonPhone.exists().where((PersonPhone.person == person.id) & (PersonPhone.number == number)):
        return False
    if await _count(person.id) >= MOST:
        raise Conflict(phrase("Keep at most %(most)s numbers of one person.", most=MOST))
    await _insert(person.id, number)
    person.phone = person.phone or number
    person.words = await words_of(person)
    await person.save([Person.phone, Person.words])
    return True


async def learn(actor: Actor, person_id: int, number: str) -> None:
    """
    Keep the number that somebody called from. Part of an action.

    Left out is what is known already, or too much, and what the actor may not change, such as a colleague's.
    """
    with suppress(NotFound, Forbidden):
        person = await _to_change(actor, person_id)
        if await _count(person_id) < MOST:
            await _keep(person, number)


async def _count(person_id: int) -> int:
    return int(await PersonPhone.count().where(PersonPhone.person == person_id))


async def _insert(person_id: int, number: str) -> None:
    await PersonPhone.insert(PersonPhone(person=person_id, number=number)).on_conflict(action="DO NOTHING")


async def _to_change(actor: Actor, person_id: int) -> Person:
    person = await locked(Person.objects().where(access.visible_to(actor) & (Person.id == person_id))).first()
    if person is None:
        raise NotFound()
    role = await Role.select(Role.is_staff).where(Role.key == person.role).first()
    if not access.may_change(actor, person_id, is_staff=bool(role and role["is_staff"])):
        raise Forbidden()
    return person
