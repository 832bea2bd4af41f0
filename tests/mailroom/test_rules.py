"""The table of what becomes of a letter, line by line (cases T… of tests/cases/mail/threading.jsonl)."""

import pytest

from helpdesk.mail.machines import guard
from helpdesk.mailroom import rules
from helpdesk.mailroom.rules import Facts, decide

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("facts", "act"),
    [
        (Facts(kind=guard.PERSON), "open"),
        (Facts(kind=guard.LIST), "open"),
        (Facts(kind=guard.AUTO_GENERATED), "open"),
        (Facts(kind=guard.LOOP), "open"),
        (Facts(kind=guard.LOOP, is_own=True, is_claimed=True, standing="requester"), "hold"),
        (Facts(kind=guard.PERSON, is_claimed=True, standing="requester"), "reply"),  # T01, T04, T05
        (Facts(kind=guard.PERSON, is_claimed=True, standing="participant"), "reply"),  # T27
        (Facts(kind=guard.PERSON, is_claimed=True, standing="stranger"), "open"),  # T24
        (Facts(kind=guard.PERSON, is_claimed=True, standing="agent"), "note"),
        (Facts(kind=guard.PERSON, is_claimed=True, is_staff_claim=True, standing="agent"), "reply"),
        (Facts(kind=guard.PERSON, is_claimed=True, is_staff_claim=True, standing="stranger"), "open"),
        (Facts(kind=guard.AUTO_REPLY, is_claimed=True, standing="requester"), "reply"),  # T19, T20, T21
        (Facts(kind=guard.AUTO_REPLY, is_claimed=True, standing="stranger"), "note"),
        (Facts(kind=guard.AUTO_REPLY, is_claimed=True, is_staff_claim=True, standing="agent"), "note"),
        (Facts(kind=guard.AUTO_REPLY), "hold"),
        (Facts(kind=guard.BOUNCE, is_claimed=True), "note"),  # T22
        (Facts(kind=guard.BOUNCE), "set_aside"),
        (Facts(kind=guard.FEEDBACK_REPORT, is_claimed=True), "note"),
        (Facts(kind=guard.MDN, is_claimed=True), "set_aside"),
        (Facts(kind=guard.DELIVERY_NOTICE, is_claimed=True), "set_aside"),
        (Facts(kind=guard.SPAM, is_claimed=True, standing="requester"), "hold"),
        (Facts(kind=guard.PERSON, is_from_us=True), "hold"),
    ],
)
def test_each_letter_has_its_place(facts: Facts, act: str) -> None:
    decision = decide(facts)

    assert decision.act == act
    assert bool(decision.why) == (act in {"hold", "set_aside"}), "whoever asks must find a reason"


def test_those_named_beside_us_are_taken_along_unless_they_are_a_crowd() -> None:
    few = ["lan@khach.example", "support@lua.example", "huy@khach.example", "huy@khach.example", "nobody"]

    assert rules.copies(few, {"support@lua.example", "lan@khach.example"}) == ["huy@khach.example"]
    assert rules.copies([f"{n}@khach.example" for n in range(11)], set()) == []
