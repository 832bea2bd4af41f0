"""Wordings do what they are for and nothing else: no loops, no calls, no objects, no markup by the back door."""

import time

import pytest
from markupsafe import Markup

from helpdesk.mail.outgoing.wording import LONGEST, BadWording, body, problems, subject

pytestmark = pytest.mark.once

VALUES = {
    "ticket.number": "7",
    "ticket.subject": "Máy in **hỏng** <b>",
    "customer.name": "Lan & [Huy](https://evil.example) <script>",
    "link": "https://help.example.vn/vi/help/requests/7?key=a_b_c&x=1",
    "promise": "",
    "answer": Markup("<p>Bạn <strong>tắt</strong> máy nhé.</p>"),
}


def said(source: str) -> list[str]:
    return [str(problem) for problem in problems(source, VALUES)]


def test_placeholders_are_filled_in_and_never_read_as_markup() -> None:
    filled = body("Hello **{{ customer.name }}**,\n\n{{ answer }}\n\n---\n#{{ ticket.number }}: {{ link }}", VALUES)

    assert "<strong>Lan &amp; [Huy](https://evil.example) &lt;script&gt;</strong>" in filled.html
    assert "<p>Bạn <strong>tắt</strong> máy nhé.</p>" in filled.html
    assert 'href="https://help.example.vn/vi/help/requests/7?key=a_b_c&amp;x=1"' in filled.small_html
    assert filled.text == (
        "Hello Lan & [Huy](https://evil.example) <script>,\n\nBạn tắt máy nhé.\n\n"
        "-- \n#7: https://help.example.vn/vi/help/requests/7?key=a_b_c&x=1\n"
    )


def test_conditions_leave_out_what_has_no_value() -> None:
    source = "A\n{% if promise %}\nBy {{ promise }}\n{% else %}\nSoon\n{% endif %}\nB"

    assert body(source, VALUES).text == "A\nSoon\nB\n"
    assert body(source, {**VALUES, "promise": "noon"}).text == "A\nBy noon\nB\n"


def test_a_link_may_have_words_and_leads_only_to_pages() -> None:
    assert body("[Follow]({{ link }})", VALUES).text.startswith("Follow <https://help.example.vn/vi/help/requests/7?")
    evil = body("[x]({{ customer.name }})", {**VALUES, "customer.name": "javascript:alert(1)"})
    assert "javascript" not in evil.html
    assert "href" not in body('[x](data:text/html,{{ link }} "t")', VALUES).html


def test_a_subject_is_one_line_of_plain_text() -> None:
    assert subject("Re: {{ ticket.subject }}\n", VALUES) == "Re: Máy in **hỏng** <b>"
    assert subject("{{ ticket.subject }}", {**VALUES, "ticket.subject": "a\r\nBcc: x@y"}) == "a Bcc: x@y"


@pytest.mark.parametrize(
    "source",
    [
        "{% for i in range(10**9) %}x{% endfor %}",
        "{% for c in customer.name %}x{% endfor %}",
        "{{ 'x' * 10**9 }}",
        "{{ 9**9**9 }}",
        "{{ 'x' ~ 'y' }}",
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ ticket.__class__ }}",
        "{{ ticket.items() }}",
        "{{ ticket['number'] }}",
        "{{ ticket.number.format(1) }}",
        "{{ link() }}",
        "{{ self }}",
        "{{ self._TemplateReference__context }}",
        "{{ cycler.__init__.__globals__ }}",
        "{{ lipsum() }}",
        "{{ customer.name|attr('x') }}",
        "{{ customer.name|center(99999999) }}",
        "{{ customer.name|map('upper')|list }}",
        "{% set x = 1 %}",
        "{% include 'mail/x' %}",
        "{% extends 'x' %}",
        "{% import 'x' as y %}",
        "{% macro m() %}{{ m() }}{% endmacro %}",
        "{% filter upper %}x{% endfilter %}",
        "{% if link < 3 %}x{% endif %}",
        "{% if 1 in link %}x{% endif %}",
        "{{ link|upper(1) }}",
        "{{ link|default(1, 2, 3) }}",
        "{{ link|default(*'abc') }}",
        "{{ link|default(x='a') }}",
        "{% block a %}{% endblock %}",
        "{% with a = 1 %}{% endwith %}",
        "{% call x() %}{% endcall %}",
        "{% autoescape false %}{% endautoescape %}",
        "{{ '%s'|format(1) }}",
        "{{ 'pieces of the letter' is defined }}",
        "{{ [1] }}",
        "{{ {'a': 1} }}",
        "{{ 1 if link else 2 }}",
        "{{ link",
        "{% if link %}",
        "{% endif %}",
        "{{ }}",
        "{% nonsense %}",
        "{{ " + "(" * 5000 + "link" + ")" * 5000 + " }}",
        "{% if link %}" * 60 + "{% endif %}" * 60,
        "{{ " + "not " * 3000 + "link }}",
        "{{ link" + "|upper" * 3000 + " }}",
        "x" * (LONGEST + 1),
    ],
    ids=lambda source: source[:40],
)
def test_what_is_not_a_placeholder_or_a_condition_is_refused(source: str) -> None:
    began = time.process_time()

    assert said(source)
    with pytest.raises(BadWording):
        body(source, VALUES)
    assert time.process_time() - began < 5


def test_a_mistake_is_named_with_its_line_and_what_was_meant() -> None:
    assert said("Hello\n\n{{ custmer.name }}\n{{ zzz }}") == [
        "Line 3: there is no {{ custmer.name }} here. Is {{ customer.name }} meant?",
        "Line 4: there is no {{ zzz }} here.",
    ]
    assert said("a\n{{ link") == ["Line 2: what stands in braces here is not complete, or no such thing."]
    assert said("a\nb {{ link|center(9) }}") == ["Line 2: there is no filter “center”."]
    assert said("{{ ticket.number }} {{ link|upper }} {{ promise|default('soon', true) }} {# why #}") == []


def test_a_letter_cannot_grow_without_end() -> None:
    with pytest.raises(BadWording, match="too long"):
        body("{{ customer.name }}\n" * 500, {**VALUES, "customer.name": "x" * 1000})


def test_a_long_answer_is_no_reason_to_hold_a_letter() -> None:
    answer = Markup("<p>" + "Bạn tắt máy nhé. " * 20_000 + "</p>")

    assert len(body("{{ answer }}\n\n{{ link }}", {**VALUES, "answer": answer}).html) > 300_000
    with pytest.raises(BadWording, match="too long"):
        body("{{ answer }}\n\n" * 9, {**VALUES, "answer": answer})


def test_marks_of_ours_cannot_be_typed() -> None:
    assert body("\ue0000\ue001 {{ link }} \ue0005\ue001", VALUES).text.startswith("0 https://")
    assert body("{{ customer.name }}", {**VALUES, "customer.name": "\ue0007\ue001"}).text.count("7") <= 1
