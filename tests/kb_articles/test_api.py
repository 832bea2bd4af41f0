"""Articles for machines."""

from helpdesk.people import actions as people
from tests.factories import Browser, Desk
from tests.kb_articles import now_of, shelf, written

NEW = {"title": "Hoàn tiền", "body": "Một **hai**.", "language": "vi"}


async def machine(desk: Desk) -> Browser:
    """A program with Minh's token: no cookies, nothing of a browser."""
    minh = await desk.agent("Minh")
    assert minh.id is not None
    browser = Browser(desk.application, "en")
    browser.headers.pop("sec-fetch-site")
    browser.headers["authorization"] = f"Bearer {await people.make_token(minh, minh.id, 'tests')}"
    desk._browsers.append(browser)
    return browser


async def test_an_article_is_written_by_a_token_and_read_by_everybody(desk: Desk) -> None:
    program, category = await machine(desk), await shelf()

    answer = await program.post("/api/v1/articles", json=NEW | {"status": "published", "category": category})

    assert answer.status_code == 201
    made = answer.json()
    assert made["url"] == f"http://127.0.0.1:8000/vi/help/articles/{made['id']}-hoan-tien"
    assert (made["status"], made["language"], made["category"], made["version"]) == ("published", "vi", category, 1)
    assert made["html"] == "<p>Một <strong>hai</strong>.</p>"
    read = await (await desk.browser()).get(f"/api/v1/articles/{made['id']}")
    assert read.json() == made


async def test_without_a_token_nothing_is_written(desk: Desk) -> None:
    visitor, number = await desk.browser(), await written()

    for answer in (
        await visitor.post("/api/v1/articles", json=NEW),
        await visitor.patch(f"/api/v1/articles/{number}", json={"title": "Khác"}),
    ):
        assert (answer.status_code, answer.headers["content-type"]) == (401, "application/problem+json")


async def test_a_customer_writes_nothing(desk: Desk) -> None:
    lan, number = await desk.browser(await desk.customer("Lan")), await written()

    assert (await lan.post("/api/v1/articles", json=NEW)).status_code == 403
    assert (await lan.patch(f"/api/v1/articles/{number}", json={"title": "Khác"})).status_code == 403
    assert (await now_of(number)).title == "Hoàn tiền cho khách trả bằng thẻ"


async def test_drafts_are_for_staff(desk: Desk) -> None:
    number = await written(status="draft")
    visitor, program = await desk.browser(), await machine(desk)

    assert (await visitor.get(f"/api/v1/articles/{number}")).status_code == 404
    assert (await program.get(f"/api/v1/articles/{number}")).json()["status"] == "draft"
    assert (await visitor.get("/api/v1/articles?status=draft")).json() == {"items": [], "next": None}


async def test_a_change_names_only_what_is_different(desk: Desk) -> None:
    program, number = await machine(desk), await written("Hoàn tiền", "Cũ.", category=await shelf())

    answer = await program.patch(f"/api/v1/articles/{number}", json={"body": "Mới.", "version": 1})

    changed = answer.json()
    assert (answer.status_code, changed["title"], changed["body"]) == (200, "Hoàn tiền", "Mới.")
    assert (changed["version"], changed["status"], changed["category"] is None) == (2, "published", False)
    late = await program.patch(f"/api/v1/articles/{number}", json={"body": "Khác.", "version": 1})
    assert late.status_code == 409
    gone = await program.patch(f"/api/v1/articles/{number}", json={"status": "archived", "category": None})
    assert (gone.json()["status"], gone.json()["category"]) == ("archived", None)


async def test_what_cannot_be_used_is_named(desk: Desk) -> None:
    program = await machine(desk)

    for wrong, field in (
        (NEW | {"title": ""}, "title"),
        (NEW | {"language": "fr"}, "language"),
        ({"title": "Hoàn tiền", "body": "Một."}, "language"),
        (NEW | {"category": 999_999}, "category"),
        (NEW | {"translation_of": 999_999}, "translation_of"),
    ):
        answer = await program.post("/api/v1/articles", json=wrong)
        assert answer.status_code in {400, 422}, wrong
        assert answer.headers["content-type"] == "application/problem+json"
        assert field in answer.text


async def test_the_list_goes_on_by_key(desk: Desk) -> None:
    numbers = [await written(f"Bài {number}") for number in range(5)]
    visitor = await desk.browser()

    seen, after = [], ""
    for _ in range(3):
        page = (await visitor.get(f"/api/v1/articles?limit=2{after}")).json()
        seen += [article["id"] for article in page["items"]]
        after = f"&after={page['next']}"

    assert (seen, page["next"]) == (numbers[::-1], None)
    assert len((await visitor.get("/api/v1/articles?limit=0")).json()["items"]) == 1
    assert len((await visitor.get("/api/v1/articles?language=en")).json()["items"]) == 0
