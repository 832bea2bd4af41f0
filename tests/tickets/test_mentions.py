"""A note that calls a colleague by name is told to them by mail."""

import pytest

from helpdesk.departments.queries import Colleague
from helpdesk.mail.tables import Outbound
from helpdesk.tickets import actions
from helpdesk.tickets.mentions import named
from tests.factories import Desk
from tests.tickets import ask, said

STAFF = [Colleague(1, "Khoa"), Colleague(2, "Trần Minh Khoa"), Colleague(3, "Hạnh"), Colleague(4, "")]


@pytest.mark.parametrize(
    ("text", "called"),
    [
        ("@Khoa, can you look?", [1]),
        ("@trần minh khoa", [2]),
        ("(@Hạnh) and @Khoa and @Khoa", [3, 1]),
        ("a@khoa.example, @Khoan, @Han", []),
        ("Khoa", []),
    ],
)
def test_whom_a_note_names(text: str, called: list[int]) -> None:
    assert sorted(named(text, STAFF)) == sorted(called)


async def letters() -> list[tuple[str, str]]:
    rows = await Outbound.select(Outbound.recipients, Outbound.content).order_by(Outbound.id)
    return [(row["recipients"], bytes(row["content"]).decode()) for row in rows]


async def test_whoever_is_named_gets_a_letter_with_the_note_and_nobody_else(desk: Desk) -> None:
    care, billing = await desk.department(), await desk.department("Billing", "Kế toán", "billing@lua.example")
    lan, minh = await desk.customer("Lan"), await desk.agent("Minh", care)
    await desk.agent("Hoa", care, lang="en")
    await desk.agent("Huy", billing)
    ticket = await ask(lan, department=care)
    await desk.work()
    before = len(await letters())

    for _ in range(2):
        await actions.note(minh, ticket, said("@Hoa and @Huy and @Minh: is the *blue* one back?"))
    await desk.work()

    new = (await letters())[before:]
    assert [who for who, _ in new] == [who for who, _ in new if "hoa@lua.example" in who]
    assert len(new) == 1
    assert "Minh mentioned you" in new[0][1]
    assert "is the blue one back?" in new[0][1] or "is the *blue* one back?" in new[0][1]
