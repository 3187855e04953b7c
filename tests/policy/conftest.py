"""Policies from text and ledgers from a few given charges."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pcard.frames import MATCHES, RECORDS, Ledger
from pcard.ledger.assemble import assemble
from pcard.policy.loading import load_policy
from pcard.policy.rules import Policy

HEAD = """format: pcard-policy/1
policy: {id: example, title: Example policy, version: "1", sources: {MAN: {title: Manual}}}
"""
RULE = """- id: {id}
  title: {id}
  severity: medium
  cite: [MAN 1]
  message: "{{count}} of {{txn.merchant}}"
  ask: Why?
"""


@pytest.fixture
def policy_of(tmp_path: Path) -> Callable[..., Policy]:
    """Load a policy from the rest of its file; `rules` are added with their common keys."""

    def load(text: str = "", **rules: str) -> Policy:
        path = tmp_path / "policy.yaml"
        written = "".join(RULE.format(id=name) + f"  {body}\n" for name, body in rules.items())
        path.write_text(HEAD + text + (f"rules:\n{written}" if rules else ""), encoding="utf-8")
        return load_policy([path])

    return load


def ledger_of(*charges: Mapping[str, Any], **tables: list[dict[str, Any]]) -> Ledger:
    """Assemble a ledger from charges that say what matters; amounts in cents, keys as in frames."""
    rows = [
        {**_CHARGE, "transaction_id": f"t{index}", "id": f"t{index}", **charge} for index, charge in enumerate(charges)
    ]
    records = {"transactions": _records("transactions", rows)}
    records |= {name: _records(name, given) for name, given in tables.items()}
    return assemble(records, closing_day=25)


_CHARGE: Mapping[str, Any] = {
    "date": date(2026, 9, 16),
    "amount_cents": 2_000,
    "merchant": "ROSEBAY OFFICE",
    "card": "1001",
    "kind": "purchase",
    "memo": False,
}


def _records(table: str, rows: list[dict[str, Any]]) -> pl.DataFrame:
    origin = [{"identity": f"{table} {index}", "document": "d", "line": index} for index in range(len(rows))]
    dated = [row if table != "transactions" else {"posted": row["date"], **row} for row in rows]
    return RECORDS[table].rows({**at, **row} for at, row in zip(origin, dated, strict=True))


def matches_of(*links: tuple[str, str, str], outcome: str = "accepted") -> pl.DataFrame:
    """Return links (transaction, kind of evidence, evidence)."""
    if not links:
        return MATCHES.empty()
    return MATCHES.rows(
        {
            "group_id": f"g{index}", "transaction_id": charge, "evidence_kind": kind, "evidence_id": evidence,
            "amount_cents": 0, "probability": 1.0, "outcome": outcome, "explanation": "given",
        }
        for index, (charge, kind, evidence) in enumerate(links)
    )  # fmt: skip


def example_of_the_format(shared: Path, folder: Path) -> tuple[Path, Path]:
    """Write the reference's example of a policy and of its waivers into a folder, in this program's words."""
    page = (shared / "reference" / "policy-format.md").read_text(encoding="utf-8")
    policy, waivers = page.split("```yaml")[1].split("```")[0].split("--- # waivers.yaml")
    written = []
    for name, text in (("policy.yaml", policy), ("waivers.yaml", waivers)):
        for old, new in (
            ("txn.type", "txn.kind"),
            ("card.holder", "card.cardholder"),
            ("review.approver", "approver.person"),
        ):
            text = text.replace(old, new)  # noqa: PLW2901
        written.append(folder / name)
        written[-1].write_text(text, encoding="utf-8")
    return written[0], written[1]
