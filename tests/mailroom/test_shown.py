"""The HTML of a letter is parted where its new words end, whatever program drew it."""

import pytest

from helpdesk.core.markup import to_text
from helpdesk.mail.reading.html import bare, html_to_text, place_after
from helpdesk.mail.reading.quotes import Split, split
from helpdesk.mailroom.reading import plain_html, shown

NEW = '<p>Vẫn <b>lỗi</b>, ảnh đây: <img src="cid:a" alt=""></p><ul><li>đã tắt máy</li><li>đã đổi giấy</li></ul>'
OLD = "<div>Chào chị,<br>chị tắt máy in rồi bật lại giúp em.<br>Minh</div>"
WHO = "Minh &lt;<a href='mailto:m@lua.example'>m@lua.example</a>&gt;"
BLOCK = (
    f"<b>Từ:</b> {WHO}<br><b>Đã gửi:</b> Thứ Ba, 3 Tháng Ba 2026 9:15 SA<br><b>Tới:</b> Lan<br><b>Chủ đề:</b> Máy in"
)
PROGRAMS = {
    "gmail": f"<div dir=ltr>{NEW}</div><br><div class=gmail_quote><div dir=ltr class=gmail_attr>Vào 3 thg 3, 2026 "
    f"vào lúc 09:15 {WHO} đã viết:<br></div><blockquote class=gmail_quote>{OLD}</blockquote></div>",
    "outlook": f"<div class=WordSection1>{NEW}<div style='border:none;border-top:solid #E1E1E1 1.0pt'><p>{BLOCK}</p>"
    f"</div>{OLD}</div>",
    "outlook on the web": f"<div>{NEW}</div><hr tabindex=-1><div id=divRplyFwdMsg>{BLOCK}<div>&nbsp;</div></div>{OLD}",
    "apple": f"<html><body>{NEW}<br id=lineBreakAtBeginningOfSignature><div dir=ltr>Gửi từ iPhone của tôi</div>"
    f"<div dir=ltr><br><blockquote type=cite>Vào 09:15, 3 thg 3, 2026, {WHO} đã viết:<br><br></blockquote></div>"
    f"<blockquote type=cite>{OLD}</blockquote></body></html>",
    "yahoo": f"<div class=yahoo-style-wrap>{NEW}</div><div id=yahoo_quoted_1 class=yahoo_quoted><div>Vào Thứ Ba, "
    f"3 tháng 3, 2026 lúc 09:15:00 GMT+7, {WHO} đã viết:</div><div>{OLD}</div></div>",
    "thunderbird": f"{NEW}<div class=moz-cite-prefix>Vào lúc 09:15 03/03/2026, Minh đã viết:<br></div>"
    f"<blockquote type=cite>{OLD}</blockquote>",
    "zimbra": f"<div>{NEW}</div><hr id=zwchr><div>{BLOCK.replace('b>', 'strong>')}</div>{OLD}",
    "one table": f"<table><tr><td>{NEW}</td></tr><tr><td>-----Thư gốc-----<br>{BLOCK}</td></tr>"
    f"<tr><td>{OLD}</td></tr></table>",
}


@pytest.mark.parametrize("html", PROGRAMS.values(), ids=PROGRAMS)
def test_the_new_words_keep_their_looks_and_the_old_ones_theirs(html: str) -> None:
    parted = split("", html)
    fresh, quoted = shown(html, parted, {"a": "/pictures/1"})

    assert "<b>lỗi</b>" in fresh
    assert '<img src="/pictures/1" alt="">' in fresh
    assert "<li>đã đổi giấy</li>" in fresh
    assert "Minh" not in fresh
    assert "bật lại giúp em" in quoted
    assert bare(to_text(fresh, links=False) + to_text(quoted, links=False)) == bare(html_to_text(html))


def test_words_that_the_html_does_not_begin_with_are_shown_plainly() -> None:
    parted = Split("Vâng.\nhttps://lua.example/a", "cũ")

    assert shown("<p>Khác hẳn.</p><p>cũ</p>", parted, {}) == (plain_html(parted.fresh), "<p>cũ</p>")


def test_plain_links_tell_their_true_host_too() -> None:
    html = plain_html("Xem https://vietcombаnk.com.vn/x nhé")

    assert '<span class="true-target">(xn--vietcombnk-6qi.com.vn)</span> nhé' in html


def test_the_place_is_that_of_the_next_tag() -> None:
    html = "<p>Một <b>hai</b> <script>ba</script>bốn</p>"

    assert [html[place_after(html, count) :][:4] for count in (3, 6, 9)] == ["<b>h", "</b>", "</p>"]
    assert place_after(html, 10) == 0
