"""Many at once: nobody's words are lost, nothing counts twice, nobody waits for ever."""

import asyncio
from collections.abc import Awaitable
from typing import Any

import httpx

from helpdesk.people.tables import Person
from helpdesk.tickets import queries
from helpdesk.tickets.tables import Message, Ticket, TicketTag
from helpdesk.web import limits
from kb.articles.tables import ArticleVersion
from kb.forum.tables import Post, PostVote, Topic
from tests.factories import Desk
from tests.kb_articles import now_of, written
from tests.kb_forum import asked
from tests.tickets import ask

MANY = 12


async def together(*doing: Awaitable[httpx.Response]) -> list[int]:
    """The statuses of requests that are sent at the same time, redirects not followed."""
    limits.forgive_all()
    return [answer.status_code for answer in await asyncio.wait_for(asyncio.gather(*doing), 60)]


async def test_a_ticket_that_everybody_works_on_keeps_every_word(desk: Desk) -> None:
    care, billing = await desk.department(), await desk.department("Billing", "Kế toán", "billing@lua.example")
    people = [await desk.agent(name, care, billing) for name in ("Minh", "Huy", "Vy")]
    lan = await desk.customer("Lan")
    ticket = await ask(lan, department=care)
    agents, customer = [await desk.browser(person) for person in people], await desk.browser(lan)
    at = f"/desk/tickets/{ticket}"

    def say(number: int) -> dict[str, Any]:
        return {"body": f"Word {number}", "mode": "reply" if number % 2 else "note"}

    statuses = await together(
        *(agents[number % 3].post(f"{at}/messages", data=say(number)) for number in range(MANY)),
        *(customer.post(f"/en/help/requests/{ticket}", data={"body": f"Word {MANY + n}"}) for n in range(3)),
        *(agent.post(f"{at}/take") for agent in agents),
        *(agent.post(f"{at}/tags", data={"tag": "Hot"}) for agent in agents),
        *(agents[n].post(f"{at}/department", data={"department": place}) for n, place in enumerate((billing, care))),
        *(agents[n].post(f"{at}/status", data={"status": "solved"}) for n in range(3)),
        *(agent.get(at) for agent in agents),
    )
    assert set(statuses) <= {200, 409}
    row = (await Ticket.select(Ticket.message_count, Ticket.assignee).where(Ticket.id == ticket))[0]
    said = await Message.select(Message.body).where((Message.ticket == ticket) & (Message.kind == "reply"))
    assert row["message_count"] == len(said) == 1 + MANY // 2 + 3
    assert await Message.count().where(Message.ticket == ticket) == 1 + MANY + 3
    assert row["assignee"] in {person.id for person in people}
    assert await TicketTag.count().where(TicketTag.ticket == ticket) == 1
    kinds = [deadline.kind for deadline in await queries.deadlines(ticket) if deadline.due_at]
    assert len(kinds) == len(set(kinds)), "each promise runs once"


async def test_strangers_with_one_address_become_one_person(desk: Desk) -> None:
    care = await desk.department()
    form = {"name": "Mai", "email": "mai@khach.example", "subject": "Hi", "body": "Hello?", "department": str(care)}
    visitors = [await desk.browser() for _ in range(8)]
    statuses = await together(
        *(
            visitor.post("/en/help/requests/new", data={**form, "body": f"Question {number}"})
            for number, visitor in enumerate(visitors)
        )
    )
    assert set(statuses) == {200}
    assert await Person.count().where(Person.email_key == "mai@khach.example") == 1
    assert await Ticket.count() == 8


async def test_votes_answers_and_ratings_count_once(desk: Desk) -> None:
    lan, mai = await desk.customer("Lan"), await desk.customer("Mai")
    topic, article = await asked(lan), await written(lang="en")
    asker, reader = await desk.browser(lan), await desk.browser(mai)
    question = (await Post.select(Post.id).where(Post.topic == topic))[0]["id"]
    statuses = await together(
        *(reader.post(f"/en/community/posts/{question}/vote", data={"do": "vote"}) for _ in range(MANY)),
        *(reader.post(f"/en/community/topics/{topic}/posts", data={"body": f"Try {n} times"}) for n in range(MANY)),
        *(reader.post(f"/en/help/articles/{article}/rate", data={"helpful": "yes"}) for _ in range(MANY)),
    )
    assert set(statuses) == {200}
    row = (await Topic.select(Topic.votes, Topic.post_count).where(Topic.id == topic))[0]
    assert (row["votes"], await PostVote.count(), row["post_count"]) == (1, 1, 1 + MANY)
    assert (await now_of(article)).helpful == 1
    posts = await Post.select(Post.id).where((Post.topic == topic) & Post.is_question.eq(False))
    assert set(await together(*(asker.post(f"/en/community/posts/{post['id']}/accept") for post in posts))) == {200}
    assert (await Topic.select(Topic.answer).where(Topic.id == topic))[0]["answer"] in {post["id"] for post in posts}


async def test_of_writers_who_began_from_one_version_one_wins_and_the_others_hear_of_it(desk: Desk) -> None:
    article = await written()
    browsers = [await desk.browser(await desk.admin(name)) for name in ("An", "Bình", "Chi", "Dung")]
    form = {"title": "Hoàn tiền", "lang": "vi", "seen": "1"}
    statuses = await together(
        *(
            browser.post(f"/desk/articles/{article}", data={**form, "body": f"Version of {number}"})
            for number, browser in enumerate(browsers)
        )
    )
    assert sorted(statuses) == [200, 409, 409, 409]
    assert await ArticleVersion.count().where(ArticleVersion.article == article) == 2


async def test_a_form_that_is_sent_twice_says_it_once(desk: Desk) -> None:
    care = await desk.department()
    lan, minh = await desk.customer("Lan"), await desk.agent("Minh", care)
    customer, agent = await desk.browser(lan), await desk.browser(minh)
    form = {"subject": "It burns", "body": "Help", "department": str(care)}
    assert set(await together(*(customer.post("/en/help/requests/new", data=form) for _ in range(3)))) == {200}
    assert await Ticket.count() == 1
    ticket = (await Ticket.select(Ticket.id))[0]["id"]
    for mode in ("reply", "note"):
        say = {"body": "Water it", "mode": mode}
        assert set(await together(*(agent.post(f"/desk/tickets/{ticket}/messages", data=say) for _ in range(3)))) == {
            200
        }
    said = await Message.select(Message.kind, Message.body).order_by(Message.id)
    assert [(row["kind"], row["body"]) for row in said] == [
        ("reply", "Help"),
        ("reply", "Water it"),
        ("note", "Water it"),
    ]

    await agent.post(
        f"/desk/tickets/{ticket}/messages",
        data={"body": "Water it", "mode": "reply"},
        files={"files": ("a.txt", b"how")},
    )
    desk.clock.go(minutes=5)
    await agent.post(f"/desk/tickets/{ticket}/messages", data={"body": "Water it", "mode": "reply"})
    assert await Message.count() == 5, "another file, or another time, is another message"
