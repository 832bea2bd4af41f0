"""Single days of a calendar: public holidays of any country, swaps, half days, and a year that is near."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from msgspec import structs

from helpdesk.core.actor import SYSTEM
from helpdesk.events.tables import EventRow
from helpdesk.mail.reading.parse import parse
from helpdesk.mail.tables import Outbound
from helpdesk.sla import actions, days, queries, upcoming
from helpdesk.sla.calendar import due, periods_on
from helpdesk.sla.days import half_of
from helpdesk.sla.public_days import PublicDay, countries, is_published, public_days, subdivisions
from helpdesk.sla.tables import CalendarRow
from tests.factories import Desk, words

OFFICE_DAY = [("08:00", "12:00"), ("13:00", "17:30")]


async def office(tz: str = "Asia/Ho_Chi_Minh", **more: list[tuple[str, str]]) -> int:
    hours = dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), OFFICE_DAY) | more
    return await actions.add_calendar(SYSTEM, name="Office", tz=tz, hours=hours)


@pytest.mark.once
def test_holidays_are_those_of_the_country_and_of_its_part() -> None:
    names = countries("vi")
    assert next(iter(names)) == "VN"
    assert (names["DE"], countries("en")["US"]) == ("Đức", "United States")
    assert subdivisions("DE")["BY"] == "Bayern"
    assert subdivisions("XX") == {}
    bavaria, berlin = ({day.on for day in public_days("DE", part, 2026, "en")} for part in ("BY", "BE"))
    assert date(2026, 1, 6) in bavaria - berlin, "Epiphany"
    assert date(2026, 3, 8) in berlin - bavaria, "Women's Day"
    vietnam = public_days("VN", "", 2026, "vi")
    assert PublicDay(date(2026, 8, 31), "Ngày nghỉ (thay cho ngày 22/08/2026)", date(2026, 8, 22)) in vietnam
    assert [day.on for day in vietnam if "Tết Nguyên Đán" in day.name] == [date(2026, 2, on) for on in range(16, 21)]
    assert date(2026, 4, 27) in {day.on for day in vietnam}, "a day in lieu of Hùng Kings, which are on a Sunday"
    assert is_published("VN", 2026)
    assert not is_published("VN", 2033)
    assert is_published("DE", 2033)


@pytest.mark.once
def test_half_a_day_is_what_the_day_has_before_noon_or_after() -> None:
    assert half_of(OFFICE_DAY, "morning") == [("08:00", "12:00")]
    assert half_of(OFFICE_DAY, "afternoon") == [("13:00", "17:30")]
    assert half_of([("10:00", "21:00")], "morning") == [("10:00", "12:00")]
    assert half_of([("10:00", "21:00")], "afternoon") == [("12:00", "21:00")]
    assert half_of([("08:00", "12:00")], "afternoon") == []


async def test_a_year_is_filled_in_with_the_saturdays_that_are_worked_instead(desk: Desk) -> None:
    calendar = await office()
    browser = await desk.browser(await desk.admin(lang="en"))
    page = await browser.get(f"/admin/calendars/{calendar}?year=2026")
    assert "14 public holidays of Vietnam are not in the calendar yet:" in words(page)
    assert "worked on 22 Aug 2026" in words(page)

    told = await browser.post(f"/admin/calendars/{calendar}/fill", data={"year": "2026", "with_swaps": "true"})

    assert "14 holidays of 2026 were added. 1 day is worked in its stead." in words(told)
    kept = await queries.calendar(calendar)
    assert periods_on(date(2026, 8, 31), kept) == ()
    assert periods_on(date(2026, 8, 22), kept) == ((480, 720), (780, 1050))
    assert "All public holidays of Vietnam are in the calendar." in await browser.text(
        f"/admin/calendars/{calendar}?year=2026"
    )
    entry = await queries.calendar_entry(calendar)
    swapped = next(day for day in entry.holidays if day.worked_on)
    await browser.post(f"/admin/calendars/{calendar}/holidays/{swapped.id}/remove?year=2026")
    assert periods_on(date(2026, 8, 22), await queries.calendar(calendar)) == (), "the pair goes together"
    assert periods_on(date(2026, 8, 31), await queries.calendar(calendar)) != ()


async def test_another_country_and_its_part_can_be_chosen_and_are_remembered(desk: Desk) -> None:
    calendar = await office("Europe/Berlin")
    browser = await desk.browser(await desk.admin(lang="en"))
    home = f"/admin/calendars/{calendar}"
    assert "Public holidays of 2026" in await browser.text(home)
    assert "not in the calendar yet" not in await browser.text(home), "no country is chosen for it"
    assert "public holidays of Bayern" in await browser.text(f"{home}?year=2026&country=DE&subdivision=BY")

    bad: list[dict[str, Any]] = [{"country": "XX"}, {"country": "DE", "subdivision": "QQ"}, {"country": ""}]
    for data in bad:
        assert (await browser.post(f"{home}/fill", data={"year": "2026", **data})).status_code == 422
    await browser.post(f"{home}/fill", data={"year": "2026", "country": "DE", "subdivision": "BY"})

    entry = await queries.calendar_entry(calendar)
    assert (entry.country, entry.subdivision) == ("DE", "BY")
    assert date(2026, 1, 6) in {day.closed_on for day in entry.holidays}
    kept = await queries.calendar(calendar)
    eve = datetime(2026, 1, 5, 16, tzinfo=UTC)  # Monday 17:00 before Epiphany
    assert due(eve, 60, kept) == datetime(2026, 1, 7, 7, 30, tzinfo=UTC)


async def test_two_days_are_swapped_and_taken_back_as_a_pair(desk: Desk) -> None:
    calendar = await office(sat=[("08:00", "12:00")])
    browser = await desk.browser(await desk.admin(lang="vi"), lang="vi")
    home = f"/admin/calendars/{calendar}"

    page = await browser.post(f"{home}/swaps", data={"closed": "2027-01-02", "worked": "2027-01-10"})
    assert page.status_code == 200, "a Saturday morning for a Sunday"
    await browser.post(f"{home}/swaps", data={"closed": "2026-12-31", "worked": "2026-12-26"})
    kept = await queries.calendar(calendar)
    assert periods_on(date(2027, 1, 10), kept) == ((480, 720),)
    assert periods_on(date(2026, 12, 31), kept) == ()
    assert periods_on(date(2026, 12, 26), kept) == ((480, 720), (780, 1050)), "the whole day that Thursday has"
    shown = await browser.text(f"{home}?year=2026")
    assert "Nghỉ hoán đổi với 26/12/2026" in shown
    assert "làm bù 26/12/2026" in shown

    await browser.post(f"{home}/extra-days/2026-12-26/remove")
    kept = await queries.calendar(calendar)
    assert periods_on(date(2026, 12, 31), kept) != ()
    assert periods_on(date(2026, 12, 26), kept) == ((480, 720),)

    for data, field in (
        ({"closed": "2026-12-27", "worked": "2026-12-26"}, "closed"),  # a Sunday
        ({"closed": "2026-12-28", "worked": "2026-12-29"}, "worked"),  # a Tuesday like that Monday
        ({"closed": "2026-12-28", "worked": "2026-12-28"}, "worked"),
        ({"closed": "soon", "worked": "2026-12-26"}, "closed"),
    ):
        refused = await browser.post(f"{home}/swaps", data=data)
        assert (refused.status_code, f'href="#{field}"' in refused.text) == (422, True), data


async def test_a_day_is_swapped_for_one_other_and_stays_so_by_another_name(desk: Desk) -> None:
    calendar = await office()
    browser = await desk.browser(await desk.admin(lang="vi"), lang="vi")
    home, saturday, sunday = f"/admin/calendars/{calendar}", date(2026, 12, 5), date(2026, 12, 6)
    await browser.post(f"{home}/swaps", data={"closed": "2026-12-03", "worked": str(saturday)})
    twice = await browser.post(f"{home}/swaps", data={"closed": "2026-12-04", "worked": str(saturday)})
    assert (twice.status_code, "đã được làm bù cho một ngày khác" in words(twice)) == (422, True)

    await browser.post(f"{home}/holidays", data={"closed_on": "2026-12-03", "holiday": "Dã ngoại"})
    kept = (await queries.calendar_entry(calendar)).holidays
    assert [(day.name, day.worked_on) for day in kept] == [("Dã ngoại", saturday)]
    await browser.post(f"{home}/swaps", data={"closed": "2026-12-03", "worked": str(sunday)})
    entry = await queries.calendar_entry(calendar)
    assert [day.worked_on for day in entry.holidays] == [sunday]
    assert [*entry.extra_days] == [sunday], "the Saturday is free again"


async def test_half_days_and_days_off_in_a_row(desk: Desk) -> None:
    calendar = await office()
    browser = await desk.browser(await desk.admin(lang="en"))
    home = f"/admin/calendars/{calendar}"
    await browser.post(f"{home}/extra-days", data={"day": "2026-12-24", "what": "morning"})
    await browser.post(
        f"{home}/holidays", data={"closed_on": "2026-12-28", "until": "2026-12-30", "holiday": "Company trip"}
    )
    kept = await queries.calendar(calendar)
    assert periods_on(date(2026, 12, 24), kept) == ((480, 720),)
    assert [periods_on(date(2026, 12, on), kept) == () for on in (25, 28, 29, 30, 31)] == [
        False,
        True,
        True,
        True,
        False,
    ]
    page = await browser.get(f"{home}?year=2026")
    assert 'title="Own hours: 08:00–12:00"' in page.text
    assert page.text.count('title="Holiday: Company trip"') == 3
    assert '<td aria-current="date"><span class="yearday yearday--open is-today"' in page.text, "the clock stands there"
    for data in (
        {"closed_on": "2026-12-28", "until": "2026-12-27"},
        {"closed_on": "2026-12-28", "until": "2027-12-27"},
        {"closed_on": "2026-12-28", "until": "later"},
    ):
        refused = await browser.post(f"{home}/holidays", data=data)
        assert (refused.status_code, 'href="#until"' in refused.text) == (422, True), data
    closed = await browser.post(f"{home}/extra-days", data={"day": "2026-12-27", "what": "morning"})
    assert "closed in that half" in words(closed)


async def test_administrators_hear_once_from_november_on_that_next_year_is_missing(desk: Desk) -> None:
    await desk.admin("An", lang="vi")
    admin = await desk.admin("Binh", lang="en")
    await desk.agent("Huy")
    vietnam, elsewhere = await office(), await office("Europe/Berlin")
    await office()  # open on all holidays
    await days.fill_holidays(SYSTEM, vietnam, 2026, country="VN")
    desk.clock.set("2026-10-31 23:00+07:00")
    await upcoming.announce()
    await desk.work()
    assert await Outbound.count() == 0
    assert await upcoming.missing() == []

    for moment in ("2026-11-01 00:30", "2026-11-01 01:30", "2026-12-24 08:00"):
        desk.clock.set(f"{moment}+07:00")
        await upcoming.announce()
        await desk.work()

    letters = [parse(row["content"]) for row in await Outbound.select(Outbound.content).order_by(Outbound.id)]
    assert {letter.to[0].name for letter in letters} == {"An", "Binh"}
    assert len(letters) == 2, "once for each of them, and none about a calendar that never had any"
    english = next(letter for letter in letters if letter.to[0].name == "Binh")
    assert english.subject == "Add the holidays of 2027 to “Office”"
    assert f"/admin/calendars/{vietnam}?year=2027" in english.text
    assert "Compare with the government's announcement." in english.text
    assert await EventRow.count().where(EventRow.name == "YearAhead") == 1

    browser = await desk.browser(admin)
    assert "The holidays of 2027 are missing." in await browser.text("/admin/calendars")
    assert ": the holidays of 2027 are missing." in await browser.text("/admin")
    page = await browser.get(f"/admin/calendars/{vietnam}")
    assert "The holidays of 2027 are missing" in words(page)
    assert "missing" not in await browser.text(f"/admin/calendars/{elsewhere}")
    await browser.post(f"/admin/calendars/{vietnam}/fill", data={"year": "2027", "with_swaps": "true"})
    assert "are missing" not in await browser.text(f"/admin/calendars/{vietnam}")
    assert date(2027, 2, 6) in {day.closed_on for day in (await queries.calendar_entry(vietnam)).holidays}


async def test_a_year_that_was_filled_in_before_the_letter_is_written_needs_none(desk: Desk) -> None:
    await desk.admin()
    calendar = await office()
    await days.fill_holidays(SYSTEM, calendar, 2026, country="VN")
    desk.clock.set("2026-11-02 08:00+07:00")
    await upcoming.announce()
    await days.fill_holidays(SYSTEM, calendar, 2027, country="VN")
    await desk.work()
    assert await Outbound.count() == 0
    desk.clock.set("2027-11-02 08:00+07:00")
    await upcoming.announce()
    await desk.work()
    assert await Outbound.count() == 1, "each year anew"
    row = await CalendarRow.objects().first()
    assert row is not None
    assert row.told_year == 2028


async def test_what_a_holiday_is_called_stands_in_sums(desk: Desk) -> None:
    calendar = await office()
    await days.add_holiday(SYSTEM, calendar, date(2026, 11, 23), "Company trip")
    kept = await queries.calendar(calendar)
    assert kept.names == {date(2026, 11, 23): "Company trip"}
    assert structs.replace(kept, names={}).holidays == kept.holidays
