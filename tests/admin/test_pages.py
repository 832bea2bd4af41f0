"""Every settings page is sound HTML in both languages, empty and full."""

from collections.abc import Iterable
from datetime import date

import pytest

from helpdesk.core.actor import SYSTEM
from helpdesk.core.clock import now
from helpdesk.jobs.tables import Job
from helpdesk.sla import days
from helpdesk.sla.tables import CalendarRow, PolicyRow
from tests.factories import Browser, Desk
from tests.web.lint import problems

EMPTY = (
    *("/admin", "/admin/settings", "/admin/audit", "/admin/audit?about=ticket:7", "/admin/jobs"),
    *("/admin/jobs?view=ready", "/admin/jobs?view=running"),
    *("/admin/departments", "/admin/departments/new", "/admin/calendars", "/admin/calendars/new"),
    *("/admin/policies", "/admin/policies/new"),
)


async def faults(browser: Browser, paths: Iterable[str]) -> dict[str, list[str]]:
    """What is wrong with each page that is not sound."""
    found = {}
    for path in paths:
        answer = await browser.get(path)
        assert answer.status_code == 200, path
        if wrong := problems(answer.text):
            found[path] = wrong
    return found


@pytest.mark.parametrize("lang", ["vi", "en"])
async def test_every_page_is_sound(desk: Desk, lang: str) -> None:
    browser = await desk.browser(await desk.admin(lang=lang), lang=lang)
    assert await faults(browser, EMPTY) == {}

    department = await desk.department()
    calendar, policy = await CalendarRow.objects().first(), await PolicyRow.objects().first()
    assert calendar is not None
    assert policy is not None
    await days.add_holiday(SYSTEM, calendar.id, date(2026, 9, 2), "Quốc khánh")
    await days.add_extra_day(SYSTEM, calendar.id, date(2026, 9, 5), [("08:00", "12:00")])
    for state in ("failed", "ready", "running"):
        await Job(
            name="helpdesk.people.sessions:sweep",
            payload="{}",
            state=state,
            run_at=now(),
            created_at=now(),
            last_error="<b>",
        ).save()
    full = (
        *EMPTY,
        f"/admin/departments/{department}",
        f"/admin/calendars/{calendar.id}",
        f"/admin/policies/{policy.id}",
    )
    assert await faults(browser, full) == {}


@pytest.mark.parametrize("lang", ["vi", "en"])
async def test_every_form_that_came_back_is_sound(desk: Desk, lang: str) -> None:
    await desk.department()
    calendar = await CalendarRow.objects().first()
    assert calendar is not None
    browser = await desk.browser(await desk.admin(lang=lang), lang=lang)
    sent = {
        "/admin/departments/new": {"addresses": "?"},
        "/admin/calendars/new": {"name": "A", "tz": "?", "mon": "?"},
        f"/admin/calendars/{calendar.id}": {"name": "A", "tz": "?", "mon": "?"},
        f"/admin/calendars/{calendar.id}/holidays": {"closed_on": "?"},
        f"/admin/calendars/{calendar.id}/extra-days": {"day": "?", "periods": "?"},
        f"/admin/calendars/{calendar.id}/fill": {"year": "?"},
        "/admin/policies/new": {"name": "A", "first_response_low": "?"},
        "/admin/settings/site": {"timezone": "?"},
    }

    answers = {path: await browser.post(path, data=data) for path, data in sent.items()}

    assert {path: answer.status_code for path, answer in answers.items()} == dict.fromkeys(sent, 422)
    assert {path: found for path, answer in answers.items() if (found := problems(answer.text))} == {}
