from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from pcard.errors import Refused
from pcard.store.settings import Settings, load_settings, template
from pcard.store.workspace import Workspace
from tests.store.conftest import now

_LEAST = "format: pcard-workspace/1\ndistrict: Juniper Valley\n"


def settings_of(tmp_path: Path, text: str) -> Settings:
    path = tmp_path / "pcard.yaml"
    path.write_text(text, encoding="utf-8")
    return load_settings(path)


@pytest.mark.parametrize(
    "district", ["Juniper Valley", "O'Brien ISD #4", "a: b", "  two\nlines ", "Ñandú Unified", "no"]
)
def test_init_writes_settings_that_can_be_read(tmp_path: Path, district: str) -> None:
    with Workspace.init(tmp_path / "w", district=district, now=now) as workspace:
        settings = workspace.settings
    assert settings.district == " ".join(district.split())
    assert settings.fiscal_year_starts == (7, 1)
    assert settings.policies == ("rules/k12-baseline.yaml",)
    assert settings.programs == ()
    assert all((tmp_path / "w" / path).is_file() for path in settings.policies)
    assert [path.suffix for path in (tmp_path / "w" / "rebates").iterdir()] == [".yaml"]


def test_every_key_stands_in_the_template() -> None:
    text = template("Juniper", rules={})
    names = set(Settings.model_fields)
    assert {name for name in names if f"\n{name}:" in text or f"\n# {name}:" in text} == names


def test_what_is_not_said_has_a_default(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, _LEAST)
    assert (settings.sales_tax, settings.storage, settings.closing_day) == ("exempt", "auto", None)


def test_a_full_file_is_read(tmp_path: Path) -> None:
    settings = settings_of(
        tmp_path,
        _LEAST + "state: WA\nfiscal_year_starts: 09-01\nclosing_day: 25\nholidays: [2026-11-27]\nsales_tax: taxable\n"
        "school_breaks:\n- {name: Winter break, from: 2026-12-21, to: 2027-01-01}\n"
        "match: {accept: 0.9, review: 0.25}\nprograms: [rebates/bank.yaml]\n",
    )
    assert (settings.fiscal_year_starts, settings.closing_day, settings.holidays) == ((9, 1), 25, (date(2026, 11, 27),))
    assert settings.match.accept == Decimal("0.9")
    matching = settings.match_settings()
    assert (matching.accept_probability, matching.review_probability) == (0.9, 0.25)
    calendar = settings.calendar()
    assert calendar.breaks[date(2026, 12, 23)] == "Winter break"
    assert date(2026, 11, 27) in calendar.days_off
    assert date(2026, 7, 4) in calendar.days_off


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("fiscal_year_starts: 13-01", "as 07-01"),
        ("fiscal_year_starts: 02-29", "as 07-01"),
        ("closing_day: 32", "closing_day"),
        ("sales_tax: no", "sales_tax"),
        ("polices: [a.yaml]", "did you mean 'policies'"),
        ("policies: [/etc/passwd]", "inside the workspace"),
        ("policies: [rules/../../else.yaml]", "inside the workspace"),
        ("policies: ['C:\\rules.yaml']", "inside the workspace"),
        ("match: {accept: 0.3, review: 0.5}", "review must not be above accept"),
        ("match: {accept: 1.5}", "accept"),
        ("school_breaks: [{name: x, from: 2026-12-21, to: 2026-12-01}]", "ends before it begins"),
        ("state: Washington", "state"),
    ],
)
def test_a_mistake_is_named_with_its_line(tmp_path: Path, line: str, said: str) -> None:
    with pytest.raises(Refused, match=r"pcard\.yaml:3:") as refused:
        settings_of(tmp_path, _LEAST + line + "\n")
    assert said in str(refused.value)


def test_settings_that_cannot_be_read_are_said_so(tmp_path: Path) -> None:
    (tmp_path / "pcard.yaml").write_bytes(b"district: \xff\xfe\xfa")
    with pytest.raises(Refused, match="the settings cannot be read"):
        load_settings(tmp_path / "pcard.yaml")
