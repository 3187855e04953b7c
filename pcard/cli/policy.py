"""`pcard policy ...`: policies as text that proves itself."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pcard.cli.answers import CHECK_FAILED, Answer, answering
from pcard.cli.session import opened, waiver_files, workspace_option

if TYPE_CHECKING:
    from pcard.policy.rules import Policy

FILES = click.Path(path_type=Path)


@click.group(name="policy")
def command() -> None:
    """Lint, test and explain policies."""


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


@command.command(name="explain")
@click.argument("rule_id", required=False)
@click.argument("files", nargs=-1, type=FILES, metavar="[FILE...]")
@workspace_option
@answering
def explain(rule_id: str | None, files: tuple[Path, ...], root: Path | None) -> Answer:
    """Say a rule, or all, in plain English, with limits, clause, and what may be fine."""
    from pcard.cli.verdicts import demand
    from pcard.policy.explaining import explain_policy

    policy = _load(files, (), root)
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
