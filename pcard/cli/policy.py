"""`pcard policy ...`: policies as text that proves itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pcard.cli.answers import CHECK_FAILED, Answer, answering
from pcard.cli.session import (
    as_of_option,
    day,
    opened,
    policy_of,
    reconciled,
    waiver_files,
    working,
    workspace_option,
)

if TYPE_CHECKING:
    from datetime import date

    from pcard.policy.mutation import PackStrength
    from pcard.policy.rules import Policy

FILES = click.Path(path_type=Path)


@click.group(name="policy")
def command() -> None:
    """Lint, test, try and explain policies."""


def waivers_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--waivers FILE`."""
    text = "A file of waivers (else the workspace's; with FILE, the waivers.yaml beside it)."
    return click.option("--waivers", multiple=True, type=FILES, help=text)(function)


def _load(files: tuple[Path, ...], waivers: tuple[Path, ...], root: Path | None) -> Policy:
    """Load the files named, else the workspace's active policies, with their waivers."""
    from pcard.policy.loading import load_policy
    from pcard.policy.waivers import waivers_beside

    if files:
        return load_policy(files, waivers or waivers_beside(files))
    with opened(root) as workspace:
        paths = [workspace.root / name for name in workspace.settings.policies]
        return load_policy(paths, waivers or waiver_files(workspace))


@command.command(name="check")
@click.argument("files", nargs=-1, type=FILES, metavar="[FILE...]")
@waivers_option
@workspace_option
@answering
def check(files: tuple[Path, ...], waivers: tuple[Path, ...], root: Path | None) -> Answer:
    """Read policies and waivers strictly and list every fault, with file, line and cure."""
    policy = _load(files, waivers, root)
    packs = [{"id": p.about.id, "version": p.about.version, "rules": len(p.rules)} for p in policy.packs]
    notes = [str(warning) for warning in policy.warnings]
    lines = [f"{pack['id']} {pack['version']}: {pack['rules']} rules read well" for pack in packs]
    lines += [f"{len(policy.waivers)} waivers read well"] if policy.waivers else []
    facts = {"packs": packs, "waivers": [waiver.id for waiver in policy.waivers], "warnings": notes}
    return Answer(facts, lines, notes, ["run: pcard policy test"])


@command.command(name="test")
@click.argument("files", nargs=-1, type=FILES, metavar="[FILE...]")
@waivers_option
@workspace_option
@answering
def test(files: tuple[Path, ...], waivers: tuple[Path, ...], root: Path | None) -> Answer:
    """Run the tests that stand beside the rules; exit 1 where one fails."""
    from pcard.policy.cases import run_tests

    policy = _load(files, waivers, root)
    outcomes = run_tests(policy)
    packs, lines = [], []
    for pack in policy.all_packs():
        ran = [outcome for outcome in outcomes if outcome.pack == pack.about.id]
        failed = [outcome for outcome in ran if outcome.failed]
        packs.append({"id": pack.about.id, "rules": len(pack.own), "tests": len(ran), "failed": len(failed)})
        lines.append(f"{pack.about.id}: {len(pack.own)} rules, {len(ran)} tests, {len(failed)} failed")
        lines += [f"  {outcome.name}\n    {fault}" for outcome in failed for fault in outcome.faults]
    bad = any(pack["failed"] for pack in packs)
    return Answer({"packs": packs}, lines, exit_code=CHECK_FAILED if bad else 0)


@command.command(name="mutate")
@click.argument("files", nargs=-1, type=FILES, metavar="[FILE...]")
@click.option("--min", "least", type=click.FloatRange(0, 100), help="Exit 1 where a pack's score is lower.")
@click.option("--rule", help="Change this rule only.")
@waivers_option
@workspace_option
@answering
def mutate(
    files: tuple[Path, ...], least: float | None, rule: str | None, waivers: tuple[Path, ...], root: Path | None
) -> Answer:
    """Change one thing of a rule at a time and show which changes no test notices."""
    from pcard.cli.verdicts import demand
    from pcard.policy.cases import run_tests
    from pcard.policy.mutation import mutate as mutate_policy

    policy = _load(files, waivers, root)
    if rule is not None:
        demand(rule, sorted({each.id for pack in policy.packs for each in pack.rules}), "rule")
    with working("running the tests"):
        outcomes = run_tests(policy)
    with working("changing the rules, one thing at a time"):
        strengths = mutate_policy(policy, rule)
    packs, lines = [], []
    for strength in strengths:
        ran = [outcome for outcome in outcomes if outcome.pack == strength.pack.about.id]
        failed = sum(outcome.failed for outcome in ran)
        packs.append(_strength_facts(strength) | {"tests": len(ran), "failed": failed})
        lines += [
            *_strength_words(strength),
            *([f"  {failed} tests fail unchanged: mend them first"] if failed else []),
        ]
    weak = least is not None and any(strength.score < least for strength in strengths)
    bad = weak or any(pack["failed"] for pack in packs)
    return Answer({"packs": packs, "min": least}, lines, exit_code=CHECK_FAILED if bad else 0)


def _strength_facts(strength: PackStrength) -> dict[str, Any]:
    from pcard.policy.mutation import score

    return {
        "id": strength.pack.about.id,
        "rules": len(strength.rules),
        "mutants": strength.mutants,
        "noticed": strength.noticed,
        "score": strength.score,
        "equivalent": [
            {"rule": rule.rule_id, "mutant": str(each.mutant), "reason": each.reason}
            for rule in strength.rules
            for each in rule.equivalent
        ],
        "by_rule": [
            {
                "rule": rule.rule_id,
                "mutants": rule.mutants,
                "noticed": rule.noticed,
                "score": score(rule.noticed, rule.mutants),
                "missed": [str(mutant) for mutant in rule.missed],
            }
            for rule in strength.rules
        ],
    }


def _strength_words(strength: PackStrength) -> list[str]:
    """Say how strong a pack's tests are, and which changes they do not notice."""
    lines = [f"{strength.pack.about.id}: {strength.noticed} of {strength.mutants} changes noticed, {strength.score}"]
    for rule in strength.rules:
        lines += [f"  {rule.rule_id}  no test notices {mutant}" for mutant in rule.missed]
        lines += [
            f"  {rule.rule_id}  means the same, not counted: {one.mutant} ({one.reason})" for one in rule.equivalent
        ]
    return lines


@command.command(name="backtest")
@click.argument("files", nargs=-1, type=FILES, metavar="[FILE...]")
@click.option(
    "--cycles", type=click.IntRange(min=1), default=12, show_default=True, help="How many of the last cycles."
)
@click.option("--switch-on", "drafts", multiple=True, metavar="RULE", help="Judge by this draft rule too.")
@as_of_option
@workspace_option
@answering
def backtest(
    files: tuple[Path, ...], cycles: int, drafts: tuple[str, ...], as_of: datetime | None, root: Path | None
) -> Answer:
    """Show what would have been flagged: new, gone and same against the active policy, by rule and site."""
    from pcard.cli.verdicts import demand
    from pcard.policy.backtest import BACKTEST, compare, remarks, switched_on
    from pcard.policy.checking import check as check_ledger

    with opened(root) as workspace:
        result = reconciled(workspace, None, day(as_of))
        decisions, calendar = workspace.decisions(), workspace.settings.calendar()
        active = policy_of(workspace)
        tried = _load(files, (), None) if files else active
    if tried is None:
        raise click.UsageError("no policy is active: name the file to try")
    for draft in drafts:
        demand(draft, sorted({rule.id for pack in tried.packs for rule in pack.rules}), "rule")
    ledger, matches = result.ledger, result.matching.matches
    judging = switched_on(tried, drafts)
    found = check_ledger(ledger, matches, judging, decisions, day(as_of), calendar)
    table = compare(ledger.transactions, result.conclusions.flags, found.flags, cycles)
    rows = BACKTEST.as_text(table).to_dicts()
    totals = {state: sum(int(row[state]) for row in rows) for state in ("new", "gone", "same")}
    lines = [f"{totals['new']} new, {totals['gone']} gone, {totals['same']} same in the last {cycles} cycles"]
    lines += [
        f"  {row['rule_id']}  site {row['site'] or 'none'}: {row['new']} new ({row['new_amount']}), {row['gone']} gone, {row['same']} same"
        for row in rows
        if row["new"] != "0" or row["gone"] != "0"
    ]
    notes = remarks(ledger.transactions, found, judging, cycles)
    facts = {"cycles": cycles, **totals, "rows": rows, "not_evaluated": found.not_evaluated.to_dicts()}
    return Answer({**facts, "remarks": notes}, lines, notes)


@command.command(name="diff")
@click.argument("before", metavar="A")
@click.argument("after", metavar="B")
@answering
def diff(before: str, after: str) -> Answer:
    """Show what differs between two policies as they stand, with all they extend (builtin:k12-baseline is one)."""
    from pcard.policy.differing import differences
    from pcard.policy.loading import load_policy, policy_path

    one, other = (load_policy([policy_path(name)]).packs[0] for name in (before, after))
    found = differences(one, other)
    lines = [f"{one.about.id} {one.about.version} -> {other.about.id} {other.about.version}: {len(found)} differences"]
    lines += [str(each) for each in found]
    return Answer({"differences": [each.facts() for each in found]}, lines)


@command.command(name="points")
@as_of_option
@workspace_option
@answering
def show_points(as_of: datetime | None, root: Path | None) -> Answer:
    """Show violation points per person and the step of the ladder reached, where the policy turns them on."""
    from pcard.policy.points import STANDINGS, points_in_force, standings, words_of

    with opened(root) as workspace:
        result, decisions = reconciled(workspace, None, day(as_of)), workspace.decisions()
        active = policy_of(workspace)
    points = points_in_force(active, day(as_of)) if active else None
    if points is None:
        steps = ["turn them on with `points: {status: on, ladder: ...}` in your policy; docs/policy.md shows how"]
        return Answer({"status": "off", "standings": []}, ["This district counts no points."], next_steps=steps)
    table = standings(result.conclusions.flags, result.ledger.transactions, decisions, points, day(as_of))
    facts = {"status": "on", "within": points.within, "standings": STANDINGS.as_text(table).to_dicts()}
    return Answer(facts, list(words_of(table, points)))


@command.command(name="explain")
@click.argument("wanted", required=False, metavar="[RULE|FLAG]")
@click.argument("files", nargs=-1, type=FILES, metavar="[FILE...]")
@as_of_option
@workspace_option
@answering
def explain(wanted: str | None, files: tuple[Path, ...], as_of: datetime | None, root: Path | None) -> Answer:
    """Say a rule, or all, in plain English, with limits, clause, and what may be fine; of a flag its values too."""
    from pcard.cli.verdicts import demand
    from pcard.policy.explaining import explain_policy

    policy = _load(files, (), root)
    known = sorted({rule.id for pack in policy.packs for rule in pack.rules})
    flag = _flag(wanted, day(as_of), root) if wanted and wanted not in known and not files else None
    rule_id = str(flag["rule_id"]) if flag else wanted
    if rule_id is not None:
        demand(rule_id, known, "rule")
    text = explain_policy(policy, rule_id)
    if flag is None:
        return Answer({"rule_id": rule_id, "text": text}, text.splitlines())
    judged = [
        f"Flag {flag['flag_id']} of {flag['transaction_ids']}, {flag['amount']}: {flag['message']}",
        f"  judged by {flag['policy_version']} (SHA-256 {flag['policy_hash']})",
        f"  suspicion {flag['suspicion']}: {flag['reasons'] or 'no further reasons'}",
    ]
    return Answer({"rule_id": rule_id, "text": text, "flag": flag}, [*judged, "", *text.splitlines()])


def _flag(flag_id: str, as_of: date, root: Path | None) -> dict[str, Any] | None:
    """Return a flag of the workspace as text, or None where it has none of this id."""
    from pcard.frames import FLAGS

    with opened(root) as workspace:
        flags = reconciled(workspace, None, as_of).conclusions.flags
    found = FLAGS.as_text(flags.filter(flags["flag_id"] == flag_id)).to_dicts()
    return found[0] if found else None


@command.command(name="schema")
@answering
def print_schema() -> Answer:
    """Print the JSON Schema of policy files, for editors."""
    import json

    from pcard.policy.schemas import policy_schema

    schema = policy_schema()
    return Answer(schema, json.dumps(schema, indent=1).splitlines())
