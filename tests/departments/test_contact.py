"""The contact page: how each department is reached, when it is open, and how soon it usually answers."""

import pytest

from helpdesk.departments import rules
from helpdesk.departments.queries import department
from helpdesk.departments.tables import AnswerTime
from helpdesk.i18n.reader import Reader, reading_as
from helpdesk.tickets import actions, answer_times
from tests.counting import counted
from tests.factories import Desk, words
from tests.tickets import ask, said

PAGE = "/en/help/contact"


@pytest.mark.once
def test_a_usual_time_is_told_in_words_and_never_too_short() -> None:
    told = {}
    for lang in ("en", "vi"):
        with reading_as(Reader(lang, "UTC")):
            told[lang] = [rules.usually_answers(minutes) for minutes in (0, 31, 46, 61, 481)]
    assert [line.removeprefix("We usually answer within ") for line in told["en"]] == [
        "15 minutes of working time.",
        "45 minutes of working time.",
        "1 working hour.",
        "2 working hours.",
        "2 working days.",
    ]
    assert len({*told["vi"]} - {*told["en"]}) == 5


@pytest.mark.once
def test_a_map_is_a_page_by_https() -> None:
    fine = ["https://maps.app.goo.gl/x1", "https://www.openstreetmap.org/?mlat=10.7"]
    wrong = [
        "http://maps.example",
        "javascript:alert(1)",
        "https://",
        "https://a@b.vn/",
        'https://x.vn/"',
        "https://x .vn",
    ]
    assert [rules.is_map(url) for url in [*fine, *wrong]] == [True] * 2 + [False] * 6


async def test_everybody_finds_how_a_department_is_reached_and_when(desk: Desk) -> None:
    care = await desk.department(phone="+84 (28) 7300 1234")
    await desk.department("Stock", "Kho", "kho@lua.example", position=1, is_public=False)
    office = await desk.browser(await desk.admin(lang="en"))
    visitor = await desk.browser()
    entry = await department(care)
    kept = {"calendar": str(entry.calendar), "policy": str(entry.policy), "is_public": "true"}
    form = {
        **kept,
        "name_vi": "Chăm sóc",
        "name_en": "Care",
        "phone": "+84 (28) 7300 1234",
        "addresses": "support@lua.example",
        "address_en": "1 Lê Lợi, District 1",
    }

    refused = await office.post(f"/admin/departments/{care}", data={**form, "map_url": "http://maps.example/1"})
    saved = await office.post(f"/admin/departments/{care}", data={**form, "map_url": "https://maps.example/1"})
    page = await visitor.get(PAGE)

    assert (refused.status_code, saved.status_code) == (422, 200)
    assert all(
        part in page.text
        for part in ('href="tel:+842873001234"', 'href="mailto:support@lua.example"', 'href="https://maps.example/1"')
    )
    text = words(page)
    assert "1 Lê Lợi, District 1" in text
    assert "Open until 12:00" in text
    assert "Stock" not in text
    desk.clock.set("2026-11-21 20:00+07:00")
    desk.application.kept.clear()
    assert "Opens at 08:00 on Monday" in await visitor.text(PAGE)
    home = await visitor.get("/en/help")
    assert home.text.count('href="/en/help/contact"') == 2


async def test_the_usual_time_is_real_kept_and_told_only_of_enough_answers(desk: Desk) -> None:
    care = await desk.department()
    lan, minh = await desk.customer("Lan"), await desk.agent("Minh", care)
    visitor = await desk.browser()

    async def answered(hours: float) -> None:
        desk.clock.set("2026-11-20 08:00+07:00")
        number = await ask(lan)
        desk.clock.go(hours=hours)
        await actions.reply(minh, number, said("It is on its way."))
        desk.clock.set("2026-11-20 18:00+07:00")

    for hours in (0.5, 0.5, 2.2, 3):
        await answered(hours)
    await answer_times.reckon()
    assert "We usually answer" not in await visitor.text(PAGE)
    await answered(7)  # the lunch hour does not count
    await answer_times.reckon()
    desk.application.kept.clear()
    [row] = await AnswerTime.select(AnswerTime.answered, AnswerTime.minutes)
    with counted() as queries:
        page = await visitor.text(PAGE)
    assert "We usually answer within 3 working hours." in page
    assert not any("deadline" in query for query in queries)
    assert row == {"answered": 5, "minutes": 132}
    desk.clock.go(days=31)
    await answer_times.reckon()
    assert await AnswerTime.count() == 0
