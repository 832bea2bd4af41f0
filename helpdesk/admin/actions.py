"""What is changed about the work behind the pages."""

from helpdesk.admin.events import JobForgotten
from helpdesk.core.actor import Actor
from helpdesk.core.db import locked, transaction
from helpdesk.core.errors import Conflict, Forbidden, NotFound
from helpdesk.events.record import record
from helpdesk.i18n.catalogue import phrase
from helpdesk.jobs import queue
from helpdesk.jobs.tables import Job
from helpdesk.people.rules import MANAGE_DESK


async def retry(actor: Actor, job_id: int) -> None:
    """Try a job again at once, with all its tries before it. Raises NotFound when it is done already."""
    async with transaction():
        await _job(actor, job_id)
        await queue.retry_now(job_id)


async def forget(actor: Actor, job_id: int) -> None:
    """Give a failed job up. Raises Conflict for one that is still tried, NotFound for one that is done."""
    async with transaction():
        job = await _job(actor, job_id)
        if job.state != "failed":
            raise Conflict(phrase("Only a job that has failed for good can be given up."))
        await Job.delete().where(Job.id == job_id)
        await record(JobForgotten(actor=actor.id, job=job_id, name=job.name))


async def _job(actor: Actor, job_id: int) -> Job:
    if not actor.may(MANAGE_DESK):
        raise Forbidden()
    job = await locked(Job.objects().where(Job.id == job_id)).first()
    if job is None:
        raise NotFound(phrase("That work is done already."))
    return job
