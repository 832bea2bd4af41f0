"""
The log in words: one sentence for each kind of event, said of the thing it happened to.

An event that is missing here is shown under its own name; a test lists those.
"""

from typing import Final

from helpdesk.admin.queries import Happening
from helpdesk.i18n.catalogue import Phrase, phrase
from helpdesk.web.language import localised

SENTENCES: Final[dict[str, Phrase]] = {
    # settings
    "SettingsChanged": phrase("Changed the settings"),
    "DepartmentAdded": phrase("Added department %(id)s"),
    "DepartmentChanged": phrase("Changed department %(id)s"),
    "DepartmentRemoved": phrase("Closed department %(id)s for good"),
    "CalendarAdded": phrase("Added calendar %(id)s"),
    "CalendarChanged": phrase("Changed calendar %(id)s"),
    "CalendarRemoved": phrase("Removed calendar %(id)s"),
    "PolicyAdded": phrase("Added policy %(id)s"),
    "PolicyChanged": phrase("Changed policy %(id)s"),
    "PolicyRemoved": phrase("Removed policy %(id)s"),
    "RoleChanged": phrase("Changed role %(id)s"),
    "MailboxAdded": phrase("Added mailbox %(id)s"),
    "MailboxChanged": phrase("Changed mailbox %(id)s"),
    "MailboxRemoved": phrase("Removed mailbox %(id)s"),
    "CategoryChanged": phrase("Changed category %(id)s"),
    "JobForgotten": phrase("Gave up job %(id)s"),
    # people
    "PersonJoined": phrase("Person %(id)s is known now"),
    "PersonChanged": phrase("Changed what is known of person %(id)s"),
    "PersonLeft": phrase("Person %(id)s may not sign in any more"),
    "PersonReturned": phrase("Person %(id)s may sign in again"),
    "RoleGiven": phrase("Gave person %(id)s another role"),
    "DepartmentsGiven": phrase("Changed the departments of person %(id)s"),
    "SignedIn": phrase("Signed in"),
    "SignInAsked": phrase("A link to sign in was asked for person %(id)s"),
    "PasswordResetAsked": phrase("A new password was asked for person %(id)s"),
    "PasswordChanged": phrase("Changed the password of person %(id)s"),
    "AgentInvited": phrase("Invited person %(id)s to the desk"),
    "TokenMade": phrase("Made an API token for person %(id)s"),
    "TokenRevoked": phrase("Revoked an API token of person %(id)s"),
    # tickets
    "TicketOpened": phrase("Opened ticket %(id)s"),
    "TicketReplied": phrase("Replied to ticket %(id)s"),
    "NoteAdded": phrase("Added a note to ticket %(id)s"),
    "TicketAssigned": phrase("Assigned ticket %(id)s"),
    "TicketMoved": phrase("Moved ticket %(id)s to another department"),
    "StatusChanged": phrase("Changed the status of ticket %(id)s"),
    "PriorityChanged": phrase("Changed the priority of ticket %(id)s"),
    "TicketTagged": phrase("Changed the tags of ticket %(id)s"),
    "ParticipantAdded": phrase("Added somebody to ticket %(id)s"),
    "DeadlineNear": phrase("A promise on ticket %(id)s is near its end"),
    "DeadlineMissed": phrase("A promise on ticket %(id)s was missed"),
    "RatingGiven": phrase("Rated ticket %(id)s"),
    # letters
    "LetterFailed": phrase("Letter %(id)s could not be sent"),
    "LetterRetried": phrase("Sent letter %(id)s again"),
    "LetterReleased": phrase("Let held letter %(id)s in"),
    # articles
    "ArticleDrafted": phrase("Began article %(id)s"),
    "ArticleChanged": phrase("Changed article %(id)s"),
    "ArticlePublished": phrase("Published article %(id)s"),
    "ArticleWithdrawn": phrase("Withdrew article %(id)s"),
    "ArticleRated": phrase("Rated article %(id)s"),
}

KINDS: Final[dict[str, tuple[Phrase, tuple[str, ...]]]] = {
    "tickets": (phrase("Tickets"), ("ticket",)),
    "people": (phrase("People"), ("person",)),
    "articles": (phrase("Articles"), ("article",)),
    "community": (phrase("Community"), ("topic", "post")),
    "mail": (phrase("E-mail"), ("letter", "outbound", "inbound")),
    "settings": (
        phrase("Settings"),
        ("settings", "department", "calendar", "policy", "role", "mailbox", "category", "board", "job"),
    ),
}
"""The log's views: what each is called, and which kinds of things it tells of."""

_PLACES: Final = {
    "ticket": "/desk/tickets/{}",
    "person": "/desk/customers/{}",
    "article": "/desk/articles/{}",
    "topic": "/community/topics/{}",
    "department": "/admin/departments/{}",
    "calendar": "/admin/calendars/{}",
    "policy": "/admin/policies/{}",
    "settings": "/admin/settings",
    "mailbox": "/admin/mailboxes",
    "role": "/admin/roles",
    "category": "/admin/categories",
    "board": "/admin/boards",
}


def sentence(happening: Happening) -> str:
    """What happened, in the reader's language."""
    _, _, thing = happening.about.partition(":")
    known = SENTENCES.get(happening.name)
    if known is None:
        return f"{happening.name} ({happening.about})"
    return str(phrase(known.message, id=thing))


def place(happening: Happening) -> str:
    """Where the thing is to be seen; empty for things without a page."""
    kind, _, thing = happening.about.partition(":")
    if happening.name.endswith("Removed") or kind not in _PLACES:
        return ""
    return localised(_PLACES[kind].format(thing))
