from piccolo.columns import Boolean, ForeignKey, Integer, Serial, Text, Timestamptz, Varchar

from helpdesk.core.table import Table
from helpdesk.people.tables import Person


class Board(Table):
    """A place in the forum."""

    id: Serial
    name_vi = Varchar(length=100)
    name_en = Varchar(length=100)
    about_vi = Varchar(length=300, default="")
    about_en = Varchar(length=300, default="")
    icon = Varchar(length=40, default="messages-square", help_text="One of rules.ICONS.")
    staff_only = Boolean(default=False, help_text="Whether only staff start topics here.")
    position = Integer(default=0)


class Topic(Table):
    """A question or talk in the open."""

    id: Serial
    board = ForeignKey(Board, null=False)
    title = Varchar(length=200)
    title_key = Text(help_text="The title folded, for finding by its words.")
    slug = Varchar(length=80)
    author = ForeignKey(Person, null=False)
    lang = Varchar(length=2, default="vi")
    answer = Integer(null=True, default=None, help_text="Post id of the accepted answer.")
    article = Integer(null=True, default=None, help_text="Article id it was made into.")
    is_locked = Boolean(default=False)
    is_pinned = Boolean(default=False)
    is_hidden = Boolean(default=False)
    post_count = Integer(default=1, help_text="Posts that show, the first one included.")
    votes = Integer(default=0, help_text="Votes for the first post.")
    views = Integer(default=0)
    created_at = Timestamptz(default=None)
    active_at = Timestamptz(default=None, help_text="Last post.")
    last_author = ForeignKey(Person, null=True, default=None)


class Post(Table):
    """One contribution; the first of a topic is the question."""

    id: Serial
    topic = ForeignKey(Topic, null=False)
    author = ForeignKey(Person, null=False)
    body = Text(help_text="Markdown as typed.")
    html = Text(help_text="Safe HTML, ready to show.")
    text = Text(help_text="The same as plain text, for the search and its excerpts.")
    is_question = Boolean(default=False, help_text="Whether it is the first of its topic.")
    votes = Integer(default=0)
    is_hidden = Boolean(default=False)
    created_at = Timestamptz(default=None)
    edited_at = Timestamptz(null=True, default=None)


class PostVote(Table, tablename="post_vote"):
    """This post helped this person."""

    id: Serial
    post = ForeignKey(Post, null=False)
    person = ForeignKey(Person, null=False)
    voted_at = Timestamptz(default=None)
