"""A ticket is printed as its customer knows it."""

from helpdesk.tickets import actions
from tests.factories import Desk
from tests.tickets import ask, said


async def test_notes_are_printed_only_when_they_are_asked_for(desk: Desk) -> None:
    minh = await desk.agent("Minh", await desk.department(), lang="en")
    number = await ask(await desk.customer("Lan"), "Printer burns", "Red smoke.")
    await actions.note(minh, number, said("She is nice."))
    await actions.reply(minh, number, said("Turn it off."))
    browser = await desk.browser(minh)

    plain = await browser.text(f"/desk/tickets/{number}/print")
    whole = await browser.text(f"/desk/tickets/{number}/print?notes=true")

    for shown in (plain, whole):
        assert "Printer burns" in shown
        assert shown.index("Red smoke.") < shown.index("Turn it off.")
    assert "She is nice." not in plain
    assert "She is nice." in whole
