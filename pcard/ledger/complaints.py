"""What is wrong with a line, in words a clerk knows, and the list of what was not taken."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import polars as pl

from pcard.card_numbers import redact
from pcard.errors import Fault, Place
from pcard.escape import for_terminal
from pcard.frames import REFUSALS, Skipped
from pcard.money import DecimalMark, read_cents
from pcard.schema import Kind

MOST_SHOWN = 40


@dataclass(frozen=True, slots=True)
class Complaint:
    """One fault about one cell or line of a table, with the cell as it may be shown."""

    table: str
    fault: Fault
    value: str | None = None


def shown(values: Sequence[str | None]) -> list[str | None]:
    """Make cells safe to show: card numbers cut, controls visible, at most 40 characters each."""
    lines = [None if value is None else " ".join(value.split("\n")) for value in values]
    # One look for card numbers at all of them: it costs as much for one cell as for thousands.
    cut = iter(redact("\n".join(line for line in lines if line is not None))[0].split("\n"))
    return [None if line is None else _shortened(for_terminal(next(cut))) for line in lines]


def _shortened(text: str) -> str:
    return text if len(text) <= MOST_SHOWN else text[: MOST_SHOWN - 1] + "…"


def unreadable(kind: Kind, place: Place, value: str | None) -> Fault:
    """Return the fault of a cell that decides about its line and is not what its column holds."""
    match kind:
        case Kind.MONEY:
            cure = "correct the amount in the file, or tell the profile which decimal mark it uses"
            return Fault("amount-unreadable", place, f"“{value}” is no amount that can be read for certain", cure)
        case Kind.DATE:
            cure = "correct the date in the file, or name its date format in the profile"
            return Fault("date-unreadable", place, f"“{value}” is no date in the expected form", cure)
        case _:
            cure = "format the column as text in the spreadsheet and export it again"
            return Fault("account-unreadable", place, f"“{value}” has lost digits of the account or card number", cure)


def ignored(kind: Kind, place: Place, value: str | None) -> Fault:
    """Return the warning about a cell that is left empty because it cannot be read."""
    cure = "the line was kept without it; correct the file and import it again if it matters"
    match kind:
        case Kind.MONEY:
            return Fault("amount-ignored", place, f"“{value}” is no amount; it is left empty", cure, warning=True)
        case Kind.DATE:
            return Fault("date-ignored", place, f"“{value}” is no date; it is left empty", cure, warning=True)
        case Kind.FLAG:
            return Fault(
                "flag-ignored", place, f"“{value}” is neither yes nor no; it is left empty", cure, warning=True
            )
        case Kind.COUNT:
            return Fault("count-ignored", place, f"“{value}” is no whole number; it is left empty", cure, warning=True)
        case _:
            message = f"“{value}” has lost digits of the card number; the line has no card"
            return Fault("card-unreadable", place, message, cure, warning=True)


def missing(place: Place, table: str) -> Fault:
    """Return the fault of a line that lacks what every line of its table has."""
    cure = f"fill in the {place.field} in the file; if the line is no record, let the profile skip it"
    return Fault("value-missing", place, f"a line of {table} without its {place.field}", cure)


def holds_nul(place: Place) -> Fault:
    """Return the fault of a cell with a NUL character in it."""
    cure = "the file was damaged on its way; download it again"
    return Fault("nul-in-text", place, "a cell holds a NUL character, which no text has", cure)


def refusals(
    document: str, complaints: Iterable[Complaint], skipped: Sequence[Skipped], mark: DecimalMark
) -> pl.DataFrame:
    """List the lines that were not taken, each with its reason: `state` is refused or skipped."""
    refused = [
        (
            one.fault.place.line, one.table or None, "skipped" if one.fault.warning else "refused", one.fault.code,
            one.fault.place.field, one.value, one.fault.message, one.fault.cure, None,
        )
        for one in complaints
    ]  # fmt: skip
    texts = shown([one.text or None for one in skipped])
    cure = "nothing to do unless this line is a transaction"
    rows = refused + [
        (one.line, None, "skipped", "line-skipped", None, text, one.reason, cure, one.amount)
        for one, text in zip(skipped, texts, strict=True)
    ]
    names = ("line", "table", "state", "code", "field", "value", "message", "cure", "amount")
    frame = pl.DataFrame(rows, {name: pl.Int32 if name == "line" else pl.String for name in names}, orient="row")
    # Several records may stand on one line of a file; the second fault of the same field is `amount #2`.
    ordinal = pl.int_range(1, pl.len() + 1).over("line", "code", "field")
    numbered = pl.when(ordinal > 1).then(pl.concat_str(pl.col("field").fill_null("line"), pl.lit(" #"), ordinal))
    return REFUSALS.of(
        frame.with_columns(
            numbered.otherwise("field").alias("field"),
            read_cents(pl.col("amount"), mark).alias("amount_cents"),
            pl.lit(document).alias("document"),
        )
    )
