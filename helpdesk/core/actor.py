"""Who is doing this: the first parameter of every query and action."""

from typing import Final

from msgspec import Struct


class Actor(Struct, frozen=True):
    """
    A person as the rules see them, put together once per request.

    `id` is None for visitors and for the house itself. `departments` are ids. A guest who came by
    a private link has `only_ticket` and sees nothing but that ticket.
    """

    id: int | None
    name: str = ""
    email: str = ""
    role: str = "visitor"
    is_staff: bool = False
    permissions: frozenset[str] = frozenset()
    departments: frozenset[int] = frozenset()
    lang: str = "vi"
    tz: str = "Asia/Ho_Chi_Minh"
    theme: str = "system"
    only_ticket: int | None = None
    is_system: bool = False

    @property
    def is_signed_in(self) -> bool:
        return self.id is not None and self.only_ticket is None

    @property
    def is_agent(self) -> bool:
        return self.is_staff or self.is_system

    @property
    def is_admin(self) -> bool:
        return self.role == "admin" or self.is_system

    def may(self, permission: str) -> bool:
        return self.is_system or permission in self.permissions


VISITOR: Final = Actor(id=None)
SYSTEM: Final = Actor(id=None, name="System", role="system", is_system=True)
