"""Names resolved to a vendor list: expected ones, laws, and the real groups where they are at hand."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pcard.errors import Refused
from pcard.frames import VENDORS
from pcard.matching.vendors import abbreviations
from pcard.matching.vendors.confirmed import confirmed_aliases
from pcard.matching.vendors.likeness import WEIGHTS
from pcard.matching.vendors.merchants import NO_MERCHANTS, load_merchants, merchants_schema
from pcard.matching.vendors.resolving import ALIASES, choose, probabilities, resolve
from pcard.matching.vendors.words import read_words
from tests.matching.conftest import charge, decisions_of, ledger_of, receipt, verdict

MERCHANTS = load_merchants()
ROOT = Path(__file__).resolve().parents[2]
LISTED = (
    "Alder Creek Lumber Co", "Alder Creek Nursery", "Amazon Capital Services", "Bluestem Band Instruments LLC",
    "City of Fernhollow", "Copper Kettle Catering", "Drag Bunt Sports", "Fernhollow Public Library",
    "Great Basin Council of Reading Teachers", "Home Depot U.S.A., Inc.", "K & R Tire Service", "Larkspur County",
    "National Association of School Welders", "Office Depot Business Solutions", "Prairie Winds Physical Therapy PLLC",
    "Quarry Road Hardware", "Saint Odile Hospital", "Thistledown Books", "Wal-Mart Stores Inc", "West Fork Bus Company",
)  # fmt: skip
EXPECTED = (
    ("AMZN MKTP US*RT4G81ZZ0", "Amazon Capital Services"),
    ("PAYPAL *HOMEDEPOT", "Home Depot U.S.A., Inc."),
    ("WM SUPERCENTER #5383", "Wal-Mart Stores Inc"),
    ("SQ *COPPER KETTLE CATE FERNHOLLOW OR", "Copper Kettle Catering"),
    ("TST* COPPER KETTLE", "Copper Kettle Catering"),
    ("PAYPAL *COPPERKETTL", "Copper Kettle Catering"),
    ("SP BLUESTEM BAND INST", "Bluestem Band Instruments LLC"),
    ("ALDER CREEK LMBR 0412", "Alder Creek Lumber Co"),
    ("DRAGBUNT SPORTS", "Drag Bunt Sports"),
    ("FERNHOLLOW CITY OF", "City of Fernhollow"),
    ("LARKSPUR COUNTY TREASURER", "Larkspur County"),
    ("K&R TIRE SVC", "K & R Tire Service"),
    ("NATL ASSN OF SCH WELDERS", "National Association of School Welders"),
    ("PRAIRIE WINDS PHYSICAL T", "Prairie Winds Physical Therapy PLLC"),
    ("ST ODILE HOSP", "Saint Odile Hospital"),
    ("GBCRT", "Great Basin Council of Reading Teachers"),
    ("THISTLEDOWN BOOKS LLC", "Thistledown Books"),
    ("BLUSTEM BAND INSTRUMENTS", "Bluestem Band Instruments LLC"),
)
STRANGERS = ("ZEPHYR KAYAK OUTFITTERS", "MORNING GLORY DONUTS", "ALDER STREET GARAGE")


def vendors_of(names: tuple[str, ...] | list[str]) -> pl.DataFrame:
    return pl.DataFrame({"vendor": [f"V{i:02}" for i in range(len(names))], "name": list(names)})


def test_expected_names_find_their_vendors() -> None:
    names = pl.Series([name for name, _ in EXPECTED])
    found = resolve(names, vendors_of(LISTED), MERCHANTS)
    assert found["name"].to_list() == names.to_list()
    assert found["vendor_name"].to_list() == [vendor for _, vendor in EXPECTED]
    assert found.filter(pl.col("outcome") == "accepted").height >= len(EXPECTED) - 3


def test_a_name_of_no_vendor_is_not_accepted_and_the_nearest_is_told() -> None:
    found = resolve(pl.Series([*STRANGERS, *(name for name, _ in EXPECTED)]), vendors_of(LISTED), MERCHANTS)
    strangers = found.head(len(STRANGERS))
    assert "accepted" not in strangers["outcome"].to_list()
    assert strangers["vendor"].null_count() == 0


def test_a_vendor_that_is_listed_twice_is_a_question() -> None:
    (row,) = resolve(pl.Series(["THISTLEDOWN BOOKS"]), vendors_of([*LISTED, "Thistledown Books"])).to_dicts()
    assert (row["outcome"], row["vendor_name"]) == ("review", "Thistledown Books")
    assert row["probability"] == pytest.approx(0.5, abs=0.01)


def test_a_name_printed_as_the_list_has_it_beats_its_twin() -> None:
    listed = vendors_of([*LISTED, "Thistledown Books Inc.", "Thistledown Books LLC"])
    found = resolve(pl.Series(["THISTLEDOWN BOOKS LLC", "THISTLEDOWN BOOKS"]), listed)
    assert found["vendor_name"].to_list() == ["Thistledown Books LLC", "Thistledown Books"]


def test_blank_names_and_an_empty_list() -> None:
    found = resolve(pl.Series(["", None, "  ", "THISTLEDOWN BOOKS"]), vendors_of(LISTED))
    assert found["outcome"].to_list()[:3] == ["none"] * 3
    assert found["vendor"].null_count() == 3
    assert resolve(pl.Series(["A"]), VENDORS.empty())["outcome"].to_list() == ["none"]
    assert resolve(pl.Series([], dtype=pl.String), vendors_of(LISTED)).is_empty()


def test_places_of_a_chain_are_told_apart() -> None:
    listed = vendors_of(["Hampton Inn Fernhollow", "Hampton Inn Larkspur", "Quarry Road Hardware"])
    found = resolve(pl.Series(["HAMPTON INN LARKSPUR", "HAMPTON INN SALTFORK"]), listed, MERCHANTS)
    assert found["vendor_name"][0] == "Hampton Inn Larkspur"
    assert found["outcome"][1] != "accepted"


def test_what_people_confirmed_is_an_alias() -> None:
    ledger = ledger_of(
        [charge("T1", 100, "R OKAFOR TRADING"), charge("T2", 100, "R OKAFOR TRADING"), charge("T3", 100, "ELSEWHERE")],
        [receipt("R1", 100, "Thistledown Books"), receipt("R2", 100, "Quarry Road Hardware")],
    )
    said = decisions_of(verdict("confirm", "T1", "R1"), verdict("confirm", "T2", "R1"), verdict("reject", "T3", "R2"))
    aliases = confirmed_aliases(ledger, said)
    assert aliases.to_dicts() == [{"merchant_key": "R OKAFOR TRADING", "vendor_name": "Thistledown Books"}]
    (row,) = resolve(pl.Series(["SQ *R OKAFOR TRADING"]), vendors_of(LISTED), NO_MERCHANTS, aliases).to_dicts()
    assert (row["vendor_name"], row["outcome"]) == ("Thistledown Books", "accepted")
    undone = said.with_columns(undone_by=pl.lit("D9"))
    assert confirmed_aliases(ledger, undone).is_empty()


def test_an_alias_of_two_vendors_alike_teaches_nothing() -> None:
    pieces = [receipt("R1", 100, "Thistledown Books"), receipt("R2", 100, "Quarry Road Hardware")]
    ledger = ledger_of([charge("T1", 100, "OKAFOR"), charge("T2", 100, "OKAFOR")], pieces)
    said = decisions_of(verdict("confirm", "T1", "R1"), verdict("confirm", "T2", "R2"))
    assert confirmed_aliases(ledger, said).is_empty()


words = st.sampled_from(
    ["ALDER", "CREEK", "LMBR", "BOOKS", "ROAD", "INN", "THE", "OF", "INC", "#12", "&", "7", "A", "B"]
)
printed = st.lists(words, min_size=1, max_size=10).map(" ".join) | st.text(max_size=30)


@settings(max_examples=40)
@given(st.lists(printed, max_size=6), st.lists(printed.filter(str.strip), min_size=1, max_size=6))
def test_one_row_a_name_in_its_order_whatever_the_names(names: list[str], listed: list[str]) -> None:
    series = pl.Series(names, dtype=pl.String)
    found = resolve(series, vendors_of(listed), MERCHANTS)
    assert found["name"].to_list() == names
    assert found["probability"].is_between(0.0, 1.0).all()
    backwards = resolve(series.reverse(), vendors_of(listed).reverse(), MERCHANTS)
    assert backwards["vendor"].reverse().to_list() == found["vendor"].to_list()


@settings(max_examples=40)
@given(st.lists(printed.filter(str.strip), min_size=1, max_size=6), st.lists(printed, min_size=1, max_size=6))
def test_parts_sum_to_the_score_and_rivals_share_one_probability(names: list[str], listed: list[str]) -> None:
    ours, theirs = read_words(pl.Series(names), pl.Series(listed))
    choices = choose(ours, theirs, MERCHANTS, ALIASES.empty())
    assert set(choices.parts) == {*WEIGHTS, "merchant", "printed", "confirmed"}
    assert choices.bits == pytest.approx(sum(choices.parts.values()))
    shares = pl.DataFrame({"name": choices.name, "p": probabilities(choices)}).group_by("name").agg(pl.col("p").sum())
    assert (shares["p"] <= 1.0 + 1e-9).all()


def test_the_shipped_table_loads_and_covers_the_usual_descriptors() -> None:
    keys = [
        "AMAZON",
        "STAPLS",
        "DELTA AIR",
        "OREILLY AUTO PARTS",
        "SCHOLASTIC BOOK FAI",
        "UPS STORE",
        "UPS",
        "STARFISH",
    ]
    names = [MERCHANTS.names[number] if number >= 0 else None for number in MERCHANTS.known(keys)]
    assert names == [
        "Amazon", "Staples", "Delta Air Lines", "O'Reilly Auto Parts", "Scholastic", "The UPS Store", "UPS", None
    ]  # fmt: skip


def test_the_shipped_schema_of_merchants_is_current(golden: Callable[[Path, str], None]) -> None:
    golden(ROOT / "rules" / "schemas" / "pcard-merchants.schema.json", json.dumps(merchants_schema(), indent=1) + "\n")


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("{name: Quarry, printed: [QU*]}", "merchant-start-unfit"),
        ("{name: Quarry, printed: [QUARRY INC]}", "merchant-way-unclean"),
        ("{name: Quarry, printed: [ALDER CREEK]}", "merchant-way-twice"),
        ("{name: Quarry, printed: []}", "merchant-way-missing"),
        ("{name: Quarry, printed: [quarry]}", "merchant-way-unclean"),
        ("{name: Quarry, printed: [QUARRY], locl: true}", "key-unknown"),
    ],
)
def test_a_table_of_merchants_is_read_strictly(tmp_path: Path, line: str, code: str) -> None:
    path = tmp_path / "merchants.yaml"
    head = "format: pcard-merchants/1\nmerchants:\n- {name: Alder, printed: [ALDER CREEK]}\n"
    path.write_text(f"{head}- {line}\n", encoding="utf-8")
    with pytest.raises(Refused) as refused:
        load_merchants(path)
    (fault,) = refused.value.faults
    assert (fault.code, fault.place.line) == (code, 4)


def test_real_groups_of_spellings(shared: Path) -> None:
    listed = pl.read_csv(shared / "data" / "sd_vendor_gallery.csv.gz", infer_schema=False)
    spelt = pl.read_csv(shared / "data" / "sd_vendor_alias_groups.csv.gz", infer_schema=False)
    asked = spelt.join(listed, on=["vendor_number", "vendor_name"], how="anti")
    found = resolve(asked["vendor_name"], listed.rename({"vendor_number": "vendor", "vendor_name": "name"}))
    right = found["vendor"] == asked["vendor_number"]
    accepted = found["outcome"] == "accepted"
    assert right.mean() >= 0.86  # type: ignore[operator]
    assert accepted.mean() >= 0.5  # type: ignore[operator]
    assert right.filter(accepted).mean() >= 0.98  # type: ignore[operator]


def test_names_in_another_script_are_found_whole() -> None:
    found = resolve(pl.Series(["北京书店", "книги"]), vendors_of([*LISTED, "北京书店", "Книги"]))
    assert found["vendor_name"].to_list() == ["北京书店", "Книги"]
    assert found["outcome"].to_list() == ["accepted", "accepted"]


def test_every_way_a_word_is_written_stands_for_one_word() -> None:
    forms = [form for form, _ in abbreviations._forms()]
    assert len(forms) == len(set(forms))
    assert not set(forms) & set(abbreviations.FOLDED.values())
