"""
Signing in and out. A link by letter is the usual way; a password is for those who want one.

Nothing here tells whether an address is known. Links are pages with a button, since mail scanners
open every link they see.
"""

from typing import Annotated, Final

from litestar import Controller, get, post
from litestar.params import QueryParameter
from litestar.response import Redirect
from msgspec import Meta, Struct

from helpdesk.core.errors import Conflict, Invalid
from helpdesk.core.text import email_key
from helpdesk.i18n.catalogue import gettext
from helpdesk.people import entering, links, queries, rules, sessions, signing_up
from helpdesk.people.entering import Entry
from helpdesk.web.actor import CurrentActor, FromPath, FromQuery, Page
from helpdesk.web.forms import Email, Form, filled, read
from helpdesk.web.limits import forgive, limit
from helpdesk.web.render import Html, go, page
from helpdesk.web.visit import visiting

QUARTER: Final = 15 * 60
HOUR: Final = 60 * 60
"""Seconds."""

Onward = Annotated[str, QueryParameter(name="next")]
Password = Annotated[str, Meta(min_length=1, max_length=1000)]


class Ask(Struct):
    email: Email
    next: str = ""


class Enter(Struct):
    email: Email
    password: Password
    next: str = ""


class SignUp(Struct):
    email: Email
    password: Password
    name: Annotated[str, Meta(max_length=200)] = ""


class Forgotten(Struct):
    email: Email


class Choose(Struct):
    password: Password


class SignIn(Controller):
    path = "/signin"
    include_in_schema = False

    @get()
    async def signin(self, actor: CurrentActor, onward: Onward = "", email: FromQuery[str] = "") -> Html | Redirect:
        if actor.is_signed_in:
            return go(rules.local_path(onward) or _home(is_agent=actor.is_agent))
        return _page(filled(email=email, next=onward))

    @post(status_code=200)
    async def ask(self, request: Page) -> Html | Redirect:
        form = await read(request, Ask)
        if form.data is None:
            return _page(form, status=422)
        _limit_letters(form.data.email)
        await entering.ask_for_link(form.data.email, lang=visiting.get().lang, onward=form.data.next)
        return go(
            "/signin/sent", tell=gettext("A letter with a link is on its way to %(email)s.", email=form.data.email)
        )

    @get("/sent")
    async def sent(self) -> Html:
        return page("people/sent.html", minutes=int(links.SIGN_IN_LASTS.total_seconds() // 60))

    @post("/password", status_code=200)
    async def password(self, request: Page) -> Html | Redirect:
        form = await read(request, Enter)
        if form.data is None:
            return _page(form, by_password=True, status=422)
        who = f"{email_key(form.data.email)} {visiting.get().address}"
        limit("password", who, most=10, seconds=QUARTER)
        limit("passwords from", visiting.get().address, most=50, seconds=QUARTER)
        limit("passwords for", email_key(form.data.email), most=100, seconds=HOUR)
        try:
            entry = await entering.by_password(form.data.email, form.data.password)
        except Invalid as refusal:
            return _page(form.refused(refusal), by_password=True, status=422)
        forgive("password", who)
        return await _let_in(request, Entry(entry.person, rules.local_path(form.data.next)))

    @get("/forgotten")
    async def forgotten(self, email: FromQuery[str] = "") -> Html:
        return page("people/forgotten.html", form=filled(email=email))

    @post("/forgotten", status_code=200)
    async def ask_again(self, request: Page) -> Html | Redirect:
        form = await read(request, Forgotten)
        if form.data is None:
            return page("people/forgotten.html", form=form, status=422)
        _limit_letters(form.data.email)
        await entering.ask_for_password(form.data.email)
        told = gettext("If there is an account for %(email)s, a letter is on its way.", email=form.data.email)
        return go("/signin/sent", tell=told)

    @get("/new")
    async def signup(self, actor: CurrentActor, email: FromQuery[str] = "") -> Html | Redirect:
        if actor.is_signed_in:
            return go(_home(is_agent=actor.is_agent))
        return _signup(filled(email=email))

    @post("/new", status_code=200)
    async def ask_for_account(self, request: Page) -> Html | Redirect:
        form = await read(request, SignUp)
        if form.data is None:
            return _signup(form, status=422)
        _limit_letters(form.data.email)
        wanted = form.data
        try:
            await signing_up.ask_for_account(wanted.name, wanted.email, wanted.password, lang=visiting.get().lang)
        except Invalid as refusal:
            return _signup(form.refused(refusal), status=422)
        return go("/signin/new/sent", tell=gettext("A letter is on its way to %(email)s.", email=wanted.email))

    @get("/new/sent")
    async def signed_up(self) -> Html:
        return page("people/confirm_sent.html", hours=int(links.SIGN_UP_LASTS.total_seconds() // 3600))

    @get("/confirm/{token:str}")
    async def confirm(self, token: FromPath[str]) -> Html:
        email = await links.holder("signup", token)
        return _confirm(None, email) if email else _over()

    @post("/confirm/{token:str}", status_code=200)
    async def confirmed(self, token: FromPath[str], request: Page) -> Html | Redirect:
        form = await read(request, Choose)
        email = await links.holder("signup", token)
        if email is None:
            return _over()
        if form.data is None:
            return _confirm(form, email)
        limit("confirming from", visiting.get().address, most=30, seconds=QUARTER)
        try:
            entry = await signing_up.confirm(token, form.data.password)
        except Invalid as refusal:
            return _confirm(form.refused(refusal), email)
        except Conflict:
            return _over()
        return await _let_in(request, entry)

    @get("/link/{token:str}")
    async def link(self, token: FromPath[str]) -> Html:
        email = await links.holder("signin", token)
        return page("people/link.html", email=email) if email else _over()

    @post("/link/{token:str}", status_code=200)
    async def follow(self, token: FromPath[str], request: Page) -> Html | Redirect:
        try:
            return await _let_in(request, await entering.by_link(token))
        except Conflict:
            return _over()

    @get("/choose/{token:str}")
    async def choose(self, token: FromPath[str]) -> Html:
        email = await links.holder("password", token)
        return _choose(None, email) if email else _over()

    @post("/choose/{token:str}", status_code=200)
    async def chosen(self, token: FromPath[str], request: Page) -> Html | Redirect:
        form = await read(request, Choose)
        email = await links.holder("password", token)
        if email is None:
            return _over()
        if form.data is None:
            return _choose(form, email)
        limit("choosing from", visiting.get().address, most=30, seconds=QUARTER)
        try:
            entry = await entering.choose_password(token, form.data.password)
        except Invalid as refusal:
            return _choose(form.refused(refusal), email)
        except Conflict:
            return _over()
        return await _let_in(request, entry)


@post("/signout", include_in_schema=False, status_code=200)
async def signout(request: Page) -> Redirect:
    answer = go("/help", tell=gettext("You are signed out."))
    answer.cookies.append(await sessions.end(request.cookies.get(sessions.COOKIE, "")))
    return answer


async def stay(request: Page, person_id: int, answer: Redirect) -> Redirect:
    """`answer` for a browser that is signed in anew, under another cookie than any it came with."""
    await sessions.end(request.cookies.get(sessions.COOKIE, ""))
    answer.cookies.append(
        await sessions.begin(person_id, browser=request.headers.get("user-agent", ""), address=visiting.get().address)
    )
    return answer


async def _let_in(request: Page, entry: Entry) -> Redirect:
    actor = await queries.actor_of(entry.person)
    return await stay(request, entry.person, go(entry.next or _home(is_agent=actor.is_agent)))


def _home(*, is_agent: bool) -> str:
    return "/desk" if is_agent else "/help/requests"


def _page(form: Form[Enter] | Form[Ask], *, by_password: bool = False, status: int = 200) -> Html:
    """The sign-in page; `by_password` says which of its two forms `form` is."""
    return page(
        "people/signin.html",
        status=status,
        form=form,
        by_password=by_password,
        next=rules.local_path(str(form.values.get("next", ""))),
    )


def _signup(form: Form[SignUp], *, status: int = 200) -> Html:
    return page("people/signup.html", form=form, least=rules.LEAST_PASSWORD, status=status)


def _confirm(form: Form[Choose] | None, email: str) -> Html:
    """The page that asks for the password that was chosen at signing up; `form` is one that came back."""
    return page("people/confirm.html", form=form, email=email, status=422 if form else 200)


def _choose(form: Form[Choose] | None, email: str) -> Html:
    """The page for a new password; `form` is one that came back."""
    return page("people/choose.html", form=form, email=email, least=rules.LEAST_PASSWORD, status=422 if form else 200)


def _over() -> Html:
    """For a link that was used, or whose time is over."""
    return page("people/over.html", status=410)


def _limit_letters(email: str) -> None:
    """Letters cost the one who gets them most."""
    limit("letters to", email_key(email), most=5, seconds=QUARTER)
    limit("letters from", visiting.get().address, most=20, seconds=HOUR)
