"""Reactions that tell the administrators that a rule failed."""

from typing import Final

import msgspec

from helpdesk.automation import queries
from helpdesk.automation.events import RuleFailed
from helpdesk.automation.queries import Done
from helpdesk.automation.tables import RuleRun
from helpdesk.core.config import config
from helpdesk.core.errors import NotFound
from helpdesk.i18n.catalogue import gettext
from helpdesk.i18n.kept import spoken
from helpdesk.i18n.reader import reading_as
from helpdesk.mail.outgoing import outbox
from helpdesk.mailroom import team, warnings, wording
from helpdesk.settings import store
from helpdesk.settings.site import SiteSettings
from helpdesk.webhooks.events import WebhookFailed
from helpdesk.webhooks.tables import WebhookDelivery

OWED_BY: Final = "rule:"


async def rule_failed(event: RuleFailed) -> None:
    """What a rule could not do, and on which ticket."""
    row = await RuleRun.select(RuleRun.outcome).where(RuleRun.id == event.run).first()
    if row is None or not event.is_news:
        return
    failed = [one.reason for one in msgspec.json.decode(row["outcome"], type=list[Done]) if one.state == "failed"]
    await _write(event.rule, event.ticket, failed, key=f"rule_failed:{event.run}")


async def webhook_failed(event: WebhookFailed) -> None:
    """That another program did not take what a rule had to tell it. Once a day for a rule."""
    if not event.is_news:
        return
    row = await WebhookDelivery.select(WebhookDelivery.error).where(WebhookDelivery.id == event.webhook).first()
    if row is not None and event.owed_by.startswith(OWED_BY):
        rule = int(event.owed_by.removeprefix(OWED_BY))
        await _write(rule, event.ticket, [row["error"]], key=f"webhook_failed:{event.webhook}")


async def _write(rule: int, ticket: int, reasons: list[str], *, key: str) -> None:
    try:
        title = (await queries.rule(rule)).title
    except NotFound:
        return  # it is gone, and fails no more
    site = await store.get(SiteSettings)
    for person in await warnings.administrators():
        reader = await team.reader_of(person)
        with reading_as(reader):
            lines = [gettext("Ticket #%(number)s: %(reason)s", number=ticket, reason=spoken(one)) for one in reasons]
            values = {
                "rule": title,
                "reason": "\n".join(dict.fromkeys(lines)),
                "link": f"{config().base_url}/admin/rules/{rule}",
            }
        said = await wording.write("rule_failed", reader, site, values)
        letter = await team.of_the_house(person, said, f"{key}:{person.id}")
        await outbox.owe(letter, about=f"rule:{rule}", key=f"{key}:{person.id}", envelope_from=letter.sender.email)
