"""
A company with years behind it, written in bulk into an empty database; the same dice, the same company.

    python -m tools.measure.company '{"tickets": 20000, …}'

prints what a visitor needs to know of it as JSON (Company). Words are sentences of the search cases
in tests/cases/search (Wikipedia, Vietnamese and English alike).
"""

import asyncio
import random
import re
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final, TypeVar

import msgspec
from msgspec import Struct
from piccolo.table import Table

from helpdesk import schema
from helpdesk.core.clock import now
from helpdesk.core.db import IS_SQLITE, close_database, open_database, run_sql, transaction
from helpdesk.core.markup import to_html, to_text
from helpdesk.core.paging import write_key
from helpdesk.core.text import email_key, fold, slug
from helpdesk.departments.tables import Department, DepartmentAddress
from helpdesk.events.record import Event
from helpdesk.events.tables import EventRow
from helpdesk.people import sessions
from helpdesk.people.rules import words_of
from helpdesk.people.tables import Member, Person
from helpdesk.search import sources
from helpdesk.sla.tables import CalendarRow, PolicyRow
from helpdesk.tickets import rules, words
from helpdesk.tickets.events import NoteAdded, StatusChanged, TicketOpened, TicketReplied
from helpdesk.tickets.queries import PAGE_SIZE
from helpdesk.tickets.said import Said, typed
from helpdesk.tickets.tables import Deadline, Message, Ticket, TicketTag
from helpdesk.web import naming
from helpdesk.wiring import wire
from kb.articles import rules as article_rules
from kb.articles.tables import Article, ArticleVersion, Category
from kb.forum import rules as forum_rules
from kb.forum.tables import Board, Post, Topic
from tests.factories import OFFICE_HOURS, TARGETS
from tests.search.quality import documents

T = TypeVar("T", bound=Table)

DEPARTMENTS: Final = (
    *(("Bán hàng", "Sales"), ("Chăm sóc khách hàng", "Customer care")),
    *(("Kỹ thuật", "Technical"), ("Kế toán", "Billing")),
)
SURNAMES: Final = ("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Phan", "Vũ", "Đặng", "Bùi", "Smith", "Jones", "Miller")
NAMES: Final = ("An", "Bình", "Chi", "Dũng", "Giang", "Hạnh", "Khoa", "Lan", "Minh", "Ngọc", "Anna", "Ben", "Clara")
TAGS: Final = ("bảo hành", "hoàn tiền", "giao hàng", "hoá đơn", "lỗi", "refund", "invoice", "printer", "login")
AGENTS: Final = 5
"""In each department."""
RECENT: Final = 0.12
"""The share of tickets that is still being worked on, or was last week."""
MANY: Final = 50
"""Messages of one long ticket."""
LATE: Final = 500
"""A page far down a queue; the last one where there are fewer."""
SIGNED_IN: Final = 8
"""As many agents and as many customers have a browser that is signed in."""
MOST_VALUES: Final = 30_000
"""In one statement; both databases take some 32,000."""


class Size(Struct, frozen=True):
    """How many of everything; `messages` of each ticket, `posts` of each topic."""

    tickets: int = 20_000
    customers: int = 2_000
    articles: int = 500
    topics: int = 2_000
    posts: int = 5
    messages: int = 5


class Worker(Struct, frozen=True):
    """An agent who is signed in, with some tickets of theirs, and where their page LATE of all tickets begins."""

    cookie: str
    department: int
    tickets: list[int]
    late: str


class Company(Struct, frozen=True):
    """What a visitor needs to know. Paths are without a language; `queries` have it: (vi, "hoa don")."""

    agents: list[Worker]
    long: int
    """A ticket of the first agent with MANY messages; 0 when there is none."""
    many: list[int]
    """Tickets of the first agent's department, to change at once."""
    customers: list[str]
    """Cookies."""
    departments: list[int]
    articles: list[tuple[str, str]]
    topics: list[tuple[str, str]]
    queries: list[tuple[str, str]]
    last_ids: dict[str, int]
    """Of the tables that growth.py copies."""
    rows_seconds: float
    index_seconds: float


class Words(Struct, frozen=True):
    """Sentences of one language, and messages made of them."""

    lang: str
    sentences: list[str]
    messages: list[Said]


async def fill(size: Size) -> Company:
    """Write it all, index it, and sign some people in."""
    began = time.perf_counter()
    dice = random.Random(2026)
    texts = [_words("vi", dice), _words("en", dice)]
    async with transaction():
        departments = await _departments()
        agents = await _agents(departments, dice)
        customers = await _insert(_customer(number, dice) for number in range(size.customers))
        await _tickets(size, agents, customers, texts, dice)
        long = await _long(next(iter(agents.values())))
        articles = await _articles(size.articles, texts, dice)
        topics = await _topics(size.topics, size.posts, customers, texts, dice)
    written = time.perf_counter()
    await sources.rebuild()
    indexed = time.perf_counter()
    return Company(
        agents=[await _worker(agent, place) for agent, place in list(agents.items())[:SIGNED_IN]],
        long=long,
        many=await _newest(next(iter(agents.values())), 500),
        customers=[await _cookie(person.id) for person in customers[:SIGNED_IN]],
        departments=[department.id for department in departments],
        articles=[(row.lang, article_rules.path(row.id, row.slug)) for row in articles],
        topics=[(row.lang, forum_rules.path(row.id, row.slug)) for row in topics],
        queries=[_query(row.lang, row.title, dice) for row in articles],
        last_ids={name: await _last_id(name) for name in ("ticket", "message", "deadline", "ticket_tag", "event")},
        rows_seconds=written - began,
        index_seconds=indexed - written,
    )


async def _newest(department: int, count: int) -> list[int]:
    """The tickets of a department that were opened last."""
    of_department = Ticket.select(Ticket.id).where(Ticket.department == department)
    return [row["id"] for row in await of_department.order_by(Ticket.id, ascending=False).limit(count)]


async def _last_id(table: str) -> int:
    return int((await run_sql(f"SELECT MAX(id) AS last FROM {table}"))[0]["last"] or 0)


# Words


def _words(lang: str, dice: random.Random) -> Words:
    """The sentences of a language, and a stock of messages, since formatting one for each row would take long."""
    text = " ".join(document.body for document in documents(lang))
    sentences = [part for part in re.split(r"(?<=[.?!]) +", text) if 30 < len(part) < 300]
    made = [_message(sentences, dice) for _ in range(1500)]
    return Words(lang, sentences, [typed(markdown, channel="web") for markdown in made])


def _message(sentences: Sequence[str], dice: random.Random) -> str:
    """A message as people type them: one to three paragraphs, now and then a list or something bold."""
    parts = [" ".join(dice.choices(sentences, k=dice.randint(1, 3))) for _ in range(dice.randint(1, 3))]
    if dice.random() < 0.2:
        parts.append("\n".join(f"- {line}" for line in dice.choices(sentences, k=3)))
    if dice.random() < 0.2:
        parts[0] = f"**{parts[0]}**"
    return "\n\n".join(parts)


def _title(sentences: Sequence[str], dice: random.Random) -> str:
    return " ".join(dice.choice(sentences).split()[: dice.randint(4, 10)]).strip(" ,;:.")


def _manual(sentences: Sequence[str], dice: random.Random) -> str:
    """An article: an introduction, three chapters with headings, a list in one of them; some 300 words."""
    chapters = [" ".join(dice.choices(sentences, k=3))]
    for number in range(3):
        chapters += [f"# {_title(sentences, dice)}", " ".join(dice.choices(sentences, k=3))]
        if number == 1:
            chapters.append("\n".join(f"1. {line}" for line in dice.choices(sentences, k=4)))
    return "\n\n".join(chapters)


def _query(lang: str, title: str, dice: random.Random) -> tuple[str, str]:
    """A few words that somebody might look for this by; half of them without marks."""
    typed_words = " ".join(title.split()[: dice.randint(2, 4)])
    return lang, fold(typed_words) if dice.random() < 0.5 else typed_words


# People


async def _departments() -> list[Department]:
    calendar, policy = CalendarRow(name="Office", hours=OFFICE_HOURS), PolicyRow(name="Standard", targets=TARGETS)
    await _insert([calendar])
    await _insert([policy])
    departments = await _insert(
        Department(name_vi=vi, name_en=en, calendar=calendar.id, policy=policy.id, position=position)
        for position, (vi, en) in enumerate(DEPARTMENTS)
    )
    addresses = [(department.id, f"{slug(department.name_en)}@lua.example") for department in departments]
    await _insert(
        DepartmentAddress(department=department, address=address, address_key=address)
        for department, address in addresses
    )
    return departments


async def _agents(departments: Sequence[Department], dice: random.Random) -> dict[int, int]:
    """Agents and the department of each; neighbours in the order work in different ones."""
    people = await _insert(
        _person(number, f"agent{number}@lua.example", "agent", dice) for number in range(AGENTS * len(departments))
    )
    place = {person.id: departments[number % len(departments)].id for number, person in enumerate(people)}
    await _insert(Member(person=person, department=department) for person, department in place.items())
    return place


def _customer(number: int, dice: random.Random) -> Person:
    return _person(number, f"customer{number}@khach.example", "customer", dice)


def _person(number: int, email: str, role: str, dice: random.Random) -> Person:
    name = f"{dice.choice(SURNAMES)} {dice.choice(NAMES)}"
    return Person(
        name=name,
        email=email,
        email_key=email_key(email),
        words=words_of(name, email, ""),
        role=role,
        lang=("vi", "en")[number % 2],
        created_at=now() - timedelta(days=400),
        email_confirmed_at=now(),
    )


async def _worker(agent: int, department: int) -> Worker:
    active = Ticket.status.is_in(list(rules.ACTIVE))
    mine = await Ticket.select(Ticket.id).where((Ticket.department == department) & active).limit(100)
    return Worker(await _cookie(agent), department, [row["id"] for row in mine], await late(department))


async def late(department: int) -> str:
    """The key after which page LATE of all tickets of a department begins, what moved last first."""
    count = await Ticket.count().where(Ticket.department == department)
    place = max(min((LATE - 1) * PAGE_SIZE, count - PAGE_SIZE), 1)
    row = await (
        Ticket.select(Ticket.updated_at, Ticket.id)
        .where(Ticket.department == department)
        .order_by(Ticket.updated_at, ascending=False)
        .order_by(Ticket.id, ascending=False)
        .offset(place - 1)
        .first()
    )
    return write_key([row["updated_at"].isoformat(), row["id"]]) if row else ""


async def _cookie(person: int) -> str:
    return (await sessions.begin(person, browser="bench", address="127.0.0.1")).value or ""


# Tickets


async def _tickets(
    size: Size, agents: dict[int, int], customers: Sequence[Person], texts: Sequence[Words], dice: random.Random
) -> None:
    """Tickets with their messages, promises, tags, history and searchable words."""
    staff: dict[int, list[int]] = {}
    for agent, department in agents.items():
        staff.setdefault(department, []).append(agent)
    tickets = await _insert(
        _ticket(number / size.tickets, size.messages, staff, customers, texts, dice) for number in range(size.tickets)
    )
    said = {text.lang: text.messages for text in texts}
    messages = await _insert(
        _said(ticket, place, size.messages, dice.choice(said[ticket.lang]), dice)
        for ticket in tickets
        for place in range(size.messages)
    )
    await _insert(deadline for ticket in tickets for deadline in _deadlines(ticket))
    await _insert(TicketTag(ticket=ticket.id, name=dice.choice(TAGS)) for ticket in tickets if dice.random() < 0.3)
    await _insert(_row(event, moment) for event, moment in _history(tickets, messages))
    for place, message in enumerate(messages):
        await words.keep(tickets[place // size.messages], message)


async def _long(department: int) -> int:
    """Let a ticket of a department have MANY messages; its number."""
    active = Ticket.status.is_in(list(rules.ACTIVE))
    ticket = await Ticket.objects().where((Ticket.department == department) & active).order_by(Ticket.id).first()
    if ticket is None:
        return 0
    messages = await Message.objects().where(Message.ticket != ticket.id).order_by(Message.id).limit(MANY)
    has = await Message.count().where(Message.ticket == ticket.id)
    for place, message in enumerate(messages[: MANY - has]):
        await Message(
            **{
                **{
                    column._meta.name: getattr(message, column._meta.name)
                    for column in Message._meta.columns
                    if not column._meta.primary_key
                },
                "ticket": ticket.id,
                "message_id": f"{ticket.id}.{place + has}@khach.example",
                "sent_at": ticket.updated_at + timedelta(minutes=place - MANY),
            }
        ).save()
    await Ticket.update({Ticket.message_count: MANY}).where(Ticket.id == ticket.id)
    return int(ticket.id)


def _ticket(
    age: float,
    messages: int,
    staff: dict[int, list[int]],
    customers: Sequence[Person],
    texts: Sequence[Words],
    dice: random.Random,
) -> Ticket:
    """`age` goes from 0, a year ago, to 1, now."""
    text, department = dice.choice(texts), dice.choice(list(staff))
    if age > 1 - RECENT:
        status = dice.choices(rules.STATUSES, (25, 35, 15, 5, 20, 0))[0]
        opened_at = now() - timedelta(days=8) * ((1 - age) / RECENT)
    else:
        status = dice.choices(("solved", "closed"), (15, 85))[0]
        opened_at = now() - timedelta(days=8 + 350 * (1 - age))
    is_active, is_done = status in rules.ACTIVE, status in rules.DONE
    updated_at = min(now(), opened_at + timedelta(hours=dice.uniform(1, 40)))
    due_at = now() + timedelta(hours=dice.uniform(-12, 60)) if is_active else None
    return Ticket(
        subject=_title(text.sentences, dice),
        status=status,
        priority=dice.choices(naming.BUILT_IN_PRIORITIES, (10, 70, 15, 5))[0],
        department=department,
        requester=dice.choice(customers).id,
        assignee=dice.choice(staff[department]) if status != "new" and dice.random() < 0.8 else None,
        channel=dice.choice(("email", "web")),
        lang=text.lang,
        snippet=dice.choice(text.sentences)[:200],
        message_count=messages,
        opened_at=opened_at,
        updated_at=updated_at,
        solved_at=updated_at if is_done else None,
        closed_at=updated_at if status == "closed" else None,
        due_kind={"new": "first_response", "open": "next_response"}.get(status, ""),
        due_at=due_at,
        queue_at=due_at or rules.NEVER,
    )


def _said(ticket: Ticket, place: int, count: int, said: Said, dice: random.Random) -> Message:
    """The customer asks, an agent answers, and so on in turn; what the customer would say third may be a note."""
    is_note = place > 0 and place % 2 == 0 and dice.random() < 0.3
    by_agent = is_note or (place % 2 == 1 and ticket.assignee is not None)
    return Message(
        ticket=ticket.id,
        author=ticket.assignee or ticket.requester if by_agent else ticket.requester,
        kind="note" if is_note else "reply",
        direction="out" if by_agent else "in",
        channel=ticket.channel,
        body=said.body,
        text=said.text,
        fresh=said.fresh,
        html=said.html,
        message_id=f"{ticket.id}.{place}@khach.example",
        sent_at=ticket.opened_at + (ticket.updated_at - ticket.opened_at) * (place / max(count - 1, 1)),
    )


def _deadlines(ticket: Ticket) -> Iterator[Deadline]:
    """The first answer and the whole: running, and noticed already where missed or near; or paused, or met."""
    due: datetime | None = ticket.due_at
    answer = Deadline(ticket=ticket.id, kind="first_response", minutes=240, started_at=ticket.opened_at)
    whole = Deadline(ticket=ticket.id, kind="resolution", minutes=2400, started_at=ticket.opened_at)
    if due is None:
        answer.met_at = ticket.updated_at
        whole.met_at, whole.spent = ticket.solved_at, 300
    else:
        answer.kind = ticket.due_kind
        answer.running_since = whole.running_since = ticket.opened_at
        answer.due_at, whole.due_at = due, due + timedelta(days=5)
        answer.warned_at = now() if due < now() + timedelta(hours=1) else None
        is_missed = due < now()
        answer.missed_at = due if is_missed else None
        answer.look_at, whole.look_at = None if is_missed else due, whole.due_at
    yield answer
    yield whole


def _history(tickets: Sequence[Ticket], messages: Sequence[Message]) -> Iterator[tuple[Event, datetime]]:
    each = len(messages) // len(tickets)
    for place, message in enumerate(messages):
        ticket = tickets[place // each]
        about = {"actor": message.author, "ticket": ticket.id, "message": message.id}
        if place % each == 0:
            yield TicketOpened(**about), message.sent_at
        elif message.kind == "note":
            yield NoteAdded(**about), message.sent_at
        else:
            yield TicketReplied(**about, by_agent=message.direction == "out"), message.sent_at
        if place % each == each - 1 and ticket.solved_at is not None:
            yield StatusChanged(actor=ticket.assignee, ticket=ticket.id, status=ticket.status), ticket.solved_at


def _row(event: Event, moment: datetime) -> EventRow:
    return EventRow(
        name=type(event).__name__,
        about=event.about,
        actor=event.actor,
        data=msgspec.json.encode(event).decode(),
        is_internal=event.INTERNAL,
        happened_at=moment,
    )


# Articles and topics


async def _articles(count: int, texts: Sequence[Words], dice: random.Random) -> list[Article]:
    shelves = await _insert(
        Category(name_vi=f"Chủ đề {number}", name_en=f"Subject {number}", position=number) for number in range(12)
    )
    articles = await _insert(_article(dice.choice(shelves).id, dice.choice(texts), dice) for _ in range(count))
    await _insert(
        ArticleVersion(article=row.id, number=1, title=row.title, body=row.body, made_at=row.created_at)
        for row in articles
    )
    return articles


def _article(category: int, words: Words, dice: random.Random) -> Article:
    title, body = _title(words.sentences, dice), _manual(words.sentences, dice)
    html = to_html(body, ugc=False)
    text = to_text(html, links=False)
    moment = now() - timedelta(days=dice.uniform(1, 400))
    return Article(
        category=category,
        lang=words.lang,
        status="published",
        title=title,
        title_key=article_rules.title_key(title),
        slug=slug(title, 80),
        body=body,
        html=html,
        text=text,
        summary=article_rules.summary(text),
        minutes=article_rules.reading_minutes(text),
        views=dice.randint(0, 5000),
        helpful=dice.randint(0, 90),
        unhelpful=dice.randint(0, 20),
        created_at=moment,
        updated_at=moment,
        published_at=moment,
    )


async def _topics(
    count: int, posts: int, customers: Sequence[Person], texts: Sequence[Words], dice: random.Random
) -> list[Topic]:
    boards = await _insert(
        Board(name_vi=f"Diễn đàn {number}", name_en=f"Board {number}", position=number) for number in range(6)
    )
    topics = await _insert(_topic(posts, boards, customers, dice.choice(texts), dice) for _ in range(count))
    said = {text.lang: text.messages for text in texts}
    written = await _insert(
        _post(topic, place, dice.choice(customers).id, dice.choice(said[topic.lang]))
        for topic in topics
        for place in range(posts)
    )
    for topic, first in zip(topics, range(0, len(written), posts), strict=True):
        if dice.random() < 0.4:
            topic.answer = written[first + 1].id
            await topic.save([Topic.answer])
    return topics


def _topic(
    posts: int, boards: Sequence[Board], customers: Sequence[Person], words: Words, dice: random.Random
) -> Topic:
    title = _title(words.sentences, dice)
    moment = now() - timedelta(days=dice.uniform(1, 400))
    return Topic(
        board=dice.choice(boards).id,
        title=title,
        title_key=article_rules.title_key(title),
        slug=slug(title, 80),
        author=dice.choice(customers).id,
        last_author=dice.choice(customers).id,
        lang=words.lang,
        post_count=posts,
        votes=dice.randint(0, 20),
        views=dice.randint(0, 900),
        created_at=moment,
        active_at=moment + timedelta(hours=dice.uniform(1, 20)),
    )


def _post(topic: Topic, place: int, author: int, said: Said) -> Post:
    return Post(
        topic=topic.id,
        author=author if place else topic.author,
        body=said.body,
        html=said.html,
        text=said.text,
        is_question=place == 0,
        created_at=topic.created_at + (topic.active_at - topic.created_at) * (place / 5),
    )


async def _insert(rows: Iterable[T]) -> list[T]:
    """Insert the rows, as many at a time as a statement holds; they have their ids afterwards."""
    kept = list(rows)
    if not kept:
        return kept
    table = type(kept[0])
    at_once = MOST_VALUES // len(table._meta.columns)
    for start in range(0, len(kept), at_once):
        await table.insert(*kept[start : start + at_once])
    return kept


async def main(size: Size) -> None:
    wire()
    await open_database()
    try:
        await schema.migrate()
        company = await fill(size)
        if not IS_SQLITE:
            await run_sql("ANALYZE")  # which PostgreSQL does by itself a minute later
        print(msgspec.json.encode(company).decode())
    finally:
        await close_database()


if __name__ == "__main__":
    asyncio.run(main(msgspec.json.decode(sys.argv[1], type=Size)))
