"""What people newly wrote, told from what their programs repeat."""

import json
import time
import unicodedata
from pathlib import Path
from typing import Any, Literal

import pytest

from helpdesk.mail.reading.html import html_to_text
from helpdesk.mail.reading.parse import parse
from helpdesk.mail.reading.quotes import split

CASES = Path(__file__).parent.parent / "cases/mail"
LETTERS = Path(__file__).parent.parent / "letters"


UNTRUE = {"talon/plain01"}  # its row drops the new word "Hi", in a test of the other library about too many lines


def _rows() -> list[dict[str, Any]]:
    names = ("reply_trim.jsonl", "reply_trim_vi.jsonl", "reply_trim_own.jsonl")
    rows = [json.loads(line) for name in names for line in (CASES / name).read_text().splitlines()]
    return [row for row in rows if row["id"] not in UNTRUE]


@pytest.mark.parametrize("row", _rows(), ids=lambda row: row["id"])
def test_only_the_new_words_remain(row: dict[str, Any]) -> None:
    parted = split(row.get("text", ""), row.get("html", ""))

    assert parted.fresh.split() == row["reply"].split()


def test_an_answer_below_the_quote_is_found() -> None:
    parted = split("On Mon, 2 Mar 2026 at 09:15, Minh <minh@shop.vn> wrote:\n> Which order?\n\nNumber 1207.\n")

    assert parted.fresh == "Number 1207."
    assert "Which order?" in parted.rest


def test_answers_between_quotes_keep_the_questions_that_follow_the_first() -> None:
    text = "Vào 09:15 Ngày 3 tháng 3 năm 2026, Minh <m@shop.vn> đã viết:\n> Mã đơn?\n1207\n> Địa chỉ?\nHà Nội"

    assert split(text).fresh == "1207\n> Địa chỉ?\nHà Nội"


@pytest.mark.parametrize(
    "text",
    [
        "On Monday my colleague wrote:\nthe printer burns",
        "Vào ngày mai tôi sẽ viết: xin nghỉ phép.\nCảm ơn.",
        "From: the start of the week nothing works.\nPlease help.",
        "Step one\n--\n" + "\n".join(f"line {n}" for n in range(10)),
        "-- \nLan",
        "Sent from the office this morning, never arrived.",
        "a | b\n---|---\n1 | 2",
    ],
)
def test_words_that_only_look_like_history_stay(text: str) -> None:
    assert split(text).fresh.split() == text.split()


def test_a_letter_that_only_passes_another_on_is_all_new() -> None:
    text = "---------- Forwarded message ---------\nFrom: Lan <lan@x.vn>\nDate: today\nSubject: fire\n\nIt burns."

    assert split(text).fresh == text


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_a_sentence_about_a_device_stays_however_its_letters_are_composed(form: Literal["NFC", "NFD"]) -> None:
    text = unicodedata.normalize(form, "Chào bạn\nGửi từ iPhone thì không được đâu")

    assert split(text).fresh == text


def test_line_ends_of_two_signs_hide_no_signature() -> None:
    assert split("Cảm ơn.\r\n-- \r\nLan\r\n").fresh == "Cảm ơn."


def test_html_is_read_where_there_is_no_text() -> None:
    html = "<p>Vẫn lỗi.</p><div class=gmail_quote>Vào 09:15 3/3/2026, Minh &lt;m@shop.vn&gt; đã viết:<br>"
    html += "<blockquote><p>Đã sửa?</p></blockquote></div>"

    assert split("", html).fresh == "Vẫn lỗi."


def test_html_becomes_lines_as_a_person_sees_them() -> None:
    html = "<head><title>no</title></head><body><script>no()</script>One &amp; <b>two</b><br>three"
    html += "<ul><li>a<li>b</ul><pre>x\n  y</pre><blockquote>q<br>r</blockquote><!-- no -->"

    assert html_to_text(html) == "One & two\nthree\n- a\n- b\nx\n  y\n> q\n> r"


@pytest.mark.parametrize("name", ["013-html-depth-50000", "021-regex-dos-gt", "022-regex-dos-sig"])
def test_hostile_letters_are_split_in_no_time(name: str) -> None:
    letter = parse((LETTERS / f"attack/{name}.eml").read_bytes())
    started = time.process_time()

    parted = split(letter.text, letter.html)

    assert time.process_time() - started < 3
    assert parted.fresh or parted.rest


@pytest.mark.parametrize(
    "piece",
    [
        *(
            "> ",
            "-- \n",
            "On 1\n",
            "From: a\n",
            "wrote:\n",
            "<a@b.vn> wrote ",
            "\n",
            "- ",
            "On 2026 <a@b> wrote\n>",
            "_",
        ),
        *(
            "9:15 <a@b>:\n",
            "sent from my ",
            "từ: <a@b> 9:15\n",
            "| ",
            "<" * 300 + "\n",
            "a.b@c ",
            "một hai ba bốn năm\n",
        ),
    ],
)
def test_work_grows_with_the_length_only(piece: str) -> None:
    started = time.process_time()

    split(piece * (300_000 // len(piece)), before=("một hai ba bốn năm " * 20,))

    assert time.process_time() - started < 5


@pytest.mark.parametrize(
    "piece", ["<div>", "<blockquote>", "<!--", "<a '", "<svg>", "<", "&", "<script>", "<p", "</", "<a b="]
)
def test_html_of_any_shape_is_read_in_linear_time(piece: str) -> None:
    started = time.process_time()

    html_to_text(piece * (300_000 // len(piece)))

    assert time.process_time() - started < 5
