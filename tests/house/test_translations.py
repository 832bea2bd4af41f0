"""Vietnamese and English are equal: no message without a translation."""

import pytest
from babel.messages.catalog import Catalog

from helpdesk.i18n import messages

pytestmark = pytest.mark.once


@pytest.fixture(scope="module")
def catalogue() -> Catalog:
    return messages.updated(messages.PO.read_bytes(), messages.extract())


def test_every_message_has_a_vietnamese_translation(catalogue: Catalog) -> None:
    assert len(catalogue) > 50
    assert messages.missing(catalogue) == [], "run: make messages, and translate these in helpdesk/i18n/vi.po"


def test_every_translation_names_the_same_values(catalogue: Catalog) -> None:
    assert messages.mismatched(catalogue) == []


def test_every_text_with_values_can_be_filled_in(catalogue: Catalog) -> None:
    assert messages.unfillable(catalogue) == [], "a percent sign beside values is written %%"


def test_the_catalogue_is_as_make_messages_writes_it(catalogue: Catalog) -> None:
    assert messages.PO.read_bytes() == messages.written(catalogue)
