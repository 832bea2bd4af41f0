"""The boards, and who keeps them."""

import pytest

from helpdesk.core.errors import Conflict, Forbidden, Invalid, NotFound
from kb.forum import keeping, queries, rules
from kb.forum.keeping import BoardWords
from tests.factories import Desk
from tests.kb_forum import asked, board, now_of
from tests.web.lint import problems

NEWS = BoardWords(name_vi="Thông báo", name_en="News", icon="megaphone", staff_only=True)


async def _names() -> list[str]:
    return [row["name_en"] for row in await queries.kept_boards()]


async def test_only_administrators_keep_boards(desk: Desk) -> None:
    minh, place = await desk.agent("Minh"), await board()

    for attempt in (
        keeping.add_board(minh, NEWS),
        keeping.change_board(minh, place, NEWS),
        keeping.move_board(minh, place, up=True),
        keeping.remove_board(minh, place),
    ):
        with pytest.raises(Forbidden):
            await attempt
    assert (await (await desk.browser(minh)).get("/admin/boards")).status_code == 403
    assert await _names() == ["Questions"]


async def test_boards_stand_in_the_order_they_were_put_in(desk: Desk) -> None:
    an = await desk.admin()
    await board("Một", "One")
    two = await board("Hai", "Two")
    three = await board("Ba", "Three")

    await keeping.move_board(an, three, up=True)
    assert await _names() == ["One", "Three", "Two"]
    await keeping.move_board(an, three, up=True)
    await keeping.move_board(an, three, up=True)
    await keeping.move_board(an, two, up=False)

    assert await _names() == ["Three", "One", "Two"]


async def test_a_board_with_topics_stays(desk: Desk) -> None:
    an, topic = await desk.admin(), await asked(await desk.customer("Lan"))
    place, empty = (await now_of(topic)).board, await board("Trống", "Empty")

    with pytest.raises(Conflict):
        await keeping.remove_board(an, place)
    await keeping.remove_board(an, empty)

    assert await _names() == ["Questions"]
    for attempt in (keeping.remove_board(an, empty), keeping.change_board(an, empty, NEWS)):
        with pytest.raises(NotFound):
            await attempt


async def test_a_picture_that_we_do_not_have_is_refused(desk: Desk) -> None:
    with pytest.raises(Invalid):
        await keeping.add_board(await desk.admin(), BoardWords(name_vi="X", name_en="X", icon="x'onload=1"))


@pytest.mark.once
def test_every_picture_is_in_the_sprite() -> None:
    from helpdesk.web.assets import STATIC

    sprite = (STATIC / "icons.svg").read_text(encoding="utf-8")
    assert [name for name in rules.ICONS if f'<symbol id="{name}"' not in sprite] == []


async def test_an_administrator_keeps_boards_in_the_browser(desk: Desk) -> None:
    browser = await desk.browser(await desk.admin(lang="en"))

    for url in ("/admin/boards", "/admin/boards/new"):
        assert problems((await browser.get(url)).text) == []
    wrong = await browser.post("/admin/boards/new", data={"name_vi": "", "name_en": "News", "icon": "megaphone"})
    assert wrong.status_code == 422
    sent = {"name_vi": "Tin", "name_en": "News", "icon": "megaphone", "staff_only": "true"}
    added = await browser.post("/admin/boards/new", data=sent)
    assert added.url.path == "/admin/boards"
    assert "Only staff start topics" in added.text
    [row] = await queries.kept_boards()
    form = await browser.get(f"/admin/boards/{row['id']}")
    assert problems(form.text) == []
    await browser.post(f"/admin/boards/{row['id']}", data={**sent, "name_en": "Announcements", "staff_only": ""})
    changed = await queries.kept_board(row["id"])
    assert (changed["name_en"], bool(changed["staff_only"])) == ("Announcements", False)
    await asked(await desk.customer("Lan"))
    await browser.post(f"/admin/boards/{row['id']}/move", data={"to": "down"})
    assert await _names() == ["Questions", "Announcements"]
    kept = await browser.post(f"/admin/boards/{(await queries.kept_boards())[0]['id']}/remove")
    assert "Move them elsewhere first." in kept.text
    await browser.post(f"/admin/boards/{row['id']}/remove")
    assert await _names() == ["Questions"]
    assert (await browser.get("/admin/boards/999999")).status_code == 404
