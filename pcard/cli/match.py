"""`pcard match`: charges to receipts and orders, in the workspace or on plain files."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pcard.cli.answers import Answer, answering
from pcard.cli.evaluating import evaluate_files, evaluate_workspace
from pcard.cli.listing import show
from pcard.cli.session import as_of_option, day, opened, read_tables, reconciled, working, workspace_option
from pcard.cli.writing import write_table

if TYPE_CHECKING:
    from pcard.frames import Ledger
    from pcard.matching.engine import Matching

FILE = click.Path(path_type=Path)


@click.command(name="match")
@click.argument("cycle", required=False)
@click.option("--transactions", type=FILE, help="Without a workspace: the charges.")
@click.option("--receipts", type=FILE, help="Without a workspace: the receipts.")
@click.option("--orders", type=FILE, help="Without a workspace: the purchase orders.")
@click.option("--out", type=FILE, help="Write the links here (.csv, .parquet, .json, .xlsx).")
@click.option("--suggest-only", is_flag=True, help="Accept nothing: every link is a question.")
@click.option("--learnt", is_flag=True, help="List what people's answers taught, with who and when.")
@click.option(
    "--evaluate",
    "truth",
    is_flag=False,
    flag_value="",
    metavar="[TRUTH]",
    help="Measure the links against a file of true ones; alone, against what people confirmed in the workspace.",
)
@click.option("--minutes", type=click.FloatRange(min=0), default=1.0, show_default=True, help="What a question costs.")
@click.option("--engine", type=click.Choice(["local"]), default="local", help="Where the matching runs.")
@as_of_option
@workspace_option
@answering
def command(
    cycle: str | None,
    transactions: Path | None,
    receipts: Path | None,
    orders: Path | None,
    out: Path | None,
    suggest_only: bool,
    learnt: bool,
    truth: str | None,
    minutes: float,
    engine: str,
    as_of: datetime | None,
    root: Path | None,
) -> Answer:
    """Link charges to receipts and purchase orders, and ask instead of guessing.

    In a workspace it shows the cycle's open questions. With --transactions it
    reads plain files, needs no workspace and stores nothing.
    """
    if transactions:
        named = {"transactions": transactions, "receipts": receipts, "orders": orders}
        paths = {table: path for table, path in named.items() if path}
        if truth is not None:
            return evaluate_files(paths, truth, minutes, out, engine)
        return _stateless(paths, out, engine, suggest_only=suggest_only)
    if receipts or orders:
        raise click.UsageError("--receipts and --orders go with --transactions")
    if truth is not None:
        return evaluate_workspace(root, truth, minutes, out)
    if learnt:
        return _learnt(root, out)
    return _in_workspace(root, cycle, out, day(as_of), suggest_only=suggest_only)


def _stateless(paths: dict[str, Path], out: Path | None, engine: str, *, suggest_only: bool) -> Answer:
    from pcard.engines import engine_named
    from pcard.frames import DECISIONS, MATCHES
    from pcard.matching.settings import MatchSettings

    if out is None:
        raise click.UsageError("say where the links go: --out M.csv")
    with working("reading"):
        ledger, notes = _ledger_of(paths)
    charges = ledger.transactions.height
    handed_over = [ledger]  # held by the matching alone, which lets go of it early: a million charges take room
    del ledger
    with working(f"matching {charges:,} charges"):
        matching = engine_named(engine).match(
            handed_over.pop(), MatchSettings(suggest_only=suggest_only), DECISIONS.empty()
        )
    write_table(matching.matches, MATCHES, out)
    facts = {"transactions": charges, **counts(matching), "out": str(out)}
    return Answer(facts, [*count_words(matching), f"Links written to {out}."], notes)


def _ledger_of(paths: dict[str, Path]) -> tuple[Ledger, list[str]]:
    """Return what matching reads of these files, and the warnings."""
    from pcard.pipeline.plain import plain_ledger

    ledger = plain_ledger(paths)
    if ledger is not None:
        return ledger, []
    from pcard.ledger.assemble import assemble

    records, notes = read_tables(paths)
    return assemble(records), notes


def _in_workspace(root: Path | None, cycle: str | None, out: Path | None, as_of: date, *, suggest_only: bool) -> Answer:
    from pcard.frames import MATCHES
    from pcard.reports.files import section_facts
    from pcard.reports.reconciliation import questions

    with opened(root) as workspace:
        result = reconciled(workspace, cycle, as_of, suggest_only=suggest_only)
    section = questions(result.ledger, result.conclusions)
    if out:
        write_table(result.conclusions.matches, MATCHES, out)
    found = result.matching
    facts = {
        "cycle": result.conclusions.cycle,
        **counts(found),
        "automation": found.automation.facts(),
        "questions": section_facts(section),
    }
    steps = ["answer one: pcard link CHARGE EVIDENCE, or pcard unlink CHARGE EVIDENCE; pcard explain CHARGE says why"]
    lines = [*count_words(found), found.automation.words()]
    return Answer(facts, lines, next_steps=steps, show=lambda: show([section]))


def _learnt(root: Path | None, out: Path | None) -> Answer:
    from pcard.ledger.assemble import assemble
    from pcard.matching.comparing.learning import LEARNT, learnt

    with opened(root) as workspace:
        ledger = assemble(workspace.records(), closing_day=workspace.settings.closing_day)
        told = learnt(ledger, workspace.decisions())
    if out:
        write_table(told, LEARNT, out)
    lines = [
        f"{row['decision_id']}  {row['at'][:10]}  {row['who']}  {row['what']}: {row['teaches']}"
        for row in told.to_dicts()
    ]
    step = "take one back with the decision that taught it: pcard undo DECISION"
    return Answer({"learnt": told.to_dicts()}, lines or ["Nobody has answered a question yet."], next_steps=[step])


def counts(matching: Matching) -> dict[str, int]:
    """Return how many links there are by outcome."""
    outcomes = matching.matches["outcome"]
    words = ("accepted", "review", "confirmed")
    return {"links": len(outcomes)} | {word: int((outcomes == word).sum()) for word in words}


def count_words(matching: Matching) -> list[str]:
    """Return the same in a sentence."""
    number = counts(matching)
    made, asked = f"{number['accepted']:,} made", f"{number['review']:,} need an answer"
    return [f"{number['links']:,} links: {made}, {asked}, {number['confirmed']:,} confirmed by a person."]
