"""Reactions that tell administrators, once: mail stands still or flows again, a wording is broken, a year is near."""

from typing import Any, Final

from helpdesk.core.config import config
from helpdesk.i18n.catalogue import gettext
from helpdesk.i18n.dates import long_moment
from helpdesk.i18n.kept import spoken
from helpdesk.i18n.reader import LANGUAGES, reading_as
from helpdesk.mail.events import MailRecovered, MailStopped
from helpdesk.mail.outgoing import outbox
from helpdesk.mail.tables import Trouble
from helpdesk.mailroom import team, wording
from helpdesk.mailroom.events import WordingFailed
from helpdesk.mailroom.tables import LetterWording
from helpdesk.people.rules import ADMIN
from helpdesk.people.tables import Person
from helpdesk.settings import store
from helpdesk.settings.site import SiteSettings
from helpdesk.sla import upcoming
from helpdesk.sla.events import YearAhead
from helpdesk.sla.public_days import UNOFFICIAL, is_published

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


async def wording_failed(event: WordingFailed) -> None:
    """A wording that works again meanwhile, or is gone, is nobody's trouble."""
    place = (LetterWording.kind == event.wording) & (LetterWording.lang == event.lang)
    row = await LetterWording.select().where(place & (LetterWording.department == event.department)).first()
    if row is None or not row["trouble"] or event.wording == "unusable":
        return
    site = await store.get(SiteSettings)
    for person in await administrators():
        reader = await team.reader_of(person)
        with reading_as(reader):
            title = str(wording.KINDS[event.wording].title) if event.wording in wording.KINDS else event.wording
            values = {
                "wording": f"{title} · {LANGUAGES[event.lang]}",
                "reason": row["trouble"],
                "link": f"{config().base_url}/admin/wording/{event.wording}{_of_department(event.department)}",
            }
        said = await wording.write("unusable", reader, site, values)
        key = f"unusable:{row['id']}:{person.id}"
        letter = await team.of_the_house(person, said, key)
        await outbox.owe(letter, about=f"wording:{row['id']}", key=key, envelope_from=letter.sender.email)


async def year_ahead(event: YearAhead) -> None:
    """Days that somebody has added meanwhile are nothing to be told of."""
    one = next(
        (one for one in await upcoming.missing() if (one.calendar, one.year) == (event.calendar, event.year)), None
    )
    if one is None:
        return
    site = await store.get(SiteSettings)
    for person in await administrators():
        reader = await team.reader_of(person)
        with reading_as(reader):
            values = {
                "calendar": one.name,
                "year": str(one.year),
                "note": "" if is_published(one.country, one.year) else str(UNOFFICIAL),
                "link": f"{config().base_url}/admin/calendars/{one.calendar}?year={one.year}",
            }
        said = await wording.write("year_ahead", reader, site, values)
        key = f"year_ahead:{one.calendar}:{one.year}:{person.id}"
        letter = await team.of_the_house(person, said, key)
        await outbox.owe(letter, about=f"calendar:{one.calendar}", key=key, envelope_from=letter.sender.email)


def _of_department(department: int) -> str:
    return f"?department={department}" if department else ""


async def administrators() -> list[team.Recipient]:
    admins = await Person.select(Person.id).where((Person.role == ADMIN) & Person.is_active.eq(True))
    return await team.recipients([one["id"] for one in admins])


async def _write(kind: str, row: dict[str, Any]) -> None:
    site = await store.get(SiteSettings)
    for person in await administrators():
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
