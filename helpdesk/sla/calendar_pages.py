"""The settings pages of calendars: the week, the holidays, the extra working days, and a year at a glance."""

from datetime import date
from typing import Annotated, Any, Final, Literal
from zoneinfo import ZoneInfo

from litestar import Controller, get, post
from litestar.response import Redirect
from msgspec import Meta, Struct

from helpdesk.core.clock import now
from helpdesk.core.errors import Invalid, NotFound
from helpdesk.i18n.catalogue import Phrase, gettext, ngettext, phrase
from helpdesk.i18n.reader import reading
from helpdesk.settings import store
from helpdesk.settings.site import SiteSettings
from helpdesk.sla import actions, days, queries, typed, upcoming
from helpdesk.sla.calendar import WEEKDAYS
from helpdesk.sla.days import YEARS_AHEAD
from helpdesk.sla.public_days import UNOFFICIAL, countries, is_published, public_days, subdivisions
from helpdesk.sla.queries import CalendarEntry, HolidayEntry
from helpdesk.sla.typed import understood
from helpdesk.sla.year import open_days, year_of
from helpdesk.web.actor import CurrentActor, FromPath, FromQuery, Page
from helpdesk.web.forms import Form, filled, options, read
from helpdesk.web.render import Html, go, page

Name = Annotated[str, Meta(min_length=1, max_length=100)]
Hours = Annotated[str, Meta(max_length=200)]
Day = Annotated[str, Meta(min_length=1, max_length=20)]

WEEKDAY_NAMES: Final[dict[str, Phrase]] = {
    "mon": phrase("Monday"),
    "tue": phrase("Tuesday"),
    "wed": phrase("Wednesday"),
    "thu": phrase("Thursday"),
    "fri": phrase("Friday"),
    "sat": phrase("Saturday"),
    "sun": phrase("Sunday"),
}
SHORT_WEEKDAYS: Final = {
    "vi": ("T2", "T3", "T4", "T5", "T6", "T7", "CN"),
    "en": ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"),
}
MONTHS: Final = {
    "vi": tuple(f"Tháng {number}" for number in range(1, 13)),
    "en": (
        *("January", "February", "March", "April", "May", "June"),
        *("July", "August", "September", "October", "November", "December"),
    ),
}
ZONES: Final = (
    "Asia/Ho_Chi_Minh",
    "Asia/Bangkok",
    "Asia/Jakarta",
    "Asia/Singapore",
    "Asia/Hong_Kong",
    "Asia/Shanghai",
    "Asia/Taipei",
    "Asia/Manila",
    "Asia/Seoul",
    "Asia/Tokyo",
    "Asia/Kolkata",
    "Asia/Dubai",
    "Australia/Sydney",
    "Europe/London",
    "Europe/Paris",
    "Europe/Berlin",
    "Europe/Moscow",
    "America/New_York",
    "America/Chicago",
    "America/Los_Angeles",
    "UTC",
)
"""Offered while one types; any IANA name may be written."""


class CalendarForm(Struct):
    """A week as it is typed: "08:00-12:00, 13:00-17:30"; empty days are closed."""

    name: Name
    tz: Annotated[str, Meta(min_length=1, max_length=60)]
    mon: Hours = ""
    tue: Hours = ""
    wed: Hours = ""
    thu: Hours = ""
    fri: Hours = ""
    sat: Hours = ""
    sun: Hours = ""
    open_tickets: Literal["keep", "take"] = "take"

    def hours(self) -> dict[str, list[typed.Period]]:
        """The week. Raises Invalid with every day that cannot be understood."""
        return understood({day: getattr(self, day) for day in WEEKDAYS}, typed.periods)


class HolidayForm(Struct):
    """One day that is closed, or all `until` another."""

    closed_on: Day
    until: Annotated[str, Meta(max_length=20)] = ""
    holiday: Annotated[str, Meta(max_length=100)] = ""


class FillForm(Struct):
    """Whose public holidays of which year; an empty `country` is the one whose days the calendar keeps."""

    year: int
    country: Annotated[str, Meta(max_length=2)] = ""
    subdivision: Annotated[str, Meta(max_length=20)] = ""
    with_swaps: bool = False


class SwapForm(Struct):
    closed: Day
    worked: Day


class ExtraDayForm(Struct):
    """A day with hours of its own, or with half of those that its weekday has."""

    day: Day
    what: Literal["hours", "morning", "afternoon"] = "hours"
    periods: Annotated[str, Meta(max_length=200)] = ""


class CalendarAdmin(Controller):
    """When offices are open: weeks, holidays, extra working days."""

    path = "/calendars"

    @get()
    async def calendars(self) -> Html:
        entries = await queries.calendar_entries()
        return page(
            "sla/calendars.html",
            calendars=[(entry, _week(entry), _next_holiday(entry)) for entry in entries],
            missing={one.calendar: one for one in await upcoming.missing()},
        )

    @get("/new")
    async def new(self) -> Html:
        week = dict.fromkeys(WEEKDAYS[:5], "08:00-12:00, 13:00-17:30")
        return _new_calendar(filled(tz=(await store.get(SiteSettings)).timezone, **week, sat="", sun="", name=""))

    @post("/new")
    async def add(self, actor: CurrentActor, request: Page) -> Html | Redirect:
        form = await read(request, CalendarForm)
        if form.data is None:
            return _new_calendar(form, status=422)
        try:
            added = await actions.add_calendar(actor, name=form.data.name, tz=form.data.tz, hours=form.data.hours())
        except Invalid as refusal:
            return _new_calendar(form.refused(refusal), status=422)
        return go(f"/admin/calendars/{added}", tell=gettext("Saved. Now add the holidays."))

    @get("/{calendar_id:int}")
    async def edit(
        self,
        calendar_id: FromPath[int],
        year: FromQuery[int | None] = None,
        country: FromQuery[str] = "",
        subdivision: FromQuery[str] = "",
    ) -> Html:
        return await _calendar(calendar_id, year=year, country=country, subdivision=subdivision)

    @post("/{calendar_id:int}")
    async def change(self, actor: CurrentActor, calendar_id: FromPath[int], request: Page) -> Html | Redirect:
        form = await read(request, CalendarForm)
        if form.data is None:
            return await _calendar(calendar_id, form=form)
        try:
            takes = form.data.open_tickets == "take"
            await actions.change_calendar(
                actor, calendar_id, name=form.data.name, tz=form.data.tz, hours=form.data.hours(), takes=takes
            )
        except Invalid as refusal:
            return await _calendar(calendar_id, form=form.refused(refusal))
        if takes:
            return go("/admin/calendars", tell=gettext("Saved. Open tickets are counted by these hours in a moment."))
        return go("/admin/calendars", tell=gettext("Saved. Deadlines that run already stay as they are."))

    @post("/{calendar_id:int}/remove")
    async def remove(self, actor: CurrentActor, calendar_id: FromPath[int]) -> Redirect:
        try:
            await actions.remove_calendar(actor, calendar_id)
        except Invalid as refusal:
            return go(f"/admin/calendars/{calendar_id}", tell=refusal.reason, kind="danger")
        return go("/admin/calendars", tell=gettext("The calendar is gone."))

    @post("/{calendar_id:int}/holidays")
    async def add_holiday(self, actor: CurrentActor, calendar_id: FromPath[int], request: Page) -> Html | Redirect:
        form = await read(request, HolidayForm)
        if form.data is None:
            return await _calendar(calendar_id, holiday=form)
        try:
            given = {"closed_on": form.data.closed_on} | ({"until": form.data.until} if form.data.until else {})
            on = understood(given, typed.day)
            await days.add_holiday(actor, calendar_id, on["closed_on"], form.data.holiday, until=on.get("until"))
        except Invalid as refusal:
            return await _calendar(calendar_id, holiday=form.refused(refusal))
        return go(f"/admin/calendars/{calendar_id}?year={on['closed_on'].year}#holidays")

    @post("/{calendar_id:int}/swaps")
    async def swap(self, actor: CurrentActor, calendar_id: FromPath[int], request: Page) -> Html | Redirect:
        form = await read(request, SwapForm)
        if form.data is None:
            return await _calendar(calendar_id, swap=form)
        try:
            on = understood({"closed": form.data.closed, "worked": form.data.worked}, typed.day)
            await days.swap(actor, calendar_id, on["closed"], on["worked"])
        except Invalid as refusal:
            return await _calendar(calendar_id, swap=form.refused(refusal))
        return go(f"/admin/calendars/{calendar_id}?year={on['closed'].year}#holidays")

    @post("/{calendar_id:int}/holidays/{holiday_id:int}/remove")
    async def remove_holiday(
        self, actor: CurrentActor, calendar_id: FromPath[int], holiday_id: FromPath[int], year: FromQuery[int]
    ) -> Redirect:
        await days.remove_holiday(actor, calendar_id, holiday_id)
        return go(f"/admin/calendars/{calendar_id}?year={year}#holidays")

    @post("/{calendar_id:int}/fill")
    async def fill(self, actor: CurrentActor, calendar_id: FromPath[int], request: Page) -> Html | Redirect:
        form = await read(request, FillForm)
        if form.data is None:
            return await _calendar(calendar_id, filling=form)
        entry = await queries.calendar_entry(calendar_id)
        own = not form.data.country
        try:
            added = await days.fill_holidays(
                actor,
                calendar_id,
                form.data.year,
                country=entry.country if own else form.data.country,
                subdivision=entry.subdivision if own else form.data.subdivision,
                with_swaps=form.data.with_swaps,
            )
        except Invalid as refusal:
            return await _calendar(calendar_id, filling=form.refused(refusal), country=form.data.country)
        told = ngettext(
            "%(n)s holiday of %(year)s was added.",
            "%(n)s holidays of %(year)s were added.",
            added.closed,
            year=form.data.year,
        )
        if added.worked:
            told += " " + ngettext(
                "%(n)s day is worked in its stead.", "%(n)s days are worked in their stead.", added.worked
            )
        return go(f"/admin/calendars/{calendar_id}?year={form.data.year}#holidays", tell=told)

    @post("/{calendar_id:int}/extra-days")
    async def add_extra_day(self, actor: CurrentActor, calendar_id: FromPath[int], request: Page) -> Html | Redirect:
        form = await read(request, ExtraDayForm)
        if form.data is None:
            return await _calendar(calendar_id, extra=form)
        try:
            day = understood({"day": form.data.day}, typed.day)["day"]
            if form.data.what == "hours":
                periods = understood({"periods": form.data.periods}, typed.periods)["periods"]
                await days.add_extra_day(actor, calendar_id, day, periods)
            else:
                await days.add_half_day(actor, calendar_id, day, form.data.what)
        except Invalid as refusal:
            return await _calendar(calendar_id, extra=form.refused(refusal))
        return go(f"/admin/calendars/{calendar_id}?year={day.year}#extra-days")

    @post("/{calendar_id:int}/extra-days/{day:str}/remove")
    async def remove_extra_day(self, actor: CurrentActor, calendar_id: FromPath[int], day: FromPath[str]) -> Redirect:
        try:
            on = typed.day(day)
        except typed.Mistyped as error:
            raise NotFound() from error
        await days.remove_extra_day(actor, calendar_id, on)
        return go(f"/admin/calendars/{calendar_id}?year={on.year}#extra-days")


def _new_calendar(form: Form[Any], *, status: int = 200) -> Html:
    return page("sla/new_calendar.html", status=status, form=form, weekdays=WEEKDAY_NAMES, zones=ZONES)


async def _calendar(
    calendar_id: int,
    *,
    year: int | None = None,
    country: str = "",
    subdivision: str = "",
    form: Form[Any] | None = None,
    holiday: Form[Any] | None = None,
    filling: Form[Any] | None = None,
    extra: Form[Any] | None = None,
    swap: Form[Any] | None = None,
) -> Html:
    """A calendar's page. Of its forms at most one came back; then that one says what is wrong (422)."""
    entry = await queries.calendar_entry(calendar_id)
    today = now().astimezone(ZoneInfo(entry.tz)).date()
    shown = year if year is not None and 2000 <= year <= today.year + YEARS_AHEAD else today.year
    months = year_of(
        shown,
        hours=entry.hours,
        holidays={day.closed_on: day.name for day in entry.holidays},
        extra_days=entry.extra_days,
    )
    sent = form or holiday or filling or extra or swap
    lang = reading.get().lang
    return page(
        "sla/calendar.html",
        status=422 if sent else 200,
        calendar=entry,
        sent=sent,
        form=form or _calendar_form(entry),
        holiday=holiday,
        filling=filling,
        extra=extra,
        swap=swap,
        weekdays=WEEKDAY_NAMES,
        weekday_of=[WEEKDAY_NAMES[day] for day in WEEKDAYS],
        short_weekdays=SHORT_WEEKDAYS[lang],
        month_names=MONTHS[lang],
        zones=ZONES,
        year=shown,
        today=today,
        last_year=today.year + YEARS_AHEAD,
        months=months,
        open_days=open_days(months),
        holidays=[day for day in entry.holidays if day.closed_on.year == shown],
        extra_days=_extra_days(entry, shown),
        missing=next((one for one in await upcoming.missing() if one.calendar == calendar_id), None),
        unofficial=UNOFFICIAL,
        **_public(entry, shown, country, subdivision),
    )


def _public(entry: CalendarEntry, year: int, country: str, subdivision: str) -> dict[str, Any]:
    """The country whose public holidays are offered, with its parts, and those of the year that are not there yet."""
    lang = reading.get().lang
    offered = country if country in countries(lang) else entry.country
    parts = subdivisions(offered) if offered else {}
    if not country:
        subdivision = entry.subdivision
    part = subdivision if subdivision in parts else ""
    known = {day.closed_on for day in entry.holidays}
    found = [day for day in public_days(offered, part, year, lang) if day.on not in known] if offered else []
    return {
        "countries": options([("", gettext("None")), *countries(lang).items()]),
        "country": offered,
        "country_name": countries(lang).get(offered, ""),
        "parts": options([("", gettext("What holds everywhere in it")), *parts.items()]),
        "part": part,
        "part_name": parts.get(part, ""),
        "offered": found,
        "is_official": not offered or is_published(offered, year),
    }


def _extra_days(entry: CalendarEntry, year: int) -> list[tuple[date, str, date | None]]:
    """Days of the year with hours of their own, those hours, and the day off that each is swapped for."""
    swapped = {day.worked_on: day.closed_on for day in entry.holidays if day.worked_on is not None}
    return [
        (day, typed.periods_text(hours), swapped.get(day))
        for day, hours in entry.extra_days.items()
        if day.year == year
    ]


def _calendar_form(entry: CalendarEntry) -> Form[Any]:
    week = {day: typed.periods_text(entry.hours.get(day, [])) for day in WEEKDAYS}
    return filled(name=entry.name, tz=entry.tz, open_tickets="take", **week)


def _week(entry: CalendarEntry) -> list[tuple[Phrase, Phrase | None, str]]:
    """The week in as few lines as it has: (first day, last day or None when it is one day, hours)."""
    lines: list[tuple[Phrase, Phrase | None, str]] = []
    for day in WEEKDAYS:
        hours = typed.periods_text(entry.hours.get(day, []))
        if lines and lines[-1][2] == hours:
            lines[-1] = (lines[-1][0], WEEKDAY_NAMES[day], hours)
        else:
            lines.append((WEEKDAY_NAMES[day], None, hours))
    return lines


def _next_holiday(entry: CalendarEntry) -> HolidayEntry | None:
    today = now().astimezone(ZoneInfo(entry.tz)).date()
    return next((day for day in entry.holidays if day.closed_on >= today), None)
