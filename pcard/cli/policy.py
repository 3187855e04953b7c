"""`pcard policy ...`: policies as text that proves itself."""

from __future__ import annotations

from pathlib import Path

import click

from pcard.cli.answers import CHECK_FAILED, Answer, answering
from pcard.cli.session import opened, workspace_option

FILES = click.Path(path_type=Path)


@click.group(name="policy")
def command() -> None:
    """Lint, test and explain policies."""


def _paths(files: tuple[Path, ...], root: Path | None) -> list[Path]:
    """Return the files named, else the workspace's active policies."""
    if files:
        return list(files)
    with opened(root) as workspace:
        return [workspace.root / name for name in workspace.settings.policies]


@command.command(name="check")
@click.argument("files", nargs=-1, type=FILES, metavar="[FILE...]")
@workspace_option
@answering
def check(files: tuple[Path, ...], root: Path | None) -> Answer:
    """Read policies strictly and list every fault, with file, line and cure."""
    from pcard.policy.loading import load_policy

    policy = load_policy(_paths(files, root))
    packs = [{"id": p.about.id, "version": p.about.version, "rules": len(p.rules)} for p in policy.packs]
    notes = [str(warning) for warning in policy.warnings]
    lines = [f"{pack['id']} {pack['version']}: {pack['rules']} rules read well" for pack in packs]
    return Answer({"packs": packs, "warnings": notes}, lines, notes, ["run: pcard policy test"])


@command.command(name="test")
@click.argument("files", nargs=-1, type=FILES, metavar="[FILE...]")
@workspace_option
@answering
def test(files: tuple[Path, ...], root: Path | None) -> Answer:
    """Run the tests that stand beside the rules; exit 1 where one fails."""
    from pcard.policy.cases import run_tests
    from pcard.policy.loading import load_policy

    policy = load_policy(_paths(files, root))
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


@command.command(name="explain")
@click.argument("rule_id", required=False)
@click.argument("files", nargs=-1, type=FILES, metavar="[FILE...]")
@workspace_option
@answering
def explain(rule_id: str | None, files: tuple[Path, ...], root: Path | None) -> Answer:
    """Say a rule, or all, in plain English, with limits, clause, and what may be fine."""
    from pcard.cli.verdicts import demand
    from pcard.policy.explaining import explain_policy
    from pcard.policy.loading import load_policy

    policy = load_policy(_paths(files, root))
    if rule_id is not None:
        demand(rule_id, sorted({rule.id for pack in policy.packs for rule in pack.rules}), "rule")
    text = explain_policy(policy, rule_id)
    return Answer({"rule_id": rule_id, "text": text}, text.splitlines())


@command.command(name="schema")
@answering
def print_schema() -> Answer:
    """Print the JSON Schema of policy files, for editors."""
    import json

    from pcard.policy.schemas import policy_schema

    schema = policy_schema()
    return Answer(schema, json.dumps(schema, indent=1).splitlines())
