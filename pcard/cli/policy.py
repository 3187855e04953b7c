"""`pcard policy ...`: policies as text that proves itself."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from pcard.cli.answers import CHECK_FAILED, Answer, answering
from pcard.cli.session import opened, workspace_option

if TYPE_CHECKING:
    from pcard.policy.loading import Policy

FILES = click.Path(path_type=Path)


@click.group(name="policy")
def command() -> None:
    """Lint, test and explain policies."""


def _policies(files: tuple[Path, ...], root: Path | None) -> Policy:
    """Load the files named, else the workspace's active policies."""
    from pcard.policy.loading import load_policy

    if files:
        return load_policy(files)
    with opened(root) as workspace:
        return load_policy([workspace.root / name for name in workspace.settings.policies])


@command.command(name="check")
@click.argument("files", nargs=-1, type=FILES, metavar="[FILE...]")
@workspace_option
@answering
def check(files: tuple[Path, ...], root: Path | None) -> Answer:
    """Read policies strictly and list every fault, with file, line and cure."""
    policy = _policies(files, root)
    lines = [f"{policy.id} {policy.version}: {len(policy.rules)} rules read well"]
    notes = [str(warning) for warning in policy.warnings]
    facts = {"id": policy.id, "version": policy.version, "rules": len(policy.rules), "warnings": notes}
    return Answer(facts, lines, notes, ["run: pcard policy test"])


@command.command(name="test")
@click.argument("files", nargs=-1, type=FILES, metavar="[FILE...]")
@workspace_option
@answering
def test(files: tuple[Path, ...], root: Path | None) -> Answer:
    """Run the tests that stand beside the rules; exit 1 where one fails."""
    from pcard.policy.rule_tests import run_tests

    packs, lines = [], []
    for pack in run_tests(_policies(files, root)):
        packs.append({"id": pack.id, "rules": pack.rules, "tests": pack.tests, "failed": len(pack.failures)})
        lines.append(f"{pack.id}: {pack.rules} rules, {pack.tests} tests, {len(pack.failures)} failed")
        lines += [f"  {failure}" for failure in pack.failures]
    bad = any(pack["failed"] for pack in packs)
    return Answer({"packs": packs}, lines, exit_code=CHECK_FAILED if bad else 0)


@command.command(name="explain")
@click.argument("rule_id")
@click.argument("files", nargs=-1, type=FILES, metavar="[FILE...]")
@workspace_option
@answering
def explain(rule_id: str, files: tuple[Path, ...], root: Path | None) -> Answer:
    """Say a rule in plain English, with its limits, its clause, and what may be fine."""
    from pcard.cli.verdicts import demand
    from pcard.policy.explanation import explain_rule

    policy = _policies(files, root)
    demand(rule_id, [rule.id for rule in policy.rules], "rule")
    text = explain_rule(policy, rule_id)
    return Answer({"rule_id": rule_id, "text": text}, text.splitlines())


@command.command(name="schema")
@answering
def schema() -> Answer:
    """Print the JSON Schema of policy files, for editors."""
    import json

    from pcard.policy.model import PolicyFile

    text = PolicyFile.model_json_schema()
    return Answer(text, json.dumps(text, indent=1).splitlines())
