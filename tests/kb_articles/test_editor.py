"""Where staff write: the list, one article, its versions, the categories."""

from typing import Any

import pytest

from helpdesk.core.actor import SYSTEM
from kb.articles import actions, queries
from tests.factories import Desk, words
from tests.kb_articles import draft, now_of, shelf, written
from tests.web.lint import problems

FORM = {"title": "Hoàn tiền", "body": "Mới.", "lang": "vi", "category": "", "translation_of": "", "seen": "0"}


async def test_an_article_goes_from_an_empty_form_to_readers(desk: Desk) -> None:
    minh, category = await desk.agent("Minh", lang="en"), await shelf()
    browser = await desk.browser(minh)
    blank = await browser.get("/desk/articles/new")
    assert problems(blank.text) == []

    saved = await browser.post("/desk/articles/new", data=FORM | {"category": str(category), "then": "publish"})

    assert "Saved and published." in saved.text
    assert problems(saved.text) == []
    number = int(saved.url.path.rpartition("/")[2])
    article = await now_of(number)
    assert (article.title, article.status, article.category) == ("Hoàn tiền", "published", category)
    assert (await (await desk.browser()).get(f"/vi/help/articles/{number}")).status_code == 200


async def test_nothing_typed_is_lost_when_something_is_missing(desk: Desk) -> None:
    browser = await desk.browser(await desk.agent("Minh", lang="en"))

    answer = await browser.post("/desk/articles/new", data=FORM | {"title": "", "category": "999999"})

    assert answer.status_code == 422
    assert "This cannot be left empty." in answer.text
    assert "Mới." in answer.text
    answer = await browser.post("/desk/articles/new", data=FORM | {"category": "999999"})
    assert (answer.status_code, "There is no such category." in answer.text) == (422, True)


async def test_two_writers_at_once_lose_nothing(desk: Desk) -> None:
    minh, hoa = await desk.agent("Minh"), await desk.agent("Hoa")
    number = await actions.create(minh, draft("Hoàn tiền", "Một.\nHai."))
    browser = await desk.browser(minh)
    await actions.change(hoa, number, draft("Hoàn tiền", "Một.\nHoa viết."), seen=1)

    refused = await browser.post(f"/desk/articles/{number}", data=FORM | {"body": "Một.\nMinh viết.", "seen": "1"})

    assert refused.status_code == 409
    assert problems(refused.text) == []
    assert "<del>Hoa viết.</del>" in refused.text
    assert "<ins>Minh viết.</ins>" in refused.text
    assert "Minh viết.</textarea>" in refused.text
    assert 'name="seen" value="2"' in refused.text
    await browser.post(f"/desk/articles/{number}", data=FORM | {"body": "Một.\nMinh viết.", "seen": "2"})
    assert (await now_of(number)).body == "Một.\nMinh viết."
    assert [version.body for version in await queries.versions(number)][1] == "Một.\nHoa viết."


async def test_the_preview_is_what_readers_will_see_and_no_more(desk: Desk) -> None:
    browser = await desk.browser(await desk.agent("Minh"))

    answer = await browser.post("/desk/articles/preview", data={"body": "# Bước\n\n<script>alert(1)</script>"})

    assert '<h2 id="h-buoc">Bước</h2>' in answer.text
    assert "<script>" not in answer.text
    assert "<html" not in answer.text
    assert "HX-Request" in answer.headers["vary"]


async def test_the_buttons_take_an_article_back_and_put_it_away(desk: Desk) -> None:
    number = await written()
    browser = await desk.browser(await desk.agent("Minh"))

    for wanted in ("draft", "archived", "draft", "published"):
        answer = await browser.post(f"/desk/articles/{number}/state", data={"to": wanted})
        assert answer.status_code == 200
        assert (await now_of(number)).status == wanted


async def test_what_somebody_else_did_first_is_told(desk: Desk) -> None:
    number = await written()
    browser = await desk.browser(await desk.agent("Minh", lang="en"))

    answer = await browser.post(f"/desk/articles/{number}/state", data={"to": "published"})

    assert answer.status_code == 409
    assert "Somebody else was faster" in answer.text


async def test_versions_are_shown_side_by_side_and_come_back(desk: Desk) -> None:
    minh = await desk.agent("Minh", lang="en")
    number = await written("Hoàn tiền", "Một.\nHai.")
    await actions.change(minh, number, draft("Trả tiền", "Một.\nBa.", status="published"), seen=1)
    browser = await desk.browser(minh)

    newest = await browser.get(f"/desk/articles/{number}/versions")
    assert problems(newest.text) == []
    assert "<del>Hai.</del>" in newest.text
    assert "<ins>Ba.</ins>" in newest.text
    assert "<del>Hoàn tiền</del>" in newest.text
    assert "restore" not in newest.text
    first = await browser.get(f"/desk/articles/{number}/versions?of=1")
    assert "Restore version 1" in first.text
    await browser.post(f"/desk/articles/{number}/versions/1/restore")

    assert (await now_of(number)).body == "Một.\nHai."
    assert (await browser.get(f"/desk/articles/{number}/versions?of=9")).status_code == 404


async def test_a_translation_begins_with_the_original(desk: Desk) -> None:
    category = await shelf()
    number = await written("Hoàn tiền", "Một.", category=category)
    browser = await desk.browser(await desk.agent("Minh", lang="en"))
    form = await browser.get(f"/desk/articles/new?translation_of={number}")
    assert f'name="translation_of" value="{number}"' in form.text
    assert '<option value="en" selected>' in form.text

    saved = await browser.post(
        "/desk/articles/new", data=FORM | {"title": "Refund", "lang": "en", "translation_of": str(number)}
    )

    translation = await now_of(int(saved.url.path.rpartition("/")[2]))
    assert (translation.lang, translation.translation_of) == ("en", number)
    assert "Refund" in (await browser.get(f"/desk/articles/{number}")).text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {"Hoàn tiền", "Refund", "Nháp"}),
        ("status=draft", {"Nháp"}),
        ("lang=en", {"Refund"}),
        ("q=hoan", {"Hoàn tiền"}),
        ("q=TIỀN+hoàn", {"Hoàn tiền"}),
        ("q=%25", {"Hoàn tiền", "Refund", "Nháp"}),
        ("status=draft&q=hoan", set()),
    ],
)
async def test_the_list_is_filtered_by_state_language_and_words(desk: Desk, query: str, found: set[str]) -> None:
    await written("Hoàn tiền")
    await written("Refund", lang="en")
    await written("Nháp", status="draft")
    browser = await desk.browser(await desk.agent("Minh", lang="en"))

    page = await browser.get(f"/desk/articles?{query}")

    assert problems(page.text) == []
    assert {title for title in ("Hoàn tiền", "Refund", "Nháp") if f">{title}</a>" in page.text} == found


async def test_the_list_goes_on_where_the_last_page_ended(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "PAGE_SIZE", 2)
    for number in range(5):
        await written(f"Bài {number}")
        desk.clock.go(seconds=0.25 if number % 2 else 1)

    seen, after = [], None
    for _ in range(3):
        page = await queries.written(SYSTEM, after=after)
        seen += [row.title for row in page.items]
        after = page.next

    assert (seen, after) == ([f"Bài {number}" for number in (4, 3, 2, 1, 0)], None)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/desk/articles"),
        ("GET", "/desk/articles/new"),
        ("POST", "/desk/articles/new"),
        ("POST", "/desk/articles/preview"),
        ("GET", "/admin/categories"),
        ("POST", "/admin/categories/new"),
    ],
)
async def test_customers_have_no_business_here(desk: Desk, method: str, path: str) -> None:
    lan = await desk.browser(await desk.customer("Lan"))

    answer = await lan.request(method, path, data={} if method == "POST" else None)

    assert answer.status_code == 403


async def test_an_administrator_keeps_the_categories(desk: Desk) -> None:
    browser = await desk.browser(await desk.admin(lang="en"))
    empty = await browser.get("/admin/categories")
    assert problems(empty.text) == []
    form: dict[str, Any] = {"name_vi": "Máy in", "name_en": "Printers", "icon": "printer", "position": "1"}

    refused = await browser.post("/admin/categories/new", data=form | {"name_en": ""})
    assert refused.status_code == 422
    added = await browser.post("/admin/categories/new", data=form)
    assert "Printers" in words(added)
    [(number, _)] = await queries.shelf_names("en")
    edit = await browser.get(f"/admin/categories/{number}")
    assert problems(edit.text) == []
    await browser.post(f"/admin/categories/{number}", data=form | {"name_en": "Printing"})
    assert await queries.shelf_names("en") == [(number, "Printing")]
    article = await written(category=number)
    assert "There are articles in this category." in words(await browser.post(f"/admin/categories/{number}/remove"))
    await actions.change(SYSTEM, article, draft(status="published"), seen=None)
    await browser.post(f"/admin/categories/{number}/remove")

    assert await queries.shelf_names("en") == []
