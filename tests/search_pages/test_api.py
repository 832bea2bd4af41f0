"""The search for machines."""

import pytest

from tests.factories import Desk
from tests.kb_articles import written

pytestmark = pytest.mark.usefixtures("index")


async def test_hits_carry_kind_number_title_address_and_score(desk: Desk) -> None:
    number = await written("Kết nối máy in")
    await written("Refund", "Card.", lang="en")
    await desk.work()

    answer = await (await desk.browser()).get("/api/v1/search?q=may+in")

    assert answer.status_code == 200
    [hit] = answer.json()["hits"]
    assert hit.pop("score") > 0
    assert hit == {
        "kind": "article",
        "id": number,
        "title": "Kết nối máy in",
        "url": f"http://127.0.0.1:8000/vi/help/articles/{number}-ket-noi-may-in",
    }


async def test_language_kind_and_number_of_hits_can_be_chosen(desk: Desk) -> None:
    for number in range(4):
        await written(f"Shopee {number}", "Shopee.")
    await written("Shopee shop", "Shopee.", lang="en")
    await desk.work()
    browser = await desk.browser()

    async def hits(more: str) -> int:
        return len((await browser.get(f"/api/v1/search?q=shopee{more}")).json()["hits"])

    assert await hits("") == 5
    assert await hits("&lang=en") == 1
    assert await hits("&limit=2") == 2
    assert await hits("&kind=article") == 5
    assert await hits("&kind=topic") == 0


@pytest.mark.parametrize("query", ["lang=fr", "kind=wolf", "limit=many"])
async def test_what_cannot_be_asked_is_a_problem(desk: Desk, query: str) -> None:
    answer = await (await desk.browser()).get(f"/api/v1/search?q=x&{query}")

    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"


async def test_nobody_finds_a_draft_this_way(desk: Desk) -> None:
    await written("Bí mật", status="draft")
    await written("Không bí mật")
    await desk.work()

    answer = await (await desk.browser()).get("/api/v1/search?q=bi+mat")

    assert [hit["title"] for hit in answer.json()["hits"]] == ["Không bí mật"]
