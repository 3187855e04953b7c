from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pcard.documents import Document
from pcard.errors import Fault, Place, errors_of
from pcard.frames import RECORDS, TRANSACTIONS, Control, Extract, Reading, Skipped
from pcard.ledger.normalise import Normalised, normalise
from tests.ledger.conftest import Read, extract_of

CHARGE = {"id": "T1", "account": "9021", "date": "2026-09-01", "amount": "10.00", "merchant": "ACME"}


def charge(**cells: str | None) -> dict[str, str | None]:
    return CHARGE | cells


def codes(result: Normalised) -> list[str]:
    return [fault.code for fault in result.faults]


def test_a_line_becomes_a_record(read: Read) -> None:
    row = charge(card="************7911", sales_tax="0.80", large_ticket="yes", **{"GL code": "0512", "Área": " x "})
    result = read({"transactions": [row]})
    (record,) = result.records["transactions"].rows(named=True)
    assert record["transaction_id"] == record["id"] == "T1"
    assert (record["date"], record["posted"]) == (date(2026, 9, 1), date(2026, 9, 1))
    assert (record["amount_cents"], record["sales_tax_cents"], record["large_ticket"]) == (1000, 80, True)
    assert (record["card"], record["kind"], record["memo"]) == ("7911", "purchase", False)
    assert record["extra"] == '{"GL code":"0512","Área":"x"}'
    assert (record["document"], record["line"], len(record["identity"])) == ("a.csv", 2, 32)
    assert (result.accepted, result.skipped, result.refused, result.faults) == (1, 0, 0, ())


def test_every_bad_line_is_listed_and_refuses_the_document(read: Read) -> None:
    rows = [
        charge(amount="ten"), charge(date="31.12.26"), charge(account="4.11E+15"), charge(amount=None),
        charge(date=None), charge(merchant="AC\0ME"), charge(posted="soon"), charge(id="T8"),
    ]  # fmt: skip
    result = read({"transactions": rows})
    assert [(f.code, f.place.line, f.place.field) for f in errors_of(result.faults)] == [
        ("amount-unreadable", 2, "amount"),
        ("date-unreadable", 3, "date"),
        ("account-unreadable", 4, "account"),
        ("value-missing", 5, "amount"),
        ("value-missing", 6, "date"),
        ("nul-in-text", 7, "merchant"),
        ("date-unreadable", 8, "posted"),
    ]
    assert (result.accepted, result.refused) == (1, 7)
    assert result.refusals["state"].unique().to_list() == ["refused"]
    assert result.refusals["value"].to_list() == ["ten", "31.12.26", "4.11E+15", None, None, "AC\\x00ME", "soon"]


def test_a_reading_may_skip_bad_lines(read: Read) -> None:
    result = read({"transactions": [charge(amount="ten"), charge()]}, reading=Reading(on_bad_line="skip"))
    assert not errors_of(result.faults)
    assert (result.accepted, result.skipped, result.refused) == (1, 1, 0)
    assert result.refusals.select("line", "state", "code").rows() == [(2, "skipped", "amount-unreadable")]


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        ({"sales_tax": "a bit"}, "amount-ignored"),
        ({"card": "4.11E+15"}, "card-unreadable"),
        ({"large_ticket": "perhaps"}, "flag-ignored"),
        ({"merchant": None}, "merchant-missing"),
        ({"amount": "10.005"}, "decimals-rounded"),
    ],
)
def test_what_does_not_decide_about_a_line_is_a_warning(read: Read, cells: dict[str, str | None], code: str) -> None:
    result = read({"transactions": [charge(**cells)]})
    assert codes(result) == [code]
    assert not errors_of(result.faults)
    assert result.accepted == 1


def test_registers_warn_of_their_own_cells(read: Read) -> None:
    cards = read({"cards": [{"card": "7911", "cardholder": "Ana Reyes", "opened": "early"}]})
    sites = read({"sites": [{"site": "010", "name": "North", "enrollment": "some"}]})
    assert (codes(cards), codes(sites)) == (["date-ignored"], ["count-ignored"])


def test_a_repeated_id_is_kept_and_told_apart(read: Read) -> None:
    result = read({"transactions": [charge(), charge(amount="11.00"), charge()]})
    assert result.records["transactions"]["transaction_id"].to_list() == ["T1", "T1~2", "T1~3"]
    assert result.records["transactions"]["identity"].n_unique() == 3
    assert codes(result) == ["id-repeated"]


def test_rounding_is_half_up_and_said_once(read: Read) -> None:
    result = read({"transactions": [charge(amount="10.005"), charge(id="T2", amount="-10.0049")]})
    assert result.records["transactions"]["amount_cents"].to_list() == [1001, -1000]
    assert codes(result) == ["decimals-rounded"]
    assert "2;" in result.faults[0].message


def test_controls_that_disagree_print_both_figures(read: Read) -> None:
    controls = (Control("total", "10.00", "10.00"), Control("line count", "6", "1"))
    (fault,) = read({"transactions": [charge()]}, controls=controls).faults
    assert (fault.code, fault.warning) == ("control-mismatch", False)
    assert "6" in fault.message
    assert "1" in fault.message


def test_full_numbers_are_cut_and_never_shown(read: Read) -> None:
    number = "4246000199123344"
    result = read({"transactions": [charge(account=number, card="4246-0001-9912-3344", amount="x")]})
    good = read({"transactions": [charge(account=number, note="ok")]})
    assert (result.cut, result.cut_count) == (frozenset({number, "4246-0001-9912-3344"}), 2)
    assert good.records["transactions"]["account"].to_list() == ["3344"]
    for frame in (result.refusals, good.records["transactions"]):
        assert number not in frame.write_csv()


def test_identity_does_not_depend_on_a_number_that_was_cut(read: Read) -> None:
    whole, short = (read({"transactions": [charge(id=None, card=card)]}) for card in ("4246000199123344", "3344"))
    assert whole.records["transactions"]["identity"].equals(short.records["transactions"]["identity"])


def test_memo_lines_are_taken_but_not_summed(read: Read) -> None:
    result = read({"transactions": [charge(), charge(id="T2", memo="true"), charge(id="T3", currency="CAD")]})
    assert (result.accepted, result.amount_cents) == (3, {"": 1000, "CAD": 1000})


def test_rows_of_coding_count_as_lines_of_their_export(read: Read) -> None:
    coding = [{"transaction": "T1", "line_no": str(n), "amount": "5.00"} for n in (1, 2)]
    result = read({"transactions": [charge()], "coding": coding, "cards": [{"card": "7911", "cardholder": "Ana"}]})
    assert (result.accepted, result.amount_cents) == (2, {"": 1000})


def test_what_the_importer_could_not_read_is_refused_too(read: Read) -> None:
    lost = Fault("row-ragged", Place("a.csv", 9), "too many cells", "mend it")
    skipped = (Skipped(1, "a title"), Skipped(8, "a subtotal", "Total 99.00", "99.00"))
    result = read({"transactions": [charge()]}, faults=(lost,), skipped=skipped)
    assert (result.accepted, result.skipped, result.refused) == (1, 2, 1)
    assert result.refusals.select("line", "state", "code", "amount_cents").rows() == [
        (1, "skipped", "line-skipped", None),
        (8, "skipped", "line-skipped", 9900),
        (9, "refused", "row-ragged", None),
    ]


def test_two_faults_of_one_line_of_text_stay_two() -> None:
    extract = extract_of({"transactions": [charge(amount="x"), charge(amount="y")]})
    lines = {"transactions": extract.lines["transactions"].with_columns(pl.lit(1, pl.Int32).alias("line"))}
    result = normalise(Extract("one-line", "1", lines), Document("a.ofx", b"", ""))
    assert result.refusals["field"].to_list() == ["amount", "amount #2"]


@pytest.mark.parametrize("table", sorted(RECORDS))
def test_every_table_may_be_empty(table: str) -> None:
    names = dict.fromkeys(RECORDS[table].names[:3], pl.String) | {"line": pl.Int32}
    extract = Extract("none", "1", {table: pl.DataFrame(schema=names)})
    result = normalise(extract, Document("a.csv", b"", ""))
    assert result.records[table].equals(RECORDS[table].empty())
    assert (result.accepted, result.refused, result.amount_cents) == (0, 0, {})


cells = st.fixed_dictionaries(
    {
        "id": st.sampled_from(["A", "B", None]),
        "account": st.sampled_from(["9021", "4246000199123344", "4.1E+15"]),
        "date": st.sampled_from(["2026-09-01", "2026-09-02", "x", None]),
        "amount": st.sampled_from(["1.00", "-2.50", "3.335", "x", None]),
        "merchant": st.sampled_from(["ACME", "ACME", "SQ *B", None]),
        "note": st.sampled_from(["n", None]),
    }
)


@given(st.lists(cells, max_size=12), st.booleans())
def test_all_lines_are_accepted_skipped_or_refused(rows: list[dict[str, Any]], skips: bool) -> None:
    reading = Reading(on_bad_line="skip" if skips else "refuse")
    result = normalise(extract_of({"transactions": rows}, reading=reading), Document("a.csv", b"", ""))
    assert result.accepted + result.skipped + result.refused == len(rows)
    records = result.records["transactions"]
    assert records.schema == TRANSACTIONS.schema
    assert sum(result.amount_cents.values()) == records["amount_cents"].sum()
    assert result.accepted == records.height == records["identity"].n_unique() == records["transaction_id"].n_unique()
    listed = set(result.refusals["line"].to_list()) | set(records["line"].to_list())
    assert listed == set(range(2, len(rows) + 2))


@given(st.lists(cells, max_size=8), st.lists(cells, max_size=4))
def test_identities_are_stable_when_a_document_grows(rows: list[dict[str, Any]], more: list[dict[str, Any]]) -> None:
    earlier, later = (
        normalise(extract_of({"transactions": lines}), Document(name, b"", "")).records["transactions"]
        for name, lines in (("a.csv", rows), ("b.csv", [*rows, *more]))
    )
    assert set(earlier["identity"]) <= set(later["identity"])


@pytest.mark.parametrize(
    ("row", "kind"),
    [
        (charge(kind="debit", merchant="BALANCE TRANSFER FROM 2430"), "transfer"),
        (charge(kind="debit", merchant="BALANCE TRANSFER FROM 2430", mcc="5999"), "purchase"),
        (charge(kind="fee", merchant="BALANCE TRANSFER FEE"), "fee"),
        (charge(kind="purchase", merchant="LATE FEE"), "purchase"),
        (charge(merchant="LATE FEE"), "fee"),
    ],
)
def test_the_sources_kind_holds_but_a_transfer_is_no_purchase(
    read: Read, row: dict[str, str | None], kind: str
) -> None:
    assert read({"transactions": [row]}).records["transactions"]["kind"].to_list() == [kind]
