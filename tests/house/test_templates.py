"""Every template, by its source: what our policy refuses, what the sprite and the manifest do not have."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

from helpdesk.web.assets import STATIC, Shipped, _addresses
from tests.web.lint import problems
from tests.web.samples import ENVIRONMENTS, TEMPLATES

pytestmark = pytest.mark.once

SOURCES = {path.relative_to(TEMPLATES).as_posix(): path.read_text(encoding="utf-8") for path in TEMPLATES.rglob("*.*")}
ROOT = TEMPLATES.parent
REFUSED = {
    "an inline style": r"<style|\sstyle\s*=",
    "an inline script": r"<script(?![^>]*\ssrc=)",
    "an inline handler": r"\s(?:on[a-z]+|hx-on[\w:.-]*)\s*=\s*[\"']",
    "a script address": r"[\"']\s*(?:javascript|js):",
    "a trigger filter, which htmx evaluates": r"hx-trigger=\"[^\"]*\[",
    "a file addressed without its hash": r"[\"']/static/",
    "a file from elsewhere": r"<(?:script|link|img|iframe)[^>]*(?:src|href)=\"(?:https?:)?//",
    "HTML taken on trust, unless its name says that it was made safe (`body_html`)": r"(?<!html)\|\s*safe\b",
}
ICON = re.compile(r"\bicon(?:\(|=)\s*[\"']([a-z0-9-]+)[\"']")


@pytest.mark.parametrize("what", REFUSED)
def test_no_template_has(what: str) -> None:
    found = [name for name, source in SOURCES.items() if re.search(REFUSED[what], source, re.IGNORECASE)]

    assert found == []


def test_every_template_can_be_read() -> None:
    assert len(SOURCES) > 15
    for name in SOURCES:
        ENVIRONMENTS["vi"].get_template(name)


def test_no_template_speaks_one_language_only() -> None:
    found = {name: words for name, source in SOURCES.items() if (words := bare_words(source))}

    assert found == {}, "put them into _(…)"


def test_every_icon_that_is_named_is_in_the_sprite() -> None:
    sprites = [(STATIC / name).read_text(encoding="utf-8") for name in ("icons.svg", "icons-staff.svg")]
    drawn = {name for sprite in sprites for name in re.findall(r'<symbol id="([^"]+)"', sprite)}
    paths = [path for room in ("helpdesk", "kb") for path in (ROOT / room).rglob("*.py")]
    sources = {**SOURCES, **{str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in paths}}

    absent = {(name, icon) for name, source in sources.items() for icon in set(ICON.findall(source)) - drawn}

    assert absent == set(), "add them with: cd frontend && npm ci && npm run vendor"


def test_every_shipped_file_is_what_the_manifest_says() -> None:
    for name, address in _addresses().items():
        assert (STATIC / name).is_file(), address
    named = {name for source in SOURCES.values() for name in re.findall(r"static_url\(\"([^\"]+)\"\)", source)}
    assert named <= set(_addresses())


@pytest.mark.parametrize(("kind", "kilobytes"), [("public", 40), ("staff", 60)])
def test_a_first_visit_stays_light(kind: str, kilobytes: int) -> None:
    shipped = msgspec.json.decode((STATIC / "manifest.json").read_bytes(), type=dict[str, Shipped])
    scripts = ["vendor/hx-sse.min.js", "icons-staff.svg"] if kind == "staff" else []
    names = [f"dist/{kind}.css", f"dist/{kind}.js", "dist/editor.js", "vendor/htmx.min.js", "icons.svg", *scripts]

    assert sum(shipped[name].gzip for name in names) < kilobytes * 1024


def test_the_page_for_when_nothing_works_needs_nothing() -> None:
    assert problems(Path(STATIC / "500.html").read_text(encoding="utf-8")) == []


def bare_words(source: str) -> list[str]:
    """The texts of a template that stand in it untranslated, in elements and in attributes people read."""
    html = re.sub(r"\{% block \w*_(?:class|attributes) %\}.*?\{% endblock %\}", " ", source)
    html = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", " ", html, flags=re.DOTALL)
    html = re.sub(r"<(kbd|code|style|script)\b.*?</\1>", " ", html, flags=re.DOTALL)
    read_out = re.findall(r"\s(?:aria-label|placeholder|title|alt)=\"([^\"]*)\"", html)
    texts = [text.strip() for text in [*re.split(r"<[^>]*>", html), *read_out]]
    return [text for text in texts if re.search(r"[^\W\d_]{2}", text) and '="' not in text]
