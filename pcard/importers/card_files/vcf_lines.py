"""Visa transactions as lines: signs and kinds by their type code, line items joined to them."""

from __future__ import annotations

import polars as pl

from pcard.importers.card_files.brand_cells import (
    bank_entry_kind,
    cash_or,
    country,
    currency,
    implied,
    last_four,
    mcc,
)

# What each transaction type is: its kind where the code says it (None: the words of the line do), and whether it is a
# credit. 30 takes a payment back that the bank did not get; it is owed again.
TYPES: dict[str, tuple[str | None, bool]] = {
    "10": ("purchase", False), "11": ("credit", True), "20": ("cash_advance", False), "22": (None, False),
    "30": ("payment", False), "31": ("payment", True), "40": (None, False), "50": (None, False),
    "52": (None, False), "54": (None, False), "56": (None, False), "61": ("adjustment", True),
    "62": ("adjustment", False), "63": ("finance_charge", True), "64": (None, False), "65": ("adjustment", True),
    "66": ("adjustment", False), "71": ("credit", True), "73": ("credit", True), "80": (None, False),
    "82": (None, False), "84": (None, False), "86": (None, False), "88": (None, False),
}  # fmt: skip
CREDITS = tuple(code for code, (_, credit) in TYPES.items() if credit)
_KINDS = {code: kind for code, (kind, _) in TYPES.items()}
_KEY = ("account", "posted", "reference", "sequence")
# The pairs of implied decimals of quantity and unit cost that files use; which one holds, the item's total tells.
_DECIMALS = ((4, 4), (0, 2), (4, 2), (2, 2), (0, 4), (2, 4), (3, 2), (3, 4), (0, 0))
# Purchase identifications of rentals and hotels are the merchant's numbers, never the buyer's.
_MERCHANTS_OWN = ("3", "4")


def transactions(lines: pl.DataFrame, items: pl.DataFrame, cards: pl.DataFrame) -> pl.DataFrame:
    """Return the table `transactions` of rows of type 05.

    `items` is what `items` gives; `cards` has `number`, `cardholder`, `billing`.
    """
    negative = pl.col("type").is_in(CREDITS)
    foreign = pl.col("source_currency") != pl.col("currency")
    named = cards.select("number", "cardholder", pl.col("billing").alias("billed_to")).unique("number", keep="last")
    # The wide rows are not copied by the joins, only what is found for them.
    itemised = lines.select(_KEY).join(items, on=_KEY, how="left", nulls_equal=True, maintain_order="left").drop(_KEY)
    held = lines.select("account").join(named, left_on="account", right_on="number", how="left", maintain_order="left")
    own = pl.col("purchase_format").str.strip_chars_start("0").is_in(_MERCHANTS_OWN).fill_null(value=False)
    billing = pl.coalesce(*(last_four(pl.col(name)) for name in ("billing", "billed_to", "account")))
    return (
        lines.hstack(itemised)
        .hstack(held.drop("account"))
        .select(
            "line",
            _identity().alias("id"),
            pl.coalesce(_day("date"), _day("posted")).alias("date"),
            _day("posted").alias("posted"),
            implied(pl.col("amount"), 2, negative).alias("amount"),
            pl.col("supplier").alias("merchant"),
            billing.alias("account"),
            last_four(pl.col("account")).alias("card"),
            "cardholder",
            _kind(negative).alias("kind"),
            currency(pl.col("currency")).alias("currency"),
            pl.when(foreign).then(implied(pl.col("source_amount"), 2, negative)).alias("original_amount"),
            pl.when(foreign).then(currency(pl.col("source_currency"))).alias("original_currency"),
            mcc(pl.col("mcc")).alias("mcc"),
            _filled("reference").alias("reference"),
            pl.coalesce("customer_code", pl.when(~own).then("purchase_id")).alias("po_number"),
            _optional("tax").alias("sales_tax"),
            "city",
            "state",
            country(pl.col("country")).alias("country"),
            pl.col("first_item").alias("description"),
            pl.when(pl.col("memo") == "1").then(pl.lit("true")).alias("memo"),
            pl.col("type").alias("transaction_type"),
            pl.col("order_number").alias("supplier_order"),
            "purchase_id",
            _filled("authorization").alias("authorization"),
            "line_items",
        )
    )


def items(lines: pl.DataFrame) -> pl.DataFrame:
    """Return, for each transaction's key, its line items (rows of type 07) as one text, and the first of them."""
    quantity, cost = _quantity()
    item = pl.coalesce("item", "product", pl.lit("item"))
    told = pl.concat_str(
        pl.concat_str(quantity, pl.lit(" "), pl.col("unit").fill_null("x"), pl.lit(" ")).fill_null(""),
        item,
        pl.concat_str(pl.lit(" @ "), cost).fill_null(""),
        pl.concat_str(pl.lit(" = "), _optional("item_total")).fill_null(""),
    )
    return (
        lines.filter(pl.col("code") != "3")
        .select(*_KEY, item.alias("first_item"), told.alias("line_items"))
        .group_by(_KEY, maintain_order=True)
        .agg(pl.col("first_item").first(), pl.col("line_items").str.join("; "))
    )


def _quantity() -> tuple[pl.Expr, pl.Expr]:
    """Return quantity and unit cost by the first pair of implied decimals whose product is the item's total."""
    quantity, cost, total = (
        pl.col(name).cast(pl.Int128, strict=False) for name in ("quantity", "unit_cost", "item_total")
    )
    counts, costs = [], []
    for of_quantity, of_cost in _DECIMALS:
        scale = 10 ** (of_quantity + of_cost)
        fits = (quantity * cost * 100 - total * scale).abs() <= scale
        counts.append(pl.when(fits & (total > 0)).then(implied(pl.col("quantity"), of_quantity)))
        costs.append(pl.when(fits & (total > 0)).then(implied(pl.col("unit_cost"), of_cost)))
    return pl.coalesce(counts).str.replace(r"\.00$", ""), pl.coalesce(costs)


def _identity() -> pl.Expr:
    """Return what the format says is unique: card, posting date, reference, sequence; null where neither of the last two is given."""
    parts = [last_four(pl.col("account")), pl.col("posted"), _filled("reference"), _filled("sequence")]
    given = _filled("reference").is_not_null() | _filled("sequence").is_not_null()
    return pl.when(given).then(pl.concat_str(parts, separator="-", ignore_nulls=True))


def _kind(negative: pl.Expr) -> pl.Expr:
    """Return the kind by the type code; what the bank itself entered is known by its words."""
    by_code = pl.col("type").replace_strict(list(_KINDS), list(_KINDS.values()), default=None, return_dtype=pl.String)
    no_code = by_code.is_null() | (by_code == "adjustment")
    by_words = bank_entry_kind(pl.col("supplier").fill_null(""), negative, None)
    made_by_bank = no_code & mcc(pl.col("mcc")).is_null()
    is_plain = pl.col("type") == "10"
    return (
        pl.when(is_plain)
        .then(cash_or(by_code, pl.col("mcc")))
        .otherwise(pl.coalesce(pl.when(made_by_bank).then(by_words), by_code))
    )


def _day(name: str) -> pl.Expr:
    return pl.col(name).replace("00000000", None)


def _filled(name: str) -> pl.Expr:
    return pl.when(pl.col(name).str.contains("[^0 ]")).then(name)


def _optional(name: str) -> pl.Expr:
    return implied(_filled(name), 2)
