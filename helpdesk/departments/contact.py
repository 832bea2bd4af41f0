"""How to reach each department, and when: a page for everybody."""

from litestar import get
from msgspec import Struct

from helpdesk.core.clock import now
from helpdesk.departments import rules
from helpdesk.departments.queries import DepartmentEntry, public_departments
from helpdesk.departments.tables import AnswerTime
from helpdesk.i18n.reader import reading
from helpdesk.sla import hours, queries
from helpdesk.sla.hours import Hours, Today
from helpdesk.web.render import Html, page_for_all


class Reached(Struct, frozen=True):
    """A department with its hours. `other_days` are those soon to come with hours of their own."""

    department: DepartmentEntry
    week: list[Hours]
    other_days: list[Hours]
    today: Today
    tz: str
    answers: str
    """How soon it usually answers; empty where too little is known."""


@get("/help/contact", include_in_schema=False)
async def contact() -> Html:
    answers = await _answers()
    return await page_for_all(
        "help/contact.html",
        reached=[await _reached(one, answers.get(one.id)) for one in await public_departments()],
    )


async def _reached(department: DepartmentEntry, minutes: int | None) -> Reached:
    calendar, lang = await queries.calendar(department.calendar), reading.get().lang
    return Reached(
        department,
        hours.week(calendar, lang),
        hours.other_days(calendar, now(), lang),
        hours.today(calendar, now(), lang),
        calendar.tz,
        "" if minutes is None else rules.usually_answers(minutes),
    )


async def _answers() -> dict[int, int]:
    """Working minutes until the first answer, by department, where enough answers are known."""
    rows = await AnswerTime.select(AnswerTime.department, AnswerTime.minutes, AnswerTime.answered)
    return {row["department"]: row["minutes"] for row in rows if row["answered"] >= rules.LEAST_ANSWERED}
