"""What the public reads: articles, shelves, the way from one to the other."""

import pytest

from helpdesk.search.document import Engine
from kb.articles import actions
from kb.articles.tables import Article
from tests.factories import Desk, words
from tests.kb_articles import draft, now_of, shelf, written
from tests.web.lint import problems


@pytest.mark.parametrize("lang", ["vi", "en"])
async def test_an_article_reads_well_in_both_languages_of_the_site(desk: Desk, lang: str) -> None:
    category = await shelf()
    number = await written(category=category)
    await written("Đổi hàng ngang giá", "Được.", category=category)
    browser = await desk.browser(lang=lang)

    answer = await browser.get(f"/{lang}/help/articles/{number}")

    assert answer.status_code == 200
    assert problems(answer.text) == []
    assert "Tiền về đúng thẻ khách đã dùng." in words(answer)
    assert 'href="#h-cac-buoc"' in answer.text
    assert f'href="/{lang}/help/requests/new?after=article%3A{number}"' in answer.text


async def test_a_wrong_name_in_the_address_leads_to_the_right_one_for_good(desk: Desk) -> None:
    number, category = await written(), await shelf()
    browser = await desk.browser()

    for wrong, right in (
        (f"articles/{number}", f"articles/{number}-hoan-tien-cho-khach-tra-bang-the"),
        (f"articles/{number}-cu", f"articles/{number}-hoan-tien-cho-khach-tra-bang-the"),
        (f"categories/{category}-cu", f"categories/{category}-at-the-counter"),
    ):
        answer = await browser.get(f"/en/help/{wrong}", follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (301, f"/en/help/{right}")


@pytest.mark.parametrize("path", ["articles/999999-x", "articles/hoan-tien", "categories/999999", "categories/x"])
async def test_what_is_not_there_leads_to_the_search(desk: Desk, path: str) -> None:
    answer = await (await desk.browser()).get(f"/vi/help/{path}")

    assert answer.status_code == 404
    assert 'action="/vi/help/search"' in answer.text


async def test_drafts_are_hidden_from_readers_and_marked_for_staff(desk: Desk) -> None:
    number = await written(status="draft")
    minh = await desk.agent("Minh")

    assert (await (await desk.browser()).get(f"/vi/help/articles/{number}")).status_code == 404
    seen = await (await desk.browser(minh)).text(f"/en/help/articles/{number}")
    assert "Only you and your colleagues see this" in seen


async def test_the_same_article_in_the_other_language_is_offered(desk: Desk) -> None:
    original = await written()
    english = await written("Refund a card", "Done.", lang="en", translation_of=original)
    browser = await desk.browser(lang="en")

    page = (await browser.get(f"/en/help/articles/{original}")).text

    assert f'href="/en/help/articles/{english}-refund-a-card"' in page
    assert '<div class="prose sect" lang="vi">' in page


async def test_an_article_in_one_language_only_is_still_found_by_readers_of_the_other(desk: Desk) -> None:
    category = await shelf()
    original = await written("Hoàn tiền", category=category)
    await written("Chỉ tiếng Việt", category=category)
    await written("Refund", "Done.", lang="en", translation_of=original, category=category)
    browser = await desk.browser(lang="en")

    page = await browser.text(f"/en/help/categories/{category}")

    assert "Refund" in page
    assert "Chỉ tiếng Việt" in page
    assert "Hoàn tiền" not in page


async def test_a_shelf_goes_on_by_title_on_further_pages(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from kb.articles import queries

    monkeypatch.setattr(queries, "PAGE_SIZE", 2)
    category = await shelf()
    for title in ("Đ", "A", "C", "B", "E"):
        await written(title, category=category)

    seen, after = [], None
    while True:
        page = await queries.on_shelf(category, "vi", after)
        seen += [line.title for line in page.items]
        after = page.next
        if after is None:
            break

    assert seen == ["A", "B", "C", "Đ", "E"]
    browser = await desk.browser(lang="vi")
    assert 'rel="next"' in (await browser.get(f"/vi/help/categories/{category}")).text
    assert (await browser.get(f"/vi/help/categories/{category}-ban-tai-quay?after=nonsense")).status_code == 200


async def test_readings_are_counted_without_a_write_each_and_staff_are_no_readers(desk: Desk) -> None:
    number = await written()
    visitor, minh = await desk.browser(), await desk.browser(await desk.agent("Minh"))
    for _ in range(3):
        await visitor.get(f"/vi/help/articles/{number}")
        await minh.get(f"/vi/help/articles/{number}")

    before = await now_of(number)
    desk.clock.go(seconds=61)
    await visitor.get(f"/vi/help/articles/{number}")

    assert (before.views, (await now_of(number)).views) == (0, 4)


async def test_what_to_read_next_comes_from_the_search_and_never_is_the_article_itself(
    desk: Desk, index: Engine
) -> None:
    number = await written("Hoàn tiền cho khách trả bằng thẻ")
    await written("Hoàn tiền cho khách trả bằng chuyển khoản")
    await written("Refund", "Hoàn tiền", lang="en")
    await desk.work()

    page = await (await desk.browser(lang="vi")).text(f"/vi/help/articles/{number}")

    after = page.partition("Đọc tiếp")[2]
    assert "Hoàn tiền cho khách trả bằng chuyển khoản" in after
    assert "Hoàn tiền cho khách trả bằng thẻ" not in after
    assert "Refund" not in after


async def test_what_is_not_published_any_more_is_not_read_next(desk: Desk, index: Engine) -> None:
    number, other = await written("Hoàn tiền bằng thẻ"), await written("Hoàn tiền mặt")
    await desk.work()
    browser = await desk.browser(lang="vi")
    assert "Hoàn tiền mặt" in await browser.text(f"/vi/help/articles/{number}")

    await actions.archive(await desk.agent("Minh"), other)

    assert "Hoàn tiền mặt" not in await browser.text(f"/vi/help/articles/{number}")


async def test_whatever_markup_an_article_holds_readers_get_none_of_it(desk: Desk) -> None:
    number = await written("<b>Đậm</b>", "<script>alert(1)</script>\n\n[x](javascript:alert(1))")
    answer = await (await desk.browser()).get(f"/vi/help/articles/{number}")

    assert problems(answer.text) == []
    assert "<script>alert" not in answer.text
    assert "&lt;b&gt;Đậm&lt;/b&gt;" in answer.text


async def test_an_article_page_asks_the_database_a_fixed_number_of_times(
    desk: Desk, index: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    from helpdesk.core.db import DB

    category = await shelf()
    number = await written(category=category)
    await desk.work()
    browser = await desk.browser()
    asked = []
    run = type(DB).run_querystring

    async def counting(self: object, querystring: object, *args: object, **more: object) -> object:
        asked.append(str(querystring))
        return await run(self, querystring, *args, **more)  # type: ignore[arg-type]

    async def count() -> int:
        asked.clear()
        desk.application.kept.clear()
        await browser.get(f"/en/help/articles/{number}-hoan-tien-cho-khach-tra-bang-the")
        return len(asked)

    await count()
    monkeypatch.setattr(type(DB), "run_querystring", counting)
    few = await count()
    for title in range(12):
        await written(f"Hoàn tiền {title}", category=category)
    await desk.work()

    assert await count() == few <= 4


async def test_a_title_of_no_latin_letters_still_has_an_address(desk: Desk) -> None:
    number = await written("退款", "好。")

    answer = await (await desk.browser()).get(f"/en/help/articles/{number}", follow_redirects=False)

    assert answer.status_code == 200
    assert await Article.select(Article.slug).where(Article.id == number).first() == {"slug": ""}


async def test_a_changed_title_moves_the_address(desk: Desk) -> None:
    number = await written()
    await actions.change(await desk.agent("Minh"), number, draft("Trả lại tiền", status="published"), seen=None)

    answer = await (await desk.browser()).get(f"/vi/help/articles/{number}-hoan-tien-cho-khach-tra-bang-the")

    assert str(answer.url).endswith(f"/vi/help/articles/{number}-tra-lai-tien")
