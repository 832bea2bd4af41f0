"""Every layout, macro and error page renders in both languages, and is sound HTML under our policy."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from helpdesk.core import clock
from helpdesk.i18n.reader import LANGUAGES, Reader, reading_as
from tests.web.lint import problems
from tests.web.samples import ENVIRONMENTS, KHOA, NHUNG, NOW, context, sent

MACROS = """
{% extends "layouts/LAYOUT.html" %}
{% import "ui/form.html" as f %}
{% import "ui/button.html" as b %}
{% import "ui/badge.html" as badge %}
{% import "ui/surface.html" as s %}
{% import "ui/navigation.html" as n %}
{% import "ui/chart.html" as chart %}
{% from "ui/empty.html" import empty %}
{% from "ui/search.html" import bigsearch %}
{% block title %}{{ f.titled(form, "Everything") }}{% endblock %}
{% block head %}{{ f.scripts() }}{% endblock %}
{% block BODY %}
{{ n.crumbs([("Help", "/help")], "Here") }}
{{ n.tabs("Views", [("All", "/a", 3, true), ("Mine", "/b", none, false)]) }}
{{ n.pager("/?before=4", "/?after=9") }}
{{ bigsearch("máy in <x>") }}
<form method="post" class="form" enctype="multipart/form-data">
  {{ f.errors(form) }}
  {{ f.field(form, "subject", "Subject", hint="In one sentence", maxlength=140, **{"hx-get": "/help/suggest"}) }}
  {{ f.field(form, "secret", "Password", kind="password", autocomplete="new-password") }}
  {{ f.area(form, "more", "More", optional=true) }}
  {{ f.editor(form, "body", "What happened?", hint="No passwords", draft="new", send=true) }}
  {{ f.select(form, "area", "Area", [(1, "Sales"), (2, "Technical")], value=2) }}
  {{ f.cards(form, "impact", "How bad is it?", [("stop", "I cannot sell", "At once"), ("ask", "A question", "")]) }}
  {{ f.choices(form, "departments", "Departments", [(1, "Sales"), (2, "Technical")], values=[2]) }}
  {{ f.checkbox(form, "copy", "Send me a copy", checked=true, hint="By email", switch=true) }}
  {{ f.file(form, "files", "Files", hint="Up to 20 MB") }}
  {{ f.submit("Send request", picture="send", cancel="/help") }}
</form>
{{ b.button("Save changes", "primary", "save", name="do", value="save") }}
{{ b.link("Open", "/desk", "soft") }}
{{ b.icon_button("x", "Close") }}
{{ b.post("Solve", "/desk/tickets/7/solve", name="status", value="solved") }}
{% call b.menu("More") %}<a href="/x">One</a>{% endcall %}
{{ badge.badge("Solved", "ok", "check") }}{{ badge.count(3) }}{{ badge.tag("otp", "/t") }}{{ badge.live() }}
{{ badge.attachment("<scan>.png", "/files/1", 188416) }}
{% call s.card("Hours", id="hours") %}<p>Text</p>{% endcall %}
{% call s.callout("Careful", "warn") %}<p>Text</p>{% endcall %}
{% call s.dialog("sure", "Delete it?") %}<p>Text</p>{% endcall %}
{% call s.table("People", ["Name", "Role"]) %}<tr><td>Lan</td><td>Agent</td></tr>{% endcall %}
{{ chart.bars("c1", "By department", [("Sales", 3), ("Technical", 12)], "tickets") }}
{{ chart.lines("c2", "Each day", ["Mon", "Tue", "Wed"], [("Created", [1, 9, 3]), ("Solved", [0, 4, 8])]) }}
{{ chart.lines("c3", "None yet", [], [("Created", [])]) }}
{{ chart.figure("First reply", "38 min", "6 min faster") }}
{{ empty("Nothing here yet", "It fills when someone writes.", "/help", "Go on") }}
{{ sla(now, "resolution") }}{{ status("open") }}{{ priority("high") }}{{ avatar("Lan") }}{{ ago(now) }}{{ day(now) }}
{% endblock %}
"""
WRONG = {"subject": "Write a short summary", "impact": "Choose one", "": "Something else <b>"}


@pytest.fixture(autouse=True, params=list(LANGUAGES))
def lang(request: pytest.FixtureRequest) -> Iterator[str]:
    with clock.pretend(lambda: NOW), reading_as(Reader(request.param, "Asia/Ho_Chi_Minh")):
        yield request.param


def rendered(template: str, lang: str, **more: Any) -> str:
    html = ENVIRONMENTS[lang].get_template(template).render(context(lang, **more))
    assert problems(html) == []
    return html


def everything(layout: str, block: str, lang: str, **more: Any) -> str:
    text = MACROS.replace("LAYOUT", layout).replace("BODY", block)
    html = ENVIRONMENTS[lang].from_string(text).render(context(lang, **more))
    assert problems(html) == []
    return html


@pytest.mark.parametrize("form", [None, sent(WRONG, subject='"<i>', area="1", departments=["1"], more=None)])
@pytest.mark.parametrize(
    ("layout", "block", "actor"),
    [
        ("help", "main", NHUNG),
        ("help", "main", None),
        ("desk", "main", KHOA),
        ("admin", "settings", KHOA),
        ("auth", "main", None),
    ],
)
def test_every_part_stands_in_every_layout(layout: str, block: str, actor: object, form: object, lang: str) -> None:
    html = everything(
        layout, block, lang, actor=actor, form=form, flash=[("ok", "Saved.", ""), ("error", "<Not> sent.", "")]
    )

    assert f'<html lang="{lang}"' in html
    assert "&lt;Not&gt; sent." in html
    assert "máy in &lt;x&gt;" in html


def test_a_form_that_came_back_shows_what_was_typed_and_what_is_wrong(lang: str) -> None:
    html = everything(
        "help", "main", lang, form=sent(WRONG, subject='"<i>', secret="hush", area="1", departments=["1"])
    )

    assert 'value="&#34;&lt;i&gt;"' in html
    assert "hush" not in html
    assert '<option value="1" selected>' in html
    assert 'name="departments" value="1" checked' in html
    assert 'aria-describedby="subject-h subject-e" aria-invalid="true"' in html
    assert '<li><a href="#subject">Write a short summary</a></li>' in html
    assert "<li>Something else &lt;b&gt;</li>" in html
    assert ("<title>Lỗi: Everything" if lang == "vi" else "<title>Error: Everything") in html


def test_a_public_page_has_its_twin_in_the_other_language(lang: str) -> None:
    html = rendered("layouts/help.html", lang, path="/help/articles/12-refunds", actor=None)

    assert f'<link rel="canonical" href="/{lang}/help/articles/12-refunds">' in html
    assert '<link rel="alternate" hreflang="vi" href="/vi/help/articles/12-refunds">' in html
    assert '<a href="/en/help/articles/12-refunds" lang="en"' in html
    assert f'href="/{lang}/signin"' in html


def test_only_an_administrator_is_shown_the_settings(lang: str) -> None:
    agent = type(KHOA)(**{**vars(KHOA), "is_admin": False})

    assert 'href="/admin"' in rendered("layouts/desk.html", lang, actor=KHOA, path="/desk")
    assert 'href="/admin"' not in rendered("layouts/desk.html", lang, actor=agent, path="/desk")


def test_the_rail_marks_the_queue_that_is_open(lang: str) -> None:
    html = rendered("layouts/desk.html", lang, actor=KHOA, path="/desk", queue="soon")

    assert 'href="/desk/queues/soon" aria-current="page"' in html
    assert 'href="/desk/queues/mine" aria-current="page"' not in html


@pytest.mark.parametrize(
    ("theme", "expected"), [("dark", ' data-theme="dark"'), ("light", ' data-theme="light"'), ("system", "")]
)
def test_the_theme_is_written_by_the_server_so_nothing_flashes(theme: str, expected: str, lang: str) -> None:
    html = rendered("layouts/help.html", lang, theme=theme)

    assert f'data-now="2026-11-20T03:24:00+00:00"{expected}>' in html


@pytest.mark.parametrize(
    ("status", "more", "vi", "en"),
    [
        (404, {"path": "/help/articles/12-doi-soat-cod"}, 'value="doi soat cod"', 'value="doi soat cod"'),
        (403, {}, "Nguyễn Thị Nhung", "Nguyễn Thị Nhung"),
        (403, {"actor": None}, "Đăng nhập", "Sign in"),
        (409, {}, "Có tin mới trong lúc bạn soạn", "Something new arrived"),
        (429, {}, "&lt;wait&gt;", "&lt;wait&gt;"),
        (500, {"code": "a1b2c3"}, "kèm mã: a1b2c3", "name this code: a1b2c3"),
    ],
)
def test_an_error_says_what_to_do_next(status: int, more: dict[str, Any], vi: str, en: str, lang: str) -> None:
    html = rendered(f"errors/{status}.html", lang, **{"title": "", "reason": "<wait>", "code": "", **more})

    assert (vi if lang == "vi" else en) in html


def test_any_other_error_tells_its_reason(lang: str) -> None:
    html = rendered("errors/error.html", lang, title="That is too large.", reason="The file is <31 MB>", code="")

    assert "<h1>That is too large.</h1>" in html
    assert "The file is &lt;31 MB&gt;" in html


def test_a_letter_is_plain_html_that_loads_nothing_and_follows_light_and_dark(lang: str) -> None:
    html = rendered("mail/letter.html", lang, subject="Tea & cake", body_html="<p>Lúa</p>", small_html="")

    assert "<title>Tea &amp; cake</title>" in html
    assert "<p>Lúa</p>" in html
    assert f'<html lang="{lang}">' in html
    assert 'content="light dark"' in html
    for nothing in ("style=", "<style", "src=", "<script", "<link", "<hr>"):
        assert nothing not in html
