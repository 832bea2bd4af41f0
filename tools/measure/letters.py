"""Letters through the doors of mail servers and from a mailbox: how long until they are kept, and until sorted."""

import random
import resource
import smtplib
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from email.message import EmailMessage
from typing import Final

from msgspec import Struct

from tests.mail_flow import dovecot
from tools.measure.places import ROOT, Place, Server
from tools.measure.processes import cpu_seconds

OWED: Final = "SELECT COUNT(*) FROM inbound WHERE state = 'owed'"
BUSY: Final = (
    "SELECT COUNT(*) FROM job WHERE state = 'running'"
    " OR (state = 'ready' AND attempts = 0 AND name <> 'helpdesk.mailroom.team:summarise')"
)
"""Jobs that are to be done now; a summary of what an agent was not told comes an hour later."""
TO: Final = "customer-care@lua.example"
PIPES: Final = 2
CONVERSATIONS: Final = 4
PICTURE: Final = bytes(random.Random(7).randbytes(20_000))
SENTENCES: Final = (
    "Từ sáng nay máy in ở quầy số hai không in được hoá đơn nữa, chỉ hiện lỗi E-07.",
    "Mình đã tắt máy, đợi một phút rồi bật lại nhưng vẫn vậy.",
    "Khách đang chờ ngoài quầy nên mong shop trả lời sớm giúp mình.",
    "The order arrived yesterday, but one of the two boxes was open.",
    "Could you please check whether the refund has been sent already?",
    "We tried both browsers and another phone, with the same result.",
)


class Result(Struct, frozen=True):
    """
    Letters a second until they are kept, until they are sorted, and until all is done that they owe; and for one
    letter the milliseconds of processor time of the server, to the end and until it is sorted, and of the program
    at the door.
    """

    door: str
    letters: int
    kept: float
    sorted: float
    cpu: float
    door_cpu: float
    done: float = 0.0
    sorting_cpu: float = 0.0


def by_pipe(where: Place, server: Server, count: int) -> Result:
    """`helpdesk mail in`, started anew for every letter, two at a time."""
    command = [sys.executable, "-m", "helpdesk", "mail", "in", "--to", TO]

    def hand_in(letter: bytes) -> None:
        subprocess.run(command, input=letter, env=where.environment, cwd=ROOT, check=True)

    def all_of(letters: Sequence[bytes]) -> None:
        with ThreadPoolExecutor(PIPES) as doors:
            list(doors.map(hand_in, letters))

    return _measured("pipe, 2 at a time", where, server, count, all_of)


def by_smtp(where: Place, server: Server, count: int) -> Result:
    """Four conversations, each with its share of the letters."""

    def talk(letters: Sequence[bytes]) -> None:
        with smtplib.SMTP("127.0.0.1", server.smtp_port, timeout=60) as conversation:
            for number, letter in enumerate(letters):
                conversation.sendmail(customer(number), [TO], letter)

    def all_of(letters: Sequence[bytes]) -> None:
        with ThreadPoolExecutor(CONVERSATIONS) as doors:
            list(doors.map(talk, [letters[start::CONVERSATIONS] for start in range(CONVERSATIONS)]))

    return _measured("SMTP, 4 connections", where, server, count, all_of)


def by_imap(where: Place, server: Server, count: int) -> Result:
    """A mailbox at a Dovecot of its own, which tells the desk of new letters (IDLE)."""
    with dovecot.running() as mail:
        where.run("tools.measure.mailbox", str(mail.imap), "bench")
        where.wait_until_none("SELECT COUNT(*) FROM mailbox WHERE listening_until IS NULL")

        def all_of(letters: Sequence[bytes]) -> None:
            mail.deliver("bench", *letters)
            where.wait_until_none(f"SELECT {count} - COUNT(*) FROM inbound WHERE source LIKE 'imap:%'")

        return _measured("IMAP, one mailbox", where, server, count, all_of)


def _measured(
    door: str, where: Place, server: Server, count: int, hand_in: Callable[[Sequence[bytes]], None]
) -> Result:
    letters = [_letter(door, number) for number in range(count)]
    before, spent, began = _children_seconds(), cpu_seconds(server.process), time.perf_counter()
    hand_in(letters)
    kept, at_door = time.perf_counter(), _children_seconds() - before
    in_place = where.wait_until_none(OWED)
    sorting = cpu_seconds(server.process) - spent
    done = where.wait_until_none(BUSY)
    return Result(
        door=door,
        letters=count,
        kept=count / (kept - began),
        sorted=count / (in_place - began),
        cpu=(cpu_seconds(server.process) - spent) / count * 1000,
        door_cpu=at_door / count * 1000,
        done=count / (done - began),
        sorting_cpu=sorting / count * 1000,
    )


def _children_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def customer(number: int) -> str:
    """Whose letter it is: each of a domain of their own, since what is too much from one is held."""
    return f"customer{number}@khach{number}.example"


def _letter(door: str, number: int) -> bytes:
    """A letter of a customer: text and HTML, a quote, a signature, and a picture with every tenth."""
    dice = random.Random(f"{door} {number}")
    words = " ".join(dice.choices(SENTENCES, k=4))
    letter = EmailMessage()
    letter["From"] = f"Khách {number} <{customer(number)}>"
    letter["To"] = f"Lúa <{TO}>"
    letter["Subject"] = f"Hoá đơn {number}: {dice.choice(SENTENCES)[:40]}"
    letter["Date"] = time.strftime("%a, %d %b %Y %H:%M:%S +0000", time.gmtime())
    letter["Message-ID"] = f"<{door.split(',')[0]}.{number}.{dice.random()}@khach.example>"
    letter.set_content(f"Chào shop,\n\n{words}\n\n> {SENTENCES[3]}\n\n-- \nKhách {number}\n0912 345 678\n")
    letter.add_alternative(
        f"<html><body><p>Chào shop,</p><p>{words}</p><blockquote>{SENTENCES[3]}</blockquote></body></html>", "html"
    )
    if number % 10 == 0:
        letter.add_attachment(PICTURE, "image", "jpeg", filename="hoá đơn.jpg")
    return letter.as_bytes()
