"""What is changed about departments."""

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Struct

from helpdesk.core.actor import Actor
from helpdesk.core.db import is_still_needed, locked, on_commit, transaction
from helpdesk.core.errors import Forbidden, Invalid, NotFound
from helpdesk.core.text import email_key
from helpdesk.departments import access, queries, rules
from helpdesk.departments.events import DepartmentAdded, DepartmentChanged, DepartmentRemoved
from helpdesk.departments.tables import Department, DepartmentAddress
from helpdesk.events.record import record
from helpdesk.i18n.catalogue import phrase
from helpdesk.mail.outgoing.wording import SIGNATURE, problems
from helpdesk.people import sessions
from helpdesk.people.tables import Member
from helpdesk.sla.tables import CalendarRow, PolicyRow
from helpdesk.web.forms import Email


class Wanted(Struct, frozen=True, kw_only=True):
    """All that an administrator says of a department. `addresses` in order, `members` are ids of people."""

    name_vi: str
    name_en: str
    about_vi: str = ""
    about_en: str = ""
    phone: str = ""
    address_vi: str = ""
    address_en: str = ""
    map_url: str = ""
    calendar: int
    policy: int
    is_public: bool = True
    sender_address: str = ""
    lead: int | None = None
    signature_vi: str = ""
    signature_en: str = ""
    addresses: Sequence[str] = ()
    members: Sequence[int] = ()


async def add(actor: Actor, wanted: Wanted) -> int:
    """Open a department, last in the order; its id. Raises Forbidden, and Invalid with the fields to change."""
    async with transaction():
        _check_access(actor)
        await _check(wanted, None)
        department = Department(**_columns(wanted), position=await _after_last())
        await department.save()
        await _set_addresses(department.id, wanted.addresses)
        await _set_members(department.id, wanted.members)
        await record(DepartmentAdded(actor=actor.id, department=department.id))
        _forget()
    return int(department.id)


async def change(actor: Actor, department_id: int, wanted: Wanted) -> None:
    """Make it as wanted. Raises Forbidden, NotFound, and Invalid with the fields to change."""
    async with transaction():
        _check_access(actor)
        await _locked(department_id)
        await _check(wanted, department_id)
        await Department.update(_columns(wanted)).where(Department.id == department_id)
        await _set_addresses(department_id, wanted.addresses)
        await _set_members(department_id, wanted.members)
        await record(DepartmentChanged(actor=actor.id, department=department_id))
        _forget()


async def move(actor: Actor, department_id: int, *, up: bool) -> None:
    """One place up or down in the order; the first is where letters to nobody go."""
    async with transaction():
        _check_access(actor)
        rows = await locked(Department.objects().order_by(Department.position, Department.id))
        ids = [row.id for row in rows]
        if department_id not in ids:
            raise NotFound()
        place = ids.index(department_id)
        ids.insert(max(0, place - 1) if up else place + 1, ids.pop(place))
        for row in rows:
            row.position = ids.index(row.id)
            await row.save([Department.position])
        await record(DepartmentChanged(actor=actor.id, department=department_id))
        _forget()


async def remove(actor: Actor, department_id: int) -> None:
    """Close a department for good. Raises Invalid while something is with it, or when it is the only one."""
    async with transaction():
        _check_access(actor)
        await _locked(department_id)
        if await Department.count() == 1:
            raise Invalid({"": phrase("This is the only department, and letters need somewhere to go.")})
        await DepartmentAddress.delete().where(DepartmentAddress.department == department_id)
        await Member.delete().where(Member.department == department_id)
        await _delete(department_id)
        await record(DepartmentRemoved(actor=actor.id, department=department_id))
        _forget()


def _check_access(actor: Actor) -> None:
    if not access.may_manage(actor):
        raise Forbidden()


async def _locked(department_id: int) -> Department:
    row = await locked(Department.objects().where(Department.id == department_id)).first()
    if row is None:
        raise NotFound()
    return row


async def _check(wanted: Wanted, department_id: int | None) -> None:
    """Raises Invalid with everything that is wrong, by field."""
    errors: dict[str, object] = {}
    if wrong := await _wrong_address(wanted.addresses, department_id):
        errors["addresses"] = wrong
    if wanted.sender_address and wanted.sender_address not in wanted.addresses:
        errors["sender_address"] = phrase("Choose one of the addresses above.")
    if wanted.map_url and not rules.is_map(wanted.map_url):
        errors["map_url"] = phrase("Write an address such as https://maps.app.goo.gl/….")
    for field in ("signature_vi", "signature_en"):
        if wrong := problems(getattr(wanted, field), SIGNATURE):
            errors[field] = wrong[0]
    if wanted.lead is not None and wanted.lead not in {one.id for one in await queries.colleagues()}:
        errors["lead"] = phrase("Choose one of the values offered.")
    if not await CalendarRow.exists().where(CalendarRow.id == wanted.calendar):
        errors["calendar"] = phrase("Choose one of the values offered.")
    if not await PolicyRow.exists().where(PolicyRow.id == wanted.policy):
        errors["policy"] = phrase("Choose one of the values offered.")
    if errors:
        raise Invalid(errors)


async def _wrong_address(addresses: Sequence[str], department_id: int | None) -> object:
    """The first thing that is wrong with the addresses, None when nothing is."""
    for address in addresses:
        try:
            msgspec.convert(address, Email)
        except msgspec.ValidationError:
            return phrase("“%(address)s” is not an e-mail address.", address=address)
    rows = await DepartmentAddress.select(
        DepartmentAddress.address,
        DepartmentAddress.department.id.as_alias("department"),
        DepartmentAddress.department.name_vi.as_alias("name_vi"),
        DepartmentAddress.department.name_en.as_alias("name_en"),
    ).where(DepartmentAddress.address_key.is_in([email_key(address) for address in addresses] or [""]))
    for row in rows:
        if row["department"] != department_id:
            return phrase(
                "%(address)s already belongs to %(department)s.",
                address=row["address"],
                department=f"{row['name_en']} / {row['name_vi']}",
            )
    return None


def _columns(wanted: Wanted) -> dict[Any, Any]:
    columns = msgspec.structs.asdict(wanted)
    del columns["addresses"], columns["members"]
    return columns


async def _after_last() -> int:
    last = await Department.select(Department.position).order_by(Department.position, ascending=False).first()
    return last["position"] + 1 if last else 0


async def _set_addresses(department_id: int, addresses: Sequence[str]) -> None:
    """Exactly these, each once, in this order."""
    once = {email_key(address): address for address in reversed(addresses)}
    await DepartmentAddress.delete().where(DepartmentAddress.department == department_id)
    for position, (key, address) in enumerate(reversed(once.items())):
        await DepartmentAddress.insert(
            DepartmentAddress(department=department_id, address=address, address_key=key, position=position)
        )


async def _set_members(department_id: int, people: Sequence[int]) -> None:
    """Of those who work at the desk and may come in, exactly these; anyone else stays as they are."""
    choice = [colleague.id for colleague in await queries.colleagues()]
    await Member.delete().where((Member.department == department_id) & Member.person.is_in(choice or [0]))
    if chosen := [person for person in choice if person in set(people)]:
        await Member.insert(*(Member(department=department_id, person=person) for person in chosen))


async def _delete(department_id: int) -> None:
    try:
        async with transaction():
            await Department.delete().where(Department.id == department_id)
    except Exception as error:
        if not is_still_needed(error):
            raise
        still = phrase(
            "Tickets, topics, fields or canned replies are with this department. Move them to another one first."
        )
        raise Invalid({"": still}) from error


def _forget() -> None:
    """What is remembered of departments, and of who belongs to them, is read anew after the commit."""
    on_commit(queries.forget_all)
    on_commit(sessions.forget_all)
