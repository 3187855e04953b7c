"""The parts of the documentation that are made from the code; `cog -r docs/*.md` writes them, CI checks them."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import click

from pcard import extensions
from pcard.cli import main
from pcard.policy.loading import load_policy
from pcard.shipped import shipped

ROOT = Path(__file__).resolve().parent.parent


def commands() -> str:
    """Return every command with its help, as the program prints it."""
    return "\n".join(_command(path, command) for path, command in _walk(["pcard"], main))


def _walk(path: list[str], command: click.Command) -> Iterator[tuple[list[str], click.Command]]:
    yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            assert found is not None
            yield from _walk([*path, name], found)


def _command(path: list[str], command: click.Command) -> str:
    context = click.Context(command, info_name=" ".join(path), max_content_width=100, terminal_width=100)
    return f"## {' '.join(path)}\n\n```text\n{command.get_help(context)}\n```\n"


def doors() -> str:
    """Return the plugin doors with the protocol that stands behind each."""
    protocols = (
        extensions.Importer,
        extensions.Comparison,
        extensions.Check,
        extensions.RebateScheme,
        extensions.Exporter,
    )
    parts = []
    for door, protocol in zip(extensions.DOORS, protocols, strict=True):
        parts.append(f"## `{door}`\n\n```python\n{inspect.getsource(protocol).rstrip()}\n```\n")
    return "\n".join(parts)


def faults() -> str:
    """Return every fault code with the module that raises it and its broken example."""
    rows = ["| code | raised in | broken example |", "|---|---|---|"]
    for code, module in sorted(fault_codes().items()):
        examples = sorted(path.name for path in (ROOT / "fixtures").rglob(f"{code}.*") if path.suffix != ".txt")
        shown = ", ".join(f"`{name}`" for name in examples) or "in the tests"
        rows.append(f"| `{code}` | `{module}` | {shown} |")
    return "\n".join(rows) + "\n"


def fault_codes() -> dict[str, str]:
    """Return the first argument of every `Fault(...)` in the package, and the module it first stands in."""
    codes: dict[str, str] = {}
    for path in sorted((ROOT / "pcard").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args:
                first = node.args[0]
                named = re.fullmatch(r"_?(?:[a-z_]*fault|Fault|_question)", node.func.id)
                if named and isinstance(first, ast.Constant) and re.fullmatch(r"[a-z]+(-[a-z0-9]+)+", str(first.value)):
                    codes.setdefault(str(first.value), str(path.relative_to(ROOT)))
    return codes


def rules() -> str:
    """Return the rules of the baseline pack."""
    (pack,) = load_policy([shipped("rules") / "policies" / "k12-baseline.yaml"]).packs
    rows = ["| rule | severity | what | rests on | may be fine when |", "|---|---|---|---|---|"]
    for rule in pack.rules:
        model = rule.model
        fine = "; ".join(model.known_false_positives)
        rows.append(f"| {model.id} | {model.severity} | {model.title} | {', '.join(model.cite)} | {fine} |")
    return "\n".join(rows) + "\n"
