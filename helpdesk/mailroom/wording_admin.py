"""How our letters are worded: each kind in both languages, with a preview, for all departments or for one."""

from collections.abc import Mapping
from typing import Annotated, Any

from litestar import Controller, get, post
from litestar.response import Redirect
from msgspec import Meta, Struct

from helpdesk.core.actor import Actor
from helpdesk.core.errors import Invalid, NotFound
from helpdesk.departments.queries import all_departments, department
from helpdesk.i18n.catalogue import Phrase, gettext, phrase
from helpdesk.i18n.reader import LANGUAGES, Lang
from helpdesk.mail.outgoing.wording import LONGEST, braces
from helpdesk.mailroom import changing, wording
from helpdesk.mailroom.wording import ALL, EXPLAINED, KINDS, Kind, Source
from helpdesk.web.actor import CurrentActor, FromPath, FromQuery, Page
from helpdesk.web.forms import Form, filled, options, read
from helpdesk.web.render import Html, go, page

Subject = Annotated[str, Meta(max_length=500)]
Body = Annotated[str, Meta(max_length=LONGEST)]

READERS: Mapping[str, Phrase] = {
    "customers": phrase("To customers"),
    "team": phrase("To agents"),
    "doors": phrase("To get in"),
}
"""What the kinds of letters are sorted by."""


class WordingForm(Struct):
    """Both languages at once. `only_look` is the other button: show the letters, save nothing."""

    subject_vi: Subject = ""
    body_vi: Body = ""
    subject_en: Subject = ""
    body_en: Body = ""
    department: int = ALL
    ticket: Annotated[str, Meta(pattern=r"^#?\d{1,9}$", extra={"error": phrase("Write the number of a ticket.")})] = ""
    only_look: bool = False

    def wanted(self) -> dict[str, Source]:
        return {"vi": Source(self.subject_vi, self.body_vi), "en": Source(self.subject_en, self.body_en)}


class Original(Struct):
    lang: Lang
    department: int = ALL


class WordingAdmin(Controller):
    path = "/wording"

    @get()
    async def kinds(self) -> Html:
        return page(
            "mailroom/wordings.html",
            groups=[
                (title, [kind for kind in KINDS.values() if kind.readers == key]) for key, title in READERS.items()
            ],
            own=await changing.own(),
            departments={entry.id: entry.name for entry in await all_departments()},
        )

    @get("/{kind:str}")
    async def edit(self, actor: CurrentActor, kind: FromPath[str], department: FromQuery[int] = ALL) -> Html:
        return await _edit(actor, changing.kind_named(kind), department)

    @post("/{kind:str}")
    async def change(self, actor: CurrentActor, kind: FromPath[str], request: Page) -> Html | Redirect:
        which = changing.kind_named(kind)
        form = await read(request, WordingForm)
        chosen = await _department(form)
        if form.data is None:
            return await _edit(actor, which, chosen, form, status=422)
        if form.data.only_look:
            return await _looked(actor, which, chosen, form)
        try:
            await changing.change(actor, kind, chosen, form.data.wanted())
        except Invalid as refusal:
            return await _edit(actor, which, chosen, form.refused(refusal), status=422)
        return go(_place(kind, chosen), tell=gettext("Saved. The next letter says it so."))

    @post("/{kind:str}/original")
    async def restore(self, actor: CurrentActor, kind: FromPath[str], request: Page) -> Redirect:
        form = await read(request, Original)
        chosen = await _department(form)
        if form.data is not None:
            await changing.restore(actor, changing.kind_named(kind).key, form.data.lang, chosen)
        return go(_place(kind, chosen), tell=gettext("The original is back."))


async def _edit(
    actor: Actor,
    kind: Kind,
    chosen: int,
    form: Form[Any] | None = None,
    *,
    status: int = 200,
    looked: Mapping[str, wording.Said] | None = None,
) -> Html:
    """One kind of letter as it is worded, or as it was typed."""
    own = {one.lang: one for one in await changing.own(chosen) if one.kind == kind.key}
    beneath = {lang: await changing.beneath(kind.key, lang, chosen) for lang in LANGUAGES}
    known: dict[str, Any] = {"department": chosen}
    for lang, source in beneath.items():
        known[f"subject_{lang}"] = own[lang].subject if lang in own else source.subject
        known[f"body_{lang}"] = own[lang].body if lang in own else source.body
    return page(
        "mailroom/wording.html",
        status=status,
        kind=kind,
        chosen=chosen,
        form=form or filled(**known),
        own=own,
        beneath=beneath,
        looked=looked,
        names=[(braces([name]), EXPLAINED[name]) for name in kind.known],
        departments=options(
            [(ALL, gettext("All departments")), *((one.id, one.name) for one in await all_departments())]
        ),
    )


async def _looked(actor: Actor, kind: Kind, chosen: int, form: Form[WordingForm]) -> Html:
    """The same page with the letters as they would be."""
    assert form.data is not None
    wanted = form.data.wanted()
    if errors := changing.wrong(kind, wanted):
        return await _edit(actor, kind, chosen, form.refused(Invalid(errors)), status=422)
    number = int(form.data.ticket.lstrip("#")) if form.data.ticket else None
    try:
        looked = await changing.preview(kind, wanted, actor, number)
    except Invalid as refusal:
        return await _edit(actor, kind, chosen, form.refused(refusal), status=422)
    except NotFound:
        absent = Invalid({"ticket": phrase("There is no such ticket.")})
        return await _edit(actor, kind, chosen, form.refused(absent), status=422)
    return await _edit(actor, kind, chosen, form, looked=looked)


async def _department(form: Form[Any]) -> int:
    """For which department it is. Raises NotFound."""
    chosen = str(form.data.department if form.data is not None else form.values.get("department"))
    number = int(chosen) if chosen.isdecimal() and len(chosen) < 10 else ALL
    if number != ALL:
        await department(number)
    return number


def _place(kind: str, chosen: int) -> str:
    return f"/admin/wording/{kind}" + (f"?department={chosen}" if chosen else "")
