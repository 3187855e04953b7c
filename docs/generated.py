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
from pcard.policy.explaining import needs_words
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


# What auditors of purchasing cards test for, and the rules of the shipped packs that answer it.
AUDIT_TESTS: dict[str, tuple[str, str]] = {
    "T1": ("split purchase at one merchant", "K12-201"),
    "T2": ("split over merchants of one category", "K12-207"),
    "T3": ("split across people of one site", "K12-202"),
    "T4": ("single, daily and cycle limits", "K12-101 K12-102 K12-103 K12-105 K12-106"),
    "T5": ("receipt missing or not itemised, statements of lost ones", "K12-401 K12-402 K12-405 K12-408 FED-109"),
    "T6": ("no business purpose", "K12-403 K12-406"),
    "T7": ("sales tax paid, use tax owed", "K12-404 K12-407"),
    "T8": ("prohibited and watched merchant categories", "K12-301 K12-302"),
    "T9": ("prohibited goods", "K12-306 K12-307 WA-107"),
    "T10": ("weekend, holiday, school break", "K12-206 K12-208"),
    "T11": ("charged twice", "K12-203"),
    "T12": ("paid by accounts payable or reimbursed too", "K12-204 K12-209"),
    "T13": ("after employment ended, on a closed card, after a move", "K12-503 K12-504 K12-507"),
    "T14": ("card lent, shared card without a name", "K12-411 K12-505"),
    "T15": ("approved by the buyer, somebody below, the administrator", "K12-501 K12-502 K12-508 K12-513"),
    "T16": ("late receipts, approvals, coding", "K12-401 K12-409 K12-410 WA-106"),
    "T17": ("bought before its approval or order, over its order", "K12-506 K12-511 K12-315 K12-316 WA-102 WA-103"),
    "T18": ("an order or contract should have been used", "K12-309"),
    "T19": ("things easily carried off", "K12-308"),
    "T20": ("nobody else signed for the goods", "K12-308 K12-512"),
    "T21": ("payment processors", "K12-304"),
    "T22": ("abroad, foreign currency", "K12-305"),
    "T23": ("cash, convenience checks, cash-like", "K12-303 K12-211 WA-101 FED-111"),
    "T24": ("surge as the year ends", "K12-216"),
    "T25": ("refund without purchase or to another card", "K12-205"),
    "T26": (
        "what federal money may not buy",
        "K12-601 FED-101 FED-102 FED-103 FED-104 FED-105 FED-106 FED-107 FED-108",
    ),
    "T27": ("shipped elsewhere", "K12-313"),
    "T28": ("subscriptions that renew", "K12-212"),
    "T29": ("round amounts, first digits, just below the limit", "K12-104 K12-214 K12-215"),
    "T30": ("idle cards, several cards", "K12-509 K12-510"),
    "T31": ("a vendor that one person alone uses", "K12-213"),
    "T32": ("disputes and doubtful charges", "K12-217 K12-218"),
    "T33": ("reward points", "K12-312"),
    "T34": ("the wrong card for a fund", "K12-602"),
}


def audit_tests() -> str:
    """Return, for each audit test, the rules that answer it, and the data without which they are not evaluated."""
    folder = shipped("rules") / "policies"
    packs = [load_policy([folder / name]).packs[0] for name in ("wa-schools.yaml", "federal-funds.yaml")]
    rules = {rule.id: rule for pack in packs for rule in pack.rules}
    rows = ["| test | what | rules (in brackets: drafts) | not evaluated without |", "|---|---|---|---|"]
    for test, (what, ids) in AUDIT_TESTS.items():
        found = [rules[rule_id] for rule_id in ids.split()]
        named = ", ".join(f"({rule.id})" if rule.model.status == "draft" else rule.id for rule in found)
        needs = "; ".join(dict.fromkeys(map(needs_words, found)))
        rows.append(f"| {test} | {what} | {named} | {needs} |")
    return "\n".join(rows) + "\n"
