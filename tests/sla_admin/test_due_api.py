"""The business clock for machines: every case through the HTTP door, exact; what cannot be used is named."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from helpdesk.sla import api
from tests.factories import Desk

CASES = Path(__file__).parents[1] / "cases"
CALENDARS: dict[str, Any] = json.loads((CASES / "sla_calendars.json").read_text(encoding="utf-8"))["calendars"]
WEEK = {"tz": "UTC", "hours": {"mon": [["09:00", "17:00"]]}, "holidays": []}
QUESTION = {"calendar": WEEK, "start": "2026-11-23T08:00:00Z", "minutes": 60}


def questions() -> list[tuple[dict[str, Any], str]]:
    rows = [json.loads(line) for line in (CASES / "sla.jsonl").read_text(encoding="utf-8").splitlines()]
    return [
        (
            {
                "calendar": CALENDARS[row["calendar"]] if isinstance(row["calendar"], str) else row["calendar"],
                **{name: row[name] for name in ("start", "minutes", "pauses") if name in row},
            },
            row.get("due", ""),
        )
        for row in rows
    ]


async def test_every_case_is_answered_exactly(desk: Desk) -> None:
    browser = await desk.browser()
    asked = questions()
    assert len(asked) > 390

    for question, due in asked:
        answer = await browser.post("/api/v1/sla/due", json=question)
        if due:
            assert answer.status_code == 200, answer.text
            assert datetime.fromisoformat(answer.json()["due"]) == datetime.fromisoformat(due), question
            assert answer.json()["due"].endswith("Z")
        else:
            assert answer.status_code == 400, question


async def test_an_extra_working_day_wins_over_a_holiday(desk: Desk) -> None:
    calendar = {**WEEK, "holidays": ["2026-11-23"], "extra_days": {"2026-11-23": [["20:00", "22:00"]]}}

    answer = await (await desk.browser()).post("/api/v1/sla/due", json={**QUESTION, "calendar": calendar})

    assert answer.json() == {"due": "2026-11-23T21:00:00Z"}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"minutes": 0}, "minutes"),
        ({"minutes": -5}, "minutes"),
        ({"minutes": "soon"}, "minutes"),
        ({"minutes": 10**9}, "minutes"),
        ({"start": "yesterday"}, "start"),
        ({"start": "2026-11-23T08:00:00"}, "start"),
        ({"pauses": [["2026-11-23T10:00:00Z", "2026-11-23T09:00:00Z"]]}, "pauses"),
        ({"pauses": [["2026-11-23T10:00:00Z"]]}, "pauses"),
        ({"calendar": "office"}, "calendar"),
        ({"calendar": {**WEEK, "tz": "Mars/Olympus"}}, "calendar.tz"),
        ({"calendar": {**WEEK, "hours": {}}}, "calendar.hours"),
        ({"calendar": {**WEEK, "hours": {"mon": [["17:00", "09:00"]]}}}, "calendar.hours.mon"),
        ({"calendar": {**WEEK, "hours": {"mon": [["09:00", "25:00"]]}}}, "calendar.hours.mon"),
        ({"calendar": {**WEEK, "hours": {"mon": [["09:00", "09:01"]] * 13}}}, "calendar.hours.mon"),
        ({"calendar": {**WEEK, "hours": {"someday": [["09:00", "17:00"]]}}}, "calendar.hours.someday"),
        ({"calendar": {**WEEK, "holidays": ["Tết"]}}, "calendar.holidays"),
    ],
)
async def test_what_cannot_be_used_is_named(desk: Desk, change: dict[str, Any], field: str) -> None:
    answer = await (await desk.browser()).post("/api/v1/sla/due", json={**QUESTION, **change})

    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert [name for name in answer.json()["errors"] if name.startswith(field)], answer.text


@pytest.mark.parametrize("missing", ["calendar", "start", "minutes"])
async def test_what_is_missing_is_named(desk: Desk, missing: str) -> None:
    question = {name: value for name, value in QUESTION.items() if name != missing}

    answer = await (await desk.browser()).post("/api/v1/sla/due", json=question)

    assert answer.status_code == 400
    assert missing in answer.text


async def test_what_is_no_json_is_refused(desk: Desk) -> None:
    answer = await (await desk.browser()).post(
        "/api/v1/sla/due", content=b"{", headers={"content-type": "application/json"}
    )

    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_question_that_never_ends_is_refused_soon(desk: Desk) -> None:
    rarely = {"tz": "UTC", "hours": {"mon": [["00:00", "00:01"]]}, "holidays": []}

    answer = await (await desk.browser()).post(
        "/api/v1/sla/due", json={**QUESTION, "calendar": rarely, "minutes": 500000}
    )

    assert answer.status_code == 400
    assert "calendar.hours" in answer.json()["errors"]


async def test_a_stranger_who_asks_too_often_is_asked_to_wait(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "QUESTIONS_A_MINUTE", 2)
    stranger, minh = await desk.browser(), await desk.browser(await desk.agent("Minh"))

    statuses = [(await stranger.post("/api/v1/sla/due", json=QUESTION)).status_code for _ in range(3)]

    assert statuses == [200, 200, 429]
    assert (await minh.post("/api/v1/sla/due", json=QUESTION)).status_code == 200


async def test_a_body_larger_than_any_calendar_is_refused(desk: Desk) -> None:
    calendar = {**WEEK, "holidays": ["2026-11-23"] * 30_000}

    answer = await (await desk.browser()).post("/api/v1/sla/due", json={**QUESTION, "calendar": calendar})

    assert answer.status_code == 413


async def test_what_cannot_be_used_is_told_in_the_readers_language(desk: Desk) -> None:
    nasty: list[tuple[dict[str, Any], str, str]] = [
        ({"minutes": 1.5}, "minutes", "phải là số nguyên từ 1 đến 527040"),
        ({"minutes": 2**70}, "minutes", "phải là số nguyên từ 1 đến 527040"),
        ({"start": 1763884800}, "start", "phải là một thời điểm như 2026-11-23T08:00:00+07:00"),
        ({"start": "1763884800"}, "start", "phải là một thời điểm như 2026-11-23T08:00:00+07:00"),
        ({"pauses": [[1, 2]]}, "pauses[0][0]", "phải là một thời điểm như 2026-11-23T08:00:00+07:00"),
        ({"pauses": [["2026-11-23T10:00:00Z", "noon"]]}, "pauses[0][1]", "phải là một thời điểm như 2026-11-23T08:00"),
        ({"start": None}, "start", "phải là một thời điểm như 2026-11-23T08:00:00+07:00"),
        ({"start": "9999-12-31T23:59:59-12:00"}, "start", "phải nằm giữa năm 1900 và 9900"),
        ({"pauses": [["2026-11-23T10:00:00", "2026-11-23T11:00:00Z"]]}, "pauses", "cần có múi giờ"),
        ({"calendar": {**WEEK, "tz": "/etc/passwd"}}, "calendar.tz", "“/etc/passwd” không phải múi giờ"),
        (
            {"calendar": {**WEEK, "hours": {"mon": [["24:00", "24:00"]]}}},
            "calendar.hours.mon",
            "kết thúc trước khi bắt",
        ),
        ({"calendar": {**WEEK, "holidays": ["2026-02-30"]}}, "calendar.holidays", "“2026-02-30” không phải ngày"),
        ({"calendar": {**WEEK, "hours": {"mon": []}}}, "calendar.hours", "văn phòng phải có lúc mở cửa"),
        (
            {"calendar": {"tz": "UTC", "hours": {}, "extra_days": {"2020-01-01": [["08:00", "09:00"]]}}},
            "calendar.hours",
            "không mở đủ 60 phút",
        ),
    ]
    browser = await desk.browser(lang="vi")
    for change, field, said in nasty:
        answer = await browser.post("/api/v1/sla/due", json={**QUESTION, **change})
        assert (answer.status_code, said in str(answer.json()["errors"].get(field))) == (400, True), answer.text
