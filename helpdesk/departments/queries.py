"""
What is read about departments.

They are few, change rarely and stand on nearly every page, so all of them are kept in memory for
KEPT_SECONDS; a change is seen at once on this machine, on another after that time.
"""

from collections.abc import Container, Iterable
from typing import Final

import msgspec
from msgspec import Struct

from helpdesk.core.actor import Actor
from helpdesk.core.errors import NotFound
from helpdesk.core.kept import Kept
from helpdesk.departments import routing
from helpdesk.departments.routing import Facts, Owner, Routed
from helpdesk.departments.tables import Department, DepartmentAddress
from helpdesk.i18n.reader import reading
from helpdesk.people.tables import Member, Person, Role

KEPT_SECONDS: Final = 5.0


class DepartmentEntry(Struct, frozen=True):
    """A department as pages show it; `addresses` in order."""

    id: int
    name_vi: str
    name_en: str
    about_vi: str
    about_en: str
    phone: str
    calendar: int
    policy: int
    is_public: bool
    position: int
    addresses: tuple[str, ...]
    sender_address: str = ""
    lead: int | None = None
    address_vi: str = ""
    address_en: str = ""
    map_url: str = ""
    signature_vi: str = ""
    signature_en: str = ""

    @property
    def name(self) -> str:
        """Its name in the reader's language."""
        return name(self, reading.get().lang)

    @property
    def about(self) -> str:
        """What it helps with, in the reader's language."""
        return (self.about_vi or self.about_en) if reading.get().lang == "vi" else (self.about_en or self.about_vi)

    @property
    def address(self) -> str:
        """Where its letters are sent from: the address chosen for that, else the first; empty when it has none."""
        if self.sender_address in self.addresses:
            return self.sender_address
        return self.addresses[0] if self.addresses else ""

    @property
    def place(self) -> str:
        """Where its office is, in the reader's language; empty for nowhere to go to."""
        vi = reading.get().lang == "vi"
        return (self.address_vi or self.address_en) if vi else (self.address_en or self.address_vi)

    @property
    def tel(self) -> str:
        """Its telephone as programs dial it (RFC 3966)."""
        return "".join(one for one in self.phone if one in "+0123456789")

    def signature(self, lang: str) -> str:
        """What stands below its answers, as it is written; that of the other language where it has none in `lang`."""
        if lang == "vi":
            return self.signature_vi or self.signature_en
        return self.signature_en or self.signature_vi


class Chain(Struct, frozen=True):
    """Whom a department hands tickets over to, in order, and whether a note has to go with that."""

    to: tuple[int, ...] = ()
    needs_note: bool = False


class Colleague(Struct, frozen=True):
    """Someone who works at the desk."""

    id: int
    name: str


class _Known(Struct, frozen=True):
    departments: tuple[DepartmentEntry, ...]
    by_id: dict[int, DepartmentEntry]
    owners: dict[str, Owner]
    chains: dict[int, Chain] = {}


_kept: Final = Kept[None, _Known]("departments", KEPT_SECONDS)
_staff: Final = Kept[None, list[Colleague]]("colleagues", KEPT_SECONDS)


def name(department: DepartmentEntry, lang: str) -> str:
    """What a department is called in `lang`; in the other language where it has no name in that one."""
    if lang == "vi":
        return department.name_vi or department.name_en
    return department.name_en or department.name_vi


async def all_departments() -> tuple[DepartmentEntry, ...]:
    """Every department in its order."""
    return (await _known()).departments


async def public_departments() -> tuple[DepartmentEntry, ...]:
    """Those that customers may choose, in order."""
    return tuple(department for department in await all_departments() if department.is_public)


async def departments_for(actor: Actor) -> tuple[DepartmentEntry, ...]:
    """Those the actor may know of: all for people of the desk, the public ones for anyone else."""
    return await all_departments() if actor.is_agent else await public_departments()


async def department(department_id: int) -> DepartmentEntry:
    """One department. Raises NotFound."""
    found = (await _known()).by_id.get(department_id)
    if found is None:
        raise NotFound()
    return found


async def chain(department_id: int) -> Chain:
    """Whom it hands tickets over to, as far as those departments are still there."""
    return (await _known()).chains.get(department_id, Chain())


async def department_for_address(address: str) -> Routed | None:
    """Whose address this is, also with something added after a plus; None when it is not ours."""
    return routing.owner_of(address, (await _known()).owners)


async def department_for(addresses: Iterable[str]) -> Routed | None:
    """Where a letter to these addresses belongs, the surest first; None only while there is no department."""
    known = await _known()
    first = known.departments[0].id if known.departments else None
    return routing.route(Facts(tuple(addresses), known.owners, first))


async def own_addresses() -> frozenset[str]:
    """The keys (core.text.email_key) of all addresses of ours, without anything after a plus."""
    return frozenset((await _known()).owners)


async def is_ours(address: str) -> bool:
    """Whether letters to this address come to us."""
    return await department_for_address(address) is not None


async def members(department_id: int) -> list[int]:
    """Ids of the people who work in a department and may still come in."""
    rows = await (
        Member.select(Member.person)
        .where((Member.department == department_id) & Member.person._.is_active.eq(True))
        .order_by(Member.person)
    )
    return [row["person"] for row in rows]


async def member_counts() -> dict[int, int]:
    """How many people work in each department."""
    counts: dict[int, int] = {}
    for row in await Member.select(Member.department).where(Member.person._.is_active.eq(True)):
        counts[row["department"]] = counts.get(row["department"], 0) + 1
    return counts


async def colleagues() -> list[Colleague]:
    """Everyone who works at the desk and may come in, by name."""
    return await _staff.get(None, _read_colleagues)


async def _read_colleagues() -> list[Colleague]:
    staff = await Role.select(Role.key).where(Role.is_staff.eq(True))
    rows = await (
        Person.select(Person.id, Person.name, Person.email)
        .where(Person.role.is_in([role["key"] for role in staff]) & Person.is_active.eq(True))
        .order_by(Person.name, Person.id)
    )
    return [Colleague(row["id"], row["name"] or row["email"] or "") for row in rows]


def forget_all() -> None:
    """Read everything anew at the next question."""
    _kept.forget()
    _staff.forget()


async def _known() -> _Known:
    return await _kept.get(None, _read)


async def _read() -> _Known:
    rows = await Department.select(
        Department.id,
        Department.name_vi,
        Department.name_en,
        Department.about_vi,
        Department.about_en,
        Department.phone,
        Department.calendar,
        Department.policy,
        Department.is_public,
        Department.position,
        Department.sender_address,
        Department.lead,
        Department.address_vi,
        Department.address_en,
        Department.map_url,
        Department.signature_vi,
        Department.signature_en,
        Department.hands_to,
        Department.hand_note,
    ).order_by(Department.position, Department.id)
    owned = await DepartmentAddress.select(
        DepartmentAddress.department, DepartmentAddress.address, DepartmentAddress.address_key
    ).order_by(DepartmentAddress.position, DepartmentAddress.id)
    addresses: dict[int, list[str]] = {row["id"]: [] for row in rows}
    for row in owned:
        if row["department"] in addresses:  # else it was added since the query before
            addresses[row["department"]].append(row["address"])
    chains = {row["id"]: _chain(row.pop("hands_to"), row.pop("hand_note"), addresses) for row in rows}
    departments = tuple(DepartmentEntry(**row, addresses=tuple(addresses[row["id"]])) for row in rows)
    return _Known(
        departments=departments,
        by_id={entry.id: entry for entry in departments},
        owners={row["address_key"]: Owner(row["department"], row["address"]) for row in owned},
        chains=chains,
    )


def _chain(hands_to: str, note: str, known: Container[int]) -> Chain:
    to = [one for one in msgspec.json.decode(hands_to, type=list[int]) if one in known]
    return Chain(tuple(to), needs_note=note == "required")
