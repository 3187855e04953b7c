from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

from pcard.frames import AP_PAYMENTS, CARDS, SHARES, SITES
from pcard.ledger.assemble import assemble
from pcard.periods import Period
from pcard.rebate.accruals import accrue
from pcard.rebate.benchmarks import Effort, metrics, rounded, site_benchmarks
from pcard.rebate.facts import NOTHING_STATED, Known, StatedFile
from tests.rebate.conftest import Charges, ProgramOf

QUARTER = Period(date(2026, 1, 1), date(2026, 3, 31), "2026Q1")
FLAT = "buckets: [{id: standard, rate: {bps: 100}}]\n"
ORIGIN = {"document": "a.csv", "line": 2}


def test_each_figure_with_its_formula_and_the_districts_own_comparator(program_of: ProgramOf, charges: Charges) -> None:
    frame = charges(
        {"cents": 700_00}, {"cents": 400_00}, {"cents": -100_00, "kind": "credit"}, {"cents": 5_00, "kind": "fee"}
    )
    cards = [("1", None), ("2", date(2025, 12, 31)), ("3", date(2026, 2, 1))]
    records = {
        "transactions": frame,
        "sites": SITES.rows({"site": name, "name": name, "enrollment": 5, "identity": name, **ORIGIN} for name in "ab"),
        "cards": CARDS.rows(
            {"card": name, "cardholder": "X", "closed": closed, "identity": name, **ORIGIN} for name, closed in cards
        ),
        "ap_payments": AP_PAYMENTS.rows(
            {"vendor": vendor, "date": date(2026, 2, 1), "amount_cents": 3000_00, "identity": vendor, **ORIGIN}
            for vendor in ("Acme", "Example Bank")
        ),
    }
    known = Known(
        StatedFile.model_validate(
            {
                "format": "pcard-rebate-facts/1",
                "costs": {
                    "card_transaction": Decimal(20),
                    "purchase_order": Decimal("70.50"),
                    "card_program_yearly": Decimal(730),
                },
                "receipts_due_days": 10,
                "comparators": [{"metric": "average_ticket", "value": Decimal(211), "source": "our neighbours, 2016"}],
            }
        )
    )
    ledger = assemble(records)
    accruals = [accrue(ledger.transactions, program_of(FLAT), QUARTER)]
    found = {
        row["metric"]: row
        for row in metrics(ledger, accruals, known, QUARTER, Effort(4, 2, (6, 20, 1), (2, 16, 10))).to_dicts()
    }
    values = {name: str(row["value"].normalize()) for name, row in found.items()}
    assert values == {
        "rebate_bps_of_spend": "1E+2", "rebate_per_student": "1", "rebate_per_card": "5", "card_share_of_payments": "25",
        "average_ticket": "5.5E+2", "process_cost_saved": "101", "matched_untouched": "5E+1",
        "days_to_reconcile": "9", "receipts_on_time": "5E+1", "cost_per_transaction": "9E+1",
    }  # fmt: skip
    assert found["average_ticket"]["compared_with"] == 211
    assert found["average_ticket"]["source"] == "our neighbours, 2016"
    assert all(row["formula"] for row in found.values())


def test_what_is_not_known_is_said_not_made_up(charges: Charges) -> None:
    found = metrics(assemble({"transactions": charges()}), [], NOTHING_STATED, QUARTER, None)
    assert found["value"].null_count() == found.height
    assert found["lacks"].null_count() == 0


def test_sites_beside_their_median() -> None:
    shares = SHARES.rows(
        {"program_id": "p", "period": "2026Q1", "site": site, "fund": "1", "volume_cents": volume, "share_cents": share}
        for site, volume, share in (("a", 1000_00, 10_00), ("b", 2000_00, 20_00), ("c", 0, 0), (None, 100_00, 1_00))
    )
    sites = SITES.rows([{"site": "a", "name": "A", "enrollment": 4, "identity": "a", **ORIGIN}])
    found = {row["site"]: row for row in site_benchmarks(shares, sites).to_dicts()}
    assert (found["a"]["bps"], found["a"]["per_student"], found["a"]["of_median"]) == (100, Decimal("2.5"), 1)
    assert (found["b"]["of_median"], found["c"]["bps"], found["c"]["of_median"]) == (2, None, 0)


def test_figures_are_rounded_half_up() -> None:
    assert rounded(Fraction(1, 200)) == Decimal("0.01")
