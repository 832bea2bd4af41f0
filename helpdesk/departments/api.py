from litestar import Controller, get
from msgspec import structs

from helpdesk.core.paging import Page
from helpdesk.departments import queries
from helpdesk.web.actor import CurrentActor


class DepartmentApi(Controller):
    """Departments for machines: the public ones for anyone, all of them for people of the desk."""

    path = "/departments"
    tags = ["Departments"]

    @get(summary="List departments")
    async def departments(self, actor: CurrentActor) -> Page[queries.DepartmentEntry]:
        """They are few, so `next` is always null. Only people of the desk learn who leads one."""
        known = await queries.departments_for(actor)
        return Page(items=[one if actor.is_agent else structs.replace(one, lead=None) for one in known], next=None)
