"""Administrators say what letters say; nothing they write can stop one, and nothing typed is lost."""

import re
from html import unescape

import pytest

from helpdesk.core.errors import Forbidden
from helpdesk.core.markup import to_text
from helpdesk.i18n.reader import LANGUAGES, Reader, reading_as
from helpdesk.mailroom import changing, wording
from helpdesk.mailroom.tables import LetterWording
from helpdesk.mailroom.wording import BLOCKS, EXPLAINED, KINDS, Source
from helpdesk.settings.site import SiteSettings
from helpdesk.tickets import actions
from helpdesk.tickets.said import typed
from tests.factories import Desk
from tests.mail_flow.letters import letter
from tests.mailroom import arrive
from tests.mailroom.test_notify import asked, letters

SITE = SiteSettings(name="Lúa")


def test_every_kind_has_an_original_in_both_languages_that_can_be_used() -> None:
    for kind in KINDS.values():
        assert set(kind.known) <= set(EXPLAINED)
        for lang in LANGUAGES:
            assert changing.wrong(kind, {lang: wording.original(kind.key, lang)}) == {}, (kind.key, lang)
    files = {path.name for path in wording.HERE.glob("*")}
    assert files == {f"{kind}.{lang}.md" for kind in KINDS for lang in LANGUAGES}


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
async def test_text_and_html_say_the_same(desk: Desk, kind: str, lang: str) -> None:
    await desk.department()
    an = await desk.admin()

    looked = await changing.preview(KINDS[kind], {lang: wording.original(kind, lang)}, an, None)

    html = words(to_text(looked[lang].html.partition("<body>")[2], links=False))
    text = words(re.sub(r"\s<https?://[^>]+>", "", looked[lang].text))
    assert html == text
    assert len(text) > 10
    assert "{{" not in looked[lang].html + looked[lang].text + looked[lang].subject
    assert "http" in looked[lang].text
    with reading_as(Reader(lang)):
        assert str(KINDS[kind].title) != "", kind


def words(text: str) -> list[str]:
    return re.findall(r"\w+", unescape(text))


async def test_letters_say_what_the_administrator_wrote_for_all_or_for_one_department(desk: Desk) -> None:
    care = await desk.department()
    billing = await desk.department("Billing", "Kế toán", "billing@lua.example")
    an = await desk.admin()
    every = Source("Chào! #{{ ticket.number }}", "Xin chào từ **{{ department.name }}**.\n\n{{ link }}")
    await changing.change(an, "acknowledge", 0, {"vi": every})
    await changing.change(an, "acknowledge", billing, {"vi": Source("Kế toán", "Riêng. {{ link }}")})

    first = await asked(desk, await desk.customer("Lan"), department=str(care))
    await asked(desk, await desk.customer("Mai"), department=str(billing))

    ack, other = await letters()
    assert ack.subject == f"Chào! #{first}"
    assert "Xin chào từ Chăm sóc khách hàng." in ack.text
    assert "<strong>Chăm sóc khách hàng</strong>" in ack.html
    assert (other.subject, other.text.startswith("Riêng. http")) == ("Kế toán", True)


async def test_a_wording_that_cannot_be_used_any_more_stops_no_letter_and_is_shown(desk: Desk) -> None:
    department = await desk.department()
    an = await desk.admin(lang="en")
    broken = "{% for i in range(10**9) %}x{% endfor %}"
    row = LetterWording(kind="acknowledge", lang="vi", subject="x", body=broken, changed_at=desk.clock.moment)
    await row.save()

    await asked(desk, await desk.customer("Lan"), department=str(department))
    await asked(desk, await desk.customer("Mai"), department=str(department))

    assert ["Chúng tôi đã nhận" in one.subject for one in await letters()] == [True, True]
    page = await (await desk.browser(an)).text("/admin/wording")
    assert "A wording cannot be used" in page
    assert "The original is sent in its place." in page
    log = await (await desk.browser(an)).text("/admin/audit?kind=settings")
    assert log.count("could not be used") == 1
    told = [one for one in await letters(staff=True) if one.to[0].email == an.email]
    assert [one.subject for one in told] == ["A wording of yours cannot be used: Acknowledgement · Tiếng Việt"]
    assert "/admin/wording/acknowledge" in told[0].text


FORM = {
    "subject_vi": "Re: {{ ticket.subject }}",
    "body_vi": "{{ answer }}\n\nThân mến",
    "subject_en": "Re: {{ ticket.subject }}",
    "body_en": "{{ answer }}\n\nYours",
    "department": "0",
}


async def test_an_administrator_changes_sees_and_takes_back_a_wording(desk: Desk) -> None:
    department = await desk.department()
    browser = await desk.browser(await desk.admin(lang="en"))
    lan = await desk.customer("Lan")
    minh = await desk.agent("Minh", department)
    number = await asked(desk, lan, department=str(department))
    await actions.reply(minh, number, typed("Bạn **tắt** máy nhé.", channel="web"))

    looked = await browser.post("/admin/wording/reply", data={**FORM, "only_look": "true", "ticket": f"#{number}"})
    assert looked.status_code == 200
    assert "<strong>tắt</strong>" in looked.text
    assert "Thân mến" in looked.text
    assert "Máy in hỏng" in looked.text
    assert await LetterWording.count() == 0, "looking keeps nothing"
    assert (await browser.post("/admin/wording/reply", data={**FORM, "only_look": "true"})).status_code == 200

    saved = await browser.post("/admin/wording/reply", data=FORM)
    assert "differs from the original" in saved.text
    assert await LetterWording.count() == 2
    await desk.work()
    assert (await letters())[-1].text.replace("\r\n", "\n").startswith("Bạn tắt máy nhé.\n\nThân mến")

    await browser.post("/admin/wording/reply/original", data={"lang": "vi", "department": "0"})
    assert [row["lang"] for row in await LetterWording.select(LetterWording.lang)] == ["en"]
    again = {
        f"{part}_{lang}": getattr(wording.original("reply", lang), part)
        for part in ("subject", "body")
        for lang in LANGUAGES
    }
    await browser.post("/admin/wording/reply", data={**again, "department": "0"})
    assert await LetterWording.count() == 0, "what says the same as the original is kept no more"


async def test_a_link_to_a_page_of_ours_leads_there_from_anywhere(desk: Desk) -> None:
    source = Source("x", "[Help](/vi/help) {{ link }} [Elsewhere](https://else.example/x)")

    said = wording.said("acknowledge", source, Reader("en"), SITE, {"link": "https://a.example/b"})

    assert 'href="http://127.0.0.1:8000/vi/help"' in said.html
    assert "Help <http://127.0.0.1:8000/vi/help>" in said.text
    assert 'href="https://else.example/x"' in said.html


@pytest.mark.parametrize("number", ["9" * 5000, "-1", "²", "1e3", "2147483648"])
async def test_a_department_that_cannot_be_is_none(desk: Desk, number: str) -> None:
    browser = await desk.browser(await desk.admin(lang="en"))
    for path in ("/admin/wording/reply", "/admin/wording/reply/original"):
        answer = await browser.post(path, data={**FORM, "department": number, "lang": "vi"})
        assert answer.status_code < 500


@pytest.mark.parametrize(
    ("field", "text", "told"),
    [
        ("body_vi", "{{ answer }}\n{{ custmer.name }}", "Line 2: there is no {{ custmer.name }} here. Is {{ cus"),
        ("body_en", "{{ answer }}{{ link", "Line 1: what stands in braces here is not complete"),
        ("body_en", "{{ answer }}{% for a in link %}{% endfor %}", "only placeholders and conditions"),
        ("body_vi", "Không có câu trả lời", "The letter is of no use without {{ answer }}."),
        ("body_vi", "", "This cannot be left empty."),
        ("subject_en", "{{ answer }}", "there is no {{ answer }} here"),
        ("ticket", "999999", "There is no such ticket."),
        ("ticket", "abc", "Write the number of a ticket."),
        ("body_vi", "{{ answer }} {% if link < 3 %}x{% endif %}", "what stands in braces here cannot be filled in"),
        ("body_vi", "{{ answer }}" + " {{ link }}" * 1800, "The letter becomes too long"),
    ],
)  # fmt: skip
async def test_a_mistake_is_told_and_nothing_typed_is_lost(desk: Desk, field: str, text: str, told: str) -> None:
    await desk.department()
    browser = await desk.browser(await desk.admin(lang="en"))

    answer = await browser.post("/admin/wording/reply", data={**FORM, field: text, "only_look": "true"})

    assert answer.status_code == 422
    assert told in unescape(answer.text)
    assert "Thân mến" in answer.text or field == "body_vi"
    assert unescape(text) in unescape(answer.text)
    assert await LetterWording.count() == 0


async def test_only_administrators_word_letters(desk: Desk) -> None:
    minh = await desk.agent("Minh", await desk.department())
    assert (await (await desk.browser(minh)).get("/admin/wording")).status_code == 403
    with pytest.raises(Forbidden):
        await changing.change(minh, "reply", 0, {"vi": Source("x", "{{ answer }}")})
    assert (await (await desk.browser(await desk.admin(lang="en"))).get("/admin/wording/nothing")).status_code == 404


async def test_what_customers_write_is_never_markup_in_our_letters(desk: Desk) -> None:
    department = await desk.department()
    await desk.agent("Minh", department)
    evil = "**x** <script>alert(1)</script> [here](https://evil.example) {{ link }} \u202ecod.exe"

    await arrive(desk, letter(evil, subject=evil, sender=f'"{evil.replace(chr(34), "")}" <lan@khach.example>'))

    (told,) = await letters(staff=True)
    assert "<script" not in told.html
    assert ">here</a>" not in told.html
    assert "{{ link }}" in told.text
    assert set(BLOCKS) <= set(EXPLAINED)
