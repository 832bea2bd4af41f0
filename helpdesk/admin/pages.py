"""The office's own pages: how the house is doing, the log, the work behind the pages."""

from typing import Any, Final

import msgspec
from litestar import Controller, get, post
from litestar.response import Redirect
from msgspec import Struct

from helpdesk.admin import actions, queries, sentences
from helpdesk.admin.queries import JobEntry, JobState
from helpdesk.i18n.catalogue import Phrase, gettext, phrase
from helpdesk.web.actor import CurrentActor, FromPath, FromQuery
from helpdesk.web.render import Html, go, page

STATES: Final[dict[JobState, Phrase]] = {
    "failed": phrase("Failed"),
    "ready": phrase("Waiting"),
    "running": phrase("Running"),
}


class Line(Struct, frozen=True):
    """One line of the log in words; `url` is empty for things without a page."""

    happening: queries.Happening
    text: str
    url: str


class ShownJob(Struct, frozen=True):
    """One job; `title` is what it does: for a reaction, its own name."""

    job: JobEntry
    title: str


class OfficePages(Controller):
    path = "/"

    @get()
    async def index(self) -> Html:
        return page("admin/index.html", health=await queries.health())

    @get("/audit")
    async def audit(
        self, kind: FromQuery[str] = "", about: FromQuery[str] = "", after: FromQuery[str | None] = None
    ) -> Html:
        """The event log; `kind` is a view of sentences.KINDS, `about` one thing such as ticket:7."""
        things = sentences.KINDS[kind][1] if kind in sentences.KINDS else ()
        log = await queries.log(things, about=about[:60], after=after)
        lines = [Line(line, sentences.sentence(line, line.thing), sentences.place(line)) for line in log.items]
        return page("admin/audit.html", lines=lines, next=log.next, kind=kind, about=about, kinds=sentences.KINDS)

    @get("/jobs")
    async def jobs(self, view: FromQuery[JobState] = "failed", after: FromQuery[str | None] = None) -> Html:
        found = await queries.jobs(view, after=after)
        shown = [ShownJob(job, _title(job)) for job in found.items]
        return page(
            "admin/jobs.html",
            jobs=shown,
            next=found.next,
            view=view,
            states=STATES,
            counts=await queries.job_counts(),
        )

    @post("/jobs/{job_id:int}/retry")
    async def retry(self, actor: CurrentActor, job_id: FromPath[int]) -> Redirect:
        await actions.retry(actor, job_id)
        return go("/admin/jobs", tell=gettext("It is tried again now."))

    @post("/jobs/{job_id:int}/forget")
    async def forget(self, actor: CurrentActor, job_id: FromPath[int]) -> Redirect:
        await actions.forget(actor, job_id)
        return go("/admin/jobs", tell=gettext("Given up. It will not be done."))


def _title(job: JobEntry) -> str:
    payload: dict[str, Any] = msgspec.json.decode(job.payload, type=dict)
    name = str(payload.get("reaction") or job.name)
    return name.removeprefix("helpdesk.").replace(":", " · ")
