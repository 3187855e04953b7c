"""Payments on the card account tied to the district's own books: bank lines and accounts payable.

One payment may stand in the books as several (a fund each, warrants through
the county, ACH), and one warrant may pay several accounts. Amounts must agree
to the cent within a window of days; equal ones go to the nearest date, no line
serves twice, and a sum that can be made in two ways is a question.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import combinations
from math import comb

import polars as pl

from pcard.ledger.merchants import merchant_key
from pcard.schema import Table, columns

PAYMENTS = Table(
    "payments",
    columns("transaction_id! account! cycle! posted:date! amount:money! bank_lines ap_payments how! ties:flag!"),
    ("transaction_id",),
)
ONE_SIDED = Table(
    "one_sided",
    columns("side! id! cycle! document! line:count! date:date! amount:money! description why!"),
    ("side", "id"),
)

WINDOW_DAYS = 10
_MOST_PARTS = 4
# Beyond this many tries a sum that fits is as likely as not a coincidence.
_MOST_TRIED = 5_000
_CARD_WORDS = r"(?i)\bP-?CARDS?\b|\b(?:PURCHASING|PROCUREMENT|COMMERCIAL|CORPORATE|CREDIT|ONE) ?CARDS?\b|\bCARD (?:PAYMENT|PYMT|PMT|SERVICES)\b"


@dataclass(frozen=True, slots=True)
class _Entry:
    """One payment, in the card's or the district's books; money going to the issuer is above zero."""

    id: str
    date: date
    cents: int
    party: str


@dataclass
class _Ties:
    """What was tied so far against one kind of books: payment id to the ids and words of its evidence."""

    found: dict[str, tuple[tuple[str, ...], str]] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    asked: dict[str, str] = field(default_factory=dict)

    def tie(self, payments: Sequence[_Entry], evidence: Sequence[_Entry], how: str) -> None:
        """Link payments with the lines that paid them; both are spent."""
        ids = tuple(sorted(entry.id for entry in evidence))
        self.found |= {payment.id: (ids, how) for payment in payments}
        self.used.update(ids)


def tie_payments(
    lines: pl.DataFrame, bank_lines: pl.DataFrame, ap_payments: pl.DataFrame, cycles: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Tie every payment among an account's lines; return PAYMENTS, and ONE_SIDED of both sides, each with its cycle."""
    paid = lines.filter(pl.col("kind") == "payment")
    payments = _entries(paid, -pl.col("amount_cents"), "transaction_id", "posted", "merchant")
    bank = bank_lines.with_columns(merchant_key(pl.col("description")).alias("party"))
    vendors = ap_payments.filter(pl.col("status").is_null() | (pl.col("status") != "void")).with_columns(
        merchant_key(pl.col("vendor")).alias("party"), pl.col("vendor").alias("description")
    )
    from_bank = _tie(payments, _entries(bank, -pl.col("amount_cents"), "identity", "date", "party"), "bank line")
    from_ap = _tie(payments, _entries(vendors, pl.col("amount_cents"), "identity", "date", "party"), "AP payment")
    tied = _payments(paid, from_bank, from_ap, has_books=bank.height + vendors.height > 0)
    alone = pl.concat(
        [
            _unpaid(tied, paid),
            _unclaimed(bank, from_bank, "bank", pl.col("amount_cents") < 0, cycles),
            _unclaimed(vendors, from_ap, "ap", pl.col("amount_cents") > 0, cycles),
        ]
    )
    return tied, ONE_SIDED.of(alone)


def _entries(frame: pl.DataFrame, cents: pl.Expr, name: str, day: str, party: str) -> list[_Entry]:
    rows = frame.select(name, day, cents.alias("cents"), party).sort(day, name).rows()
    return [_Entry(*row) for row in rows]


def _tie(payments: Sequence[_Entry], books: Sequence[_Entry], noun: str) -> _Ties:
    """Tie one to one, then one payment to several lines, then several payments to one line."""
    ties = _Ties()
    for payment, line in _pairs(payments, books):
        if payment.id not in ties.found and line.id not in ties.used:
            ties.tie([payment], [line], f"one {noun}")
    for payment in payments:
        if payment.id not in ties.found:
            parts = _sum_of(payment, [line for line in books if line.id not in ties.used], ties, payment.id, noun)
            if parts:
                ties.tie([payment], parts, f"the sum of {len(parts)} {noun}s")
    for line in books:
        open_payments = [payment for payment in payments if payment.id not in ties.found]
        if line.id not in ties.used and len(open_payments) > 1:
            parts = _sum_of(line, open_payments, ties, line.id, "payment")
            if parts:
                ties.tie(parts, [line], f"one {noun} for {len(parts)} payments")
    return ties


def _pairs(payments: Sequence[_Entry], books: Sequence[_Entry]) -> list[tuple[_Entry, _Entry]]:
    """Return the pairs of one amount within the window, the nearest dates first."""
    by_amount: dict[int, list[_Entry]] = {}
    for line in books:
        by_amount.setdefault(line.cents, []).append(line)
    pairs = [
        (payment, line) for payment in payments for line in by_amount.get(payment.cents, []) if _near(payment, line)
    ]
    return sorted(
        pairs,
        key=lambda pair: (abs((pair[0].date - pair[1].date).days), pair[0].date, pair[0].id, pair[1].date, pair[1].id),
    )


def _near(one: _Entry, other: _Entry) -> bool:
    return abs((one.date - other.date).days) <= WINDOW_DAYS


def _sum_of(whole: _Entry, lines: Sequence[_Entry], ties: _Ties, asked: str, noun: str) -> tuple[_Entry, ...]:
    """Return the two to four lines that alone sum to `whole`: first of one party, then of any; ask where several do."""
    near = [line for line in lines if _near(whole, line) and 0 < line.cents < whole.cents]
    parties = sorted({line.party for line in near})
    of_one_party = [[line for line in near if line.party == party] for party in parties]
    for groups in (of_one_party, [near]):
        for size in range(2, _MOST_PARTS + 1):
            sets = [chosen for group in groups for chosen in _sets(group, size, whole.cents)]
            if len(sets) == 1:
                return sets[0]
            if sets:
                ties.asked[asked] = f"question: {len(sets)} ways to sum {size} {noun}s to it"
                return ()
    return ()


def _sets(lines: Sequence[_Entry], size: int, cents: int) -> Iterator[tuple[_Entry, ...]]:
    if comb(len(lines), size) <= _MOST_TRIED:
        yield from (chosen for chosen in combinations(lines, size) if sum(line.cents for line in chosen) == cents)


def _payments(paid: pl.DataFrame, bank: _Ties, ap: _Ties, *, has_books: bool) -> pl.DataFrame:
    none = "no line of this amount in the books" if has_books else "neither bank lines nor AP payments were imported"
    ids = paid["transaction_id"].to_list()
    said = [[ties.found[name][1] for ties in (bank, ap) if name in ties.found] for name in ids]
    asked = [bank.asked.get(name) or ap.asked.get(name) or none for name in ids]
    return PAYMENTS.of(
        paid.with_columns(
            pl.Series("bank_lines", _evidence(bank, ids), pl.String),
            pl.Series("ap_payments", _evidence(ap, ids), pl.String),
            pl.Series("how", ["; ".join(words) or other for words, other in zip(said, asked, strict=True)], pl.String),
            pl.Series("ties", [bool(words) for words in said], pl.Boolean),
        )
    )


def _evidence(ties: _Ties, ids: Sequence[str]) -> list[str | None]:
    return [";".join(ties.found[name][0]) if name in ties.found else None for name in ids]


def _unpaid(tied: pl.DataFrame, paid: pl.DataFrame) -> pl.DataFrame:
    alone = tied.filter(~pl.col("ties")).select("transaction_id", "how").join(paid, on="transaction_id")
    return ONE_SIDED.of(
        alone.select(
            pl.lit("card").alias("side"), pl.col("transaction_id").alias("id"), "cycle", "document", "line",
            pl.col("posted").alias("date"), "amount_cents", pl.col("merchant").alias("description"), pl.col("how").alias("why"),
        )
    )  # fmt: skip


def _unclaimed(books: pl.DataFrame, ties: _Ties, side: str, outgoing: pl.Expr, cycles: pl.DataFrame) -> pl.DataFrame:
    """Return the lines that pay the issuer, by their party or their words, and are on no card statement."""
    used = pl.col("identity").is_in(sorted(ties.used))
    parties = books.filter(used)["party"].unique()
    pays = pl.col("party").is_in(parties.implode()) | pl.col("description").str.contains(_CARD_WORDS)
    spans = cycles.select("cycle", "opened", "closed")
    alone = books.filter(~used & pays & outgoing).join_where(
        spans, pl.col("date") >= pl.col("opened"), pl.col("date") <= pl.col("closed")
    )
    first = alone.sort("identity", "closed").unique("identity", keep="first", maintain_order=True)
    return ONE_SIDED.of(
        first.select(
            pl.lit(side).alias("side"), pl.col("identity").alias("id"), "cycle", "document", "line", "date",
            "amount_cents", "description", pl.lit("no card statement shows this payment").alias("why"),
        )
    )  # fmt: skip
