"""
The roof: puts the rooms together into one ASGI application, and runs the work behind it.

`create` is what a server calls. With `background=False` it only serves pages; another process works.
"""

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Final

from litestar import Litestar, Response, Router, get
from litestar.di import Provide
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.types import ASGIApp, ControllerRouterHandler

from helpdesk.admin.agents import AgentAdmin
from helpdesk.admin.pages import OfficePages
from helpdesk.admin.roles import RoleAdmin
from helpdesk.admin.settings import SettingsAdmin
from helpdesk.assignment import queries as assignment
from helpdesk.assignment.admin import AssignmentAdmin
from helpdesk.assignment.api import TeamApi
from helpdesk.assignment.pages import TeamPages
from helpdesk.automation.admin import RuleAdmin
from helpdesk.core import bell
from helpdesk.core.clock import now
from helpdesk.core.config import config
from helpdesk.core.db import close_database, open_database, run_sql
from helpdesk.departments.admin import DepartmentAdmin
from helpdesk.departments.api import DepartmentApi
from helpdesk.departments.contact import contact
from helpdesk.events import record, tail
from helpdesk.jobs import worker
from helpdesk.jobs.queue import enqueue
from helpdesk.mail import health
from helpdesk.mail.doors.listener import listening
from helpdesk.mail.fetching import watch
from helpdesk.mailroom import attached, pictures
from helpdesk.mailroom.alarms_admin import AlarmAdmin
from helpdesk.mailroom.api import RawApi
from helpdesk.mailroom.domains import DomainAdmin
from helpdesk.mailroom.doors import is_for_us
from helpdesk.mailroom.held import LetterAdmin
from helpdesk.mailroom.mailboxes import MailboxAdmin
from helpdesk.mailroom.original import OriginalLetters
from helpdesk.mailroom.outgoing import OutboxAdmin
from helpdesk.mailroom.unreached import AddressAdmin
from helpdesk.mailroom.wording_admin import WordingAdmin
from helpdesk.people import account, customers, phone_pages, sessions, signin
from helpdesk.people.api import CustomersApi
from helpdesk.promises.admin import PromiseAdmin
from helpdesk.promises.trying import PolicyTrying
from helpdesk.schema import pending
from helpdesk.search import api as search_api
from helpdesk.search import find, sources
from helpdesk.search.document import SearchFailed
from helpdesk.search.pages import SearchPages
from helpdesk.sla.api import DueApi
from helpdesk.sla.calendar_pages import CalendarAdmin
from helpdesk.sla.policy_pages import PolicyAdmin
from helpdesk.surveys.pages import RatingPages
from helpdesk.tickets import views
from helpdesk.tickets.access import may_hear
from helpdesk.tickets.api import AttachmentApi, MessageApi, TicketApi
from helpdesk.tickets.blocking.pages import BlockAdmin, BlockPages
from helpdesk.tickets.bulk_api import BinApi, BulkApi
from helpdesk.tickets.bulk_pages import BinPages, BulkPages
from helpdesk.tickets.call_api import CallApi
from helpdesk.tickets.call_pages import CallPages
from helpdesk.tickets.canned.pages import CannedPages
from helpdesk.tickets.drafts.pages import DraftPages, PresencePages, UploadPages
from helpdesk.tickets.fields.admin import CarrierAdmin, FieldAdmin
from helpdesk.tickets.fields.api import FieldApi
from helpdesk.tickets.fields.line_pages import LinePages
from helpdesk.tickets.fields.pages import FieldPages
from helpdesk.tickets.following_pages import FollowPages
from helpdesk.tickets.handing_over_pages import HandingPages
from helpdesk.tickets.linking_pages import LinkPages
from helpdesk.tickets.merging_pages import MergePages
from helpdesk.tickets.named import queries as named
from helpdesk.tickets.named.admin import PriorityAdmin, StatusAdmin
from helpdesk.tickets.named.api import PriorityApi, StatusApi
from helpdesk.tickets.noting_pages import NotePages
from helpdesk.tickets.pages import CustomerTickets, QueuePages, TicketPages
from helpdesk.tickets.paper import PaperPages
from helpdesk.tickets.portal import RequestPages
from helpdesk.tickets.preview import TicketPreview
from helpdesk.tickets.promise_pages import PromisePages
from helpdesk.tickets.side.api import SidesApi, TicketSidesApi
from helpdesk.tickets.side.pages import SidePages
from helpdesk.tickets.snoozing_pages import SnoozePages
from helpdesk.tickets.suggesting import Suggestions
from helpdesk.tickets.timing.pages import TimePages
from helpdesk.tickets.view_pages import ViewPages
from helpdesk.tickets.work_pages import WorkPages
from helpdesk.topics.admin import TopicAdmin
from helpdesk.topics.api import TopicApi
from helpdesk.web import failures, guards, live, metrics
from helpdesk.web.actor import Page, Request, current_actor
from helpdesk.web.apidocs import api_docs
from helpdesk.web.door import Door
from helpdesk.web.visit import visiting
from helpdesk.wiring import wire
from kb.articles.admin import CategoryAdmin
from kb.articles.api import ArticleApi
from kb.articles.editor import ArticleEditor
from kb.articles.pages import ArticlePages
from kb.forum.admin import BoardAdmin
from kb.forum.pages import Community, Members
from kb.home import home

PUBLIC: Final[list[ControllerRouterHandler]] = [
    signin.SignIn,
    signin.signout,
    account.Account,
    phone_pages.OwnPhones,
    account.theme,
    account.language_choice,
    RequestPages,
    RatingPages,
    ArticlePages,
    Community,
    Members,
    SearchPages,
    attached.attached,
    pictures.picture,
    contact,
    home,
]
DESK: Final[list[ControllerRouterHandler]] = [
    QueuePages,
    ViewPages,
    TicketPreview,
    TicketPages,
    BulkPages,
    BinPages,
    BlockPages,
    CustomerTickets,
    MergePages,
    SidePages,
    SnoozePages,
    FollowPages,
    PromisePages,
    LinkPages,
    HandingPages,
    TeamPages,
    NotePages,
    WorkPages,
    TimePages,
    FieldPages,
    PaperPages,
    CannedPages,
    Suggestions,
    DraftPages,
    UploadPages,
    PresencePages,
    OriginalLetters,
    CallPages,
    customers.Customers,
    phone_pages.CustomerPhones,
    ArticleEditor,
]
ADMIN: Final[list[ControllerRouterHandler]] = [
    OfficePages,
    SettingsAdmin,
    DepartmentAdmin,
    CalendarAdmin,
    PolicyAdmin,
    AlarmAdmin,
    PromiseAdmin,
    PolicyTrying,
    AssignmentAdmin,
    AgentAdmin,
    RoleAdmin,
    CategoryAdmin,
    BoardAdmin,
    MailboxAdmin,
    LetterAdmin,
    OutboxAdmin,
    AddressAdmin,
    BlockAdmin,
    WordingAdmin,
    DomainAdmin,
    TopicAdmin,
    LinePages,
    RuleAdmin,
    FieldAdmin,
    CarrierAdmin,
    StatusAdmin,
    PriorityAdmin,
]
API: Final[list[ControllerRouterHandler]] = [
    DepartmentApi,
    DueApi,
    TicketApi,
    StatusApi,
    PriorityApi,
    BulkApi,
    BinApi,
    FieldApi,
    TopicApi,
    MessageApi,
    RawApi,
    AttachmentApi,
    TicketSidesApi,
    SidesApi,
    CallApi,
    CustomersApi,
    TeamApi,
    ArticleApi,
    search_api.search,
]


def create(*, background: bool = True) -> ASGIApp:
    """The whole desk as an ASGI application."""
    wire()
    routes = Litestar(
        route_handlers=[
            *(healthz, readyz, metrics_page, api_docs, live.route(may_hear)),
            *PUBLIC,
            Router(
                "/desk",
                route_handlers=DESK,
                guards=[guards.agents_only],
                before_request=_with_queues,
                include_in_schema=False,
            ),
            Router(
                "/admin",
                route_handlers=ADMIN,
                guards=[guards.admins_only],
                before_request=_with_queues,
                include_in_schema=False,
            ),
            Router("/api/v1", route_handlers=API),
        ],
        before_request=_with_names,
        dependencies={"actor": Provide(current_actor)},
        guards=[guards.thinkable],
        exception_handlers=failures.HANDLERS,
        lifespan=[_lifespan(background)],
        openapi_config=OpenAPIConfig(
            title="Help desk", version="1", path="/api/v1", render_plugins=[JsonRenderPlugin(path="/openapi.json")]
        ),
        request_class=Request,
        request_max_body_size=config().upload_limit * 6,
        logging_config=None,
    )
    door = Door(routes, sessions.recognise, sessions.COOKIE)
    record.bell.calls(door.kept.clear)
    return door


async def _with_names(_: Page) -> None:
    """What statuses and priorities are called, for whatever the answer shows of them."""
    await named.known()


async def _with_queues(request: Page) -> None:
    """The same, who is away, and the queues in the rail beside every whole page of the desk."""
    await named.known()
    visit = visiting.get()
    visit.away = await assignment.away()
    if "hx-request" not in request.headers:
        visit.rail = await views.rail(visit.actor)
        visit.troubles = await health.stopped()


def _lifespan(background: bool) -> Callable[[Litestar], contextlib.AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_: Litestar) -> AsyncIterator[None]:
        await open_database()
        sys.setswitchinterval(0.001)  # the search thread must not hold up answers (docs/decisions/0005)
        record.bell.calls(views.forget_counts)
        stop = asyncio.Event()
        following = asyncio.create_task(tail.follow(stop))
        try:
            async with bell.listening(), working() if background else contextlib.nullcontext():
                yield
        finally:
            stop.set()
            await following
            await close_database()

    return lifespan


@asynccontextmanager
async def working() -> AsyncIterator[None]:
    """The work behind the pages while the block runs: jobs, letters by SMTP and LMTP, mailboxes heard."""
    await _owe_index()
    stop = asyncio.Event()
    doing = asyncio.create_task(worker.work(stop))
    try:
        async with contextlib.AsyncExitStack() as doors:
            if config().smtp_port:
                await doors.enter_async_context(listening(config().smtp_host, config().smtp_port, is_for_us))
            await doors.enter_async_context(watch.listening())
            yield
    finally:
        stop.set()
        await doing


async def _owe_index() -> None:
    """A new search index where none can be read; until it is there, titles are searched."""
    try:
        await find.engine().ask(lambda view: view.size)
    except SearchFailed:
        await enqueue(sources.mend, {}, key="search-index")


@get("/healthz", include_in_schema=False)
async def healthz() -> Response[Any]:
    """Whether this process can do its work: it answers, and so does the database."""
    await run_sql("SELECT 1")
    return Response("healthy\n", media_type="text/plain")


@get("/readyz", include_in_schema=False)
async def readyz() -> Response[Any]:
    """Whether requests may be sent here: the database has the shape this version needs."""
    missing = await pending()
    text = f"waiting for migrations: {', '.join(missing)}\n" if missing else "ready\n"
    return Response(text, status_code=503 if missing else 200, media_type="text/plain")


@get("/metrics", include_in_schema=False)
async def metrics_page() -> Response[Any]:
    """Counters for Prometheus: numbers only, no names."""
    jobs = await run_sql("SELECT state, COUNT(*) AS n FROM job GROUP BY state")
    letters = await run_sql("SELECT state, COUNT(*) AS n FROM outbound GROUP BY state")
    gauges = {f"jobs_{row['state']}": row["n"] for row in jobs}
    gauges |= {f"letters_out_{row['state']}": row["n"] for row in letters}
    mail = await health.everything()
    gauges["mail_stopped"] = sum(one.has_stopped for one in mail)
    gauges["letters_out_oldest_seconds"] = max(
        (now() - one.oldest_at).total_seconds() if one.oldest_at and one.look != "off" else 0.0 for one in mail
    )
    return Response(metrics.exposition(gauges), media_type="text/plain; version=0.0.4")
