"""Reactions that tell the administrators that mail stands still, and that it flows again: once each."""

from typing import Any, Final

from helpdesk.core.config import config
from helpdesk.i18n.catalogue import gettext
from helpdesk.i18n.dates import long_moment
from helpdesk.i18n.kept import spoken
from helpdesk.i18n.reader import reading_as
from helpdesk.mail import outbox
from helpdesk.mail.events import MailRecovered, MailStopped
from helpdesk.mail.tables import Trouble
from helpdesk.mailroom import team, wording
from helpdesk.people.rules import ADMIN
from helpdesk.people.tables import Person
from helpdesk.settings import store
from helpdesk.settings.site import SiteSettings

OUTBOX: Final = "outbox"


async def mail_stopped(event: MailStopped) -> None:
    """Letters that say that no letters go out would not go out: then the banner on every page must do."""
    row = await _trouble(event.trouble)
    if row is not None and row["thing"] != OUTBOX and row["over_at"] is None:
        await _write("stopped", row)


async def mail_recovered(event: MailRecovered) -> None:
    row = await _trouble(event.trouble)
    if row is not None:
        await _write("recovered", row)


async def _write(kind: str, row: dict[str, Any]) -> None:
    site = await store.get(SiteSettings)
    admins = await Person.select(Person.id).where((Person.role == ADMIN) & Person.is_active.eq(True))
    for person in await team.recipients([one["id"] for one in admins]):
        reader = await team.reader_of(person)
        with reading_as(reader):
            values = {
                "mailbox": str(row["name"]) or gettext("Outbox"),
                "reason": spoken(row["reason"]),
                "moment": long_moment(row["began_at"], reader.tz, reader.lang),
                "link": f"{config().base_url}/admin",
            }
        said = await wording.write(kind, reader, site, values)
        key = f"{kind}:{row['id']}:{person.id}"
        letter = await team.of_the_house(person, said, key)
        await outbox.owe(letter, about=f"trouble:{row['id']}", key=key, envelope_from=letter.sender.email)


async def _trouble(trouble: int) -> dict[str, Any] | None:
    return await Trouble.select().where(Trouble.id == trouble).first()
