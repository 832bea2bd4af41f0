"""A letter finds its ticket by our marks, and by nothing that others can make."""

import pytest

from helpdesk.mail.reading.letter import Letter
from helpdesk.mail.reading.parse import parse
from helpdesk.mail.thread import Claim, claimed_ticket, new_message_id, reply_address, returned_ticket

SECRET = "a secret of this installation"
OURS = new_message_id(7, 12, SECRET, "shop.vn")
ADDRESS = reply_address("support@shop.vn", 7, SECRET)


def _letter(headers: str = "", to: str = "support@shop.vn", subject: str = "Máy in") -> Letter:
    return parse(f"From: lan@khach.vn\nTo: {to}\nSubject: {subject}\n{headers}\n\nVẫn hỏng.\n".encode())


def test_the_reply_address_says_where_it_leads() -> None:
    assert ADDRESS.startswith("support+t7.")
    assert ADDRESS.endswith("@shop.vn")
    assert len(ADDRESS.partition("@")[0]) <= 64


def test_an_answer_to_the_reply_address_continues_its_ticket() -> None:
    assert claimed_ticket(_letter(to=ADDRESS), [], SECRET) == Claim(7, "address")
    assert claimed_ticket(_letter(), [ADDRESS.upper()], SECRET) == Claim(7, "address")
    assert claimed_ticket(_letter(f"Delivered-To: {ADDRESS}"), [], SECRET) == Claim(7, "address")


@pytest.mark.parametrize(
    "headers",
    [
        f"In-Reply-To: <{OURS}>",
        f"In-Reply-To: < {OURS} >",
        f'In-Reply-To: "<{OURS}>" (your letter of Monday)',
        f"In-Reply-To: Your message of Monday <{OURS}>",
        f"In-Reply-To: {OURS}",
        f"In-Reply-To: <{OURS.upper()}>",
        f"In-Reply-To: <{OURS[:9]}\n {OURS[9:]}>",
    ],
)
def test_an_answer_to_our_letter_continues_its_ticket(headers: str) -> None:
    assert claimed_ticket(_letter(headers), [], SECRET) == Claim(7, "in-reply-to")


def test_a_reference_among_others_is_found_whatever_stands_beside_it() -> None:
    headers = f"References: <a@b> not-an-id <>\n <{OURS}> <c@d>"

    assert claimed_ticket(_letter(headers), [], SECRET) == Claim(7, "references")


def test_the_letter_answered_counts_more_than_older_ones() -> None:
    older, newer = new_message_id(3, 1, SECRET, "shop.vn"), new_message_id(9, 2, SECRET, "shop.vn")

    assert claimed_ticket(_letter(f"References: <{older}> <{newer}>"), [], SECRET) == Claim(9, "references")
    assert claimed_ticket(_letter(f"References: <{newer}>\nIn-Reply-To: <{older}>"), [], SECRET) == Claim(
        3, "in-reply-to"
    )
    assert claimed_ticket(_letter(f"In-Reply-To: <{newer}>", to=ADDRESS), [], SECRET) == Claim(7, "address")


@pytest.mark.parametrize(
    "letter",
    [
        _letter(subject="Re: [#7] Máy in"),
        _letter(to="support+t7@shop.vn"),
        _letter(to=ADDRESS.replace("t7.", "t8.")),
        _letter(f"In-Reply-To: <{OURS.replace('t7.', 't8.')}>"),
        _letter(f"In-Reply-To: <{OURS.replace('m12.', 'm13.')}>"),
        _letter("In-Reply-To: <t7.m12.aaaaaaaaaaaaaaaa@shop.vn>"),
        _letter("In-Reply-To: <t7.m12.ſſſſſſſſſſſſſſſſ@shop.vn>"),
        _letter(to="support+t7.ſſſſſſſſſſſſſſſſ@shop.vn"),
        _letter(f"References: <{new_message_id(7, 12, 'another secret', 'shop.vn')}>"),
        _letter(subject=f"Re: {OURS}"),
        parse(f"From: lan@khach.vn\nTo: support@shop.vn\n\nSee {ADDRESS} and {OURS}".encode()),
    ],
)
def test_a_number_without_our_code_proves_nothing(letter: Letter) -> None:
    assert claimed_ticket(letter, ["support@shop.vn"], SECRET) is None


def test_the_code_of_an_address_does_not_open_another_kind_of_mark() -> None:
    code = ADDRESS.partition("@")[0].rpartition(".")[2]

    assert claimed_ticket(_letter(f"In-Reply-To: <t7.m7.{code}@shop.vn>"), [], SECRET) is None


def test_a_returned_letter_of_ours_tells_its_ticket_only_when_asked() -> None:
    bounce = (
        "From: MAILER-DAEMON@khach.vn\nTo: support@shop.vn\nContent-Type: multipart/report; boundary=b\n\n"
        f"--b\n\nfailed\n--b\nContent-Type: message/rfc822\n\nMessage-ID: <{OURS}>\nSubject: hi\n\nhello\n--b--\n"
    )
    letter = parse(bounce.encode())

    assert claimed_ticket(letter, [], SECRET) is None
    assert returned_ticket(letter, SECRET) == Claim(7, "returned")


def test_an_agents_mark_is_theirs_alone() -> None:
    address = reply_address("support@shop.vn", 7, SECRET, 3)
    older = new_message_id(7, 12, SECRET, "shop.vn", 3)

    for marked in (_letter(to=address), _letter(f"In-Reply-To: <new_ticket.{older}>")):
        assert claimed_ticket(marked, [], SECRET, 3).agent == 3  # type: ignore[union-attr]
    assert claimed_ticket(_letter(f"References: <{older}>", to=ADDRESS), [], SECRET, 3) == Claim(7, "references", 3)
    assert claimed_ticket(_letter(to=address.replace(".a3.", ".a4.")), [], SECRET, 4) is None
    assert claimed_ticket(_letter(to=address.replace(".a3.", ".")), [], SECRET, 3) is None
    assert claimed_ticket(_letter(to=ADDRESS.replace("t7.", "t7.a3.")), [], SECRET, 3) is None


def test_an_agents_mark_of_another_ticket_proves_nothing_here() -> None:
    other = new_message_id(9, 1, SECRET, "shop.vn", 3)

    assert claimed_ticket(_letter(f"References: <{other}>", to=ADDRESS), [], SECRET, 3) == Claim(7, "address")
