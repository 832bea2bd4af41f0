"""Searching as people do it: with and without accents, in both languages, without JavaScript."""

import pytest

from helpdesk.search import queries
from helpdesk.search.document import Engine
from kb.articles import actions
from kb.articles.tables import Article
from tests.factories import Desk, words
from tests.kb_articles import shelf, written
from tests.web.lint import problems

pytestmark = pytest.mark.usefixtures("index")


@pytest.mark.parametrize("query", ["máy in", "may in", "MÁY IN", "may+in"])
async def test_an_article_is_found_with_and_without_accents(desk: Desk, query: str) -> None:
    await written("Kết nối máy in qua Bluetooth", "Mở cài đặt, chọn Máy in.", category=await shelf())
    await written("Hoàn tiền", "Về thẻ.")
    await desk.work()
    browser = await desk.browser(lang="vi")

    page = await browser.get("/vi/help/search", params={"q": query.replace("+", " ")})

    assert problems(page.text) == []
    assert "Kết nối <mark>máy in</mark> qua Bluetooth" in page.text
    assert "Hoàn tiền" not in page.text
    assert "Bán tại quầy" in page.text


async def test_a_change_is_found_and_what_is_taken_back_is_not(desk: Desk) -> None:
    number = await written("Hoàn tiền", "Về thẻ.")
    await desk.work()
    browser, minh = await desk.browser(lang="vi"), await desk.agent("Minh")
    await actions.change(
        minh, number, actions.Draft(title="Chuyển khoản", body="Về thẻ.", lang="vi", status="published"), seen=None
    )
    await desk.work()
    assert "Chuyển khoản" in await browser.text("/vi/help/search?q=chuyen+khoan")

    await actions.unpublish(minh, number)
    await desk.work()

    assert "Không có gì khớp" in await browser.text("/vi/help/search?q=chuyen+khoan")


async def test_what_the_index_still_holds_is_not_shown_once_it_is_taken_back(desk: Desk) -> None:
    number = await written("Hoàn tiền", "Về thẻ.")
    await desk.work()
    await Article.update({Article.status: "draft"}).where(Article.id == number)

    for path in ("search", "suggest", "deflect"):
        page = await (await desk.browser(lang="vi")).text(f"/vi/help/{path}?q=hoàn tiền")
        assert "Về thẻ" not in page


async def test_no_result_keeps_the_words_for_a_request(desk: Desk) -> None:
    await written()
    await desk.work()

    page = await (await desk.browser(lang="en")).get("/en/help/search?q=zzzz%20%26%20qqqq")

    assert problems(page.text) == []
    assert "/en/help/requests/new?after=search%3Azzzz+%26+qqqq&amp;q=zzzz+%26+qqqq" in page.text


async def test_a_slip_is_mended_and_told(desk: Desk) -> None:
    await written("Kết nối máy in qua Bluetooth")
    await desk.work()

    page = await (await desk.browser(lang="vi")).get("/vi/help/search?q=blutooth")

    assert 'href="/vi/help/search?q=bluetooth"' in page.text
    assert "<mark>" in page.text or "Bluetooth" in page.text


async def test_both_languages_are_found_the_readers_own_first(desk: Desk) -> None:
    await written("Kết nối Shopee", "Shopee.", category=await shelf())
    await written("Connect a Shopee shop", "Shopee.", lang="en")
    await desk.work()

    for lang, first, second in (
        ("vi", "Kết nối <mark>Shopee</mark>", "Connect a <mark>Shopee</mark> shop"),
        ("en", "Connect a <mark>Shopee</mark> shop", "Kết nối <mark>Shopee</mark>"),
    ):
        page = (await (await desk.browser(lang=lang)).get(f"/{lang}/help/search?q=shopee")).text
        assert -1 < page.find(first) < page.find(second)


async def test_many_results_go_on_on_further_pages(desk: Desk) -> None:
    for number in range(23):
        await written(f"Máy in số {number}", "Máy in.")
    await desk.work()
    browser = await desk.browser(lang="vi")

    pages = [await browser.get(f"/vi/help/search?q=m%C3%A1y+in&page={page}") for page in (1, 2, 3, 99)]

    assert [page.text.count("<h3>") + page.text.count('id="best"') for page in pages] == [10, 10, 3, 3]
    assert "23 kết quả" in pages[0].text
    assert 'href="/vi/help/search?q=m%C3%A1y+in&amp;page=2"' in pages[0].text
    assert all(problems(page.text) == [] for page in pages)


async def test_an_unknown_kind_or_an_odd_page_is_no_error(desk: Desk) -> None:
    await written("Máy in")
    await desk.work()
    browser = await desk.browser(lang="vi")

    for more in ("&kind=wolf", "&page=-5", "&kind=article&page=1"):
        assert (await browser.get(f"/vi/help/search?q=may+in{more}")).status_code == 200
    assert (await browser.get("/vi/help/search")).status_code == 200
    assert (await browser.get("/vi/help/search?q=" + "x" * 5000)).status_code == 200


async def test_what_people_type_is_shown_as_text(desk: Desk) -> None:
    await written("Máy <b>in</b>", "Máy in.")
    await desk.work()

    page = await (await desk.browser()).get("/en/help/search", params={"q": "<script>alert('in')</script> may"})

    assert problems(page.text) == []
    assert "<script>alert" not in page.text
    assert "<b>in</b>" not in page.text


async def test_suggestions_are_options_of_a_listbox_and_nothing_else(desk: Desk) -> None:
    number = await written("Hoá đơn in bị lệch", category=await shelf())
    await desk.work()
    browser = await desk.browser(lang="vi")

    answer = await browser.get("/vi/help/suggest?q=hoa%20d")

    assert "HX-Request" in answer.headers["vary"]
    assert f'role="option" id="option-article-{number}"' in answer.text
    assert "<html" not in answer.text
    for nothing in ("h", "", "zzzz"):
        assert (await browser.get("/vi/help/suggest", params={"q": nothing})).text.strip() == ""


async def test_who_is_about_to_ask_is_offered_three_answers_the_first_one_open(desk: Desk) -> None:
    for number in range(5):
        await written(f"Không nhận được mã OTP {number}", "Mã có thể tới chậm 5 phút.")
    await desk.work()
    browser = await desk.browser(lang="vi")

    answer = await browser.get("/vi/help/deflect", params={"subject": "Tôi không nhận được OTP"})

    assert answer.text.count("<details") == 3
    assert answer.text.count("<details open") == 1
    assert "có thể tới chậm 5 phút" in words(answer)
    assert (await browser.get("/vi/help/deflect?subject=zzzz")).text.strip() == ""


async def test_without_an_index_titles_answer_and_customers_notice_nothing(
    desk: Desk, index: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    await written("Kết nối máy in", "Bluetooth.")
    await written("Máy in nháp", status="draft")
    browser = await desk.browser(lang="vi")

    for path in ("search", "suggest", "deflect"):
        page = await browser.get(f"/vi/help/{path}", params={"q": "may in"})
        assert page.status_code == 200
        assert "Kết nối" in page.text
        assert "nháp" not in page.text
    assert "titles alone" in caplog.text

    await desk.work()
    assert "Kết nối máy in" in await browser.text("/vi/help/search?q=bluetooth")


async def test_a_broken_index_is_built_anew_by_the_first_search_that_misses_it(desk: Desk, index: Engine) -> None:
    await written("Kết nối máy in", "Bluetooth.")
    await desk.work()
    for file in index._place.path.glob("*/*"):  # type: ignore[attr-defined]
        file.write_bytes(b"broken")
    (index._place.path / "current").unlink()  # type: ignore[attr-defined]
    browser = await desk.browser(lang="vi")
    assert "Không có gì khớp" in await browser.text("/vi/help/search?q=bluetooth")

    await desk.work()

    assert "Kết nối máy in" in await browser.text("/vi/help/search?q=bluetooth")


async def test_a_hit_with_hardly_anything_in_common_is_left_out() -> None:
    from helpdesk.search.document import Hit

    found = queries._relevant([Hit("article:1", "article", 10.0), Hit("article:2", "article", 2.9)])

    assert [hit.id for hit in found] == ["article:1"]
