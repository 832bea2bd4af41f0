"""What is read of the forum: one function is one page's SQL. Nobody's address is ever read here."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
from msgspec import Struct
from piccolo.columns import Column
from piccolo.custom_types import Combinable
from piccolo.query import Select
from piccolo.query.functions.aggregate import Count, Max

from helpdesk.core.actor import VISITOR, Actor
from helpdesk.core.db import locked
from helpdesk.core.errors import NotFound
from helpdesk.core.paging import Page, beyond, page_of, read_key, write_key
from helpdesk.core.text import shorten, slug
from helpdesk.i18n.reader import Lang
from helpdesk.people.tables import Role
from kb.articles.rules import title_words
from kb.forum import rules
from kb.forum.access import posts_visible_to, visible_to
from kb.forum.tables import Board, Post, PostVote, Topic

TOPICS_A_PAGE: Final = 30
POSTS_A_PAGE: Final = 50
MOST_IN_FEED: Final = 30
LONGEST_EXCERPT: Final = 160


class Last(Struct, frozen=True):
    """Where something happened last in a board."""

    id: int
    title: str
    slug: str
    lang: str
    author_name: str
    active_at: datetime

    @property
    def path(self) -> str:
        return rules.path(self.id, self.slug)


class BoardCard(Struct, frozen=True):
    """A board in one language; `count` is how many topics the reader finds there."""

    id: int
    name: str
    about: str
    icon: str
    staff_only: bool
    count: int = 0
    last: Last | None = None

    @property
    def path(self) -> str:
        return rules.board_path(self.id, slug(self.name))


class Line(Struct, frozen=True):
    """A topic in a list."""

    id: int
    title: str
    slug: str
    lang: Lang
    board: int
    board_name: str
    staff_only: bool
    author_name: str
    answer: int | None
    is_locked: bool
    is_pinned: bool
    is_hidden: bool
    post_count: int
    votes: int
    created_at: datetime
    active_at: datetime

    @property
    def path(self) -> str:
        return rules.path(self.id, self.slug)

    @property
    def board_path(self) -> str:
        return rules.board_path(self.board, slug(self.board_name))

    @property
    def replies(self) -> int:
        return max(0, self.post_count - 1)


class TopicRead(Line, frozen=True):
    """A topic as its own page shows it."""

    author: int
    article: int | None
    views: int


class PostRead(Struct, frozen=True):
    """One post. `html` is safe, `body` the Markdown it was typed in; `has_voted` is about who reads."""

    id: int
    topic: int
    author: int
    author_name: str
    author_role: str
    body: str
    html: str
    text: str
    votes: int
    is_question: bool
    is_hidden: bool
    created_at: datetime
    edited_at: datetime | None
    is_staff: bool = False
    has_voted: bool = False

    @property
    def path(self) -> str:
        return f"/community/posts/{self.id}"

    @property
    def excerpt(self) -> str:
        return shorten(self.text, LONGEST_EXCERPT)


class Thread(Struct, frozen=True):
    """
    A page of a topic: posts from the oldest on, `previous` and `next` the keys of the pages beside it.

    The first page begins with the question; `answer` is the accepted post, wherever it stands.
    """

    topic: TopicRead
    posts: list[PostRead]
    answer: PostRead | None
    is_first: bool
    previous: str | None
    next: str | None


class Entry(Struct, frozen=True):
    """A new topic as the feed tells it."""

    topic: int
    slug: str
    title: str
    lang: str
    author_name: str
    html: str
    created_at: datetime
    edited_at: datetime | None

    @property
    def path(self) -> str:
        return rules.path(self.topic, self.slug)


# Boards


async def boards(actor: Actor, lang: str) -> list[BoardCard]:
    """The boards in their order, each with how many topics it has and what moved last."""
    seen = visible_to(actor)
    counts = await Topic.select(Topic.board, Count(alias="count")).where(seen).group_by(Topic.board)
    newest = Topic.select(Max(Topic.active_at)).where(seen).group_by(Topic.board)
    moved = await (
        Topic.select(
            *(Topic.id, Topic.board, Topic.title, Topic.slug, Topic.lang, Topic.active_at),
            Topic.last_author.name.as_alias("author_name"),
        )
        .where(seen & Topic.active_at.is_in(newest))
        .order_by(Topic.active_at)
        .order_by(Topic.id)
    )
    count_of = {row["board"]: row["count"] for row in counts}
    last_of = {row["board"]: msgspec.convert(row, Last) for row in moved}
    return [
        BoardCard(**row, count=count_of.get(row["id"], 0), last=last_of.get(row["id"])) for row in await _boards(lang)
    ]


async def board(board_id: int, lang: str) -> BoardCard:
    """One board. Raises NotFound."""
    rows = await _boards(lang, Board.id == board_id)
    if not rows:
        raise NotFound()
    return BoardCard(**rows[0])


async def board_choices(lang: str, *, for_staff: bool) -> list[BoardCard]:
    """The boards where somebody may start a topic."""
    return [BoardCard(**row) for row in await _boards(lang, Board.id > 0 if for_staff else Board.staff_only.eq(False))]


async def kept_boards() -> list[dict[str, Any]]:
    """Every board with both its names and how many topics it has, hidden ones too, for those who keep them."""
    counts = await Topic.select(Topic.board, Count(alias="count")).group_by(Topic.board)
    count_of = {row["board"]: row["count"] for row in counts}
    rows = await Board.select().order_by(Board.position).order_by(Board.id)
    return [{**row, "count": count_of.get(row["id"], 0)} for row in rows]


async def kept_board(board_id: int) -> dict[str, Any]:
    """One board with both its names. Raises NotFound."""
    row = await Board.select().where(Board.id == board_id).first()
    if row is None:
        raise NotFound()
    return row


# Topics


async def topics(
    actor: Actor,
    lang: str,
    *,
    board: int | None = None,
    state: str = "all",
    sort: str = "active",
    after: str | None = None,
) -> Page[Line]:
    """
    Topics of a board or of all, boards named in `lang`, a page at a time.

    In a board, pinned topics stand before all others as long as nothing is filtered or sorted otherwise.
    """
    condition = _in(board, state) & visible_to(actor)
    if pins_first := board is not None and state == "all" and sort == "active":
        condition &= Topic.is_pinned.eq(False)
    order = _order(sort)
    if further := beyond(after, *order, ascending=False):
        condition &= further
    query = _lines(lang).where(condition)
    for column in order:
        query = query.order_by(column, ascending=False)
    rows = await query.limit(TOPICS_A_PAGE + 1)
    page = page_of(msgspec.convert(rows, list[Line]), TOPICS_A_PAGE, lambda line: _key(sort, line))
    if pins_first and not after:
        return Page([*await _pinned(actor, board, lang), *page.items], page.next)
    return page


async def unanswered(actor: Actor, board: int | None = None) -> int:
    """How many questions nobody has answered yet."""
    return int(await Topic.count().where(_in(board, "unanswered") & visible_to(actor)))


async def topic(actor: Actor, topic_id: int, lang: str) -> TopicRead:
    """One topic, its board named in `lang`. Raises NotFound when the actor may not see it."""
    row = await (
        Topic.select(*_line_columns(lang), Topic.author, Topic.article, Topic.views)
        .where((Topic.id == topic_id) & visible_to(actor))
        .first()
    )
    if row is None:
        raise NotFound()
    return msgspec.convert(row, TopicRead)


async def lines(ids: Sequence[int], lang: str) -> list[Line]:
    """Those of the topics that everybody sees, in the order asked for."""
    rows = await _lines(lang).where(Topic.id.is_in(list(ids) or [0]) & visible_to(VISITOR))
    return sorted(msgspec.convert(rows, list[Line]), key=lambda line: ids.index(line.id))


async def titled(actor: Actor, query: str, limit: int) -> list[int]:
    """Topics whose title holds every word of the query, with or without accents; what moved last first."""
    words = title_words(query)
    if not words:
        return []
    condition = visible_to(actor)
    for word in words:
        condition &= Topic.title_key.like(f"%{word}%")
    rows = await (
        Topic.select(Topic.id).where(condition).order_by(Topic.active_at, Topic.id, ascending=False).limit(limit)
    )
    return [row["id"] for row in rows]


async def newest() -> list[Entry]:
    """What was asked last, each with its question: for the feed."""
    rows = await (
        Topic.select(*(Topic.id, Topic.slug, Topic.title, Topic.lang, Topic.author.name.as_alias("author_name")))
        .where(visible_to(VISITOR))
        .order_by(Topic.id, ascending=False)
        .limit(MOST_IN_FEED)
    )
    questions = await Post.select(Post.topic, Post.html, Post.created_at, Post.edited_at).where(
        Post.topic.is_in([row["id"] for row in rows] or [0]) & Post.is_question.eq(True)
    )
    question_of = {question["topic"]: question for question in questions}
    return msgspec.convert([{**row, **question_of[row["id"]]} for row in rows], list[Entry])


async def topic_to_change(actor: Actor, topic_id: int) -> Topic:
    """The topic's row, kept from others until the commit. Raises NotFound when the actor may not see it."""
    row = await locked(Topic.objects().where((Topic.id == topic_id) & visible_to(actor))).first()
    if row is None:
        raise NotFound()
    return row


# Posts


async def thread(actor: Actor, topic_id: int, lang: str, after: str | None = None) -> Thread:
    """A page of a topic. Raises NotFound when the actor may not see it."""
    found = await topic(actor, topic_id, lang)
    seen = (Post.topic == topic_id) & posts_visible_to(actor)
    start = _post_key(after)
    rows = await _posts(seen & (Post.id > start)).limit(POSTS_A_PAGE + 1)
    page = page_of(rows, POSTS_A_PAGE, lambda row: [row["id"]])
    here = {row["id"] for row in page.items}
    elsewhere = await _posts(seen & (Post.id == found.answer)) if found.answer and found.answer not in here else []
    posts = await _with_reader(actor, [*page.items, *elsewhere])
    return Thread(
        topic=found,
        posts=posts[: len(page.items)],
        answer=next((post for post in posts if post.id == found.answer), None),
        is_first=not start,
        previous=await _page_before(seen, start) if start else None,
        next=page.next,
    )


async def post(actor: Actor, post_id: int) -> PostRead:
    """One post of a topic that the actor may see. Raises NotFound."""
    rows = await _posts((Post.id == post_id) & posts_visible_to(actor))
    if not rows or not await Topic.exists().where((Topic.id == rows[0]["topic"]) & visible_to(actor)):
        raise NotFound()
    return (await _with_reader(actor, rows))[0]


async def place(actor: Actor, post_id: int) -> str:
    """Where a post stands: its topic's path, with the right page and itself in it."""
    found = await post(actor, post_id)
    titled = await Topic.select(Topic.slug).where(Topic.id == found.topic).first()
    seen = (Post.topic == found.topic) & posts_visible_to(actor)
    full_pages = int(await Post.count().where(seen & (Post.id < post_id))) // POSTS_A_PAGE
    page = ""
    if full_pages:
        last = await Post.select(Post.id).where(seen).order_by(Post.id).offset(full_pages * POSTS_A_PAGE - 1).limit(1)
        page = f"?after={write_key([last[0]['id']])}"
    return f"{rules.path(found.topic, titled['slug'] if titled else '')}{page}#post-{post_id}"


async def question(topic_id: int) -> PostRead:
    """The first post of a topic."""
    rows = await _posts((Post.topic == topic_id) & Post.is_question.eq(True))
    return msgspec.convert(rows[0], PostRead)


async def post_to_change(actor: Actor, post_id: int) -> tuple[Topic, Post]:
    """A post's row and its topic's, both kept from others until the commit. Raises NotFound."""
    row = await Post.select(Post.topic).where(Post.id == post_id).first()
    topic = await topic_to_change(actor, row["topic"] if row else 0)
    post = await locked(Post.objects().where((Post.id == post_id) & posts_visible_to(actor))).first()
    if post is None:
        raise NotFound()
    return topic, post


# What they are made of


async def _boards(lang: str, condition: Combinable = Board.id > 0) -> list[dict[str, Any]]:
    name, about = (Board.name_vi, Board.about_vi) if lang == "vi" else (Board.name_en, Board.about_en)
    return await (
        Board.select(Board.id, name.as_alias("name"), about.as_alias("about"), Board.icon, Board.staff_only)
        .where(condition)
        .order_by(Board.position)
        .order_by(Board.id)
    )


def _line_columns(lang: str) -> tuple[Column, ...]:
    return (
        *(Topic.id, Topic.title, Topic.slug, Topic.lang, Topic.board, Topic.answer, Topic.is_locked, Topic.is_pinned),
        *(Topic.is_hidden, Topic.post_count, Topic.votes, Topic.created_at, Topic.active_at),
        Topic.author.name.as_alias("author_name"),
        (Topic.board.name_vi if lang == "vi" else Topic.board.name_en).as_alias("board_name"),
        Topic.board.staff_only.as_alias("staff_only"),
    )


def _lines(lang: str) -> "Select[Topic]":
    return Topic.select(*_line_columns(lang))


async def _pinned(actor: Actor, board: int | None, lang: str) -> list[Line]:
    rows = await (
        _lines(lang)
        .where((Topic.board == board) & Topic.is_pinned.eq(True) & visible_to(actor))
        .order_by(Topic.active_at, Topic.id, ascending=False)
    )
    return msgspec.convert(rows, list[Line])


def _in(board: int | None, state: str) -> Combinable:
    """Topics of a board (None: of all) in a state. What only staff start is no question, so it is never open."""
    condition: Combinable = Topic.id > 0 if board is None else Topic.board == board
    if state == "solved":
        return condition & Topic.answer.is_not_null()
    if state in {"open", "unanswered"}:
        for_all = Board.select(Board.id).where(Board.staff_only.eq(False))
        condition &= Topic.answer.is_null() & Topic.is_locked.eq(False) & Topic.board.is_in(for_all)
    if state == "unanswered":
        condition &= Topic.post_count <= 1
    return condition


def _order(sort: str) -> list[Column]:
    match sort:
        case "newest":
            return [Topic.id]
        case "votes":
            return [Topic.votes, Topic.id]
    return [Topic.active_at, Topic.id]


def _key(sort: str, line: Line) -> list[int | str | None]:
    match sort:
        case "newest":
            return [line.id]
        case "votes":
            return [line.votes, line.id]
    return [line.active_at.isoformat(), line.id]


def _posts(condition: Combinable) -> "Select[Post]":
    return (
        Post.select(
            *(Post.id, Post.topic, Post.author, Post.body, Post.html, Post.text, Post.votes, Post.is_question),
            *(Post.is_hidden, Post.created_at, Post.edited_at),
            *(Post.author.name.as_alias("author_name"), Post.author.role.as_alias("author_role")),
        )
        .where(condition)
        .order_by(Post.id)
    )


async def _with_reader(actor: Actor, rows: Collection[Mapping[str, Any]]) -> list[PostRead]:
    """Posts with whether staff wrote them, and whether the reader has voted for them."""
    staff = {row["key"] for row in await Role.select(Role.key).where(Role.is_staff.eq(True))}
    voted: set[int] = set()
    if actor.is_signed_in:
        votes = PostVote.select(PostVote.post).where(
            (PostVote.person == actor.id) & PostVote.post.is_in([row["id"] for row in rows] or [0])
        )
        voted = {row["post"] for row in await votes}
    return [
        msgspec.convert({**row, "is_staff": row["author_role"] in staff, "has_voted": row["id"] in voted}, PostRead)
        for row in rows
    ]


def _post_key(after: str | None) -> int:
    match read_key(after):
        case [int(number)]:
            return number
    return 0


async def _page_before(seen: Combinable, start: int) -> str:
    """The key of the page that ends with the post `start`; empty for the first one."""
    rows = await (
        Post.select(Post.id)
        .where(seen & (Post.id <= start))
        .order_by(Post.id, ascending=False)
        .offset(POSTS_A_PAGE)
        .limit(1)
    )
    return write_key([rows[0]["id"]]) if rows else ""
