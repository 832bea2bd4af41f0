"""Roles: which there are, and what each may do."""

from collections.abc import Collection

import msgspec

from helpdesk.core.actor import Actor
from helpdesk.core.db import locked, on_commit, transaction
from helpdesk.core.errors import Conflict, Forbidden, Invalid, NotFound
from helpdesk.core.text import slug
from helpdesk.events.record import record
from helpdesk.i18n.catalogue import phrase
from helpdesk.people import access, rules, sessions
from helpdesk.people.events import RoleChanged
from helpdesk.people.tables import Person, Role


async def add_role(actor: Actor, name: str, permissions: Collection[str]) -> str:
    """Add a role for people at the desk; its key. Raises Invalid when one is called so already."""
    async with transaction():
        _only_managers(actor)
        name = _called(name)
        key = slug(name, 30)
        if not key or key in {*rules.BUILT_IN, "system", "visitor"} or await Role.exists().where(Role.key == key):
            raise Invalid({"name": phrase("There is a role of this name already.")})
        allowed = rules.permissions_of(key, list(permissions))
        row = Role(key=key, name=name, is_staff=True, permissions=msgspec.json.encode(allowed).decode())
        await row.save()
        await record(RoleChanged(actor=actor.id, role=row.id))
    return key


async def change_role(actor: Actor, key: str, *, name: str, permissions: Collection[str]) -> None:
    """Rename a role and set what it may do. A built-in one keeps its name, and an administrator all permissions."""
    async with transaction():
        _only_managers(actor)
        role = await locked(Role.objects().where(Role.key == key)).first()
        if role is None:
            raise NotFound()
        if key not in rules.BUILT_IN:
            role.name = _called(name)
        role.permissions = msgspec.json.encode(rules.permissions_of(key, list(permissions))).decode()
        await role.save([Role.name, Role.permissions])
        await record(RoleChanged(actor=actor.id, role=role.id))
        on_commit(sessions.forget_all)


async def remove_role(actor: Actor, key: str) -> None:
    """Remove a role of one's own. Raises Conflict while somebody has it, Forbidden for a built-in one."""
    async with transaction():
        _only_managers(actor)
        if key in rules.BUILT_IN:
            raise Forbidden()
        role = await locked(Role.objects().where(Role.key == key)).first()
        if role is None:
            raise NotFound()
        if await Person.exists().where(Person.role == key):
            raise Conflict(phrase("Give the people with this role another one first."))
        await Role.delete().where(Role.key == key)
        await record(RoleChanged(actor=actor.id, role=role.id))


def _only_managers(actor: Actor) -> None:
    if not access.may_manage(actor):
        raise Forbidden()


def _called(name: str) -> str:
    name = " ".join(name.split())[:60]
    if not name:
        raise Invalid({"name": phrase("This cannot be left empty.")})
    return name
