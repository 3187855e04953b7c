"""`pcard check`: charges against the policy, in the workspace or on plain files."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pcard.cli.answers import CHECK_FAILED, Answer, answering
from pcard.cli.listing import show
from pcard.cli.session import as_of_option, day, opened, read_tables, reconciled, working, workspace_option
from pcard.cli.writing import write_table

if TYPE_CHECKING:
    from datetime import date

    import polars as pl

    from pcard.policy.checking import Checked
    from pcard.policy.rules import Policy

FILE = click.Path(path_type=Path)
SEVERITIES = ("info", "low", "medium", "high", "critical")


@click.command(name="check")
@click.argument("cycle", required=False)
@click.option("--transactions", type=FILE, help="Without a workspace: the charges.")
@click.option("--receipts", type=FILE, help="Without a workspace: the receipts.")
@click.option("--orders", type=FILE, help="Without a workspace: the purchase orders.")
@click.option("--cards", type=FILE, help="Without a workspace: the cards.")
@click.option("--people", type=FILE, help="Without a workspace: the people.")
@click.option("--with", "others", multiple=True, metavar="TABLE=FILE", help="Any further table: coding=coding.csv")
@click.option("--policy", "policies", multiple=True, type=FILE, help="Without a workspace: the policy file.")
@click.option("--waivers", multiple=True, type=FILE, help="Without a workspace: a file of waivers.")
@click.option("--out", type=FILE, help="Write the flags here (.csv, .parquet, .json, .xlsx).")
@click.option("--fail-on", type=click.Choice(SEVERITIES), help="Exit 1 where a flag is this severe or worse.")
@as_of_option
@workspace_option
@answering
def command(
    cycle: str | None,
    transactions: Path | None,
    receipts: Path | None,
    orders: Path | None,
    cards: Path | None,
    people: Path | None,
    others: tuple[str, ...],
    policies: tuple[Path, ...],
    waivers: tuple[Path, ...],
    out: Path | None,
    fail_on: str | None,
    as_of: datetime | None,
    root: Path | None,
) -> Answer:
    """List possible exceptions to the policy, the worst first, each with its clause.

    With --transactions and --policy it reads plain files, needs no workspace
    and stores nothing.
    """
    if not transactions:
        return _in_workspace(root, cycle, out, fail_on, day(as_of))
    named = {"transactions": transactions, "receipts": receipts, "orders": orders, "cards": cards, "people": people}
    paths = {table: path for table, path in named.items() if path} | tables_named(others)
    if not policies or not out:
        raise click.UsageError(
            "with --transactions, name the policy and where the flags go: --policy P.yaml --out F.csv"
        )
    from pcard.policy.loading import load_policy

    return _stateless(paths, load_policy(policies, waivers), out, fail_on, day(as_of))


def tables_named(others: tuple[str, ...]) -> dict[str, Path]:
    """Read `TABLE=FILE` options."""
    from pcard.frames import RECORDS

    tables: dict[str, Path] = {}
    for other in others:
        table, equals, path = other.partition("=")
        if not equals or table not in RECORDS:
            known = ", ".join(RECORDS)
            raise click.BadParameter(f"'{other}' is not TABLE=FILE; tables: {known}", param_hint="--with")
        tables[table] = Path(path)
    return tables


def _stateless(paths: dict[str, Path], policy: Policy, out: Path, fail_on: str | None, as_of: date) -> Answer:
    from pcard.engines import engine_named
    from pcard.frames import DECISIONS, FLAGS, MATCHES
    from pcard.ledger.assemble import assemble
    from pcard.matching.settings import MatchSettings
    from pcard.policy.calendars import Calendar
    from pcard.policy.checking import check

    with working("reading"):
        records, notes = read_tables(paths)
        ledger = assemble(records)
    with working(f"checking {ledger.transactions.height:,} charges"):
        decisions = DECISIONS.empty()
        nothing_to_link = ledger.receipts.is_empty() and ledger.orders.is_empty()
        matches = (
            MATCHES.empty()
            if nothing_to_link
            else engine_named("local").match(ledger, MatchSettings(), decisions).matches
        )
        checked = check(ledger, matches, policy, decisions, as_of, Calendar.of_years(ledger_years(ledger.transactions)))
    write_table(checked.flags, FLAGS, out)
    facts = {
        "transactions": ledger.transactions.height,
        **flag_facts(checked.flags, checked.not_evaluated),
        "waivers": waiver_facts(checked),
        "out": str(out),
    }
    lines = [*flag_words(checked.flags, checked.not_evaluated), f"Flags written to {out}."]
    notes += [str(fault) for fault in (*policy.warnings, *checked.notes)]
    return Answer(facts, lines, notes, exit_code=failed(checked.flags, fail_on))


def ledger_years(transactions: pl.DataFrame) -> list[int]:
    """Return the years transactions fall in, for the holidays."""
    years = transactions["posted"].dt.year().unique().drop_nulls().sort()
    return [int(year) for year in years]


def _in_workspace(root: Path | None, cycle: str | None, out: Path | None, fail_on: str | None, as_of: date) -> Answer:
    from pcard.frames import FLAGS
    from pcard.reports.exceptions import exceptions
    from pcard.reports.reconciliation import flags_of_cycle, of_cycle

    with opened(root) as workspace:
        result = reconciled(workspace, cycle, as_of)
    found = result.conclusions
    flags = flags_of_cycle(of_cycle(result.ledger, found.cycle), found.flags)
    if out:
        write_table(flags, FLAGS, out)
    section = exceptions(result.ledger, found)
    facts = {
        "cycle": found.cycle,
        **flag_facts(flags, found.not_evaluated),
        "waivers": waiver_facts(result.checked),
        "explained": explained_facts(result.checked),
    }
    lines = [f"Cycle {found.cycle}", *explained_words(result.checked)]
    notes = [str(fault) for fault in result.checked.notes]
    steps = ["decide one: pcard decide FLAG justified --reason '...'; pcard explain FLAG says why it is listed"]
    return Answer(facts, lines, notes, steps, failed(flags, fail_on), show=lambda: show([section]))


def flag_facts(flags: pl.DataFrame, not_evaluated: pl.DataFrame) -> dict[str, object]:
    """Return the flags and the rules without their data, as plain values."""
    from pcard.frames import FLAGS

    by_severity = {severity: flags["severity"].to_list().count(severity) for severity in SEVERITIES}
    return {
        "flags": flags.height,
        "by_severity": by_severity,
        "waived": waived(flags),
        "by_rule": dict(sorted(flags["rule_id"].value_counts().rows())),
        "not_evaluated": not_evaluated.to_dicts(),
        "worst": FLAGS.as_text(flags.sort("suspicion", "flag_id", descending=[True, False]).head(20)).to_dicts(),
    }


def flag_words(flags: pl.DataFrame, not_evaluated: pl.DataFrame) -> list[str]:
    """Return the same in sentences."""
    under = f", {waived(flags):,} of them under a waiver" if waived(flags) else ""
    lines = [f"{flags.height:,} possible exceptions{under}."]
    lines += [f"  {rule}  {count:,}" for rule, count in sorted(flags["rule_id"].value_counts().rows())]
    lines += [f"  {row['rule_id']}  not evaluated: {row['lacks']}" for row in not_evaluated.to_dicts()]
    return lines


def waived(flags: pl.DataFrame) -> int:
    """Return how many flags are under a waiver."""
    return flags.height - flags["waiver_id"].null_count()


def waiver_facts(checked: Checked) -> list[dict[str, object]]:
    """Return what each waiver marked in all the charges looked at, as plain values."""
    from pcard.policy.waiving import USES

    return USES.as_text(checked.waivers).to_dicts()


def explained_facts(checked: Checked) -> list[dict[str, object]]:
    """Return what each remembered explanation answered in all the charges looked at, as plain values."""
    from pcard.policy.memory import EXPLAINED

    return EXPLAINED.as_text(checked.explained).to_dicts()


def explained_words(checked: Checked) -> list[str]:
    """Say how many flags were explained before, by which decision."""
    return [
        f"{each['flags']} flags of {each['rule_id']}, {each['amount']}, were explained before ({each['decision_id']})."
        for each in explained_facts(checked)
    ]


def failed(flags: pl.DataFrame, fail_on: str | None) -> int:
    """Return exit code 1 where a flag that no waiver covers is at least as severe as asked."""
    if fail_on is None:
        return 0
    severe = SEVERITIES[SEVERITIES.index(fail_on) :]
    open_flags = flags.filter(flags["waiver_id"].is_null())
    return CHECK_FAILED if any(severity in severe for severity in open_flags["severity"]) else 0
