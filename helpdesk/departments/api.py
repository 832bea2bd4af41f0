from litestar import Controller, get

from helpdesk.core.paging import Page
from helpdesk.departments import queries
from helpdesk.web.actor import CurrentActor


class DepartmentApi(Controller):
    """Departments for machines: the public ones for anyone, all of them for people of the desk."""

    path = "/departments"
    tags = ["Departments"]

    @get(summary="List departments")
    async def departments(self, actor: CurrentActor) -> Page[queries.DepartmentEntry]:
        """They are few, so they come on one page: `next` is always null."""
        return Page(items=list(await queries.departments_for(actor)), next=None)
