"""What is offered beside a ticket and while an agent types, and files that travel before the words are done."""

import re

import pytest

from helpdesk.core.actor import SYSTEM
from helpdesk.files import store
from helpdesk.tickets import queries
from tests.factories import Desk
from tests.kb_articles import shelf, written
from tests.tickets import ask


@pytest.mark.usefixtures("index")
async def test_a_question_mark_finds_an_articles_link_and_its_whole_answer(desk: Desk) -> None:
    care = await desk.department()
    lan, minh = await desk.customer("Lan", lang="en"), await desk.agent("Minh", care, lang="en")
    ticket = await ask(lan, "Cactus", "My cactus is dry.", department=care)
    place = await shelf()
    article = await written("Watering a cactus", "Once a month is enough.", lang="en", category=place)
    await written("Cactus secrets", "Nobody may read this.", lang="en", category=place, status="draft")
    await desk.work()

    found = await (await desk.browser(minh)).get(f"/desk/tickets/{ticket}/suggest/articles?q=cactus")

    assert re.search(rf'data-value="\[Watering a cactus\]\(http[^"]+/en/help/articles/{article}-[^"]*\)"', found.text)
    assert "Once a month is enough." in found.text
    assert "secrets" not in found.text
    assert (await (await desk.browser(lan)).get(f"/desk/tickets/{ticket}/suggest/articles?q=cactus")).status_code == 403


@pytest.mark.usefixtures("index")
async def test_beside_a_ticket_stand_articles_about_it_and_tickets_like_it(desk: Desk) -> None:
    care, billing = await desk.department(), await desk.department("Billing", "Kế toán", "billing@lua.example")
    lan, minh = await desk.customer("Lan", lang="en"), await desk.agent("Minh", care, lang="en")
    ticket = await ask(lan, "My cactus is dry again", department=care)
    like = await ask(lan, "Again a dry cactus", department=care)
    await ask(lan, "The fern is dry", department=care)
    await ask(lan, "A dry cactus of somebody else", department=billing)
    await written("Watering a cactus", "When the cactus is dry.", lang="en", category=await shelf())
    await desk.work()

    answer = await (await desk.browser(minh)).get(f"/desk/tickets/{ticket}/suggest/matching")

    assert "Watering a cactus" in answer.text
    assert re.findall(r'href="/desk/tickets/(\d+)"', answer.text) == [str(like)]
    assert "no need to send" not in answer.text, "words for customers"
    assert (await (await desk.browser(lan)).get(f"/desk/tickets/{ticket}/suggest/matching")).status_code == 403


async def test_a_ticket_without_words_is_like_no_other(desk: Desk) -> None:
    care = await desk.department()
    lan, minh = await desk.customer("Lan", lang="en"), await desk.agent("Minh", care, lang="en")
    await ask(lan, "???", department=care)
    ticket = await ask(lan, "???", department=care)

    answer = await (await desk.browser(minh)).get(f"/desk/tickets/{ticket}/suggest/matching")

    assert "Nothing like it yet." in answer.text


async def test_a_file_that_travelled_before_goes_along_with_the_words(desk: Desk) -> None:
    care = await desk.department()
    lan, minh = await desk.customer("Lan", lang="en"), await desk.agent("Minh", care, lang="en")
    ticket = await ask(lan, department=care)
    agent, huy = await desk.browser(minh), await desk.browser(await desk.agent("Huy"))
    send = {"files": ("how.txt", b"how to water")}

    came = await agent.post(f"/desk/tickets/{ticket}/uploads", files=send)
    kept = re.search(r'name="kept" value="([^"]+)"', came.text)
    assert kept
    assert "how.txt" in came.text
    assert (await huy.post(f"/desk/tickets/{ticket}/uploads", files=send)).status_code == 404
    data = {"body": "Like this.", "mode": "reply", "then": "pending", "kept": kept[1]}
    await agent.post(f"/desk/tickets/{ticket}/messages", data=data)

    said = (await queries.messages(SYSTEM, ticket))[-1]
    assert [file.filename for file in said.files] == ["how.txt"]
    assert await store.read(said.files[0].sha256) == b"how to water"
