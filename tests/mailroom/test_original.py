"""What agents and customers see of a letter: its new words, the rest folded, and the letter as it was drawn."""

import json
import re
from email.message import EmailMessage

import httpx

from helpdesk.core.actor import SYSTEM
from helpdesk.mail.reading.parse import parse
from helpdesk.mail.tables import Outbound
from helpdesk.people import actions as people
from helpdesk.tickets import actions, queries
from helpdesk.tickets.queries import MessageRow
from helpdesk.tickets.said import typed
from tests.factories import Desk
from tests.mailroom import US, answers_to, arrive

PIXEL = b"\x89PNG\r\n\x1a\n" + bytes(24)
ANSWER = "Chào chị, chị tắt máy in, chờ mười giây rồi bật lại giúp em.\n\nSau đó chị gửi em dãy số ở mặt sau máy nhé."


def drawn(html: str, text: str = "", *, to: str = US, **headers: str) -> EmailMessage:
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = "Lan <lan@khach.example>", to, "Máy in"
    for name, value in headers.items():
        letter[name.replace("_", "-")] = value
    if text:
        letter.set_content(text)
        letter.add_alternative(html, subtype="html")
    else:
        letter.set_content(html, subtype="html")
    return letter


async def newest(desk: Desk, letter: EmailMessage) -> MessageRow:
    """The message that a letter became."""
    row = await arrive(desk, letter.as_bytes())
    assert row["state"] == "sorted", row["reason"]
    return (await queries.messages(SYSTEM, int(str(row["about"]).removeprefix("ticket:"))))[-1]


async def answered(desk: Desk) -> int:
    """Lan has asked and Minh has answered; her ticket."""
    department = await desk.department()
    minh = await desk.agent("Minh", department)
    asked = await newest(desk, drawn("<p>Máy in không chạy.</p>"))
    await actions.reply(minh, asked.ticket, typed(ANSWER, channel="web"))
    await desk.work()
    return asked.ticket


async def test_what_the_thread_holds_is_folded_whatever_stands_above_it(desk: Desk) -> None:
    number = await answered(desk)
    text = f"Vẫn lỗi, số là SN 4477.\n\n{ANSWER}\n"
    message = await newest(desk, drawn("", text, to=answers_to(number)))

    assert message.ticket == number
    assert message.fresh == "Vẫn lỗi, số là SN 4477."
    assert message.html == "<p>Vẫn lỗi, số là SN 4477.</p>"
    assert "mười giây" in message.quoted_html
    assert message.quoted.split() == ANSWER.split()
    assert message.folded_lines == 2


async def test_a_letter_without_proof_is_not_compared(desk: Desk) -> None:
    await answered(desk)

    message = await newest(desk, drawn("", f"Có người bảo tôi:\n\n{ANSWER}\n"))

    assert "mười giây" in message.fresh


async def test_the_html_is_cut_after_the_new_words_whatever_the_program(desk: Desk) -> None:
    number = await answered(desk)
    text = f"Vẫn *lỗi*, xem <https://lua.example/x>.\n\n{ANSWER}"
    html = (
        '<div><span>Vẫn <b>lỗi</b>, xem <a href="https://lua.example/x"></a>.</span></div><div><br></div>'
        f"<div>{ANSWER.replace(chr(10) * 2, '<br><br>')}</div>"
    )

    message = await newest(desk, drawn(html, text, to=answers_to(number)))

    assert "<b>lỗi</b>" in message.html
    assert "mười giây" not in message.html
    assert "mười giây" in message.quoted_html


async def test_customers_agents_and_machines_get_both_parts(desk: Desk) -> None:
    number = await answered(desk)
    quote = "\n".join(f"> dòng {n}" for n in range(4))
    text = f"Vẫn lỗi.\n\nVào 09:15 3/3/2026, Minh <m@lua.example> đã viết:\n{quote}\n"
    message = await newest(desk, drawn("", text, to=answers_to(number)))
    lan = await people.recognise("Lan", "lan@khach.example")
    an = await desk.admin(lang="en")
    agent, customer = await desk.browser(an), await desk.browser(lan)

    for page in (await agent.get(f"/desk/tickets/{number}"), await customer.get(f"/en/help/requests/{number}")):
        assert "Show 5 lines" in page.text
        fold = re.search(r'<details class="fold">.*?</details>', page.text, re.DOTALL)
        assert fold
        assert "dòng 3" in fold[0]
    token = await people.make_token(an, an.id or 0, "machine")
    api = await agent.get(f"/api/v1/messages/{message.id}", headers={"authorization": f"Bearer {token}"})
    said = json.loads(api.text)
    assert (said["fresh"], said["text"].split()) == ("Vẫn lỗi.", text.split())
    assert said["quoted"].split() == text.split()[2:]
    assert said["html"] == said["fresh_html"] + said["quoted_html"]


def _policy(answer: httpx.Response) -> str:
    return answer.headers["content-security-policy"]


async def test_the_frame_may_do_nothing_and_fetches_pictures_only_when_asked(desk: Desk) -> None:
    department = await desk.department()
    minh = await desk.agent("Minh", department, lang="en")
    letter = drawn(
        '<p style="color:red">Chào</p><img src="cid:here"><img src="https://cdn.example/a.png">'
        '<img src="https://t.example/o.gif" width="1" height="1"><script>alert(1)</script>'
    )
    letter.add_related(PIXEL, "image", "png", cid="<here>")
    message = await newest(desk, letter)
    browser = await desk.browser(minh)
    at = f"/desk/messages/{message.id}/original"

    page, quiet, loud = [await browser.get(f"{at}{part}") for part in ("", "/frame", "/frame?pictures=true")]

    assert "frame-src 'self'" in _policy(page)
    assert "frame-src" not in _policy(await browser.get(f"/desk/tickets/{message.ticket}"))
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in page.text
    assert "1 picture is kept elsewhere" in page.text
    assert "1 invisible picture" in page.text
    for frame in (quiet, loud):
        assert "default-src 'none'" in _policy(frame)
        assert "sandbox allow-popups" in _policy(frame)
        assert "allow-scripts" not in _policy(frame)
        assert frame.headers["referrer-policy"] == "no-referrer"
        assert '<p style="color:red">Chào</p><img src="data:image/png;base64,' in frame.text
        assert "alert" not in frame.text
        assert "t.example" not in frame.text
    assert "img-src data:;" in _policy(quiet)
    assert '<img src="https:' not in quiet.text
    assert "img-src data: https: http:;" in _policy(loud)
    assert '<img src="https://cdn.example/a.png" referrerpolicy="no-referrer"' in loud.text


async def test_only_those_who_see_the_ticket_see_the_letter(desk: Desk) -> None:
    department, elsewhere = await desk.department(), await desk.department("Billing", "Kế toán", "billing@lua.example")
    huy, minh = await desk.agent("Huy", elsewhere), await desk.agent("Minh", department)
    drawn_one = await newest(desk, drawn("<p>Chào</p>"))
    plain = await newest(desk, drawn("", "Chỉ có chữ."))
    inside, outside = await desk.browser(minh), await desk.browser(huy)

    for part in ("", "/frame"):
        assert (await inside.get(f"/desk/messages/{drawn_one.id}/original{part}")).status_code == 200
        assert (await outside.get(f"/desk/messages/{drawn_one.id}/original{part}")).status_code == 404
    assert "Chỉ có chữ." in (await inside.get(f"/desk/messages/{plain.id}/original")).text


async def test_the_letter_of_ours_is_compared_as_it_was_sent(desk: Desk) -> None:
    number = await answered(desk)
    sent = await Outbound.select(Outbound.content, Outbound.message_id).where(Outbound.about.like("message:%"))
    text = parse(sent[0]["content"]).text
    assert len(text) > len(ANSWER) + 40, "it has a footer that no message holds"

    letter = drawn("", f"Vâng.\n\n{text}", to=answers_to(number), In_Reply_To=f"<{sent[0]['message_id']}>")

    assert (await newest(desk, letter)).fresh == "Vâng."


async def test_a_letter_that_is_only_html_keeps_where_its_links_lead_and_is_not_found_by_it(desk: Desk) -> None:
    number = await answered(desk)
    html = '<p>Đơn ở <a href="https://cuahang.example/don/7">trang này</a>.</p><blockquote>Máy in nào?</blockquote>'

    message = await newest(desk, drawn(html, to=answers_to(number)))

    assert message.fresh == "Đơn ở trang này <https://cuahang.example/don/7>."
    assert 'href="https://cuahang.example/don/7"' in message.html
    assert "cuahang" not in re.sub("<[^>]*>", "", message.html), "the letter's own drawing is shown as it was"
    assert "Máy in nào" in message.quoted_html
    browser = await desk.browser(await desk.admin(lang="en"))
    assert f"/desk/tickets/{number}" in (await browser.get("/desk?view=all&q=trang+này")).text
    assert f"/desk/tickets/{number}" not in (await browser.get("/desk?view=all&q=cuahang")).text
