"""Who signs an answer: the agent, then the department."""

from functools import lru_cache

from markupsafe import Markup

from helpdesk.core.errors import NotFound
from helpdesk.departments import queries
from helpdesk.i18n.reader import Reader
from helpdesk.mail.outgoing import wording
from helpdesk.mail.outgoing.wording import SIGNATURE, BadWording
from helpdesk.people import letters
from helpdesk.settings.site import SiteSettings

BY_NAME = "{{ agent.name }}"
"""The signature of an agent who has none of their own."""


async def signature(
    agent: int | None, agent_name: str, department_id: int, reader: Reader, site: SiteSettings
) -> Markup:
    """What stands below an answer, for `reader`. One that cannot be used is left out, the agent's name never."""
    own = (await letters.choices(agent)).signature(reader.lang) if agent else ""
    try:
        department = await queries.department(department_id)
        name, phone, theirs = queries.name(department, reader.lang), department.phone, department.signature(reader.lang)
    except NotFound:
        name = phone = theirs = ""
    values = (agent_name, name, phone, site.name)
    agents = _filled(own, values) or _filled(BY_NAME, values)
    return agents + _filled(theirs, values)


@lru_cache(maxsize=1000)
def _filled(source: str, values: tuple[str, ...]) -> Markup:
    """A signature with these values, in the order of SIGNATURE. Every page of a ticket shows one."""
    try:
        return Markup(wording.body(source, dict(zip(SIGNATURE, values, strict=True))).html)  # noqa: S704  # made safe there
    except BadWording:  # checked when it was saved, so only an older one can be
        return Markup()
