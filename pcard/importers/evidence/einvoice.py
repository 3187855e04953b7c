"""E-invoices as receipts: UBL 2.1 (Invoice, CreditNote) and UN/CEFACT Cross Industry Invoice, as EN 16931 uses them.

Only what a charge is matched by is read; an invoice is one receipt, however
many lines it has.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

import polars as pl
from lxml import etree

from pcard.documents import Document
from pcard.errors import Fault, Refused
from pcard.frames import Control, Extract, Reading
from pcard.importers.refusing import faults_as_values
from pcard.importers.xml_documents import children, elements, head, line_of, local, value

_ROOT = re.compile(
    r"<(?:[\w.-]+:)?(?:(?:Invoice|CreditNote)\s[^>]*urn:oasis:names:specification:ubl:schema:xsd:(?:Invoice|CreditNote)-2"
    r"|CrossIndustryInvoice[\s>])"
)
_AMOUNT = re.compile(r"^-?[0-9]{1,15}(?:\.[0-9]+)?$")
_NOT_GIVEN = frozenset({"n/a", "na", "none", "-", "0"})
_CREDIT_NOTES = frozenset({"381", "396", "261", "262", "532"})  # UNTDID 1001, as EN 16931 lists credit notes
_READING = Reading(date_formats=("%Y-%m-%d", "%Y%m%d"), thousands=False)
_AGAIN = "ask the seller for the invoice again; nothing was imported"


@dataclass(frozen=True)
class _Layout:
    """Where one of the two formats has what; several paths stand for the first that is filled."""

    fields: Mapping[str, tuple[str, ...]]
    taxes: str
    sums: str


_SELLER = "AccountingSupplierParty/Party"
_UBL = _Layout(
    fields={
        "id": ("ID",),
        "vendor": (f"{_SELLER}/PartyName/Name", f"{_SELLER}/PartyLegalEntity/RegistrationName"),
        "date": ("IssueDate",),
        "total": ("LegalMonetaryTotal/PayableAmount",),
        "po_number": ("OrderReference/ID",),
        "order_number": ("OrderReference/SalesOrderID",),
        "type_code": ("InvoiceTypeCode", "CreditNoteTypeCode"),
        "currency": ("DocumentCurrencyCode",),
    },
    taxes="TaxTotal/TaxAmount",
    sums="LegalMonetaryTotal",
)
_DEAL = "SupplyChainTradeTransaction"
_AGREED, _SETTLED = f"{_DEAL}/ApplicableHeaderTradeAgreement", f"{_DEAL}/ApplicableHeaderTradeSettlement"
_SUMMATION = f"{_SETTLED}/SpecifiedTradeSettlementHeaderMonetarySummation"
_CII = _Layout(
    fields={
        "id": ("ExchangedDocument/ID",),
        "vendor": (
            f"{_AGREED}/SellerTradeParty/Name",
            f"{_AGREED}/SellerTradeParty/SpecifiedLegalOrganization/TradingBusinessName",
        ),
        "date": ("ExchangedDocument/IssueDateTime/DateTimeString",),
        "total": (f"{_SUMMATION}/DuePayableAmount",),
        "po_number": (f"{_AGREED}/BuyerOrderReferencedDocument/IssuerAssignedID",),
        "order_number": (f"{_AGREED}/SellerOrderReferencedDocument/IssuerAssignedID",),
        "type_code": ("ExchangedDocument/TypeCode",),
        "currency": (f"{_SETTLED}/InvoiceCurrencyCode",),
    },
    taxes=f"{_SUMMATION}/TaxTotalAmount",
    sums=_SUMMATION,
)
_LAYOUTS = {"Invoice": _UBL, "CreditNote": _UBL, "CrossIndustryInvoice": _CII}


class EInvoice:
    """Reads one UBL or CII invoice or credit note."""

    name = "einvoice"
    version = "1"

    def identify(self, document: Document) -> bool:
        """Tell by the root element."""
        return bool(_ROOT.search(head(document)))

    @faults_as_values
    def extract(self, document: Document) -> Extract:
        """Return the invoice as a receipt, its sum as a control, or the faults that refuse it."""
        root = list(elements(document, tuple(_LAYOUTS)))[-1]
        layout = _LAYOUTS[local(root)]
        cells = {name: value(root, *paths) for name, paths in layout.fields.items()}
        if faults := list(_faults(cells, root, document)):
            raise Refused(*faults)
        is_credit = local(root) == "CreditNote" or cells["type_code"] in _CREDIT_NOTES
        row = {name: cells[name] for name in ("id", "vendor", "date", "total")} | {
            "kind": "credit_note" if is_credit else "invoice",
            "tax": _tax(root, layout, cells["currency"]),
            "po_number": _given(cells["po_number"]),
            "order_number": _given(cells["order_number"]),
        }
        receipts = pl.DataFrame([row], dict.fromkeys(row, pl.String)).with_columns(
            pl.lit(line_of(root), pl.Int32).alias("line")
        )
        return Extract(
            self.name,
            self.version,
            {"receipts": receipts},
            reading=_READING,
            controls=tuple(_controls(root, layout)),
            faults=(_credit_note(root, document),) if is_credit else (),
        )


def _faults(cells: Mapping[str, str | None], root: etree._Element, document: Document) -> Iterator[Fault]:
    line = line_of(root)
    if not _AMOUNT.match(cells["total"] or ""):
        message = "the payable amount is missing or no plain number"
        yield Fault("einvoice-amount", document.place(line, field="total"), message, _AGAIN)
    if not cells["id"] or not cells["date"]:
        message = "the invoice has no number or no date, so it is no invoice yet"
        yield Fault("einvoice-unnamed", document.place(line), message, _AGAIN)


def _credit_note(root: etree._Element, document: Document) -> Fault:
    message = "this is a credit note: its amount is what the seller owes, and no receipt of a purchase"
    cure = "link it to the refund when the refund is posted"
    return Fault("einvoice-credit-note", document.place(line_of(root)), message, cure, warning=True)


def _given(text: str | None) -> str | None:
    """Return a reference, unless the seller wrote that there is none."""
    return None if text is None or text.lower() in _NOT_GIVEN else text


def _tax(root: etree._Element, layout: _Layout, currency: str | None) -> str | None:
    """Return the tax in the invoice's currency; it may be stated in the accounts' currency too."""
    found = [(tax.get("currencyID"), (tax.text or "").strip()) for tax in children(root, layout.taxes)]
    same = [text for code, text in found if code in (None, currency)]
    return next(iter(same or [text for _, text in found]), None)


def _controls(root: etree._Element, layout: _Layout) -> Iterator[Control]:
    """Hold the payable amount against total, prepayment and rounding (EN 16931, BR-CO-16)."""
    sums = {local(one): (one.text or "").strip() for part in children(root, layout.sums)[:1] for one in part}
    total = sums.get("TaxInclusiveAmount") or sums.get("GrandTotalAmount")
    payable = sums.get("PayableAmount") or sums.get("DuePayableAmount")
    prepaid = sums.get("PrepaidAmount") or sums.get("TotalPrepaidAmount") or "0"
    rounding = sums.get("PayableRoundingAmount") or sums.get("RoundingAmount") or "0"
    if total and payable:
        parts = (total, prepaid, rounding)
        due = Decimal(total) - Decimal(prepaid) + Decimal(rounding) if all(map(_AMOUNT.match, parts)) else None
        found = "amounts that cannot be read" if due is None else f"{due.normalize():f}"
        yield Control("the payable amount", f"{Decimal(payable).normalize():f}", found)
