"""One of everything, so that tests can walk every route of the application with addresses that lead somewhere."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute
from msgspec import Struct

from helpdesk.assignment import actions as assignment
from helpdesk.automation import actions as automation
from helpdesk.automation.queries import Act
from helpdesk.core.actor import SYSTEM, Actor
from helpdesk.core.clock import now
from helpdesk.departments.queries import department as entry
from helpdesk.files import store
from helpdesk.jobs.tables import Job
from helpdesk.mail.tables import DkimKey, Mailbox, Outbound
from helpdesk.people import actions as people
from helpdesk.people import phones
from helpdesk.people.tables import ApiToken, Role
from helpdesk.sla import promise_actions
from helpdesk.sla.tables import Holiday
from helpdesk.tickets import actions as tickets
from helpdesk.tickets import bulk, queries, undo, view_keeping, work
from helpdesk.tickets.blocking import actions as blocking
from helpdesk.tickets.canned import actions as canned
from helpdesk.tickets.canned.actions import Wanted
from helpdesk.tickets.conditions import Conditions
from helpdesk.tickets.fields import actions as fields
from helpdesk.tickets.named import actions as named
from helpdesk.tickets.said import File, typed
from helpdesk.tickets.side import actions as sides
from helpdesk.tickets.side.queries import beside
from helpdesk.tickets.terms import Term
from helpdesk.topics import actions as request_topics
from kb.forum import actions as forum
from kb.forum import moderation
from tests.factories import Desk
from tests.kb_articles import shelf, written
from tests.kb_forum import board, question
from tests.mailroom import arrive
from tests.topics import asked
from tests.topics import topic as request_topic

CANARY = "canary-of-the-note"
"""Stands in every note of the ticket and nowhere else."""
PIXEL = b"\x89PNG\r\n\x1a\n" + bytes(24)
LETTER = b"From: Lan <lan@khach.example>\r\nTo: support@lua.example\r\nSubject: Burnt\r\n\r\nIt burns.\r\n"


class Everything(Struct, frozen=True):
    """Lan's ticket with all that hangs on it, and one of each other thing; `ids` by the names of path parameters."""

    lan: Actor
    mai: Actor
    minh: Actor
    huy: Actor
    vy: Actor
    an: Actor
    department: int
    ticket: int
    article: int
    draft: int
    topic: int
    hidden_topic: int
    note_file: int
    ids: dict[str, Any]

    def path(self, template: str) -> str:
        """A route's address with something real in each of its places."""
        path = template
        for place, names in PLACES.items():
            if template.startswith(place):
                for name in names:
                    path = path.replace(name, str(self.ids[f"{place} {name}"]))
        for name, value in self.ids.items():
            for kind in ("int", "str"):
                path = path.replace(f"{{{name}:{kind}}}", str(value))
        assert "{" not in path, f"tests/house/everything.py has nothing yet for {path}"
        return path


PLACES = {
    "/admin/rules/{rule_id:int}/remove": ["{rule_id:int}"],
    "/admin/agents": ["{person_id:int}"],
    "/admin/jobs/{job_id:int}/retry": ["{job_id:int}"],
    "/admin/roles": ["{key:str}"],
    "/admin/settings": ["{key:str}"],
    "/admin/statuses/{key:str}/remove": ["{key:str}"],
    "/admin/statuses": ["{key:str}"],
    "/admin/priorities/{key:str}/remove": ["{key:str}"],
    "/admin/priorities": ["{key:str}"],
    "/admin/assignment/agents": ["{person_id:int}"],
    "/admin/assignment/topics": ["{topic_id:int}"],
    "/desk/team": ["{person_id:int}"],
    "/api/v1/team": ["{person_id:int}"],
    "/desk/queues": ["{key:str}"],
    "/admin/blocked": ["{blocked_id:int}"],
    "/desk/blocked": ["{number:int}"],
    "/desk/tickets/{ticket_id:int}/block": ["{ticket_id:int}"],
    "/desk/bulk": ["{number:int}"],
    "/desk/undo": ["{number:int}"],
    "/desk/tickets/{ticket_id:int}/delete": ["{ticket_id:int}"],
    "/desk/tickets/{ticket_id:int}/spam": ["{ticket_id:int}"],
    "/desk/replies/{canned_id:int}/remove": ["{canned_id:int}"],
    "/api/v1/tickets/bulk": ["{number:int}"],
    "/api/v1/tickets": ["{number:int}"],
    "/admin/topics": ["{topic_id:int}", "{field_id:int}"],
    "/admin/promises": ["{rule_id:int}"],
    "/help/requests/new": ["{topic:str}"],
    "/help/articles": ["{name:str}"],
    "/help/categories": ["{name:str}"],
    "/community/boards": ["{name:str}"],
    "/community/topics": ["{name:str}", "{act:str}"],
    "/community/posts": ["{act:str}"],
}
"""Path parameters that mean something else in each place."""


async def everything(desk: Desk) -> Everything:
    """
    Lan asked in a department where Minh works. Mai is another customer, Huy works elsewhere, Vy sees
    tickets and may do nothing to them, An looks after the desk.
    """
    department = await desk.department()
    elsewhere = await desk.department("Billing", "Kế toán", "billing@lua.example")
    await Role(key="trainee", name="Trainee", is_staff=True, permissions="[]").save()
    lan, mai = await desk.customer("Lan"), await desk.customer("Mai")
    minh, huy = await desk.agent("Minh", department), await desk.agent("Huy", elsewhere)
    vy, an = await desk.agent("Vy", department, role="trainee"), await desk.admin()
    row = await arrive(desk, LETTER)
    number = int(str(row["about"]).partition(":")[2])
    picture = await store.put(PIXEL)
    secret = await store.put(b"what colleagues pass on")
    await tickets.reply(lan, number, typed("A picture.", channel="web", files=(_file("p.png", picture),)))
    note = await tickets.note(minh, number, typed(CANARY, channel="web", files=(_file(f"{CANARY}.txt", secret),)))
    await tickets.tag(minh, number, CANARY)
    await desk.work()
    messages = await queries.messages(SYSTEM, number)
    first, second = messages[0], messages[1]
    articles, boards = await shelf(), await board()
    article, draft = await written(category=articles), await written("Nobody reads this yet", status="draft")
    topic = await forum.start(lan, question(boards))
    hidden = await forum.start(mai, question(boards, "This was rude of somebody"))
    post = await forum.post(lan, topic, "This is what helped me in the end.")
    await moderation.hide(SYSTEM, hidden)
    token = await people.make_token(an, an.id or 0, "machine")
    assert token
    urgent = Conditions(all=(Term("priority", "is", ("urgent",)),))
    view = await view_keeping.save(an, view_keeping.Wanted(title="Urgent", conditions=urgent, audience="all"))
    doomed = [
        await tickets.open(lan, typed(f"{word}.", channel="web"), subject=word, department=department)
        for word in ("Gone", "Rubbish", "Blocked")
    ]
    ads = await desk.customer("Ads", email="ads@spam.example")
    advert = await tickets.open(ads, typed("Buy.", channel="web"), subject="Buy", department=department)
    blocked = await blocking.block_sender_of(minh, advert)
    binned = await undo.newest(minh, advert)
    many = await bulk.begin(minh, "tag", "sorted", [number])
    ids = await _ids(department, elsewhere)
    return Everything(
        lan=lan,
        mai=mai,
        minh=minh,
        huy=huy,
        vy=vy,
        an=an,
        department=department,
        ticket=number,
        article=article,
        draft=draft,
        topic=topic,
        hidden_topic=hidden,
        note_file=next(file.id for message in messages if message.id == note for file in message.files),
        ids={
            **ids,
            "person_id": lan.id,
            "board_id": boards,
            "canned_id": await canned.add(SYSTEM, Wanted(name="Thanks", body_en="Thank you", department=department)),
            "/desk/replies/{canned_id:int}/remove {canned_id:int}": await canned.add(
                SYSTEM, Wanted(name="Old", body_en="Thank you", department=department)
            ),
            "category_id": articles,
            "department_id": department,
            "inbound": row["id"],
            "article_id": article,
            "file": second.files[0].id,
            "file_id": second.files[0].id,
            "message": first.id,
            "number": 1,
            "path": "nothing",
            "phone_id": await _phone(lan),
            **await _about(minh, number, department),
            **await _side(desk, minh, number),
            "post_id": post,
            "topic_id": topic,
            "ticket_id": number,
            "others": str(number),
            "note": note,
            "task": await work.add_task(minh, number, CANARY),
            "entry": await work.note_time(minh, number, 5, CANARY),
            "rule_id": await automation.add(SYSTEM, _rule("Sorted")),
            "/admin/rules/{rule_id:int}/remove {rule_id:int}": await automation.add(SYSTEM, _rule("Doomed")),
            "/admin/promises {rule_id:int}": await promise_actions.add_rule(
                SYSTEM, (await entry(department)).policy, {"tag": ["canary"]}
            ),
            "step_id": 1,
            "view_id": view,
            "field_id": await fields.add(SYSTEM, fields.Wanted(name_vi="Đơn", name_en="Order", kind="order")),
            "carrier_id": await fields.add_carrier(SYSTEM, fields.WantedCarrier(name="Carrier", called="carrier")),
            "sha256": picture.sha256,
            "token": "not-a-token",
            "/admin/agents {person_id:int}": vy.id,
            "/admin/roles {key:str}": "trainee",
            "/admin/settings {key:str}": "site",
            "/admin/statuses {key:str}": await _status("Chờ kho", "Waiting for stock"),
            "/admin/statuses/{key:str}/remove {key:str}": await _status("Chờ hoàn tiền", "Refund owed"),
            "/admin/priorities {key:str}": await _priority("Gấp", "Pressing"),
            "/admin/priorities/{key:str}/remove {key:str}": await _priority("Cấp cứu", "Emergency"),
            "/admin/assignment/agents {person_id:int}": minh.id,
            "/admin/assignment/topics {topic_id:int}": await request_topics.create(
                SYSTEM, request_topics.Wanted(name_vi="Lò nướng", name_en="Ovens", department=department)
            ),
            "/desk/team {person_id:int}": minh.id,
            "/api/v1/team {person_id:int}": minh.id,
            "skill_id": await assignment.add_skill(SYSTEM, "Hoá đơn", "Invoices"),
            "/desk/queues {key:str}": "active",
            "/api/v1/tickets {number:int}": number,
            "/desk/bulk {number:int}": many,
            "/api/v1/tickets/bulk {number:int}": await bulk.begin(minh, "tag", "machine", [number]),
            "blocked_id": blocked,
            "/admin/blocked {blocked_id:int}": await blocking.block(an, "@spam.example"),
            "/desk/blocked {number:int}": binned,
            "/desk/tickets/{ticket_id:int}/block {ticket_id:int}": doomed[2],
            "/desk/undo {number:int}": await undo.newest(minh, number),
            "/desk/tickets/{ticket_id:int}/delete {ticket_id:int}": doomed[0],
            "/desk/tickets/{ticket_id:int}/spam {ticket_id:int}": doomed[1],
            "/help/articles {name:str}": article,
            "/help/categories {name:str}": articles,
            "/community/boards {name:str}": boards,
            "/community/topics {name:str}": topic,
            "/community/topics {act:str}": "pin",
            "/community/posts {act:str}": "show",
        },
    )


async def _ids(department: int, elsewhere: int) -> dict[str, Any]:
    """Things of the office."""
    calendar, policy = (await entry(department)).calendar, (await entry(elsewhere)).policy
    holiday = Holiday(calendar=calendar, closed_on=date(2026, 9, 2), name="Quốc khánh")
    await holiday.save()
    job, other = [
        Job(name="helpdesk.people.sessions:sweep", payload="{}", state="failed", run_at=now(), created_at=now())
        for _ in range(2)
    ]
    await job.save()
    await other.save()
    box = Mailbox(
        name="Support", host="127.0.0.1", port=1, username="x", password="", folder="INBOX", is_active=False,
        security="tls", address="support@lua.example",
    )  # fmt: skip
    await box.save()
    key = DkimKey(
        domain="lua.example", selector="desk1", algorithm="ed25519", private="", public="", created_at=now()
    )  # fmt: skip
    await key.save()
    sent = await Outbound.select(Outbound.id).first()
    token = await ApiToken.select(ApiToken.id).first()
    assert sent
    assert token
    return {
        "calendar_id": calendar,
        "policy_id": policy,
        "holiday_id": holiday.id,
        "day": "2026-09-03",
        "job_id": job.id,
        "/admin/jobs/{job_id:int}/retry {job_id:int}": other.id,
        "mailbox_id": box.id,
        "kind": "reply",
        "domain": "lua.example",
        "key_id": key.id,
        "outbound": sent["id"],
        "token_id": token["id"],
    }


async def _status(vi: str, en: str) -> str:
    return await named.add_status(SYSTEM, named.WantedStatus(category="hold", name_vi=vi, name_en=en))


async def _priority(vi: str, en: str) -> str:
    return await named.add_priority(SYSTEM, named.WantedPriority(name_vi=vi, name_en=en))


async def _about(minh: Actor, number: int, department: int) -> dict[str, Any]:
    """What the ticket is about, and a field of its form."""
    about = await request_topic(department)
    await tickets.set_topic(minh, number, about)
    return {
        "/admin/topics {topic_id:int}": about,
        "/admin/topics {field_id:int}": await asked(about, "Serial number"),
        "/help/requests/new {topic:str}": f"{await request_topic(department, 'Invoice')}-invoice",
    }


async def _side(desk: Desk, minh: Actor, number: int) -> dict[str, Any]:
    """Minh asked a carrier about the ticket."""
    kept = await store.put(b"Two kilograms.")
    label = File(kept.sha256, "label.txt", "text/plain", kept.size)
    wanted = sides.Wanted(subject="A late parcel", to="carrier@elsewhere.example")
    side = await sides.start(minh, number, wanted, typed("Where is it?", channel="web", files=(label,)))
    await desk.work()
    message = (await beside(number))[0].messages[0]
    return {"side": side, "side_message": message.id, "side_file": message.files[0].id}


def _rule(title: str) -> automation.Wanted:
    return automation.Wanted(title=title, whens=("opened",), acts=(Act("tag", "sorted"),))


async def _phone(lan: Actor) -> int:
    """Lan's second number."""
    for number in ("0987654321", "0912345678"):
        await phones.add(lan, lan.id or 0, number)
    return (await phones.of(lan.id or 0))[1].id


def _file(name: str, kept: store.Stored) -> File:
    return File(kept.sha256, name, "image/png", kept.size)


def routes(desk: Desk) -> Iterator[tuple[str, str, HTTPRouteHandler]]:
    """Method, address and handler of every route, in order; what the framework adds by itself is left out."""
    for route in sorted(desk.application._app.routes, key=lambda route: str(route.path)):
        if isinstance(route, HTTPRoute):
            for handler in route.route_handlers:
                for method in sorted(set(handler.http_methods) - {"OPTIONS", "HEAD"}):
                    yield str(method), route.path, handler
