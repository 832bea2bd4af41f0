"""Messages in the reader's language, and how the catalogue is kept."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog

from helpdesk.i18n import catalogue, messages
from helpdesk.i18n.catalogue import gettext, ngettext, phrase
from helpdesk.i18n.reader import Reader, reading, reading_as

PO = """
msgid "Send request"
msgstr "Gửi yêu cầu"

msgid "At least %(n)s characters"
msgstr "Ít nhất %(n)s ký tự"

msgid "%(n)s reply"
msgid_plural "%(n)s replies"
msgstr[0] "%(n)s trả lời"

#, fuzzy
msgid "Sign in"
msgstr "Đăng kí"
"""
VI = Reader("vi", "Asia/Ho_Chi_Minh")
EN = Reader("en", "Europe/London")


@pytest.fixture(autouse=True)
def small_catalogue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    (tmp_path / "vi.po").write_text(PO, encoding="utf-8")
    monkeypatch.setattr(catalogue, "HERE", tmp_path)
    catalogue._translations.cache_clear()
    yield
    catalogue._translations.cache_clear()


def test_a_message_is_told_in_the_readers_language() -> None:
    with reading_as(VI):
        assert gettext("Send request") == "Gửi yêu cầu"
        assert gettext("At least %(n)s characters", n=8) == "Ít nhất 8 ký tự"
    with reading_as(EN):
        assert gettext("Send request") == "Send request"
        assert gettext("At least %(n)s characters", n=8) == "At least 8 characters"


def test_what_has_no_sure_translation_is_shown_in_english() -> None:
    with reading_as(VI):
        assert gettext("Never translated") == "Never translated"
        assert gettext("Sign in") == "Sign in"  # a guess nobody has confirmed


def test_a_text_without_values_may_hold_a_percent_sign() -> None:
    assert gettext("100% of it") == "100% of it"


@pytest.mark.parametrize(("n", "english"), [(0, "0 replies"), (1, "1 reply"), (2, "2 replies")])
def test_each_language_counts_in_its_own_way(n: int, english: str) -> None:
    with reading_as(VI):
        assert ngettext("%(n)s reply", "%(n)s replies", n) == f"{n} trả lời"
    with reading_as(EN):
        assert ngettext("%(n)s reply", "%(n)s replies", n) == english


def test_a_phrase_waits_for_its_reader() -> None:
    error = phrase("At least %(n)s characters", n=8)

    with reading_as(VI):
        assert str(error) == "Ít nhất 8 ký tự"
    with reading_as(EN):
        assert str(error) == "At least 8 characters"


def test_the_reader_before_is_back_after_the_block() -> None:
    with reading_as(EN):
        with pytest.raises(KeyError), reading_as(VI):
            raise KeyError
        assert reading.get() == EN


def test_an_update_keeps_translations_and_sets_the_unused_aside() -> None:
    template = Catalog()
    template.add("Send request")
    template.add("New here")

    fresh = messages.updated(PO.encode(), template)

    assert messages.missing(fresh) == ["New here"]
    text = messages.written(fresh).decode()
    assert 'msgid "Send request"\nmsgstr "Gửi yêu cầu"' in text
    assert '#~ msgid "At least %(n)s characters"' in text
    assert messages.written(messages.updated(text.encode(), template)).decode() == text


def test_a_translation_must_name_the_same_values() -> None:
    template = Catalog()
    template.add("Hello %(name)s")

    wrong = messages.updated(b'msgid "Hello %(name)s"\nmsgstr "Ch\xc3\xa0o %(ten)s"\n', template)

    assert messages.mismatched(wrong) == ["Hello %(name)s"]


def test_a_percent_sign_beside_values_is_written_twice() -> None:
    template = Catalog()
    for text in ("%(share)s% liked it", "%(share)s%% liked it", "100% of it"):
        template.add(text)

    fresh = messages.updated(b"", template)

    assert messages.unfillable(fresh) == ["%(share)s% liked it"]
    assert gettext("%(share)s%% liked it", share=92) == "92% liked it"
