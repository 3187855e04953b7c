from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from pcard.rebate.schemas import program_schema
from tests.rebate.conftest import ROOT

SHIPPED = sorted((ROOT / "rules" / "rebates").glob("*.yaml"))


def test_the_shipped_schema_is_current(golden: Callable[[Path, str], None]) -> None:
    golden(
        ROOT / "rules" / "schemas" / "pcard-rebate.schema.json",
        json.dumps(program_schema(), indent=1, default=str) + "\n",
    )


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_every_key_and_condition_of_the_shipped_programs_is_in_the_schema(path: Path) -> None:
    schema = program_schema()
    program = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert set(program) <= set(schema["properties"])
    (pattern,) = schema["$defs"]["Condition"]["patternProperties"]
    conditions = [bucket.get("when", {}) for bucket in program["buckets"]]
    conditions += program.get("eligible", {}).get("exclude", [])
    for bucket in program["buckets"]:
        assert set(bucket) <= set(schema["$defs"]["Bucket"]["properties"])
    assert all(re.search(pattern, test) for condition in conditions for test in _keys(condition))


def _keys(node: Any) -> Iterator[str]:
    for key, value in node.items():
        if key in {"all", "any"}:
            for inner in value:
                yield from _keys(inner)
        else:
            yield key
