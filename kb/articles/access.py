"""Who may: which articles somebody sees, and who writes them."""

from piccolo.custom_types import Combinable

from helpdesk.core.actor import Actor
from helpdesk.people.rules import PUBLISH_ARTICLES, WRITE_ARTICLES
from kb.articles.rules import PUBLISHED
from kb.articles.tables import Article


def visible_to(actor: Actor) -> Combinable:
    """The articles this actor may read, as a condition for any query: what is published; staff see all."""
    return Article.id > 0 if actor.is_agent else Article.status == PUBLISHED


def may_write(actor: Actor) -> bool:
    return actor.may(WRITE_ARTICLES)


def may_publish(actor: Actor) -> bool:
    """Publish, take back, put away, and change what is published already."""
    return actor.may(PUBLISH_ARTICLES)
