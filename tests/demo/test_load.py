"""The demo company, loaded: everything that is promised is there, and every main page shows it."""

import re
from datetime import timedelta

import pytest

from helpdesk.assignment.queries import plan_of, unmet_needs
from helpdesk.automation import queries as rules
from helpdesk.core.clock import now
from helpdesk.core.db import run_sql
from helpdesk.core.errors import Conflict
from helpdesk.core.keys import is_password
from helpdesk.demo import company, load
from helpdesk.demo.load import PASSWORD
from helpdesk.departments.queries import all_departments, chain
from helpdesk.events.tables import EventRow
from helpdesk.jobs.tables import Job
from helpdesk.people.queries import actor_of, agents, person_with
from helpdesk.people.tables import Person
from helpdesk.tickets.fields.tables import FieldValue
from helpdesk.tickets.tables import Deadline, Ticket
from kb.articles.tables import Article
from kb.forum.tables import Topic
from tests.factories import Browser, Desk

PUBLIC = ["/help", "/help/search?q=in+hoa+don", "/community", "/help/requests/new", "/signin"]
CUSTOMERS = ["/help/requests", "/account"]
DESK = ["/desk", "/desk/team", "/desk/customers", "/desk/articles"]
ADMIN = [
    "/admin",
    "/admin/assignment",
    "/admin/departments",
    "/admin/agents",
    "/admin/outbox",
    "/admin/settings",
    "/admin/calendars",
]


async def _count(table: str, condition: str = "1 = 1") -> int:
    return int((await run_sql(f"SELECT COUNT(*) AS n FROM {table} WHERE {condition}"))[0]["n"])


async def test_the_demo_holds_what_is_promised(desk: Desk) -> None:
    heard: list[tuple[int, int]] = []
    await load.load(lambda done, total: heard.append((done, total)))

    assert [department.name_en for department in await all_departments()] == [
        *("Sales", "Customer care", "Technical", "Billing")
    ]
    assert all(department.address for department in await all_departments())
    assert await _count("article", "status = 'published'") >= 30
    assert await _count("topic") >= 15
    assert await _count("ticket") >= 60
    assert len(await agents()) == 5
    assert await _count("promise", "rule IS NOT NULL")
    assert await _count("person", "role = 'customer'") >= 25
    assert await _count("rating") >= 12
    assert await _count("canned_reply") == len(company.canned_replies())
    assert [one.rule.title for one in await rules.everything()] == [one.title for one in company.rules()]
    assert all(one.rule.is_active for one in await rules.everything())
    sales, care, *_ = await all_departments()
    assert (await plan_of(sales.id)).way == "turn"
    assert (await chain(sales.id)).to == (care.id,)
    assert not await unmet_needs()
    assert heard[-1][0] == heard[-1][1] == len(heard)
    wanted = [(ticket.subject, ticket.status, ticket.priority) for ticket in company.tickets()]
    found = await Ticket.select(Ticket.subject, Ticket.status, Ticket.priority).order_by(Ticket.id)
    assert [tuple(row.values()) for row in found] == wanted

    said = await FieldValue.select(FieldValue.text).order_by(FieldValue.id)
    assert sorted(row["text"] for row in said) == sorted(
        text for ticket in company.tickets() for text in ticket.fields.values()
    )

    # it happened when the content says, in that order
    events = await EventRow.select(EventRow.happened_at).order_by(EventRow.id)
    moments = [row["happened_at"] for row in events]
    assert moments == sorted(moments)
    assert now() - timedelta(minutes=15) < moments[-1] <= now()
    first = company.tickets()[0]
    opened = await Ticket.select(Ticket.opened_at).order_by(Ticket.id).first()
    assert opened is not None
    assert opened["opened_at"] == now() - timedelta(minutes=first.messages[0].minutes_ago)

    # promises are broken, nearly due and fresh
    running = await Deadline.select(Deadline.due_at, Deadline.missed_at).where(Deadline.met_at.is_null())
    assert sum(row["missed_at"] is not None for row in running) >= 3
    assert sum(row["missed_at"] is None and row["due_at"] is not None for row in running) >= 8
    assert await _count("event", "name = 'DeadlineMissed'") >= 3

    # nobody is owed a letter about the past; only the index is
    assert [row["name"] for row in await Job.select(Job.name)] == ["helpdesk.search.sources:mend"]
    await desk.work()
    assert await _count("outbound") == 0
    assert not re.search(r"article:[a-z]", " ".join(row["html"] for row in await Article.select(Article.html)))

    # all can sign in
    password = await Person.select(Person.password).where(Person.email == "khoa@lua.example").first()
    assert password is not None
    assert is_password(password["password"], PASSWORD)
    for email in re.findall(r"\S+@\S+", load.logins()):
        assert await person_with(email) is not None

    with pytest.raises(Conflict):
        await load.load()
    assert await _count("ticket") == len(wanted)
    assert await load.is_loaded()


async def test_a_used_database_is_left_alone(desk: Desk) -> None:
    assert await load.is_empty()
    await desk.customer("Lan")

    with pytest.raises(Conflict):
        await load.load()

    assert not await load.is_empty()
    assert not await load.is_loaded()
    assert await _count("ticket") + await _count("department") + await _count("job") == 0


@pytest.mark.once  # the pages themselves are proved on both databases elsewhere
async def test_every_main_page_shows_the_demo_to_whoever_may_see_it(desk: Desk) -> None:
    await load.load()
    await desk.work()
    ticket = await Ticket.select(Ticket.id, Ticket.requester).where(Ticket.status == "pending").first()
    article = await Article.select(Article.id, Article.slug).where(Article.status == "published").first()
    topic = await Topic.select(Topic.id, Topic.slug).where(Topic.answer.is_not_null()).first()
    assert ticket is not None
    assert article is not None
    assert topic is not None
    public = [
        *PUBLIC,
        f"/help/articles/{article['id']}-{article['slug']}",
        f"/community/topics/{topic['id']}-{topic['slug']}",
    ]
    staff = [*DESK, f"/desk/tickets/{ticket['id']}", f"/desk/customers/{ticket['requester']}"]
    pages = {
        "": public,
        "customer": [*public, *CUSTOMERS, f"/help/requests/{ticket['id']}"],
        "khoa@lua.example": [*public, *staff],
        "tam@lua.example": [*public, *staff, *ADMIN],
    }
    for who, paths in pages.items():
        person = ticket["requester"] if who == "customer" else await person_with(who) if who else None
        for lang in ("vi", "en"):
            if person:
                await Person.update({Person.lang: lang}).where(Person.id == person)
            browser = await desk.browser(await actor_of(person) if person else None, lang=lang)
            for path in paths:
                await _looks_well(browser, path if path in staff + ADMIN else f"/{lang}{path}", lang)


async def _looks_well(browser: Browser, path: str, lang: str) -> None:
    answer = await browser.get(path)
    assert answer.status_code == 200, path
    assert f'<html lang="{lang}"' in answer.text, path
    assert "</html>" in answer.text, path
