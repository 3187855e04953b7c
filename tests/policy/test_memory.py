"""A remembered explanation answers what is alike, and counts it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from click.testing import CliRunner

from pcard.cli import main
from pcard.frames import DECISIONS, MATCHES
from pcard.policy.calendars import Calendar
from pcard.policy.checking import Checked, check
from pcard.policy.memory import ACT, explained_by
from pcard.policy.rules import Policy
from tests.policy.conftest import ledger_of

AS_OF = date(2026, 9, 30)
FIRST: dict[str, Any] = {"amount_cents": 20_000, "cardholder": "ana", "date": date(2025, 9, 16)}


def _checked(policy: Policy, *others: dict[str, Any], undone: str | None = None) -> Checked:
    """Judge a charge that was explained, and others."""
    ledger = ledger_of(FIRST, *({**FIRST, **other} for other in others))
    before = check(ledger, MATCHES.empty(), policy, DECISIONS.empty(), AS_OF, Calendar()).flags
    flag = before.filter(pl.col("transaction_ids") == "t0")["flag_id"][0]
    kept = explained_by(flag, before, ledger.transactions)
    common = {"at": "2025-09-20T10:00:00+00:00", "who": "auditor", "reason": "a yearly fee", "undone_by": undone}
    decisions = DECISIONS.rows([
        {**common, "decision_id": "D-1", "act": "dispose", "subject": flag, "value": "justified"},
        {**common, "decision_id": "D-2", "act": ACT, "subject": flag, "value": kept.text()},
    ])  # fmt: skip
    return check(ledger, MATCHES.empty(), policy, decisions, AS_OF, Calendar())


@pytest.mark.parametrize(
    ("other", "explained"),
    [
        ({}, True),
        ({"date": date(2026, 9, 17)}, True),
        ({"date": date(2026, 9, 18)}, False),
        ({"amount_cents": 20_001}, False),
        ({"amount_cents": 15_000}, True),
        ({"cardholder": "kim"}, False),
        ({"merchant": "LINDEN BOOKS"}, False),
    ],
)
def test_what_is_alike(policy_of: Callable[..., Policy], other: dict[str, Any], explained: bool) -> None:
    policy = policy_of(**{"R-1": "kind: row\n  when: {txn.amount|gt: 100.00}"})
    checked = _checked(policy, other)
    flag = checked.flags.filter(pl.col("transaction_ids") == "t1").row(0, named=True)
    assert flag["disposition"] == ("justified" if explained else None)
    assert ("explained before (D-2)" in (flag["reasons"] or "")) is explained
    assert checked.explained.select("decision_id", "flags").rows() == [("D-2", int(explained))]


def test_an_explanation_taken_back_answers_nothing(policy_of: Callable[..., Policy]) -> None:
    policy = policy_of(**{"R-1": "kind: row\n  when: {txn.amount|gt: 100.00}"})
    checked = _checked(policy, {}, undone="D-3")
    assert checked.flags["disposition"].null_count() == 2
    assert checked.explained.is_empty()


def test_the_command_remembers_and_forgets(tmp_path: Path) -> None:
    root = tmp_path / "w"
    assert CliRunner().invoke(main, ["init", str(root), "--district", "D"]).exit_code == 0
    charges = tmp_path / "charges.csv"
    lines = ("a,2026-09-16,20.00,A,2208,5813", "b,2026-09-17,20.00,A,2208,5813", "c,2026-09-18,30.00,A,2208,5813")
    charges.write_text("id,date,amount,merchant,card,mcc\n" + "\n".join(lines) + "\n", encoding="utf-8")

    def pcard(*args: str, code: int = 0) -> Any:
        result = CliRunner().invoke(main, [*args, "-w", str(root), "--json"])
        assert result.exit_code == code, result.output
        return json.loads(result.stdout)

    def dispositions() -> dict[str, str]:
        rows = pcard("export", "flags", "--format", "json", "--as-of", "2026-09-20")["rows"]
        return {row["transaction_ids"]: row["disposition"] for row in rows if row["rule_id"] == "K12-301"}

    pcard("import", str(charges), "--as", "transactions")
    flags = pcard("export", "flags", "--format", "json", "--as-of", "2026-09-20")["rows"]
    flag = next(row["flag_id"] for row in flags if row["rule_id"] == "K12-301" and row["transaction_ids"] == "a")
    paper = tmp_path / "menu.pdf"
    paper.write_bytes(b"%PDF")
    said = pcard(
        "decide",
        flag,
        "justified",
        "--reason",
        "no bar",
        "--remember",
        "--evidence",
        str(paper),
        "--as-of",
        "2026-09-20",
    )
    assert said["evidence"].startswith("menu.pdf ")
    assert dispositions() == {"a": "justified", "b": "justified", "c": None}
    explained = pcard("check", "--as-of", "2026-09-20")["explained"]
    assert [(each["rule_id"], each["flags"], each["amount"]) for each in explained] == [("K12-301", "1", "20.00")]
    pcard("undo", said["remembered"])
    assert dispositions() == {"a": "justified", "b": None, "c": None}
    assert pcard("audit", "verify")["ok"]
    assert pcard("policy", "points")["status"] == "off"
    told = pcard("policy", "explain", flag, "--as-of", "2026-09-20")
    assert (told["rule_id"], told["flag"]["flag_id"]) == ("K12-301", flag)
    assert told["text"].startswith("K12-301  Prohibited merchant category")
    pcard("policy", "explain", "no-such-flag", code=3)
    wrong = CliRunner().invoke(main, ["decide", flag, "violation", "--reason", "x", "--remember", "-w", str(root)])
    assert wrong.exit_code == 2
