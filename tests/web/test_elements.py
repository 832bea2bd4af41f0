"""The small things of every page: right in both languages, escaped, and cheap."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from jinja2 import UndefinedError
from markupsafe import Markup

from helpdesk.core import clock
from helpdesk.i18n.reader import Reader, reading_as
from helpdesk.web import elements
from helpdesk.web.assets import STATIC, static_url
from helpdesk.web.environment import environment, translate, translate_count

NOW = datetime(2026, 11, 20, 3, 24, tzinfo=UTC)
VI = Reader("vi", "Asia/Ho_Chi_Minh")
EN = Reader("en", "Asia/Ho_Chi_Minh")
EVIL = '"><script>x</script>'


@pytest.fixture(autouse=True)
def friday_morning() -> Iterator[None]:
    with clock.pretend(lambda: NOW), reading_as(EN):
        yield


def test_an_icon_is_decoration_unless_it_is_named() -> None:
    assert f'aria-hidden="true"><use href="{static_url("icons.svg")}#lock"/>' in elements.icon("lock")
    assert 'role="img" aria-label="Internal note"' in elements.icon("lock", label="Internal note")


def test_a_chip_says_what_is_left_and_until_when() -> None:
    due = NOW + timedelta(minutes=47)

    chip = elements.sla(due, "first_response")

    assert 'class="sla sla--soon"' in chip
    assert 'data-due="2026-11-20T04:11:00+00:00"' in chip
    assert 'title="First reply · due 20 Nov 2026, 11:11"' in chip
    assert "<span>47 min left</span>" in chip
    with reading_as(VI):
        assert 'title="Trả lời đầu · hạn 11:11 ngày 20/11/2026"' in elements.sla(due, "first_response")


def test_a_chip_changes_its_picture_and_its_words_not_only_its_colour() -> None:
    late = elements.sla(NOW - timedelta(minutes=12))

    assert "#flame" in late
    assert "12 min over" in late
    assert "#timer" in elements.sla(NOW + timedelta(minutes=12))
    assert "#pause" in elements.sla(NOW, paused=True)
    assert "#check" in elements.sla(NOW, met=True)
    assert "data-due" not in elements.sla(NOW, paused=True)  # it must not go on counting
    assert "No deadline" in elements.sla(None)


def test_a_status_is_told_in_the_language_of_whoever_asks_next() -> None:
    with reading_as(VI):
        assert elements.status("open") == '<span class="st st--open">Đang mở</span>'
    assert elements.status("open") == '<span class="st st--open">Open</span>'
    assert elements.status("frozen") == '<span class="st st--frozen">frozen</span>'


def test_a_priority_keeps_its_word_for_those_who_do_not_see_the_bars() -> None:
    assert elements.priority("urgent").endswith("<span>Urgent</span>")
    assert elements.priority("urgent", text=False).endswith('<span class="vh">Urgent</span>')


def test_a_person_always_has_the_same_colour() -> None:
    lan = elements.avatar("Trần Thị Lan")

    assert lan == elements.avatar("Trần Thị Lan")
    assert ">TL</span>" in lan
    assert 'class="avatar av3 avatar--staff"' in elements.avatar("Huy", 3, "avatar--staff")
    assert len({elements.avatar(f"Người {n}")[:24] for n in range(40)}) == elements.COLOURS


def test_a_time_carries_its_moment_for_machines_and_its_date_for_people() -> None:
    then = NOW - timedelta(hours=3)

    assert elements.ago(then) == (
        '<time datetime="2026-11-20T00:24:00+00:00" title="20 Nov 2026, 07:24" data-rel>3 hours ago</time>'
    )
    assert ">3h</time>" in elements.short_ago(then)
    with reading_as(VI):
        assert ">3 giờ trước</time>" in elements.ago(then)
        assert ">07:24 ngày 20/11/2026</time>" in elements.moment(then)
        assert ">20/11/2026</time>" in elements.day(then)


@pytest.mark.parametrize(
    ("count", "vi", "en"),
    [
        (0, "0 B", "0 B"),
        (1023, "1023 B", "1023 B"),
        (188_416, "184 KB", "184 KB"),
        (1_572_864, "1,5 MB", "1.5 MB"),
        (20_971_520, "20 MB", "20 MB"),
    ],
)
def test_a_files_size_is_told_in_the_unit_that_fits(count: int, vi: str, en: str) -> None:
    assert elements.size(count) == en
    with reading_as(VI):
        assert elements.size(count) == vi


def test_nothing_that_people_type_becomes_html() -> None:
    drawn = [
        elements.icon(EVIL, EVIL, EVIL),
        elements.status(EVIL),
        elements.priority(EVIL),
        elements.avatar(EVIL, cls=EVIL),
        elements.sla(NOW, EVIL),
    ]

    assert not [html for html in drawn if "<script" in html]
    assert all("&#34;&gt;&lt;script&gt;" in html for html in drawn)


def test_a_translated_text_escapes_its_values_only_where_it_is_html(tmp_path: Path) -> None:
    assert translate("Hello %(name)s & all", name=EVIL) == f"Hello {EVIL} & all"  # the template escapes it whole
    assert translate("Hello %(a)s & %(b)s", a=Markup("<b>Lan</b>"), b="<i>") == ("Hello <b>Lan</b> &amp; &lt;i&gt;")
    assert translate_count("%(n)s of %(b)s", "%(n)s of them %(b)s", 2, b=Markup("<b>")) == "2 of them <b>"
    (tmp_path / "page.html").write_text("{{ _('Hello %(name)s', name=name) }}{{ _('%(b)s', b='<b>'|safe) }}")
    page = environment(tmp_path).get_template("page.html").render(name="<Lan>")
    assert page == "Hello &lt;Lan&gt;<b>"


def test_a_letters_plain_text_is_not_escaped(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("{{ _('Tea & %(x)s', x=x) }}")

    assert environment(tmp_path).get_template("letter.txt").render(x="<cake>") == "Tea & <cake>"


def test_a_name_which_the_page_forgot_to_give_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("{{ forgotten }}")

    with pytest.raises(UndefinedError):
        environment(tmp_path).get_template("page.html").render()


def test_every_shipped_file_is_there_and_has_an_address_that_changes_with_it() -> None:
    assert static_url("dist/public.css").startswith("/static/dist/public.css?v=")
    assert (STATIC / "dist/public.css").is_file()
    with pytest.raises(KeyError):
        static_url("dist/no-such.css")


def test_what_a_language_makes_constant_is_in_the_compiled_template(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text(
        """{{ _("Sign in") }} {{ icon("check", label=_("Sign in")) }} {{ public_url("/help") }}"""
    )
    for lang, words in (("vi", "Đăng nhập"), ("en", "Sign in")):
        made = environment(tmp_path, lang)
        source, _, _ = made.loader.get_source(made, "page.html") if made.loader else ("", None, None)
        compiled = made.compile(source, raw=True)
        html = made.get_template("page.html").render()
        assert html.count(words) == 2, "the text and the icon's label"
        assert f"/{lang}/help" in html
        assert compiled.count("yield '") == 1, "one piece of text"


def test_words_with_values_are_translated_when_they_are_shown(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("""{{ _("Hello %(name)s", name=name) }} {{ _("Save") ~ name }}""")
    assert environment(tmp_path, "en").get_template("page.html").render(name="<x>") == "Hello &lt;x&gt; Save&lt;x&gt;"
