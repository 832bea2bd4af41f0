"""Who may: which topics and posts somebody sees, and what they may do there."""

from datetime import datetime

from piccolo.custom_types import Combinable

from helpdesk.core.actor import Actor
from helpdesk.people.rules import MODERATE_FORUM
from kb.articles.access import may_write
from kb.forum import rules
from kb.forum.tables import Post, Topic


def visible_to(actor: Actor) -> Combinable:
    """The topics this actor may read, as a condition for any query: moderators see hidden ones too."""
    return Topic.id > 0 if may_moderate(actor) else Topic.is_hidden.eq(False)


def posts_visible_to(actor: Actor) -> Combinable:
    """The posts this actor may read within topics that they may read."""
    return Post.id > 0 if may_moderate(actor) else Post.is_hidden.eq(False)


def may_moderate(actor: Actor) -> bool:
    """Hide, lock, pin and move topics; change what others wrote."""
    return actor.may(MODERATE_FORUM)


def may_start(actor: Actor, *, staff_only: bool) -> bool:
    """Everybody who is signed in; where only staff announce, only they."""
    return actor.is_signed_in and (actor.is_agent or not staff_only)


def may_post(actor: Actor, *, is_locked: bool) -> bool:
    return actor.is_signed_in and (not is_locked or may_moderate(actor))


def may_edit(actor: Actor, *, author: int, created_at: datetime, is_locked: bool, moment: datetime) -> bool:
    """Own words for a while, unless the topic is locked; moderators always."""
    is_own = actor.is_signed_in and actor.id == author
    return may_moderate(actor) or (is_own and not is_locked and rules.may_still_edit(created_at, moment))


def may_accept(actor: Actor, *, asker: int) -> bool:
    """Whoever asked knows what helped; moderators may say it for them."""
    return may_moderate(actor) or (actor.is_signed_in and actor.id == asker)


def may_vote(actor: Actor, *, author: int) -> bool:
    """Nobody finds their own words useful."""
    return actor.is_signed_in and actor.id != author


def may_promote(actor: Actor) -> bool:
    """Make an article of a topic: whoever moderates and may write articles."""
    return may_moderate(actor) and may_write(actor)


def may_keep_boards(actor: Actor) -> bool:
    return actor.is_admin
