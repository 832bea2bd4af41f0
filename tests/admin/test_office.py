"""The office: how the house is doing, what happened, what is owed."""

from datetime import timedelta
from typing import Any

import pytest

from helpdesk.admin import queries, sentences
from helpdesk.admin.queries import Happening
from helpdesk.core.actor import SYSTEM
from helpdesk.core.clock import now
from helpdesk.events.tables import EventRow
from helpdesk.jobs.tables import Job
from helpdesk.mail.tables import Inbound, Outbound
from helpdesk.settings import store
from helpdesk.settings.site import SiteSettings
from helpdesk.sla import actions as sla
from helpdesk.wiring import WIRING
from tests.factories import Desk, words

NOTHING = "helpdesk.people.sessions:sweep"


async def job(state: str, **more: Any) -> int:
    row = Job(**{"name": NOTHING, "payload": "{}", "state": state, "run_at": now(), "created_at": now(), **more})
    await row.save()
    return int(row.id)


async def test_a_house_in_order_says_so(desk: Desk) -> None:
    browser = await desk.browser(await desk.admin(lang="en"))

    text = await browser.text("/admin")

    assert "Everything is in order." in text
    assert "Needs a look" not in text


async def test_what_needs_a_person_is_counted(desk: Desk) -> None:
    for number in range(2):
        await Inbound(source="pipe", identity=f"{number}", size=1, state="held", received_at=now()).save()
    await Inbound(source="pipe", identity="fine", size=1, state="sorted", received_at=now()).save()
    await Outbound(
        recipients="[]", envelope_from="", message_id="a", content=b"", state="failed", send_at=now(), created_at=now()
    ).save()
    await job("failed")
    await job("ready", run_at=now() - timedelta(minutes=6))
    await job("ready", run_at=now() - timedelta(minutes=4))
    browser = await desk.browser(await desk.admin(lang="en"))

    health, text = await queries.health(), await browser.text("/admin")

    assert (health.held_letters, health.failed_letters, health.failed_jobs, health.late_jobs) == (2, 1, 1, 1)
    assert not health.is_well
    assert 0 < health.disk_free <= health.disk_total
    assert "2 letters are held" in text
    assert "1 job failed for good" in text
    assert "1 letter could not be sent" in text
    assert "1 job has been waiting for more than five minutes" in text


async def test_a_failed_job_shows_its_reason_and_is_tried_again(desk: Desk) -> None:
    number = await job("failed", attempts=20, last_error="Traceback …\nsmtplib.SMTPException: <refused>")
    browser = await desk.browser(await desk.admin(lang="en"))

    page = await browser.get("/admin/jobs")
    answer = await browser.post(f"/admin/jobs/{number}/retry")

    assert "people.sessions · sweep" in words(page)
    assert "smtplib.SMTPException: &lt;refused&gt;" in page.text
    assert "It is tried again now." in words(answer)
    await desk.work()
    assert not await Job.exists().where(Job.id == number)


async def test_a_failed_job_is_given_up_and_that_is_written_down(desk: Desk) -> None:
    failed, waiting = await job("failed"), await job("ready")
    browser = await desk.browser(an := await desk.admin(lang="en"))

    answers = [await browser.post(f"/admin/jobs/{number}/forget") for number in (failed, waiting, failed)]

    assert [answer.status_code for answer in answers] == [200, 409, 404]
    assert [row["id"] for row in await Job.select(Job.id)] == [waiting]
    assert await EventRow.exists().where((EventRow.name == "JobForgotten") & (EventRow.actor == an.id))


async def test_jobs_are_shown_by_state_and_page_by_page(desk: Desk) -> None:
    numbers = [await job("ready", name=f"helpdesk.people.sessions:sweep{number}") for number in range(queries.PAGE + 2)]
    browser = await desk.browser(await desk.admin(lang="en"))

    first = await queries.jobs("ready")
    second = await queries.jobs("ready", after=first.next)

    assert [entry.id for entry in [*first.items, *second.items]] == numbers[::-1]
    assert second.next is None
    assert "Nothing has failed" in await browser.text("/admin/jobs")
    page = await browser.get("/admin/jobs?view=ready")
    assert f"after={first.next}" in page.text
    assert f"sweep{queries.PAGE + 1}" in page.text
    assert (await browser.get("/admin/jobs?view=sideways")).status_code in {400, 404}


async def test_the_log_tells_who_did_what(desk: Desk) -> None:
    an = await desk.admin(lang="en")
    policy = await sla.add_policy(an, name="Care", targets={})
    await sla.remove_policy(an, policy)
    office = await sla.add_policy(an, name="Office", targets={})
    await store.save(SYSTEM, SiteSettings(name="Lúa"))
    browser = await desk.browser(an)

    log = await queries.log()
    text = await browser.text("/admin/audit")

    assert [(line.name, line.who, line.thing) for line in log.items] == [
        ("SettingsChanged", "", ""),
        ("PolicyAdded", "An", "Office"),
        ("PolicyRemoved", "An", ""),
        ("PolicyAdded", "An", ""),
    ]
    assert "Added policy Office" in text
    assert f"Removed policy {policy}" in text
    assert "Changed the settings" in text
    assert f'href="/admin/policies/{office}"' in (await browser.get("/admin/audit")).text


async def test_the_log_is_seen_by_kind_by_thing_and_page_by_page(desk: Desk) -> None:
    rows = [
        EventRow(name="TicketReplied", about=f"ticket:{number % 2 + 1}", data="{}", happened_at=now())
        for number in range(queries.PAGE + 10)
    ]
    await EventRow.insert(*rows, EventRow(name="SignedIn", about="person:1", data="{}", happened_at=now()))
    browser = await desk.browser(await desk.admin(lang="en"))

    first = await queries.log(["ticket"])
    second = await queries.log(["ticket"], after=first.next)
    one = await queries.log(about="ticket:2")

    assert (len(first.items), len(second.items), second.next) == (queries.PAGE, 10, None)
    assert first.items[-1].id > second.items[0].id
    assert {line.about for line in one.items} == {"ticket:2"}
    assert len(one.items) == queries.PAGE // 2 + 5
    assert "Replied to ticket" not in await browser.text("/admin/audit?kind=people")
    assert "Signed in" in await browser.text("/admin/audit?kind=people")
    assert "Nothing happened yet" in await browser.text("/admin/audit?kind=articles")


@pytest.mark.once
def test_every_event_of_the_house_has_a_sentence_and_a_view() -> None:
    viewed = {thing for _, things in sentences.KINDS.values() for thing in things}

    assert {kind.__name__ for kind in WIRING} - sentences.SENTENCES.keys() == set()
    assert {kind.ABOUT for kind in WIRING} - viewed == set()


@pytest.mark.once
def test_an_event_nobody_knows_any_more_is_told_by_its_name() -> None:
    old = Happening(id=1, name="TeaMade", about="pot:3", actor=None, happened_at=now(), who="", thing="")

    assert sentences.sentence(old) == "TeaMade (pot:3)"
    assert sentences.place(old) == ""


async def test_agents_are_kept_out(desk: Desk) -> None:
    number = await job("failed")
    huy = await desk.browser(await desk.agent("Huy"))

    answers = [
        *[await huy.get(path) for path in ("/admin", "/admin/audit", "/admin/jobs", "/admin/settings")],
        await huy.post(f"/admin/jobs/{number}/forget"),
        await huy.post("/admin/settings/site", data={"name": "Huy's", "language": "en", "timezone": "UTC"}),
    ]

    assert {answer.status_code for answer in answers} == {403}
    assert await Job.exists().where(Job.id == number)
    assert (await store.get(SiteSettings)).name != "Huy's"
