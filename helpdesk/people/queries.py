"""What is read about people."""

import msgspec

from helpdesk.core.actor import VISITOR, Actor
from helpdesk.people.tables import Member, Person, Role
from helpdesk.settings import store
from helpdesk.settings.site import SiteSettings


async def actor_of(person_id: int) -> Actor:
    """The person as the rules see them; a visitor when there is no such person or they may not come in any more."""
    row = await (
        Person.select(Person.id, Person.name, Person.email, Person.role, Person.lang, Person.theme)
        .where((Person.id == person_id) & Person.is_active.eq(True))
        .first()
    )
    if row is None:
        return VISITOR
    role = await Role.select(Role.is_staff, Role.permissions).where(Role.key == row["role"]).first()
    departments = await Member.select(Member.department).where(Member.person == person_id)
    site = await store.get(SiteSettings)
    return Actor(
        id=row["id"],
        name=row["name"] or row["email"] or "",
        email=row["email"] or "",
        role=row["role"],
        is_staff=bool(role and role["is_staff"]),
        permissions=frozenset(msgspec.json.decode(role["permissions"], type=list[str])) if role else frozenset(),
        departments=frozenset(member["department"] for member in departments),
        lang=row["lang"],
        tz=site.timezone,
        theme=row["theme"],
    )
