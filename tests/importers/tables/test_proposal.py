from __future__ import annotations

import csv
import io
from collections.abc import Callable

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from pcard.documents import document_of
from pcard.errors import PcardError, Refused, errors_of
from pcard.frames import Extract
from pcard.importers.tables.delimited import extract_with
from pcard.importers.tables.profiles import parse_profile
from pcard.importers.tables.proposal import Proposal, UnknownLayout, refuse_unknown
from pcard.ledger.normalise import normalise

PORTAL = """Summit Credit Union
Card activity for September

Tran. Date;Post Dt;Supplier;Town;Amt;Employee;Card (last 4)
25/09/2026;26/09/2026;OAK HARDWARE;Fairview;-1.299,00;VARGA INES;4417
13/09/2026;14/09/2026;LAKESIDE PAPER;Ashton;-5,40;VARGA INES;4417
14/09/2026;14/09/2026;LAKESIDE PAPER;Ashton;5,40;VARGA INES;4417
Total;;;;-1.299,00;;
"""


def proposed(text: str, name: str = "portal export.csv") -> Proposal:
    with pytest.raises(UnknownLayout) as unknown:
        refuse_unknown(document_of(name, text.encode()))
    assert unknown.value.faults[-1].code == "layout-unknown"
    return unknown.value.proposal


def test_a_portals_layout_is_proposed_from_whole_columns() -> None:
    proposal = proposed(PORTAL)
    assert proposal.text == (
        "format: pcard-profile/1\n"
        "id: portal-export\n"
        "# to settle: most amounts are below zero, so spending was taken to be written below zero\n"
        'title: "Layout of portal export.csv"\n'
        "table: transactions\n"
        "columns:\n"
        '  date: "Tran. Date"\n'
        '  posted: "Post Dt"\n'
        "  merchant: Supplier\n"
        "  amount: Amt\n"
        '  card: "Card (last 4)"\n'
        "  cardholder: Employee\n"
        'amount: {decimal: ",", sign: spend_negative}\n'
        "dates: dmy\n"
    )
    assert proposal.samples[0] == {
        "date": "2026-09-25", "posted": "2026-09-26", "amount": "1299.00", "merchant": "OAK HARDWARE", "card": "4417",
        "cardholder": "VARGA INES",
    }  # fmt: skip
    assert proposal.totals == {
        "lines": "3", "amount": "1299.00", "unreadable amounts": "0", "skipped: blank": "1", "skipped: preamble": "2",
        "skipped: total": "1",
    }  # fmt: skip


def test_the_proposed_text_reads_the_file_it_was_made_from() -> None:
    document = document_of("portal.csv", PORTAL.encode())
    profile = parse_profile(proposed(PORTAL).text, "portal.yaml")
    read = normalise(extract_with(document, profile), document)
    assert not errors_of(read.faults)
    assert (read.accepted, read.skipped, read.amount_cents) == (3, 4, {"": 129900})


def test_two_readings_of_the_dates_are_a_doubt_and_stay_unread() -> None:
    proposal = proposed("Date Used,Bought From,How Much\n05/06/2026,OAK,5.40\n07/08/2026,ELM,12.00\n")
    assert "the dates can be read as month/day/year or as day/month/year" in proposal.doubts
    assert "dates: infer" in proposal.text
    assert [row["date"] for row in proposal.samples] == ["05/06/2026", "07/08/2026"]


def test_one_date_that_only_one_order_reads_settles_all() -> None:
    proposal = proposed("Date Used,Bought From,How Much\n05/06/2026,OAK,5.40\n05/13/2026,ELM,12.00\n")
    assert "dates: mdy" in proposal.text


def test_a_balance_makes_it_a_bank_account() -> None:
    proposal = proposed(
        "Posting Date,Details,Debits,Credits,Balance Fwd\n09/21/2026,CARDS,100.00,,900.00\n09/22/2026,TAX,,50.00,950.00\n"
    )
    assert proposal.profile
    assert proposal.profile.table == "bank_lines"
    assert [row["amount"] for row in proposal.samples] == ["-100.00", "50.00"]


def test_orders_are_known_by_number_and_vendor() -> None:
    proposal = proposed(
        'PO #,Supplier Name,Order Date,Order Total\n317,Oak,09/21/2026,"1,540.00"\n318,Elm,09/22/2026,12.00\n'
    )
    assert proposal.profile
    assert proposal.profile.table == "orders"
    assert proposal.totals["amount"] == "1552.00"


def test_words_for_debit_and_credit_give_the_sign() -> None:
    proposal = proposed("Trans Date,Firm,Amt,DR/CR\n2026-09-01,Oak,5.00,DR\n2026-09-02,Elm,7.00,CR\n")
    assert [row["amount"] for row in proposal.samples] == ["5.00", "-7.00"]


def test_what_cannot_be_found_is_said_and_nothing_is_made_up() -> None:
    proposal = proposed("Date Used,second\n2026-09-01,x\n")
    assert proposal.profile is None
    assert "no column was found for amount" in proposal.doubts
    assert "merchant:" not in proposal.text


@pytest.mark.parametrize(
    "text",
    [
        "first,second\nx,y\n",
        "To whom it may concern,\nthe files, and there are twelve of them,\nare kept in the office, room 4.\n",
        "name\nOak Hardware\nElm Press\n",
        "{city: Fairview,\nrooms: 12}\n",
    ],
)
def test_what_has_neither_dates_nor_amounts_is_refused_without_a_proposal(text: str) -> None:
    with pytest.raises(Refused) as refused:
        refuse_unknown(document_of("README.txt", text.encode()))
    assert [fault.code for fault in refused.value.faults] == ["table-foreign"]
    assert not isinstance(refused.value, UnknownLayout)


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("Shop,Amount\nOak,twelve\n", "amount: Amount"),
        ("Shop,When\nOak,2026-09-01\n", "date: When"),
        ("Shop,Debit,Credit\nOak,x,y\n", "debit: Debit"),
    ],
)
def test_an_amount_or_a_date_alone_is_enough_for_a_proposal(text: str, column: str) -> None:
    assert column in proposed(text).text


def test_a_longer_sheet_of_notes_does_not_hide_the_charges() -> None:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        notes, charges = book.add_worksheet("Notes"), book.add_worksheet("Charges")
        for line in range(9):
            notes.write_row(line, 0, ["a note", "of nothing"])
        charges.write_row(0, 0, ["Wanted by", "Shop", "Sum"])
        charges.write_row(1, 0, ["2026-09-01", "OAK", "12.50"])
    with pytest.raises(UnknownLayout) as unknown:
        refuse_unknown(document_of("book.xlsx", out.getvalue()))
    assert 'date: "Wanted by"' in unknown.value.proposal.text


def test_two_columns_of_one_heading_are_a_doubt() -> None:
    proposal = proposed("Date Used,Amount,Amount\n2026-09-01,1.00,2.00\n")
    assert "several columns are headed 'Amount'; the first was taken" in proposal.doubts


def test_a_table_it_is_said_to_be_and_is_not() -> None:
    with pytest.raises(Refused, match="the table receipts needs a column id") as refused:
        refuse_unknown(document_of("portal.csv", PORTAL.encode()), "receipts")
    assert not isinstance(refused.value, UnknownLayout)


CELLS = st.one_of(
    st.sampled_from(
        ["", "Date", "Amount", "Merchant", "Total", "2026-09-01", "05/06/2026", "1,234", "-5.00", '"', "=1", "#"]
    ),
    st.text(max_size=6),
)


@settings(max_examples=150)
@given(st.lists(st.lists(CELLS, max_size=6), min_size=1, max_size=8), st.sampled_from(",;\t|"))
def test_whatever_the_table_it_is_read_or_refused_in_words(
    read_text: Callable[..., Extract], rows: list[list[str]], delimiter: str
) -> None:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, escapechar="\\").writerows(rows)
    content = out.getvalue().encode("utf-8", "replace")
    refused: PcardError | None = None
    try:
        extract = read_text(content, "any.csv")
    except PcardError as said:
        refused = said
    if refused is None:
        assert all(control.agrees for control in extract.controls)
        return
    assert all(fault.message and fault.cure for fault in refused.faults)
    proposal = refused.proposal if isinstance(refused, UnknownLayout) else None
    if proposal and proposal.profile:
        assert parse_profile(proposal.text, "any.yaml").columns.keys() == proposal.profile.columns.keys()
