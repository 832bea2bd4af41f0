"""One question, two ways: what a condition says of the database, and of a ticket that has been read."""

import random
from datetime import timedelta

from helpdesk.core.actor import SYSTEM, Actor
from helpdesk.core.clock import now
from helpdesk.people.tables import Organisation, Person
from helpdesk.tickets import actions, conditions, facts
from helpdesk.tickets.access import visible_to
from helpdesk.tickets.conditions import FIELDS, ME, MINE, NOBODY, Conditions
from helpdesk.tickets.fields import actions as fields
from helpdesk.tickets.fields import asking
from helpdesk.tickets.fields import queries as entries
from helpdesk.tickets.fields.rules import Kind
from helpdesk.tickets.tables import Ticket
from helpdesk.tickets.terms import Looker, Term
from tests.factories import Desk
from tests.tickets import ask, said

WORDS = ("hoàn tiền", "Hoan", "tien", "đơn hàng", "DH-1042", "a_b", "printer", "vip, hot", "Lan", "khach.example", "%")
"""Of what is asked and said, with and without marks, with signs that mean something to databases."""


async def desk_of_many(desk: Desk, dice: random.Random) -> tuple[Actor, list[int]]:
    """Two departments, three customers, two agents, fields of every kind, and tickets that differ in everything."""
    places = [await desk.department(), await desk.department("Billing", "Kế toán", "billing@lua.example")]
    minh, huy = await desk.agent("Minh", *places), await desk.agent("Huy", places[1])
    shop = Organisation(name="Cửa hàng A_B", name_key="cua hang a_b", created_at=now())
    await shop.save()
    lan, mai, ab = await desk.customer("Lan"), await desk.customer("Mai đơn"), await desk.customer("a_b")
    await Person.update({Person.organisation: shop.id}).where(Person.id == mai.id)
    kinds: tuple[Kind, ...] = ("text", "long", "order", "number", "date", "yesno", "tracking", "choice", "choices")
    own = {
        kind: await fields.add(
            SYSTEM,
            fields.Wanted(
                name_vi=kind, name_en=kind, kind=kind, choices="Đỏ | Red\nXanh | Blue" if "choice" in kind else ""
            ),
        )
        for kind in kinds
    }
    values = {
        "number": ["7", "-3.5"], "date": ["2026-11-24", "2020-01-01"], "yesno": ["yes", "no"],
        "choice": ["1", "2"], "choices": ["1", "2"], "tracking": ["ups:1Z999AA10123456784"],
    }  # fmt: skip
    numbers = []
    for place in range(10):
        words = " ".join(dice.sample(WORDS, 3))
        number = await ask(
            dice.choice((lan, mai, ab)), dice.choice(WORDS), f"{words} {place}", department=dice.choice(places)
        )
        desk.clock.go(hours=dice.choice((1, 30)))
        for tag in dice.sample(["vip", "hot", "don hang"], dice.randrange(3)):
            await actions.tag(SYSTEM, number, tag)
        await actions.set_priority(SYSTEM, number, dice.choice(("low", "normal", "urgent")))
        await actions.assign(SYSTEM, number, dice.choice((None, minh.id)))
        if dice.random() < 0.4:
            await actions.reply(
                huy if dice.random() < 0.3 else minh, number, said(dice.choice(WORDS))
            ) if place % 2 else None
        if dice.random() < 0.3:
            await actions.set_status(SYSTEM, number, dice.choice(("pending", "solved", "closed", "open")))
        for kind in dice.sample(kinds, 4):
            await actions.set_fields(SYSTEM, number, {own[kind]: [dice.choice(values.get(kind, list(WORDS)))]})
        numbers.append(number)
    return minh, numbers


def values_for(control: str, key: str, dice: random.Random, choices: tuple[str, ...]) -> tuple[str, ...]:
    match control:
        case "choice":
            offered = [*choices, *(("1", "2", "3") if conditions.field(key).has_ids else ())]  # type: ignore[union-attr]
            return tuple(dice.sample(offered, dice.randint(1, min(2, len(offered)))))
        case "text":
            return tuple(dice.sample(WORDS, dice.randint(1, 2)))
        case "days" | "hours":
            return (str(dice.choice((0, 1, 2, 40, 3000))),)
        case "date":
            return (dice.choice(("2026-11-24", "2020-01-01", now().date().isoformat())),)
        case "number":
            return (dice.choice(("7", "-3,5", "0")),)
    return ()


async def test_a_ticket_that_was_read_answers_every_condition_as_the_database_does(desk: Desk) -> None:
    dice = random.Random(5)
    minh, _ = await desk_of_many(desk, dice)
    own = [asking.key_of(one) for one in (await entries.everything()).values()]
    asked = answered = 0
    for actor in (minh, SYSTEM):
        looker = Looker(actor, now() + timedelta(minutes=1))
        known = await facts.read(visible_to(SYSTEM), facts.wanted_by([*FIELDS, *own]))
        assert len(known) == 10
        for key in [*FIELDS, *own]:
            field = conditions.field(key)
            assert field is not None
            for op in field.ops:
                for _ in range(3):
                    term = Term(key, op, values_for(field.ops[op].control, key, dice, field.choices))
                    other = Term("status", "is", ("new", "open"))
                    for wanted in (
                        Conditions(all=(term,)),
                        Conditions(any=(term, other)),
                        Conditions((other,), (term,)),
                    ):
                        rows = await Ticket.select(Ticket.id).where(conditions.compiled(wanted, looker))
                        found = {number for number, one in known.items() if conditions.hold(wanted, looker, one)}
                        assert found == {row["id"] for row in rows}, (term, wanted)
                        asked, answered = asked + 1, answered + bool(found)
    assert answered > asked / 4
    assert {ME, MINE, NOBODY} & {*FIELDS["assignee"].choices, *FIELDS["department"].choices}


async def test_what_asks_for_nothing_holds_for_no_ticket(desk: Desk) -> None:
    await desk.department()
    number = await ask(await desk.customer("Lan"))
    known = await facts.read(Ticket.id == number, facts.wanted_by([]))
    looker = Looker(SYSTEM, now())
    assert not conditions.hold(Conditions(), looker, known[number])
    assert not conditions.hold(Conditions(all=(Term("gone", "is", ("1",)),)), looker, known[number])
    assert not conditions.hold(Conditions(all=(Term("status", "is", ()),)), looker, known[number])
