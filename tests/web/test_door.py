"""Every request meets the door: who asks, in which language, from where; every answer leaves with its headers."""

import pytest

from helpdesk.people.tables import Session
from tests.factories import Desk


async def test_a_form_that_another_site_sent_changes_nothing(desk: Desk) -> None:
    lan = await desk.customer("Lan")
    browser = await desk.browser(lan)
    for headers in (
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "", "origin": "https://evil.example"},
        {"sec-fetch-site": "", "origin": "null"},
    ):
        if not headers["sec-fetch-site"]:
            del browser.headers["sec-fetch-site"]
            headers.pop("sec-fetch-site")
        answer = await browser.post("/signout", headers=headers)
        assert answer.status_code == 403, headers
        browser.headers["sec-fetch-site"] = "same-origin"
    assert await Session.count() == 1
    await browser.post("/signout")
    assert await Session.count() == 0


async def test_a_form_from_the_same_host_is_taken_from_browsers_without_fetch_metadata(desk: Desk) -> None:
    browser = await desk.browser(await desk.customer("Lan"))
    del browser.headers["sec-fetch-site"]
    await browser.post("/signout", headers={"origin": "http://desk.test"})
    assert await Session.count() == 0


async def test_every_page_leaves_with_the_security_headers(desk: Desk) -> None:
    await desk.department()
    browser = await desk.browser()
    for address in ("/en/signin", "/en/help/requests/new", "/no/such/page"):
        headers = (await browser.get(address)).headers
        assert headers["content-type"] == "text/html; charset=utf-8"
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "private, no-cache"
        assert "set-cookie" not in headers


@pytest.mark.parametrize(
    ("accepts", "lands"),
    [("en-GB,en;q=0.9", "/en/signin"), ("vi", "/vi/signin"), ("fr", "/vi/signin"), ("", "/vi/signin")],
)
async def test_a_public_page_without_language_leads_to_the_readers(desk: Desk, accepts: str, lands: str) -> None:
    answer = await (await desk.browser(lang=accepts)).get("/signin")
    assert answer.url.path == lands


async def test_the_address_decides_the_language_of_a_public_page(desk: Desk) -> None:
    browser = await desk.browser(lang="en")
    assert '<html lang="vi"' in (await browser.get("/vi/signin")).text
    assert '<html lang="en"' in (await browser.get("/en/signin")).text


async def test_whoever_is_not_signed_in_is_sent_there_and_back(desk: Desk) -> None:
    answer = await (await desk.browser()).get("/desk/queues/mine")
    assert answer.url.path == "/en/signin"
    assert "/desk/queues/mine" in str(answer.url.query, "ascii").replace("%2F", "/")


async def test_a_customer_does_not_enter_the_desk_and_an_agent_not_the_settings(desk: Desk) -> None:
    care = await desk.department()
    lan, minh = await desk.customer("Lan"), await desk.agent("Minh", care)
    assert (await (await desk.browser(lan)).get("/desk/queues/mine")).status_code == 403
    assert (await (await desk.browser(minh)).get("/admin")).status_code == 403


async def test_a_missing_page_says_so_in_the_readers_language(desk: Desk) -> None:
    browser = await desk.browser()
    assert "This page is not here any more" in (await browser.get("/en/help/nowhere")).text
    assert "we filled in the words" not in (await browser.get("/en/help/articles/99")).text
    agent = await desk.browser(await desk.agent("Minh", await desk.department(), lang="en"))
    for path, is_at_work in (("/desk/tickets/99", True), ("/en/help/nowhere", False)):
        assert ('href="/desk">Go to the queues' in (await agent.get(path)).text) is is_at_work
    answer = await browser.get("/vi/help/nowhere")
    assert answer.status_code == 404
    assert '<html lang="vi"' in answer.text


async def test_the_api_answers_with_problem_documents(desk: Desk) -> None:
    answer = await (await desk.browser()).get("/api/v1/tickets/1")
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == 401


async def test_head_gives_the_headers_of_get_without_the_body(desk: Desk) -> None:
    answer = await (await desk.browser()).head("/en/signin")
    assert answer.status_code == 200
    assert answer.content == b""


async def test_health_checks_answer(desk: Desk) -> None:
    browser = await desk.browser()
    assert (await browser.get("/livez")).text == "alive\n"
    assert (await browser.get("/healthz")).text == "healthy\n"
    assert (await browser.get("/readyz")).text == "ready\n"
    metrics = (await browser.get("/metrics")).text
    assert "# TYPE helpdesk_requests_total counter" in metrics
    assert 'helpdesk_requests_total{status="2xx"}' in metrics


async def test_static_files_are_kept_by_browsers_and_lead_nowhere_else(desk: Desk) -> None:
    browser = await desk.browser()
    answer = await browser.get("/static/dist/public.css?v=1")
    assert answer.status_code == 200
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["content-encoding"] == "gzip"
    for path in ("/static/../helpdesk/app.py", "/static/%2e%2e/pyproject.toml", "/static/nothing.css"):
        assert (await browser.get(path)).status_code == 404


async def test_pages_are_compressed_for_browsers_that_take_it(desk: Desk) -> None:
    browser = await desk.browser()
    answer = await browser.get("/en/signin")
    assert answer.headers["content-encoding"] == "gzip"
    assert "Accept-Encoding" in answer.headers["vary"]
    plain = await browser.get("/en/signin", headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.text == answer.text


async def test_a_public_page_is_kept_for_visitors_counted_each_time_and_made_anew_after_a_change(desk: Desk) -> None:
    from kb.articles import actions, feedback
    from kb.articles.actions import Draft
    from kb.articles.tables import Article
    from tests.counting import counted

    admin = await desk.admin()
    number = await actions.create(
        admin, Draft(title="Hoàn tiền", body="Ba ngày.", lang="vi", category=None, status="published")
    )
    browser = await desk.browser(lang="vi")
    address = f"/vi/help/articles/{number}-hoan-tien"
    first = await browser.get(address)
    with counted() as asked:
        again = await browser.get(address)
    assert asked == []
    assert again.text == first.text
    unchanged = await browser.get(address, headers={"if-none-match": again.headers["etag"]})
    assert unchanged.status_code == 304
    await feedback.readings.write()
    row = await Article.select(Article.views).where(Article.id == number).first()
    assert row == {"views": 3}

    article = await Article.select(Article.version).where(Article.id == number).first()
    assert article is not None
    await actions.change(
        admin,
        number,
        Draft(title="Hoàn tiền", body="Năm ngày.", lang="vi", category=None, status="published"),
        seen=article["version"],
    )
    assert "Năm ngày." in (await browser.get(address)).text
    signed_in = await desk.browser(admin, lang="vi")
    assert "etag" not in (await signed_in.get(address)).headers


async def test_what_is_said_once_is_said_by_a_whole_page_and_not_lost_in_a_part(desk: Desk) -> None:
    from tests.tickets import ask

    minh = await desk.agent("Minh", await desk.department(), lang="en")
    ticket = await ask(await desk.customer("Lan"))
    browser = await desk.browser(minh)
    browser.follow_redirects = False
    await browser.post(f"/desk/tickets/{ticket}/messages", data={"body": "Hello", "mode": "note"})
    await browser.get(f"/desk/tickets/{ticket}/thread", headers={"hx-request": "true"})
    assert "The note is kept." in (await browser.get(f"/desk/tickets/{ticket}")).text
    assert "The note is kept." not in (await browser.get(f"/desk/tickets/{ticket}")).text


@pytest.mark.parametrize("path", ["/en/help", "/desk", "/api/v1/tickets"])
async def test_while_the_database_is_away_everybody_gets_a_page_that_says_so(
    desk: Desk, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = await desk.browser(await desk.agent("Minh"))

    async def away(*args: object) -> None:
        raise ConnectionRefusedError

    with monkeypatch.context() as broken:
        broken.setattr(desk.application, "_recognise", away)
        answer = await browser.get(path)
        assert answer.status_code == 503
        assert "We will be right back" in answer.text
        assert answer.headers["retry-after"] == "30"
        assert "content-security-policy" in answer.headers
    assert (await browser.get("/desk")).status_code == 200
