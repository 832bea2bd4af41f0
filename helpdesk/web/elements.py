"""
The small things every page shows: icons, statuses, deadlines, people, moments.

Pure functions to safe HTML, offered to every template. Language and time zone are the reader's,
and the class names are those of `static/css/components.css`.
"""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from zlib import crc32

from markupsafe import Markup, escape

from helpdesk.core.clock import now
from helpdesk.core.text import initials
from helpdesk.i18n import dates
from helpdesk.i18n.catalogue import gettext, phrase
from helpdesk.i18n.reader import reading
from helpdesk.web import naming
from helpdesk.web.assets import icon_url
from helpdesk.web.naming import Priority, Status

CLOCKS = {
    "first_response": phrase("First reply"),
    "next_response": phrase("Next reply"),
    "resolution": phrase("Solution"),
}
COLOURS = 6
LONGEST_IN_A_COLUMN = 13
"""Characters of a status or priority that its column surely shows."""
NOTHING = Markup("")
TICKING = Markup(" data-rel")  # static/js/common.js keeps these true
NO_DEADLINE = Markup('<span class="faint"><span aria-hidden="true">–</span><span class="vh">%s</span></span>')


@lru_cache(maxsize=1024)
def icon(name: str, cls: str = "", label: str | None = None) -> Markup:
    """A Lucide icon. It is decoration, unless `label` says what it means where no text does."""
    meaning = Markup('role="img" aria-label="%s"') % label if label else Markup('aria-hidden="true"')
    classes = f"ic {cls}".strip()
    return Markup('<svg class="%s" %s><use href="%s"/></svg>') % (classes, meaning, icon_url(name))


def status(name: str) -> Markup:
    """A ticket's status by its key: a dot with a shape of its category's own, and the word."""
    return _status(naming.current().statuses.get(name) or name, reading.get().lang)


def status_name(name: str) -> str:
    """What a ticket's status is called; one we do not know is called by its key."""
    found = naming.current().statuses.get(name)
    return found.name if found else name


def priority(name: str, text: bool = True) -> Markup:
    """A priority as bars and a word; without `text` the word is for screen readers only."""
    return _priority(naming.current().priorities.get(name) or name, text, reading.get().lang)


def priority_name(name: str) -> str:
    """What a priority is called; one we do not know is called by its key."""
    found = naming.current().priorities.get(name)
    return found.name if found else name


def clock_name(kind: str) -> str:
    """What a deadline promises: first reply, next reply, solution."""
    return str(CLOCKS.get(kind, kind))


def sla(due: datetime | None, clock: str = "", *, paused: bool = False, met: bool = False) -> Markup:
    """
    The chip of a deadline: time left or overdue, paused, met, or none at all (`due` is None).

    `clock` is the kind of promise (see CLOCKS), told with the full date to whoever points at the chip.
    The browser keeps counting from `data-due` by the same rules.
    """
    if met:
        return _chip("met", "check", gettext("met"))
    if paused:
        return _chip("paused", "pause", gettext("paused"))
    if due is None:
        return NO_DEADLINE % gettext("No deadline")
    reader = reading.get()
    left = dates.countdown(due, now(), reader.lang)
    tip = gettext("due %(moment)s", moment=dates.long_moment(due, reader.tz, reader.lang))
    tip = f"{clock_name(clock)} · {tip}" if clock else tip
    told = Markup(f' data-due="{due.isoformat()}" title="{escape(tip)}"')  # noqa: S704
    return _chip(left.state, "flame" if left.state == "breached" else "timer", left.text, told)


@lru_cache(maxsize=4096)
def avatar(name: str, n: int | None = None, cls: str = "") -> Markup:
    """Someone's initials on a colour: number `n` of 1 to 6, or the one which is always this name's."""
    colour = n or crc32(name.encode()) % COLOURS + 1
    classes = f"avatar av{colour} {cls}".strip()
    return Markup('<span class="%s" aria-hidden="true">%s</span>') % (classes, initials(name))


def ago(moment: datetime) -> Markup:
    """How long ago, with the full date for whoever points at it; the browser keeps it true."""
    return _time(moment, dates.ago(moment, now(), reading.get().lang), TICKING)


def short_ago(moment: datetime) -> Markup:
    """The same in three letters, for dense tables."""
    return _time(moment, dates.short_ago(moment, now(), reading.get().lang))


def moment(when: datetime) -> Markup:
    """The full date and time."""
    reader = reading.get()
    text = dates.long_moment(when, reader.tz, reader.lang)
    return Markup('<time datetime="%s">%s</time>') % (when.isoformat(), text)


def day(when: datetime) -> Markup:
    """The date alone."""
    reader = reading.get()
    return Markup('<time datetime="%s">%s</time>') % (when.isoformat(), dates.day(when, reader.tz, reader.lang))


def clock_time(when: datetime) -> str:
    """The time of day: "08:41"."""
    return dates.clock_time(when, reading.get().tz)


def duration(minutes: int) -> str:
    """A length of time, given in minutes: "1 h 05"."""
    return dates.duration(minutes, reading.get().lang)


def working_time(minutes: int) -> str:
    """A length of working time, given in minutes: "42 h 30"."""
    return dates.working_time(minutes, reading.get().lang)


def size(count: int) -> str:
    """A file's size, given in bytes: "184 KB", "1.5 MB"; Vietnamese writes "1,5 MB"."""
    if count < 1024:
        return f"{count} B"
    if count < 1024 * 1024:
        return f"{round(count / 1024)} KB"
    text = f"{count / 1024 / 1024:.1f}".removesuffix(".0")
    return f"{text.replace('.', ',') if reading.get().lang == 'vi' else text} MB"


@lru_cache(maxsize=256)
def _status(named: Status | str, lang: str) -> Markup:
    """A status, drawn once for each language."""
    if isinstance(named, str):
        return Markup('<span class="st st--%s">%s</span>') % (named, named)
    tint = f" tint--{named.colour}" if named.colour else ""
    return Markup('<span class="st st--%s%s"%s>%s</span>') % (named.category, tint, _whole(named), named.name)


@lru_cache(maxsize=256)
def _priority(named: Priority | str, text: bool, lang: str) -> Markup:
    """A priority, drawn once for each language."""
    look, name, attributes = named, named, NOTHING
    if isinstance(named, Priority):
        look, name = (f"{named.bars} tint--{named.colour}" if named.colour else named.bars), named.name
        attributes = _whole(named)
    bars = Markup('<span class="prio prio--%s" aria-hidden="true"><i></i><i></i><i></i></span>') % look
    return bars + (
        Markup("<span%s>%s</span>") % (attributes, name) if text else Markup('<span class="vh">%s</span>') % name
    )


def _whole(named: Status | Priority) -> Markup:
    """The whole name for whoever points at it, where it may be longer than its column."""
    may_be_cut = named.is_own or len(named.name) > LONGEST_IN_A_COLUMN
    return Markup(' title="%s"') % named.name if may_be_cut else NOTHING


def _chip(state: str, picture: str, text: str, attributes: Markup = NOTHING) -> Markup:
    """A deadline's chip in one of its states. Every row of a queue has one, so it is put together as plain text."""
    return Markup(f'<span class="sla sla--{state}"{attributes}>{icon(picture)}<span>{escape(text)}</span></span>')  # noqa: S704


def _time(when: datetime, text: str, attributes: Markup = NOTHING) -> Markup:
    """A relative time, with the full one in its title."""
    reader = reading.get()
    full = escape(dates.long_moment(when, reader.tz, reader.lang))
    return Markup(f'<time datetime="{when.isoformat()}" title="{full}"{attributes}>{escape(text)}</time>')  # noqa: S704
