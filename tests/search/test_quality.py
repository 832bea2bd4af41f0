"""What the search promises on 1,182 questions about 480 paragraphs."""

import time
from pathlib import Path

import pytest

from helpdesk.core.text import fold
from tests.search.quality import load, measure, questions, with_one_typo


@pytest.mark.usefixtures("engine")
async def test_vietnamese_questions_find_their_paragraph(tmp_path: Path) -> None:
    await load(tmp_path / "alone", "vi")

    written = await measure(questions("vi"))
    bare = await measure(questions("vi", fold))
    slipped = await measure(questions("vi", with_one_typo))

    assert written.first >= 0.93
    assert written.five >= 0.985
    assert written.mrr >= 0.95
    assert min(bare.first - written.first, bare.five - written.five, bare.mrr - written.mrr) >= -0.01
    assert min(slipped.first - written.first, slipped.five - written.five, slipped.mrr - written.mrr) >= -0.05


@pytest.mark.usefixtures("engine")
async def test_english_questions_find_their_paragraph(tmp_path: Path) -> None:
    await load(tmp_path / "alone", "en")

    written = await measure(questions("en"))
    slipped = await measure(questions("en", with_one_typo))

    assert written.first >= 0.93
    assert written.five >= 0.985
    assert slipped.mrr >= written.mrr - 0.05


@pytest.mark.usefixtures("engine")
async def test_two_languages_in_one_index_keep_out_of_each_others_way(tmp_path: Path) -> None:
    seconds = await load(tmp_path / "both", "vi", "en")
    began = time.process_time()

    vietnamese = await measure(questions("vi", fold), lang="vi")
    english = await measure(questions("en"), lang="en")

    assert vietnamese.mrr >= 0.95
    assert english.mrr >= 0.95
    assert seconds < 25
    assert (time.process_time() - began) / 1182 < 0.02
