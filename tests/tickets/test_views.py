"""Queues that agents put together: what they find, who has them, where they stand."""

from datetime import UTC, datetime

import pytest

from helpdesk.core.actor import Actor
from helpdesk.core.errors import Forbidden, Invalid, NotFound
from helpdesk.people.tables import Organisation, Person
from helpdesk.tickets import actions, queries, view_keeping, views
from helpdesk.tickets.conditions import FIELDS, MOST_TERMS, Conditions, problem
from helpdesk.tickets.terms import Looker, Term
from helpdesk.tickets.view_keeping import Wanted
from tests.factories import Browser, Desk
from tests.tickets import ask, said

OPEN = Term("status", "is", ("new", "open"))


async def found(actor: Actor, conditions: Conditions, order: str = "due") -> list[int]:
    return [row.id for row in (await queries.listed(actor, views.matching(conditions, actor), order)).items]


def all_of(*terms: Term) -> Conditions:
    return Conditions(all=terms)


class Shop:
    """Two tickets that differ in everything a view may ask for: `lamp` is Lan's, `kettle` Mai's."""

    def __init__(self, minh: Actor, lamp: int, kettle: int) -> None:
        self.minh, self.lamp, self.kettle = minh, lamp, kettle


async def shop(desk: Desk) -> Shop:
    support = await desk.department()
    billing = await desk.department("Billing", "Kế toán", "billing@lua.example")
    minh = await desk.agent("Minh", support, billing, lang="en")
    lan, mai = await desk.customer("Lan"), await desk.customer("Mai", lang="en")
    owner = Organisation(name="Lúa Mới", name_key="lua moi", created_at=desk.clock())
    await owner.save()
    await Person.update({Person.organisation: owner.id}).where(Person.id == lan.id)
    lamp = await actions.open(
        lan, said("The lamp flickers at night."), subject="The lamp", department=support, lang="vi"
    )
    desk.clock.go(days=5)
    kettle = await actions.open(
        mai, said("The kettle boils over."), subject="The kettle", department=billing, lang="en", priority="high"
    )
    await actions.assign(minh, lamp, minh.id)
    await actions.tag(minh, lamp, "night")
    await actions.reply(minh, lamp, said("We send somebody."))
    return Shop(minh, lamp, kettle)


CASES = [
    (Term("status", "is", ("pending",)), "lamp"),
    (Term("status", "not", ("pending", "closed")), "kettle"),
    (Term("priority", "is", ("high", "urgent")), "kettle"),
    (Term("department", "is", ("1",)), "lamp"),
    (Term("department", "not", ("1",)), "kettle"),
    (Term("department", "is", ("mine",)), "lamp kettle"),
    (Term("department", "not", ("mine",)), ""),
    (Term("topic", "is", ("nobody",)), "lamp kettle"),
    (Term("topic", "not", ("nobody",)), ""),
    (Term("assignee", "is", ("me",)), "lamp"),
    (Term("assignee", "is", ("nobody",)), "kettle"),
    (Term("assignee", "is", ("me", "nobody")), "lamp kettle"),
    (Term("assignee", "not", ("me",)), "kettle"),
    (Term("assignee", "not", ("nobody",)), "lamp"),
    (Term("assignee", "not", ("me", "nobody")), ""),
    (Term("requester", "has", ("lan",)), "lamp"),
    (Term("requester", "is", ("MAI@khach.example, x@y.example",)), "kettle"),
    (Term("organisation", "has", ("LUA",)), "lamp"),
    (Term("tag", "is", ("day, #Night",)), "lamp"),
    (Term("tag", "not", ("night",)), "kettle"),
    (Term("due", "paused"), "lamp"),
    (Term("due", "overdue"), ""),
    (Term("due", "within", ("500",)), "kettle"),
    (Term("due", "before", ("2030-01-01",)), "kettle"),
    (Term("due", "after", ("2000-01-01",)), "kettle"),
    (Term("opened", "last", ("3",)), "kettle"),
    (Term("opened", "older", ("3",)), "lamp"),
    (Term("opened", "after", ("2000-01-01",)), "lamp kettle"),
    (Term("opened", "before", ("2000-01-01",)), ""),
    (Term("updated", "last", ("1",)), "lamp kettle"),
    (Term("solved", "before", ("2999-01-01",)), ""),
    (Term("closed", "before", ("2999-01-01",)), ""),
    (Term("channel", "is", ("web",)), "lamp kettle"),
    (Term("channel", "not", ("web",)), ""),
    (Term("lang", "is", ("en",)), "kettle"),
    (Term("words", "has", ("flick",)), "lamp"),
]


async def test_each_field_finds_the_tickets_it_names(desk: Desk) -> None:
    things = await shop(desk)
    numbers = {"lamp": things.lamp, "kettle": things.kettle}
    for term, names in CASES:
        assert problem(term) is None, term
        assert sorted(await found(things.minh, all_of(_with_ids(term, things)))) == sorted(
            numbers[name] for name in names.split()
        ), term
    assert {term.field for term, _ in CASES} == set(FIELDS)


async def test_a_view_finds_what_was_solved_or_closed_lately(desk: Desk) -> None:
    things = await shop(desk)
    await actions.set_status(things.minh, things.lamp, "solved")
    desk.clock.go(days=5)
    await actions.set_status(things.minh, things.kettle, "closed")
    for term, numbers in (
        (Term("solved", "last", ("3",)), [things.kettle]),
        (Term("solved", "older", ("3",)), [things.lamp]),
        (Term("solved", "after", ("2000-01-01",)), [things.lamp, things.kettle]),
        (Term("closed", "last", ("3",)), [things.kettle]),
        (Term("closed", "older", ("3",)), []),
    ):
        assert sorted(await found(things.minh, all_of(term))) == numbers, term


async def _html(browser: Browser, url: str) -> str:
    return (await browser.get(url)).text


def _with_ids(term: Term, things: Shop) -> Term:
    """Departments have other numbers in each test: 1 stands for the first that Minh works in."""
    first = str(min(things.minh.departments))
    return Term(term.field, term.op, tuple(first if value == "1" else value for value in term.values))


async def test_all_of_one_group_and_one_of_the_other_must_hold(desk: Desk) -> None:
    things = await shop(desk)
    both = (Term("priority", "is", ("high",)), Term("tag", "is", ("night",)))
    assert sorted(await found(things.minh, Conditions(any=both))) == sorted([things.lamp, things.kettle])
    assert await found(things.minh, Conditions(all=both)) == []
    assert await found(things.minh, Conditions(all=(OPEN,), any=both)) == [things.kettle]


async def test_a_view_shows_nobody_what_they_may_not_see(desk: Desk) -> None:
    things = await shop(desk)
    huy = await desk.agent("Huy", await desk.department("Sales", "Bán hàng", "sales@lua.example"))
    everything = all_of(Term("channel", "is", ("web",)))
    assert len(await found(things.minh, everything)) == 2
    assert await found(huy, everything) == []


@pytest.mark.once
@pytest.mark.parametrize(
    "term",
    [
        Term("password", "is", ("x",)),
        Term("status", "like", ("new",)),
        Term("status", "is", ()),
        Term("status", "is", ("gone",)),
        Term("status", "is", ("1",)),
        Term("assignee", "is", ("1; drop table ticket",)),
        Term("assignee", "is", ("9" * 30,)),
        Term("opened", "last", ("-1",)),
        Term("opened", "last", ("³",)),
        Term("opened", "before", ("tomorrow",)),
        Term("opened", "before", ("0001-01-01",)),
        Term("organisation", "has", ("%",)),
        Term("words", "has", ("x" * 201,)),
        Term("tag", "is", tuple(str(n) for n in range(60))),
    ],
)
def test_what_is_not_understood_is_refused_and_holds_for_no_ticket(term: Term) -> None:
    from helpdesk.tickets.conditions import NOTHING, compiled

    assert problem(term) is not None
    assert compiled(all_of(term), Looker(Actor(id=1), datetime(2026, 11, 22, tzinfo=UTC))) is NOTHING


@pytest.mark.once
def test_a_day_begins_where_the_agent_is() -> None:
    looker = Looker(Actor(id=1, tz="Asia/Ho_Chi_Minh"), datetime(2026, 11, 22, tzinfo=UTC))
    assert looker.midnight("2026-11-22") == datetime(2026, 11, 21, 17, tzinfo=UTC)
    assert looker.midnight("2026-11-22", after=True) == datetime(2026, 11, 22, 17, tzinfo=UTC)


async def test_every_order_pages_through_each_ticket_once(desk: Desk) -> None:
    minh = await desk.agent("Minh", await desk.department())
    lan = await desk.customer("Lan")
    tickets = []
    for number in range(7):
        tickets.append(await ask(lan))
        desk.clock.go(minutes=number % 2)
    for order in queries.ORDERS:
        seen: list[int] = []
        after = None
        while True:
            shown = await queries.listed(minh, None, order, after=after, size=3)
            seen += [row.id for row in shown.items]
            after = shown.next
            if after is None:
                break
        assert sorted(seen) == tickets, order
    assert seen == tickets


async def test_a_private_queue_is_seen_by_its_owner_alone_and_a_shared_one_by_its_department(desk: Desk) -> None:
    support = await desk.department()
    minh, hoa = await desk.agent("Minh", support), await desk.agent("Hoa", support)
    huy = await desk.agent("Huy", await desk.department("Billing", "Kế toán", "billing@lua.example"))
    private = await view_keeping.save(minh, Wanted(title="Private", conditions=all_of(OPEN)))
    shared = await view_keeping.save(
        minh, Wanted(title="Shared", conditions=all_of(OPEN), audience=f"department:{support}")
    )
    assert (await views.find(minh, str(private))).title == "Private"
    assert (await views.find(hoa, str(shared))).title == "Shared"
    for actor, number in ((hoa, private), (huy, private), (huy, shared)):
        with pytest.raises(NotFound):
            await views.find(actor, str(number))
    for act in (
        view_keeping.remove(hoa, shared),
        view_keeping.save(hoa, Wanted(title="x", conditions=all_of()), shared),
    ):
        with pytest.raises(Forbidden):
            await act


async def test_only_administrators_share_with_the_whole_desk_or_where_they_do_not_work(desk: Desk) -> None:
    minh = await desk.agent("Minh", await desk.department())
    billing = await desk.department("Billing", "Kế toán", "billing@lua.example")
    for audience in ("all", f"department:{billing}", "department:x", "department:999999", "everybody"):
        with pytest.raises(Invalid) as refusal:
            await view_keeping.save(minh, Wanted(title="x", conditions=all_of(OPEN), audience=audience))
        assert set(refusal.value.errors) == {"audience"}
    an = await desk.admin()
    number = await view_keeping.save(an, Wanted(title="For all", conditions=all_of(OPEN), audience="all"))
    assert (await views.find(minh, str(number))).title == "For all"


async def test_a_queue_that_is_not_finished_says_what_is_missing(desk: Desk) -> None:
    minh = await desk.agent("Minh", await desk.department())
    wrong = Conditions(all=(OPEN, Term("status", "is")), any=(Term("opened", "last", ("soon",)),))
    with pytest.raises(Invalid) as refusal:
        await view_keeping.save(minh, Wanted(title=" ", conditions=wrong, order="sideways"))
    assert set(refusal.value.errors) == {"title", "order", "all-1", "any-0"}
    for terms in ((), (OPEN,) * (MOST_TERMS + 1)):
        with pytest.raises(Invalid) as refusal:
            await view_keeping.save(minh, Wanted(title="x", conditions=Conditions(all=terms)))
        assert set(refusal.value.errors) == {"conditions"}


async def test_each_agent_has_queues_in_an_order_of_their_own(desk: Desk) -> None:
    support = await desk.department()
    minh, hoa = await desk.agent("Minh", support), await desk.agent("Hoa", support)
    usual = [link.key for link in await views.rail(hoa)]
    await view_keeping.arrange(minh, "unassigned", "up")
    await view_keeping.arrange(minh, "done", "hide")
    number = await view_keeping.save(
        hoa, Wanted(title="Ours", conditions=all_of(OPEN), audience=f"department:{support}")
    )
    assert usual[:3] == ["mine", "soon", "unassigned"]
    shown = [link.key for link in await views.rail(minh)]
    assert shown[:3] == ["mine", "unassigned", "soon"]
    assert "done" not in shown
    assert shown[-1] == str(number)
    assert [link.key for link in await views.rail(hoa)] == [*usual, str(number)]
    await view_keeping.arrange(minh, "done", "show")
    assert "done" in [link.key for link in await views.rail(minh)]
    with pytest.raises(NotFound):
        await view_keeping.arrange(minh, "nowhere", "up")


async def test_a_queue_is_put_together_counted_used_and_removed_in_the_browser(desk: Desk) -> None:
    things = await shop(desk)
    browser = await desk.browser(things.minh)
    rows = {
        "title": "Hot kettles",
        "row": ["all-0"],
        "field-all-0": "status",
        "was-all-0": "status",
        "op-all-0": "is",
        "value-all-0": ["new", "open"],
        "columns": ["number", "opened", "department"],
        "order": "newest",
        "audience": "",
    }
    assert "1 ticket now" in (await browser.post("/desk/views/count", data=rows)).text
    more = await browser.post("/desk/views/new", data={**rows, "act": "add-any"})
    assert 'name="field-any-0"' in more.text
    assert 'value="Hot kettles"' in more.text
    less = await browser.post("/desk/views/new", data={**rows, "act": "remove-all-0"})
    assert "field-all-0" not in less.text
    other = await browser.post("/desk/views/draft", data={**rows, "field-all-0": "opened", "act": "save"})
    assert 'inputmode="numeric"' in other.text
    refused = await browser.post("/desk/views/new", data={**rows, "value-all-0": [], "act": "save"})
    assert refused.status_code == 422
    assert "This cannot be left empty." in refused.text

    kept = await browser.post("/desk/views/new", data={**rows, "act": "save"})
    number = kept.url.path.rpartition("/")[2]
    assert kept.url.path == f"/desk/queues/{number}"
    assert f"/desk/tickets/{things.kettle}" in kept.text
    assert f"/desk/tickets/{things.lamp}" not in kept.text
    assert 'class="cell-dep"' in kept.text
    assert 'class="cell-sla"' not in kept.text
    assert "Hot kettles" in kept.text.split('id="rail-queues"')[1].split("</nav>")[0]

    assert 'value="open" checked' in await _html(browser, f"/desk/views/{number}")
    await browser.post(f"/desk/views/{number}", data={**rows, "title": "Warm kettles", "act": "save"})
    assert "Warm kettles" in await _html(browser, "/desk/views")
    narrowed = await _html(browser, f"/desk/queues/{number}?q=kettle&status=closed")
    assert f"/desk/tickets/{things.kettle}" not in narrowed
    await browser.post(f"/desk/views/{number}/remove")
    assert (await browser.get(f"/desk/queues/{number}")).status_code == 404


async def test_a_filter_can_be_kept_as_a_queue(desk: Desk) -> None:
    minh = await desk.agent("Minh", await desk.department(), lang="en")
    browser = await desk.browser(minh)
    assert "/desk/views/new?q=kettle&amp;status=open" in await _html(browser, "/desk/queues/all?q=kettle&status=open")
    shown = await _html(browser, "/desk/views/new?q=kettle&status=open")
    assert 'value="open" checked' in shown
    assert 'value="kettle"' in shown


async def test_a_ticket_is_read_beside_its_queue(desk: Desk) -> None:
    things = await shop(desk)
    await actions.note(things.minh, things.lamp, said("Ask the electrician."))
    browser = await desk.browser(things.minh)
    shown = await _html(browser, f"/desk/tickets/{things.lamp}/preview")
    assert "flickers at night" in shown
    assert "Ask the electrician." in shown
    assert "<html" not in shown
    huy = await desk.agent("Huy", await desk.department("Sales", "Bán hàng", "sales@lua.example"))
    assert (await (await desk.browser(huy)).get(f"/desk/tickets/{things.lamp}/preview")).status_code == 404


async def test_a_page_counts_no_queue_that_was_counted_seconds_ago(desk: Desk) -> None:
    from tests.counting import counted

    minh = await desk.agent("Minh", await desk.department(), lang="en")
    browser = await desk.browser(minh)
    await browser.get("/desk/queues/unassigned")
    with counted() as before:
        await browser.get("/desk/queues/unassigned?again=1")
    for number in range(5):
        await view_keeping.save(minh, Wanted(title=f"View {number}", conditions=all_of(OPEN)))
    await browser.get("/desk/queues/unassigned?again=2")
    with counted() as after:
        await browser.get("/desk/queues/unassigned?again=3")
    assert len(after) == len(before) > 0


async def test_the_queues_in_the_rail_come_anew_while_a_page_is_open(desk: Desk) -> None:
    browser = await desk.browser(await desk.agent("Minh", await desk.department()))
    rail = await browser.get("/desk/views/rail?at=mine", headers={"HX-Request": "true"})
    assert rail.status_code == 200
    assert 'href="/desk/queues/mine" aria-current="page"' in rail.text
