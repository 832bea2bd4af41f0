"""What people see and change of themselves; and everyone's choice of language and theme."""

from typing import Annotated, Final, Literal
from urllib.parse import urlsplit

from litestar import Controller, get, post
from litestar.datastructures import Cookie
from litestar.response import Redirect
from msgspec import Meta, Struct, structs

from helpdesk.core.actor import Actor
from helpdesk.core.config import config
from helpdesk.core.errors import Invalid
from helpdesk.core.keys import token_hash
from helpdesk.i18n.catalogue import gettext
from helpdesk.i18n.reader import Lang
from helpdesk.mail.outgoing.wording import SIGNATURE, braces
from helpdesk.people import actions, letters, phones, queries, rules, sessions
from helpdesk.people.signin import stay
from helpdesk.web import guards, language
from helpdesk.web.actor import CurrentActor, FromPath, Page
from helpdesk.web.forms import Form, OptionalLine, filled, read
from helpdesk.web.limits import limit
from helpdesk.web.render import Html, go, page

YEAR: Final = 365 * 24 * 60 * 60
"""Seconds."""

Theme = Literal["light", "dark", "system"]


class Details(Struct):
    lang: Lang
    theme: Theme
    name: OptionalLine = ""
    phone: Annotated[str, Meta(max_length=40)] = ""


class NewPassword(Struct):
    password: Annotated[str, Meta(min_length=1, max_length=1000)]
    current: Annotated[str, Meta(max_length=1000)] = ""


class NewToken(Struct):
    token_name: Annotated[str, Meta(min_length=1, max_length=100)]


class ThemeChoice(Struct):
    theme: Theme


class LanguageChoice(Struct):
    lang: Lang


class Account(Controller):
    path = "/account"
    guards = [guards.signed_in]
    include_in_schema = False

    @get()
    async def account(self, actor: CurrentActor, request: Page) -> Html:
        return await _page(actor, request)

    @post(status_code=200)
    async def change(self, actor: CurrentActor, request: Page) -> Html | Redirect:
        form = await read(request, Details)
        if form.data is None:
            return await _page(actor, request, form=form)
        new = form.data
        await actions.change_person(
            actor, actor.id or 0, name=new.name, phone=new.phone, lang=new.lang, theme=new.theme
        )
        return go(f"/{new.lang}/account", tell=gettext("Your details are saved."))

    @post("/letters", status_code=200)
    async def letters(self, actor: CurrentActor, request: Page) -> Html | Redirect:
        """An agent's signature, and what they are told by mail."""
        form = await read(request, letters.Choices)
        if form.data is None:
            return await _page(actor, request, letters_form=form)
        try:
            await letters.choose(actor, form.data)
        except Invalid as refusal:
            return await _page(actor, request, letters_form=form.refused(refusal))
        return go("/account", tell=gettext("Your choices are saved."))

    @post("/password", status_code=200)
    async def password(self, actor: CurrentActor, request: Page) -> Html | Redirect:
        form = await read(request, NewPassword)
        if form.data is None:
            return await _page(actor, request, password_form=form)
        limit("change of password", str(actor.id), most=10, seconds=900)
        try:
            await actions.change_password(actor, form.data.current, form.data.password)
        except Invalid as refusal:
            return await _page(actor, request, password_form=form.refused(refusal))
        told = gettext("Your password is changed. Every other browser is signed out.")
        return await stay(request, actor.id or 0, go("/account", tell=told))

    @post("/sessions/end", status_code=200)
    async def end_sessions(self, actor: CurrentActor, request: Page) -> Redirect:
        await sessions.end_all(actor.id or 0, but=request.cookies.get(sessions.COOKIE, ""))
        return go("/account", tell=gettext("Every other browser is signed out."))

    @post("/tokens", status_code=200)
    async def make_token(self, actor: CurrentActor, request: Page) -> Html:
        form = await read(request, NewToken)
        if form.data is None:
            return await _page(actor, request, token_form=form)
        token = await actions.make_token(actor, actor.id or 0, form.data.token_name)
        answer = await _page(actor, request, token=token)
        answer.headers["Cache-Control"] = "no-store"
        return answer

    @post("/tokens/{token_id:int}/revoke", status_code=200)
    async def revoke_token(self, actor: CurrentActor, token_id: FromPath[int]) -> Redirect:
        await actions.revoke_token(actor, token_id)
        return go("/account", tell=gettext("The key no longer works."))


@post("/preferences/theme", include_in_schema=False, status_code=200)
async def theme(actor: CurrentActor, request: Page) -> Redirect:
    form = await read(request, ThemeChoice)
    answer = go(_back(request))
    if form.data is not None:
        answer.cookies.append(_choice("theme", form.data.theme))
        if actor.is_signed_in:
            await actions.change_person(actor, actor.id or 0, theme=form.data.theme)
    return answer


@post("/preferences/language", include_in_schema=False, status_code=200)
async def language_choice(actor: CurrentActor, request: Page) -> Redirect:
    form = await read(request, LanguageChoice)
    if form.data is None:
        return go(_back(request))
    answer = go(language.localised(_back(request), form.data.lang))
    answer.cookies.append(_choice("lang", form.data.lang))
    if actor.is_signed_in:
        await actions.change_person(actor, actor.id or 0, lang=form.data.lang)
    return answer


async def _page(
    actor: Actor,
    request: Page,
    *,
    form: Form[Details] | None = None,
    letters_form: Form[letters.Choices] | None = None,
    password_form: Form[NewPassword] | None = None,
    token_form: Form[NewToken] | None = None,
    token: str = "",
) -> Html:
    """The account page; a form that came back stands in for what is kept. `token` is a new key, shown this once."""
    person = actor.id or 0
    profile = await queries.profile(actor, person)
    refused = form or letters_form or password_form or token_form
    return page(
        "people/account.html",
        status=422 if refused else 200,
        refused=refused,
        profile=profile,
        phones=await phones.of(person),
        form=form or filled(name=profile.name, phone=profile.phone, lang=profile.lang, theme=profile.theme),
        letters_form=letters_form or filled(**structs.asdict(await letters.choices(person))),
        signature_names=braces(SIGNATURE),
        small_team=letters.SMALL_TEAM,
        password_form=password_form,
        least=rules.LEAST_PASSWORD,
        sessions=await queries.open_sessions(person, token_hash(request.cookies.get(sessions.COOKIE, ""))),
        tokens=await queries.tokens(person) if actor.is_agent else [],
        token_form=token_form,
        token=token,
    )


def _back(request: Page) -> str:
    """The page the form stood on, without its language: never one of another site."""
    came = urlsplit(request.headers.get("referer", ""))
    if came.netloc != request.headers.get("host", ""):
        return "/help"
    _, path = language.split(came.path or "/help")
    return rules.local_path(path + (f"?{came.query}" if came.query else "")) or "/help"


def _choice(key: str, value: str) -> Cookie:
    """A choice that this browser keeps for a year; scripts may read and change it (static/js/common.js)."""
    return Cookie(key=key, value=value, path="/", max_age=YEAR, samesite="lax", secure=config().is_secure)
