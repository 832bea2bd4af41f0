"""A ticket's events as sentences, in the reader's language."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

import msgspec
from msgspec import Struct

from helpdesk.i18n.catalogue import gettext, phrase
from helpdesk.i18n.dates import long_moment, working_time
from helpdesk.i18n.reader import reading
from helpdesk.sla.watch import NOBODY
from helpdesk.tickets.fields.queries import Fields
from helpdesk.tickets.queries import DeadlineRow, Happening, MessageRow, Thread
from helpdesk.tickets.rules import NEVER
from helpdesk.topics.queries import TopicEntry
from helpdesk.web.elements import clock_name, priority_name, status_name

RULE: Final = "rule:"
"""What the cause of an event begins with that a rule brought about."""

SENTENCES: Final = {
    "TicketOpened": phrase("%(who)s opened the ticket"),
    "TicketMoved": phrase("%(who)s moved it to %(department)s"),
    "StatusChanged": phrase("%(who)s set the status to %(status)s"),
    "PriorityChanged": phrase("%(who)s set the priority to %(priority)s"),
    "PromiseChanged": phrase("Another promise applies from now on"),
    "DeadlineNear": phrase("The deadline for “%(clock)s” came near"),
    "DeadlineMissed": phrase("The deadline for “%(clock)s” was missed"),
    "ReplyTakenBack": phrase("%(who)s took an answer back before it was sent"),
    "TicketBinned": phrase("%(who)s put it into the bin"),
    "TicketRestored": phrase("%(who)s took it out of the bin"),
    "TicketWoken": phrase("%(who)s woke it"),
    "LinkAdded": phrase("%(who)s linked it with #%(other)s"),
    "LinkRemoved": phrase("%(who)s took the link with #%(other)s away"),
    "TimeNoted": phrase("%(who)s noted %(minutes)s minutes of work"),
    "TimeRemoved": phrase("%(who)s took %(minutes)s minutes of work back"),
    "FollowerGone": phrase("%(who)s does not follow it any more"),
    "ParticipantAdded": phrase("%(who)s added %(person)s as a participant"),
    "PrivateLinkMade": phrase("%(who)s made a private link for the customer"),
    "PrivateLinksStopped": phrase("%(who)s stopped the private links"),
    "ParticipantRemoved": phrase("%(who)s took %(person)s off as a participant"),
    "TaskAdded": phrase("%(who)s added a line to the checklist"),
    "TaskRaised": phrase("%(who)s put the checklist in another order"),
    "TaskRemoved": phrase("%(who)s removed a line of the checklist"),
    "NoteChanged": phrase("%(who)s worded a note anew"),
    "NoteRemoved": phrase("%(who)s removed a note"),
    "SideStarted": phrase("%(who)s asked a third party"),
    "SideAnswered": phrase("A third party answered"),
    "SideUnreached": phrase("A letter to a third party did not arrive"),
    "SideClosed": phrase("%(who)s closed a side conversation"),
    "SideReopened": phrase("%(who)s opened a side conversation again"),
    "RatingGiven": phrase("The customer rated the answer"),
    "RuleFailed": phrase("%(who)s could not do all that it should"),
}
"""By event name. Replies and notes stand in the thread themselves and need no line."""

LINKED: Final = {
    "follow_up": phrase("It goes on in #%(other)s"),
    "split": phrase("%(who)s made a part of it #%(other)s"),
}

MERGED: Final = {
    ("TicketMerged", True): phrase("%(who)s merged #%(other)s into this ticket"),
    ("TicketMerged", False): phrase("%(who)s merged it into #%(other)s"),
    ("TicketUnmerged", True): phrase("%(who)s took #%(other)s out again"),
    ("TicketUnmerged", False): phrase("%(who)s took it out of #%(other)s again"),
}
"""By event name, and whether this ticket is the one that took the other in."""

TOLD: Final = {
    "answer": phrase("%(who)s answered the customer"),
    "letter": phrase("%(who)s wrote to colleagues"),
    "webhook": phrase("%(who)s told another program"),
}
"""Whom a rule told of the ticket."""

DONE: Final = {
    True: phrase("%(who)s ticked a line of the checklist off"),
    False: phrase("%(who)s opened a line of the checklist again"),
}
"""What became of a line of the checklist."""

ICONS: Final = {
    "TicketOpened": "inbox",
    "TicketAssigned": "user-round-check",
    "TicketMoved": "users-round",
    "StatusChanged": "circle-dot",
    "PriorityChanged": "arrow-up",
    "TicketTopicSet": "messages-square",
    "FieldsSet": "pencil-line",
    "TicketLinked": "corner-down-right",
    "TicketMerged": "merge",
    "FollowerAdded": "bell",
    "LinkAdded": "link",
    "LinkRemoved": "link",
    "FollowerGone": "bell-off",
    "CallLogged": "phone",
    "SideStarted": "messages-square",
    "SideAnswered": "messages-square",
    "SideUnreached": "mail-warning",
    "TicketSnoozed": "alarm-clock",
    "TicketWoken": "sun",
    "TicketUnmerged": "split",
    "TicketBinned": "trash-2",
    "TicketRestored": "rotate-ccw",
    "ActTakenBack": "undo-2",
    "PromiseChanged": "timer",
    "DeadlineNear": "timer",
    "DeadlineMissed": "flame",
    "OthersTold": "send",
    "RuleFailed": "triangle-alert",
    "TicketEscalated": "trending-up",
}
"""What a line of history begins with; a dot when nothing fits."""


def sentence(
    happening: Happening,
    people: dict[int, str],
    departments: dict[int, str],
    clocks: dict[int, str],
    fields: Fields,
    topics: Mapping[int, TopicEntry] = MappingProxyType({}),
) -> str:
    """One line of history; empty for an event that has none. The dicts give names by id."""
    data: dict[str, Any] = msgspec.json.decode(happening.data)
    who = _who(happening)
    if happening.name == "TicketTagged":
        if data.get("added"):
            return gettext("%(who)s added the tag %(tag)s", who=who, tag=data["added"])
        return gettext("%(who)s took away the tag %(tag)s", who=who, tag=data.get("removed", ""))
    if happening.name == "TicketAssigned":
        return _assigned(who, data, people)
    if happening.name == "TicketMoved" and data.get("how") in HANDED:
        place = departments.get(data["department"], "?")
        handed = HANDED[data["how"]]
        return gettext(handed.message, who=who, department=place)
    if happening.name == "TicketLinked":
        went_on = {
            "follow_up": phrase("It goes on in #%(other)s"),
            "split": phrase("%(who)s made a part of it #%(other)s"),
        }
        said = went_on[data["kind"]]
        return gettext(said.message, who=who, other=data["other"])
    if happening.name in {"TicketMerged", "TicketUnmerged"}:
        told = MERGED[happening.name, data["is_target"]]
        return gettext(told.message, who=who, other=data["other"])
    if happening.name == "CallLogged":
        call = CALLED[data["direction"]]
        return gettext(call.message, who=who)
    if happening.name == "OthersTold":
        told = TOLD[data["how"]]
        return gettext(told.message, who=who)
    if happening.name == "TaskMarked":
        told = DONE[data["is_done"]]
        return gettext(told.message, who=who)
    if happening.name == "TicketTopicSet":
        topic = topics.get(data["topic"] or 0)
        if topic is None:
            return gettext("%(who)s said that it is about none of the topics", who=who)
        return gettext("%(who)s said what it is about: %(topic)s", who=who, topic=topic.name)
    if happening.name == "FieldsSet":
        return _filled_in(who, data["changes"], fields)
    if happening.name == "TicketEscalated":
        clock = clocks.get(data["deadline"], "")
        return escalation_in_words(data["act"], data["value"], data["minutes"], clock, people)
    if happening.name == "FollowerAdded":
        return _follower(who, happening.actor, data["person"], people)
    if happening.name == "TicketSnoozed":
        return _sleep(who, datetime.fromisoformat(data["until"]))
    if happening.name not in SENTENCES:
        return ""
    return gettext(
        SENTENCES[happening.name].message,
        who=who,
        assignee=people.get(data.get("assignee") or 0, "?"),
        person=happening.person_name or people.get(data.get("person") or 0, "?"),
        department=departments.get(data.get("department") or 0, "?"),
        status=status_name(data.get("named") or data.get("status", "")),
        priority=priority_name(data.get("priority", "")),
        clock=clock_name(clocks.get(data.get("deadline") or 0, "")),
        other=data.get("other", ""),
        minutes=data.get("minutes", ""),
    )


BECAUSE: Final = {
    "turn": phrase("in turn"),
    "load": phrase("least to do: %(load)s"),
    "known": phrase("answered this customer before"),
    "cover": phrase("covers for a colleague who is away"),
    "away": phrase("is away"),
    "left": phrase("does not work here any more"),
    "spread": phrase("to be handed out anew"),
    "returned": phrase("had it before"),
}
"""Why somebody got a ticket, or had to give it back, by `TicketAssigned.why`."""

HANDED: Final = {
    "handed": phrase("%(who)s handed it over to %(department)s"),
    "returned": phrase("%(who)s gave it back to %(department)s"),
}
"""By `TicketMoved.how`."""


def _assigned(who: str, data: dict[str, Any], people: dict[int, str]) -> str:
    if data["assignee"] is None:
        told = gettext("%(who)s took the assignee off", who=who)
    else:
        told = gettext("%(who)s assigned it to %(assignee)s", who=who, assignee=people.get(data["assignee"], "?"))
    if (because := BECAUSE.get(data.get("why", ""))) is None:
        return told
    reason = gettext(because.message, load=data["load"])
    if data.get("is_skilled"):
        reason = gettext("%(reason)s, with the skills for it", reason=reason)
    return f"{told} ({reason})"


CALLED: Final = {
    "in": phrase("%(who)s took a call"),
    "out": phrase("%(who)s called the customer"),
}


ESCALATED: Final = {
    "tell_assignee": phrase("The assignee was told"),
    "tell_team": phrase("The team was told"),
    "tell_lead": phrase("The head of the department was told"),
    "priority": phrase("Priority to %(priority)s"),
    "assign": phrase("Given to %(person)s"),
    "free": phrase("Given to nobody, so that anybody takes it"),
    "macro": phrase("A macro was run"),
}
"""What a step of a policy did, by its act."""


def escalation_in_words(act: str, value: str, minutes: int, clock: str, people: dict[int, str]) -> str:
    """What a step of a policy did, and why: "The team was told (“First response”, 30 min before its end)"."""
    said = ESCALATED["free" if act == "assign" and value == NOBODY else act]
    person = people.get(int(value), "?") if act == "assign" and value != NOBODY else ""
    what = gettext(said.message, priority=priority_name(value) if act == "priority" else "", person=person)
    return gettext("%(what)s (“%(clock)s”, %(when)s)", what=what, clock=clock_name(clock), when=how_long_after(minutes))


def how_long_after(minutes: int) -> str:
    """How far from a promise's end, in working time: "30 min before its end", "at its end", "2 h after its end"."""
    length = working_time(abs(minutes), reading.get().lang)
    if minutes == 0:
        return gettext("at its end")
    if minutes < 0:
        return gettext("%(time)s before its end", time=length)
    return gettext("%(time)s after its end", time=length)


def _filled_in(who: str, changes: list[dict[str, Any]], fields: Fields) -> str:
    told = []
    for change in changes:
        if (field := fields.get(change["field"])) is not None:
            before, after = (field.labels(change[when]) or "–" for when in ("before", "after"))
            told.append(f"{field.name}: {before} → {after}")
    what = "; ".join(told)
    return gettext("%(who)s set %(what)s", who=who, what=what) if told else ""


def _follower(who: str, actor: int | None, person: int, people: dict[int, str]) -> str:
    if actor == person:
        return gettext("%(who)s follows it", who=who)
    return gettext("%(who)s let %(person)s follow it", who=who, person=people.get(person, "?"))


def _sleep(who: str, until: datetime) -> str:
    if until == NEVER:
        return gettext("%(who)s let it sleep until the customer writes", who=who)
    reader = reading.get()
    return gettext("%(who)s let it sleep until %(moment)s", who=who, moment=long_moment(until, reader.tz, reader.lang))


class Line(Struct, frozen=True):
    """One entry of a ticket's thread: a message, or a sentence about what happened."""

    at: datetime
    message: MessageRow | None = None
    text: str = ""
    icon: str = "circle-dot"
    event: int = 0
    """The event that the sentence is about; 0 for a message."""
    place: str = ""
    """Where administrators see what brought it about."""


def timeline(
    thread: Thread,
    people: dict[int, str],
    departments: dict[int, str],
    clocks: dict[int, str],
    fields: Fields,
    topics: Mapping[int, TopicEntry] = MappingProxyType({}),
) -> list[Line]:
    """Messages and happenings in the order they came; a message before what it caused."""
    lines = [Line(at=message.sent_at, message=message) for message in thread.messages]
    told: dict[int, str] = {}
    for happening in thread.happenings:
        if text := _taken_back(happening, told) or sentence(happening, people, departments, clocks, fields, topics):
            told[happening.id] = text
            icon, place = ICONS.get(happening.name, "circle-dot"), _place(happening)
            lines.append(Line(at=happening.happened_at, text=text, icon=icon, event=happening.id, place=place))
    return sorted(lines, key=lambda line: (line.at, line.message is None))


def _who(happening: Happening) -> str:
    if happening.actor_name is None and happening.cause.startswith(RULE):
        return gettext("Rule “%(title)s”", title=happening.cause.partition(" ")[2])
    return happening.actor_name or gettext("The help desk")


def _place(happening: Happening) -> str:
    """Where it is to be seen what brought it about; empty for what people do."""
    number = happening.cause.partition(" ")[0].removeprefix(RULE)
    return f"/admin/rules/{number}" if happening.cause.startswith(RULE) else ""


def _taken_back(happening: Happening, told: dict[int, str]) -> str:
    """The line of an act that was taken back, in the words that told of it; empty for anything else."""
    if happening.name != "ActTakenBack":
        return ""
    who, event = _who(happening), msgspec.json.decode(happening.data)["event"]
    if event not in told:
        return gettext("%(who)s took back what was done", who=who)
    return gettext("%(who)s took back: %(what)s", who=who, what=told[event])


def current(deadlines: list[DeadlineRow]) -> list[DeadlineRow]:
    """The newest promise of each kind; earlier ones of a kind are over and stand in the history."""
    return list({deadline.kind: deadline for deadline in deadlines}.values())
