"""The ledger's records as columns of numbers: cents, days, and codes shared by both sides.

Only transactions that take evidence are encoded. Codes are numbered over both
sides together in the order of their text, so they do not depend on row order.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import polars as pl

from pcard.frames import Ledger
from pcard.ledger.foreign_fees import is_foreign
from pcard.ledger.replacements import in_use
from pcard.matching.arrays import UNKNOWN, Flags, Ints, at_once, dense, each_of, sorted_rows
from pcard.matching.records.names import Names, encode_names
from pcard.matching.records.references import encode_numbers, mentioned, number
from pcard.matching.records.texts import numbered, renumbered

TAKES_EVIDENCE = ("purchase", "credit", "cash_advance", "convenience_check")
_CENTURY_DAYS = 36_500
_LARGEST = 1 << 22  # cents; larger amounts are few and need no order among them
_KEPT = (
    ("id", "cents", "original_cents", "takes", "own_id"),
    ("id", "cents", "tax_cents", "transaction", "unread", "po_number"),
    ("id", "cents", "blanket"),
)
_COLUMNS = ("cents", "day", "name", "site", "card", "holder", "initial", "buyer", "number", "rank", "apart")
_MIX = 0x2545F4914F6CDD1D


@dataclass(frozen=True)
class Side:
    """Records of one side, by site, size and id; -1 stands for what a record does not say.

    `cents` is signed, zero where unread. `holder` is first and last name,
    `initial` the first letter and the last name, `buyer` who used the card
    where that is not its holder, `number` the order number it names, `rank`
    its place by id, `apart` one code for all that plugins' comparisons look
    at, where there are any.
    """

    rows: pl.DataFrame
    cents: Ints
    day: Ints
    name: Ints
    site: Ints
    card: Ints
    holder: Ints
    initial: Ints
    buyer: Ints
    number: Ints
    rank: Ints
    apart: Ints | None = None

    def __len__(self) -> int:
        """Return the number of records."""
        return self.rows.height

    def take(self, rows: Ints) -> Side:
        """Return the chosen records."""
        columns = {name: column[rows] for name in _COLUMNS if (column := getattr(self, name)) is not None}
        return replace(self, rows=self.rows[rows], **columns)

    @property
    def drawn_on(self) -> Flags:
        """Tell of which records less is left than the ledger says: links cover a part already."""
        return np.abs(self.cents) < self.rows["cents"].fill_null(0).abs().to_numpy()

    @cached_property
    def kind(self) -> Ints:
        """One code for records that nothing but their id tells apart."""
        told = [self.day, self.name, self.site, self.card, self.holder, self.buyer, self.number]
        told += [] if self.apart is None else [self.apart]
        kind = self.cents.astype(np.int64)
        for column in told:
            kind = (kind ^ (kind >> 29)) * _MIX + column  # wraps around: a hash of all columns
        return dense(kind)


@dataclass(frozen=True)
class Encoded:
    """The three sides, the names and order numbers they share, and how many days the charges span."""

    transactions: Side
    receipts: Side
    orders: Side
    names: Names
    numbers: pl.Series
    span_days: int

    @property
    def receipts_name_orders(self) -> bool:
        """Whether any receipt names the order it was written for."""
        return self.receipts.rows["po_number"].null_count() < len(self.receipts)


def encode(ledger: Ledger) -> Encoded:
    """Encode the transactions that take evidence, the receipts and the orders of a ledger."""
    queries = [
        ledger.transactions.lazy().select(
            id="transaction_id", cents="amount_cents", day=pl.coalesce("date", "posted"), name="merchant", site="site",
            card="card", holder="cardholder", buyer="buyer", own_id="id", takes=pl.col("kind").is_in(TAKES_EVIDENCE) & ~pl.col("memo"),
            original_cents=pl.when(is_foreign()).then(pl.col("original_amount_cents").abs() * pl.col("amount_cents").sign()),
            po_number=number(pl.col("po_number")), reference=number(pl.col("reference")),
            mention=mentioned(pl.concat_str("merchant", "description", separator=" ", ignore_nulls=True)),
        ),
        ledger.receipts.lazy().select(
            id="id", cents="total_cents", day="date", name="vendor", site="site", card="card", holder="cardholder",
            buyer=pl.lit(None, pl.String), tax_cents="tax_cents", transaction="transaction", unread=pl.col("total_cents").is_null() | pl.col("date").is_null(),
            number=pl.coalesce(number(pl.col("order_number")), number(pl.col("po_number"))),
            po_number=number(pl.col("po_number")),
        ),
        ledger.orders.lazy().select(
            id="po_number", cents=pl.coalesce("open_amount_cents", "amount_cents"), day="date", name="vendor",
            site="site", card=pl.lit(None, pl.String), holder="requester", buyer=pl.lit(None, pl.String), number=number(pl.col("po_number")), blanket=pl.col("kind").fill_null("") == "blanket",
        ),
    ]  # fmt: skip
    frames = pl.collect_all(queries)
    (names, name_codes), codes = at_once(
        lambda: encode_names(*(frame["name"] for frame in frames)), lambda: _all_codes(frames, ledger.cards)
    )
    sides = zip(frames, _KEPT, name_codes, codes.of_sides, strict=True)
    transactions, receipts, orders = each_of(lambda each: _side(*each), sides)
    return Encoded(transactions, receipts, orders, names, codes.numbers, codes.span_days)


@dataclass(frozen=True)
class _Codes:
    """Of each side the columns of its records but the name, in the records' own order."""

    of_sides: list[dict[str, Ints]]
    numbers: pl.Series
    span_days: int


def _all_codes(frames: list[pl.DataFrame], replaced: pl.DataFrame) -> _Codes:
    """Number what both sides say, but for their names; `replaced` are the cards with what each of them replaces."""
    days, span_days = _days(frames)
    sites = _codes(frames, ["site"], lambda text: text.str.strip_chars().str.to_uppercase())
    moved = replaced.select(_last_four(pl.col("card", "replaces")))
    cards = _codes(frames, ["card"], lambda text: in_use(_last_four(text), moved))
    people, names = _codes_and_texts(frames, ["holder", "buyer"], _person)
    holders, buyers = people[::2], people[1::2]
    initial = np.append(names.str.replace(r"^(.)\S*", "$1").rank("dense").cast(pl.Int64).to_numpy() - 1, UNKNOWN)
    shown = frames[0].select("po_number", "reference", "mention")
    numbers, of_charge, of_evidence = encode_numbers(shown, [frame.select("number") for frame in frames[1:]])
    of_sides = [
        {
            "day": days[i], "site": sites[i], "card": cards[i], "holder": holders[i], "initial": initial[holders[i]],
            "buyer": np.where(buyers[i] == holders[i], UNKNOWN, buyers[i]), "number": [of_charge, *of_evidence][i],
        }
        for i in range(len(frames))
    ]  # fmt: skip
    return _Codes(of_sides, numbers, span_days)


def _side(frame: pl.DataFrame, kept: tuple[str, ...], names: Ints, codes: Mapping[str, Ints]) -> Side:
    """Put the records in order, as small numbers: by site, then size, then id.

    What may meet lies together, so that looking it up is fast.
    """
    cents = frame["cents"].fill_null(0).to_numpy()
    by_id = frame["id"].arg_sort().to_numpy()
    key = (codes["site"].astype(np.int64) + 1) * _LARGEST + np.minimum(np.abs(cents), _LARGEST - 1)
    place = sorted_rows(key[by_id])[0]
    row = by_id[place]
    columns = {name: code.astype(np.int32)[row] for name, code in {"name": names, **codes}.items()}
    return Side(frame.select(kept)[row], cents[row], **columns, rank=place.astype(np.int32))


def _days(frames: list[pl.DataFrame]) -> tuple[list[Ints], int]:
    """Number the days from the first one on; dates outside a century of it are a typing fault, hence unknown."""
    stamps = [frame["day"].cast(pl.Int32) for frame in frames]
    known = pl.concat(stamps).drop_nulls().sort()
    if known.is_empty():
        return [np.full(len(stamp), UNKNOWN) for stamp in stamps], 1
    middle = known.item(len(known) // 2)
    first = known.filter(known > middle - _CENTURY_DAYS // 2).item(0)
    days = [(stamp.cast(pl.Int64) - first).fill_null(UNKNOWN).to_numpy() for stamp in stamps]
    sane = [np.where((day >= 0) & (day < _CENTURY_DAYS), day, UNKNOWN) for day in days]
    return sane, max(1, *(int(day.max(initial=0)) + 1 for day in sane[:1]))


def _codes(frames: list[pl.DataFrame], columns: list[str], clean: Callable[[pl.Expr], pl.Expr]) -> list[Ints]:
    """Number the distinct cleaned texts of these columns of all sides; empty and missing texts are unknown."""
    return _codes_and_texts(frames, columns, clean)[0]


def _codes_and_texts(
    frames: list[pl.DataFrame], columns: list[str], clean: Callable[[pl.Expr], pl.Expr]
) -> tuple[list[Ints], pl.Series]:
    """Return the same, and the cleaned texts by their number."""
    texts, places = numbered([frame[column] for frame in frames for column in columns])
    plain = texts.to_frame("text").select(plain=clean(pl.col("text"))).to_series().replace("", None)
    codes = (plain.rank("dense").cast(pl.Int64) - 1).fill_null(UNKNOWN).to_numpy()
    return renumbered(places, codes), plain.drop_nulls().unique().sort()


def _last_four(text: pl.Expr) -> pl.Expr:
    return text.str.replace_all(r"[^0-9A-Za-z]", "").str.slice(-4)


def _person(text: pl.Expr) -> pl.Expr:
    """Return first and last name in capitals, whether written `Ana P. Ruiz` or `Ruiz, Ana P`."""
    return (
        text.str.normalize("NFKD")
        .str.replace_all(r"\p{M}", "")
        .str.to_uppercase()
        .str.replace_all(r"\b(?:JR|SR|II|III|IV)\b\.?", "")
        .str.replace(r"^\s*([^,]+),\s*([^,]+?)[\s,]*$", "$2 $1")
        .str.replace_all(r"['’`]", "")
        .str.replace_all(r"[^A-Z0-9]+", " ")
        .str.strip_chars()
        .str.replace(r"^(\S+) .*?(\S+)$", "$1 $2")
    )
