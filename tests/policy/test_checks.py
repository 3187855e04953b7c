"""The named checks on small ledgers."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from pcard.extensions import installed, load
from pcard.frames import MATCHES, Ledger
from pcard.money import cents_of
from pcard.policy.calendars import Calendar
from pcard.policy.subject import build_subject
from tests.policy.conftest import ledger_of

CALENDAR = Calendar.of_years([2025, 2026])
AS_OF = date(2026, 9, 30)
PAID: dict[str, Any] = {"vendor": "Harbor Rentals", "date": date(2026, 9, 30), "amount_cents": 2_000}
CHARGE: dict[str, Any] = {"merchant": "SQ *HARBOR RENTALS LLC", "po_number": "P-1"}


def _found(
    name: str, ledger: Ledger, matches: pl.DataFrame | None = None, as_of: date = AS_OF, **settings: Any
) -> list[tuple[list[str], str]]:
    check = load("pcard.checks", name)
    given = MATCHES.empty() if matches is None else matches
    settings = {**check.defaults, **settings}
    money = {f"${key}": cents_of(value) for key, value in settings.items() if isinstance(value, Decimal)}
    charges = build_subject(ledger, given, CALENDAR).frame.with_columns(
        pl.lit(cents, pl.Int64).alias(key) for key, cents in money.items()
    )
    found = check.flag(ledger, given, {**settings, "charges": charges, "as_of": as_of, "calendar": CALENDAR})
    assert set(found.columns) == {"transaction_ids", "reasons", "suspicion"}
    found = found.with_columns(pl.col("transaction_ids").list.sort())
    assert found["suspicion"].is_between(0, 1).all()
    rows: list[tuple[list[str], str]] = found.select("transaction_ids", "reasons").sort("transaction_ids").rows()
    return rows


def test_every_check_stands_behind_the_door() -> None:
    names = [plugin.name for plugin in installed("pcard.checks") if plugin.builtin]
    assert len(names) == 22
    assert [load("pcard.checks", name).name for name in names] == names


@pytest.mark.parametrize(
    ("payment", "found"),
    [
        ({}, True),
        ({"date": date(2026, 10, 16)}, True),
        ({"date": date(2026, 10, 17)}, False),
        ({"amount_cents": 2_001}, False),
        ({"status": "void"}, False),
        ({"method": "card"}, False),
        ({"vendor": "Linden Books"}, False),
        ({"vendor": "Linden Books", "po_number": "P-1"}, True),
    ],
)
def test_a_charge_paid_by_ap_too(payment: dict[str, Any], found: bool) -> None:
    ledger = ledger_of(CHARGE, ap_payments=[PAID | payment])
    assert bool(_found("paid_by_ap", ledger)) is found


def test_the_nearest_payment_is_named() -> None:
    payments = [PAID | {"payment_no": "W-1"}, PAID | {"date": date(2026, 9, 18), "payment_no": "W-2"}]
    assert _found("paid_by_ap", ledger_of(CHARGE, ap_payments=payments)) == [
        (["t0"], "payment W-2 of 2026-09-18 to Harbor Rentals")
    ]


def test_refunds_answer_a_purchase_on_their_card() -> None:
    refund = {"kind": "credit", "date": date(2026, 12, 1), "amount_cents": -1_500}
    assert _found("refund_without_purchase", ledger_of({}, refund)) == []
    assert _found("refund_without_purchase", ledger_of({}, refund | {"card": "2002"})) == [
        (["t1"], "a purchase of this size at the merchant was made on another card")
    ]
    assert _found("refund_without_purchase", ledger_of({}, refund | {"amount_cents": -2_001})) == [
        (["t1"], "no purchase of this size at the merchant came before it")
    ]
    early = refund | {"date": date(2026, 9, 20), "merchant": "OTHER"}
    assert _found("refund_without_purchase", ledger_of({}, early)) == []
    assert _found("refund_without_purchase", ledger_of({}, early), history_days=4) != []


def _suspicion(name: str, ledger: Ledger, **settings: Any) -> tuple[float, str]:
    """Return how suspicious the only flag of a check is, and why."""
    check = load("pcard.checks", name)
    money = {f"${key}": cents_of(value) for key, value in check.defaults.items() if isinstance(value, Decimal)}
    charges = build_subject(ledger, MATCHES.empty(), CALENDAR).frame.with_columns(
        pl.lit(cents, pl.Int64).alias(key) for key, cents in money.items()
    )
    known = {**check.defaults, **settings, "charges": charges, "as_of": AS_OF, "calendar": CALENDAR}
    ((score, why),) = check.flag(ledger, MATCHES.empty(), known).select("suspicion", "reasons").rows()
    return score, why


HALF: dict[str, Any] = {"cardholder": "ana", "amount_cents": 130_000}


def test_a_reader_starts_with_the_split_that_looks_most_like_one() -> None:
    near = ledger_of(HALF | {"amount_cents": 249_900}, HALF | {"card": "1002"})
    plain = ledger_of(HALF, HALF | {"amount_cents": 130_100, "date": date(2026, 9, 17)})
    nights = ledger_of(*(HALF | {"mcc": "7011", "date": date(2026, 9, day)} for day in (14, 15)))
    fees = ledger_of(*(HALF | {"date": date(2026, month, 10)} for month in (2, 3, 4, 5, 6)), HALF, HALF)
    small = ledger_of(*(HALF | {"amount_cents": 30_000 + index} for index in range(9)))
    scores = [_suspicion("split_purchase", ledger)[0] for ledger in (near, plain, nights, fees, small)]
    assert scores[0] > scores[1] > max(scores[2:])
    score, why = _suspicion("split_purchase", near)
    assert why == ("a few large parts; on the same day; a charge just under the limit; on several cards of one person")
    assert score == pytest.approx(1 - 0.65 * 0.7 * 0.8 * 0.8 * 0.7, abs=1e-4)
    assert "hotel nights, fares or rentals" in _suspicion("split_purchase", nights)[1]
    assert "equal charges of an amount that recurs at this merchant" in _suspicion("split_purchase", fees)[1]


@pytest.mark.parametrize(
    ("charges", "settings", "reason"),
    [
        ([HALF, HALF], {}, "equal parts of an amount not seen at this merchant otherwise"),
        ([HALF | {"merchant": "CITY POWER & WATER"}] * 2, {}, "a utility, which bills each meter or line"),
        ([HALF | {"mcc": "4900"}] * 2, {}, "a utility, which bills each meter or line"),
        ([HALF] * 2, {"marketplaces": ["ROSEBAY OFFICE"]}, "a marketplace, where separate orders are usual"),
        (
            [HALF | {"amount_cents": 249_000}, HALF | {"amount_cents": 1_001}],
            {},
            "over the limit only by a small charge beside",
        ),
        ([HALF | {"amount_cents": 60_000 + index} for index in range(5)], {}, "more than four charges"),
    ],
)
def test_what_raises_or_lowers_the_suspicion_of_a_split(
    charges: list[dict[str, Any]], settings: dict[str, Any], reason: str
) -> None:
    assert reason in _suspicion("split_purchase", ledger_of(*charges), **settings)[1].split("; ")


def test_a_duplicate_is_likelier_disputed_than_given_back() -> None:
    twice: list[dict[str, Any]] = [{"amount_cents": 6_410}, {"amount_cents": 6_410, "date": date(2026, 9, 17)}]
    dispute = {"transaction": "t1", "opened": date(2026, 9, 20), "reason": "duplicate"}
    back = {"kind": "credit", "amount_cents": -6_410, "date": date(2026, 9, 25)}
    plain, _ = _suspicion("duplicate_charge", ledger_of(*twice))
    disputed, why = _suspicion("duplicate_charge", ledger_of(*twice, disputes=[dispute]))
    returned, calm = _suspicion("duplicate_charge", ledger_of(*twice, back))
    assert disputed > plain > returned
    assert (why, calm) == ("one of them is disputed", "the merchant gave the amount back later")


def test_tax_is_certain_only_where_a_receipt_shows_it() -> None:
    score, why = _suspicion("sales_tax_paid", ledger_of({"sales_tax_cents": 121}))
    assert (score, why) == (0.25, "only the bank's figure shows it, which is often filler")
    assert _found("sales_tax_paid", ledger_of({"sales_tax_cents": 121}), district="taxable") == []


def test_a_year_of_first_digits_that_follow_the_law_is_left_alone() -> None:
    honest: list[dict[str, Any]] = [
        {"cardholder": "ana", "amount_cents": round(100 * 10 ** (index / 100))} for index in range(300)
    ]
    invented: list[dict[str, Any]] = [
        {"cardholder": "kim", "amount_cents": 90_000 + index, "card": "1002"} for index in range(300)
    ]
    (flag,) = _found("benford", ledger_of(*honest, *invented))
    assert len(flag[0]) == 300
    assert flag[1].startswith("first digits of 300 amounts deviate by 0.2121 (over 0.015 do not conform), most in 9;")


def test_a_circle_of_reports_ends() -> None:
    people = [
        {"person": name, "name": name.title(), "reports_to": above}
        for name, above in (("ana", "kim"), ("kim", "lee"), ("lee", "ana"))
    ]
    approvals = [{"transaction": "t0", "step": "approver", "person": "lee", "on": date(2026, 9, 20)}]
    ledger = ledger_of({"cardholder": "ana"}, people=people, approvals=approvals)
    assert _found("approver_conflict", ledger) == [(["t0"], "the approver reports to the buyer")]


@pytest.mark.parametrize(
    ("rate", "said"),
    [
        ("103.50", "base 20.00, 103.50 on 1000.00: 2.07 owed"),
        ("103.25", "base 20.00, 103.25 on 1000.00: 2.07 owed"),  # 2.065, half-up
        ("103.24", "base 20.00, 103.24 on 1000.00: 2.06 owed"),
        ("0.00", "base 20.00, no rate is stated"),
    ],
)
def test_use_tax_has_its_base_rate_and_amount(rate: str, said: str) -> None:
    ledger = ledger_of({"state": "OR", "sales_tax_cents": 0})
    found = _found("use_tax_owed", ledger, district="taxable", home="WA", rate=Decimal(rate))
    assert [reasons.partition("; ")[0] for _, reasons in found] == [said]


def test_use_tax_goes_by_where_the_goods_went() -> None:
    ledger = ledger_of({"state": "OR", "sales_tax_cents": 0, "extra": '{"ship_to_zip":"98101"}'})
    ((_, reasons),) = _found("use_tax_owed", ledger, district="taxable", home="WA", rate=Decimal("103.50"))
    assert reasons.startswith("base 20.00 at 98101, 103.50 on 1000.00: 2.07 owed; ")


@pytest.mark.parametrize(("count", "found"), [(300, True), (299, False)])
def test_benford_asks_for_enough_charges(count: int, found: bool) -> None:
    invented = [{"cardholder": "kim", "card": "2002", "amount_cents": 90_00 + index} for index in range(count)]
    assert bool(_found("benford", ledger_of(*invented))) is found


def test_benford_lets_conforming_digits_be() -> None:
    # 301, 176, 125, 97, 79, 67, 58, 51, 46 of a thousand: the law itself, to a charge.
    counts = [301, 176, 125, 97, 79, 67, 58, 51, 46]
    charges = [{"amount_cents": digit * 1_000} for digit, count in enumerate(counts, 1) for _ in range(count)]
    assert _found("benford", ledger_of(*charges)) == []


@pytest.mark.parametrize(("count", "sigma", "found"), [(5, 4, True), (4, 4, False), (5, 9, False)])
def test_round_amounts_ask_for_enough_and_for_more_than_chance(count: int, sigma: int, found: bool) -> None:
    others = [{"cardholder": "ana", "amount_cents": 1_999 if index else 2_000} for index in range(60)]
    rounds = [{"cardholder": "kim", "card": "2002", "amount_cents": 5_000} for _ in range(count)]
    flags = _found("round_amounts", ledger_of(*others, *rounds), least=5, sigma=sigma)
    assert bool(flags) is found
    for _, reasons in flags:
        assert "5 of 5 amounts are whole tens" in reasons
        assert reasons.endswith("an indicator only: fees and tickets of fixed price look like this too")
