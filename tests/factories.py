"""
A company to test with. Lan asks, Minh answers, Huy must be kept out.

Everything is made through the doors that the product itself uses, or as plain rows where no door
is being tested.
"""

import re
from functools import cache
from types import TracebackType
from typing import Any

import httpx

from helpdesk import app
from helpdesk.core.actor import Actor
from helpdesk.core.clock import now
from helpdesk.core.kept import forget_everything
from helpdesk.core.text import email_key
from helpdesk.departments import queries as departments
from helpdesk.departments.tables import Department, DepartmentAddress
from helpdesk.jobs import worker
from helpdesk.people import queries as people
from helpdesk.people import sessions
from helpdesk.people.rules import words_of
from helpdesk.people.tables import Member, Person
from helpdesk.settings.tables import Setting
from helpdesk.sla.tables import CalendarRow, PolicyRow
from tests.conftest import Clock

OFFICE_HOURS = (
    '{"mon":[["08:00","12:00"],["13:00","17:30"]],"tue":[["08:00","12:00"],["13:00","17:30"]],'
    '"wed":[["08:00","12:00"],["13:00","17:30"]],"thu":[["08:00","12:00"],["13:00","17:30"]],'
    '"fri":[["08:00","12:00"],["13:00","17:30"]],"sat":[["08:00","12:00"]]}'
)
TARGETS = (
    '{"first_response":{"low":480,"normal":240,"high":120,"urgent":30},'
    '"next_response":{"low":480,"normal":240,"high":120,"urgent":30},'
    '"resolution":{"low":4800,"normal":2400,"high":960,"urgent":480}}'
)


class Browser(httpx.AsyncClient):
    """A browser without JavaScript: it keeps cookies and says where its requests come from."""

    def __init__(self, application: Any, lang: str) -> None:
        super().__init__(
            transport=httpx.ASGITransport(app=application, raise_app_exceptions=False),
            base_url="http://desk.test",
            headers={"accept-language": lang, "sec-fetch-site": "same-origin", "user-agent": "Browser of the tests"},
            follow_redirects=True,
        )

    async def text(self, url: str) -> str:
        """The words of a page, without its markup."""
        return words(await self.get(url))


def words(answer: httpx.Response) -> str:
    """An answer's words without its markup, white space folded."""
    import html

    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", answer.text)))


class Desk:
    """The application with its people."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.application = _application()
        self.application.kept.clear()
        self._browsers: list[Browser] = []

    async def __aenter__(self) -> "Desk":
        await self.undo_seconds(0)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for browser in self._browsers:
            await browser.aclose()

    async def undo_seconds(self, seconds: int) -> None:
        """How long an answer can be taken back; the desk of the tests sends at once unless it says otherwise."""
        value = f'{{"undo_seconds":{seconds}}}'
        await Setting.insert(Setting(name="SendingSettings", value=value, changed_at=now())).on_conflict(
            target=Setting.name, action="DO UPDATE", values=[Setting.value]
        )
        forget_everything()

    async def person(self, name: str, *, role: str = "customer", lang: str = "vi", **more: Any) -> Actor:
        email = more.pop("email", f"{email_name(name)}@{'lua' if role != 'customer' else 'khach'}.example")
        row = Person(name=name, email=email, email_key=email_key(email), role=role, lang=lang, created_at=now(), **more)
        row.words = words_of(name, email, row.phone)
        await row.save()
        return await people.actor_of(row.id)

    async def customer(self, name: str, **more: Any) -> Actor:
        return await self.person(name, **more)

    async def agent(self, name: str, *departments: int, **more: Any) -> Actor:
        actor = await self.person(name, role=more.pop("role", "agent"), **more)
        for department in departments:
            await Member.insert(Member(person=actor.id, department=department))
        sessions.forget_all()
        assert actor.id is not None
        return await people.actor_of(actor.id)

    async def admin(self, name: str = "An", **more: Any) -> Actor:
        return await self.agent(name, role="admin", **more)

    async def department(
        self, name_en: str = "Customer care", name_vi: str = "Chăm sóc khách hàng", *addresses: str, **more: Any
    ) -> int:
        """A department with office hours in Vietnam and a promise of four working hours; its id."""
        calendar = CalendarRow(name="Office", hours=more.pop("hours", OFFICE_HOURS))
        await calendar.save()
        policy = PolicyRow(name="Standard", targets=more.pop("targets", TARGETS))
        await policy.save()
        department = Department(name_en=name_en, name_vi=name_vi, calendar=calendar.id, policy=policy.id, **more)
        await department.save()
        for position, address in enumerate(addresses or ("support@lua.example",)):
            await DepartmentAddress.insert(
                DepartmentAddress(
                    department=department.id, address=address, address_key=email_key(address), position=position
                )
            )
        departments.forget_all()
        return int(department.id)

    async def browser(self, actor: Actor | None = None, *, lang: str = "en") -> Browser:
        """A browser, signed in as `actor` when one is given."""
        browser = Browser(self.application, lang)
        if actor is not None:
            assert actor.id is not None
            cookie = await sessions.begin(actor.id, browser="tests", address="127.0.0.1")
            browser.cookies.set(sessions.COOKIE, cookie.value or "")
        self._browsers.append(browser)
        return browser

    async def work(self) -> int:
        """Do all the jobs that are owed now."""
        return await worker.work_until_idle()


@cache
def _application() -> Any:
    """Put together once: its routes do not change from test to test."""
    return app.create(background=False)


def email_name(name: str) -> str:
    from helpdesk.core.text import slug

    return slug(name)
