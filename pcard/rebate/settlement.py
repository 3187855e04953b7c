"""Was it paid? What the contract earned beside what the bank reports and what came into the district's books."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from pcard.frames import REBATES_RECEIVED, SETTLEMENTS, Ledger
from pcard.ledger.kinds import kind_by_words
from pcard.ledger.merchants import merchant_key
from pcard.money import show_cents
from pcard.rebate.accruals import Accrual
from pcard.rebate.dues import due, estimate_due, lead_fee_cents

# A payment later than this after a period's end is not taken for that period's without a person.
_LATEST = timedelta(days=400)
# A deposit that says nothing of what it is for.
_SILENT = r"(?i)^(?:branch |counter |mobile |remote |regular |check |customer )*(?:deposits?|dep|checks?)[\s#0-9-]*$"
_OWED = "the amount that is owed for this period"


@dataclass(frozen=True)
class Settlement:
    """A row per accrual (SETTLEMENTS), and each sum received with the period it was taken for (REBATES_RECEIVED)."""

    settlements: pl.DataFrame
    received: pl.DataFrame


def settle(
    ledger: Ledger, accruals: Sequence[Accrual], as_of: date, reported: Mapping[tuple[str, str], int] | None = None
) -> Settlement:
    """Set what was earned beside what was received; `reported` is the bank's own figure by program and period."""
    received = _assigned(_incoming(ledger, accruals), accruals)
    by_period: dict[tuple[str, str], list[tuple[str, int]]] = {}
    for row in received.filter(pl.col("program_id").is_not_null()).iter_rows(named=True):
        by_period.setdefault((row["program_id"], row["period"]), []).append((row["id"], row["amount_cents"]))
    rows = []
    for accrual in accruals:
        key = (accrual.program.id, accrual.period.label)
        sums = by_period.get(key, [])
        rows.append(_row(accrual, as_of, sums, (reported or {}).get(key)))
    return Settlement(SETTLEMENTS.rows(rows), received)


def _row(accrual: Accrual, as_of: date, sums: Sequence[tuple[str, int]], reported: int | None) -> dict[str, object]:
    fee = lead_fee_cents(accrual)
    came = sum(cents for _, cents in sums)
    difference = came - (accrual.total_cents - fee)
    return {
        "program_id": accrual.program.id, "period": accrual.period.label, "last": accrual.period.last,
        "due": due(accrual), "estimate_due": estimate_due(accrual), "earned_cents": accrual.total_cents,
        "lead_fee_cents": fee, "estimated_cents": accrual.facts.estimated_cents, "reported_cents": reported,
        "received_cents": came, "difference_cents": difference, "state": _state(accrual, as_of, came, difference),
        "evidence": ";".join(name for name, _ in sums) or None,
    }  # fmt: skip


def _state(accrual: Accrual, as_of: date, came: int, difference: int) -> str:
    if came and difference:
        return f"received {show_cents(abs(difference))} too {'much' if difference > 0 else 'little'}"
    if came:
        return "received in full"
    if as_of <= accrual.period.last:
        return "the period is not over"
    if accrual.total_cents <= 0:
        return "owed by the district: the bank invoices it" if accrual.total_cents else "nothing is owed"
    return _awaited(due(accrual), as_of)


def _awaited(day: date | None, as_of: date) -> str:
    if day is None:
        return "not received yet; the contract names no day"
    return f"overdue since {day}" if day < as_of else f"due by {day}"


def _incoming(ledger: Ledger, accruals: Sequence[Accrual]) -> pl.DataFrame:
    """Return every sum that reads as a rebate: deposits, credits on the card statement, credits in accounts payable.

    A check is deposited without a word of what it is for: a deposit of exactly
    what is owed comes along, with `says` false.
    """
    nothing = pl.lit(None, pl.String)
    owed = {cents for each in accruals if (cents := each.total_cents - lead_fee_cents(each)) > 0}
    bank = ledger.bank_lines
    deposit = (pl.col("kind") == "rebate").fill_null(value=False) | (
        kind_by_words(-pl.col("amount_cents"), pl.col("description"), nothing) == "rebate"
    )
    of_what_is_owed = pl.col("amount_cents").is_in(sorted(owed)) & pl.col("description").str.contains(_SILENT)
    payable = ledger.ap_payments.filter(pl.col("status").fill_null("paid") != "void").with_columns(
        description=pl.concat_str("vendor", pl.col("invoice").fill_null(""), separator=" ")
    )
    return pl.concat(
        [
            bank.filter((pl.col("amount_cents") > 0) & (deposit | of_what_is_owed)).select(
                pl.lit("bank line").alias("side"), "date", "amount_cents", "description",
                id=pl.coalesce("reference", "identity"), identity="identity", says=deposit.fill_null(value=False),
            ),
            ledger.transactions.filter((pl.col("kind") == "rebate") & ~pl.col("memo")).select(
                pl.lit("statement credit").alias("side"), pl.col("posted").alias("date"), -pl.col("amount_cents"),
                pl.col("merchant").alias("description"), id="transaction_id", identity="transaction_id",
                says=pl.lit(value=True),
            ),
            payable.filter(
                (pl.col("amount_cents") < 0)
                & (kind_by_words(pl.col("amount_cents"), pl.col("description"), nothing) == "rebate")
            ).select(
                pl.lit("accounts payable").alias("side"), "date", -pl.col("amount_cents"), "description",
                id=pl.coalesce("payment_no", "identity"), identity="identity", says=pl.lit(value=True),
            ),
        ]
    ).with_columns(party=merchant_key(pl.col("description"))).sort("date", "identity")  # fmt: skip


def _assigned(incoming: pl.DataFrame, accruals: Sequence[Accrual]) -> pl.DataFrame:
    """Take each sum for the period whose amount it is, else for the latest that was over; no period is paid so twice."""
    parties = {accrual.program.id: _party(accrual) for accrual in accruals}
    paid: set[tuple[str, str]] = set()
    rows = []
    for row in incoming.sort(~pl.col("says"), maintain_order=True).iter_rows(named=True):
        named = {program for program, party in parties.items() if party and f" {party} " in f" {row['party']} "}
        whose = named or set(parties)
        over = [
            each
            for each in accruals
            if each.program.id in whose and each.period.last < row["date"] <= each.period.last + _LATEST
        ]
        found, why = _period_of(row["amount_cents"], over, paid, several=len({each.program.id for each in over}) > 1)
        if not row["says"]:
            if why != _OWED:
                continue
            why = f"{_OWED}, though its words do not say so"
        if found:
            paid.add((found.program.id, found.period.label))
        rows.append(
            {
                **{name: row[name] for name in ("identity", "id", "side", "date", "amount_cents", "description")},
                "program_id": found.program.id if found else None,
                "period": found.period.label if found else None,
                "why": why,
            }
        )
    return REBATES_RECEIVED.rows(rows)


def _period_of(
    cents: int, over: Sequence[Accrual], paid: set[tuple[str, str]], *, several: bool
) -> tuple[Accrual | None, str]:
    latest_first = sorted(over, key=lambda each: (each.period.last, each.program.id), reverse=True)
    expected = [each for each in latest_first if cents == each.total_cents - lead_fee_cents(each)]
    if unpaid := [each for each in expected if (each.program.id, each.period.label) not in paid]:
        return unpaid[0], _OWED
    if estimated := [each for each in latest_first if cents == each.facts.estimated_cents]:
        return estimated[0], "the estimate for this period"
    if several:
        return None, "question: for which program? its amount is none of theirs"
    if not latest_first:
        return None, "question: no period that is counted was over when it came"
    return latest_first[0], "the latest period that was over"


def _party(accrual: Accrual) -> str:
    """Return the first two words of the issuer as descriptions begin with them."""
    issuer = (
        pl.DataFrame({"issuer": [accrual.program.terms.program.issuer]}).select(merchant_key(pl.col("issuer"))).item()
    )
    return " ".join(str(issuer or "").split()[:2])


def unassigned(received: pl.DataFrame) -> Iterator[str]:
    """Yield a question for each sum that belongs to no period."""
    for row in received.filter(pl.col("program_id").is_null()).iter_rows(named=True):
        yield f"{row['side']} {row['id']} of {row['date']}, {show_cents(row['amount_cents'])}: {row['why']}"
