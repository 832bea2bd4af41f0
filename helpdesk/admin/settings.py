"""
Settings pages, drawn from the Structs that are kept: one card for each group.

A new group needs one entry in GROUPS; how its fields look follows from their types.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from litestar import Controller, get, post
from litestar.response import Redirect
from msgspec import Struct
from msgspec.inspect import BoolType, IntType, LiteralType, Metadata, StrType, Type, type_info

from helpdesk.core import phone
from helpdesk.core.errors import Invalid, NotFound
from helpdesk.i18n.catalogue import Phrase, gettext, phrase
from helpdesk.i18n.reader import LANGUAGES
from helpdesk.settings import store
from helpdesk.settings.intake import IntakeSettings
from helpdesk.settings.joining import JoiningSettings
from helpdesk.settings.letters import LetterSettings
from helpdesk.settings.site import SiteSettings
from helpdesk.sla.calendar_pages import ZONES
from helpdesk.tickets.binning import BinSettings
from helpdesk.tickets.private import LinkSettings
from helpdesk.tickets.unsent import SendingSettings
from helpdesk.web.actor import CurrentActor, FromPath, Page
from helpdesk.web.forms import Form, filled, options, read
from helpdesk.web.render import Html, go, page
from helpdesk.webhooks.settings import WebhookSettings

Look = Literal["line", "area", "number", "switch", "select"]
LONGEST_LINE: Final = 320
"""Text that may be longer gets a few lines."""


class Field(Struct, frozen=True):
    """How one setting is called. `choices` names the values of a Literal; `check` raises ValueError with a reason."""

    label: Phrase
    hint: Phrase | None = None
    choices: Mapping[str, object] = {}
    suggestions: tuple[str, ...] = ()
    check: Callable[[Any], None] | None = None


class Group(Struct, frozen=True):
    """One Struct of settings and how it is shown."""

    key: str
    shape: type[Struct]
    title: Phrase
    text: Phrase
    fields: Mapping[str, Field]


class Drawn(Struct, frozen=True):
    """One field, ready for the template."""

    name: str
    look: Look
    label: Phrase
    hint: Phrase | str
    is_optional: bool
    choices: list[tuple[str, str]]
    suggestions: tuple[str, ...]
    longest: int | None


class Section(Struct, frozen=True):
    """One group, ready for the template."""

    key: str
    title: Phrase
    text: Phrase
    form: Form[Any]
    fields: list[Drawn]


def is_zone(name: str) -> None:
    """Raises ValueError for a name that is no IANA time zone."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(
            phrase("“%(zone)s” is no time zone. Write one such as Asia/Ho_Chi_Minh.", zone=name)
        ) from error


def is_country(code: str) -> None:
    """Raises ValueError for what is no country's code."""
    if not phone.is_country(code):
        raise ValueError(phrase("“%(code)s” is no country. Write two capital letters such as VN.", code=code))


GROUPS: Final = (
    Group(
        key="site",
        shape=SiteSettings,
        title=phrase("Help centre"),
        text=phrase("Stands on every page and in every letter."),
        fields={
            "name": Field(phrase("Name"), phrase("What your customers call you")),
            "language": Field(
                phrase("Language"),
                phrase("For visitors whose browser asks for neither, and for letters to people we do not know yet."),
                choices=LANGUAGES,
            ),
            "timezone": Field(
                phrase("Time zone"),
                phrase("Days and times are told by it."),
                suggestions=ZONES,
                check=is_zone,
            ),
            "country": Field(
                phrase("Country"),
                phrase("Two letters such as VN. Telephone numbers without a country's code are numbers of it."),
                check=is_country,
            ),
        },
    ),
    Group(
        key="webhooks",
        shape=WebhookSettings,
        title=phrase("Webhooks"),
        text=phrase("Rules tell other programs of tickets, at addresses on the public internet."),
        fields={
            "private": Field(
                phrase("Also in our own network, and without encryption"),
                phrase("For a program on this machine or beside it. Nobody should need it for one elsewhere."),
            )
        },
    ),
    Group(
        key="bin",
        shape=BinSettings,
        title=phrase("Bin"),
        text=phrase("Tickets that are deleted, and spam, are kept for a while and can be restored."),
        fields={"keep_days": Field(phrase("Days in the bin"), phrase("After so long they are gone for good."))},
    ),
    Group(
        key="sending",
        shape=SendingSettings,
        title=phrase("Sending answers"),
        text=phrase("An answer waits a moment before customers see it, so that its author can take it back."),
        fields={
            "undo_seconds": Field(
                phrase("Seconds to take an answer back"), phrase("At most 120; 0 sends every answer at once.")
            )
        },
    ),
    Group(
        key="links",
        shape=LinkSettings,
        title=phrase("Private links"),
        text=phrase("Letters bear a link with which their reader follows the request without signing in."),
        fields={
            "days": Field(
                phrase("Days a private link works"), phrase("For links that are made from now on; then people sign in.")
            )
        },
    ),
    Group(
        key="joining",
        shape=JoiningSettings,
        title=phrase("Letters and their tickets"),
        text=phrase("Which ticket a letter belongs to, and who takes part in it."),
        fields={
            "subject_tag": Field(
                phrase("The ticket's number stands in the subject"),
                phrase("As “[#7]”, so that an answer finds its ticket also from a mail program that keeps no track."),
            ),
            "follow_up_days": Field(
                phrase("Days after which a closed ticket stays closed"),
                phrase(
                    "Until then an answer opens it again; later the answer begins a follow-up. 0: always a follow-up."
                ),
            ),
            "copies": Field(
                phrase("Who takes part besides the customer"),
                phrase("Whoever takes part gets our answers and may write to the ticket."),
                choices={
                    "everybody": phrase("Everybody named in To and Cc"),
                    "asked": phrase("Only whom the customer or an agent names"),
                    "nobody": phrase("Nobody in To and Cc"),
                },
            ),
            "requester": Field(
                phrase("Whose a new ticket is"),
                phrase("Forms on web pages often write in their own name and say in Reply-To who asks."),
                choices={
                    "sender": phrase("The sender's (From)"),
                    "reply_to": phrase("That of the person to be answered (Reply-To)"),
                },
            ),
            "trusted_servers": Field(
                phrase("Mail servers whose word counts"),
                phrase(
                    "Their names as in Authentication-Results. With any here, a ticket's number joins a letter only "
                    "when one of them says that the sender is true."
                ),
            ),
            "agents": Field(
                phrase("Agents answer by letter"),
                phrase(
                    "Only in answer to a letter that they themselves have had. Any other letter of theirs is a note "
                    "that says so."
                ),
                choices={
                    "verified": phrase("If the mail servers named above confirm the sender; without any, always"),
                    "mark": phrase("Always"),
                    "never": phrase("Never: their letters are only notes"),
                },
            ),
        },
    ),
    Group(
        key="intake",
        shape=IntakeSettings,
        title=phrase("Too many letters"),
        text=phrase("Letters beyond these numbers wait under Held letters. Answers on tickets never do."),
        fields={
            "most_of_sender": Field(
                phrase("New tickets of one address within an hour"), phrase("0: as many as it writes.")
            ),
            "most_of_domain": Field(
                phrase("New tickets of one domain within an hour"),
                phrase("Not counted for mail providers such as gmail.com. 0: as many as it writes."),
            ),
            "never_held": Field(
                phrase("Never too many from"),
                phrase("Addresses and domains, such as alerts@example.vn example.com."),
            ),
        },
    ),
    Group(
        key="letters",
        shape=LetterSettings,
        title=phrase("Answers by mail"),
        text=phrase(
            "What they say stands under What letters say; what is signed, with each department and in agents' accounts."
        ),
        fields={
            "sender": Field(
                phrase("Name of the sender"),
                choices={
                    "agent": phrase("Agent · Help centre"),
                    "department": phrase("Department · Help centre"),
                    "both": phrase("Agent · Department"),
                },
            ),
            "quote": Field(
                phrase("Repeat the message that is answered"),
                phrase("Below the answer, for mail programs that do not keep a conversation together."),
            ),
        },
    ),
)


class SettingsAdmin(Controller):
    """All settings that are kept in the database."""

    path = "/settings"

    @get()
    async def settings(self) -> Html:
        return await _settings()

    @post("/{key:str}")
    async def change(self, actor: CurrentActor, key: FromPath[str], request: Page) -> Html | Redirect:
        group = _group(key)
        form = await read(request, group.shape)
        if form.data is not None:
            form = _checked(form, group)
        if form.data is None:
            return await _settings(key, form)
        await store.save(actor, form.data)
        return go("/admin/settings", tell=gettext("Saved."))


async def _settings(sent: str = "", form: Form[Any] | None = None) -> Html:
    """Every group as it is kept, or, for the one that was sent and cannot be used, as it was typed (422)."""
    sections = [
        Section(
            group.key,
            group.title,
            group.text,
            form if form and group.key == sent else filled(**msgspec.structs.asdict(await store.get(group.shape))),
            drawn(group),
        )
        for group in GROUPS
    ]
    return page("admin/settings.html", status=422 if form else 200, sections=sections, sent=form)


def drawn(group: Group) -> list[Drawn]:
    """A group's fields in order, each as its type asks for. A setting without a Field here is not shown."""
    found = []
    for member in msgspec.structs.fields(group.shape):
        field = group.fields.get(member.name)
        if field is None:
            continue
        info = type_info(member.type)
        kind = info.type if isinstance(info, Metadata) else info
        found.append(
            Drawn(
                name=member.encode_name,
                look=_look(kind),
                label=field.label,
                hint=field.hint or "",
                is_optional=not member.required and member.default == "",
                choices=options(field.choices.items()),
                suggestions=field.suggestions,
                longest=kind.max_length if isinstance(kind, StrType) else None,
            )
        )
    return found


def _look(kind: Type) -> Look:
    match kind:
        case BoolType():
            return "switch"
        case IntType():
            return "number"
        case LiteralType():
            return "select"
        case StrType(max_length=int(longest)) if longest > LONGEST_LINE:
            return "area"
    return "line"


def _group(key: str) -> Group:
    for group in GROUPS:
        if group.key == key:
            return group
    raise NotFound()


def _checked(form: Form[Any], group: Group) -> Form[Any]:
    errors: dict[str, object] = {}
    for name, field in group.fields.items():
        try:
            if field.check:
                field.check(getattr(form.data, name))
        except ValueError as error:
            errors[name] = error.args[0]
    return form.refused(Invalid(errors)) if errors else form
