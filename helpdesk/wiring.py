"""
What happens when: the only list of who reacts to what, and of the work that comes round.

An action says what happened; these react, each in a job of its own, after the commit. A reaction
may run twice, so it does no harm when it does.
"""

from functools import cache
from typing import Final

from helpdesk.admin.events import JobForgotten
from helpdesk.assignment import handing
from helpdesk.assignment import queries as assignment
from helpdesk.assignment.events import (
    AgentAway,
    AgentBack,
    PlanChanged,
    SkillAdded,
    SkillChanged,
    SkillRemoved,
    WorkChanged,
    WorkloadSpread,
)
from helpdesk.automation import queries as rules
from helpdesk.automation import running, telling
from helpdesk.automation.events import OthersTold, RuleAdded, RuleChanged, RuleFailed, RuleRemoved, RuleTried
from helpdesk.core.config import config
from helpdesk.departments.events import DepartmentAdded, DepartmentChanged, DepartmentRemoved
from helpdesk.events.record import Condition, Event, Reaction, connect
from helpdesk.jobs import periodic, queue
from helpdesk.mail import health
from helpdesk.mail.events import (
    AddressCleared,
    AddressMarked,
    LetterBounced,
    LetterCorrected,
    LetterFailed,
    LetterReleased,
    LetterRetried,
    MailboxAdded,
    MailboxChanged,
    MailboxConnected,
    MailboxRemoved,
    MailRecovered,
    MailStopped,
    SendingChanged,
    SigningKeyChosen,
    SigningKeyMade,
    SigningKeyRemoved,
)
from helpdesk.mail.fetching import fetch as mailboxes
from helpdesk.mail.outgoing import sending
from helpdesk.mailroom import alarms, automatic, domains, flood, notify, reports, side, team, warnings
from helpdesk.mailroom.events import FloodLetIn, FloodRefused, WordingChanged, WordingFailed
from helpdesk.people import sessions, signing_up
from helpdesk.people.events import (
    AgentInvited,
    DepartmentsGiven,
    OrganisationTierChanged,
    PasswordChanged,
    PasswordResetAsked,
    PersonChanged,
    PersonJoined,
    PersonLeft,
    PersonReturned,
    PhoneAdded,
    PhoneRemoved,
    RoleChanged,
    RoleGiven,
    SignedIn,
    SignInAsked,
    SignUpAsked,
    TierChanged,
    TokenMade,
    TokenRevoked,
)
from helpdesk.search import find, sources
from helpdesk.settings.store import SettingsChanged
from helpdesk.sla import upcoming
from helpdesk.sla.events import (
    CalendarAdded,
    CalendarChanged,
    CalendarRemoved,
    PolicyAdded,
    PolicyChanged,
    PolicyRemoved,
    PromiseRuleAdded,
    PromiseRuleChanged,
    PromiseRuleRemoved,
    RecountAsked,
    ReplayAsked,
    WatchChanged,
    YearAhead,
)
from helpdesk.surveys.events import RatingGiven
from helpdesk.tickets import answer_times, binning, deadlines, private, recounting, renaming, snoozing
from helpdesk.tickets import documents as tickets
from helpdesk.tickets.blocking.events import SenderBlocked, SenderUnblocked
from helpdesk.tickets.canned.events import CannedAdded, CannedChanged, CannedRemoved
from helpdesk.tickets.drafts import presence
from helpdesk.tickets.events import (
    ActTakenBack,
    BulkFinished,
    CallLogged,
    ColleagueMentioned,
    DeadlineMissed,
    DeadlineNear,
    FollowerAdded,
    FollowerGone,
    LinkAdded,
    LinkRemoved,
    NoteAdded,
    NoteChanged,
    NoteRemoved,
    ParticipantAdded,
    ParticipantRemoved,
    PriorityChanged,
    PrivateLinkMade,
    PrivateLinksStopped,
    PromiseChanged,
    QueuesArranged,
    ReplyHeld,
    ReplyTakenBack,
    StatusChanged,
    TaskAdded,
    TaskMarked,
    TaskRaised,
    TaskRemoved,
    TicketAssigned,
    TicketBinned,
    TicketDestroyed,
    TicketEscalated,
    TicketLinked,
    TicketMerged,
    TicketMoved,
    TicketOpened,
    TicketReplied,
    TicketRestored,
    TicketSnoozed,
    TicketTagged,
    TicketTopicSet,
    TicketUnmerged,
    TicketWoken,
    TimeNoted,
    TimeRemoved,
    ViewRemoved,
    ViewSaved,
)
from helpdesk.tickets.fields.events import (
    CarrierAdded,
    CarrierChanged,
    CarrierRemoved,
    FieldAdded,
    FieldChanged,
    FieldRemoved,
    FieldsSet,
)
from helpdesk.tickets.named.events import PriorityDefined, PriorityRemoved, StatusDefined, StatusRemoved
from helpdesk.tickets.rules import ACTIVE, DONE
from helpdesk.tickets.side.events import (
    SideAnswered,
    SideClosed,
    SideReopened,
    SideStarted,
    SideUnreached,
    SideWritten,
)
from helpdesk.topics.events import RequestTopicAdded, RequestTopicChanged, RequestTopicRemoved
from helpdesk.webhooks import deliver
from helpdesk.webhooks.events import WebhookFailed
from kb.articles import documents as articles
from kb.articles import feedback
from kb.articles.events import (
    ArticleChanged,
    ArticleDrafted,
    ArticlePublished,
    ArticleRated,
    ArticleWithdrawn,
    CategoryChanged,
)
from kb.forum import documents as topics
from kb.forum.events import (
    AnswerAccepted,
    AnswerTakenBack,
    BoardChanged,
    PostAdded,
    PostEdited,
    PostHidden,
    PostShown,
    PostVoted,
    TopicHidden,
    TopicLocked,
    TopicMoved,
    TopicPinned,
    TopicPromoted,
    TopicShown,
    TopicStarted,
    TopicUnlocked,
    TopicUnpinned,
    VoteTakenBack,
)

WIRING: Final[dict[type[Event], list[Reaction]]] = {
    SettingsChanged: [],
    DepartmentAdded: [],
    DepartmentChanged: [],
    DepartmentRemoved: [],
    PlanChanged: [],
    WorkChanged: [],
    WorkloadSpread: [],
    AgentAway: [handing.on_away],
    AgentBack: [handing.on_back],
    SkillAdded: [],
    SkillChanged: [],
    SkillRemoved: [],
    RequestTopicAdded: [],
    RequestTopicChanged: [renaming.of_topic],
    RequestTopicRemoved: [],
    SenderBlocked: [],
    SenderUnblocked: [],
    CannedAdded: [],
    CannedChanged: [],
    CannedRemoved: [],
    FieldAdded: [],
    FieldChanged: [],
    FieldRemoved: [],
    CarrierAdded: [],
    CarrierChanged: [],
    CarrierRemoved: [],
    CalendarAdded: [],
    CalendarChanged: [recounting.of_calendar],
    CalendarRemoved: [],
    PolicyAdded: [],
    PolicyChanged: [recounting.of_policy],
    PolicyRemoved: [],
    WatchChanged: [deadlines.look_again],
    YearAhead: [warnings.year_ahead],
    PromiseRuleAdded: [],
    PromiseRuleChanged: [],
    PromiseRuleRemoved: [],
    RecountAsked: [],
    ReplayAsked: [],
    RuleAdded: [],
    RuleChanged: [],
    RuleRemoved: [],
    RuleTried: [],
    RuleFailed: [telling.rule_failed],
    WebhookFailed: [telling.webhook_failed],
    OthersTold: [],
    JobForgotten: [],
    PersonJoined: [],
    PersonChanged: [],
    TierChanged: [recounting.of_person],
    OrganisationTierChanged: [recounting.of_organisation],
    PhoneAdded: [],
    PhoneRemoved: [],
    PersonLeft: [handing.on_left],
    PersonReturned: [],
    RoleGiven: [handing.on_left],
    DepartmentsGiven: [handing.on_left],
    RoleChanged: [],
    SignedIn: [],
    SignInAsked: [notify.mail_sign_in_link],
    SignUpAsked: [notify.mail_sign_up_link],
    PasswordResetAsked: [notify.mail_password_link],
    PasswordChanged: [],
    AgentInvited: [notify.mail_invitation],
    TokenMade: [],
    TokenRevoked: [],
    LetterFailed: [reports.mark_refused, notify.show_failure, side.show_failure],
    LetterBounced: [notify.warn_bounced, side.show_failure],
    AddressMarked: [],
    AddressCleared: [],
    SendingChanged: [],
    MailStopped: [warnings.mail_stopped],
    MailRecovered: [warnings.mail_recovered],
    LetterRetried: [],
    LetterCorrected: [],
    LetterReleased: [],
    FloodLetIn: [],
    FloodRefused: [],
    MailboxAdded: [],
    MailboxChanged: [],
    MailboxConnected: [],
    MailboxRemoved: [],
    WordingChanged: [],
    SigningKeyMade: [],
    SigningKeyChosen: [],
    SigningKeyRemoved: [],
    WordingFailed: [warnings.wording_failed],
    TicketOpened: [notify.acknowledge, team.tell_department, feedback.count_gap, handing.on_opened, running.run],
    TicketReplied: [notify.mail_reply, team.tell_of_answer, snoozing.wake_on_answer, running.run],
    ReplyHeld: [],
    ReplyTakenBack: [],
    NoteAdded: [running.run],
    NoteChanged: [],
    NoteRemoved: [],
    ColleagueMentioned: [team.tell_mentioned],
    TicketAssigned: [team.tell_assignee, running.run],
    TicketMoved: [handing.on_moved, running.run],
    StatusChanged: [snoozing.wake_when_done, handing.on_reopened, running.run],
    StatusDefined: [],
    StatusRemoved: [],
    PriorityDefined: [],
    PriorityRemoved: [],
    PriorityChanged: [running.run],
    PromiseChanged: [],
    TicketTagged: [running.run],
    TicketTopicSet: [running.run],
    FieldsSet: [running.run],
    ParticipantAdded: [],
    ParticipantRemoved: [],
    PrivateLinkMade: [],
    PrivateLinksStopped: [],
    FollowerAdded: [],
    FollowerGone: [],
    TaskAdded: [],
    TaskMarked: [],
    TaskRaised: [],
    TaskRemoved: [],
    CallLogged: [],
    SideStarted: [],
    SideWritten: [side.mail],
    SideAnswered: [side.tell],
    SideUnreached: [side.tell_unreached],
    SideClosed: [],
    SideReopened: [],
    TimeNoted: [],
    TimeRemoved: [],
    LinkAdded: [],
    LinkRemoved: [],
    TicketLinked: [],
    TicketBinned: [],
    TicketRestored: [],
    TicketDestroyed: [],
    ActTakenBack: [],
    BulkFinished: [],
    TicketMerged: [],
    TicketUnmerged: [],
    TicketSnoozed: [],
    TicketWoken: [],
    ViewSaved: [],
    ViewRemoved: [],
    QueuesArranged: [],
    DeadlineNear: [notify.warn_team, running.run],
    DeadlineMissed: [notify.warn_team, running.run],
    TicketEscalated: [alarms.escalate],
    RatingGiven: [],
    ArticleDrafted: [],
    ArticleChanged: [articles.index],
    ArticlePublished: [articles.index],
    ArticleWithdrawn: [articles.index],
    ArticleRated: [],
    CategoryChanged: [],
    TopicStarted: [topics.index],
    PostAdded: [topics.index],
    PostEdited: [topics.index],
    PostVoted: [],
    VoteTakenBack: [],
    AnswerAccepted: [topics.index],
    AnswerTakenBack: [topics.index],
    PostHidden: [topics.index],
    PostShown: [topics.index],
    TopicHidden: [topics.index],
    TopicShown: [topics.index],
    TopicLocked: [],
    TopicUnlocked: [],
    TopicPinned: [],
    TopicUnpinned: [],
    TopicMoved: [],
    TopicPromoted: [],
    BoardChanged: [],
}

PATIENT: Final[frozenset[Reaction]] = frozenset(
    {notify.acknowledge, team.tell_department, team.tell_of_answer, feedback.count_gap, handing.on_opened}
)
"""Reactions that wait while letters are to be sorted; nobody looks at a page until they are done."""

CONDITIONS: Final[dict[Reaction, Condition]] = {
    running.run: rules.may_concern,
    telling.rule_failed: lambda event: event.is_news,
    telling.webhook_failed: lambda event: event.is_news,
    notify.mail_reply: lambda event: event.by_agent,
    team.tell_of_answer: lambda event: not event.by_agent,
    team.tell_assignee: lambda event: event.assignee is not None,
    snoozing.wake_on_answer: lambda event: not event.by_agent,
    snoozing.wake_when_done: lambda event: event.status in DONE,
    handing.on_opened: lambda event: not (assignment.is_surely_by_hand() or rules.may_concern(event)),
    handing.on_moved: lambda event: not (assignment.is_surely_by_hand() or rules.may_concern(event)),
    handing.on_reopened: lambda event: event.status in ACTIVE,
    feedback.count_gap: lambda event: event.is_from_elsewhere,
    recounting.of_policy: lambda event: event.takes,
    recounting.of_calendar: lambda event: event.takes,
    renaming.of_topic: lambda event: event.is_renamed,
}
"""For which events a reaction has something to do, where the event tells; for the others no job is owed."""

SOURCES: Final[list[sources.Source]] = [articles.SOURCE, topics.SOURCE, tickets.SOURCE]
"""What can be found, in the order in which results name it."""


def wire() -> None:
    """Join events with their reactions and start the clocks of periodic work."""
    connect(WIRING, PATIENT, CONDITIONS)
    sources.connect(SOURCES)
    _open_search()
    periodic.every(3600, sessions.sweep)
    periodic.every(3600, signing_up.sweep)
    periodic.every(3600, presence.sweep)
    periodic.every(3600, automatic.sweep)
    periodic.every(3600, flood.sweep)
    periodic.every(15, deadlines.sweep)
    periodic.every(3600, upcoming.announce)
    periodic.every(15, snoozing.sweep)
    periodic.every(15, handing.sweep)
    periodic.every(3600, private.sweep)
    periodic.every(3600, binning.sweep)
    periodic.every(3600, answer_times.reckon)
    periodic.every(3600, domains.check_all)
    periodic.every(60, mailboxes.fetch_all)
    periodic.every(3600, mailboxes.sweep)
    periodic.every(15, sending.send_due)
    periodic.every(30, health.watch)
    periodic.every(60, running.sweep)
    periodic.every(3600, running.forget_old)
    periodic.every(3600, deliver.forget_old)
    periodic.when_set_back(queue.clock_was_set_back)
    periodic.when_set_back(sending.clock_was_set_back)


@cache
def _open_search() -> None:
    """The index of this machine, opened once in a process."""
    find.use(find.open_engine("whoosh", config().data_dir))
