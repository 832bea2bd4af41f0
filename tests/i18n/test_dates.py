"""Moments in words: the same rules as static/js/common.js."""

from datetime import UTC, datetime, timedelta

import pytest

from helpdesk.i18n import dates

NOW = datetime(2026, 11, 20, 3, 24, tzinfo=UTC)  # 10:24 in Ho Chi Minh City
SAIGON = "Asia/Ho_Chi_Minh"
MINUTE, HOUR, DAY = 60, 3600, 86400


@pytest.mark.parametrize(
    ("seconds", "vi", "en"),
    [
        (0, "phút này", "this minute"),
        (59, "phút này", "this minute"),
        (MINUTE, "1 phút trước", "1 minute ago"),
        (90, "1 phút trước", "1 minute ago"),  # Math.round(-1.5) is -1
        (24 * MINUTE, "24 phút trước", "24 minutes ago"),
        (HOUR, "1 giờ trước", "1 hour ago"),
        (103 * MINUTE, "2 giờ trước", "2 hours ago"),
        (DAY, "hôm qua", "yesterday"),
        (2 * DAY, "hôm kia", "2 days ago"),
        (3 * DAY, "3 ngày trước", "3 days ago"),
        (8 * DAY, "tuần trước", "last week"),
        (20 * DAY, "3 tuần trước", "3 weeks ago"),
        (31 * DAY, "tháng trước", "last month"),
        (100 * DAY, "3 tháng trước", "3 months ago"),
        (400 * DAY, "năm ngoái", "last year"),
        (1000 * DAY, "3 năm trước", "3 years ago"),
        (-HOUR, "sau 1 giờ nữa", "in 1 hour"),
        (-DAY, "ngày mai", "tomorrow"),
        (-2 * DAY, "ngày kia", "in 2 days"),
    ],
)
def test_a_moment_is_told_by_its_distance(seconds: int, vi: str, en: str) -> None:
    moment = NOW - timedelta(seconds=seconds)

    assert dates.ago(moment, NOW, "vi") == vi
    assert dates.ago(moment, NOW, "en") == en


@pytest.mark.parametrize(
    ("minutes", "vi", "en"),
    [(0, "0p", "0m"), (59, "59p", "59m"), (80, "1g", "1h"), (1439, "23g", "23h"), (5000, "3n", "3d"), (-5, "0p", "0m")],
)
def test_a_dense_table_has_room_for_three_letters(minutes: int, vi: str, en: str) -> None:
    moment = NOW - timedelta(minutes=minutes)

    assert dates.short_ago(moment, NOW, "vi") == vi
    assert dates.short_ago(moment, NOW, "en") == en


def test_a_date_is_that_of_the_readers_zone() -> None:
    late = datetime(2026, 11, 20, 18, 5, tzinfo=UTC)

    assert dates.day(late, "UTC", "en") == "20 Nov 2026"
    assert dates.day(late, SAIGON, "en") == "21 Nov 2026"
    assert dates.day(late, SAIGON, "vi") == "21/11/2026"
    assert dates.clock_time(late, SAIGON) == "01:05"
    assert dates.long_moment(late, SAIGON, "vi") == "01:05 ngày 21/11/2026"
    assert dates.long_moment(late, SAIGON, "en") == "21 Nov 2026, 01:05"


@pytest.mark.parametrize(
    ("seconds", "vi", "en", "state"),
    [
        (3 * DAY, "còn 3 ngày", "3 d left", "ok"),
        (48 * HOUR, "còn 2 ngày", "2 d left", "ok"),
        (47 * HOUR, "còn 47 giờ", "47 h left", "ok"),
        (377 * MINUTE, "còn 6 giờ 17", "6 h 17 left", "ok"),
        (HOUR, "còn 1 giờ", "1 h left", "ok"),
        (HOUR - 1, "còn 1 giờ", "1 h left", "soon"),
        (47 * MINUTE, "còn 47 phút", "47 min left", "soon"),
        (15 * MINUTE, "còn 15 phút", "15 min left", "soon"),
        (9 * MINUTE, "còn 9 phút", "9 min left", "critical"),
        (1, "còn 1 phút", "1 min left", "critical"),
        (0, "còn 0 phút", "0 min left", "critical"),
        (-1, "vừa quá hạn", "just over", "breached"),
        (-65 * MINUTE, "quá hạn 1 giờ 05", "1 h 05 over", "breached"),
    ],
)
def test_a_countdown_says_what_is_left_and_how_urgent_it_is(seconds: int, vi: str, en: str, state: str) -> None:
    due = NOW + timedelta(seconds=seconds)

    assert dates.countdown(due, NOW, "vi") == dates.Countdown(vi, state)  # type: ignore[arg-type]
    assert dates.countdown(due, NOW, "en") == dates.Countdown(en, state)  # type: ignore[arg-type]
