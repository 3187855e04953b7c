"""What `pcard match --evaluate` measures: links against a file of true ones, or against what people confirmed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pcard.cli.answers import Answer
from pcard.cli.listing import show
from pcard.cli.session import opened, read_tables, working
from pcard.cli.writing import write_table

if TYPE_CHECKING:
    import polars as pl

    from pcard.frames import Ledger
    from pcard.matching.evaluation import Evaluation


def read_truth(path: Path) -> pl.DataFrame:
    """Return the true links of a file with the columns evidence_kind, transaction_id, evidence_id.

    Raises:
        Refused: it is no table, a column or a cell is missing, or a kind of evidence is unknown.
    """
    import polars as pl

    from pcard.documents import open_document
    from pcard.errors import Fault, Refused
    from pcard.importers.tables.named_columns import read_named_columns
    from pcard.matching.evaluation import TRUTH

    document = open_document(path)
    rows = read_named_columns(document, TRUTH.names).with_row_index("row", 1)
    rows = rows.filter(~pl.all_horizontal(pl.col(TRUTH.names).is_null()))
    kind = pl.col("evidence_kind").str.strip_chars().str.to_lowercase()
    known = rows.with_columns(kind).filter(
        pl.col("evidence_kind").is_in(["receipt", "order"]) & pl.all_horizontal(pl.col(TRUTH.names).is_not_null())
    )
    unfit = rows.join(known, on="row", how="anti")
    if unfit.height:
        message = f"{unfit.height:,} rows are no link, the first is row {unfit['row'][0]} below the heading"
        cure = "each row needs receipt or order, a transaction's id and the evidence's id"
        raise Refused(Fault("truth-unfit", document.place(), message, cure))
    return TRUTH.of(known.unique(TRUTH.names))


def evaluated(
    ledger: Ledger, matches: pl.DataFrame, truth: pl.DataFrame, minutes: float
) -> tuple[Evaluation, list[str]]:
    """Measure links, and note what of the truth is not in the ledger."""
    import polars as pl

    from pcard.matching.engine import looked_at
    from pcard.matching.evaluation import evaluate

    known = pl.concat(
        [
            ledger.receipts.select(pl.lit("receipt").alias("evidence_kind"), pl.col("id").alias("evidence_id")),
            ledger.orders.select(pl.lit("order").alias("evidence_kind"), pl.col("po_number").alias("evidence_id")),
        ]
    )
    strange = truth.join(known, on=["evidence_kind", "evidence_id"], how="anti").height
    strange += truth.join(ledger.transactions, on="transaction_id", how="anti").height
    notes = [f"{strange:,} ids of the truth are in none of the files; their links count as missed"] if strange else []
    return evaluate(ledger, matches, truth, looked_at(ledger, truth), minutes), notes


def evaluate_files(paths: Mapping[str, Path], truth_file: str, minutes: float, out: Path | None, engine: str) -> Answer:
    """Measure the links of plain files against a file of true ones."""
    from pcard.engines import engine_named
    from pcard.frames import DECISIONS
    from pcard.ledger.assemble import assemble
    from pcard.matching.settings import MatchSettings

    if not truth_file:
        raise click.UsageError("say what is true: --evaluate TRUTH.csv (evidence_kind, transaction_id, evidence_id)")
    with working("reading"):
        truth = read_truth(Path(truth_file))
        records, notes = read_tables(paths)
        ledger = assemble(records)
    with working(f"matching {ledger.transactions.height:,} charges"):
        matches = engine_named(engine).match(ledger, MatchSettings(), DECISIONS.empty()).matches
        found, strange = evaluated(ledger, matches, truth, minutes)
    return _answer(found, matches, out, [*notes, *strange], f"{truth.height:,} links are known to be true.")


def evaluate_workspace(root: Path | None, truth_file: str, minutes: float, out: Path | None) -> Answer:
    """Measure the engine on a workspace, its people's verdicts held back.

    Without a file of true links, what people confirmed is the truth, and only
    the charges they answered for are judged; with one, the cycles it touches.
    """
    import polars as pl

    from pcard.engines import engine_named
    from pcard.frames import DECISIONS
    from pcard.ledger.assemble import assemble
    from pcard.matching.evaluation import confirmed_links

    with opened(root) as workspace:
        ledger = assemble(workspace.records(), closing_day=workspace.settings.closing_day)
        settings, decisions = workspace.settings.match_settings(), workspace.decisions()
    truth = read_truth(Path(truth_file)) if truth_file else confirmed_links(decisions)
    touched = ledger.transactions.join(truth, on="transaction_id", how="semi")["cycle"].unique()
    with working(f"matching {ledger.transactions.height:,} charges"):
        matches = engine_named("local").match(ledger, settings, DECISIONS.empty()).matches
        if truth_file:
            judged = ledger.transactions.filter(pl.col("cycle").is_in(touched.implode()))
            matches = matches.join(judged, on="transaction_id", how="semi", maintain_order="left")
            lead = f"{truth.height:,} links of {len(touched):,} cycles are known to be true"
        else:
            matches = matches.join(truth, on=["transaction_id", "evidence_kind"], how="semi", maintain_order="left")
            lead = f"{truth.height:,} links were confirmed by people, and their charges are judged"
        found, notes = evaluated(ledger, matches, truth, minutes)
    return _answer(found, matches, out, notes, f"{lead}; people's verdicts were held back.")


def _answer(found: Evaluation, matches: pl.DataFrame, out: Path | None, notes: list[str], lead: str) -> Answer:
    """Return the figures: tables for a person, all of them in `--json`."""
    from pcard.frames import MATCHES
    from pcard.reports.evaluation import evaluation_section

    if out:
        write_table(matches, MATCHES, out)
    asked, minutes = int(found.review["questions"].sum()), float(found.review["minutes"].sum())
    todo = f"{asked:,} questions, about {minutes:,.0f} minutes at {found.minutes:g} a question"
    section = evaluation_section(found.tables(), f"{lead} Left for people: {todo}.")
    figures = {table.name: frame.to_dicts() for table, frame in found.tables()}
    facts = {"links": matches.height, "evaluation": {**figures, "minutes_a_question": found.minutes}}
    written = {"out": str(out)} if out else {}
    return Answer({**facts, **written}, (), notes, show=lambda: show([section]))
