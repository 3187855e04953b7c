"""`pcard plugins`: what is installed behind each door, and from where."""

from __future__ import annotations

import click

from pcard.cli.answers import Answer, answering


@click.command(name="plugins")
@answering
def command() -> Answer:
    """List importers, comparisons, checks, rebate schemes and exporters, with their packages."""
    from dataclasses import asdict

    from pcard.extensions import DOORS, installed, load

    lines, facts = [], []
    for door in DOORS:
        lines.append(door)
        for plugin in installed(door):
            fault = _fault(load, door, plugin.name)
            facts.append({**asdict(plugin), "fault": fault})
            state = f"cannot be loaded: {fault}" if fault else ("built in" if plugin.builtin else "a plugin")
            lines.append(f"  {plugin.name:<24} {plugin.package} {plugin.version}  {state}")
    return Answer({"plugins": facts}, lines)


def _fault(load: object, door: str, name: str) -> str | None:
    try:
        load(door, name)  # type: ignore[operator]
    except ImportError as error:
        return str(error)
    return None
