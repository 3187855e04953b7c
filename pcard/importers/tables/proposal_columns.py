"""Which column of an unknown table is which: by its heading, else by what stands in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from pcard.importers.tables.grids import Grid
from pcard.importers.tables.headers import header_key
from pcard.importers.tables.profiles import NEEDED
from pcard.importers.tables.readings import (
    CREDIT_WORDS,
    DEBIT_WORDS,
    ORDER_WORDS,
    date_orders,
    decimal_marks,
    mostly_negative,
)
from pcard.money import amount_pattern

# The headings that bank portals and ERPs use, nearest first.
_HEADINGS: Mapping[str, tuple[str, ...]] = {
    "date": ("Transaction Date", "Purchase Date", "Trans Date", "Tran Date", "Txn Date", "Date of Transaction", "Date", "Order Date",
             "Booking Date", "Invoice Date", "Datum", "Fecha", "Buchungstag", "Date opération", "Created", "Datetime"),
    "posted": ("Posting Date", "Posted Date", "Post Date", "Date Posted", "Posted", "Settlement Date", "Value Date", "Wertstellung"),
    "amount": ("Transaction Amount", "Billing Amount", "Amount", "Net Amount", "Amount (total)", "Amount USD", "Total",
               "Amount (EUR)", "Betrag", "Importe", "Montant", "Gross Amount", "Gross", "Trans Amount", "Tran Amt", "Value", "Order Net Total", "Order Total", "PO Amount", "Charge"),
    "debit": ("Debit", "Debit Amount", "Debits", "Withdrawal", "Withdrawals", "Débit", "Charges", "Soll"),
    "credit": ("Credit", "Credit Amount", "Credits", "Deposit", "Deposits", "Crédit", "Payments", "Haben"),
    "type": ("D/C", "Dr/Cr", "Debit/Credit", "Debit Credit Indicator", "DB/CR", "CR/DR", "Transaction Type"),
    "merchant": ("Merchant Name", "Merchant", "Payee", "Vendor", "Vendor Name", "Supplier", "Supplier Name", "Name",
                 "Transaction Description", "Description", "Label", "Details"),
    "description": ("Description", "Memo", "Label", "Details", "Concepto", "Libellé", "Verwendungszweck", "Purpose"),
    "id": ("Transaction ID", "Transaction Number", "Reference Number", "Reference", "ID", "Trans ID"),
    "vendor": ("Vendor", "Vendor Name", "Supplier", "Supplier Name"),
    "po_number": ("PO Number", "PO #", "Purchase Order", "Purchase Order Number", "P.O. Number"),
    "card": ("Card Number", "Card", "Account Number (last 4)", "Card No.", "Card No", "Card Last 4", "Last 4", "Card Last Four",
             "Card (last 4)", "Card Ending", "Card Number (last 4)"),
    "cardholder": ("Cardholder", "Cardholder Name", "Card Holder", "Employee", "Employee Name"),
    "account": ("Account", "Account Number", "IBAN", "Cuenta"),
    "currency": ("Currency", "Currency Code", "Devise", "Moneda", "CCY", "Währung"),
    "mcc": ("MCC", "MCC Code", "Merchant Category Code"),
    "site": ("Site", "School", "Department", "Division", "Location", "Agency"),
}  # fmt: skip
_TABLE_COLUMNS = {
    "transactions": ("date", "posted", "merchant", "amount", "id", "card", "cardholder", "account", "currency", "mcc", "site", "po_number"),
    "bank_lines": ("date", "description", "amount", "account", "currency"),
    "orders": ("po_number", "vendor", "date", "amount", "site"),
}  # fmt: skip
_BANK = ("Running Bal.", "Solde", "Saldo", "Kontostand")


@dataclass(frozen=True)
class Guess:
    """The table and columns of a layout as guessed, further settings, what is missing, and doubts in words."""

    table: str
    columns: Mapping[str, Any]
    settings: Mapping[str, Any]
    lacks: Sequence[str]
    doubts: Sequence[str]

    @property
    def has_charges(self) -> bool:
        """Whether anything of it is a day or an amount; without either it is no table of ours."""
        return bool({"date", "posted", "amount"} & self.columns.keys()) or "debit" in self.settings.get("amount", {})


def looks_like_header(grid: Grid, index: int) -> bool:
    """Tell whether a row names columns: several cells, words all, as many as the rows below have."""
    cells = [cell for cell in grid.row(index) if cell]
    below = grid.frame.slice(index + 1, 50)
    filled = int(below.select(pl.sum_horizontal(pl.all().is_not_null().cast(pl.UInt32)).median()).item() or 0)
    words = all(any(char.isalpha() for char in cell) for cell in cells if cell != "#")
    figures = any(_is_figure(cell) for cell in cells)
    return len(cells) > 1 and len(cells) * 10 >= filled * 8 and words and not figures


def _is_figure(cell: str) -> bool:
    return sum(char.isdigit() for char in cell) * 2 > len(cell)


def guess_columns(names: Sequence[str], body: pl.DataFrame, *, workbook: bool) -> Guess:
    """Guess the layout of a table from its headings and its whole columns."""
    keys = {header_key(name): place for place, name in enumerate(names)}
    body = _full_rows(body)
    places = {name: place for name, headings in _HEADINGS.items() if (place := _first(headings, keys)) is not None}
    table = _table(places, keys)
    if table != "transactions" and "posted" in places:
        places.setdefault("date", places["posted"])
    split = "debit" in places and "credit" in places and "amount" not in places
    doubts = _by_content(table, places, names, body, split=split)
    doubts += [
        f"several columns are headed '{name[:-4]}'; the first was taken" for name in names if name.endswith(" (2)")
    ]
    columns = {name: names[places[name]] for name in _TABLE_COLUMNS[table] if name in places}
    settings: dict[str, Any] = {}
    amount: dict[str, Any] = {}
    if split:
        columns.pop("amount", None)
        amount |= {"debit": names[places["debit"]], "credit": names[places["credit"]]}
    amount |= _amount_settings(table, places, names, body, doubts, split=split, workbook=workbook)
    if amount:
        settings["amount"] = amount
    settings["dates"] = _dates(table, places, body, doubts, workbook=workbook)
    lacks = [
        " or ".join(any_of)
        for any_of in NEEDED[table]
        if not any(name in columns for name in any_of) and not (split and any_of == ("amount",))
    ]
    return Guess(table, columns, settings, lacks, doubts)


def _full_rows(body: pl.DataFrame) -> pl.DataFrame:
    """Leave out rows with far fewer cells than most: totals and notes, which would spoil a column."""
    filled = pl.sum_horizontal(pl.all().is_not_null().cast(pl.UInt32))
    return body.filter(filled * 2 > filled.median())


def _first(headings: Sequence[str], keys: Mapping[str, int]) -> int | None:
    return next((keys[key] for heading in headings if (key := header_key(heading)) in keys), None)


def _table(places: Mapping[str, int], keys: Mapping[str, int]) -> str:
    if "po_number" in places and "vendor" in places and "card" not in places and "posted" not in places:
        return "orders"
    card = {"card", "cardholder", "mcc"} & set(places)
    bank = (
        any("balance" in key for key in keys)
        or _first(_BANK, keys) is not None
        or _first(("Withdrawal", "Deposit"), keys) is not None
    )
    return "bank_lines" if bank and not card else "transactions"


def _by_content(
    table: str, places: dict[str, int], names: Sequence[str], body: pl.DataFrame, *, split: bool
) -> list[str]:
    """Find what no heading names by what stands in the columns; each such find is a doubt."""
    doubts: list[str] = []
    taken = set(places.values())
    free = [place for place in range(len(names)) if place not in taken and body[f"c{place}"].count()]
    for name in ("date", "amount", "merchant", "description"):
        missing = name not in places and any(name == any_of[0] for any_of in NEEDED[table])
        if not missing or (name == "amount" and split):
            continue
        found = next((place for place in free if _holds(name, body[f"c{place}"])), None)
        if found is not None:
            places[name] = found
            free.remove(found)
            doubts.append(f"the column '{names[found]}' was taken as the {name} by what stands in it")
    return doubts


def _holds(name: str, column: pl.Series) -> bool:
    if name == "date":
        return bool(date_orders([column]))
    amounts = column.drop_nulls().str.contains(amount_pattern(".")) | column.drop_nulls().str.contains(
        amount_pattern(",")
    )
    if name == "amount":
        return bool(amounts.all()) and bool(column.str.contains(r"[.,][0-9]{2}\b").any())
    return not amounts.any() and column.n_unique() > 1 and not date_orders([column])


def _amount_settings(
    table: str, places: Mapping[str, int], names: Sequence[str], body: pl.DataFrame, doubts: list[str], *,
    split: bool, workbook: bool,
) -> dict[str, Any]:  # fmt: skip
    found = [body[f"c{places[name]}"] for name in (("debit", "credit") if split else ("amount",)) if name in places]
    settings: dict[str, Any] = {}
    marks = decimal_marks(found)
    if not workbook and (len(marks) > 1 or marks[0] == ","):
        settings["decimal"] = "infer" if len(marks) > 1 else ","
    if split or not found:
        return settings
    if kind := _type_column(places, names, body):
        place, (debit, credit) = kind
        settings["type"] = {"from": names[place], "debit": debit, "credit": credit}
    elif table == "bank_lines":
        settings["sign"] = "spend_negative"
    elif table == "transactions" and mostly_negative(found[0], marks[0]):
        settings["sign"] = "spend_negative"
        doubts.append("most amounts are below zero, so spending was taken to be written below zero")
    return settings


def _type_column(
    places: Mapping[str, int], names: Sequence[str], body: pl.DataFrame
) -> tuple[int, tuple[list[str], list[str]]] | None:
    """Return the column that says debit or credit, and its words: by its heading, else the first that says nothing else."""
    free = [place for place in range(len(names)) if place not in places.values()]
    for place in (places["type"], *free) if "type" in places else free:
        if words := _type_words(body[f"c{place}"]):
            return place, words
    return None


def _type_words(column: pl.Series) -> tuple[list[str], list[str]] | None:
    """Return the words for debit and for credit where a column holds nothing else."""
    words = [str(word) for word in column.drop_nulls().unique().sort()]
    debit = [word for word in words if word.lower() in DEBIT_WORDS]
    credit = [word for word in words if word.lower() in CREDIT_WORDS]
    return (debit, credit) if debit and credit and len(debit) + len(credit) == len(words) else None


def _dates(table: str, places: Mapping[str, int], body: pl.DataFrame, doubts: list[str], *, workbook: bool) -> str:
    columns = [
        body[f"c{places[name]}"] for name in ("date", "posted") if name in places and name in _TABLE_COLUMNS[table]
    ]
    orders = date_orders(columns) if columns else ("ymd",)
    if len(orders) == 1 or workbook:
        return orders[0] if orders else "infer"
    if not orders:
        doubts.append("not every row has a date that can be read")
    else:
        doubts.append(f"the dates can be read as {' or as '.join(ORDER_WORDS[order] for order in orders)}")
    return "infer"
