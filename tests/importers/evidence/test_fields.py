"""What is read of receipts and invoices of several languages and layouts, and what is left unread."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixtures.make_evidence import texts
from pcard.importers.evidence.fields import LEAST_CONFIDENCE, find_fields
from pcard.money import format_cents

RESTAURANT = """
The Brick Oven
Guest Check 2231      04/29/2026 7:14 PM
2 Lunch special          24.00
Subtotal                 24.00
Tax                       2.30
Total                    26.30
Tip                       5.70
Total                    32.00
Mastercard XXXXXXXXXXXX0815
"""
HOTEL = """
LAKEVIEW INN                                         Folio # 88213
Date          Description                 Charges
09/10/2026    Room                         129.00
09/10/2026    Occupancy tax                 15.48
09/11/2026    Room                         129.00
09/11/2026    Occupancy tax                 15.48
09/12/2026    Visa XXXX-XXXX-XXXX-4471     288.96
              Total charges                288.96
              Balance due                    0.00
"""
FRENCH = """
Papeterie du Centre SARL
FACTURE N° F2026-0331
Date : 17/03/2026                       Échéance : 16/04/2026
Total HT                                  1 083,00 €
TVA 20 %                                    216,60 €
Net à payer                               1 299,60 €
"""
SPANISH = """
Librería Horizonte S.L.
Factura nº 2026/088            Fecha: 05/06/2026
Base imponible                           100,00 €
IVA 21%                                   21,00 €
Total a pagar                            121,00 €
"""
DUTCH = """
Schoolboek B.V.
Factuurnummer: 2026-554
Factuurdatum: 28 april 2026
Vervaldatum: 12-05-2026
Totaal excl. btw      € 1.200,00
BTW 21%               €   252,00
Totaal te betalen     € 1.452,00
"""
ITALIAN = """
Cartoleria Bianchi S.r.l.
Fattura n. 145/A                    Data: 12/05/2026
Totale imponibile                      50,00
IVA 22%                                11,00
Totale fattura                      €  61,00
"""
PORTUGUESE = """
Papelaria Aurora Lda
Fatura nº FT2026/91      Data de emissão: 2026-05-03
Subtotal      40,00 €
IVA 23%        9,20 €
Total         49,20 €
"""
READ = {
    "invoice": (texts.INVOICE, {
        "vendor": "Juniper Learning Materials, LLC", "date": "2026-03-04", "total": "1555.00", "tax": "0.00",
        "card": "4471", "po_number": "450-11872", "invoice_number": "JL-20417", "kind": "invoice", "currency": "USD",
    }),
    "slip": (texts.SLIP, {
        "vendor": "CEDAR HARDWARE AND SUPPLY", "date": "2026-05-06", "total": "26.44", "tax": "2.03", "card": "4471",
    }),
    "order": (texts.ORDER, {"total": "45.13", "tax": "3.15", "card": "4471", "order_number": "112-9983417", "currency": "USD"}),
    "restaurant": (RESTAURANT, {
        "vendor": "The Brick Oven", "date": "2026-04-29", "total": "32.00", "tax": "2.30", "card": "0815",
    }),
    "hotel": (HOTEL, {"vendor": "LAKEVIEW INN", "total": "288.96", "card": "4471", "order_number": "88213"}),
    "german": (texts.GERMAN, {
        "vendor": "Buchhandlung Ahorn GmbH", "date": "2026-02-03", "total": "237.54", "tax": "15.54",
        "invoice_number": "2026-1187", "kind": "invoice", "currency": "EUR",
    }),
    "french": (FRENCH, {
        "vendor": "Papeterie du Centre SARL", "date": "2026-03-17", "total": "1299.60", "tax": "216.60",
        "invoice_number": "F2026-0331", "kind": "invoice", "currency": "EUR",
    }),
    "spanish": (SPANISH, {
        "vendor": "Librería Horizonte S.L.", "date": "2026-06-05", "total": "121.00", "tax": "21.00",
        "invoice_number": "2026/088", "kind": "invoice", "currency": "EUR",
    }),
    "dutch": (DUTCH, {
        "vendor": "Schoolboek B.V.", "date": "2026-04-28", "total": "1452.00", "tax": "252.00",
        "invoice_number": "2026-554", "kind": "invoice", "currency": "EUR",
    }),
    "italian": (ITALIAN, {
        "vendor": "Cartoleria Bianchi S.r.l.", "date": "2026-05-12", "total": "61.00", "tax": "11.00",
        "invoice_number": "145/A", "kind": "invoice", "currency": "EUR",
    }),
    "portuguese": (PORTUGUESE, {
        "vendor": "Papelaria Aurora Lda", "date": "2026-05-03", "total": "49.20", "tax": "9.20",
        "invoice_number": "FT2026/91", "kind": "invoice", "currency": "EUR",
    }),
}  # fmt: skip


@pytest.mark.parametrize("name", READ)
def test_fields_are_read(name: str) -> None:
    text, expected = READ[name]
    fields = find_fields(text)
    assert dict(fields.cells) == expected
    assert all(LEAST_CONFIDENCE <= percent <= 100 for percent in fields.confidence.values())


@pytest.mark.parametrize(
    ("text", "name", "why"),
    [
        ("Shop\nTotal price\n50.00\nWidget\n20.00", "total", "no amount on it is surely its total"),
        (HOTEL, "date", "no date on it is said to be its own"),
        ("Shop\nTotal 1,234", "total", "no amount on it is called its total"),
        ("Shop\nTotal 10.00\nTotal 12.00", "total", "several readings: 12.00 and 10.00"),
        ("Shop\nWidget 10.00\nGadget 12.00", "total", "no amount on it is called its total"),
        ("Shop\nthank you", "total", "no amount on it"),
        ("Shop\nDate: 05/06/2026\nTotal 12.00", "date", "two readings: 2026-05-06 and 2026-06-05"),
        ("Shop\nDue date: 05/26/2026\nTotal 12.00", "date", "no date on it is said to be its own"),
        ("Bill to:\nElm School Inc.\nTotal 12.00", "vendor", "no seller on it can be told from the buyer"),
    ],
)
def test_what_is_uncertain_stays_unread(text: str, name: str, why: str) -> None:
    fields = find_fields(text)
    assert name not in fields.cells
    assert why in fields.unread[name]


@pytest.mark.parametrize(
    "line",
    [
        "Total tax 5.00",
        "Subtotal 5.00",
        "Total items 5.00",
        "You saved 5.00",
        "Total before tax 5.00",
        "Total HT 5,00",
        "Change 5.00",
    ],
)
def test_other_sums_are_no_total(line: str) -> None:
    assert "total" not in find_fields(f"Shop\n{line}").cells


@pytest.mark.parametrize(
    ("text", "total"),
    [
        ("Shop\nGrand total\n                 $45.13\nthank you", "45.13"),
        ("Shop\n                 $45.13\nGrand total", "45.13"),
        ("Shop\nGrand total EUR45,13", "45.13"),
        ("Shop\nGrand total:45.13", "45.13"),
        ("Shop\nGrand total:$45.13", "45.13"),
        ("Shop\nGrand total ........ 45.13", "45.13"),
        ("Shop\nGRAND TOTAL   *45.13", "45.13"),
        ("Shop\nTotal (3 items):  45.13", "45.13"),
        ("Shop\nTotal USD  45.13 ", "45.13"),
        ("Shop\nAmount charged to card ending in 4471   $45.13", "45.13"),
        ("Shop\nGrand total Rs.319.00/-", "319.00"),
        ("Shop\nGrand total 1 045,13 €", "1045.13"),
        ("Shop\nNet  VAT  Gross\nTotal 24.99  5.00  29.99", "29.99"),
    ],
)
def test_totals_as_they_are_set(text: str, total: str) -> None:
    assert find_fields(text).cells["total"] == total


def test_two_cards_are_none() -> None:
    assert "card" not in find_fields("Shop\nVISA ****4471\nVISA ****1234\nTotal 1.00").cells


def test_a_bank_account_is_no_card() -> None:
    assert "card" not in find_fields("Shop\nIBAN ************4471\nTotal 1.00").cells


def test_a_refund_is_below_zero() -> None:
    assert find_fields("Shop\nTotal -12.50").cells["total"] == "-12.50"


def test_text_of_a_picture_is_no_surer_than_its_reading() -> None:
    assert max(find_fields(texts.SLIP, 81).confidence.values()) == 81


@given(st.integers(1, 99_999_999), st.sampled_from([".", ","]))
def test_any_total_is_read_to_the_cent(cents: int, mark: str) -> None:
    text = format_cents(cents).replace(".", mark)
    fields = find_fields(f"Shop\nGrand total      {text}")
    assert Decimal(fields.cells["total"]) * 100 == cents


@given(st.text(max_size=400))
def test_any_text_is_read_without_a_fault(text: str) -> None:
    fields = find_fields(text)
    assert {"vendor", "date", "total"} <= {*fields.cells, *fields.unread}


@pytest.mark.parametrize("line", ["*" * 500, " " * 499 + "x", "- " * 250, "total tax date 05/06/2026 1.00 " * 16])
def test_a_hostile_page_is_read_in_bounded_steps(line: str) -> None:
    """A pattern that backtracks without bound would not come back from this."""
    assert "vendor" in find_fields("\n".join([line] * 300)).unread
