"""A letter is from whom it says when our own mail server says so, and only then (RFC 8601)."""

import pytest

from helpdesk.mail.reading.authenticity import is_authentic
from helpdesk.mail.reading.letter import Letter
from helpdesk.mail.reading.parse import parse

pytestmark = pytest.mark.once

TRUSTED = ["mx.lua.example"]


def _letter(*headers: str, sender: str = "Lan <lan@khach.example>") -> Letter:
    head = "".join(f"{one}\n" for one in headers)
    return parse(f"{head}From: {sender}\nTo: support@lua.example\nSubject: Máy in\n\nVẫn hỏng.\n".encode())


def _said(results: str, server: str = "mx.lua.example") -> str:
    return f"Authentication-Results: {server}; {results}"


@pytest.mark.parametrize(
    "results",
    [
        "dmarc=pass header.from=khach.example",
        "dmarc=pass (p=reject; sp=none) header.from=khach.example",
        "spf=fail smtp.mailfrom=x.example; dkim=fail; dmarc=pass (p=none)\n header.from=khach.example",
        "dkim=pass header.d=khach.example header.s=s1",
        'dkim=pass (2048-bit key; (really)) header.i="@khach.example"',
        "dkim=pass header.d=mail.khach.example",
        "spf=pass smtp.mailfrom=bounce@mail.khach.example",
        "spf=pass smtp.mailfrom=khach.example; dmarc=none",
        "DKIM=Pass header.d=KHACH.example",
    ],
)
def test_a_passing_result_of_the_senders_domain_proves_it(results: str) -> None:
    assert is_authentic(_letter(_said(results)), TRUSTED)
    assert is_authentic(_letter(_said(results, "MX.lua.example 1")), TRUSTED)


@pytest.mark.parametrize(
    "results",
    [
        "none",
        "",
        "dmarc=fail header.from=khach.example",
        "dmarc=fail; dkim=pass header.d=khach.example",
        "dmarc=pass header.from=evil.example",
        "dkim=pass header.d=evil.example",
        "dkim=pass header.d=example",
        "dkim=pass header.d=xkhach.example",
        "dkim=fail header.d=khach.example; spf=softfail smtp.mailfrom=khach.example",
        "auth=pass smtp.auth=lan@khach.example",
        "x=y (dmarc=pass header.from=khach.example)",
        "iprev=pass policy.iprev=1.2.3.4; dkim=none header.d=khach.example",
        'spf=pass smtp.mailfrom="a; dmarc=pass header.from=khach.example"@evil.example',
        'spf=pass smtp.mailfrom="a smtp.mailfrom=khach.example"@evil.example',
        'spf=pass smtp.mailfrom="a\\" smtp.mailfrom=khach.example"@evil.example',
        'spf=fail smtp.mailfrom="("@evil.example; dkim=fail; x="); dmarc=pass header.from=khach.example"',
        "spf=fail (of a\\) ; dmarc=pass header.from=khach.example) smtp.mailfrom=evil.example",
        "spf=fail (never ends; dmarc=pass header.from=khach.example",
    ],
)
def test_anything_else_does_not(results: str) -> None:
    assert not is_authentic(_letter(_said(results)), TRUSTED)


def test_only_servers_that_are_trusted_are_heard() -> None:
    forged = _said("dmarc=pass header.from=khach.example", "mx.evil.example")

    assert not is_authentic(_letter(forged), TRUSTED)
    assert not is_authentic(_letter(_said("dmarc=pass header.from=khach.example")), [])


def test_what_stands_below_our_servers_own_line_was_written_by_others() -> None:
    ours, forged = _said("dmarc=fail header.from=khach.example"), _said("dmarc=pass header.from=khach.example")
    received = "Received: from evil.example by mx.lua.example; Fri, 20 Nov 2026 10:24:00 +0700"

    assert not is_authentic(_letter(ours, received, forged), TRUSTED)
    assert is_authentic(_letter(received, ours.replace("fail", "pass"), received, forged), TRUSTED)
    split = [_said("dkim=pass header.d=evil.example"), _said("dmarc=pass header.from=khach.example")]
    assert is_authentic(_letter(*split, received), TRUSTED), "some servers write a line for each method"


def test_nobody_is_proved_by_a_letter_of_two_senders() -> None:
    good = _said("dmarc=pass header.from=khach.example")

    assert not is_authentic(_letter(good, sender="Lan <lan@khach.example>, Huy <huy@evil.example>"), TRUSTED)
    assert not is_authentic(_letter(good, "From: Huy <huy@evil.example>"), TRUSTED)
    assert not is_authentic(_letter(good, sender="Lan"), TRUSTED)
