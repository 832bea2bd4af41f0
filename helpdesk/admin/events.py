from typing import ClassVar

from helpdesk.events.record import Event


class JobForgotten(Event, frozen=True, kw_only=True):
    """An administrator gave up a job that had failed for good; what it owed will not be done."""

    ABOUT: ClassVar[str] = "job"
    INTERNAL: ClassVar[bool] = True

    job: int
    name: str
