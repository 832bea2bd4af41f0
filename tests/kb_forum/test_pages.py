"""The community as people see it: with a plain browser, in two languages, as visitor, member and moderator."""

import re
from xml.etree import ElementTree

import pytest

from helpdesk.core.actor import VISITOR
from kb.forum import actions, moderation, queries
from kb.forum.tables import Topic
from tests.factories import Desk, words
from tests.kb_forum import asked, board, now_of, question
from tests.web.lint import problems

ATOM = "{http://www.w3.org/2005/Atom}"


async def test_a_visitor_reads_everything_and_learns_no_address(desk: Desk) -> None:
    lan, minh = await desk.customer("Lan"), await desk.agent("Minh")
    topic = await asked(lan)
    await actions.accept(lan, await actions.post(minh, topic, "Được, từ bản **4.12**."))
    nobody = await desk.browser()

    for url in ("/en/community", "/vi/community", (await now_of(topic)).board_path, (await now_of(topic)).path):
        answer = await nobody.get(url)
        assert answer.status_code == 200
        assert problems(answer.text) == []
        assert "@" not in words(answer)
        assert "Hai máy in trên một quầy" in answer.text

    page = await nobody.get(f"/en{(await now_of(topic)).path}")
    assert "Accepted answer" in page.text
    assert "Help desk team" in page.text
    assert page.text.count("Được, từ bản") == 1
    assert "/en/signin?next=/community/topics/" in page.text
    assert "<textarea" not in page.text


async def test_somebody_without_a_name_is_not_called_by_their_address(desk: Desk) -> None:
    nameless = await desk.person("", email="secret.person@khach.example")
    topic = await asked(nameless)
    nobody = await desk.browser()

    for url in ("/en/community", f"/en{(await now_of(topic)).path}", "/en/community/feed.xml"):
        text = (await nobody.get(url)).text
        assert "Somebody" in text
        assert "secret.person" not in text


async def test_search_engines_read_question_and_answers_from_the_page(desk: Desk) -> None:
    lan, minh = await desk.customer("Lan"), await desk.agent("Minh")
    topic = await asked(lan)
    await actions.accept(lan, await actions.post(minh, topic, "Được, từ bản 4.12."))
    await actions.post(lan, topic, "Cảm ơn!")

    html = (await (await desk.browser()).get(f"/vi{(await now_of(topic)).path}")).text

    for kind, times in (("QAPage", 1), ("Question", 1), ("Answer", 2), ("Person", 3)):
        assert html.count(f'itemtype="https://schema.org/{kind}"') == times
    assert html.count('itemprop="acceptedAnswer"') == html.count('itemprop="suggestedAnswer"') == 1
    assert '<meta itemprop="answerCount" content="2">' in html


async def test_an_old_or_wrong_name_in_the_address_leads_to_the_right_one_for_good(desk: Desk) -> None:
    topic = await asked(await desk.customer("Lan"))
    line = await now_of(topic)
    nobody = await desk.browser()

    for wrong, right in (
        (f"/vi/community/topics/{topic}", line.path),
        (f"/vi/community/topics/{topic}-old-title", line.path),
        (f"/vi/community/boards/{line.board}-x", (await queries.board(line.board, "vi")).path),
    ):
        answer = await nobody.get(wrong, follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (301, f"/vi{right}")
    for missing in ("/vi/community/topics/999999", "/vi/community/topics/abc", "/vi/community/boards/999999-x"):
        assert (await nobody.get(missing)).status_code == 404


async def test_a_member_asks_answers_and_says_what_helped_without_javascript(desk: Desk) -> None:
    lan, huy, place = await desk.customer("Lan"), await desk.customer("Huy"), await board()
    browser, other = await desk.browser(lan), await desk.browser(huy)

    form = await browser.get(f"/en/community/topics/new?board={place}")
    assert problems(form.text) == []
    asked = await browser.post(
        "/en/community/topics/new", data={"title": "Two printers on one till", "body": "Can I?", "board": place}
    )
    assert asked.status_code == 200
    assert "Your question is there for everybody to read." in words(asked)
    path = asked.url.path
    topic = int(re.findall(r"topics/(\d+)-two-printers", path)[0])

    replied = await other.post(f"/en/community/topics/{topic}/posts", data={"body": "Yes, *since 4.12*."})
    assert "Yes, <em>since 4.12</em>." in replied.text
    number = int(str(replied.url.fragment).removeprefix("post-"))
    assert "This is the answer" not in replied.text

    page = await browser.get(path)
    assert "This is the answer" in page.text
    assert problems(page.text) == []
    accepted = await browser.post(f"/en/community/posts/{number}/accept")
    assert "Accepted answer" in accepted.text
    voted = await browser.post(f"/en/community/posts/{number}/vote", data={"do": "vote"})
    assert 'aria-pressed="true"' in voted.text
    assert (await queries.post(VISITOR, number)).votes == 1


async def test_a_vote_by_htmx_answers_with_the_button_alone(desk: Desk) -> None:
    lan, huy = await desk.customer("Lan"), await desk.customer("Huy")
    first = (await queries.question(await asked(lan))).id
    browser = await desk.browser(huy)

    answer = await browser.post(
        f"/en/community/posts/{first}/vote", data={"do": "vote"}, headers={"HX-Request": "true"}
    )

    assert answer.text.strip().startswith("<form")
    assert 'value="unvote" aria-pressed="true"' in answer.text
    assert "HX-Request" in answer.headers["vary"]


async def test_visitors_who_want_to_write_sign_in_first_and_come_back(desk: Desk) -> None:
    topic = await asked(await desk.customer("Lan"))
    first = (await queries.question(topic)).id
    nobody, huy = await desk.browser(), await desk.browser(await desk.customer("Huy"))
    path = f"/en{(await now_of(topic)).path}"

    for method, url, back in (
        ("GET", "/en/community/topics/new", "/en/community/topics/new"),
        ("POST", f"/en/community/topics/{topic}/posts", path),
        ("POST", f"/en/community/posts/{first}/vote", path),
        ("POST", f"/en/community/topics/{topic}/hide", path),
    ):
        answer = await nobody.request(method, url, data={"body": "Hello"}, follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (
            303,
            f"/en/signin?next={url.removeprefix('/en')}",
        )
        returned = await huy.get(url)
        assert (returned.status_code, returned.url.path) == (200, back)
    assert (await now_of(topic)).replies == 0


async def test_what_is_wrong_is_said_and_nothing_typed_is_lost(desk: Desk) -> None:
    lan = await desk.customer("Lan")
    topic = await asked(lan)
    browser = await desk.browser(lan)

    new = await browser.post("/en/community/topics/new", data={"title": "Hm", "body": "I typed this", "board": ""})
    empty = await browser.post(f"/en/community/topics/{topic}/posts", data={"body": ""})
    changed = await browser.post(
        f"/en/community/posts/{(await queries.question(topic)).id}/edit", data={"title": "", "body": "Kept words"}
    )

    for answer, kept in ((new, "I typed this"), (empty, "Hai máy in"), (changed, "Kept words")):
        assert answer.status_code == 422
        assert kept in answer.text
        assert "to fix" in words(answer)
        assert problems(answer.text) == []


async def test_a_machine_that_fills_in_the_trap_is_thanked_and_nothing_happens(desk: Desk) -> None:
    lan = await desk.customer("Lan")
    topic = await asked(lan)
    browser = await desk.browser(lan)
    sent = {"title": "Cheap watches here", "body": "Buy", "board": (await now_of(topic)).board, "website": "x"}

    assert (await browser.post("/en/community/topics/new", data=sent)).status_code == 200
    assert (await browser.post(f"/en/community/topics/{topic}/posts", data=sent)).status_code == 200

    assert await Topic.count() == 1
    assert (await now_of(topic)).replies == 0


async def test_who_writes_too_fast_waits_and_keeps_the_words(desk: Desk) -> None:
    lan = await desk.customer("Lan")
    topic = await asked(lan)
    browser = await desk.browser(lan)

    answers = [await browser.post(f"/en/community/topics/{topic}/posts", data={"body": f"Word {n}"}) for n in range(21)]

    assert [answer.status_code for answer in answers] == [200] * 20 + [429]
    assert "Word 20</textarea>" in answers[-1].text
    desk.clock.go(minutes=10)
    assert (await browser.post(f"/en/community/topics/{topic}/posts", data={"body": "Later"})).status_code == 200


async def test_a_member_changes_their_own_post_and_readers_see_that(desk: Desk) -> None:
    lan = await desk.customer("Lan")
    topic = await asked(lan)
    first = (await queries.question(topic)).id
    browser = await desk.browser(lan)

    form = await browser.get(f"/en/community/posts/{first}/edit")
    assert problems(form.text) == []
    assert "Move to another board" not in form.text
    answer = await browser.post(
        f"/en/community/posts/{first}/edit", data={"title": "Three printers on one till", "body": "Three, in fact."}
    )

    assert answer.url.path.endswith("-three-printers-on-one-till")
    assert "Three, in fact." in answer.text
    assert "edited" in words(answer)
    huy = await desk.browser(await desk.customer("Huy"))
    assert (await huy.get(f"/en/community/posts/{first}/edit")).status_code == 403


async def test_moderators_have_a_menu_and_members_have_not(desk: Desk) -> None:
    lan, minh = await desk.customer("Lan"), await desk.agent("Minh")
    topic, ideas = await asked(lan), await board("Góp ý", "Ideas")
    post = await actions.post(lan, topic, "Something rude")
    path = f"/en{(await now_of(topic)).path}"
    moderator, member = await desk.browser(minh), await desk.browser(lan)

    page = await moderator.get(path)
    assert problems(page.text) == []
    assert "Moderate" in page.text
    assert "Moderate" not in (await member.get(path)).text
    for act in ("pin", "lock", "hide"):
        assert (await moderator.post(f"/en/community/topics/{topic}/{act}")).status_code == 200
        assert (await member.post(f"/en/community/topics/{topic}/{act}")).status_code in {403, 404}
    assert "Pinned Locked Hidden" in words(await moderator.get(path))
    assert (await member.get(path)).status_code == 404
    for act in ("unpin", "unlock", "show"):
        await moderator.post(f"/en/community/topics/{topic}/{act}")
    await moderator.post(f"/en/community/posts/{post}/hide")
    assert "Something rude" not in (await member.get(path)).text
    assert "Something rude" in (await moderator.get(path)).text
    await moderator.post(f"/en/community/topics/{topic}/move", data={"board": ideas})
    assert (await now_of(topic)).board == ideas
    assert (await moderator.post(f"/en/community/topics/{topic}/explode")).status_code == 404
    assert (await moderator.post(f"/en/community/posts/{post}/explode")).status_code == 404


async def test_a_locked_topic_says_so_instead_of_asking_for_a_reply(desk: Desk) -> None:
    lan, minh = await desk.customer("Lan"), await desk.agent("Minh")
    topic = await asked(lan)
    await moderation.lock(minh, topic)
    path = f"/en{(await now_of(topic)).path}"

    for browser in (await desk.browser(), await desk.browser(lan)):
        page = await browser.get(path)
        assert "This topic is closed for replies" in page.text
        assert "<textarea" not in page.text


async def test_lists_keep_their_look_from_page_to_page(desk: Desk) -> None:
    lan, place = await desk.customer("Lan"), await board()
    for n in range(queries.TOPICS_A_PAGE + 2):
        await actions.start(lan, question(place, f"Topic number {n:02}"))
    browser = await desk.browser()

    first = await browser.get("/en/community?show=open&sort=newest")
    onward = re.findall(r'href="(/en/community\?show=open&amp;sort=newest&amp;after=[^"]+)" rel="next"', first.text)[0]
    second = await browser.get(onward.replace("&amp;", "&"))

    assert "Topic number 31" in first.text
    assert "Topic number 00" not in first.text
    assert "Topic number 00" in second.text
    assert 'rel="next"' not in second.text
    assert problems(second.text) == []
    assert (await browser.get("/en/community?show=nonsense")).status_code == 404


async def test_an_empty_community_says_what_comes(desk: Desk) -> None:
    nobody, an = await desk.browser(), await desk.browser(await desk.admin())

    assert "The community opens soon" in (await nobody.get("/en/community")).text
    assert "/admin/boards/new" in (await an.get("/en/community")).text


async def test_readings_are_counted_and_those_of_staff_are_not(desk: Desk) -> None:
    topic = await asked(await desk.customer("Lan"))
    path = f"/en{(await now_of(topic)).path}"

    for browser in (await desk.browser(), await desk.browser(), await desk.browser(await desk.agent("Minh"))):
        await browser.get(path)
    await actions.readings.write()

    assert (await now_of(topic)).views == 2


async def test_the_feed_tells_new_questions_as_atom_does(desk: Desk) -> None:
    lan, minh = await desk.customer("Lan & Co"), await desk.agent("Minh")
    await asked(lan, "Is <b> allowed & safe?", "Look: <b>")
    hidden = await asked(lan, "Something hidden")
    await moderation.hide(minh, hidden)

    answer = await (await desk.browser()).get("/en/community/feed.xml")

    assert answer.headers["content-type"].startswith("application/atom+xml")
    feed = ElementTree.fromstring(answer.content)
    assert feed.tag == f"{ATOM}feed"
    for name in ("id", "title", "updated"):
        assert feed.findtext(ATOM + name)
    entries = feed.findall(ATOM + "entry")
    assert [entry.findtext(ATOM + "title") for entry in entries] == ["Is <b> allowed & safe?"]
    assert entries[0].findtext(f"{ATOM}author/{ATOM}name") == "Lan & Co"
    assert entries[0].findtext(ATOM + "content") == "<p>Look: &lt;b&gt;</p>"


@pytest.mark.parametrize("lang", ["vi", "en"])
async def test_both_languages_name_boards_in_their_own_words(desk: Desk, lang: str) -> None:
    await asked(await desk.customer("Lan"))

    text = await (await desk.browser(lang=lang)).text(f"/{lang}/community")

    assert {"vi": "Hỏi đáp", "en": "Questions"}[lang] in text


async def test_the_answer_stands_under_the_question_and_keeps_its_place_in_the_conversation(desk: Desk) -> None:
    lan, minh = await desk.customer("Lan"), await desk.agent("Minh")
    topic = await asked(lan)
    answer = await actions.post(minh, topic, "Được, từ bản 4.12.")
    await actions.accept(lan, answer)
    browser = await desk.browser()

    alone = await browser.get(f"/en/community/posts/{answer}")
    await actions.post(lan, topic, "Cảm ơn!")
    among_others = await browser.get(f"/en/community/posts/{answer}")

    for page in (alone, among_others):
        assert page.url.fragment == f"post-{answer}"
        assert page.text.count(f'id="post-{answer}"') == 1
        assert page.text.count("Được, từ bản 4.12.") == 1
        assert problems(page.text) == []
    assert "Read it above" in among_others.text
    assert "Read it above" not in alone.text
