"""What tests of topics need again and again."""

from typing import Any

from helpdesk.core.actor import SYSTEM
from helpdesk.tickets.fields import actions as fields
from helpdesk.tickets.fields import lines
from helpdesk.topics import actions
from helpdesk.topics.actions import Wanted


async def topic(department: int, name: str = "Return", **more: Any) -> int:
    """A topic of requests; its id."""
    return await actions.create(SYSTEM, Wanted(name_en=name, name_vi=f"{name} (vi)", department=department, **more))


async def asked(topic: int, name: str, kind: Any = "text", *, only: tuple[int, str] | None = None, **more: Any) -> int:
    """A public field that only the form of the topic asks for; its id."""
    is_asked = more.pop("is_asked", False)
    wanted = fields.Wanted(name_en=name, name_vi=f"{name} (vi)", kind=kind, is_public=True, is_of_topics=True, **more)
    field = await fields.add(SYSTEM, wanted)
    await lines.add(SYSTEM, topic, field)
    condition = {"only": only[0], "value": only[1]} if only else {}
    await lines.change(SYSTEM, topic, field, lines.Wanted(is_asked=is_asked, **condition))  # type: ignore[arg-type]
    return field
