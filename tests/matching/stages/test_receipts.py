"""One case for every way a receipt may agree with its charge, each among charges that are no concern of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest

from pcard.matching import match
from tests.matching.conftest import DAY, ELSEWHERE, charge, ledger_of, receipt

_OTHERS = [
    charge(
        f"X{number:02}",
        1700 + 613 * number,
        ELSEWHERE[number % 10].upper(),
        DAY + timedelta(days=number % 9),
        site="S2",
        cardholder="Cy Okafor",
    )
    for number in range(40)
]
_THEIRS = [
    receipt(
        f"Y{number:02}",
        1700 + 613 * number,
        ELSEWHERE[number % 10],
        DAY + timedelta(days=number % 9),
        site="S2",
        cardholder="Cy Okafor",
    )
    for number in range(40)
]


def links(charges: list[dict[str, object]], receipts: list[dict[str, object]]) -> dict[str, tuple[str, int, str]]:
    matches = match(ledger_of([*_OTHERS, *charges], [*_THEIRS, *receipts])).matches
    matches = matches.filter(~pl.col("evidence_id").str.starts_with("Y"))
    return {
        row["evidence_id"]: (row["transaction_id"], row["amount_cents"], row["explanation"])
        for row in matches.to_dicts()
    }


@pytest.mark.parametrize(
    ("cents", "stated", "day", "level"),
    [
        (10_000, 10_000, DAY, "amount equal +"),
        (10_000, 10_000, DAY + timedelta(days=4), "date 4 days after"),
        (10_000, 10_000, DAY + timedelta(days=28), "date within a month"),
        (-10_000, 10_000, DAY, "amount equal, sign lost"),
        (10_850, 10_000, DAY, "amount tax on top"),
        (12_000, 10_000, DAY, "amount tip on top"),
        (10_150, 9_999, DAY, "amount freight on top"),
        (91_234, 97_234, DAY, "amount a digit off or two swapped"),
        (91_284, 91_824, DAY, "amount a digit off or two swapped"),
        (14_280, 12_480, DAY, "amount a digit off or two swapped"),
    ],
)
def test_what_is_nearly_equal_is_linked_and_named(cents: int, stated: int, day: date, level: str) -> None:
    kind = "credit" if cents < 0 else "purchase"
    charges = [charge("T1", cents, kind=kind, site="S1", cardholder="Ana Ruiz")]
    found = links(charges, [receipt("R1", stated, day=day, site="S1", cardholder="Ruiz, Ana")])
    assert found["R1"][0] == "T1"
    assert level in found["R1"][2]


def test_a_stated_tax_is_added() -> None:
    charges = [charge("T1", 10_777, site="S1", cardholder="Ana Ruiz")]
    found = links(charges, [receipt("R1", 10_000, tax_cents=777, site="S1", cardholder="A. Ruiz")])
    assert "amount equal with its tax" in found["R1"][2]


@pytest.mark.parametrize("parts", [(6_000, 4_000), (5_000, 3_000, 2_000), (4_000, 3_000, 2_000, 1_000)])
def test_receipts_that_sum_to_a_charge_cover_it(parts: tuple[int, ...]) -> None:
    receipts = [receipt(f"R{number}", cents, site="S1", cardholder="Ana Ruiz") for number, cents in enumerate(parts)]
    found = links([charge("T1", 10_000, site="S1", cardholder="Ana Ruiz")], receipts)
    assert [found[f"R{number}"][:2] for number in range(len(parts))] == [("T1", cents) for cents in parts]


def test_a_receipt_uploaded_twice_is_linked_once_and_accepted() -> None:
    receipts = [receipt(name, 10_000, site="S1", cardholder="Ana Ruiz") for name in ("R1", "R2")]
    matches = match(
        ledger_of([*_OTHERS, charge("T1", 10_000, site="S1", cardholder="Ana Ruiz")], [*_THEIRS, *receipts])
    ).matches
    assert matches.filter(pl.col("transaction_id") == "T1").select("evidence_id", "outcome").rows() == [
        ("R1", "accepted")
    ]


def test_two_unlike_receipts_for_one_charge_are_a_question() -> None:
    receipts = [
        receipt("R1", 10_000, "Golden Pizza", site="S1"),
        receipt("R2", 10_000, "Golden Pizzas", DAY + timedelta(days=1), site="S1"),
    ]
    matching = match(ledger_of([*_OTHERS, charge("T1", 10_000, site="S1")], [*_THEIRS, *receipts]))
    link = matching.matches.row(by_predicate=pl.col("transaction_id") == "T1", named=True)
    assert link["outcome"] == "review"
    assert {link["evidence_id"], link["runner_up_id"]} == {"R1", "R2"}
    asked = matching.candidates.filter(pl.col("transaction_id") == "T1")
    assert asked.select("evidence_id", "rank").rows() == [(link["runner_up_id"], 1)]


def test_a_stranger_of_equal_amount_is_not_taken_for_sure() -> None:
    found = match(
        ledger_of(
            [*_OTHERS, charge("T1", 10_000, site="S1")],
            [*_THEIRS, receipt("R1", 10_000, "Harbor Lumber", DAY + timedelta(days=9), site="S3")],
        )
    )
    assert found.matches.filter((pl.col("transaction_id") == "T1") & (pl.col("outcome") == "accepted")).is_empty()


def test_an_alias_is_learnt_from_links_that_need_no_name() -> None:
    people = ("Ana Ruiz", "Bo Lind", "Dee Park")
    charges = [
        charge(
            f"T{n:02}",
            4_000 + 997 * n,
            "RUIZ ENTERPRISES",
            DAY + timedelta(days=n % 20),
            site="S1",
            cardholder=people[n % 3],
        )
        for n in range(25)
    ]
    receipts = [
        receipt(
            f"R{n:02}",
            4_000 + 997 * n,
            "Blue Door Cafe",
            DAY + timedelta(days=n % 20),
            site="S1",
            cardholder=people[n % 3],
        )
        for n in range(25)
    ]
    found = links(charges, receipts)
    assert "name known to match +" in found["R07"][2]


def test_the_custody_log_tells_the_buyer() -> None:
    charges = [charge("T1", 10_000, site="S1", cardholder="Front Office", buyer="Bo Lind")]
    found = links(charges, [receipt("R1", 10_000, site="S1", cardholder="Lind, Bo")])
    assert "cardholder same" in found["R1"][2]


def test_charges_that_sum_to_a_receipt_share_it() -> None:
    charges = [
        charge(f"T{number}", cents, day=DAY + timedelta(days=number), site="S1", cardholder="Ana Ruiz")
        for number, cents in enumerate((33_310, 46_027))
    ]
    matches = match(
        ledger_of([*_OTHERS, *charges], [*_THEIRS, receipt("R1", 79_337, site="S1", cardholder="Ana Ruiz")])
    ).matches
    mine = matches.filter(pl.col("evidence_id") == "R1").select("transaction_id", "amount_cents", "group_id")
    assert mine.rows() == [("T0", 33_310, "receipt:R1"), ("T1", 46_027, "receipt:R1")]


def test_receipts_that_state_their_tax_apart_sum_to_a_charge_with_it() -> None:
    others = [charge(f"X{n}", 5_000 + 999 * n, shop) for n, shop in enumerate(ELSEWHERE)]
    parts = [receipt("R1", 20_000, site="S1", tax_cents=1_740), receipt("R2", 30_261, site="S1")]
    found = match(ledger_of([charge("T1", 52_001, site="S1"), *others], parts)).matches
    links = [("T1", "R1", 20_000, "accepted"), ("T1", "R2", 30_261, "accepted")]
    assert found.select("transaction_id", "evidence_id", "amount_cents", "outcome").rows() == links
    untaxed = [receipt("R1", 20_000, site="S1"), parts[1]]
    left = match(ledger_of([charge("T1", 52_001, site="S1"), *others], untaxed)).matches
    assert not left["explanation"].str.contains("sum to the cent").any()  # parts they may be, each by itself


def test_a_charge_made_twice_under_two_spellings_is_no_question_of_which() -> None:
    """One receipt, the card charged twice: whichever charge takes it, the books are the same, and it is accepted."""
    who: Mapping[str, Any] = {"site": "S1", "cardholder": "Ana Ruiz", "card": "4321"}
    twice = [charge("T1", 6393, "CINTAS CORP", **who), charge("T2", 6393, "CINTAS UNIFORM SVC", **who)]
    found = match(ledger_of([*_OTHERS, *twice], [*_THEIRS, receipt("R1", 6393, "Cintas", **who)])).matches
    mine = found.filter(pl.col("evidence_id") == "R1")
    assert mine["outcome"].to_list() == ["accepted"]
    assert mine["transaction_id"].item() in {"T1", "T2"}
