"""Our compiler of templates shows what Jinja's own shows."""

from pathlib import Path

import pytest
from jinja2 import Environment, FileSystemLoader, StrictUndefined, UndefinedError
from markupsafe import Markup, escape

from helpdesk.core.config import ROOT
from helpdesk.web.compiling import safe
from helpdesk.web.environment import environment

PARTS = {
    "base.html": "<title>{% block title %}plain{% endblock %}</title>\n{% block main %}base {{ name }}{% endblock %}\n",
    "macros.html": (
        '{% macro box(title, kind="") %}<b class="{{ kind }}">{{ title }}</b>'
        '{{ caller() if caller is defined else "" }}{% endmacro %}'
        "{% macro given() %}<i{{ kwargs|xmlattr }}>{{ varargs|join }}</i>{% endmacro %}"
    ),
    "part.html": "[{{ one }} {{ loop_number }} {{ name }}]",
    "page.html": """{% extends "base.html" %}
{% from "macros.html" import box, given with context %}
{% set outside = "<set>" %}
{% block title %}{{ name }} · {{ super() }}{% endblock %}
{% block main %}
{{ self.title() }} {{ super() }} {{ outside }}
{% set seen = namespace(n=0) %}
{% for one in things %}
{% set loop_number = loop.index %}
{% set seen.n = seen.n + 1 %}
{{ loop.index }}/{{ loop.length }} {{ one }} {{ box(one, kind="<k>") }} {% include "part.html" %}
{% for letter in letters if letter != one %}{{ letter }}{{ ", " if not loop.last }}{% else %}none{% endfor %}
{% call box(title=one) %}inner {{ one }}{% endcall %}
{% else %}
nothing
{% endfor %}
{{ seen.n }} {{ given("a", "<b>", id="x", **{"data-y": name}) }} {{ given(*letters) }} {{ given(class="c") }}
{% for key, value in pairs.items() %}{{ key }}={{ value }}{% if loop.first %}!{% endif %};{% endfor %}
{{ html }} {{ 5 }} {{ none }} {{ 1.5 }} {{ true }} {{ plain("x<", y=html) }} {{ "<" ~ html }} {{ name|upper }}
{% set kept %}{% for one in things %}{{ one }}{% endfor %}{% endset %}{{ kept }}{{ kept|length }}
{% endblock %}
""",
    "letter.txt": (
        "{% macro line(x) %}- {{ x }}{% endmacro %}"
        "{% for one in things %}{{ line(one) }} {{ one ~ name }}\n{% endfor %}"
    ),
}


@pytest.fixture
def templates(tmp_path: Path) -> Path:
    for name, text in PARTS.items():
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.mark.parametrize("name", ["page.html", "letter.txt"])
def test_a_template_shows_what_jinja_itself_shows(templates: Path, name: str) -> None:
    ours = environment(templates)
    theirs = Environment(
        loader=FileSystemLoader(templates),
        autoescape=ours.autoescape,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    data = {
        "name": 'Lan & "Minh" <3',
        "things": ["a", "<b>", Markup("<u>&amp;</u>"), 7, None],
        "letters": ["a", "<", "é"],
        "pairs": {"x": "<", "y": Markup("<hr>")},
        "html": Markup("<em>so</em>"),
        "plain": lambda *values, **named: f"{values}{named}",
    }

    for things in (data["things"], []):
        shown = ours.get_template(name).render({**data, "things": things})
        assert shown == theirs.get_template(name).render({**data, "things": things})
    assert ("&lt;b&gt;" in ours.get_template(name).render(data)) == name.endswith("html")


def test_a_variable_that_is_not_there_is_still_an_error(templates: Path) -> None:
    with pytest.raises(UndefinedError, match="things"):
        environment(templates).get_template("page.html").render(name="Lan")


def test_every_template_of_ours_compiles() -> None:
    ours = environment(ROOT / "templates")

    for name in ours.list_templates(extensions=["html", "txt"]):
        ours.get_template(name)


@pytest.mark.parametrize("value", ["a", "<a>", "'\"&", 7, None, 1.5, Markup("<b>")])
def test_a_value_is_escaped_as_ever(value: object) -> None:
    assert str(safe(value)) == str(escape(value))
