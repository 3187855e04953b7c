"""What people and documents said of pairs: links that stand whatever we compute, pairs never proposed again."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from pcard.ledger.verdicts import AGAINST, in_force
from pcard.matching.arrays import Ints
from pcard.matching.comparing.meeting import NO_PAIRS, Pairs
from pcard.matching.records.encode import Side


@dataclass(frozen=True)
class Verdicts:
    """A person's verdicts on one kind of evidence, as rows of the encoded sides.

    `limit_cents` is the part of the charge a person named per confirmed link,
    0 where none; `barred` are the rejected pairs, packed and sorted; `none` are
    charges of which a person said that there is no such evidence.
    """

    confirmed: Pairs
    limit_cents: Ints
    rejected: Pairs
    barred: Ints
    none: Ints


def verdicts_on(kind: str, decisions: pl.DataFrame | None, charges: Side, evidence: Side) -> Verdicts:
    """Read the verdicts in force on records of this ledger.

    Those on records that are not in it are not read: their document was
    undone, and they hold again once it is back.
    """
    said = (
        in_force(kind, decisions)
        .join(_numbered(charges, "subject", "charge"), on="subject", how="inner")
        .join(_numbered(evidence, "evidence_id", "piece"), on="evidence_id", how="left")
        .sort("charge", "piece", nulls_last=True)
    )
    against = pl.col("act").is_in(AGAINST)
    confirmed = said.filter(~against & pl.col("piece").is_not_null())
    rejected = said.filter(against & pl.col("piece").is_not_null())
    pairs = Pairs(rejected["charge"].to_numpy(), rejected["piece"].to_numpy())
    return Verdicts(
        Pairs(confirmed["charge"].to_numpy(), confirmed["piece"].to_numpy()),
        confirmed["amount_cents"].abs().fill_null(0).to_numpy(),
        pairs,
        np.sort(pairs.evidence * max(len(charges), 1) + pairs.transaction),
        said.filter(against & pl.col("evidence_id").is_null())["charge"].to_numpy(),
    )


def _numbered(side: Side, key: str, row: str) -> pl.DataFrame:
    return side.rows.select(pl.col("id").alias(key), pl.int_range(pl.len(), dtype=pl.Int64).alias(row))


def named_by_receipts(charges: Side, receipts: Side) -> Pairs:
    """Return the links that receipts state themselves: they name our id of a transaction, or the source's.

    A source's id that several transactions share names none of them. A file
    named `TXN12345_2.jpg` names 12345: a number that only one transaction has
    counts without the letters before it.
    """
    row = pl.int_range(pl.len(), dtype=pl.Int64)
    stated = receipts.rows.select(piece=row, named=pl.col("transaction")).drop_nulls()
    if stated.is_empty():
        return NO_PAIRS
    ours = _numbered(charges, "named", "charge")
    every = charges.rows.select(named="own_id", charge=row).drop_nulls()
    own = every.filter(pl.len().over("named") == 1).join(ours, on="named", how="anti")
    known = pl.concat([ours, own])
    bare = known.with_columns(number=_bare_number(pl.col("named"))).drop_nulls()
    bare = bare.filter(pl.col("charge").n_unique().over("number") == 1).select("number", "charge").unique()
    exact = stated.join(known, on="named")
    loose = stated.join(pl.concat([ours, every]), on="named", how="anti").with_columns(
        number=_bare_number(pl.col("named"))
    )
    found = pl.concat([exact.select("piece", "charge"), loose.join(bare, on="number").select("piece", "charge")])
    found = found.sort("piece", "charge")
    return Pairs(found["charge"].to_numpy(), found["piece"].to_numpy())


def _bare_number(text: pl.Expr) -> pl.Expr:
    """Return a number of four digits and more without the letters before it and the zeros that fill it up."""
    return text.str.strip_chars().str.extract(r"(?i)^[a-z]{0,12}[\s_#-]*0*([1-9]\d{3,})$")


def only_charge_of_card(charges: Side, receipts: Side, open_charges: np.ndarray, unread: np.ndarray) -> Pairs:
    """Pair unread receipts that name a card with the one charge of it, that day or at all, that still lacks a receipt.

    Where several charges of the card lack one, the receipt's amount would have
    to say which, and it was not read; where several unread receipts name it,
    none is more likely than the other.
    """
    waiting = pl.DataFrame({"card": charges.card, "day": charges.day, "charge": np.arange(len(charges))})
    asking = pl.DataFrame({"card": receipts.card, "day": receipts.day, "piece": np.arange(len(receipts))})
    that_day = _alone(waiting.filter(open_charges), asking.filter(unread & (receipts.day >= 0)), "card", "day")
    still = [
        ~np.isin(np.arange(len(side)), rows) for side, rows in zip((charges, receipts), that_day.rows, strict=True)
    ]
    at_all = _alone(waiting.filter(open_charges & still[0]), asking.filter(unread & still[1]), "card")
    return Pairs(*(np.concatenate(rows) for rows in zip(that_day.rows, at_all.rows, strict=True)))


def _alone(waiting: pl.DataFrame, asking: pl.DataFrame, *keys: str) -> Pairs:
    """Pair the charges and receipts of which there is one each of the same card (and day)."""
    sides = [frame.filter((pl.col("card") >= 0) & (pl.len().over(keys) == 1)) for frame in (waiting, asking)]
    found = sides[0].select(*keys, "charge").join(sides[1].select(*keys, "piece"), on=list(keys)).sort("piece")
    return Pairs(found["charge"].to_numpy(), found["piece"].to_numpy())
