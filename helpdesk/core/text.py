"""Words as people type them: comparing, shortening and naming text, Vietnamese and English alike."""

import re
import unicodedata

_PLAIN_D = str.maketrans("đĐ", "dD")
_MARKS = re.compile("[\u0300-\u036f]")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
_NOT_SLUG = re.compile(r"[^a-z0-9]+")
_WORD = re.compile(r"[^\W\d_]+")
_LINK = re.compile(r" ?<https?://[^\s<>]{1,2000}>")

_VIETNAMESE_ONLY = re.compile("[ăđơưảạắằẳẵặấầẩẫậẻẽẹếềểễệỉĩịỏọốồổỗộớờởỡợủũụứừửữựỳỷỹỵ]")
_VIETNAMESE_WORDS = frozenset(
    _WORD.findall(
        "ai anh ay bac bao ban biet cam chao chay chi cho chua co con cua cung dang dat de den di doi don duoc em giao "
        "gio giup gui hang hoa hoi khach khi khong lai lam loi minh moi mua nao nay neu nhan nhe nhieu nhu nhung oi "
        "roi sao sau se thanh thi tien toan toi tra trong tu va van vay ve viec voi vui xin"
    )
)
_ENGLISH_WORDS = frozenset(
    _WORD.findall(
        "a about after again and any are as at be been but by can cannot could did do does for from get had has have "
        "hello help hi how i if in is it just like me my need new no not of off on or order our out please sent so "
        "some still thank thanks that there they this to up was we were what when where which why will with would "
        "you your"
    )
)


def nfc(text: str) -> str:
    """The composed form (NFC): one code point for "ế", however it was typed or mailed."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def printable(text: str) -> str:
    """
    Without what neither a page, nor XML (section 2.2), nor every database can hold: control characters but tab
    and line ends, halves of surrogate pairs.
    """
    return _UNPRINTABLE.sub("", text)


def fold(text: str) -> str:
    """
    Without case and accents, for comparing and finding: "Hoàn tiền ĐƠN" → "hoan tien don".

    Only Latin marks go (U+0300–U+036F): the vowels of Thai or Hindi are marks too, and stay.
    """
    if text.isascii():
        return text.lower()
    bare = _MARKS.sub("", unicodedata.normalize("NFD", text.translate(_PLAIN_D)))
    return unicodedata.normalize("NFC", bare).casefold()


def slug(text: str, limit: int = 60) -> str:
    """
    The readable part of a URL, cut between words: "Đổi trả & hoàn tiền" → "doi-tra-hoan-tien".

    At most `limit` characters of a–z, 0–9 and "-"; empty when the text has no such letter.
    """
    whole = _NOT_SLUG.sub("-", fold(text)).strip("-")
    if len(whole) <= limit:
        return whole
    return whole[: limit + 1].rpartition("-")[0] or whole[:limit]


def without_links(text: str) -> str:
    """Without the addresses that stand in angle brackets behind the words that lead there."""
    return _LINK.sub("", text) if "<http" in text else text


def shorten(text: str, limit: int) -> str:
    """One line of at most `limit` characters, the "…" included, cut between words unless the first is too long."""
    line = " ".join(printable(text).split())
    if len(line) <= limit:
        return line
    cut = line[:limit].rpartition(" ")[0] or line[: limit - 1]
    return cut.rstrip(" ,;:.–—-") + "…"


def email_key(address: str) -> str:
    """
    What makes two spellings of an address the same person: NFC, no case, no invisible characters, IDN as ASCII.

    For comparing only. Two addresses with one key may still be two mailboxes somewhere, so a letter always
    goes to the address that was kept, never to the one that was typed.
    """
    local, at, domain = nfc(_INVISIBLE.sub("", address)).strip().casefold().rpartition("@")
    return nfc(local + at + _ascii_domain(domain.rstrip(".")))


def _ascii_domain(domain: str) -> str:
    """The domain as it stands in DNS (RFC 3490); unchanged where it is no valid name."""
    try:
        return domain.encode("idna").decode("ascii")
    except UnicodeError:
        return domain


def initials(name: str) -> str:
    """
    Two letters for an avatar: the last two words of a name, or the start of the only one.

    "Trần Minh Khoa" → "MK", as a Vietnamese name is called by its end; "Lan" → "LA"; "" → "?".
    """
    words: list[str] = _WORD.findall(nfc(name))
    if not words:
        return "?"
    return (words[-2][0] + words[-1][0] if len(words) > 1 else words[0][:2]).upper()


def looks_vietnamese(text: str) -> bool:
    """
    Whether a letter reads as Vietnamese rather than English, also when typed without accents.

    Letters that only Vietnamese has decide first; else its commonest syllables against English ones.
    A word or two that could be either counts as English. Only the first 5,000 characters are looked at.
    """
    words = _WORD.findall(nfc(text[:5000]).lower())
    marked = sum(1 for word in words if _VIETNAMESE_ONLY.search(word))
    if marked * 8 > len(words):
        return True
    plain = [fold(word) for word in words]
    vietnamese = sum(1 for word in plain if word in _VIETNAMESE_WORDS)
    return marked + vietnamese > sum(1 for word in plain if word in _ENGLISH_WORDS)
