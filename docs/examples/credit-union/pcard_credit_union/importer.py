"""The card statement of Prairie Lantern Credit Union, as its terminal prints it.

    PRAIRIE LANTERN CU   CARD STATEMENT   MEMBER ****4471   05/2026
    05/04  ACME HARDWARE NO 12            12.50-
    05/09  PAYMENT - THANK YOU            90.00+
    ITEMS 2   NET 77.50+   ENDING BALANCE 2026-05-31 412.50

A minus is a charge, a plus a payment or a credit. The last line states the
number of items and their sum, which the document must agree with.
"""

from __future__ import annotations

import re
from typing import Any

import polars as pl

from pcard.documents import Document
from pcard.errors import Fault
from pcard.frames import Control, Extract, Reading, Skipped

_TITLE = re.compile(r"^PRAIRIE LANTERN CU\s+CARD STATEMENT\s+MEMBER \*+(\d{4})\s+(\d{2})/(\d{4})\s*$")
_ITEM = re.compile(r"^(\d{2})/(\d{2})  (.{28})\s*([\d,]+\.\d{2})([-+])\s*$")
_TRAILER = re.compile(r"^ITEMS (\d+)\s+NET ([\d,]+\.\d{2})([-+])\s+ENDING BALANCE (\S+) (\S+)\s*$")


class CreditUnion:
    """Reads the statement; the ledger types the cells."""

    name = "credit-union"
    version = "1.0.0"

    def identify(self, document: Document) -> bool:
        """Tell by the first line."""
        return document.text.startswith("PRAIRIE LANTERN CU ")

    def extract(self, document: Document) -> Extract:
        """Return items as transactions, the trailer as control figures and as the statement."""
        lines = document.text.splitlines()
        title, trailer = _TITLE.match(lines[0]), _TRAILER.match(lines[-1])
        if title is None or trailer is None:
            place = document.place(1 if title is None else len(lines))
            fault = Fault(
                "credit-union-cut-short", place, "the statement has no title or no last line", "print it again"
            )
            return Extract(self.name, self.version, {}, faults=(fault,))
        member, _, year = title.groups()
        items: list[dict[str, Any]] = []
        skipped = [Skipped(1, "title", lines[0])]
        for number, line in enumerate(lines[1:-1], start=2):
            if found := _ITEM.match(line):
                month, day, merchant, amount, sign = found.groups()
                items.append(
                    {
                        "line": number,
                        "date": f"{year}-{month}-{day}",
                        "amount": f"{sign}{amount}",
                        "merchant": merchant.strip(),
                        "account": member,
                        "card": member,
                    }
                )
            else:
                skipped.append(Skipped(number, "no item", line))
        count, net, sign, closed, balance = trailer.groups()
        skipped.append(Skipped(len(lines), "trailer", lines[-1]))
        cents = sum(int(item["amount"].replace(",", "").replace(".", "")) for item in items)
        found_net = f"{'-' if cents < 0 else '+'}{abs(cents) // 100}.{abs(cents) % 100:02d}"
        statement = {
            "account": member,
            "kind": "card",
            "closed": closed,
            "closing_balance": balance,
            "line": len(lines),
        }
        return Extract(
            self.name,
            self.version,
            {
                "transactions": _frame(items),
                "statements": _frame([statement]),
            },
            reading=Reading(negate=True),
            readings={"statements": Reading()},
            skipped=tuple(skipped),
            controls=(
                Control("items", count, str(len(items))),
                Control("net", f"{sign}{net.replace(',', '')}", found_net),
            ),
        )


def _frame(rows: list[dict[str, Any]]) -> pl.DataFrame:
    return pl.DataFrame(rows).with_columns(pl.col("line").cast(pl.Int32))
