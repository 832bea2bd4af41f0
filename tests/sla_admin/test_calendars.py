"""An administrator says when an office is open, and the clock follows."""

from datetime import UTC, date, datetime

import pytest

from helpdesk.core.actor import SYSTEM
from helpdesk.core.errors import NotFound
from helpdesk.events.tables import EventRow
from helpdesk.sla import actions, days, queries
from helpdesk.sla.calendar import due
from helpdesk.sla.tables import CalendarRow, Holiday
from tests.factories import Desk, words

WEEK = dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), "08:00-12:00, 13:00-17:30")
FRIDAY_NOON = datetime(2026, 11, 20, 5, tzinfo=UTC)


async def office() -> int:
    hours = {day: [("08:00", "12:00"), ("13:00", "17:30")] for day in ("mon", "tue", "wed", "thu", "fri")}
    return await actions.add_calendar(SYSTEM, name="Office", tz="Asia/Ho_Chi_Minh", hours=hours)


async def test_a_new_calendar_is_what_was_typed(desk: Desk) -> None:
    browser = await desk.browser(await desk.admin(lang="en"))
    form = {**WEEK, "sat": "8-12", "sun": "", "name": "Office", "tz": "Asia/Ho_Chi_Minh"}

    answer = await browser.post("/admin/calendars/new", data=form)

    assert "Saved. Now add the holidays." in words(answer)
    row = await CalendarRow.objects().first()
    assert row is not None
    entry = await queries.calendar_entry(row.id)
    assert entry.hours["mon"] == [("08:00", "12:00"), ("13:00", "17:30")]
    assert entry.hours["sat"] == [("08:00", "12:00")]
    assert "sun" not in entry.hours
    assert due(FRIDAY_NOON, 240, await queries.calendar(row.id)) == datetime(2026, 11, 20, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"tue": "08:00-25:00"}, "“25:00” is not a time of day. Write it as 08:00."),
        ({"tue": "12:00-08:00"}, "12:00-08:00 ends before it begins."),
        ({"tue": "8-12, 11-15"}, "08:00-12:00 and 11:00-15:00 overlap."),
        ({"tue": "in the morning"}, "“in the morning” is not a period. Write it as 08:00-12:00."),
        ({"tz": "Mars/Olympus"}, "“Mars/Olympus” is no time zone. Write one such as Asia/Ho_Chi_Minh."),
        ({"name": ""}, "This cannot be left empty."),
        (dict.fromkeys(WEEK, ""), "The office must be open at least once a week."),
    ],
)
async def test_what_cannot_be_hours_is_named_and_nothing_typed_is_lost(
    desk: Desk, change: dict[str, str], said: str
) -> None:
    browser = await desk.browser(await desk.admin(lang="en"))

    answer = await browser.post(
        "/admin/calendars/new", data={**WEEK, "name": "Office", "tz": "Asia/Ho_Chi_Minh", "fri": "7-9", **change}
    )

    assert answer.status_code == 422
    assert said in words(answer)
    assert "fri" in change or 'value="7-9"' in answer.text
    assert await CalendarRow.count() == 0


async def test_vietnams_holidays_are_filled_in_with_tet_once(desk: Desk) -> None:
    calendar = await office()
    browser = await desk.browser(await desk.admin(lang="vi"), lang="vi")
    await browser.post(f"/admin/calendars/{calendar}/holidays", data={"closed_on": "2027-02-06", "holiday": "Mùng một"})

    await browser.post(f"/admin/calendars/{calendar}/fill", data={"year": "2027"})
    await browser.post(f"/admin/calendars/{calendar}/fill", data={"year": "2027"})

    days = {day.closed_on: day.name for day in (await queries.calendar_entry(calendar)).holidays}
    assert days[date(2027, 2, 6)] == "Mùng một", "what was written down stays"
    assert days[date(2027, 2, 5)] == "Giao thừa Tết Nguyên Đán"
    assert date(2027, 4, 16) in days
    assert date(2027, 5, 3) in days, "1 May is a Saturday in 2027: a day off in lieu"
    assert len(days) == await Holiday.count()
    eve = datetime(2027, 2, 3, 10, tzinfo=UTC)  # Wednesday 17:00, the last half hour before Tết
    assert due(eve, 60, await queries.calendar(calendar)) == datetime(2027, 2, 11, 1, 30, tzinfo=UTC)


async def test_a_year_out_of_reach_is_refused(desk: Desk) -> None:
    calendar = await office()
    browser = await desk.browser(await desk.admin(lang="en"))

    answer = await browser.post(f"/admin/calendars/{calendar}/fill", data={"year": "1850"})

    assert answer.status_code == 422
    assert "Choose a year from 2000 to 2036." in words(answer)


async def test_a_holiday_closes_the_office_until_it_is_removed(desk: Desk) -> None:
    calendar = await office()
    browser = await desk.browser(await desk.admin(lang="en"))
    late = datetime(2026, 11, 20, 10, tzinfo=UTC)  # Friday 17:00

    await browser.post(f"/admin/calendars/{calendar}/holidays", data={"closed_on": "23/11/2026", "holiday": "Outing"})
    closed = due(late, 60, await queries.calendar(calendar))
    page = await browser.get(f"/admin/calendars/{calendar}")
    day = (await queries.calendar_entry(calendar)).holidays[0]
    await browser.post(f"/admin/calendars/{calendar}/holidays/{day.id}/remove?year=2026")
    open_again = due(late, 60, await queries.calendar(calendar))

    assert "23 Nov 2026" in words(page)
    assert "Outing" in words(page)
    assert closed == datetime(2026, 11, 24, 1, 30, tzinfo=UTC)
    assert open_again == datetime(2026, 11, 23, 1, 30, tzinfo=UTC)


async def test_a_day_that_is_no_date_is_named(desk: Desk) -> None:
    calendar = await office()
    browser = await desk.browser(await desk.admin(lang="en"))

    answers = [
        await browser.post(f"/admin/calendars/{calendar}/holidays", data={"closed_on": "31/2/2026"}),
        await browser.post(f"/admin/calendars/{calendar}/extra-days", data={"day": "soon", "periods": "8-12"}),
        await browser.post(f"/admin/calendars/{calendar}/extra-days", data={"day": "2026-11-22", "periods": "?"}),
    ]

    assert [answer.status_code for answer in answers] == [422, 422, 422]
    assert "Write a date such as 2027-02-06." in words(answers[0])
    assert "is not a period" in words(answers[2])


async def test_an_extra_working_day_is_open_though_it_is_a_sunday(desk: Desk) -> None:
    calendar = await office()
    browser = await desk.browser(await desk.admin(lang="en"))
    late = datetime(2026, 11, 20, 10, 30, tzinfo=UTC)  # Friday 17:30

    await browser.post(f"/admin/calendars/{calendar}/extra-days", data={"day": "2026-11-22", "periods": "9-11"})
    with_sunday = due(late, 60, await queries.calendar(calendar))
    await browser.post(f"/admin/calendars/{calendar}/extra-days/2026-11-22/remove")
    without = due(late, 60, await queries.calendar(calendar))

    assert with_sunday == datetime(2026, 11, 22, 3, tzinfo=UTC)
    assert without == datetime(2026, 11, 23, 2, tzinfo=UTC)


async def test_the_year_shows_what_each_day_is(desk: Desk) -> None:
    calendar = await office()
    await days.add_holiday(SYSTEM, calendar, date(2026, 9, 2), "National Day")
    browser = await desk.browser(await desk.admin(lang="en"))

    page = await browser.get(f"/admin/calendars/{calendar}?year=2026")

    assert "2026 at a glance" in words(page)
    assert "Open on 260 days of 2026." in words(page)
    assert "May Mo Tu We Th Fr Sa Su" in words(page)
    assert 'title="Holiday: National Day"' in page.text
    assert 'title="Working day: 08:00–12:00, 13:00–17:30"' in page.text


async def test_a_calendar_that_a_department_keeps_cannot_be_removed(desk: Desk) -> None:
    await desk.department()
    kept = await CalendarRow.objects().first()
    free = await office()
    await days.add_holiday(SYSTEM, free, date(2026, 9, 2), "National Day")
    browser = await desk.browser(await desk.admin(lang="en"))
    assert kept is not None

    refused = await browser.post(f"/admin/calendars/{kept.id}/remove")
    removed = await browser.post(f"/admin/calendars/{free}/remove")

    assert "A department keeps these hours." in words(refused)
    assert "The calendar is gone." in words(removed)
    assert [row["id"] for row in await CalendarRow.select(CalendarRow.id)] == [kept.id]
    with pytest.raises(NotFound):
        await queries.calendar(free)


async def test_each_change_stands_in_the_log(desk: Desk) -> None:
    calendar = await office()
    browser = await desk.browser(an := await desk.admin(lang="en"))

    await browser.post(f"/admin/calendars/{calendar}", data={**WEEK, "name": "Other", "tz": "Asia/Bangkok"})

    changed = await EventRow.select(EventRow.actor).where(EventRow.name == "CalendarChanged")
    assert [row["actor"] for row in changed] == [an.id]
    assert (await queries.calendar_entry(calendar)).tz == "Asia/Bangkok"


async def test_agents_are_kept_out(desk: Desk) -> None:
    calendar = await office()
    huy = await desk.browser(await desk.agent("Huy"))

    answers = [
        await huy.get("/admin/calendars"),
        await huy.get(f"/admin/calendars/{calendar}"),
        await huy.post(f"/admin/calendars/{calendar}/fill", data={"year": "2027"}),
        await huy.post(f"/admin/calendars/{calendar}/remove"),
        await huy.get("/admin/policies"),
    ]

    assert {answer.status_code for answer in answers} == {403}
    assert await Holiday.count() == 0
