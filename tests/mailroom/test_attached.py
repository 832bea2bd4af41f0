"""Files that stand within a letter are shown in their place; invitations and letters say what is in them."""

from email.message import EmailMessage

from helpdesk.tickets.tables import Attachment, Message
from tests.factories import Desk, words
from tests.mailroom import US, arrive

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 9
EVENT = (
    "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nDTSTART:20260302T020000Z\r\nSUMMARY:Xem <b>máy in</b>\r\n"
    "LOCATION:Tầng 2\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)


def mail() -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "Lan <lan@khach.example>", US, "Máy in"
    return message


async def files() -> list[dict[str, object]]:
    return await Attachment.select(Attachment.id, Attachment.filename, Attachment.sha256).order_by(Attachment.id)


async def test_a_picture_in_its_place_is_not_listed_again(desk: Desk) -> None:
    minh = await desk.browser(await desk.agent("Minh", await desk.department()))
    message = mail()
    message.set_content("<p>Ảnh: <img src='cid:a%40x'></p>", subtype="html")
    message.add_related(PNG, "image", "png", cid="<a@x>", filename="shown.png")
    message.add_attachment(PNG + b"1", maintype="image", subtype="png", filename="other.png")
    row = await arrive(desk, message.as_bytes())

    page = await minh.get(f"/desk/tickets/{str(row['about'])[7:]}")

    [html] = [one["html"] for one in await Message.select(Message.html)]
    shown, _ = await files()
    assert f'<img src="/pictures/{shown["sha256"]}"' in html
    (listed,) = [link.partition("</a>")[0] for link in page.text.split('<a class="file"')[1:]]
    assert "other.png" in listed


async def test_a_picture_named_by_its_place_is_shown(desk: Desk) -> None:
    await desk.department()
    raw = (
        f"From: lan@khach.example\nTo: {US}\nContent-Type: multipart/related; boundary=b\n\n--b\n"
        "Content-Type: text/html\n\n<img src='http://x.example/logo.png'>\n--b\nContent-Type: image/png\n"
        "Content-Location: http://x.example/logo.png\n\n"
    ).encode()
    await arrive(desk, raw + PNG + b"\n--b--\n")

    [html] = [one["html"] for one in await Message.select(Message.html)]
    assert f'<img src="/pictures/{(await files())[0]["sha256"]}"' in html


async def test_an_invitation_says_when_in_the_readers_time_to_those_who_see_the_ticket(desk: Desk) -> None:
    minh = await desk.browser(await desk.agent("Minh", await desk.department()))
    huy = await desk.browser(await desk.customer("Huy"))
    message = mail()
    message.set_content("Mời bạn.")
    message.add_attachment(EVENT.encode(), maintype="text", subtype="calendar", filename="invite.ics")
    row = await arrive(desk, message.as_bytes())
    [file] = await files()

    assert f'hx-get="/attached/{file["id"]}"' in (await minh.get(f"/desk/tickets/{str(row['about'])[7:]}")).text
    shown = words(await minh.get(f"/attached/{file['id']}"))
    assert ": Xem <b>máy in</b>" in shown
    assert "09:00 ngày 2/3/2026" in shown
    assert "Tầng 2" in shown
    assert (await huy.get(f"/attached/{file['id']}")).status_code == 404
    assert (await (await desk.browser()).get(f"/attached/{file['id']}")).status_code == 404


async def test_an_attached_letter_is_named_by_its_subject_and_says_what_is_in_it(desk: Desk) -> None:
    minh = await desk.browser(await desk.agent("Minh", await desk.department()))
    inner = EmailMessage()
    inner["From"], inner["Subject"] = "Bé <be@khach.example>", "Hóa đơn 3/2026"
    inner.set_content("Xin gửi <hóa đơn>.")
    inner.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="hd.pdf")
    message = mail()
    message.set_content("Xem thư kèm.")
    message.add_attachment(inner)
    await arrive(desk, message.as_bytes())

    [file] = await files()
    assert file["filename"] == "Hóa đơn 3-2026.eml"
    shown = words(await minh.get(f"/attached/{file['id']}"))
    assert "be@khach.example" in shown
    assert "Xin gửi <hóa đơn>." in shown
    assert "hd.pdf" in shown


async def test_other_files_say_nothing(desk: Desk) -> None:
    minh = await desk.browser(await desk.agent("Minh", await desk.department()))
    message = mail()
    message.set_content("x")
    message.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="hd.pdf")
    await arrive(desk, message.as_bytes())

    assert not (await minh.get(f"/attached/{(await files())[0]['id']}")).text.strip()
    assert (await minh.get("/attached/999")).status_code == 404
