"""The records of a CDF3 file: one line for each financial record, the accounts, header and trailer.

Records are known by the four digits their names end in, so S3DF, and a sender's own prefix, read alike.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl
from lxml import etree

from pcard.documents import Document
from pcard.importers.card_files.brand_cells import figure, implied_value
from pcard.importers.card_files.cdf3_lines import transactions
from pcard.importers.xml_documents import elements, line_of

_BATCH = 2000
_READ = (
    "TransmissionHeader_1000", "AccountEntity", "AccountInformation_4300", "FinancialTransactionEntity",
    "FinancialAdjustmentRecord_5900", "TransmissionTrailer_9999",
)  # fmt: skip
# Elements of the records 5000, 5001 and 5900 that are read: our name for each.
_TEXTS = {
    "ProcessorTransactionId": "processor_id", "MasterCardFinancialTransactionId": "brand_id",
    "AcquirerReferenceData": "reference", "CardHolderTransactionType": "type", "PostingDate": "posted",
    "TransactionDate": "date", "ProcessingDate": "handled", "DebitOrCreditIndicator": "indicator",
    "MaintenanceCode": "maintenance", "CustomerCode": "customer_code", "CustomerRefValue1": "customer_reference",
    "CardAcceptorReferenceNum": "merchant_reference", "AlternateAccountNumber": "card",
    "AlternateAccountType": "card_type", "EmployeeId": "employee", "CardAcceptorName": "merchant",
    "LegalCorporationName": "corporation", "CardAcceptorCity": "city", "CardAcceptorStateProvince": "state",
    "CardAcceptorCountryCode": "country", "CardAcceptorBusinessCode": "mcc", "AdjustmentDescription": "adjustment",
    "IssuerTransactionCode": "issuer_code",
    "PostedCurrencyCode": "posted_code", "BillingCurrencyCode": "billed_code",
    "OriginalCurrencyCode": "original_code",
}  # fmt: skip
_AMOUNTS = {
    "AmountInPostedCurrency": "amount", "AmountInBillingCurrency": "billed", "AmountInOriginalCurrency": "original",
    "TotalTaxAmount": "tax",
}  # fmt: skip
_COLUMNS = (
    *_TEXTS.values(), *_AMOUNTS.values(), *(f"{name}_exponent" for name in _AMOUNTS.values()),
    *(f"{name}_currency" for name in _AMOUNTS.values()), "amount_sign", "record", "account", "cardholder",
    "first_item", "line_items",
)  # fmt: skip
_HOLDER_TEXTS = {
    "NameLine1": "cardholder", "EmployeeId": "employee", "EffectiveDate": "opened", "ExpirationDate": "expires",
    "CreditLimit": "limit",
}  # fmt: skip
_HOLDER_COLUMNS = ("account", *_HOLDER_TEXTS.values(), "limit_exponent")


@dataclass
class Records:
    """What a CDF3 file holds: lines of the records 5000 and 5900 (`cdf3_lines`), a row of `accounts` for each 4300."""

    root: str
    transactions: pl.DataFrame
    accounts: pl.DataFrame
    header: dict[str, str]
    header_line: int | None
    trailer: dict[str, str] | None
    count: int


@dataclass
class _Reader:
    """Takes finished elements one by one, keeps their cells, and empties them."""

    cardholder: str | None = None
    count: int = 0
    header_line: int | None = None
    header: dict[str, str] = field(default_factory=dict)
    trailer: dict[str, str] | None = None
    rows: list[dict[str, object]] = field(default_factory=list)
    frames: list[pl.DataFrame] = field(default_factory=list)
    holders: list[dict[str, object]] = field(default_factory=list)

    def take(self, name: str, element: etree._Element) -> None:
        match name:
            case "FinancialTransactionEntity":
                self._charge(element)
                _forget(element)
            case "FinancialAdjustmentRecord_5900":
                self.rows.append(self._row(element) | _adjustment(element) | {"record": "5900"})
                element.clear()
            case "AccountInformation_4300":
                self._holder(element)
            case "AccountEntity":
                self.count += sum(1 for one in element.iter() if _is_record(one))
                self.cardholder = None
                _forget(element)
            case "TransmissionHeader_1000":
                self.header, self.header_line = _texts(element), line_of(element)
            case "TransmissionTrailer_9999":
                exponents = {f"{_name(one)}_exponent": one.get("CurrencyExponent", "") for one in element}
                self.trailer = exponents | _texts(element)
        if len(self.rows) >= _BATCH:
            self.flush()

    def flush(self) -> None:
        # Lines have half the columns of the records, and an empty cell takes as much memory as a short one.
        self.frames.append(transactions(_frame(self.rows, _COLUMNS)))
        self.rows.clear()

    def _charge(self, entity: etree._Element) -> None:
        row = self._row(entity) | {"processor_id": entity.get("ProcessorTransactionId"), "record": "5000"}
        items: list[tuple[str, str]] = []
        for record in entity.iter():
            if not _is_record(record):
                continue
            self.count += 1
            if record.tag.endswith("_5010"):
                items.append(_item(record))
            elif record.tag.endswith("_5000"):
                row |= _cells(record)
            elif record.tag.endswith("_5001"):
                row = _cells(record) | row
            elif record.tag.endswith("_5300") and "tax" not in row:
                tax = record.find("{*}TaxAmount")
                row |= {} if tax is None else _money(tax, "tax")
        if items:
            row |= {"first_item": items[0][0], "line_items": "; ".join(text for _, text in items)}
        self.rows.append(row)

    def _row(self, element: etree._Element) -> dict[str, object]:
        return {"line": element.sourceline, "account": _account(element), "cardholder": self.cardholder}

    def _holder(self, record: etree._Element) -> None:
        texts = _texts(record)
        self.cardholder = texts.get("NameLine1") or None
        limit = record.find("{*}CreditLimit")
        exponent = None if limit is None else limit.get("CurrencyExponent")
        named: dict[str, object] = {name: texts.get(tag) for tag, name in _HOLDER_TEXTS.items()}
        self.holders.append(named | {"line": line_of(record), "account": _account(record), "limit_exponent": exponent})


def read_records(document: Document) -> Records:
    """Read a CDF3 or S3DF file.

    Raises:
        Refused: it is no well-formed XML, or has a document type.
    """
    reader = _Reader()
    root: etree._Element | None = None
    for element in elements(document, _READ):
        root = element.getroottree().getroot() if root is None else root
        reader.take(_name(element), element)
    reader.flush()
    rest = 0 if root is None else sum(1 for one in root.iter() if _is_record(one))
    return Records(
        root="" if root is None else _name(root),
        transactions=pl.concat(reader.frames),
        accounts=_frame(reader.holders, _HOLDER_COLUMNS),
        header=reader.header,
        header_line=reader.header_line,
        trailer=reader.trailer,
        count=reader.count + rest,
    )


def _frame(rows: list[dict[str, object]], names: tuple[str, ...]) -> pl.DataFrame:
    schema = {"line": pl.Int32} | dict.fromkeys(names, pl.String)
    return pl.DataFrame([[row.get(name) or None for name in schema] for row in rows], schema, orient="row")


def _forget(element: etree._Element) -> None:
    """Empty a finished element and drop the empty one before it, so that memory does not grow with the file."""
    element.clear()
    before, parent = element.getprevious(), element.getparent()
    if before is not None and parent is not None and before.tag == element.tag:
        parent.remove(before)


def _name(element: etree._Element) -> str:
    """Return the local name; every element passes here, so it is cheap."""
    return element.tag.rpartition("}")[2]


def _account(element: etree._Element) -> str | None:
    """Return the number of the account an element belongs to."""
    owner = next(element.iterancestors("{*}AccountEntity"), None)
    return None if owner is None else (owner.get("AccountNumber") or "").strip()


def _is_record(element: etree._Element) -> bool:
    """Tell records by the four digits their names end in."""
    return element.tag[-5:-4] == "_" and element.tag[-4:].isdecimal()


def _texts(element: etree._Element) -> dict[str, str]:
    return {_name(one): (one.text or "").strip() for one in element.iter()}


def _cells(record: etree._Element) -> dict[str, object]:
    """Return the elements of a record that are read, amounts with exponent and currency; the first of a name counts."""
    cells: dict[str, object] = {}
    for one in record.iter():
        name = _name(one)
        if name in _TEXTS:
            cells.setdefault(_TEXTS[name], (one.text or "").strip())
        elif name in _AMOUNTS:
            cells |= _money(one, _AMOUNTS[name])
    return cells


def _money(element: etree._Element, name: str) -> dict[str, object]:
    found: dict[str, object] = {
        name: (element.text or "").strip(),
        f"{name}_exponent": element.get("CurrencyExponent"),
        f"{name}_currency": element.get("CurrencyCode"),
    }
    return found | ({"amount_sign": element.get("CurrencySign")} if name == "amount" else {})


def _adjustment(record: etree._Element) -> dict[str, object]:
    """Return the cells of an adjustment (5900); senders name its amount and its date in several ways."""
    cells = _cells(record)
    amounts = [one for one in record.iter() if one.get("CurrencyExponent") is not None]
    if "amount" not in cells and "billed" not in cells and amounts:
        cells |= _money(amounts[0], "amount")
    if not {"posted", "date", "handled"} & cells.keys():
        days = (one.text for one in record.iter() if one.tag.endswith("Date") and "Load" not in one.tag)
        cells["posted"] = next(days, None)
    cells.setdefault("indicator", cells.get("amount_sign"))
    return cells


def _item(record: etree._Element) -> tuple[str, str]:
    """Return what a line item (5010) is, and all that is told of it in one text."""
    told = {_name(one): _number(one) for one in record.iter() if (one.text or "").strip()}
    item = told.get("ItemDescription") or told.get("ProductCode") or "item"
    quantity, unit = told.get("ItemQuantity"), told.get("ItemUnitOfMeasure") or "x"
    count = f"{quantity} {unit} " if quantity else ""
    amount = told.get("ExtendedItemAmount")
    return item, f"{count}{item}" + (f" = {amount}" if amount else "")


def _number(element: etree._Element) -> str:
    text = (element.text or "").strip()
    amount = implied_value(text, element.get("CurrencyExponent"))
    count = implied_value(text, element.get("Exponent"))
    return figure(amount) if amount is not None else f"{count.normalize():f}" if count is not None else text
