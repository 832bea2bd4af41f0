"""
Settings in groups: a frozen Struct each, kept in memory, written with an event.

Another machine sees a change within KEPT_SECONDS.
"""

from functools import partial
from typing import ClassVar, Final, TypeVar

import msgspec
from msgspec import Struct

from helpdesk.core.actor import Actor
from helpdesk.core.clock import now
from helpdesk.core.db import on_commit, transaction
from helpdesk.core.errors import Forbidden
from helpdesk.core.kept import Kept
from helpdesk.events.record import Event, record
from helpdesk.settings.tables import Setting

KEPT_SECONDS: Final = 5.0

G = TypeVar("G", bound=Struct)

_kept: Final = Kept[str, str]("settings", KEPT_SECONDS)
"""Groups as JSON, by name."""


class SettingsChanged(Event, frozen=True, kw_only=True):
    """An administrator changed a group of settings."""

    ABOUT: ClassVar[str] = "settings"
    INTERNAL: ClassVar[bool] = True

    settings: str


async def get(group: type[G]) -> G:
    """The group as it is now; fields never set have their defaults."""
    name = group.__name__
    return msgspec.json.decode(await _kept.get(name, partial(_read, name)), type=group)


async def save(actor: Actor, settings: Struct) -> None:
    """Keep a group. Raises Forbidden for anyone but an administrator."""
    if not actor.is_admin:
        raise Forbidden()
    name = type(settings).__name__
    value = msgspec.json.encode(settings).decode()
    async with transaction():
        await Setting.insert(Setting(name=name, value=value, changed_at=now())).on_conflict(
            target=Setting.name, action="DO UPDATE", values=[Setting.value, Setting.changed_at]
        )
        await record(SettingsChanged(actor=actor.id, settings=name))
        on_commit(_kept.forget)


async def _read(name: str) -> str:
    row = await Setting.select(Setting.value).where(Setting.name == name).first()
    return str(row["value"]) if row else "{}"
