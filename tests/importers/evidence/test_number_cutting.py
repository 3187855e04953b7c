"""Card numbers in printed text, however it sets them."""

from __future__ import annotations

import pytest

from fixtures.make_evidence.texts import CARD_NUMBER as NUMBER
from pcard.importers.evidence.number_cutting import without_numbers


@pytest.mark.parametrize("start", ["PAR1", "PK\x03\x04", "\xd0\xcf\x11\xe0", "<html>"])
def test_text_is_never_taken_for_another_kind_of_file(start: str) -> None:
    text, count = without_numbers(f"{start} {NUMBER}", "x.pdf")
    assert count == 1
    assert "4111" not in text
