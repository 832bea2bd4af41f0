from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Final

import msgspec
from litestar import Controller, Request, post
from litestar.exceptions import ValidationException
from litestar.params import JSONBody
from msgspec import Meta, Struct

from helpdesk.core.errors import Invalid
from helpdesk.i18n.catalogue import phrase
from helpdesk.sla.calendar import CalendarError, NeverOpen, due, parse_calendar
from helpdesk.web import failures
from helpdesk.web.actor import CurrentActor
from helpdesk.web.failures import Answer
from helpdesk.web.limits import limit
from helpdesk.web.visit import visiting

MOST_PERIODS: Final = 12
"""Open periods of one day. With MOST_MINUTES it bounds what one question may cost."""
MOST_MINUTES: Final = 366 * 24 * 60
LARGEST_QUESTION: Final = 256 * 1024
"""Bytes."""
QUESTIONS_A_MINUTE: Final = 1200
"""From one address. People of the desk may ask as often as they like."""

Moment = Annotated[str, Meta(extra_json_schema={"format": "date-time"})]
"""Text, for a bare number is no moment that anybody wrote down."""
_MOMENT: Final = phrase("must be a moment such as 2026-11-23T08:00:00+07:00")


class DueQuestion(Struct, frozen=True):
    """
    When is a promise due? `calendar` is {"tz", "hours", "holidays", "extra_days"?}.

    `minutes` count from `start` while the calendar is open, without the `pauses`, each a pair of moments.
    """

    calendar: dict[str, Any]
    start: Moment
    minutes: Annotated[int, Meta(ge=1, le=MOST_MINUTES)]
    pauses: list[tuple[Moment, Moment]] = []


class DueAnswer(Struct, frozen=True):
    """The first instant at which the minutes have passed, in UTC."""

    due: datetime


class Unanswerable(Invalid):
    """A question that has no answer as it stands; `errors` names the fields of the body, by their path."""

    status = 400

    def __init__(self, errors: Mapping[str, object]) -> None:
        super().__init__(errors, phrase("The question cannot be answered as it is."))


def _misunderstood(request: Request[Any, Any, Any], error: ValidationException) -> Answer:
    """A body of another shape."""
    extra = error.extra if isinstance(error.extra, list) else []
    named = {key: _meant(key, item) for item in extra if (key := str(item.get("key") or "body"))}
    return failures.refused(request, Unanswerable(named))


def _meant(key: str, item: Mapping[str, Any]) -> object:
    """What a field of the question wants."""
    field = key.partition("[")[0]
    if field == "minutes":
        return phrase("must be a whole number from 1 to %(most)s", most=MOST_MINUTES)
    if field == "start" or key != field:
        return _MOMENT
    if field == "pauses":
        return phrase("must be a list of pairs of moments")
    if field == "calendar":
        return phrase("must be an object")
    return item.get("message", "")


class DueApi(Controller):
    """The business clock for machines."""

    path = "/sla"
    tags = ["Promises"]
    request_max_body_size = LARGEST_QUESTION
    exception_handlers = {ValidationException: _misunderstood}

    @post("/due", status_code=200, summary="When is a promise due")
    async def due(self, actor: CurrentActor, data: JSONBody[DueQuestion]) -> DueAnswer:
        """Anyone may ask; nothing is read or written. 400 names the field that cannot be used."""
        if not actor.is_agent:
            limit("sla due", visiting.get().address, most=QUESTIONS_A_MINUTE, seconds=60)
        try:
            _check_size(data.calendar)
            calendar = parse_calendar(data.calendar)
        except CalendarError as error:
            raise Unanswerable({f"calendar.{error.field}": error.reason}) from error
        try:
            pauses = [
                (_moment(f"pauses[{at}][0]", begin), _moment(f"pauses[{at}][1]", end))
                for at, (begin, end) in enumerate(data.pauses)
            ]
            return DueAnswer(due(_moment("start", data.start), data.minutes, calendar, pauses))
        except CalendarError as error:
            raise Unanswerable({error.field: error.reason}) from error
        except NeverOpen as error:
            raise Unanswerable({"calendar.hours": error.reason}) from error


def _moment(field: str, text: str) -> datetime:
    try:
        return msgspec.convert(text, datetime)
    except msgspec.ValidationError as error:
        raise CalendarError(field, _MOMENT) from error


def _check_size(calendar: dict[str, Any]) -> None:
    """Raises CalendarError for a day of more periods than any office has."""
    for part in ("hours", "extra_days"):
        days = calendar.get(part)
        for day, periods in days.items() if isinstance(days, dict) else ():
            if isinstance(periods, list) and len(periods) > MOST_PERIODS:
                raise CalendarError(f"{part}.{day}", phrase("has more than %(n)s periods", n=MOST_PERIODS))
