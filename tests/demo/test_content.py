"""The demo company must be whole: what a file names exists in another, and nothing points into the real world."""

import re
import unicodedata
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

from helpdesk.demo.company import (
    CONTENT,
    Article,
    Board,
    Calendar,
    Category,
    Customer,
    Department,
    Message,
    Policy,
    Ticket,
    Topic,
    articles,
    calendars,
    categories,
    departments,
    forum,
    people,
    policies,
    priorities,
    tickets,
)
from helpdesk.web.naming import BUILT_IN_PRIORITIES

pytestmark = pytest.mark.once  # nothing here needs a database

FILES = sorted(path for path in CONTENT.rglob("*") if path.suffix in {".json", ".md"})

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def _keys(records: list[Board] | list[Department] | list[Calendar] | list[Policy] | list[Category]) -> set[str]:
    return {record.key for record in records}


def _falling(moments: list[int]) -> bool:
    """Each moment is later than the one before, and none is in the future."""
    return moments[-1] > 0 and all(earlier > later for earlier, later in pairwise(moments))


def _without_diacritics(text: str) -> bool:
    return unicodedata.normalize("NFD", text).isascii()


# What every file has in common


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_text_is_nfc_without_stray_whitespace(path: Path) -> None:
    text = path.read_bytes().decode("utf-8")
    assert unicodedata.is_normalized("NFC", text)
    assert re.search(r"\S\n\Z", text)
    assert not re.search(r"[ \t\r]\n|\u00a0|\u200b|\ufeff|\ufffd", text)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_nothing_points_into_the_real_world(path: Path) -> None:
    text = path.read_text("utf-8")
    hosts = re.findall(r"(?:[\w.+-]+@|https?://)([\w.-]+\w)", text)
    assert [host for host in hosts if not host.endswith(".example")] == []
    assert re.findall(r"\b[\w-]+\.(?:com|vn|net|org|io|co|app|dev|info)\b", text) == []


def test_phone_numbers_belong_to_nobody() -> None:
    shown = [person.phone for person in people().everybody] + [department.phone for department in departments()]
    assert [phone for phone in shown if not re.fullmatch(r"07[1-5]\d \d{3} \d{3}|028 0\d{3} \d{4}", phone)] == []
    written = " ".join(message.body for ticket in tickets() for message in ticket.messages)
    assert set(re.findall(r"\b0\d{3} \d{3} \d{3}\b", written)) <= set(shown)


# The company


def test_departments_have_a_calendar_and_a_policy() -> None:
    assert len(departments()) == 4
    assert {department.calendar for department in departments()} == _keys(calendars())
    assert {department.policy for department in departments()} == {one.key for one in policies() if not one.tier}
    assert len({department.address for department in departments()}) == 4
    assert all(department.address.endswith("@lua.example") for department in departments())


def test_calendars_open_before_they_close() -> None:
    for calendar in calendars():
        assert set(calendar.hours) <= set(WEEKDAYS)
        for periods in calendar.hours.values():
            edges = [edge for period in periods for edge in period]
            assert edges == sorted(set(edges)), calendar.key


def test_policies_promise_more_to_the_more_urgent() -> None:
    for policy in policies():
        for promise in (policy.first_response, policy.next_response, policy.resolution):
            assert 0 < promise["urgent"] < promise["high"] < promise["normal"] < promise["low"], policy.key


def test_people_are_known_by_one_key_and_one_address() -> None:
    assert len(people().agents) == 4
    assert len(people().customers) >= 25
    for field in ("key", "email", "phone"):
        assert len({getattr(person, field) for person in people().everybody}) == len(people().everybody)


def test_agents_work_in_departments_and_none_is_empty() -> None:
    assert {key for agent in people().agents for key in agent.departments} == _keys(departments())
    assert all(agent.email == f"{agent.key}@lua.example" for agent in people().agents)


def test_customers_organisations_exist_and_none_is_empty() -> None:
    named = {customer.organisation for customer in people().customers} - {None}
    assert named == {organisation.key for organisation in people().organisations}


def test_nobody_writes_before_they_have_joined() -> None:
    joined = {customer.key: customer.joined_days_ago * 24 * 60 for customer in people().customers}
    written = [message for ticket in tickets() for message in ticket.messages]
    posted = [post for topic in forum().topics for post in topic.posts]
    said = [(one.author, one.minutes_ago) for one in written] + [(one.author, one.minutes_ago) for one in posted]
    assert [(who, ago) for who, ago in said if ago > joined.get(who, ago)] == []


# Articles


def test_articles_are_as_many_as_promised() -> None:
    languages = Counter(article.language for article in articles())
    assert languages["vi"] >= 24
    assert languages["en"] >= 10
    assert sum(article.status == "draft" for article in articles()) == 2
    assert sum(article.translation_of is not None for article in articles()) == 8


def test_every_category_holds_three_vietnamese_articles_or_more() -> None:
    filled = Counter(article.category for article in articles() if article.language == "vi")
    assert len(categories()) == 6
    assert set(filled) == _keys(categories()) == {article.category for article in articles()}
    assert min(filled.values()) >= 3


@pytest.mark.parametrize("article", articles(), ids=lambda article: article.key)
def test_an_article_is_worth_reading(article: Article) -> None:
    assert 150 <= len(article.body.split()) <= 500
    assert article.body.count("\n# ") >= 2
    assert re.search(r"^(?:\d\. |- |\|)", article.body, re.MULTILINE)
    assert not article.body.startswith("#")
    assert article.author in people().staff


def test_article_keys_are_file_names_and_titles_are_unique() -> None:
    names = {path.stem for path in (CONTENT / "articles").glob("*.md")}
    assert {article.key for article in articles()} == names
    assert len({article.title for article in articles()}) == len(names)


def test_a_translation_has_the_category_of_its_vietnamese_original() -> None:
    originals = {article.key: article for article in articles() if article.language == "vi"}
    translations = [article for article in articles() if article.translation_of]
    for translation in translations:
        original = originals[translation.translation_of or ""]
        assert (translation.language, translation.category) == ("en", original.category)
        assert original.status == "published"
    assert len({translation.translation_of for translation in translations}) == len(translations)


def test_links_lead_to_published_articles() -> None:
    published = {article.key for article in articles() if article.status == "published"}
    linked = {key for path in FILES for key in re.findall(r"\]\(article:([^)]*)\)", path.read_text("utf-8"))}
    assert len(linked) >= 5
    assert linked - {"key"} <= published  # "key" is the example in the README


def test_what_is_called_vietnamese_has_its_diacritics() -> None:
    titles = [article.title for article in articles() if article.language == "vi"]
    titles += [topic.title for topic in forum().topics if topic.language == "vi"]
    titles += [ticket.subject for ticket in tickets() if ticket.language == "vi" and ticket.requester != "hien"]
    assert [title for title in titles if _without_diacritics(title)] == []


# Forum


def test_topics_are_as_many_as_promised() -> None:
    assert len(forum().boards) == 3
    assert {topic.board for topic in forum().topics} == _keys(forum().boards)
    assert len({topic.key for topic in forum().topics}) == len(forum().topics) >= 16
    assert {topic.language for topic in forum().topics} == {"vi", "en"}
    assert sum(any(post.accepted for post in topic.posts) for topic in forum().topics) >= 5


@pytest.mark.parametrize("topic", forum().topics, ids=lambda topic: topic.key)
def test_a_topic_reads_from_question_to_answer(topic: Topic) -> None:
    authors = {person.key for person in people().everybody}
    assert 1 <= len(topic.posts) <= 9
    assert {post.author for post in topic.posts} <= authors
    assert _falling([post.minutes_ago for post in topic.posts])
    assert not topic.posts[0].accepted
    assert sum(post.accepted for post in topic.posts) <= 1
    assert topic.views > max(post.votes for post in topic.posts)


def test_only_staff_begin_an_announcement() -> None:
    closed = {board.key for board in forum().boards if board.staff_only}
    assert {topic.posts[0].author for topic in forum().topics if topic.board in closed} <= people().staff


def test_topics_stand_from_oldest_to_newest() -> None:
    begun = [topic.posts[0].minutes_ago for topic in forum().topics]
    assert begun == sorted(begun, reverse=True)


# Tickets


def test_tickets_are_as_many_and_as_mixed_as_promised() -> None:
    assert len(tickets()) >= 64
    own = {one.key for one in priorities()}
    assert own < {ticket.priority for ticket in tickets()} <= {*BUILT_IN_PRIORITIES, *own}
    for field, kinds in {"status": 6, "priority": 4, "department": 4, "channel": 2}.items():
        counted = Counter(value for ticket in tickets() if (value := getattr(ticket, field)) not in own)
        assert len(counted) == kinds
        assert min(counted.values()) >= 5, counted
    vietnamese = sum(ticket.language == "vi" for ticket in tickets()) / len(tickets())
    assert 0.65 <= vietnamese <= 0.75
    assert {ticket.department for ticket in tickets()} == _keys(departments())


def test_tickets_stand_from_oldest_to_newest_under_different_subjects() -> None:
    opened = [ticket.messages[0].minutes_ago for ticket in tickets()]
    assert opened == sorted(opened, reverse=True)
    assert len({ticket.subject for ticket in tickets()}) == len(tickets())


@pytest.mark.parametrize("ticket", tickets(), ids=lambda ticket: ticket.subject)
def test_a_thread_is_a_conversation(ticket: Ticket) -> None:
    first = ticket.messages[0]
    assert (first.author, first.kind) == (ticket.requester, "reply")
    assert 1 <= len(ticket.messages) <= 8
    assert _falling([message.minutes_ago for message in ticket.messages])
    assert all(message.author in people().staff for message in ticket.messages if message.kind == "note")
    assert not any(re.search(r"^(?:>|-- ?$)", message.body, re.MULTILINE) for message in ticket.messages)
    colleagues = {customer.key for customer in _household(ticket.requester)}
    assert {message.author for message in ticket.messages} <= people().staff | colleagues


def _household(key: str) -> list[Customer]:
    """The customer, and whoever shares an organisation with them."""
    customer = next(customer for customer in people().customers if customer.key == key)
    return [customer] + [
        other
        for other in people().customers
        if customer.organisation is not None and other.organisation == customer.organisation
    ]


@pytest.mark.parametrize("ticket", tickets(), ids=lambda ticket: ticket.subject)
def test_a_status_agrees_with_the_thread(ticket: Ticket) -> None:
    spoken = [message for message in ticket.messages if message.kind == "reply"]
    if ticket.status == "new":
        assert not _answers(ticket)
        assert ticket.assignee is None
    else:
        assert _answers(ticket)
    if ticket.status in {"pending", "hold"}:
        assert spoken[-1].author in people().staff
    if ticket.status == "open":
        assert spoken[-1].author == ticket.requester
    if ticket.rating:
        assert ticket.status in {"solved", "closed"}
        assert 0 < ticket.rating.minutes_ago < ticket.messages[-1].minutes_ago


def test_assignees_work_in_the_department_of_the_ticket() -> None:
    teams = {agent.key: agent.departments for agent in people().agents}
    taken = [ticket for ticket in tickets() if ticket.assignee]
    assert {ticket.assignee for ticket in taken} == set(teams)
    assert [ticket.subject for ticket in taken if ticket.department not in teams[ticket.assignee or ""]] == []
    assert any(ticket.status == "open" and ticket.assignee is None for ticket in tickets())


def test_some_customers_are_promised_more_and_have_asked() -> None:
    shops = {shop.key: shop.tier for shop in people().organisations if shop.tier}
    assert {*shops.values()} == {policy.tier for policy in policies() if policy.tier}
    customers = {one.key for one in people().customers if one.organisation in shops}
    assert any(ticket.requester in customers for ticket in tickets() if ticket.status in {"new", "open"})


def test_some_customers_were_pleased_and_some_were_not() -> None:
    scores = Counter(ticket.rating.score for ticket in tickets() if ticket.rating)
    assert scores["good"] >= 10
    assert scores["bad"] >= 2
    assert all(ticket.rating.comment for ticket in tickets() if ticket.rating and ticket.rating.score == "bad")


def test_notes_call_colleagues_by_their_keys() -> None:
    notes = [message.body for ticket in tickets() for message in ticket.messages if message.kind == "note"]
    called = {name for note in notes for name in re.findall(r"@([a-z]+)", note)}
    assert called
    assert called <= people().staff


def test_promises_are_broken_nearly_due_and_fresh_whenever_it_is_loaded() -> None:
    by_calendar = {calendar.key: calendar for calendar in calendars()}
    by_policy = {policy.key: policy for policy in policies()}
    left = [
        _minutes_left(ticket, by_policy[_policy_of(ticket, department)])
        for department in departments()
        if _is_always_open(by_calendar[department.calendar])
        for ticket in tickets()
        if ticket.department == department.key and ticket.status in {"new", "open"}
    ]
    assert sum(minutes < 0 for minutes in left) >= 3
    assert sum(0 < minutes <= 60 for minutes in left) >= 5
    assert sum(minutes > 60 for minutes in left) >= 3


def _answers(ticket: Ticket) -> list[Message]:
    """What the staff have said to the customer."""
    return [message for message in ticket.messages if message.kind == "reply" and message.author in people().staff]


def _is_always_open(calendar: Calendar) -> bool:
    """Open every minute of every day, so that promised minutes are minutes of the clock."""
    return calendar.holidays == "none" and all(calendar.hours.get(day) == [("00:00", "24:00")] for day in WEEKDAYS)


def _policy_of(ticket: Ticket, department: Department) -> str:
    """The key of the one that the ticket is promised: that of its customer's tier, else that of its department."""
    by_tier = {policy.tier: policy.key for policy in policies() if policy.tier}
    tiers = {shop.key: shop.tier for shop in people().organisations}
    shop = next((one.organisation for one in people().customers if one.key == ticket.requester), None)
    return by_tier.get(tiers.get(shop or "", ""), department.policy)


def _minutes_left(ticket: Ticket, policy: Policy) -> int:
    """Minutes until the staff owe the next answer, for an office that never closes; negative when overdue."""
    answers = _answers(ticket)
    promise = policy.next_response if answers else policy.first_response
    answered = answers[-1].minutes_ago if answers else ticket.messages[0].minutes_ago + 1
    unanswered = [
        message.minutes_ago
        for message in ticket.messages
        if message.author not in people().staff and message.minutes_ago < answered
    ]
    return promise[ticket.priority] - max(unanswered)
