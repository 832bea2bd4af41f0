"""Text is read as its writer saw it: Vietnamese from before Unicode too, and nobody else's words are bent to it."""

import unicodedata

import pytest

from helpdesk.mail.reading import vietnamese
from helpdesk.mail.reading.charset import decode, is_known, tidy

PAGE = """Kính gửi anh chị phòng hỗ trợ,

Hôm qua tôi có mua một chiếc máy in ở cửa hàng trên đường Nguyễn Huệ, quận Nhất. Về đến nhà thì máy không
chạy được: đèn đỏ nhấp nháy liên tục, giấy bị kẹt, và trên màn hình hiện ra dòng chữ rất khó hiểu. Tôi đã thử
tắt máy rồi bật lại, rút dây điện ra cắm vào mấy lần mà vẫn hỏng y như cũ. Xin quý cửa hàng cho biết nếu đổi
máy mới thì cần những giấy tờ gì, hoá đơn đỏ có bắt buộc hay không, bao giờ nhận được?

Nhân tiện cho hỏi thêm: mực in của loại này bao nhiêu tiền một hộp, có giảm giá cho trường học không? Chúng tôi
ở huyện Đức Hoà, thường xuyên phải in đề thi, mỗi tuần khoảng nghìn tờ. Rất mong sớm nhận được thư trả lời.

Trân trọng cảm ơn,
Lê Thị Thuỷ Tiên, số điện thoại không chín không ba"""
SENTENCES = (
    "Máy in hỏng, xin giúp đỡ",
    "Yêu cầu hỗ trợ: không đăng nhập được",
    "Chúc mừng năm mới, cảm ơn bạn đã mua hàng",
    "Đơn hàng của tôi đâu rồi?",
)
OTHERS = (
    "Où est passée ma commande ? Je n'ai rien reçu, même après trois semaines. Voilà, merci à vous, à bientôt.",
    "Là où il y a de la gêne, il n'y a pas de plaisir. « Ça ira », répondit-elle, très étonnée.",
    "Der Drucker läuft nicht mehr. Können Sie prüfen, ob die Gewährleistung noch gültig ist? Schöne Grüße, Jürgen",
    "¿Dónde está mi pedido? Mañana será el décimo día. ¡Qué lástima! Atentamente, José Núñez",
    "Não consigo imprimir. Já tentei três vezes, mas não há solução. Obrigado pela atenção, João Conceição",
    "Perché non è arrivato? È già lunedì. Così non va: verrà più tardi, però quanto costerà?",
    "Skrivaren går inte på. Får jag pengarna åter på måndag? Hälsningar, Åsa Öström",
    "Skærmen på bærbaren er gået i stykker, så jeg kan ikke læse noget. Må jeg få en ny? Øl på Ærø",
    "Prenttækið er bilað og ég þarf að fá nýtt. Það gengur ekki að bíða í þrjá daga. Kær kveðja, Þórður",
    "Tulostin ei käynnisty. Päivää yötä vaan, hyvää jatkoa, Mäkelä",
    "No s'ha especificat ni «això» ni «allò»; l'Àngel ja ho sap. Gràcies, Núria",
    "Co gái «à la carte» và café crème, s'il vous plaît: été, hôtel, forêt, naïf, Noël, garçon, œuvre",
)
WIDER = (
    "Zażółć gęślą jaźń. Drukarka się zepsuła, proszę o pomoc. Dziękuję, Łukasz",
    "Příliš žluťoučký kůň úpěl ďábelské ódy. Děkuji, Jiří",
    "Yazıcı çalışmıyor, lütfen yardım edin. Teşekkürler, Gökçe Şahin",
    "Nyomtatóm elromlott, kérem segítsenek. Üdvözlettel: Győző",
)


def written(text: str, charset: str) -> bytes:
    """Text as programs of that time wrote it. TCVN3 has no capital letters with a tone: they come out small."""
    if charset == "windows-1258":
        return b"".join(_in_1258(sign) for sign in text)
    if charset == "vni":
        shown: dict[str, str] = {}
        for typed, sign in vietnamese._VNI.items():
            shown.setdefault(sign, typed)
        return "".join(shown.get(sign, sign) for sign in text).encode("cp1252")
    table = vietnamese._VISCII if charset == "viscii" else vietnamese._TCVN3
    byte = {sign: code for code, sign in table.items()}
    return b"".join(
        bytes([byte[one]]) if (one := sign if sign in byte else sign.lower()) in byte else sign.encode("cp1252")
        for sign in text
    )


def _in_1258(sign: str) -> bytes:
    try:
        return sign.encode("cp1258")
    except UnicodeError:
        apart = unicodedata.normalize("NFD", sign)
        tone = next(mark for mark in apart if mark in "\u0300\u0301\u0303\u0309\u0323")
        return (unicodedata.normalize("NFC", apart.replace(tone, "")) + tone).encode("cp1258")


def western(data: bytes) -> str:
    """Bytes as a program shows them that knows windows-1252 only."""
    return "".join(bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in data)


@pytest.mark.parametrize("charset", ["windows-1258", "viscii", "tcvn3", "vni"])
@pytest.mark.parametrize("declared", ["", "iso-8859-1", "us-ascii", "x-user-defined", "windows-1252", "unknown-8bit"])
def test_a_page_of_vietnamese_is_read_from_every_old_set_whatever_was_declared(charset: str, declared: str) -> None:
    assert decode(written(PAGE, charset), declared).lower() == PAGE.lower()


@pytest.mark.parametrize(
    ("charset", "names"),
    [
        ("windows-1258", ("windows-1258", "x-cp1258", "CP1258")),
        ("viscii", ("viscii", "VISCII", "csVISCII", "x-viscii", "viscii1.1-1")),
        ("tcvn3", ("tcvn", "x-viet-tcvn", "TCVN-5712", "tcvn5712-1", "x-tcvn3")),
        ("vni", ("vni", "x-vni", "vni-win", "x-viet-vni", "VNI-Windows")),
    ],
)
def test_old_sets_are_known_by_their_names(charset: str, names: tuple[str, ...]) -> None:
    for name in names:
        assert is_known(name)
        assert decode(written("Đơn", charset), name).lower() == "đơn"


@pytest.mark.parametrize("text", SENTENCES)
@pytest.mark.parametrize("charset", ["windows-1258", "viscii", "tcvn3", "vni"])
def test_a_subject_is_enough_to_know_an_old_set_by(text: str, charset: str) -> None:
    assert decode(written(text, charset)).lower() == text.lower()


@pytest.mark.parametrize("charset", ["tcvn3", "vni"])
def test_what_was_typed_in_a_font_is_read_from_unicode_too(charset: str) -> None:
    assert decode(western(written(PAGE, charset)).encode(), "utf-8").lower() == PAGE.lower()


@pytest.mark.parametrize("text", [PAGE, *SENTENCES, *OTHERS[:8]])
def test_text_that_was_encoded_twice_is_read_once(text: str) -> None:
    once = western(text.encode()).encode()

    assert decode(once, "utf-8") == text
    assert decode(western(once).encode(), "utf-8") == text
    assert decode(text.encode(), "iso-8859-1") == text


@pytest.mark.parametrize("text", OTHERS)
def test_the_words_of_others_stay_as_they_are(text: str) -> None:
    assert decode(text.encode("cp1252")) == text
    assert decode(text.encode("cp1252"), "iso-8859-1") == text
    assert decode(text.encode("cp1252"), "utf-8") == text
    for sentence in text.replace("?", ".").split("."):
        assert decode(sentence.encode(), "utf-8") == sentence
        assert decode(sentence.encode("cp1252"), "us-ascii") == sentence


@pytest.mark.parametrize("text", [PAGE, *SENTENCES, *OTHERS, *WIDER])
def test_true_unicode_stays_as_it_is(text: str) -> None:
    assert decode(text.encode(), "utf-8") == decode(text.encode()) == text


@pytest.mark.parametrize(
    "form",
    [
        PAGE,
        unicodedata.normalize("NFD", PAGE),
        "".join(  # the roof in the letter, the tone behind it
            sign if sign in "đĐ" else _in_1258(sign).decode("cp1258") if ord(sign) > 127 else sign for sign in PAGE
        ),
    ],
)
def test_vietnamese_is_composed_however_it_came(form: str) -> None:
    assert tidy(form) == PAGE


def test_a_tone_before_its_roof_makes_the_same_letter() -> None:
    assert tidy("a\u0301\u0302 \xe1\u0302 a\u0323\u0302 o\u0300\u0302 \u1ea1\u0306 o\u0301\u031b") == "ấ ấ ậ ồ ặ ớ"


@pytest.mark.parametrize(
    "word",
    [
        "nghiêng",
        "quyết",
        "khuỷu",
        "giếng",
        "thuở",
        "ngoằn",
        "xoong",
        "quốc",
        "yểng",
        "ương",
        "ấy",
        "gìn",
        "khuya",
        "ruột",
    ],
)
def test_syllables_are_known(word: str) -> None:
    assert vietnamese.is_syllable(word)


@pytest.mark.parametrize(
    "word", ["été", "können", "señor", "näher", "ação", "façon", "cảc", "nhất̀", "gêne", "ſüß", "mpà", "årstal"]
)
def test_what_is_no_syllable_is_known(word: str) -> None:
    assert not vietnamese.is_syllable(word)


@pytest.mark.parametrize(
    ("data", "charset", "text"),
    [
        ("привет".encode("koi8-r"), "koi8", "привет"),
        ("привет".encode("cp1251"), "win-1251", "привет"),
        ("สวัสดี".encode("cp874"), "windows-874", "สวัสดี"),
        ("สวัสดี".encode("cp874"), "x-windows-874", "สวัสดี"),
        ("שלום".encode("iso-8859-8"), "ISO-8859-8-I", "שלום"),
        ("こんにちは".encode("iso-2022-jp"), "", "こんにちは"),
        ("こんにちは".encode("iso-2022-jp"), "iso-2022-jp", "こんにちは"),
        ("こんにちは".encode("cp932"), "Shift_JIS", "こんにちは"),
        ("你好€".encode("gb18030"), "GB_2312-80", "你好€"),
        ("한글".encode("cp949"), "ks_c_5601-1987", "한글"),
        ("Máy in".encode("utf-16"), "", "Máy in"),
        ("Máy in".encode("utf-16-be"), "utf-16", "Máy in"),
        ("Máy in".encode("utf-16-le"), "UTF-16", "Máy in"),
        ("\ufeffMáy".encode(), "utf-8", "Máy"),
        ("Máy".encode("utf-7"), "utf-7", "Máy"),
        (b"caf\xe9", "utf-8", "café"),
        (b"\xc3\xa9t\xe9", "utf-8", "ét\ufffd"),
        ("Máy".encode(), "utf8mb4", "Máy"),
        ("Máy".encode(), "utf-8; format=flowed", "Máy"),
        ("Máy".encode(), "charset=utf-8", "Máy"),
        ("Máy".encode(), '"UTF-8"', "Máy"),
        ("Máy".encode(), "no-such-set", "Máy"),
    ],
)
def test_sets_are_known_by_the_names_that_programs_give_them(data: bytes, charset: str, text: str) -> None:
    assert decode(data, charset) == text
