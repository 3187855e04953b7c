from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from pcard.errors import Refused
from pcard.importers.tables.headers import did_you_mean, find_header, header_key, numbered
from pcard.importers.tables.profiles import Profile, load_profile, load_profiles, parse_profile
from pcard.importers.tables.readings import date_orders, decimal_marks
from pcard.shipped import shipped

PLAIN = """format: pcard-profile/1
id: plain
title: Plain
table: transactions
columns: {date: Date, merchant: Merchant, amount: Amount}
"""


def fault_of(text: str) -> str:
    with pytest.raises(Refused) as refused:
        parse_profile(text, "p.yaml")
    (fault,) = refused.value.faults
    return str(fault)


def test_every_shipped_profile_is_named_by_its_file(shipped_profiles: tuple[Profile, ...]) -> None:
    paths = sorted((shipped("rules") / "profiles").glob("*.yaml"))
    assert [load_profile(path).id for path in paths] == [path.stem for path in paths]
    assert {profile.id for profile in shipped_profiles} == {path.stem for path in paths}


def test_a_districts_own_profile_replaces_a_shipped_one(tmp_path: Path) -> None:
    own = PLAIN.replace("id: plain", "id: works").replace("title: Plain", "title: Ours")
    (tmp_path / "works.yaml").write_text(own, encoding="utf-8")
    found = [profile.title for profile in load_profiles([tmp_path]) if profile.id == "works"]
    assert found == ["Ours"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            ("table: transactions", "table: transaction"),
            "there is no table 'transaction'; did you mean 'transactions'?",
        ),
        (("merchant:", "mercant:"), "transactions has no column 'mercant'; did you mean 'merchant'?"),
        (("date: Date, ", ""), "transactions needs a column date or posted"),
        ((", amount: Amount", ""), "transactions needs a column amount"),
        (("title: Plain", "title: Plain\ndats: mdy"), "there is no key 'dats' here"),
        (("title: Plain", "title: Plain\nencoding: klingon"), "there is no encoding 'klingon'"),
        (("title: Plain", "title: Plain\nskip: [{text: '(?=x)', reason: x}]"), "this is no regular expression"),
        (("title: Plain", "title: Plain\namount: {debit: Debit}"), "amounts stand in one column `amount`"),
        (("title: Plain", "title: Plain\nkinds: {from: T, values: {Sale: purchas}}"), "did you mean 'purchase'?"),
        (("title: Plain", "title: Plain\ncoding: {amount: Split}"), "a column `id` to tell the transactions apart"),
        (("title: Plain", "title: Plain\none_row_per: refrence"), "did you mean 'reference'?"),
    ],
)
def test_faults_of_a_profile_say_what_is_meant(change: tuple[str, str], said: str) -> None:
    assert said in fault_of(PLAIN.replace(*change))


def test_numbers_in_a_profile_stay_as_they_are_written() -> None:
    profile = parse_profile(
        PLAIN.replace("amount: Amount", "amount: Amount, account: {fill: 42}, fund: {fill: 0742}"), "p"
    )
    assert [profile.columns[name].fill for name in ("account", "fund")] == ["42", "0742"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Trx Amt.", "TRANSACTION AMOUNT"),
        ("Cost Centre/\nWBS Element", "Cost Center / WBS Element"),
        ("PO #", "po_number"),
        ("Date opération", "DATE OPERATION"),
        ("Card Posting Dt", "Card Posting Date"),
    ],
)
def test_headings_people_write_have_one_key(one: str, other: str) -> None:
    assert header_key(one) == header_key(other)


def test_headings_of_a_row_are_told_apart() -> None:
    assert numbered(["Amount", None, " amount ", "Amount 2", "Amount"]) == [
        "Amount", "column 2", "amount (2)", "Amount 2", "Amount (3)",
    ]  # fmt: skip


def test_a_typing_slip_is_forgiven_only_where_nothing_else_is_near() -> None:
    keys = {header_key(name): place for place, name in enumerate(["Transation Date", "Transaction Data", "Amount"])}
    assert find_header(["Transaction Amount"], keys, loosely=True) is None
    assert find_header(["Transaction Date"], keys, loosely=True) is None
    assert find_header(["Transaction Date"], {"transationdate": 4}, loosely=True) == 4
    assert find_header(["Amt"], {"amout": 1}, loosely=True) is None
    assert did_you_mean("vendor", ["Vendr", "Date"]) == " (did you mean 'Vendr'?)"


@pytest.mark.parametrize(
    ("days", "orders"),
    [
        (["2026-09-01", None], ("ymd",)),
        (["09/01/2026", "09/13/2026"], ("mdy",)),
        (["13.09.26", "01.09.26"], ("dmy",)),
        (["05/06/2026", "07/08/2026"], ("mdy", "dmy")),
        (["05/05/2026"], ("mdy",)),
        (["1-Sep-2026", "Sep 3, 2026"], ("ymd",)),
        (["05/06/2026 10:15 PM", "05/16/2026 1:15 AM"], ("mdy",)),
        (["13/13/2026"], ()),
        (["0001-01-01"], ()),
        ([None], ("ymd",)),
    ],
)
def test_the_order_of_dates_is_told_by_the_whole_column(days: list[str | None], orders: tuple[str, ...]) -> None:
    assert date_orders([pl.Series(days, dtype=pl.String)]) == orders


@pytest.mark.parametrize(
    ("amounts", "marks"),
    [
        (["1.00", "1,234.50"], (".",)),
        (["1,00", "1.234,50"], (",",)),
        (["1,234", "2,500"], (".", ",")),
        (["5", "12"], (".",)),
        (["1,234", "2,5"], (",",)),
    ],
)
def test_the_decimal_mark_is_told_by_the_whole_column(amounts: list[str], marks: tuple[str, ...]) -> None:
    assert decimal_marks([pl.Series(amounts)]) == marks


def test_the_profiles_in_the_documentation_are_profiles() -> None:
    text = (Path(__file__).resolve().parents[3] / "docs" / "profiles.md").read_text(encoding="utf-8")
    blocks = [block.split("```")[0] for block in text.split("```yaml\n")[1:]]
    assert [parse_profile(block, "profiles.md").id for block in blocks] == ["lakeside-card", "lakeside-allocations"]
    for key in Profile.model_fields:
        assert f"`{key}`" in text, f"docs/profiles.md does not explain {key}"
