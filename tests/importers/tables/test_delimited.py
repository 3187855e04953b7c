from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pcard.documents import document_of, open_document
from pcard.errors import Refused, errors_of
from pcard.frames import Extract
from pcard.importers.tables.delimited import Delimited, extract_with
from pcard.importers.tables.profiles import Profile, parse_profile, profile_of
from pcard.ledger.normalise import normalise
from pcard.money import format_cents

FORMATS = Path(__file__).resolve().parents[3] / "fixtures" / "formats" / "delimited"
OURS = sorted(path for path in FORMATS.iterdir() if path.suffix != ".txt")

# file, lines, their sum, rows skipped; counted independently of pcard
REAL = [
    ("sc_pcard_2022_01.csv.gz", 22265, "5213361.64", 0),
    ("toronto_pcard.csv.gz", 78741, "14572170.26", 0),
    ("birmingham_schools_pcard.csv.gz", 15722, "1348018.27", 0),
    ("raw_xls/PCardExpenses_201101_Final.xls", 3320, "801595.50", 712),
    ("raw_xls/PCardExpenses_201203_Final.xls", 2947, "512900.92", 605),
    ("raw_xls/PCardExpenses_201212_Final.xls", 2590, "579279.11", 607),
    ("raw_xls/PCardExpenses_201406_final.xls", 3973, "706305.04", 720),
    ("raw_xls/purchasecardtransactionsmay2014.xls", 4573, "602791.92", 0),
    ("raw_xls/purchasecardtransactionsjune2014.xls", 4573, "602791.92", 0),
    ("oxford_gpc/procurement-card-spending-jan-mar-2017.csv", 1141, "178660.96", 0),
    ("oxford_gpc/procurement-card-spending-february-2018.csv", 366, "-1653.87", 0),
]


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.name)
def test_our_own_files(
    path: Path,
    read_path: Callable[[Path], Extract],
    shown: Callable[[Extract], str],
    golden: Callable[[Path, str], None],
) -> None:
    golden(path.with_name(f"{path.name}.txt"), shown(read_path(path)))


def test_golden_files_have_their_input() -> None:
    for path in FORMATS.glob("*.txt"):
        assert path.with_suffix("").exists(), f"{path.name} belongs to nothing"


@pytest.mark.parametrize(("name", "lines", "total", "skipped"), REAL, ids=[row[0].rsplit("/", 1)[-1] for row in REAL])
def test_public_files_to_the_cent(
    name: str, lines: int, total: str, skipped: int, shared: Path, shipped_profiles: tuple[Profile, ...]
) -> None:
    document = open_document(shared / "data" / name)
    extract = Delimited(shipped_profiles).extract(document)
    read = normalise(extract, document)
    assert not errors_of(read.faults)
    assert [read.accepted, read.skipped, read.refused] == [lines, skipped, 0]
    assert [format_cents(cents) for cents in read.amount_cents.values()] == [total]
    assert all(control.agrees for control in extract.controls)


def test_a_workbooks_rows_are_all_accounted_for(shared: Path, shipped_profiles: tuple[Profile, ...]) -> None:
    path = shared / "data" / "raw_xls" / "PCardExpenses_201101_Final.xls"
    extract = Delimited(shipped_profiles).extract(open_document(path))
    lines = [*extract.lines["transactions"]["line"], *(row.line for row in extract.skipped)]
    assert sorted(lines) == list(range(2, 4034))
    assert all(row.amount for row in extract.skipped)


def test_every_sample_is_read_or_refused_for_a_reason(shared: Path, read_path: Callable[[Path], Extract]) -> None:
    refused = {"camt_file.csv": "layout-unknown", "pain_file.csv": "table-foreign"}
    with (shared / "samples" / "oracle.csv").open(encoding="utf-8") as oracle:
        rows = [row for row in csv.DictReader(oracle) if row["format"] == "csv"]
    for row in rows:
        path = shared / "samples" / row["path"]
        extract = read_path(path)
        if code := refused.get(path.name):
            assert [fault.code for fault in errors_of(extract.faults)][-1:] == [code], path
            continue
        data_rows = sum(frame.height for frame in extract.lines.values())
        blank = sum(one.reason == "blank" for one in extract.skipped)
        assert data_rows + len(extract.skipped) - blank == int(row["n_transactions"]), path
        assert all(control.agrees for control in extract.controls), path


CARD = profile_of({"date": "Date", "merchant": "Merchant", "amount": "Amount"}, id="card", table="transactions")


def _read(text: str, profile: Profile = CARD) -> Extract:
    return extract_with(document_of("card.csv", text.encode()), profile)


def test_an_inch_mark_and_a_field_over_two_lines() -> None:
    extract = _read('Date,Merchant,Amount\n2026-09-01,TV 55" SCREEN,5.00\n2026-09-02,"OAK\nHARDWARE",1.00\n')
    assert extract.lines["transactions"].rows() == [
        (2, "2026-09-01", 'TV 55" SCREEN', "5.00"),
        (3, "2026-09-02", "OAK\nHARDWARE", "1.00"),
    ]
    assert not extract.faults


def test_totals_and_notes_are_skipped_but_total_wine_is_bought() -> None:
    extract = _read(
        "Report of September,,\nDate,Merchant,Amount\n2026-09-01,TOTAL WINE,5.00\n,Total,5.00\n,,5.00\n"
        "Cardholder: Varga,,\n,,\n,,,\nEnd of report,,\n"
    )
    assert [(row.line, row.reason, row.amount) for row in extract.skipped] == [
        (1, "preamble", None),
        (4, "total", "5.00"),
        (5, "subtotal", "5.00"),
        (6, "note", None),
        (7, "blank", None),
        (8, "blank", None),
        (9, "trailer", None),
    ]
    assert extract.lines["transactions"]["merchant"].to_list() == ["TOTAL WINE"]


def test_bad_lines_are_listed_and_skipped_where_the_profile_says_so() -> None:
    lenient = CARD.model_copy(update={"on_bad_line": "skip"})
    document = document_of("card.csv", b"Date,Merchant,Amount\n2026-09-01,OAK, INC.,5.40\n2026-09-02,ELM,1.00\n")
    extract = extract_with(document, lenient)
    assert [fault.code for fault in extract.faults if fault.warning] == ["row-too-wide"]
    read = normalise(extract, document)
    assert (read.accepted, read.skipped, read.refused) == (1, 1, 0)


def test_debit_and_credit_columns_become_signed_amounts() -> None:
    split = profile_of(
        {"date": "Date", "merchant": "Merchant"}, id="split", table="transactions",
        amount={"debit": "Debit", "credit": "Credit"},
    )  # fmt: skip
    text = "Date,Merchant,Debit,Credit\n2026-09-01,A,5.00,0.00\n2026-09-01,B,,7.00\n2026-09-01,C,-,(1.00)\n2026-09-01,D,,--5\n"
    assert _read(text, split).lines["transactions"]["amount"].to_list() == ["5.00", "-7.00", "1.00", "--5"]
    bank = profile_of(
        {"date": "Date", "description": "Merchant"}, id="bank", table="bank_lines",
        amount={"debit": "Debit", "credit": "Credit"},
    )  # fmt: skip
    assert _read(text, bank).lines["bank_lines"]["amount"].to_list() == ["-5.00", "7.00", "(1.00)", "--5"]


def test_withdrawals_written_below_zero_throughout_are_withdrawals() -> None:
    bank = profile_of(
        {"date": "Date", "description": "What"}, id="bank", table="bank_lines", amount={"debit": "Out", "credit": "In"}
    )
    text = "Date,What,Out,In\n2026-09-01,A,-5.00,\n2026-09-01,B,,7.00\n2026-09-01,C,-1.00,\n"
    assert _read(text, bank).lines["bank_lines"]["amount"].to_list() == ["-5.00", "7.00", "-1.00"]


def test_a_word_beside_the_amount_gives_its_sign() -> None:
    typed = profile_of(
        {"date": "Date", "merchant": "Merchant", "amount": "Amount"}, id="typed", table="transactions",
        amount={"type": {"from": "Type", "debit": "Sale", "credit": "Return"}},
    )  # fmt: skip
    text = "Date,Merchant,Amount,Type\n2026-09-01,A,5.00,SALE\n2026-09-01,B,7.00,Return\n2026-09-01,C,-7.00,Return\n"
    assert _read(text, typed).lines["transactions"]["amount"].to_list() == ["5.00", "-7.00", "-7.00"]


def test_spending_written_below_zero_is_turned_by_the_reading_not_in_the_text() -> None:
    turned = CARD.model_copy(update={"amount": CARD.amount.model_copy(update={"sign": "spend_negative"})})
    extract = _read("Date,Merchant,Amount\n2026-09-01,OAK,-5.00\n", turned)
    assert extract.reading.negate
    assert extract.lines["transactions"]["amount"].to_list() == ["-5.00"]


def test_kinds_come_from_the_words_of_a_column() -> None:
    kinds = profile_of(
        {"date": "Date", "merchant": "Merchant", "amount": "Amount"}, id="kinds", table="transactions",
        kinds={"from": "Type", "values": {"Payment": "payment", "Fee": "fee"}},
    )  # fmt: skip
    text = "Date,Merchant,Amount,Type\n2026-09-01,A,5.00,fee\n2026-09-01,B,-7.00,PAYMENT\n2026-09-01,C,1.00,Misc\n"
    extract = _read(text, kinds)
    assert extract.lines["transactions"]["kind"].to_list() == ["fee", "payment", None]
    assert [(fault.code, fault.place.line) for fault in extract.faults] == [("kind-word-unknown", 4)]


def test_stated_totals_are_compared() -> None:
    checked = profile_of(
        {"date": "Date", "merchant": "Merchant", "amount": "Amount"}, id="checked", table="transactions",
        controls=[{"text": "^Total", "sum": "amount", "count": r"(\d+) items"}],
    )  # fmt: skip
    text = "Date,Merchant,Amount\n2026-09-01,A,5.00\n2026-09-01,B,7.00\n,Total of {} items,{}\n"
    good = _read(text.format(2, "12.00"), checked)
    assert [(one.name, one.stated, one.found) for one in good.controls[2:]] == [
        ("count on line 4", "2", "2"),
        ("sum on line 4", "12.00", "12.00"),
    ]
    bad = _read(text.format(3, "13.00"), checked)
    assert not any(one.agrees for one in bad.controls[2:])


def test_no_header_means_columns_by_number() -> None:
    bare = profile_of(
        {"date": "column 1", "merchant": "column 2", "amount": "column 3"},
        id="bare",
        table="transactions",
        header="none",
    )
    assert _read("2026-09-01,OAK,5.00\n", bare).lines["transactions"].rows() == [(1, "2026-09-01", "OAK", "5.00")]


def test_an_encoding_and_a_delimiter_the_profile_names() -> None:
    old = CARD.model_copy(update={"encoding": "cp437", "delimiter": "|"})
    document = document_of("old.txt", "Date|Merchant|Amount\n2026-09-01|Café, Ñandú|5.00\n".encode("cp437"))
    extract = extract_with(document, old)
    assert extract.lines["transactions"]["merchant"].to_list() == ["Café, Ñandú"]
    assert not extract.faults


def test_columns_nobody_named_keep_their_headings_and_never_take_ours() -> None:
    extract = _read("Date,Merchant,Amount,line,kind,Locker,\n2026-09-01,OAK,5.00,7,x,B12,\n")
    assert extract.lines["transactions"].columns == [
        "line", "date", "merchant", "amount", "line (source)", "kind (source)", "Locker", "column 7",
    ]  # fmt: skip


def test_two_profiles_that_fit_alike_are_a_question() -> None:
    twins = [CARD, CARD.model_copy(update={"id": "twin"})]
    with pytest.raises(Refused, match="2 profiles fit this file: card, twin"):
        Delimited(twins).extract(document_of("card.csv", b"Date,Merchant,Amount\n2026-09-01,OAK,5.00\n"))


def test_a_profile_that_was_named_and_does_not_fit() -> None:
    with pytest.raises(Refused, match="finds none of its headers") as refused:
        _read("When,Whence\n2026-09-01,OAK\n")
    assert refused.value.faults[0].code == "profile-unfit"


UNSEEN = """
format: pcard-profile/1
id: unseen
title: another wording of the same layout
table: transactions
columns: {date: Date, merchant: Merchant, amount: Amount}
"""


def test_a_month_of_toronto_never_seen_before(shipped_profiles: tuple[Profile, ...]) -> None:
    headings = [
        "Division,Batch-Transaction ID,Transaction Date,Card Posting Date,Merchant Name,Transaction Amount,Trx Currency",
        "DIVISION,BATCH TRANSACTION ID,TRANSACTION DT.,CARD POSTING DT,MERCHANT NAME,TRANSACTION AMT,TRX CURRENCY",
        "Division Name,Batch-Transation ID,Transaction Date,Card Posting Dt,Merchant Nam,Transaction Amt.,Original Currency",
    ]
    row = "PARKS,51-1,2026-06-01,2026-06-02,OAK,20.10,CAD\n,,,,,20.10,CAD\n"
    for before in ("", "Title,,,,,,\n,,,,,,\n"):
        for heading in headings:
            document = document_of("june.csv", f"{before}{heading}\n{row}".encode())
            extract = Delimited([*shipped_profiles, parse_profile(UNSEEN, "unseen.yaml")]).extract(document)
            assert extract.importer == "delimited:toronto-pcard-monthly", heading
            assert extract.lines["transactions"].select(
                "id", "date", "posted", "merchant", "amount", "site"
            ).rows() == [("51-1", "2026-06-01", "2026-06-02", "OAK", "20.10", "PARKS")]


CELLS = st.text(st.characters(blacklist_categories=("Cs", "Cc"), blacklist_characters="\ufeff"), max_size=12)
AMOUNTS = st.integers(-10_000_000, 10_000_000)


@given(st.lists(st.tuples(CELLS, AMOUNTS), min_size=1, max_size=30), st.sampled_from(",;\t|"))
def test_what_is_written_comes_back_and_every_row_is_accounted_for(rows: list[tuple[str, int]], delimiter: str) -> None:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter)
    writer.writerow(["Date", "Merchant", "Amount", "Memo"])
    writer.writerows(["2026-09-01", f"M{name}", format_cents(cents), "x"] for name, cents in rows)
    extract = _read(out.getvalue())
    lines = extract.lines["transactions"]
    assert lines.height + len(extract.skipped) == len(rows)
    assert lines["amount"].to_list() == [format_cents(cents) for _, cents in rows]
    assert all(control.agrees for control in extract.controls)
    assert not errors_of(extract.faults)


@given(st.integers(0, 4), st.integers(1, 8))
def test_a_lost_or_added_separator_never_slides_a_column(row: int, fields: int) -> None:
    rows = [["2026-09-01", f"OAK {index}", "5.00", "memo"] for index in range(5)]
    rows[row] = [f"f{index}" for index in range(fields)]
    extract = _read("Date,Merchant,Amount,Memo\n" + "".join(",".join(cells) + "\n" for cells in rows))
    if fields == 4:
        assert extract.lines["transactions"].height == 5
    else:
        assert [fault.place.line for fault in extract.faults] == [row + 2]
        assert extract.lines["transactions"]["merchant"].str.starts_with("OAK").all()


def test_two_profiles_that_fit_alike_are_named_and_none_is_taken() -> None:
    columns = {"date": ["Day"], "merchant": ["Shop"], "amount": ["Total"]}
    twins = [profile_of(columns, id=name, table="transactions") for name in ("one", "two")]
    document = document_of("a.csv", b"Day,Shop,Total\n2026-05-04,ACME,1.00\n")
    with pytest.raises(Refused) as refused:
        Delimited(twins).extract(document)
    (fault,) = refused.value.faults
    assert fault.code == "profile-ambiguous"
    assert "one, two" in fault.message
