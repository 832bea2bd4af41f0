"""Whatever a stranger sent, a browser saves it; only a picture is shown, as what its bytes say."""

import httpx
import pytest
from litestar import Litestar, get
from litestar.response import File

from helpdesk.files import store
from helpdesk.files.serve import content_disposition, download

pytestmark = pytest.mark.usefixtures("database")
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 20


async def fetch(content: bytes, name: str, kind: str) -> httpx.Response:
    stored = await store.put(content)

    @get("/")
    async def file() -> File:
        return download(stored.sha256, name, kind)

    application = Litestar([file], openapi_config=None)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(application),  # type: ignore[arg-type]  # two names for one protocol
        base_url="http://desk.test",
    ) as client:
        return await client.get("/")


@pytest.mark.parametrize(
    ("content", "name", "kind"),
    [
        (b"<script>alert(1)</script>", "a.html", "text/html"),
        (b"<svg onload='alert(1)'/>", "a.svg", "image/svg+xml"),
        (b"<script>", "a.png", "image/png"),
        (b"%PDF-1.7", "a.pdf", "application/pdf"),
    ],
)
async def test_nothing_from_a_stranger_runs_in_a_browser(content: bytes, name: str, kind: str) -> None:
    answer = await fetch(content, name, kind)

    assert answer.content == content
    assert answer.headers["content-disposition"].startswith(f'attachment; filename="{name}"')
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"].startswith("sandbox")


async def test_a_picture_is_shown_as_what_it_is() -> None:
    answer = await fetch(PNG, "ảnh.png", "text/html")

    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["content-disposition"] == ("inline; filename=\"_nh.png\"; filename*=UTF-8''%E1%BA%A3nh.png")


async def test_a_type_that_is_none_is_just_bytes() -> None:
    answer = await fetch(b"x", "x", "text/html\r\nX-Evil: 1")

    assert answer.headers["content-type"] == "application/octet-stream"
    assert "x-evil" not in answer.headers


@pytest.mark.once
@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd", "_.._etc_passwd"),
        ("a\r\nSet-Cookie: x=1", "a_Set-Cookie: x=1"),
        ('a".exe', "a_.exe"),
        ("..", "file"),
        ("", "file"),
        ("hoá\u202egpj.exe", "ho__gpj.exe"),
    ],
)
def test_a_name_is_only_a_name(name: str, shown: str) -> None:
    assert content_disposition(name).startswith(f'attachment; filename="{shown}"; ')
    assert "\n" not in content_disposition(name)
