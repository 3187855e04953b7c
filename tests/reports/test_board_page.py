from __future__ import annotations

import csv
import json
from pathlib import Path

from click.testing import CliRunner

from pcard.cli import main

DISTRICT = Path(__file__).resolve().parent.parent.parent / "fixtures" / "district"


def test_the_boards_page_names_sites_and_no_person_card_or_merchant(tmp_path: Path) -> None:
    root = tmp_path / "demo"
    assert CliRunner().invoke(main, ["demo", str(root)]).exit_code == 0
    folder = root / "reports" / "2026-07"
    page = (folder / "board.html").read_text(encoding="utf-8")
    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))["sections"]
    with (DISTRICT / "inbox" / "people.csv").open(encoding="utf-8", newline="") as table:
        names = [row["name"] for row in csv.DictReader(table)]
    merchants = [row["merchant_key"] for row in report["spend"]["tables"]["spend_by_merchant_key"]]
    assert len(names) > 40
    assert [name for name in (*names, *filter(None, merchants)) if name in page] == []
    assert report["spend"]["lead"].split()[0] + " was spent by card" in page
    assert f"{float(report['rebates']['figures']['Rebate by contract']):,.2f}" in page
    assert "Bluestem Elementary" in page
    assert [name for name in ("outlook", "benchmarks") if name not in report] == []
