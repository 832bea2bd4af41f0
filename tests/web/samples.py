"""What every page is given, with made-up people: for tests that render templates on their own."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from helpdesk.web.environment import environment

TEMPLATES = Path(__file__).parents[2] / "templates"
ENVIRONMENTS = {lang: environment(TEMPLATES, lang) for lang in ("vi", "en")}
NOW = datetime(2026, 11, 20, 3, 24, tzinfo=UTC)

KHOA = SimpleNamespace(id=1, name="Trần Minh Khoa", role="admin", is_agent=True, is_admin=True)
NHUNG = SimpleNamespace(id=9, name="Nguyễn Thị Nhung", role="customer", is_agent=False, is_admin=False)
RAIL = [
    {
        "key": "mine",
        "icon": "user-round",
        "title": "Việc của tôi",
        "count": 14,
        "hot": False,
        "url": "/desk/queues/mine",
    },
    {"key": "soon", "icon": "timer", "title": "Sắp quá hạn", "count": 6, "hot": True, "url": "/desk/queues/soon"},
]


def context(lang: str = "vi", **more: Any) -> dict[str, Any]:
    """A signed-in customer's page, unless `more` says otherwise."""
    site = SimpleNamespace(name="Lúa", lang="vi", tz="Asia/Ho_Chi_Minh")
    given = {"site": site, "actor": NHUNG, "path": "/help", "lang": lang, "theme": "system", "now": NOW, "flash": []}
    return {**given, "rail": RAIL, "troubles": [], "who_is_away": {KHOA.id}, **more}


def sent(errors: dict[str, str], **values: object) -> SimpleNamespace:
    """A form that came back: what was typed, and what is wrong with it."""
    return SimpleNamespace(values=values, errors=errors)
