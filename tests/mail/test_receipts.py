"""What help desks write by themselves is told from what their people answer, in the words of both."""

import pytest

from helpdesk.mail.machines.receipts import is_one

RECEIPTS = (
    "Your request (48213) has been received and is being reviewed by our support staff.\n\nTo add comments, reply.",
    "Hi Minh,\n\nThanks for writing! We've received your message and will get back to you within 24 hours.",
    "A ticket has been created for you. One of us will respond as soon as possible.",
    "We have just logged your enquiry under the number A-77. Our team shall contact you shortly.",
    "Kính chào Quý khách,\nChúng tôi đã nhận được yêu cầu của Quý khách và sẽ phản hồi trong vòng 24 giờ làm việc.",
    "Yêu cầu #5521 của anh/chị đã được tiếp nhận. Bộ phận chuyên trách sẽ liên hệ với anh/chị sớm nhất.",
    "Wir haben Ihre Anfrage erhalten und melden uns in Kürze.",
)
ANSWERS = (
    "It lies in Da Nang and arrives tomorrow.",
    "Thank you for contacting us. The parcel was handed over on Monday; the driver will call the customer first.",
    "We have received the parcel in our depot, it goes out within two days.",
    "Kiện hàng đã được giao cho bưu cục, sẽ phát trong ngày mai.",
    "Cảm ơn bạn đã liên hệ. Đơn VN123 bị giữ ở hải quan, bên mình sẽ xử lý.",
    "Your request was refused by our warehouse.",
    "",
)


@pytest.mark.once
def test_a_receipt_is_told_from_an_answer() -> None:
    assert [text for text in RECEIPTS if not is_one(text)] == []
    assert [text for text in ANSWERS if is_one(text)] == []
