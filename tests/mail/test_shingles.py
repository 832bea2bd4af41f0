"""Words that the conversation holds already are old, whatever the program that repeats them made of their lines."""

import textwrap
import unicodedata
from collections.abc import Callable

import pytest

from helpdesk.core.text import fold
from helpdesk.mail.reading.quotes import rest_of, split
from helpdesk.mail.reading.shingles import known, repeated

OURS = (
    "Chào chị Lan,\n\nchị cho xin mã đơn hàng “gần nhất” và địa chỉ nhận hàng, để bên em kiểm tra với kho.\n\n"
    "Sau đó chị giúp em chụp tem của máy in ở mặt sau, chỗ có dãy số bắt đầu bằng chữ SN.\n\nMinh – Lúa"
)
OURS_EN = (
    "Hello Lan,\n\nplease switch the printer off, wait for ten seconds and switch it on again.\n\n"
    "Then send us the number that stands on the back of it, below the bar code.\n\nMinh"
)
OURS_JA = "お問い合わせありがとうございます。プリンターの電源を切り、十秒待ってから、もう一度入れてください。"


def marked(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in text.split("\n"))


def wrapped(text: str) -> str:
    return "\n".join(textwrap.fill(line, 30) for line in text.split("\n"))


CHANGED: dict[str, Callable[[str], str]] = {
    "as it was": lambda text: text,
    "wrapped": wrapped,
    "marked": marked,
    "decomposed": lambda text: unicodedata.normalize("NFD", text),
    "no marks": fold,
    "plain quotes": lambda text: text.replace("“", '"').replace("”", '"').replace("–", "-"),
    "one line": lambda text: " ".join(text.split()),
    "no-break spaces": lambda text: text.replace(" ", "\u00a0"),
    "capitals": str.upper,
}


@pytest.mark.parametrize("old", [OURS, OURS_EN, OURS_JA])
@pytest.mark.parametrize("change", CHANGED.values(), ids=CHANGED)
def test_what_we_wrote_is_known_again(old: str, change: Callable[[str], str]) -> None:
    letter = f"Vâng, mã là DH-2031.\n\nLời cũ ở dưới:\n{change(old)}\n"

    assert split(letter, before=[old]).fresh == "Vâng, mã là DH-2031.\n\nLời cũ ở dưới:"


def test_an_answer_below_words_that_bear_no_mark_is_found() -> None:
    parted = split(f"{OURS}\n\nMã là DH-2031.", before=[OURS])

    assert parted.fresh == "Mã là DH-2031."
    assert "tem của máy in" in parted.rest


def test_an_answer_below_a_marked_quote_without_introduction_is_found() -> None:
    assert split(f"{marked(OURS)}\n\nVâng ạ.", before=[OURS]).fresh == "Vâng ạ."


def test_answers_within_a_former_letter_stay_in_their_places() -> None:
    first, second = OURS_EN.split("\n\n")[1:3]
    head = "See below.\n\nFrom: Minh <m@lua.example>\nSent: Tuesday, 3 March 2026 9:15\nTo: Lan\nSubject: Printer\n\n"
    letter = f"{head}Hello Lan,\n\n{first}\n\nDone that, no change.\n\n{second}\n\nMinh\n"

    assert split(letter).fresh == "See below."
    parted = split(letter, before=[OURS_EN])
    assert parted.fresh.endswith("Done that, no change.")
    assert parted.fresh.index("See below.") < parted.fresh.index(first) < parted.fresh.index("Done that")
    assert parted.rest == f"{second}\n\nMinh"


@pytest.mark.parametrize("line", ["Cảm ơn", "Yes", "Cảm ơn bạn đã hỗ trợ", "Máy in không chạy."])
def test_a_short_line_that_was_said_before_stays(line: str) -> None:
    before = [f"{line}\nCho em hỏi thêm về hoá đơn tháng trước.", OURS]

    assert split(f"Đã được rồi.\n{line}\n\n{marked(OURS)}", before=before).fresh == f"Đã được rồi.\n{line}"


def test_a_signature_that_came_before_is_folded_below_its_closing() -> None:
    signature = "Trân trọng,\nNguyễn Thị Lan\nTrưởng phòng mua hàng, Công ty TNHH Lúa Vàng\nĐT: 0901 234 567"

    parted = split(f"Tôi đồng ý.\n\n{signature}", before=[f"Xin báo giá mười máy in.\n\n{signature}"])

    assert parted.fresh == "Tôi đồng ý.\n\nTrân trọng,"
    assert split(f"Tôi đồng ý.\n\n{signature}", before=[OURS]).rest == ""


def test_a_letter_that_says_only_what_was_said_is_shown_whole() -> None:
    assert split(OURS, before=[OURS]).fresh == OURS


def test_a_word_added_to_an_old_line_keeps_the_line() -> None:
    answered = OURS.replace("bằng chữ SN.", "bằng chữ SN. 4477")

    assert "4477" in split(f"Đây ạ:\n{answered}", before=[OURS]).fresh


def test_a_new_link_is_new_and_an_old_one_is_not() -> None:
    old = f"{OURS_EN}\nhttps://lua.example/en/help/requests/7"

    assert split(f"Look:\n\n{old}", before=[old]).fresh == "Look:"
    assert "evil" in split(f"Look:\n\n{old.replace('lua.example', 'evil.example')}", before=[old]).fresh


@pytest.mark.parametrize("added", ["[cid:logo.png@01D]", "[image: logo]", "<https://safe.example/?u=1>", "________"])
def test_what_programs_add_between_old_words_is_no_answer(added: str) -> None:
    first, second = OURS_EN.split("\n\n")[1:3]
    head = "From: Minh <m@lua.example>\nSent: Tuesday, 3 March 2026 9:15\nTo: Lan\nSubject: Printer"
    old = f"Hello Lan,\n\n{first}\n\n{added}\n\n{second}\n\nMinh"

    assert split(f"Done.\n\n{head}\n\n{old}", before=[OURS_EN]).fresh == "Done."
    assert split(f"Done.\n\n{old}\n{added}", before=[OURS_EN]).fresh == "Done."


def test_a_sign_alone_is_an_answer() -> None:
    assert split(f"{OURS_EN}\n\n👍", before=[OURS_EN]).fresh == "👍"


def test_nothing_is_cut_away() -> None:
    letter = f"Vâng.\n\n{marked(OURS)}\n\nThêm: giao trước 17 giờ.\n\n{OURS_EN}\n"
    parted = split(letter, before=[OURS, OURS_EN])

    assert sorted(f"{parted.fresh}\n{parted.rest}".split()) == sorted(letter.split())
    assert rest_of(letter, parted.fresh).split() == parted.rest.split()


def test_the_rest_of_words_that_are_no_lines_of_it_is_everything() -> None:
    assert rest_of("one\ntwo", "three") == "one\ntwo"


def test_words_are_counted_for_each_line() -> None:
    lines = repeated([*OURS_EN.split("\n"), "New words here"], known([OURS_EN]))

    assert [(line.words, line.new) for line in lines][-3:] == [(0, 0), (1, 0), (3, 3)]
    assert sum(line.new for line in lines) == 3
