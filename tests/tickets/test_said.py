"""What is typed becomes a message: pictures stand where the words name them."""

import pytest

from helpdesk.tickets.said import File, typed

pytestmark = pytest.mark.once
HASH = "a" * 64
PICTURE = File(HASH, "ảnh 1.png", "image/png", 4)


def test_a_picture_among_the_files_stands_where_it_is_named() -> None:
    said = typed("Xem:\n![màn hình](ảnh 1.png)\nRồi sao?", channel="web", files=(PICTURE,))

    assert f'src="/pictures/{HASH}"' in said.html
    assert "![màn hình](ảnh 1.png)" in said.body, "what was typed is kept as it was"
    assert "Rồi sao?" in said.text


@pytest.mark.parametrize(
    "words", ["![](other.png)", "![](https://evil.example/x.png)", "[ảnh](ảnh 1.png)", "ảnh 1.png"]
)
def test_nothing_else_becomes_a_picture_of_ours(words: str) -> None:
    assert "/pictures/" not in typed(words, channel="web", files=(PICTURE,)).html


def test_only_pictures_do() -> None:
    file = File(HASH, "hoá đơn.pdf", "application/pdf", 4)

    assert "/pictures/" not in typed("![](hoá đơn.pdf)", channel="web", files=(file,)).html
