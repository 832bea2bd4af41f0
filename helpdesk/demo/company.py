"""The demo company as its content files tell it (content/README.md): what each file holds, and how it is read."""

from functools import cache
from pathlib import Path
from typing import Final, Literal

import msgspec

from helpdesk.automation.queries import Act
from helpdesk.i18n.reader import Lang
from helpdesk.tickets.conditions import Conditions

CONTENT: Final = Path(__file__).parent / "content"

Minutes = dict[str, int]
"""By priority, be it one that only this company has."""


class Record(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One entry of a content file; a missing, misspelt or unexpected field is an error."""


class Department(Record, frozen=True):
    key: str
    name_vi: str
    name_en: str
    address: str
    phone: str
    blurb_vi: str
    blurb_en: str
    calendar: str
    policy: str
    place_vi: str = ""
    place_en: str = ""
    map: str = ""


class Calendar(Record, frozen=True):
    key: str
    name_vi: str
    name_en: str
    tz: Literal["Asia/Ho_Chi_Minh"]
    hours: dict[str, list[tuple[str, str]]]
    holidays: Literal["all", "tet", "none"]
    """Which of Vietnam's public holidays it keeps."""


class Policy(Record, frozen=True):
    """What is promised: by the departments that name it, or to customers of a tier."""

    key: str
    name_vi: str
    name_en: str
    first_response: Minutes
    next_response: Minutes
    resolution: Minutes
    tier: str = ""


class Staff(Record, frozen=True):
    key: str
    name: str
    email: str
    language: Lang
    phone: str
    title: str
    departments: list[str] = []


class Skill(Record, frozen=True):
    key: str
    name_vi: str
    name_en: str


class Plan(Record, frozen=True):
    """How a department hands tickets out, and whom it hands over to."""

    department: str
    way: Literal["manual", "turn", "load"] = "manual"
    sticky_days: int = 0
    away: Literal["keep", "queue", "cover"] = "keep"
    hands_to: list[str] = []
    needs_note: bool = False


class Work(Record, frozen=True):
    """How an agent works."""

    agent: str
    capacity: int = 0
    cover: str = ""
    skills: list[str] = []


class Assignment(Record, frozen=True):
    skills: list[Skill]
    plans: list[Plan]
    works: list[Work]


class Organisation(Record, frozen=True):
    key: str
    name: str
    city: str
    plan: Literal["solo", "shop", "chain"]
    note: str
    tier: str = ""


class Customer(Record, frozen=True):
    key: str
    name: str
    email: str
    language: Lang
    phone: str
    organisation: str | None
    joined_days_ago: int
    note: str


class People(Record, frozen=True):
    administrator: Staff
    agents: list[Staff]
    organisations: list[Organisation]
    customers: list[Customer]

    @property
    def staff(self) -> set[str]:
        return {self.administrator.key, *(agent.key for agent in self.agents)}

    @property
    def everybody(self) -> list[Staff | Customer]:
        return [self.administrator, *self.agents, *self.customers]


class NamedStatus(Record, frozen=True):
    """What the company calls a status besides the six words that every desk has; `key` is what it will get."""

    key: str
    category: Literal["open", "pending", "hold", "solved"]
    name_vi: str
    name_en: str
    public_vi: str
    public_en: str
    colour: str


class NamedPriority(Record, frozen=True):
    """A priority above the four that every desk has; `key` is what it will get."""

    key: str
    name_vi: str
    name_en: str
    colour: str


class CannedReply(Record, frozen=True):
    """Words kept to be used again, and what they do to a ticket; departments are named by their keys."""

    name: str
    folder: str = ""
    department: str = ""
    body_vi: str = ""
    body_en: str = ""
    status: str = ""
    priority: str = ""
    tags: list[str] = []
    move_to: str = ""


class Field(Record, frozen=True):
    """Something that tickets are asked for besides, by customers too; `is_of_topics`: only those of some topics."""

    key: str
    kind: Literal["order", "tracking", "choice", "text", "date", "file"]
    name_vi: str
    name_en: str
    help_vi: str
    help_en: str
    choices: str = ""
    is_of_topics: bool = False


class Asked(Record, frozen=True):
    """A field on the form of a topic, perhaps only if the field `only` says `value`."""

    field: str
    is_asked: bool = False
    only: str = ""
    value: str = ""


class RequestTopic(Record, frozen=True):
    """What a request may be about."""

    key: str
    name_vi: str
    name_en: str
    about_vi: str
    about_en: str
    department: str
    form: list[Asked]
    plus: str
    priority: Literal["", "low", "normal", "high", "urgent"] = ""
    tags: list[str] = []
    skills: list[str] = []


class Rule(Record, frozen=True):
    """What the desk does by itself; an act that sends an article names it by its key."""

    title: str
    whens: list[str]
    acts: list[Act]
    conditions: Conditions = Conditions()


class Category(Record, frozen=True):
    key: str
    icon: str
    name_vi: str
    name_en: str
    description_vi: str
    description_en: str


class Article(Record, frozen=True):
    key: str
    category: str
    language: Lang
    status: Literal["published", "draft"]
    title: str
    author: str
    updated_days_ago: int
    helpful: int
    unhelpful: int
    body: str
    translation_of: str | None = None


class Board(Record, frozen=True):
    key: str
    name_vi: str
    name_en: str
    description_vi: str
    description_en: str
    staff_only: bool


class Post(Record, frozen=True):
    author: str
    minutes_ago: int
    votes: int
    body: str
    accepted: bool = False


class Topic(Record, frozen=True):
    key: str
    board: str
    language: Lang
    title: str
    tags: list[str]
    votes: int
    views: int
    posts: list[Post]


class Forum(Record, frozen=True):
    boards: list[Board]
    topics: list[Topic]


class Message(Record, frozen=True):
    author: str
    kind: Literal["reply", "note"]
    minutes_ago: int
    body: str


class Rating(Record, frozen=True):
    score: Literal["good", "bad"]
    comment: str
    minutes_ago: int


class Ticket(Record, frozen=True):
    subject: str
    department: str
    status: Literal["new", "open", "pending", "hold", "solved", "closed"]
    priority: str
    channel: Literal["email", "web"]
    language: Lang
    requester: str
    assignee: str | None
    tags: list[str]
    messages: list[Message]
    called: str = ""
    rating: Rating | None = None
    fields: dict[str, str] = {}
    topic: str = ""


@cache
def departments() -> list[Department]:
    return msgspec.json.decode((CONTENT / "departments.json").read_bytes(), type=list[Department])


@cache
def calendars() -> list[Calendar]:
    return msgspec.json.decode((CONTENT / "calendars.json").read_bytes(), type=list[Calendar])


@cache
def policies() -> list[Policy]:
    return msgspec.json.decode((CONTENT / "policies.json").read_bytes(), type=list[Policy])


@cache
def statuses() -> list[NamedStatus]:
    return msgspec.json.decode((CONTENT / "statuses.json").read_bytes(), type=list[NamedStatus])


@cache
def priorities() -> list[NamedPriority]:
    return msgspec.json.decode((CONTENT / "priorities.json").read_bytes(), type=list[NamedPriority])


@cache
def canned_replies() -> list[CannedReply]:
    return msgspec.json.decode((CONTENT / "canned.json").read_bytes(), type=list[CannedReply])


@cache
def fields() -> list[Field]:
    return msgspec.json.decode((CONTENT / "fields.json").read_bytes(), type=list[Field])


@cache
def request_topics() -> list[RequestTopic]:
    return msgspec.json.decode((CONTENT / "request_topics.json").read_bytes(), type=list[RequestTopic])


@cache
def people() -> People:
    return msgspec.json.decode((CONTENT / "people.json").read_bytes(), type=People)


@cache
def assignment() -> Assignment:
    return msgspec.json.decode((CONTENT / "assignment.json").read_bytes(), type=Assignment)


@cache
def rules() -> list[Rule]:
    return msgspec.json.decode((CONTENT / "rules.json").read_bytes(), type=list[Rule])


@cache
def categories() -> list[Category]:
    return msgspec.json.decode((CONTENT / "categories.json").read_bytes(), type=list[Category])


@cache
def forum() -> Forum:
    return msgspec.json.decode((CONTENT / "topics.json").read_bytes(), type=Forum)


@cache
def tickets() -> list[Ticket]:
    return msgspec.json.decode((CONTENT / "tickets.json").read_bytes(), type=list[Ticket])


@cache
def articles() -> list[Article]:
    return [_article(path) for path in sorted((CONTENT / "articles").glob("*.md"))]


def _article(path: Path) -> Article:
    _, head, body = path.read_text("utf-8").split("---\n", 2)
    fields = dict(line.split(": ", 1) for line in head.splitlines())
    return msgspec.convert({**fields, "body": body.strip()}, Article, strict=False)
