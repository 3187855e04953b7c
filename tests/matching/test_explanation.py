from __future__ import annotations

from decimal import Decimal

import pytest

from pcard.matching import MatchSettings, explain, match
from pcard.matching.explanation import read_sum
from tests.matching.conftest import charge, ledger_of, random_ledger, receipt


def test_a_sum_is_read_back_into_its_parts() -> None:
    parts, score = read_sum("start -11.9; amount equal, sign lost +10.4; other parts +3.1 = +1.6 (75.2%)")
    assert [(part.what, part.bits) for part in parts] == [
        ("start", Decimal("-11.9")),
        ("amount equal, sign lost", Decimal("10.4")),
        ("other parts", Decimal("3.1")),
    ]
    assert score == Decimal("1.6")
    assert read_sum("confirmed by a person") == ((), Decimal(0))


def test_every_link_of_a_ledger_explains_itself() -> None:
    ledger = random_ledger(7)
    matching = match(ledger)
    for transaction_id in ledger.transactions["transaction_id"]:
        explanation = explain(matching, ledger, transaction_id)
        assert explanation.lines()
        for link in explanation.links:
            assert sum((part.bits for part in link.parts), Decimal(0)) == link.score
            assert link.turns or not link.parts
            assert link.facts()["evidence_id"] == link.evidence_id


def test_a_question_says_what_it_lacks_and_what_would_help() -> None:
    ledger = random_ledger(11, size=60)
    matching = match(ledger)
    asked = matching.matches.filter(
        matching.matches["explanation"].str.contains("start") & (matching.matches["outcome"] == "review")
    )
    link = explain(matching, ledger, asked["transaction_id"][0]).links[0]
    assert any("bits to be accepted" in turn or "far enough ahead" in turn for turn in link.turns)


def test_a_charge_without_links_says_so() -> None:
    ledger = ledger_of([charge("T1", 100)], [receipt("R1", 99_999)])
    explanation = explain(match(ledger), ledger, "T1")
    assert explanation.lines() == ["No receipt and no order is linked to it."]
    assert explanation.facts() == {"links": [], "candidates": []}


def test_an_unknown_charge_is_the_caller_s_mistake() -> None:
    ledger = ledger_of([charge("T1", 100)])
    with pytest.raises(KeyError):
        explain(match(ledger), ledger, "T404")


def test_a_group_says_how_often_it_would_be_a_coincidence() -> None:
    parts = [receipt("R1", 21_740, site="S1", card="4321"), receipt("R2", 30_260, site="S1", card="4321")]
    ledger = ledger_of([charge("T1", 52_000, site="S1", card="4321")], parts)
    for link in explain(match(ledger), ledger, "T1").links:
        assert "of up to 781 sums one agrees to the cent by chance in 1.5% of cases" in link.turns


def test_suggest_only_says_why_a_sure_link_is_a_question() -> None:
    ledger = ledger_of([charge("T1", 52_000, site="S1")], [receipt("R1", 52_000, site="S1")])
    (link,) = explain(match(ledger, MatchSettings(suggest_only=True)), ledger, "T1").links
    assert "sure enough, but nothing is accepted without asking here" in link.turns
