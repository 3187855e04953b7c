from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta, timezone

import pytest

from pcard.store import trail
from pcard.store.workspace import Workspace


def test_the_chain_can_be_followed_with_nothing_but_json_and_sha256(workspace: Workspace) -> None:
    workspace.decide("dispose", "F1", value="justified", reason="naïve 🚌")
    previous = "0" * 64
    for row in workspace.trail().iter_rows():
        *columns, sealed = row
        text = json.dumps(columns, ensure_ascii=False, separators=(",", ":"))
        assert columns[-1] == previous
        assert hashlib.sha256(text.encode()).hexdigest() == sealed
        previous = sealed
    assert workspace.head == previous


def test_the_first_record_is_the_beginning_of_the_workspace(workspace: Workspace) -> None:
    row = workspace.trail().row(0, named=True)
    assert (row["seq"], row["act"], row["who"]) == (1, "init", "clerk")
    assert json.loads(row["body"]) == {"district": "Juniper Valley"}
    assert row["tool"].startswith("pcard ")


def test_json_has_one_form() -> None:
    assert trail.canonical({"b": [1, None, "é"], "a": {}}) == '{"a":{},"b":[1,null,"é"]}'
    with pytest.raises(ValueError, match="Out of range"):
        trail.canonical(float("nan"))


def test_moments_are_written_in_utc() -> None:
    east = timezone(timedelta(hours=-5))
    assert trail.timestamp(datetime(2026, 9, 30, 20, 0, tzinfo=east)) == "2026-10-01T01:00:00+00:00"
    assert trail.timestamp(datetime(2026, 9, 30, 20, 0)) == "2026-09-30T20:00:00+00:00"  # noqa: DTZ001  as it may come
    assert trail.timestamp(datetime(2026, 9, 30, 20, 0, 0, 999, tzinfo=UTC)).endswith("20:00:00+00:00")


def test_order_is_the_number_and_not_the_clock(workspace: Workspace) -> None:
    workspace.decide("dispose", "F1")
    workspace._now = lambda: datetime(1999, 1, 1, tzinfo=UTC)
    workspace.decide("dispose", "F2")
    assert workspace.trail()["at"].to_list()[-1] == "1999-01-01T00:00:00+00:00"
    assert workspace.decisions()["subject"].to_list() == ["F1", "F2"]
    assert workspace.verify().intact
