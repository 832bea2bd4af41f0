from piccolo.columns import Boolean, ForeignKey, Integer, Serial, Text, Timestamptz, Varchar

from helpdesk.core.table import Table
from helpdesk.people.tables import Person


class Category(Table):
    """A shelf of articles."""

    id: Serial
    name_vi = Varchar(length=100)
    name_en = Varchar(length=100)
    about_vi = Varchar(length=300, default="")
    about_en = Varchar(length=300, default="")
    icon = Varchar(length=40, default="book-open", help_text="A name in static/icons.svg.")
    position = Integer(default=0)


class Article(Table):
    """One question, answered for everyone."""

    id: Serial
    category = ForeignKey(Category, null=True, default=None)
    lang = Varchar(length=2, help_text="vi or en.")
    status = Varchar(length=10, default="draft", help_text="One of rules.STATUSES.")
    title = Varchar(length=200)
    slug = Varchar(length=80)
    body = Text(help_text="Markdown.")
    html = Text(help_text="The body as safe HTML, ready to show.")
    text = Text(help_text="The body as plain text, for the search and its excerpts.")
    title_key = Text(help_text="core.text.fold(title), for finding by words of the title.")
    summary = Varchar(length=300, default="", help_text="Beginning of the text, for lists and search engines.")
    minutes = Integer(default=1, help_text="How long it takes to read.")
    translation_of = Integer(null=True, default=None, help_text="Article id of the original; NULL for originals.")
    author = ForeignKey(Person, null=True, default=None)
    version = Integer(default=1, help_text="Number of the newest version.")
    views = Integer(default=0)
    helpful = Integer(default=0)
    unhelpful = Integer(default=0)
    created_at = Timestamptz(default=None)
    updated_at = Timestamptz(default=None, help_text="When the text last changed.")
    published_at = Timestamptz(null=True, default=None)


class ArticleVersion(Table, tablename="article_version"):
    """The text as it was saved once; never changed afterwards."""

    id: Serial
    article = ForeignKey(Article, null=False)
    number = Integer()
    title = Varchar(length=200)
    body = Text()
    author = ForeignKey(Person, null=True, default=None)
    made_at = Timestamptz(default=None)


class ArticleFeedback(Table, tablename="article_feedback"):
    """One reader's word on one article."""

    id: Serial
    article = ForeignKey(Article, null=False)
    reader = Varchar(length=64, help_text="person:<id>, or a hash that tells one visitor's day from another's.")
    is_helpful = Boolean()
    reason = Varchar(length=20, default="", help_text="One of rules.REASONS, when it did not help.")
    comment = Text(default="")
    given_at = Timestamptz(default=None)


class SearchGap(Table, tablename="search_gap"):
    """A search that ended in a ticket: the editors' to-do."""

    id: Serial
    query = Varchar(length=200)
    ticket = Integer()
    happened_at = Timestamptz(default=None)
