"""
The main job, walked in Chromium in both languages: search, ticket, an agent's reply seen live by another,
the customer's answer by mail, solved, rated.
"""

import re
import smtplib
from email.message import EmailMessage
from email.utils import make_msgid

import pytest
from playwright.async_api import expect

from helpdesk.demo.load import PASSWORD
from helpdesk.i18n.catalogue import gettext
from helpdesk.i18n.reader import Reader, reading_as
from tests.browser.conftest import LiveDesk, Person, SitDown, text_of

pytestmark = [pytest.mark.browser, pytest.mark.once]

AGENTS = {"vi": ("khoa@lua.example", "hanh@lua.example"), "en": ("khoa@lua.example", "hanh@lua.example")}
DEPARTMENT = {"vi": "Chăm sóc khách hàng", "en": "Customer care"}
QUESTION = {"vi": "hoan tien", "en": "refund a customer"}


async def sign_in(person: Person, lang: str, address: str) -> None:
    page = person.page
    await page.goto(f"/{lang}/signin?next=/desk")
    await page.get_by_text(gettext("I have a password")).click()
    form = page.locator("form[action$='/signin/password']")
    await form.locator("input[name=email]").fill(address)
    await form.locator("input[name=password]").fill(PASSWORD)
    await form.get_by_role("button").first.click()
    await page.wait_for_url("**/desk/**")
    await page.request.post("/preferences/language", form={"lang": lang})  # the desk is shared with the tests before


@pytest.mark.parametrize("lang", ["vi", "en"])
async def test_the_main_job_from_search_to_rating(live_desk: LiveDesk, sit_down: SitDown, lang: str) -> None:
    address = f"hoa.{lang}@khach.example"
    subject = {"vi": "Máy in hoá đơn bốc khói", "en": "The receipt printer is smoking"}[lang]
    with reading_as(Reader(lang, "Asia/Ho_Chi_Minh")):
        # A visitor searches, without accents, and reads an article.
        customer = await sit_down(lang)
        page = customer.page
        await page.goto(f"/{lang}/help")
        await page.locator("#q").fill(QUESTION[lang])
        await page.locator("#q").press("Enter")
        await page.wait_for_url("**/help/search**")
        await page.locator("#best a").click()
        await page.wait_for_url("**/help/articles/**")
        await expect(page.locator("h1")).to_be_visible()

        # It does not help, so they ask; matching answers are offered while they type.
        await page.goto(f"/{lang}/help/requests/new")
        await page.locator("#subject").press_sequentially(subject)
        await page.locator("#body").fill("**Khói** khắp nơi." if lang == "vi" else "**Smoke** everywhere.")
        await page.locator("#topic").select_option(index=1)
        code = page.get_by_label({"vi": "Mã lỗi trên màn hình", "en": "Error code on the screen"}[lang])
        await expect(code).to_be_attached()
        await expect(code).to_be_hidden()
        await page.get_by_label({"vi": "Thiết bị nào?", "en": "Which device?"}[lang]).select_option("1")
        await expect(code).to_be_visible()
        await page.locator("#topic").select_option("0")
        await page.locator("#department").select_option(label=DEPARTMENT[lang])
        await page.locator("#name").fill("Hoa Phạm")
        await page.locator("#email").fill(address)
        await page.get_by_role("button", name=gettext("Send the request")).click()
        await page.wait_for_url("**/help/requests/sent")

        # The acknowledgement has a private link, and says by when an answer is promised.
        letter = await live_desk.letter_to(address)
        link = re.search(r"https?://\S+/help/requests/(\d+)\?key=[^\s>]+", text_of(letter))
        assert link is not None, text_of(letter)
        number = link[1]
        await page.goto(link[0])
        await expect(page.locator("h1")).to_have_text(subject)

        # Two agents look at the ticket; one answers, the other sees it without touching anything.
        first, second = await sit_down(lang), await sit_down(lang)
        await sign_in(first, lang, AGENTS[lang][0])
        await sign_in(second, lang, AGENTS[lang][1])
        for agent in (first, second):
            await agent.page.goto(f"/desk/tickets/{number}")
            await expect(agent.page.locator("h1")).to_have_text(subject)
        answer = {"vi": "Chị rút điện giúp em nhé.", "en": "Please pull the plug."}[lang]
        await first.page.locator("#body").fill(answer)
        await first.page.locator("form.composer button.btn--primary").click()
        await expect(second.page.locator(".thread")).to_contain_text(answer)

        # The customer answers by mail; both agents see it come in.
        reply = await live_desk.letter_to(address, having=answer)
        words = {"vi": "Rút rồi, hết khói.", "en": "Pulled. No more smoke."}[lang]
        _send(live_desk, reply, address, words)
        await expect(second.page.locator(".thread")).to_contain_text(words)

        # Solved, and rated.
        await page.reload()
        await expect(page.locator(".thread")).to_contain_text(words)
        await page.get_by_role("button", name=gettext("It is solved, close it")).click()
        await expect(page.locator("#rate")).to_contain_text(gettext("How was our answer?"))
        await page.get_by_text(gettext("Yes, it helped")).click()
        await page.get_by_role("button", name=gettext("Send the rating")).click()
        await expect(page.locator("main")).to_contain_text(gettext("We have your rating, and we read every one."))
        for person in (customer, first, second):
            assert person.troubles == []


def _send(desk: LiveDesk, answered: EmailMessage, sender: str, words: str) -> None:
    """What a mail program does with "Reply"."""
    letter = EmailMessage()
    letter["From"] = f"Hoa Phạm <{sender}>"
    letter["To"] = str(answered["Reply-To"] or answered["From"])
    letter["Subject"] = str(answered["Subject"])
    letter["Message-ID"] = make_msgid(domain="khach.example")
    letter["In-Reply-To"] = str(answered["Message-ID"])
    letter["References"] = f"{answered['References'] or ''} {answered['Message-ID']}".strip()
    quoted = "\n".join(f"> {line}" for line in text_of(answered).splitlines())
    letter.set_content(f"{words}\n\nOn Friday, somebody wrote:\n{quoted}\n")
    with smtplib.SMTP("127.0.0.1", desk.smtp_port, timeout=10) as server:
        server.send_message(letter, from_addr=sender)


async def test_customers_pages_work_without_javascript(live_desk: LiveDesk, sit_down: SitDown) -> None:
    customer = await sit_down("en", width=390, javascript=False)
    page = customer.page
    await page.goto("/en/help")
    await page.locator("#q").fill("refund")
    await page.locator("#q").press("Enter")
    await expect(page.locator("#best a")).to_be_visible()
    await page.goto("/en/help/requests/new")
    await page.locator("#subject").fill("No scripts here")
    await page.locator("#body").fill("Does it work?")
    await page.locator("#name").fill("Linh")
    await page.locator("#email").fill("linh.noscript@khach.example")
    await page.locator("#topic").select_option(label="Till, printer or another device")
    await page.get_by_role("button", name="Show what they ask").click()
    await page.get_by_label("Which device?").select_option("Printer")
    await page.get_by_role("button", name="Send the request").click()
    await page.wait_for_url("**/help/requests/sent")
    assert "#" in text_of(await live_desk.letter_to("linh.noscript@khach.example"))


async def test_a_ticket_is_read_beside_its_queue_by_keyboard(live_desk: LiveDesk, sit_down: SitDown) -> None:
    with reading_as(Reader("en", "Asia/Ho_Chi_Minh")):
        agent = await sit_down("en")
        await sign_in(agent, "en", AGENTS["en"][0])
        page, preview = agent.page, agent.page.locator("#preview")
        await page.goto("/desk/queues/active")
        await expect(preview).to_be_hidden()
        await page.keyboard.press("j")
        await page.keyboard.press("Space")
        rows = page.locator(".queue tbody tr")
        await expect(preview.locator("h2")).to_have_text(await rows.nth(0).locator(".subj a").inner_text())
        await page.keyboard.press("j")
        await expect(preview.locator("h2")).to_have_text(await rows.nth(1).locator(".subj a").inner_text())
        await page.keyboard.press("Escape")
        await expect(preview).to_be_hidden()


async def test_a_queue_counts_itself_while_it_is_put_together(live_desk: LiveDesk, sit_down: SitDown) -> None:
    with reading_as(Reader("vi", "Asia/Ho_Chi_Minh")):
        agent = await sit_down("vi")
        await sign_in(agent, "vi", AGENTS["vi"][0])
        page = agent.page
        await page.goto("/desk/views/new")
        count = page.locator("#view-count")
        await expect(count).to_have_text(re.compile(r"^[1-9]\d* yêu cầu lúc này"))
        await page.locator("button[value=add-all]").click()
        settled = page.locator("#conditions:not(.htmx-settling)")  # before that nothing hears what is chosen there
        await settled.locator("#all-1").select_option("opened")
        await page.locator("input[name=value-all-1][inputmode=numeric]").fill("0")
        await expect(count).to_have_text("0 yêu cầu lúc này")
