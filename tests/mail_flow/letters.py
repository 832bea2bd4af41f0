"""Letters as people write them, for tests that send some."""

from email.message import EmailMessage


def letter(
    text: str = "Máy in không chạy.",
    *,
    sender: str = "Lan <lan@khach.example>",
    to: str = "support@lua.example",
    subject: str = "Máy in hỏng",
    message_id: str = "<1@khach.example>",
    **headers: str,
) -> bytes:
    """A plain letter; further headers by name, `in_reply_to="<…>"`."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, to, subject
    if message_id:
        message["Message-ID"] = message_id
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    return message.as_bytes()
