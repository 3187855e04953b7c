"""YAML as pcard takes it: exact values, places, and nothing a hostile file could do."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from contextlib import suppress
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field

from pcard.card_numbers import decode
from pcard.errors import Place, Refused
from pcard.yamlfile import Amount, Bps, Items, YamlModel, load_yaml, validate


def _codes(text: str) -> list[str]:
    with pytest.raises(Refused) as refused:
        load_yaml(text, "p.yaml")
    return [fault.code for fault in refused.value.faults]


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("true", True), ("false", False), ("5", 5), ("-5", -5), ("0", 0), ("2500.10", Decimal("2500.10")),
        ("-0.05", Decimal("-0.05")), ("2026-07-01", date(2026, 7, 1)), ("0742", "0742"), ("no", "no"), ("Yes", "Yes"),
        ("12:30", "12:30"), ("1_000", "1_000"), (".5", ".5"), ("1e3", "1e3"), ("0x1f", "0x1f"), ("+5", "+5"),
        ('"5411"', "5411"), ("'null'", "null"), ("5.", "5."), ("{0.__class__}", None), ("=", "="),
    ],
)  # fmt: skip
def test_plain_scalars_stay_what_is_written(written: str, value: object) -> None:
    if value is None:
        assert "value-missing" in _codes(f"key: {written}")[0]
        return
    read = load_yaml(f"key: {written}", "p.yaml").value["key"]
    assert read == value
    assert type(read) is type(value)


@given(st.decimals(min_value=-(10**12), max_value=10**12, places=2).map(lambda value: value + 0))
def test_amounts_keep_every_digit(amount: Decimal) -> None:
    read = load_yaml(f"limit: {amount:f}", "p.yaml").value["limit"]
    assert f"{read:f}" == f"{amount:f}"


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused_with_a_line(text: str) -> None:
    try:
        lines = [1 if isinstance(load_yaml(text, "p.yaml").value, dict) else None]
    except Refused as refused:
        lines = [fault.place.line for fault in refused.faults]
    assert lines
    assert all(lines)


def test_every_value_has_its_place() -> None:
    file = load_yaml("a:\n  b: [1, {c: 2}]\n", "p.yaml")
    assert file.place("a", "b") == Place("p.yaml", 2, 3)
    assert file.place("a", "b", 1, "c") == Place("p.yaml", 2, 11)
    assert file.place("a", "b", "not there") == Place("p.yaml", 2, 3)
    assert file.part("a", "b", 1).place("c") == Place("p.yaml", 2, 11)


def test_a_mapping_laid_over_another_keeps_both_places() -> None:
    under, over = load_yaml("a: 1\nb: [1, 2]\n", "under.yaml"), load_yaml("b: [3]\nc: 4\n", "over.yaml")
    both = over.over(under)
    assert both.value == {"a": 1, "b": [3], "c": 4}
    assert both.place("a") == Place("under.yaml", 1, 1)
    assert both.place("b", 1) == Place("over.yaml", 1, 1)


def test_all_faults_are_said_at_once_and_in_order() -> None:
    assert _codes("a: ~\nb: &x 1\nc: !t 2\na: 3\nd: .nan\ne: 2026-13-01\n") == [
        "yaml-value-missing", "yaml-anchor", "yaml-tag", "yaml-key-twice", "yaml-number", "yaml-date",
    ]  # fmt: skip


def test_a_large_file_is_refused_before_it_is_parsed() -> None:
    assert _codes("a: " + "x" * 1024 * 1024) == ["yaml-too-large"]


def test_a_flood_of_faults_ends() -> None:
    assert len(_codes("a: [" + "*x," * 5000 + "]")) == 100


class _Card(YamlModel):
    kind: Literal["card"]
    limit: Amount
    open: bool = True


class _Fund(YamlModel):
    kind: Literal["fund"]
    rate: Bps


class _Plan(YamlModel):
    severity: Literal["low", "high"] = "low"
    parts: Items[Annotated[_Card | _Fund, Field(discriminator="kind")]] = ()
    day: date | None = None


def _unfit(text: str) -> list[str]:
    with pytest.raises(Refused) as refused:
        validate(_Plan, load_yaml(text, "p.yaml"))
    return [str(fault).replace("\n    cure:", " ->") for fault in refused.value.faults]


def test_a_model_is_filled_exactly() -> None:
    plan = validate(_Plan, load_yaml("parts: [{kind: card, limit: 2500.10}, {kind: fund, rate: 6.125}]", "p.yaml"))
    assert plan.parts == (_Card(kind="card", limit=Decimal("2500.10")), _Fund(kind="fund", rate=Decimal("6.125")))


def test_what_does_not_fit_is_said_with_the_nearest_word() -> None:
    assert _unfit(
        "severity: hihg\nparts:\n- {kind: card, limt: 5, limit: 1.005}\n- {kind: fund, rate: '1_000', open: no}\n"
        "- {kind: cards}\n- {limit: 5}\n- 7\nday: 20260701\nlіmit: 5\n"
    ) == [
        "p.yaml:1:1: error: 'severity' may not be 'hihg' -> did you mean 'high'?",
        "p.yaml:3:16: error: there is no key 'limt' here -> did you mean 'limit'?",
        "p.yaml:3:25: error: 'limit': an amount of money has at most two decimals -> correct the value",
        "p.yaml:4:16: error: 'rate': this must be a number in digits with a point, as 2500.00 -> correct the value",
        "p.yaml:4:31: error: there is no key 'open' here -> known here: kind, rate",
        "p.yaml:5:4: error: 'kind' may not be 'cards' -> did you mean 'card'?",
        "p.yaml:6:3: error: 'kind' is missing -> add `kind: ...`",
        "p.yaml:7:3: error: 'item 5': this must be keys with values -> write `key: value`",
        "p.yaml:8:1: error: 'day': this must be a date -> write year-month-day, as 2026-07-01, without quotes",
        "p.yaml:9:1: error: there is no key 'lіmit' here -> known here: day, parts, severity",
    ]


def test_hostile_files_end_quickly_and_small(shared: Path, tmp_path: Path) -> None:
    tool = shared / "tools" / "make_hostile_inputs.py"
    subprocess.run([sys.executable, "-W", "ignore", str(tool), str(tmp_path)], check=True, capture_output=True)
    folder = tmp_path / "yaml-bombs"
    expected = json.loads((folder / "EXPECT.json").read_text(encoding="utf-8"))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for name, fate in expected.items():
        text = decode((folder / name).read_bytes())[0]
        if fate.startswith("refuse") and name not in _LATER | {"sexagesimal.yaml"}:
            assert _codes(text), name
            continue
        with suppress(Refused):
            load_yaml(text, name)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100 * 1024


# Well-formed YAML that whoever validates it must refuse: an unknown key, a pattern, a path, SQL.
_LATER = {"homoglyph-key.yaml", "redos.yaml", "bad-regex.yaml", "path-escape.yaml", "sql.yaml"}
