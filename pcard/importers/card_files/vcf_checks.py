"""What refuses a Visa file, and the figures of its trailers beside those of its lines."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import polars as pl

from pcard.documents import Document
from pcard.errors import Fault
from pcard.frames import Control
from pcard.importers.bank_files.ofx_amounts import total
from pcard.importers.card_files.brand_cells import count_control, implied, implied_value, sum_control
from pcard.importers.card_files.record_lines import cut_short, unknown_records, unknown_version
from pcard.importers.card_files.vcf_lines import CREDITS, TYPES
from pcard.importers.card_files.vcf_records import Records

_TOLD = 20


def faults(records: Records, document: Document) -> Iterator[Fault]:
    """Yield everything that refuses the file, and a warning where no set frames its blocks."""
    rows = records.structure
    versions = rows.filter(pl.col("code").is_in(["6", "8"])).unique("version", keep="first", maintain_order=True)
    for line, version in versions.select("line", "version").iter_rows():
        if not (version or "").startswith("4"):
            yield unknown_version(document, line, version or "", "VCF 4.0 or 4.4")
    yield from unknown_records(document, records.strange, "VCF 4, or stands outside a block")
    yield from _open_ends(rows, document)
    strange = records.data["05"].filter(~pl.col("type").is_in(list(TYPES)).fill_null(value=False))
    for line, code in strange.select("line", "type").head(_TOLD).iter_rows():
        message = (
            f"transaction type “{(code or '')[:4]}” is unknown, so its sign is too ({strange.height} lines in all)"
        )
        cure = "ask the bank what the type means and tell pcard's maintainers; nothing was imported"
        yield Fault("vcf-type-unknown", document.place(line), message, cure)


def _open_ends(rows: pl.DataFrame, document: Document) -> Iterator[Fault]:
    """Yield a fault for each block or set without its other end."""
    block: int | None = None
    opened: int | None = None
    for line, code in rows.select("line", "code").iter_rows():
        if block and code != "9":
            yield cut_short(document, block, "a block has no trailer (9)")
        if code == "9" and not block:
            yield cut_short(document, line, "a block has no header (8)")
        block = line if code == "8" else None
        if opened and code == "6":
            yield cut_short(document, opened, "a set has no trailer (7)")
        if code == "7" and not opened:
            yield cut_short(document, line, "a set has no header (6)")
        opened = line if code == "6" else None if code == "7" else opened
    if block:
        yield cut_short(document, block, "a block has no trailer (9)")
    if opened:
        yield cut_short(document, opened, "a set has no trailer (7)")
    if rows["code"].is_in(["8"]).any() and not rows["code"].is_in(["6", "7"]).any():
        message = "no header and trailer (6, 7) frame the blocks; each block was checked by its own"
        cure = "make sure the file was not put together by hand; blocks left out would not show"
        yield Fault("vcf-set-missing", document.place(), message, cure, warning=True)


def controls(records: Records) -> Iterator[Control]:
    """Yield the counts and sums that trailers state: of each block, and of each set."""
    rows, counts = records.structure, dict(records.counts.iter_rows())
    sums = _sums(records.data["05"])
    trailers = rows.filter(pl.col("code") == "9")
    for kind, block, count, stated in trailers.select("type", "block", "count", "total").iter_rows():
        name = f"block {block} (type {(kind or '').zfill(2)})"
        yield count_control(f"{name}, records", count, counts.get(block, 0))
        if block in sums:
            yield sum_control(f"{name}, sum of amounts", implied_value(stated, 2), sums[block])
    for number, count, stated in rows.filter(pl.col("code") == "7").select("set", "count", "total").iter_rows():
        own = rows.filter(pl.col("set") == number)
        blocks = own["block"].unique().to_list()
        framing = own["code"].is_in(["8", "9"]).sum()
        yield count_control(f"set {number}, records", count, framing + sum(counts.get(block, 0) for block in blocks))
        ways = [sums[block] for block in blocks if block in sums] or [(Decimal(0), Decimal(0))]
        said = [implied_value(one, 2) or Decimal(0) for one in own.filter(pl.col("code") == "9")["total"]]
        added = [sum(way, Decimal(0)) for way in zip(*ways, strict=True)]
        yield sum_control(f"set {number}, sum of amounts", implied_value(stated, 2), [*added, sum(said, Decimal(0))])


def _sums(lines: pl.DataFrame) -> dict[int, tuple[Decimal, Decimal]]:
    """Return by block the sum of the amounts without their signs, as Visa adds, and with them, as some senders do."""
    amount = implied(pl.col("amount"), 2)
    signed = pl.when(pl.col("type").is_in(CREDITS)).then(pl.lit("-") + amount).otherwise(amount)
    found = lines.select("block", amount.alias("plain"), signed.alias("signed"))
    return {
        int(block[0]): (total(one["plain"]), abs(total(one["signed"])))
        for block, one in found.partition_by("block", as_dict=True).items()
    }
