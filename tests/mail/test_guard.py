"""Machines are told from people, and bounces are understood."""

import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from helpdesk.mail.machines import guard, reasons
from helpdesk.mail.machines.guard import verdict
from helpdesk.mail.reading.parse import parse

LETTERS = Path(__file__).parent.parent / "letters"
CASES = Path(__file__).parent.parent / "cases/mail"
PEOPLE = {"human", "not_bounce"}
# The reasons of the set the letters come from, in ours: what a help desk does about them.
REASONS = {
    "userunknown": reasons.UNKNOWN_ADDRESS, "hasmoved": reasons.UNKNOWN_ADDRESS,
    "hostunknown": reasons.UNKNOWN_HOST, "notaccept": reasons.UNKNOWN_HOST,
    "mailboxfull": reasons.MAILBOX_FULL, "systemfull": reasons.MAILBOX_FULL, "mesgtoobig": reasons.TOO_BIG,
    "suspend": reasons.SUSPENDED, "spamdetected": reasons.CONTENT, "virusdetected": reasons.CONTENT,
    "blocked": reasons.OUR_SERVER, "requireptr": reasons.OUR_SERVER, "toomanyconn": reasons.OUR_SERVER,
    "authfailure": reasons.OUR_SERVER, "policyviolation": reasons.REFUSED, "securityerror": reasons.REFUSED,
    "notcompliantrfc": reasons.REFUSED, "syntaxerror": reasons.REFUSED, "rejected": reasons.REFUSED,
    "filtered": reasons.REFUSED, "expired": reasons.UNREACHABLE, "networkerror": reasons.UNREACHABLE,
    "systemerror": reasons.OTHER, "mailererror": reasons.OTHER, "onhold": reasons.OTHER,
}  # fmt: skip


def _rows() -> list[dict[str, Any]]:
    return [json.loads(line) for line in (LETTERS / "machine/expect.jsonl").read_text().splitlines()]


def _judged(row: dict[str, Any]) -> guard.Verdict:
    return verdict(parse((LETTERS / row["file"]).read_bytes()), own=[])


def _score(name: str, right: list[bool], wrong: Sequence[object]) -> float:
    print(f"{name}: {sum(right)} of {len(right)}")
    print(*wrong, sep="\n")
    return sum(right) / len(right)


def test_real_letters_of_machines_are_recognised() -> None:
    rows = [row for row in _rows() if row["label"] != "bounce_or_unknown"]
    found = [(row, _judged(row)) for row in rows]
    expected = [guard.PERSON if row["label"] in PEOPLE else row["label"] for row in rows]
    right = [judged.kind == kind for (_, judged), kind in zip(found, expected, strict=True)]
    wrong = [(row["id"], row["label"], judged) for (row, judged), fine in zip(found, right, strict=True) if not fine]

    assert len(rows) == 233
    assert _score("labels", right, wrong) >= 0.99


def test_no_machine_is_ever_answered() -> None:
    answered = [row["id"] for row in _rows() if row["label"] not in PEOPLE and _judged(row).answer]

    assert answered == []


def test_people_are_answered() -> None:
    silent = [row["id"] for row in _rows() if row["label"] in PEOPLE and not _judged(row).answer]

    assert silent == []


def test_bounces_name_the_addresses_that_were_not_reached() -> None:
    rows = [row for row in _rows() if row.get("recipients")]
    found = [{one.recipient.lower() for one in _judged(row).bounced} for row in rows]
    right = [got == {one.lower() for one in row["recipients"]} for row, got in zip(rows, found, strict=True)]
    wrong = [(row["id"], got) for row, got, fine in zip(rows, found, right, strict=True) if not fine]

    assert len(rows) == 27
    assert _score("recipients", right, wrong) >= 0.9


def test_a_delay_is_never_a_hard_bounce() -> None:
    delayed = [row for row in _rows() if row.get("temporary")]

    assert len(delayed) == 4
    assert not [row["id"] for row in delayed if any(one.hard for one in _judged(row).bounced)]


def test_bounces_say_why_and_whether_for_good() -> None:
    wanted = [(row, one) for row in _rows() if row["label"] == "bounce" for one in row.get("expect") or []]
    found = [(row["id"], one["reason"], one["hard"], _judged(row).bounced) for row, one in wanted]
    reasons = [any(one.reason == REASONS[reason] for one in bounced) for _, reason, _, bounced in found]
    hards = [any(one.hard == hard for one in bounced) for _, _, hard, bounced in found]

    assert len(wanted) == 160
    assert _score("reasons", reasons, [row for row, fine in zip(found, reasons, strict=True) if not fine]) >= 0.9
    assert _score("hard or not", hards, [row for row, fine in zip(found, hards, strict=True) if not fine]) >= 0.95


HEAD = "From: Lan <lan@khach.vn>\nTo: support@shop.vn\nSubject: %s\nMessage-ID: <1@khach.vn>\n%s\n%s\n"
OWN = ("support@shop.vn", "sales@shop.vn")


def _letter(headers: str = "", subject: str = "Máy in hỏng", body: str = "Chào bạn", sender: str = "") -> guard.Verdict:
    """The verdict on a letter of Lan with these headers added."""
    text = HEAD % (subject, headers + "\n" if headers else "", body)
    text = text.replace("lan@khach.vn", sender) if sender else text
    return verdict(parse(text.encode()), own=OWN)


# Each row of cases/mail/autoresponse_rules.jsonl that a letter alone decides: headers to add, or a letter to change.
RULES: dict[str, dict[str, str]] = {
    "A01": {},
    "A02": {"headers": "Auto-Submitted: no"},
    "A06": {"headers": 'Auto-Submitted: auto-replied; owner-email="a@b"'},
    "A09": {"headers": "Precedence: list"},
    "A10": {"headers": "Precedence: auto_reply"},
    "A12": {"headers": "X-Auto-Response-Suppress: OOF"},
    "A15": {"headers": "List-Unsubscribe: <https://news.example/out>"},
    "A17": {"sender": "MAILER-DAEMON@khach.vn"},
    "A18": {"sender": "postmaster@khach.vn"},
    "A21": {"headers": "X-Loop: support@shop.vn"},
    "A23": {"headers": "Content-Type: multipart/report; report-type=delivery-status; boundary=b"},
    "A24": {"headers": "Content-Type: multipart/report; report-type=disposition-notification; boundary=b"},
    "A26": {"headers": "Content-Type: text/calendar; method=REPLY", "body": "BEGIN:VCALENDAR\nMETHOD:REPLY"},
    "A27": {"headers": "X-MS-Exchange-Inbox-Rules-Loop: lan@khach.vn"},
    "A28": {"headers": "X-Autoreply: yes"},
    "A29": {"headers": "X-Mailer: Zimbra 8.8"},
    "A30": {"headers": "X-Spam-Flag: YES"},
    "A33": {"headers": "", "body": "blind copy"},
}
BY_HISTORY = {"A34", "A35", "A36"}  # what was sent before decides those, not the letter


def _rules() -> list[tuple[str, str]]:
    rows = [json.loads(line) for line in (CASES / "autoresponse_rules.jsonl").read_text().splitlines()]
    return [(row["id"], row["expect"]) for row in rows if row["id"] not in BY_HISTORY]


@pytest.mark.parametrize(("rule", "expected"), _rules())
def test_the_rules_about_automatic_answers_hold(rule: str, expected: str) -> None:
    judged = _letter(**RULES[rule])
    if rule == "A33":
        hidden = parse((HEAD % ("Hi", "", "blind copy")).replace("support@shop.vn", "friend@other.vn").encode())
        judged = verdict(hidden, own=OWN, delivered_to=["support@shop.vn"])

    assert judged.answer == expected.startswith("ack")


@pytest.mark.parametrize(
    "subject",
    [
        "Automatic reply: Re: Ticket",
        "Out of Office: Lan",
        "Trả lời tự động: Máy in",
        "[Tự động trả lời] Nghỉ lễ",
        "OOO - back Monday",
    ],
)
def test_an_absence_told_by_the_subject_alone_neither_reopens_nor_is_answered(subject: str) -> None:
    judged = _letter(subject=subject)

    assert (judged.kind, judged.answer, judged.reopen) == (guard.AUTO_REPLY, False, False)


@pytest.mark.parametrize(
    "subject",
    [
        "Re: Automatic reply: Máy in",
        "Xin nghỉ phép",
        "Không gửi được thư",
        "Autos and vans",
        "Fwd: Undelivered Mail",
        "Office is cold",
    ],
)
def test_people_may_write_about_such_things(subject: str) -> None:
    judged = _letter(
        subject=subject, body="Tôi không gửi được thư, báo lỗi delivery failed. My mail could not be delivered."
    )

    assert (judged.kind, judged.answer, judged.reopen) == (guard.PERSON, True, True)


def test_our_own_letter_that_comes_back_is_a_loop() -> None:
    assert _letter(sender="sales+t7.abc@shop.vn").kind == guard.LOOP


def test_a_letter_without_an_address_or_with_two_senders_is_kept_but_not_answered() -> None:
    nobody = verdict(parse(b"From: \nTo: support@shop.vn\n\nhi"), own=OWN)
    two = verdict(parse(b"From: a@x.vn, b@x.vn\nTo: support@shop.vn\n\nhi"), own=OWN)

    assert (nobody.kind, nobody.answer, nobody.reopen) == (guard.PERSON, False, True)
    assert (two.kind, two.answer) == (guard.PERSON, False)


def test_the_null_sender_of_the_envelope_is_never_answered() -> None:
    letter = parse((HEAD % ("Hi", "", "hello")).encode())

    assert not verdict(letter, own=OWN, envelope_from="").answer
    assert verdict(letter, own=OWN, envelope_from="lan@khach.vn").answer


@pytest.mark.parametrize(
    "subject",
    [
        "Abwesenheitsnotiz: Drucker",
        "Réponse automatique : imprimante",
        "Respuesta automática: impresora",
        "Fora do escritório: impressora",
        "Risposta automatica: stampante",
        "Automatisch antwoord: printer",
        "Automatyczna odpowiedź: drukarka",
        "Автоматический ответ: принтер",
        "自动回复: 打印机",
        "自動返信: プリンタ",
        "부재중: 프린터",
        "Autosvar: skrivare",
        "Thông báo nghỉ phép: Lan",
        "[SpamArrest] Please verify your message",
        "Autoresponder: gone fishing",
        "Thư tự động: em đi vắng",
        "Tôi đang đi nghỉ phép",
        "Abwesend: Drucker",
        "Odpowiedź automatyczna: drukarka",
        "Poissa: tulostin",
    ],
)
def test_absence_is_told_in_many_languages(subject: str) -> None:
    assert _letter(subject=subject).kind == guard.AUTO_REPLY


@pytest.mark.parametrize(
    "sender",
    [
        "zabbix@khach.vn",
        "nagios@khach.vn",
        "alerts@khach.vn",
        "cron@khach.vn",
        "team-bounces@khach.vn",
        "bounces+123=a=b.c@khach.vn",
        "x-request@khach.vn",
    ],
)
def test_programs_that_watch_and_report_are_not_answered(sender: str) -> None:
    judged = _letter(sender=sender)

    assert (judged.kind, judged.answer) == (guard.AUTO_GENERATED, False)


@pytest.mark.parametrize(
    "headers",
    [
        "Content-Type: multipart/report; report-type=something-new; boundary=b",
        "Delivered-To: Autoresponder",
        "Preference: auto_reply",
        "Precedence: auto-reply",
        "X-FC-MachineGenerated: true",
        "X-Cron-Env: <SHELL=/bin/sh>",
        "X-Out-Of-Office: yes",
        "X-Precedence: bulk",
        "X-POST-MessageClass: 9; Autoresponder",
        "X-GitHub-Reason: mention",
        "List-Archive: <https://khach.vn/list>",
        "Auto-Submitted: auto-notified; owner-email=lan@khach.vn",
    ],
)
def test_headers_of_machines_are_believed(headers: str) -> None:
    judged = _letter(headers)

    assert (judged.kind == guard.PERSON, judged.answer) == (False, False)


@pytest.mark.parametrize(
    ("body", "subject", "answer"),
    [
        ("I am currently out of the office until Monday.", "Máy in", False),
        ("Thư này được gửi tự động, vui lòng không trả lời.", "Đơn hàng 17", False),
        ("This is an automated message.\nYour order is on its way.", "Order 17", False),
        ("Tôi nhận được thư bên dưới là sao?\n> This is an automated message.", "Fwd: Order 17", True),
        ("Máy báo lỗi khi tôi gõ 'do not reply'.", "Lỗi", True),
    ],
)
def test_words_of_a_program_keep_us_silent_and_lose_nobody(body: str, subject: str, answer: bool) -> None:
    """Words are a weak proof: the letter is taken for a person's all the same, it is only not acknowledged."""
    judged = _letter(subject=subject, body=body)

    assert (judged.kind, judged.answer, judged.reopen) == (guard.PERSON, answer, True)


@pytest.mark.parametrize(
    "subject",
    [
        "Absence de réponse",
        "Nghỉ phép: xin nghỉ 3 ngày",
        "Auto insurance",
        "Vacation rental",
        "Vắng mặt ở lớp",
        "Alerts do not work",
        "Confirm my order",
    ],
)
def test_people_who_write_of_absence_are_people(subject: str) -> None:
    assert _letter(subject=subject).kind == guard.PERSON


@pytest.mark.parametrize(
    "line", ["<a{0}@b.c>: 550 user {0}\n", "Final-Recipient: rfc822; a{0}@b.c\nAction: failed\n\n"]
)
def test_a_report_of_thousands_of_addresses_takes_no_time(line: str) -> None:
    text = HEAD.replace("lan@khach.vn", "MAILER-DAEMON@khach.vn") % ("failure notice", "", "")
    letter = parse((text + "".join(line.format(number) for number in range(20_000))).encode())
    started = time.process_time()

    bounced = verdict(letter, own=OWN).bounced

    assert len(bounced) <= 50
    assert time.process_time() - started < 10


def _own() -> list[tuple[str, str, str, str]]:
    """Name, kinds, bounces and letter of each of our own letters."""
    rows = []
    for block in (CASES / "machines_own.txt").read_text().split("### ")[1:]:
        head, _, raw = block.partition("\n")
        name, kinds, bounces = (said.strip() for said in head.split("|"))
        rows.append((name, kinds, bounces, raw))
    return rows


@pytest.mark.parametrize(("kinds", "bounces", "raw"), [row[1:] for row in _own()], ids=[row[0] for row in _own()])
def test_programs_of_many_kinds_are_understood(kinds: str, bounces: str, raw: str) -> None:
    judged = verdict(parse(f"To: support@shop.vn\nMessage-ID: <m1@khach.example>\n{raw}".encode()), own=OWN)
    wanted, _, delayed = bounces.partition(" ")

    assert judged.kind in kinds.split(",")
    assert judged.answer == (kinds == guard.PERSON)
    assert {f"{one.recipient}={one.reason}" for one in judged.bounced} == set(filter(None, wanted.split(",")))
    assert all(one.is_delayed == bool(delayed) for one in judged.bounced)


@pytest.mark.parametrize(
    "body",
    [
        "Đây là email trả lời tự động. Tôi sẽ phản hồi sau ngày 25/11.",
        "Cảm ơn Quý khách. Đây là thư được gửi tự động, chúng tôi sẽ trả lời trong 24 giờ.",
        "Hiện tôi không có mặt tại văn phòng cho tới 25/11.",
        "Thư này được hệ thống gửi tự động.",
    ],
)
def test_a_program_that_says_so_only_in_its_words_is_not_answered(body: str) -> None:
    assert not _letter(body=body).answer


def test_what_a_person_cites_is_not_what_a_program_says() -> None:
    assert _letter(body='I got "this is an automated message, do not reply to this". Is it yours?').answer
