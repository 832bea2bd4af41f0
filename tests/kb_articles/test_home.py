"""The first page of the help centre."""

import re
from functools import partial

import msgspec
import pytest

from helpdesk.core.clock import now
from helpdesk.web.assets import STATIC, Shipped
from kb.articles import actions
from kb.articles.tables import Article
from kb.forum.tables import Board, Topic
from tests.factories import Desk, words
from tests.kb_articles import shelf, written
from tests.web.lint import problems


@pytest.mark.parametrize("lang", ["vi", "en"])
async def test_an_empty_help_centre_still_welcomes(desk: Desk, lang: str) -> None:
    answer = await (await desk.browser(lang=lang)).get("/")

    assert answer.url.path == f"/{lang}/help"
    assert problems(answer.text) == []
    assert f'action="/{lang}/help/search"' in answer.text


async def test_the_shelves_tell_how_much_a_reader_finds_there(desk: Desk) -> None:
    counter, empty = await shelf(), await shelf("Trống", "Empty")
    original = await written("Hoàn tiền", category=counter)
    await written("Refund", lang="en", translation_of=original, category=counter)
    await written("Chỉ tiếng Việt", category=counter)
    await written("Nháp", status="draft", category=counter)

    for lang, count in (("vi", "2 bài"), ("en", "2 articles")):
        page = await (await desk.browser(lang=lang)).get(f"/{lang}/help")
        assert problems(page.text) == []
        assert count in words(page)
        assert f"/help/categories/{counter}-" in page.text
        assert f"/help/categories/{empty}-" not in page.text


async def test_what_is_read_most_comes_first(desk: Desk) -> None:
    few, many = await written("Ít người đọc"), await written("Nhiều người đọc")
    await Article.update({Article.views: 9}).where(Article.id == many)
    await actions.archive(await desk.agent("Minh"), await written("Đã cất"))

    page = await (await desk.browser(lang="vi")).text("/vi/help")

    assert -1 < page.find("Nhiều người đọc") < page.find("Ít người đọc")
    assert "Đã cất" not in page
    assert few != many


async def test_what_is_read_most_is_told_in_the_readers_language_as_long_as_there_is_something(desk: Desk) -> None:
    number = await written("Chỉ tiếng Việt")
    await Article.update({Article.views: 9}).where(Article.id == number)
    assert "Chỉ tiếng Việt" in await (await desk.browser(lang="en")).text("/en/help")

    await written("Refund", lang="en")

    page = await (await desk.browser(lang="en")).text("/en/help")
    assert "Refund" in page
    assert "Chỉ tiếng Việt" not in page


async def test_the_community_shows_what_is_talked_about_and_nothing_hidden(desk: Desk) -> None:
    lan, board = await desk.customer("Lan"), Board(name_vi="Hỏi", name_en="Questions")
    await board.save()
    topic = partial(Topic, board=board.id, slug="x", author=lan.id, created_at=now(), active_at=now())
    await Topic.insert(
        topic(title="Tự động in?", lang="vi", answer=1, post_count=4),
        topic(title="Bị ẩn", lang="vi", is_hidden=True),
        topic(title="Printing?", lang="en"),
    )

    page = await (await desk.browser(lang="vi")).text("/vi/help")

    assert "Tự động in? Đã giải quyết · 3 trả lời" in page
    assert "Bị ẩn" not in page
    assert "Printing?" not in page


async def test_the_first_page_somebody_sees_fetches_less_than_40_kb_besides_its_fonts(desk: Desk) -> None:
    await desk.department()
    await shelf()
    shipped = msgspec.json.decode((STATIC / "manifest.json").read_bytes(), type=dict[str, Shipped])
    visitor = await desk.browser()
    for path in ("/vi/help", "/en/community", "/en/help/requests/new", "/vi/signin"):
        page = (await visitor.get(path)).text
        fetched = set(re.findall(r'"/static/([\w./-]+)\?v=', page))
        assert {"dist/public.css", "icons.svg"} <= fetched, path
        assert "icons-staff.svg" not in fetched, path
        assert sum(shipped[name].gzip for name in fetched if not name.startswith("fonts/")) < 40 * 1024, path
