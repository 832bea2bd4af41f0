"""The community: what everybody reads, and what those who are signed in may say."""

from functools import partial
from typing import Any, Literal, TypeVar
from urllib.parse import quote, urlencode

from litestar import Controller, Response, get, post
from litestar.response import Redirect
from msgspec import Struct
from msgspec.structs import asdict

from helpdesk.core.actor import Actor
from helpdesk.core.clock import now
from helpdesk.core.config import config
from helpdesk.core.errors import Forbidden, Invalid, NotFound, TooMany
from helpdesk.i18n.catalogue import gettext
from helpdesk.i18n.reader import Lang, reading
from helpdesk.web.actor import CurrentActor, FromPath, FromQuery, Page
from helpdesk.web.addresses import moved, number_in
from helpdesk.web.forms import Form, OptionalLine, filled, options, read
from helpdesk.web.guards import signed_in
from helpdesk.web.language import localised
from helpdesk.web.limits import limit
from helpdesk.web.render import Html, go, keep_for_all, page, page_for_all, part, render
from helpdesk.web.visit import visiting
from kb.articles import actions as articles
from kb.articles.queries import shelf_names
from kb.forum import access, actions, moderation, promote, queries, rules
from kb.forum.actions import Question, Title, Words
from kb.forum.queries import PostRead, Thread, TopicRead
from kb.forum.rules import Sort, State
from kb.forum.similar import similar

S = TypeVar("S", bound=Struct)


class NewTopic(Struct):
    """`website` nobody sees; whoever fills it in is a machine."""

    title: Title
    body: Words
    board: int
    website: OptionalLine = ""


class Answer(Struct):
    body: Words
    website: OptionalLine = ""


class NewWords(Struct):
    """What a post says from now on; a question has a title too."""

    body: Words


class NewQuestion(NewWords, kw_only=True):
    title: Title


class Vote(Struct):
    do: Literal["vote", "unvote"]


class Place(Struct):
    """Another board."""

    board: int


class NewArticle(Struct):
    title: articles.Title
    body: articles.Text
    lang: Lang
    category: int | None = None


TOPIC_ACTS = {
    "hide": moderation.hide,
    "show": moderation.show,
    "lock": moderation.lock,
    "unlock": moderation.unlock,
    "pin": moderation.pin,
    "unpin": moderation.unpin,
}
POST_ACTS = {
    "accept": actions.accept,
    "take-back": actions.take_back,
    "hide": moderation.hide_post,
    "show": moderation.show_post,
}


class Community(Controller):
    """Pages to read."""

    path = "/community"
    include_in_schema = False

    @get()
    async def home(
        self,
        actor: CurrentActor,
        show: FromQuery[State] = "all",
        sort: FromQuery[Sort] = "active",
        after: FromQuery[str] = "",
    ) -> Html:
        lang = reading.get().lang
        return await page_for_all(
            "kb/forum/home.html",
            boards=await queries.boards(actor, lang),
            topics=await queries.topics(actor, lang, state=show, sort=sort, after=after),
            unanswered=await queries.unanswered(actor),
            **_view("/community", show, sort, after),
        )

    @get("/boards/{name:str}")
    async def board(
        self,
        actor: CurrentActor,
        name: FromPath[str],
        show: FromQuery[State] = "all",
        sort: FromQuery[Sort] = "active",
        after: FromQuery[str] = "",
    ) -> Html | Redirect:
        lang = reading.get().lang
        board = await queries.board(number_in(name), lang)
        if elsewhere := moved(name, board.path):
            return elsewhere
        return await page_for_all(
            "kb/forum/board.html",
            board=board,
            topics=await queries.topics(actor, lang, board=board.id, state=show, sort=sort, after=after),
            unanswered=await queries.unanswered(actor, board.id),
            may_start=not board.staff_only or actor.is_agent,
            **_view(board.path, show, sort, after),
        )

    @get("/topics/{name:str}")
    async def topic(self, actor: CurrentActor, name: FromPath[str], after: FromQuery[str] = "") -> Html | Redirect:
        thread = await queries.thread(actor, number_in(name), reading.get().lang, after)
        if elsewhere := moved(name, thread.topic.path, after=after):
            return elsewhere
        answer = await _topic(actor, thread)
        await keep_for_all(None if actor.is_agent else partial(actions.readings.saw, thread.topic.id))
        return answer

    @get("/posts/{post_id:int}")
    async def place(self, actor: CurrentActor, post_id: FromPath[int]) -> Redirect:
        """To where a post stands."""
        return go(await queries.place(actor, post_id))

    @get("/feed.xml")
    async def feed(self) -> Response[str]:
        """The newest questions as an Atom feed (RFC 4287)."""
        entries = await queries.newest()
        text = render("kb/forum/feed.xml", entries=entries, base=config().base_url.rstrip("/"))
        return Response(text, media_type="application/atom+xml; charset=utf-8")


class Members(Controller):
    """What needs a name: asking, answering, saying what helped."""

    path = "/community"
    guards = [signed_in]
    include_in_schema = False

    @get("/topics/new")
    async def new(self, actor: CurrentActor, board: FromQuery[int | None] = None, title: FromQuery[str] = "") -> Html:
        return await _new(actor, filled(board=board, title=title))

    @post("/topics/new")
    async def start(self, actor: CurrentActor, request: Page) -> Html | Redirect:
        form = await read(request, NewTopic)
        if form.data is None:
            return await _new(actor, form, 422)
        if form.data.website:
            return go("/community")
        try:
            _slowly(actor, "topic", most=5, seconds=3600)
            topic = await actions.start(
                actor, Question(title=form.data.title, body=form.data.body, board=form.data.board)
            )
        except (Invalid, TooMany) as refusal:
            return await _new(actor, _kept(form, refusal), refusal.status)
        return go(await _path(actor, topic), tell=gettext("Your question is there for everybody to read."))

    @post("/topics/{topic_id:int}/posts")
    async def answer(self, actor: CurrentActor, topic_id: FromPath[int], request: Page) -> Html | Redirect:
        form = await read(request, Answer)
        if form.data is None:
            return await _again(actor, topic_id, form, 422)
        if form.data.website:
            return go(await _path(actor, topic_id))
        try:
            _slowly(actor, "post", most=20, seconds=600)
            number = await actions.post(actor, topic_id, form.data.body)
        except (Invalid, TooMany) as refusal:
            return await _again(actor, topic_id, _kept(form, refusal), refusal.status)
        return go(await queries.place(actor, number), tell=gettext("Your reply is there."))

    @get("/posts/{post_id:int}/edit")
    async def edit(self, actor: CurrentActor, post_id: FromPath[int]) -> Html:
        return await _edit(actor, await queries.post(actor, post_id))

    @post("/posts/{post_id:int}/edit")
    async def change(self, actor: CurrentActor, post_id: FromPath[int], request: Page) -> Html | Redirect:
        old = await queries.post(actor, post_id)
        form: Form[NewQuestion] | Form[NewWords]
        form = await read(request, NewQuestion if old.is_question else NewWords)
        if form.data is None:
            return await _edit(actor, old, form)
        title = form.data.title if isinstance(form.data, NewQuestion) else ""
        try:
            await actions.edit(actor, post_id, form.data.body, title=title)
        except Invalid as refusal:
            return await _edit(actor, old, form.refused(refusal))
        return go(await queries.place(actor, post_id), tell=gettext("Saved."))

    @post("/posts/{post_id:int}/vote")
    async def vote(self, actor: CurrentActor, post_id: FromPath[int], request: Page) -> Html | Redirect:
        limit("vote", str(actor.id), most=60, seconds=600)
        said = (await read(request, Vote)).data
        if said is not None:
            await (actions.vote if said.do == "vote" else actions.unvote)(actor, post_id)
        if request.headers.get("hx-request"):
            post = await queries.post(actor, post_id)
            return part("kb/forum/_vote.html", post=post, may_vote=access.may_vote(actor, author=post.author))
        return go(await queries.place(actor, post_id))

    @post("/posts/{post_id:int}/{act:str}")
    async def act_on_post(self, actor: CurrentActor, post_id: FromPath[int], act: FromPath[str]) -> Redirect:
        """Accept, take back, hide, show."""
        if act not in POST_ACTS:
            raise NotFound()
        await POST_ACTS[act](actor, post_id)
        return go(await queries.place(actor, post_id))

    @post("/topics/{topic_id:int}/move")
    async def move(self, actor: CurrentActor, topic_id: FromPath[int], request: Page) -> Redirect:
        form = await read(request, Place)
        if form.data is not None:
            await moderation.move(actor, topic_id, form.data.board)
        return go(await _path(actor, topic_id), tell=gettext("Saved."))

    @post("/topics/{topic_id:int}/{act:str}")
    async def act_on_topic(self, actor: CurrentActor, topic_id: FromPath[int], act: FromPath[str]) -> Redirect:
        """Hide, show, lock, unlock, pin, unpin."""
        if act not in TOPIC_ACTS:
            raise NotFound()
        await TOPIC_ACTS[act](actor, topic_id)
        return go(await _path(actor, topic_id))

    @get("/topics/{topic_id:int}/promote")
    async def promotion(self, actor: CurrentActor, topic_id: FromPath[int]) -> Html:
        topic = await queries.topic(actor, topic_id, reading.get().lang)
        return await _promotion(actor, topic, filled(**asdict(await promote.draft(actor, topic))))

    @post("/topics/{topic_id:int}/promote")
    async def promote(self, actor: CurrentActor, topic_id: FromPath[int], request: Page) -> Html | Redirect:
        topic = await queries.topic(actor, topic_id, reading.get().lang)
        form = await read(request, NewArticle)
        if form.data is None:
            return await _promotion(actor, topic, form, 422)
        try:
            article = await promote.promote(actor, topic_id, articles.Draft(**asdict(form.data)))
        except Invalid as refusal:
            return await _promotion(actor, topic, form.refused(refusal), 422)
        return go(f"/desk/articles/{article}", tell=gettext("The article is a draft. Publish it when it reads well."))

    @get([f"/topics/{{topic_id:int}}/{act}" for act in ("{act:str}", "posts", "move")])
    async def back_to_topic(self, actor: CurrentActor, topic_id: FromPath[int]) -> Redirect:
        """Whoever had to sign in on the way to an act comes back to the topic; nothing is done by looking."""
        return go(await _path(actor, topic_id))

    @get([f"/posts/{{post_id:int}}/{act}" for act in ("{act:str}", "vote")])
    async def back_to_post(self, actor: CurrentActor, post_id: FromPath[int]) -> Redirect:
        return go(await queries.place(actor, post_id))


def _view(path: str, show: str, sort: str, after: str) -> dict[str, Any]:
    """How a list of topics is looked at, and where its other looks are."""

    def address(**other: str) -> str:
        chosen = {"show": show, "sort": sort, **other}
        query = {name: value for name, value in chosen.items() if value not in {"", "all", "active"}}
        return localised(path) + (f"?{urlencode(query)}" if query else "")

    return {
        "states": rules.STATE_NAMES,
        "sorts": rules.SORT_NAMES,
        "state": show,
        "sort": sort,
        "is_first": not after,
        "address": address,
    }


async def _topic(actor: Actor, thread: Thread, form: Form[Answer] | None = None, status: int = 200) -> Html:
    topic = thread.topic
    may_accept = access.may_accept(actor, asker=topic.author)

    def may_edit(post: PostRead) -> bool:
        return access.may_edit(
            actor, author=post.author, created_at=post.created_at, is_locked=topic.is_locked, moment=now()
        )

    return page(
        "kb/forum/topic.html",
        status=status,
        thread=thread,
        topic=topic,
        form=form,
        similar=await similar(topic, reading.get().lang),
        article=await promote.article_of(actor, topic),
        may_post=access.may_post(actor, is_locked=topic.is_locked),
        may_moderate=access.may_moderate(actor),
        may_promote=access.may_promote(actor),
        may_accept=may_accept,
        may_edit=may_edit,
        signin="/signin?next=" + quote(topic.path),
    )


async def _again(actor: Actor, topic_id: int, form: Form[Answer], status: int) -> Html:
    """The topic with a reply that cannot be posted as it is."""
    return await _topic(actor, await queries.thread(actor, topic_id, reading.get().lang), form, status)


async def _new(actor: Actor, form: Form[NewTopic], status: int = 200) -> Html:
    boards = await queries.board_choices(reading.get().lang, for_staff=actor.is_agent)
    choices = options((board.id, board.name) for board in boards)
    return page("kb/forum/new.html", status=status, form=form, boards=choices)


async def _edit(actor: Actor, post: PostRead, form: Form[NewQuestion] | Form[NewWords] | None = None) -> Html:
    """The form for other words, to whoever may still write them."""
    lang = reading.get().lang
    topic = await queries.topic(actor, post.topic, lang)
    if not access.may_edit(
        actor, author=post.author, created_at=post.created_at, is_locked=topic.is_locked, moment=now()
    ):
        raise Forbidden()
    boards = await queries.board_choices(lang, for_staff=True) if access.may_moderate(actor) else []
    return page(
        "kb/forum/edit.html",
        status=422 if form else 200,
        form=form or filled(title=topic.title, body=post.body),
        post=post,
        topic=topic,
        boards=options((board.id, board.name) for board in boards),
    )


async def _promotion(actor: Actor, topic: TopicRead, form: Form[NewArticle], status: int = 200) -> Html:
    if not access.may_promote(actor):
        raise Forbidden()
    shelves = options(await shelf_names(reading.get().lang))
    return page("kb/forum/promote.html", status=status, form=form, topic=topic, categories=shelves)


def _slowly(actor: Actor, what: str, *, most: int, seconds: int) -> None:
    """Nobody floods the forum; who works here answers as fast as they can. Raises TooMany."""
    if not actor.is_agent:
        limit(f"forum {what}", str(actor.id), most=most, seconds=seconds)
        limit(f"forum {what}", visiting.get().address, most=most * 4, seconds=seconds)


def _kept(form: Form[S], refusal: Invalid | TooMany) -> Form[S]:
    """The same form with what was wrong, nothing lost of what was typed."""
    return form.refused(refusal if isinstance(refusal, Invalid) else Invalid({"body": refusal.reason}))


async def _path(actor: Actor, topic_id: int) -> str:
    return (await queries.topic(actor, topic_id, reading.get().lang)).path
