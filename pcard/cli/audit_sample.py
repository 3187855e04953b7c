"""`pcard audit sample`: a seeded sample of charges for an auditor, and what it says once it was looked at."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pcard.cli.answers import Answer, answering
from pcard.cli.session import opened, workspace_option

if TYPE_CHECKING:
    import polars as pl

    from pcard.documents import Document
    from pcard.frames import Ledger
    from pcard.policy.sample_results import Misstatement, Rate
    from pcard.policy.sampling import Drawn
    from pcard.store.workspace import Workspace

_DAY = click.DateTime(["%Y-%m-%d"])
_STRATA = {"site": "site", "category": "mcc", "cardholder": "cardholder", "amount": "band"}
# Bands of amount: below how many cents, and what the band is called.
_BANDS = (
    (10_000, "under 100.00"),
    (100_000, "100.00 to 999.99"),
    (500_000, "1000.00 to 4999.99"),
    (0, "5000.00 or more"),
)


@click.command(name="sample")
@click.argument("cycle", required=False)
@click.option("--size", type=click.IntRange(min=1), help="How many charges (or monetary units) to draw.")
@click.option("--seed", help="Any text; the same seed draws the same charges again.")
@click.option(
    "--method",
    type=click.Choice(["random", "money"]),
    default="random",
    show_default=True,
    help="Each charge with the same chance, or each cent.",
)
@click.option("--by", type=click.Choice(list(_STRATA)), help="Draw from each of these in proportion.")
@click.option("--from", "first", type=_DAY, help="Instead of a cycle: from this day of posting.")
@click.option("--to", "last", type=_DAY, help="Instead of a cycle: to this day of posting.")
@click.option("--out", type=click.Path(path_type=Path), help="The worksheet, without its ending.")
@click.option("--results", type=click.Path(path_type=Path), help="A worksheet that was filled in (.xlsx or .csv).")
@click.option(
    "--confidence", type=click.FloatRange(50, 99.9), default=95, show_default=True, help="In percent, of the interval."
)
@workspace_option
@answering
def command(
    cycle: str | None,
    size: int | None,
    seed: str | None,
    method: str,
    by: str | None,
    first: datetime | None,
    last: datetime | None,
    out: Path | None,
    results: Path | None,
    confidence: float,
    root: Path | None,
) -> Answer:
    """Draw a sample of charges and write its worksheet; or take the results back and print the error rate.

    On top of the rules, which look at every charge: a person looks at these
    few whole. Write `ok` or `exception` into the column result, and under
    audited what a charge should have been; then --results FILE.
    """
    if results:
        return _judged(results, confidence / 100, root)
    if not size or not seed:
        raise click.UsageError("say how many and by which seed: --size 60 --seed 2026-audit; or --results FILE")
    if method == "money" and by:
        raise click.UsageError("a monetary-unit sample is not drawn by strata: leave --by out")
    return _draw(cycle, (first, last), size, seed, method, by, out, root)


def _draw(
    cycle: str | None,
    days: tuple[datetime | None, datetime | None],
    size: int,
    seed: str,
    method: str,
    by: str | None,
    out: Path | None,
    root: Path | None,
) -> Answer:
    from pcard.ledger.assemble import assemble
    from pcard.policy.sample_results import record_of
    from pcard.policy.sampling import draw_money, draw_random

    with opened(root) as workspace:
        ledger = assemble(workspace.records(), closing_day=workspace.settings.closing_day)
        population, scope = _population(ledger, cycle, days)
        if population.is_empty():
            raise click.UsageError(f"there are no purchases to draw from ({scope})")
        drawn = (
            draw_money(population, size, seed)
            if method == "money"
            else draw_random(population, size, seed, _STRATA[by] if by else None)
        )
        stem = out or workspace.root / "reports" / f"sample-{drawn.name}"
        paths = _written(drawn, stem)
        decision = workspace.decide("sample", drawn.name, value=record_of(drawn), reason=scope)
    money = sum(part.cents for part in drawn.strata.values())
    facts: dict[str, Any] = {"sample": drawn.name, "decision": decision, "method": method, "seed": seed, "scope": scope}
    facts |= {"drawn": drawn.rows.height, "left_out": drawn.left_out, "files": [str(path) for path in paths]}
    facts |= {"population": {name: [part.charges, _shown(part.cents)] for name, part in drawn.strata.items()}}
    facts |= {"interval": _shown(drawn.interval_cents) if drawn.interval_cents else None}
    count = sum(part.charges for part in drawn.strata.values())
    lines = [f"Sample {drawn.name}: {drawn.rows.height} of {count:,} charges, {_shown(money)}, {scope}."]
    lines += [f"One monetary unit in {_shown(drawn.interval_cents)}."] if drawn.interval_cents else []
    lines += [f"{drawn.left_out} credits and charges of nothing are left out."] if drawn.left_out else []
    steps = ["fill in result (ok or exception) and audited", f"pcard audit sample --results {paths[0]}"]
    return Answer(facts, [*lines, *map(str, paths)], next_steps=steps)


def _population(
    ledger: Ledger, cycle: str | None, days: tuple[datetime | None, datetime | None]
) -> tuple[pl.DataFrame, str]:
    """Return the purchases to draw from, with their band of amount, and what they are in words."""
    import polars as pl

    from pcard.pipeline.reconcile import last_cycle

    charges = ledger.transactions
    bought = charges.filter(~pl.col("memo"), pl.col("kind").is_in(["purchase", "cash_advance", "convenience_check"]))
    band = pl.lit(_BANDS[-1][1])
    for below, name in reversed(_BANDS[:-1]):
        band = pl.when(pl.col("amount_cents") < below).then(pl.lit(name)).otherwise(band)
    bought = bought.with_columns(band=band)
    first, last = (moment.date() if moment else None for moment in days)
    if first or last:
        if cycle:
            raise click.UsageError("name a cycle, or --from and --to, not both")
        after = pl.col("posted") >= first if first else pl.lit(value=True)
        before = pl.col("posted") <= last if last else pl.lit(value=True)
        return bought.filter(after, before), f"posted {first or 'from the first'} to {last or 'the last'}"
    wanted = cycle or last_cycle(ledger)
    known = charges["cycle"].drop_nulls().unique().sort()
    if wanted not in known:
        raise click.UsageError(f"there is no cycle {wanted}; the last ones are {', '.join(known[-3:])}")
    return bought.filter(pl.col("cycle") == wanted), f"cycle {wanted}"


def _written(drawn: Drawn, stem: Path) -> list[Path]:
    """Write the worksheet as XLSX and CSV; return where."""
    from pcard.cli.writing import write_table
    from pcard.policy.sampling import SAMPLE

    paths = [stem.with_name(f"{stem.name}.{form}") for form in ("xlsx", "csv")]
    for path in paths:
        write_table(drawn.rows, SAMPLE, path)
    return paths


def _judged(path: Path, confidence: float, root: Path | None) -> Answer:
    """Take a worksheet back: print the error rate or the misstatement, and record it."""
    from pcard.documents import open_document
    from pcard.errors import Refused
    from pcard.policy.sample_results import error_rate, misstatement, read_answers, strata_of, words_of

    document = open_document(path)
    cells = _cells(document)
    with opened(root) as workspace:
        name, record = _drawn_before(cells, document.name, workspace)
        rows, faults = read_answers(cells, record, name, document.name)
        if faults:
            raise Refused(*faults)
        strata = strata_of(record)
        found: Rate | Misstatement = (
            misstatement(rows, strata, int(record["interval"]), confidence)
            if record["method"] == "money"
            else error_rate(rows, strata, confidence)
        )
        facts = {"sample": name, "method": record["method"], **_plain(found)}
        kept = json.dumps(facts, sort_keys=True)
        decision = workspace.decide("sample_result", name, value=kept, reason=f"{document.name}, {document.sha256}")
    return Answer(facts | {"decision": decision}, [f"Sample {name}:", *words_of(found)])


def _cells(document: Document) -> pl.DataFrame:
    """Return a worksheet's cells as text under its headings, with the line each row stands on."""
    from pcard.importers.tables.sheets import grids_of

    grid = grids_of(document)[0]
    names = [str(cell or f"column {place}").strip().lower() for place, cell in enumerate(grid.row(0))]
    body = grid.frame.slice(1).rename(dict(zip(grid.frame.columns, names, strict=True)))
    return body.with_columns(grid.lines.slice(1).alias("line"))


def _drawn_before(cells: pl.DataFrame, source: str, workspace: Workspace) -> tuple[str, dict[str, Any]]:
    """Return the sample that a worksheet is of, and what the trail holds of its draw.

    Raises:
        Refused: this workspace drew no such sample.
    """
    import polars as pl

    from pcard.errors import Fault, Place, Refused

    name = str(cells["sample"].drop_nulls().first() or "") if "sample" in cells.columns else ""
    draws = workspace.decisions().filter(
        (pl.col("act") == "sample") & (pl.col("subject") == name) & pl.col("undone_by").is_null()
    )
    if draws.is_empty():
        message = f"this workspace drew no sample {name or '(the sheet names none)'}"
        cure = "name the worksheet that pcard audit sample wrote, and the workspace it was drawn in"
        raise Refused(Fault("sample-unknown", Place(source), message, cure))
    return name, json.loads(draws["value"][-1])


def _plain(found: Rate | Misstatement) -> dict[str, Any]:
    """Return what was found as plain values, money as decimal text."""
    from dataclasses import asdict

    money = ("population", "projected", "upper", "understated")
    values = {name: round(value, 6) if isinstance(value, float) else value for name, value in asdict(found).items()}
    return {name: _shown(int(value)) if name in money else value for name, value in values.items()}


def _shown(cents: int) -> str:
    from pcard.money import format_cents

    return format_cents(cents)
