"""What the peers share: reading the files, names made comparable, one-to-one assignment and the matches file.

None of it is pcard's: a district without pcard would write as much before it called a library. All peers get the same,
so what differs is the library. Only receipts are linked; no peer links orders, or several receipts to one charge.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import polars as pl

WINDOW = 10  # days a receipt's date may be from the charge's, as in the bench's floor
PROPOSED = 0.1  # probability from which the models' pairs take part: rivals are told apart by the assignment, so that
# one half, the usual cut, would only cost them: Splink 0.004 of F1 (100,000 charges), recordlinkage 0.02
ACCEPTED = 0.97  # probability from which a link is called accepted; the F1 score counts the others as well

PROCESSOR = r"^(SQU\*SQ|SQ|TST|PY|WPY|CKE|PAYPAL|PP|SP|DD|IC|FSP|EB|ZSK|IN) ?\* ?|^(SP|DD) "
ORDER_CODE = r"\* ?[A-Z0-9]*[0-9][A-Z0-9]*"
STATE = r" [A-Z]{2}$"
COMPANY = r" (INC|LLC|LLP|LP|PLLC|CO|CORP|LTD|COMPANY|STORES?|SERVICES?|THE)$"


def plain_name(name: pl.Expr, state: bool = False) -> pl.Expr:
    """Return a merchant's name in capitals without prefix of a processor, order code, digits, punctuation, legal form.

    Args:
        name: the text as the bank or the receipt has it.
        state: whether to cut a state's two letters at the end, which banks write and receipts do not.
    """
    plain = name.str.to_uppercase().str.normalize("NFKD").str.replace_all(r"\p{M}|'", "")
    plain = plain.str.replace(PROCESSOR, "").str.replace_all(ORDER_CODE, " ").str.replace_all("&", " AND ")
    plain = plain.str.replace_all(r"[^A-Z]+", " ").str.strip_chars()
    if state:
        plain = plain.str.replace(STATE, "")
    return plain.str.replace(COMPANY, "").str.replace(COMPANY, "")


def plain_person(person: pl.Expr) -> pl.Expr:
    """Return a person's first initial and last name, `M COOK`, of `Mike B Cook`, `M. Cook` or `Cook, Mike`."""
    plain = person.str.to_uppercase().str.normalize("NFKD").str.replace_all(r"\p{M}|'", "")
    plain = plain.str.replace(r"^([^,]+), *(.+)$", "$2 $1").str.replace_all(r"[^A-Z]+", " ").str.strip_chars()
    return plain.str.slice(0, 1) + " " + plain.str.extract(r"([A-Z]+)$")


def distinct(column: str, written: Callable[[pl.Expr], pl.Expr], frame: pl.DataFrame) -> pl.Series:
    """Return a column rewritten: each distinct text once, because there are far fewer of them than rows."""
    texts = frame.select(pl.col(column).unique()).with_columns(plain=written(pl.col(column)))
    return frame.select(column).join(texts, on=column, how="left", maintain_order="left")["plain"]


def comparable(frame: pl.DataFrame, name: str, amount: str, state: bool) -> pl.DataFrame:
    """Return the rows with what can be compared.

    Returns:
        row (number), id, name, holder, card, site (text or null), cents (absolute), credit (amount below zero),
        day (number of the date).
    """
    cents = (pl.col(amount).cast(pl.Float64) * 100).round().cast(pl.Int64)
    return frame.select(
        pl.int_range(pl.len(), dtype=pl.Int64).alias("row"),
        "id",
        distinct(name, lambda text: plain_name(text, state), frame).alias("name"),
        distinct("cardholder", plain_person, frame).alias("holder"),
        "card",
        "site",
        cents.abs().alias("cents"),
        (cents < 0).alias("credit"),
        pl.col("date").to_physical().alias("day"),
    )


def read(folder: Path) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the charges and the receipts of a folder in the bench's file contract, as `comparable` gives them."""
    charges = pl.read_parquet(folder / "transactions.parquet")
    receipts = pl.read_parquet(folder / "receipts.parquet")
    return comparable(charges, "merchant", "amount", state=True), comparable(receipts, "vendor", "total", state=False)


def known(receipts: pl.DataFrame) -> list[str]:
    """Return which of site, holder and card any receipt says: a column without a value cannot be blocked or trained on."""
    return [column for column in ("site", "holder", "card") if receipts[column].count()]


def one_to_one(pairs: pl.DataFrame) -> pl.DataFrame:
    """Choose links so that every charge and every receipt is used once: greedily, by mutual best.

    Splink's `cluster_using_single_best_links` goes by the same rule and gave the same F1, only slower. An optimal
    assignment adds 0.0013 to Splink's F1 at 100,000 charges and takes longer than all the rest. Ties go to the nearer
    date, then the earlier rows.

    Args:
        pairs: charge, receipt (row numbers), weight (the more the better), probability, apart (days).
    """
    left = pairs.sort(-pl.col("weight"), "apart", "charge", "receipt")
    chosen = [left.clear()]
    while left.height:
        # In this order the first row of a charge is its best; a row that is first of both is best for both.
        best = left.filter(pl.col("charge").is_first_distinct() & pl.col("receipt").is_first_distinct())
        chosen.append(best)
        left = left.join(best, on="charge", how="anti", maintain_order="left")
        left = left.join(best, on="receipt", how="anti", maintain_order="left")
    return pl.concat(chosen)


def matches(links: pl.DataFrame, charges: pl.DataFrame, receipts: pl.DataFrame) -> pl.DataFrame:
    """Return links of row numbers (`one_to_one`) as the matches table that the bench scores."""
    return links.select(
        charges["id"].gather(links["charge"]).alias("transaction_id"),
        pl.lit("receipt").alias("evidence_kind"),
        receipts["id"].gather(links["receipt"]).alias("evidence_id"),
        "probability",
        pl.when(pl.col("probability") >= ACCEPTED)
        .then(pl.lit("accepted"))
        .otherwise(pl.lit("review"))
        .alias("outcome"),
    )


def main(scored: Callable[[pl.DataFrame, pl.DataFrame], pl.DataFrame], *packages: str) -> None:
    """Run a peer as a process: `python -m benchmarks.peers.NAME FOLDER MATCHES.csv`; print its packages' versions.

    Args:
        scored: gives the pairs that the peer proposes, as `one_to_one` takes them, for the charges and the receipts.
        packages: the distributions to name.
    """
    folder, out = (Path(word) for word in sys.argv[1:])
    charges, receipts = read(folder)
    matches(one_to_one(scored(charges, receipts)), charges, receipts).write_csv(out)
    print(", ".join(f"{package} {version(package)}" for package in packages))
