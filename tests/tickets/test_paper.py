"""A ticket is printed as its customer knows it, and its private link is given to those who work on it."""

import html
import re

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


async def test_the_private_link_opens_the_ticket_without_signing_in(desk: Desk) -> None:
    department = await desk.department()
    minh, lan = await desk.agent("Minh", department, lang="en"), await desk.customer("Lan")
    number = await ask(lan, "Printer burns", "Red smoke.")
    page = await (await desk.browser(minh)).get(f"/desk/tickets/{number}/link")
    found = re.search(r'id="private-link" value="https?://[^/]+([^"]+)"', page.text)
    assert found
    assert page.headers["cache-control"] == "no-store"

    opened = await (await desk.browser()).get(html.unescape(found[1]))

    assert "Red smoke." in opened.text
    assert (await (await desk.browser(lan)).get(f"/desk/tickets/{number}/link")).status_code == 403
