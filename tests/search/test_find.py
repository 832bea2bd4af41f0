"""What people type and what they find."""

import unicodedata
from datetime import UTC, datetime
from pathlib import Path

import pytest
from markupsafe import Markup

from helpdesk.search.find import did_you_mean, engine, find, highlight, open_engine, suggest, use
from tests.search.conftest import EVERYBODY, article, fill, found

SHOP = [
    article(1, "Đổi trả hàng", "Bạn gửi lại sản phẩm trong 7 ngày kể từ khi nhận được."),
    article(2, "Thanh toán khi nhận hàng", "Người giao hàng thu tiền mặt tại nhà."),
    article(3, "Quên mật khẩu", "Bấm vào liên kết trong thư để đặt mật khẩu mới."),
    article(4, "Phí vận chuyển", "Miễn phí cho đơn hàng từ 500.000đ. Gọi số điện thoại 1900 1234."),
    article(5, "Hoà mạng và kỹ thuật", "Tổng đài kỹ thuật làm việc cả ngày."),
    article(6, "How to get refunds", "A refunded order shows up on your statement in five days.", lang="en"),
    article(7, "Warranty", "Keep the receipt; the warranty lasts two years.", lang="en"),
]


@pytest.mark.usefixtures("engine")
class TestVietnameseAsPeopleTypeIt:
    @pytest.mark.parametrize(
        ("typed", "first"),
        [
            ("đổi trả", 1),
            ("doi tra", 1),
            ("ĐỔI TRẢ", 1),
            ("đỗi trã", 1),
            (unicodedata.normalize("NFD", "đổi trả"), 1),
            ("ddooir trar", 1),
            ("d9oi63 tra3", 1),
            ("hòa mạng", 5),
            ("hoà mạng", 5),
            ("kĩ thuật", 5),
            ("mật khảu", 3),
            ("mat khaau", 3),
            ("quen mk", 3),
            ("cod", 2),
            ("sđt", 4),
            ("sdt tong dai", 4),
            ("500,000đ", 4),
        ],
    )
    async def test_it_finds_the_article(self, typed: str, first: str) -> None:
        await fill(*SHOP)
        assert (await found(typed))[0] == f"article:{first}"

    @pytest.mark.parametrize(
        "typed", ["vận chuyểnn", "van chuyen phi", "vanchuyen", "vận chyuển", "vận chuễn", "chuyn"]
    )
    async def test_one_slip_of_the_fingers_still_finds(self, typed: str) -> None:
        await fill(*SHOP)
        assert (await found(typed))[0] == "article:4"

    async def test_the_order_of_syllables_makes_the_word(self) -> None:
        await fill(article(1, "", "Chúng tôi có hàng trả góp."), article(2, "", "Chúng tôi cho trả hàng có lý do."))
        assert await found("trả hàng") == ["article:2", "article:1"]
        assert await found("hang tra") == ["article:1", "article:2"]

    async def test_the_marks_decide_between_words_that_look_alike_without(self) -> None:
        await fill(article(1, "", "Muốn bán cũ"), article(2, "", "Mua bàn cũ"), article(3, "", "Gửi bạn cũ"))
        assert (await found("bàn"))[0] == "article:2"
        assert (await found("bạn"))[0] == "article:3"
        assert len(await found("ban")) == 3

    async def test_a_long_form_finds_the_short_one(self) -> None:
        await fill(article(1, "Hỏi về sđt"), article(2, "Hỏi về hàng"))
        assert await found("số điện thoại") == ["article:1"]
        assert await found("so dien thoai") == ["article:1"]

    async def test_a_site_adds_short_forms_of_its_own(self) -> None:
        await fill(*SHOP)
        assert await found("bhmr") == []
        use(engine(), {"bhmr": "phí vận chuyển, đổi trả"})
        assert set(await found("bhmr")) == {"article:4", "article:1"}

    async def test_no_word_is_too_common_to_be_asked_for(self) -> None:
        await fill(*[article(number, "", f"Thẻ số {number}") for number in range(1, 40)])
        assert len(await found("the", limit=50)) == 39


@pytest.mark.usefixtures("engine")
class TestWhatCounts:
    async def test_english_words_meet_in_their_stem(self) -> None:
        await fill(*SHOP)
        assert (await found("refunding my orders"))[0] == "article:6"

    async def test_the_title_counts_more_than_the_body(self) -> None:
        await fill(article(1, "Liên hệ", "Bảo hành ở đây nhé"), article(2, "Bảo hành", "Liên hệ ở đây nhé"))
        assert await found("bảo hành") == ["article:2", "article:1"]

    async def test_tags_are_found(self) -> None:
        await fill(article(1, "Máy in", tags=("kẹt giấy",)), article(2, "Máy quét"))
        assert await found("kẹt giấy") == ["article:1"]

    async def test_nobody_finds_what_is_for_others(self) -> None:
        await fill(article(1, "Bảng lương", audience="staff"), article(2, "Bảng giá"))
        assert await found("bảng lương") == ["article:2"]
        assert await found("bảng lương", audience=frozenset({"public", "staff"})) == ["article:1", "article:2"]
        assert await found("bảng lương", audience=frozenset()) == []
        assert await suggest("bảng lư", audience=EVERYBODY) != []
        assert [hit.id for hit in await suggest("lương", audience=EVERYBODY)] == []

    async def test_kinds_can_be_chosen(self) -> None:
        await fill(article(1, "Giá"), article(2, "Giá", id="topic:2", kind="topic"))
        assert await found("giá", kinds=["topic"]) == ["topic:2"]
        assert len(await found("giá", kinds=["topic", "article"])) == 2

    async def test_a_language_is_preferred_or_the_only_one(self) -> None:
        await fill(article(1, "Voucher code", lang="en"), article(2, "Voucher code", lang="vi"))
        assert await found("voucher code", lang="vi") == ["article:2", "article:1"]
        assert await found("voucher code", lang="en") == ["article:1", "article:2"]
        assert await found("voucher code", lang="en", only_lang=True) == ["article:1"]

    async def test_a_boost_lifts_and_the_newer_wins_a_tie(self) -> None:
        old, new = datetime(2025, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)
        await fill(article(1, "Giá", updated=old), article(2, "Giá", updated=new), article(3, "Giá", boost=1.2))
        assert await found("giá") == ["article:3", "article:2", "article:1"]

    async def test_no_more_than_asked_for(self) -> None:
        await fill(*SHOP)
        assert len(await found("hàng", limit=2)) == 2

    @pytest.mark.parametrize("typed", ["", "  ", "?!…", "\x00", "xyzzyplugh", "🙂", "' OR 1=1 --", "title:*"])
    async def test_what_means_nothing_finds_nothing(self, typed: str) -> None:
        await fill(*SHOP)
        assert await found(typed) == []

    async def test_a_page_pasted_into_the_search_field_is_only_a_long_question(self) -> None:
        await fill(*SHOP)
        assert (await found("đổi trả hàng " + "zz" * 50_000 + " từ " * 5_000))[0] == "article:1"

    async def test_hits_tell_kind_and_score(self) -> None:
        await fill(*SHOP)
        best, *others = await find("đổi trả hàng", audience=EVERYBODY)
        assert (best.id, best.kind) == ("article:1", "article")
        assert all(best.score > other.score > 0 for other in others)

    async def test_an_engine_nobody_knows_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(LookupError, match="sphinx"):
            open_engine("sphinx", tmp_path)


@pytest.mark.usefixtures("engine")
class TestWhileTyping:
    @pytest.mark.parametrize("typed", ["ph", "phí v", "phi van ch", "Phí vận chuyển", "van", "vận"])
    async def test_the_last_word_may_be_unfinished(self, typed: str) -> None:
        await fill(*SHOP)
        assert (await suggest(typed, audience=EVERYBODY))[0].id == "article:4"

    async def test_one_letter_is_not_enough(self) -> None:
        await fill(*SHOP)
        assert await suggest("p", audience=EVERYBODY) == []

    async def test_marks_that_agree_come_first(self) -> None:
        await fill(article(1, "Bán buôn"), article(2, "Bàn phím"))
        assert [hit.id for hit in await suggest("bà", audience=EVERYBODY)] == ["article:2", "article:1"]

    async def test_when_no_title_fits_the_text_is_asked(self) -> None:
        await fill(*SHOP)
        assert (await suggest("người thu tiền mặt", audience=EVERYBODY))[0].id == "article:2"


@pytest.mark.usefixtures("engine")
class TestDidYouMean:
    @pytest.mark.parametrize(
        ("typed", "meant"),
        [
            ("vận chuyểnn", "vận chuyển"),
            ("ddooir tra", "đổi tra"),
            ("vanchuyen", "vận chuyển"),
            ("waranty", "warranty"),
            ("vận chuyển", None),
            ("van chuyen", None),
            ("xyzzyplugh", None),
        ],
    )
    async def test_only_words_that_nobody_wrote_are_mended(self, typed: str, meant: str | None) -> None:
        await fill(*SHOP)
        assert await did_you_mean(typed, audience=EVERYBODY) == meant

    async def test_words_of_others_are_not_told(self) -> None:
        await fill(*SHOP, article(8, "Thưởng cuối năm", audience="staff"))
        assert await did_you_mean("thưởngg", audience=EVERYBODY) is None
        assert await did_you_mean("thưởngg", audience=frozenset({"staff"})) == "thưởng"


class TestHighlight:
    def test_words_are_marked_also_when_typed_without_marks(self) -> None:
        assert highlight("Đổi trả trong 7 ngày", "doi tra 7") == Markup(
            "<mark>Đổi trả</mark> trong <mark>7</mark> ngày"
        )

    def test_marks_that_were_typed_are_respected(self) -> None:
        assert highlight("bạn mua bàn", "bàn") == Markup("bạn mua <mark>bàn</mark>")
        assert highlight("bạn mua bàn", "bán") == Markup("<mark>bạn</mark> mua <mark>bàn</mark>")

    def test_english_forms_of_a_word_are_marked(self) -> None:
        assert highlight("Refunded orders", "refund") == Markup("<mark>Refunded</mark> orders")

    def test_everything_else_is_escaped(self) -> None:
        shown = highlight('<script>alert("đổi")</script>', "đổi <b>")
        assert shown == Markup("&lt;script&gt;alert(&#34;<mark>đổi</mark>&#34;)&lt;/script&gt;")

    def test_the_part_is_shown_that_says_most(self) -> None:
        text = "Lời mở đầu rất dài. " * 30 + "Muốn đổi trả hàng thì gọi. " + "Lời kết cũng dài. " * 30
        shown = highlight(text, "doi tra hang", limit=100)
        assert "<mark>đổi trả hàng</mark>" in shown
        assert shown.startswith("…")
        assert shown.endswith("…")
        assert 60 <= len(shown.striptags()) <= 102

    def test_without_a_match_the_beginning_is_shown(self) -> None:
        assert highlight("một hai ba bốn năm", "xyz", limit=10) == Markup("một hai ba…")

    @pytest.mark.parametrize("text", ["", "a" * 500, "ế" * 500 + " đổi", " đổi" * 300])
    def test_any_text_fits_the_limit(self, text: str) -> None:
        assert len(highlight(text, "đổi", limit=50).striptags()) <= 52
