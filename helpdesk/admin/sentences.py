"""
The log in words: one sentence for each kind of event, said of the thing it happened to.

An event that is missing here is shown under its own name; a test lists those.
"""

from typing import Final

from helpdesk.admin.queries import Happening
from helpdesk.i18n.catalogue import Phrase, gettext, phrase
from helpdesk.web.language import localised

SENTENCES: Final[dict[str, Phrase]] = {
    # settings
    "SettingsChanged": phrase("Changed the settings"),
    "DepartmentAdded": phrase("Added department %(thing)s"),
    "DepartmentChanged": phrase("Changed department %(thing)s"),
    "DepartmentRemoved": phrase("Closed department %(thing)s for good"),
    "RequestTopicAdded": phrase("Let requests be about %(thing)s"),
    "RequestTopicChanged": phrase("Changed what requests about %(thing)s are like"),
    "RequestTopicRemoved": phrase("Let requests be about %(thing)s no more"),
    "CalendarAdded": phrase("Added calendar %(thing)s"),
    "CalendarChanged": phrase("Changed calendar %(thing)s"),
    "CalendarRemoved": phrase("Removed calendar %(thing)s"),
    "PolicyAdded": phrase("Added policy %(thing)s"),
    "PolicyChanged": phrase("Changed policy %(thing)s"),
    "PolicyRemoved": phrase("Removed policy %(thing)s"),
    "WatchChanged": phrase("Changed when policy %(thing)s warns"),
    "YearAhead": phrase("The days of next year are missing in calendar %(thing)s"),
    "PromiseRuleAdded": phrase("Added rule %(thing)s about promises"),
    "PromiseRuleChanged": phrase("Changed rule %(thing)s about promises"),
    "PromiseRuleRemoved": phrase("Removed rule %(thing)s about promises"),
    "RecountAsked": phrase("Had the promises of open tickets chosen anew (%(thing)s)"),
    "ReplayAsked": phrase("Tried a policy on past tickets (%(thing)s)"),
    "RoleChanged": phrase("Changed role %(thing)s"),
    "MailboxAdded": phrase("Added mailbox %(thing)s"),
    "MailboxChanged": phrase("Changed mailbox %(thing)s"),
    "MailboxConnected": phrase("Gave permission to read mailbox %(thing)s"),
    "MailboxRemoved": phrase("Removed mailbox %(thing)s"),
    "CategoryChanged": phrase("Changed category %(thing)s"),
    "CannedAdded": phrase("Added canned reply %(thing)s"),
    "CannedChanged": phrase("Changed canned reply %(thing)s"),
    "CannedRemoved": phrase("Removed canned reply %(thing)s"),
    "FieldAdded": phrase("Added field %(thing)s to tickets"),
    "FieldChanged": phrase("Changed field %(thing)s of tickets"),
    "FieldRemoved": phrase("Removed field %(thing)s of tickets"),
    "CarrierAdded": phrase("Added carrier %(thing)s"),
    "CarrierChanged": phrase("Changed carrier %(thing)s"),
    "CarrierRemoved": phrase("Removed carrier %(thing)s"),
    "StatusDefined": phrase("Changed which statuses there are (%(thing)s)"),
    "StatusRemoved": phrase("Removed status %(thing)s"),
    "PriorityDefined": phrase("Changed which priorities there are (%(thing)s)"),
    "PriorityRemoved": phrase("Removed priority %(thing)s"),
    "JobForgotten": phrase("Gave up job %(thing)s"),
    # people
    "PersonJoined": phrase("Person %(thing)s is known now"),
    "PersonChanged": phrase("Changed what is known of person %(thing)s"),
    "TierChanged": phrase("Gave person %(thing)s another tier or organisation"),
    "OrganisationTierChanged": phrase("Gave organisation %(thing)s another tier"),
    "PhoneAdded": phrase("Added a telephone number of person %(thing)s"),
    "PhoneRemoved": phrase("Removed a telephone number of person %(thing)s"),
    "PersonLeft": phrase("Person %(thing)s may not sign in any more"),
    "PersonReturned": phrase("Person %(thing)s may sign in again"),
    "RoleGiven": phrase("Gave person %(thing)s another role"),
    "DepartmentsGiven": phrase("Changed the departments of person %(thing)s"),
    "SignedIn": phrase("Signed in"),
    "SignInAsked": phrase("A link to sign in was asked for person %(thing)s"),
    "PasswordResetAsked": phrase("A new password was asked for person %(thing)s"),
    "PasswordChanged": phrase("Changed the password of person %(thing)s"),
    "AgentInvited": phrase("Invited person %(thing)s to the desk"),
    "TokenMade": phrase("Made an API token for person %(thing)s"),
    "TokenRevoked": phrase("Revoked an API token of person %(thing)s"),
    # tickets
    "TicketOpened": phrase("Opened ticket %(thing)s"),
    "TicketReplied": phrase("Replied to ticket %(thing)s"),
    "ReplyHeld": phrase("Wrote an answer to ticket %(thing)s"),
    "ReplyTakenBack": phrase("Took an answer to ticket %(thing)s back before it was sent"),
    "NoteAdded": phrase("Added a note to ticket %(thing)s"),
    "NoteChanged": phrase("Worded a note on ticket %(thing)s anew"),
    "NoteRemoved": phrase("Removed a note from ticket %(thing)s"),
    "ColleagueMentioned": phrase("Mentioned a colleague on ticket %(thing)s"),
    "TicketAssigned": phrase("Assigned ticket %(thing)s"),
    "TicketMoved": phrase("Moved ticket %(thing)s to another department"),
    "StatusChanged": phrase("Changed the status of ticket %(thing)s"),
    "PriorityChanged": phrase("Changed the priority of ticket %(thing)s"),
    "PromiseChanged": phrase("Another promise applies to ticket %(thing)s"),
    "TicketTopicSet": phrase("Said what ticket %(thing)s is about"),
    "TicketTagged": phrase("Changed the tags of ticket %(thing)s"),
    "FieldsSet": phrase("Filled in fields of ticket %(thing)s"),
    "ParticipantAdded": phrase("Added somebody to ticket %(thing)s"),
    "PrivateLinkMade": phrase("Made a private link to ticket %(thing)s"),
    "PrivateLinksStopped": phrase("Stopped the private links to ticket %(thing)s"),
    "ParticipantRemoved": phrase("Took somebody off ticket %(thing)s"),
    "TicketLinked": phrase("Went on from ticket %(thing)s in another one"),
    "TicketMerged": phrase("Merged ticket %(thing)s with another one"),
    "TicketSnoozed": phrase("Let ticket %(thing)s sleep"),
    "TicketWoken": phrase("Ticket %(thing)s woke"),
    "FollowerAdded": phrase("Let somebody follow ticket %(thing)s"),
    "FollowerGone": phrase("Stopped following ticket %(thing)s"),
    "LinkAdded": phrase("Linked ticket %(thing)s with another one"),
    "LinkRemoved": phrase("Took a link of ticket %(thing)s away"),
    "TaskAdded": phrase("Added to the checklist of ticket %(thing)s"),
    "TaskMarked": phrase("Ticked a line of the checklist of ticket %(thing)s"),
    "TaskRaised": phrase("Put the checklist of ticket %(thing)s in another order"),
    "TaskRemoved": phrase("Removed a line of the checklist of ticket %(thing)s"),
    "CallLogged": phrase("Wrote down a call on ticket %(thing)s"),
    "SideStarted": phrase("Asked a third party about ticket %(thing)s"),
    "SideWritten": phrase("Wrote to a third party about ticket %(thing)s"),
    "SideAnswered": phrase("A third party answered about ticket %(thing)s"),
    "SideUnreached": phrase("A letter to a third party about ticket %(thing)s did not arrive"),
    "SideClosed": phrase("Closed a side conversation on ticket %(thing)s"),
    "SideReopened": phrase("Opened a side conversation on ticket %(thing)s again"),
    "TimeNoted": phrase("Noted time spent on ticket %(thing)s"),
    "TimeRemoved": phrase("Took back time spent on ticket %(thing)s"),
    "TicketUnmerged": phrase("Took ticket %(thing)s and another one apart again"),
    "TicketBinned": phrase("Put ticket %(thing)s into the bin"),
    "TicketRestored": phrase("Took ticket %(thing)s out of the bin"),
    "TicketDestroyed": phrase("Deleted ticket %(thing)s for good"),
    "ActTakenBack": phrase("Took back what was done to ticket %(thing)s"),
    "BulkFinished": phrase("Changed many tickets at once (%(thing)s)"),
    "DeadlineNear": phrase("A promise on ticket %(thing)s is near its end"),
    "DeadlineMissed": phrase("A promise on ticket %(thing)s was missed"),
    "TicketEscalated": phrase("Escalated ticket %(thing)s"),
    "ViewSaved": phrase("Put queue %(thing)s together"),
    "ViewRemoved": phrase("Removed queue %(thing)s"),
    "QueuesArranged": phrase("Arranged the queues in the side bar"),
    "RatingGiven": phrase("Rated ticket %(thing)s"),
    # letters
    "LetterFailed": phrase("Letter %(thing)s could not be sent"),
    "LetterBounced": phrase("Letter %(thing)s came back"),
    "AddressMarked": phrase("Address %(thing)s was found not to take our letters"),
    "AddressCleared": phrase("Letters may go to address %(thing)s again"),
    "SendingChanged": phrase("The sending of a letter about ticket %(thing)s went on"),
    "MailStopped": phrase("Mail stood still (trouble %(thing)s)"),
    "MailRecovered": phrase("Mail flows again (trouble %(thing)s)"),
    "LetterRetried": phrase("Sent letter %(thing)s again"),
    "SigningKeyMade": phrase("Made a key to sign letters of %(thing)s"),
    "SigningKeyChosen": phrase("Chose which key signs letters of %(thing)s"),
    "SigningKeyRemoved": phrase("Removed a key that signed letters of %(thing)s"),
    "WordingChanged": phrase("Changed the wording of letters: %(thing)s"),
    "WordingFailed": phrase("The wording of letters “%(thing)s” could not be used; the original was sent"),
    "LetterCorrected": phrase("Corrected held letter %(thing)s"),
    "LetterReleased": phrase("Let held letter %(thing)s in"),
    "FloodLetIn": phrase("Let all held letters of %(thing)s in"),
    "FloodRefused": phrase("Took all held letters of %(thing)s for unwanted"),
    "SenderBlocked": phrase("Blocked a sender (%(thing)s)"),
    "SenderUnblocked": phrase("Blocked a sender no more (%(thing)s)"),
    # articles
    "ArticleDrafted": phrase("Began article %(thing)s"),
    "ArticleChanged": phrase("Changed article %(thing)s"),
    "ArticlePublished": phrase("Published article %(thing)s"),
    "ArticleWithdrawn": phrase("Withdrew article %(thing)s"),
    "ArticleRated": phrase("Rated article %(thing)s"),
    # community
    "TopicStarted": phrase("Asked in topic %(thing)s"),
    "PostAdded": phrase("Replied in topic %(thing)s"),
    "PostEdited": phrase("Edited a post in topic %(thing)s"),
    "PostVoted": phrase("Found a post in topic %(thing)s useful"),
    "VoteTakenBack": phrase("Took back a vote in topic %(thing)s"),
    "AnswerAccepted": phrase("Accepted an answer in topic %(thing)s"),
    "AnswerTakenBack": phrase("Took back the accepted answer in topic %(thing)s"),
    "PostHidden": phrase("Hid a post in topic %(thing)s"),
    "PostShown": phrase("Showed a hidden post in topic %(thing)s again"),
    "TopicHidden": phrase("Hid topic %(thing)s"),
    "TopicShown": phrase("Showed hidden topic %(thing)s again"),
    "TopicLocked": phrase("Locked topic %(thing)s"),
    "TopicUnlocked": phrase("Unlocked topic %(thing)s"),
    "TopicPinned": phrase("Pinned topic %(thing)s"),
    "TopicUnpinned": phrase("Unpinned topic %(thing)s"),
    "TopicMoved": phrase("Moved topic %(thing)s to another board"),
    "TopicPromoted": phrase("Made an article of topic %(thing)s"),
    "BoardChanged": phrase("Changed board %(thing)s"),
}

KINDS: Final[dict[str, tuple[Phrase, tuple[str, ...]]]] = {
    "tickets": (phrase("Tickets"), ("ticket", "view", "bulk", "canned", "side")),
    "people": (phrase("People"), ("person", "organisation")),
    "articles": (phrase("Articles"), ("article",)),
    "community": (phrase("Community"), ("topic", "post")),
    "mail": (phrase("E-mail"), ("letter", "outbound", "inbound", "flood", "address", "trouble", "blocked")),
    "settings": (
        phrase("Settings"),
        (
            *("settings", "department", "calendar", "policy", "promise_rule", "promise_run", "role", "mailbox", "category", "board", "job"),
            *("wording", "domain", "field", "carrier", "status", "priority", "request_topic"),
        ),
    ),
}
"""The log's views: what each is called, and which kinds of things it tells of."""

_PLACES: Final = {
    "ticket": "/desk/tickets/{}",
    "bulk": "/desk/bulk/{}",
    "person": "/desk/customers/{}",
    "article": "/desk/articles/{}",
    "topic": "/community/topics/{}",
    "department": "/admin/departments/{}",
    "calendar": "/admin/calendars/{}",
    "policy": "/admin/policies/{}",
    "promise_rule": "/admin/promises/{}",
    "settings": "/admin/settings",
    "mailbox": "/admin/mailboxes",
    "flood": "/admin/letters",
    "blocked": "/admin/blocked",
    "wording": "/admin/wording/{}",
    "domain": "/admin/domains/{}",
    "role": "/admin/roles",
    "field": "/admin/fields/{}",
    "request_topic": "/admin/topics/{}",
    "carrier": "/admin/carriers/{}",
    "status": "/admin/statuses",
    "priority": "/admin/priorities",
    "category": "/admin/categories",
    "board": "/admin/boards",
    "view": "/desk/queues/{}",
}


def sentence(happening: Happening, name: str = "") -> str:
    """What happened, in the reader's language; `name` is what the thing is called, where that is known."""
    kind, _, thing = happening.about.partition(":")
    known = SENTENCES.get(happening.name)
    if known is None:
        return f"{happening.name} ({happening.about})"
    return gettext(known.message, thing=name or (f"#{thing}" if kind == "ticket" else thing))


def place(happening: Happening) -> str:
    """Where the thing is to be seen; empty for things without a page."""
    kind, _, thing = happening.about.partition(":")
    if happening.name.endswith("Removed") or kind not in _PLACES:
        return ""
    return localised(_PLACES[kind].format(thing))
