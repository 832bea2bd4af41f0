"""From a topic to an article."""

import pytest

from helpdesk.core.actor import VISITOR
from helpdesk.core.errors import Conflict, Forbidden
from kb.articles import actions as articles
from kb.articles.queries import manuscript
from kb.forum import actions, promote, queries
from tests.factories import Desk
from tests.kb_forum import asked, now_of
from tests.web.lint import problems


async def test_a_draft_has_the_question_the_answer_and_thanks_in_the_topics_language(desk: Desk) -> None:
    lan, huy, minh = await desk.customer("Lan"), await desk.customer("Huy"), await desk.agent("Minh", lang="en")
    topic = await asked(lan, body="Hai máy in?\n\nCó được không?")
    await actions.accept(lan, await actions.post(huy, topic, "1. Mở **Cài đặt**.\n2. Thêm máy in."))

    draft = await promote.draft(minh, await now_of(topic))

    assert (draft.title, draft.lang) == ("Hai máy in trên một quầy", "vi")
    question, answer, thanks = (
        draft.body.partition("\n\n1.")[0],
        "1. Mở **Cài đặt**.\n2. Thêm máy in.",
        draft.body[-60:],
    )
    assert question == "> Hai máy in?\n>\n> Có được không?"
    assert answer in draft.body
    assert "Lan" in thanks
    assert "Huy" in thanks


async def test_without_an_answer_the_draft_has_the_question_alone(desk: Desk) -> None:
    topic = await asked(await desk.customer("Lan"))

    draft = await promote.draft(VISITOR, await now_of(topic))

    assert draft.body.startswith("> Máy in bếp")


async def test_a_topic_becomes_one_article_and_points_to_it_once_it_is_published(desk: Desk) -> None:
    lan, minh = await desk.customer("Lan"), await desk.agent("Minh")
    topic = await asked(lan)
    await actions.accept(lan, await actions.post(minh, topic, "Được, từ bản 4.12."))
    browser, member = await desk.browser(minh), await desk.browser(lan)
    path = f"/en{(await now_of(topic)).path}"

    form = await browser.get(f"/en/community/topics/{topic}/promote")
    assert problems(form.text) == []
    assert "Được, từ bản 4.12." in form.text
    wrong = await browser.post(f"/en/community/topics/{topic}/promote", data={"title": "", "body": "x", "lang": "vi"})
    assert wrong.status_code == 422
    sent = {"title": "Hai máy in", "body": "Được.", "lang": "vi", "category": ""}
    answer = await browser.post(f"/en/community/topics/{topic}/promote", data=sent, follow_redirects=False)

    article = (await now_of(topic)).article
    assert article is not None
    assert answer.headers["location"] == f"/desk/articles/{article}"
    draft = await manuscript(minh, article)
    assert (draft.title, draft.body, draft.status) == ("Hai máy in", "Được.", "draft")
    assert "There is an article now" not in (await member.get(path)).text
    await articles.publish(minh, article)
    assert "There is an article now" in (await member.get(path)).text
    assert (await browser.post(f"/en/community/topics/{topic}/promote", data=sent)).status_code == 409
    with pytest.raises(Conflict):
        await promote.promote(minh, topic, articles.Draft(title="Again", body="Again", lang="vi"))


async def test_members_make_no_articles(desk: Desk) -> None:
    lan = await desk.customer("Lan")
    topic = await asked(lan)
    browser = await desk.browser(lan)

    assert (await browser.get(f"/en/community/topics/{topic}/promote")).status_code == 403
    assert (await browser.post(f"/en/community/topics/{topic}/promote", data={})).status_code == 403
    with pytest.raises(Forbidden):
        await promote.promote(lan, topic, articles.Draft(title="Mine", body="Mine", lang="vi"))
    assert (await queries.topic(VISITOR, topic, "en")).article is None
