"""What the search sees of topics."""

import pytest

from helpdesk.core.actor import SYSTEM, VISITOR
from helpdesk.i18n.reader import Reader, reading_as
from helpdesk.search import sources
from kb.forum import actions, documents, moderation
from tests.factories import Desk
from tests.kb_forum import asked, now_of


async def test_a_document_has_the_question_then_the_answer_then_what_else_was_said(desk: Desk) -> None:
    lan, huy = await desk.customer("Lan"), await desk.customer("Huy")
    topic = await asked(lan, body="In **bếp**?")
    await actions.post(huy, topic, "Không rõ.")
    answer = await actions.post(huy, topic, "Từ bản [4.12](https://lua.example/).")
    spam = await actions.post(huy, topic, "Vàng giá rẻ!")
    await moderation.hide_post(SYSTEM, spam)

    plain = await documents.document(topic)
    await actions.accept(lan, answer)
    solved = await documents.document(topic)

    assert plain is not None
    assert solved is not None
    assert (solved.id, solved.kind, solved.lang, solved.audience) == (f"topic:{topic}", "topic", "vi", "public")
    assert plain.body == "In bếp?\n\nKhông rõ.\n\nTừ bản 4.12."
    assert solved.body == "In bếp?\n\nTừ bản 4.12.\n\nKhông rõ."
    assert solved.boost > plain.boost


async def test_a_hidden_topic_has_no_document(desk: Desk) -> None:
    topic = await asked(await desk.customer("Lan"))
    await moderation.hide(SYSTEM, topic)

    assert await documents.document(topic) is None
    assert await documents.document(999_999) is None
    assert [document async for document in documents.all_documents()] == []
    assert await documents.count() == 0


async def test_every_topic_that_shows_is_read_once(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "BATCH", 2)
    lan = await desk.customer("Lan")
    topics = [await asked(lan, f"Topic number {n}") for n in range(5)]

    assert [sources.number(document.id) async for document in documents.all_documents()] == topics
    assert await documents.count() == 5


async def test_a_card_tells_board_replies_and_whether_it_is_solved(desk: Desk) -> None:
    lan, huy = await desk.customer("Lan"), await desk.customer("Huy")
    topic, hidden = await asked(lan), await asked(lan)
    await actions.accept(lan, await actions.post(huy, topic, "Được."))
    await moderation.hide(SYSTEM, hidden)

    with reading_as(Reader("en")):
        cards = await documents.cards(VISITOR, [topic, hidden])

    assert list(cards) == [topic]
    assert (cards[topic].url, cards[topic].meta) == ((await now_of(topic)).path, ("Questions", "1 reply"))
    assert cards[topic].solved
    assert cards[topic].text.startswith("Máy in bếp")


async def test_the_search_finds_topics_and_forgets_what_is_hidden(desk: Desk) -> None:
    minh, topic = await desk.agent("Minh"), await asked(await desk.customer("Lan"), "Zebra-Drucker im Regal")
    browser = await desk.browser()

    await desk.work()
    found = f"/en/community/topics/{topic}-zebra-drucker-im-regal"
    assert found in (await browser.get("/en/help/search?q=zebra+drucker")).text
    await moderation.hide(minh, topic)
    await desk.work()
    assert found not in (await browser.get("/en/help/search?q=zebra+drucker")).text
