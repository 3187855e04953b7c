"""`pcard plugins`: what is installed behind each door, from where, and what a workspace may use."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from pcard.cli.answers import Answer, answering, deliver, json_option
from pcard.cli.session import opened, workspace_option

if TYPE_CHECKING:
    from pcard.extensions import Plugin


@click.group(name="plugins", invoke_without_command=True)
@json_option
@click.pass_context
def command(ctx: click.Context, /, as_json: bool) -> None:
    """List importers, comparisons, checks, rebate schemes and exporters, with their packages."""
    if ctx.invoked_subcommand is None:
        deliver(_list, as_json=as_json)


def _list() -> Answer:
    from dataclasses import asdict

    from pcard.extensions import DOORS, installed

    lines, facts = [], []
    for door in DOORS:
        lines.append(door)
        for plugin in installed(door):
            fault = _fault_of(plugin)
            facts.append({**asdict(plugin), "fault": fault})
            state = f"cannot be loaded: {fault}" if fault else ("built in" if plugin.builtin else "a plugin")
            lines.append(f"  {plugin.name:<24} {plugin.package} {plugin.version}  {state}")
    return Answer({"plugins": facts}, lines, next_steps=["let a workspace use one: pcard plugins enable NAME"])


def _fault_of(plugin: Plugin) -> str | None:
    from pcard.extensions import load

    try:
        load(plugin.door, plugin.name)
    except ImportError as error:
        return str(error)
    return None


@command.command(name="enable")
@click.argument("name")
@workspace_option
@answering
def enable(name: str, root: Path | None) -> Answer:
    """Let a workspace use an installed plugin; its version and the hash of its code are recorded."""
    from pcard.cli.verdicts import demand
    from pcard.extensions import DOORS, installed, sha256_of

    known = {plugin.name: plugin for door in DOORS for plugin in installed(door) if not plugin.builtin}
    demand(name, sorted(known), "plugin")
    plugin = known[name]
    version, digest = f"{plugin.package} {plugin.version}", sha256_of(plugin)
    with opened(root) as workspace:
        decision = workspace.decide("enable", name, value=version, reason=f"sha256 {digest}")
    lines = [f"{name} of {version} may be used here ({decision}).", f"  sha256 of its code: {digest}"]
    steps = [f"take it back with: pcard undo {decision}"]
    return Answer({"decision": decision, "plugin": name, "version": version, "sha256": digest}, lines, (), steps)
