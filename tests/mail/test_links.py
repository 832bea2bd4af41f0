"""Where links lead stands in the plain words of a letter that is nothing but HTML."""

import time

import pytest

from helpdesk.core.text import without_links
from helpdesk.mail.reading.html import html_to_text
from helpdesk.mail.reading.parse import parse


@pytest.mark.parametrize(
    ("html", "text"),
    [
        (
            '<p>Bấm <a href="https://x.vn/a?b=1&amp;c=2">vào đây</a> nhé.</p>',
            "Bấm vào đây <https://x.vn/a?b=1&c=2> nhé.",
        ),
        ('Bấm <a href="https://x.vn">vào </a>đi', "Bấm vào <https://x.vn> đi"),
        ("<a href=https://x.vn/>https://www.x.vn</a>", "https://www.x.vn"),
        ('<a href="https://x.vn/trang">x.vn/trang</a>', "x.vn/trang"),
        ('<a href="https://thật.vn/"><b>https://giả.vn</b></a>', "https://giả.vn <https://thật.vn/>"),
        ('<a href="https://t.vn/o.gif"><img src="https://t.vn/o.gif" width="1"></a>Chào', "Chào"),
        ('<a href="https://t.vn"> &nbsp; </a>Chào', "Chào"),
        ('<a href="mailto:lan@x.vn">Lan</a> <a href="tel:123">gọi</a> <a href="#top">lên</a>', "Lan gọi lên"),
        ('<a href="javascript:alert(1)">một</a> <a name="x">hai</a>', "một hai"),
        ('<a href="https://x.vn"><div>Nút lớn</div></a>sau', "Nút lớn\n<https://x.vn>sau"),
        ('<a href="https://a.vn">một <a href="https://b.vn">hai', "một <https://a.vn> hai <https://b.vn>"),
        ('<a href="https://x.vn/a b">cách</a>', "cách"),
        ('<a href="https://x.vn">vào <b> </b></a>đi', "vào <https://x.vn> đi"),
        ('<a title="a > b" href="https://x.vn">dấu</a>', "dấu <https://x.vn>"),
        ('<a href="https://x.vn/%s">dài</a>' % ("a" * 3000), "dài"),
    ],
)
def test_the_address_of_a_page_stands_behind_the_words_that_lead_there(html: str, text: str) -> None:
    assert html_to_text(html, with_links=True) == text


def test_a_line_of_very_many_links_is_read_at_once() -> None:
    began = time.process_time()

    text = html_to_text('<a href="https://x.vn/a">vào</a> ' * 30_000, with_links=True)

    assert text.count("vào <https://x.vn/a>") == 30_000
    assert time.process_time() - began < 2.5, "linear in its length; a child of the fence is stopped after five seconds"


def test_an_html_letter_keeps_them_in_its_words_and_one_with_both_texts_its_own() -> None:
    html = '<p>Xem <a href="https://x.vn/don">đơn hàng</a>.</p>'
    head = "From: lan@x.vn\nSubject: a\n"
    alone = parse(f"{head}Content-Type: text/html; charset=utf-8\n\n{html}".encode())
    both = parse(
        f"{head}Content-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/plain; charset=utf-8\n\n"
        f"Xem đơn hàng.\n--b\nContent-Type: text/html; charset=utf-8\n\n{html}\n--b--\n".encode()
    )

    assert alone.text == "Xem đơn hàng <https://x.vn/don>."
    assert both.text.strip() == "Xem đơn hàng."


def test_they_are_no_words_to_search_for() -> None:
    assert (
        without_links("Xem đơn hàng <https://x.vn/don>, https://y.vn và a < b") == "Xem đơn hàng, https://y.vn và a < b"
    )
