"""Whose a charge is: its card among the cards known, its holder, and who bought.

Last four digits are not unique. A charge is linked to a card only where its
account, its holder's name or the card's dates leave one; else the card is a
question and nothing is taken from it. A file of a single card calls the card
itself the account; the billing account is then the one the card is known under.
"""

from __future__ import annotations

import polars as pl

AMBIGUOUS = "ambiguous card"


def folded_name(name: pl.Expr) -> pl.Expr:
    """Return a person's name without case, accents, signs and order: `Smith, Ana` is `ANA SMITH`."""
    plain = name.str.normalize("NFKD").str.replace_all(r"\p{M}+", "").str.to_uppercase()
    return plain.str.replace_all(r"[^\p{L}\p{N}]+", " ").str.strip_chars().str.split(" ").list.sort().list.join(" ")


def with_cards(
    transactions: pl.DataFrame, cards: pl.DataFrame, people: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Add card_record, profile, card_site, is_ambiguous and card_key; fill account and cardholder from the card.

    The cardholder is the one the card list names, else the person of the name
    the bank prints, else that name. Returns the transactions and the QUESTIONS
    about cards.
    """
    own_account = (pl.col("account") == pl.col("card")).fill_null(value=True)
    billing = pl.col("card").is_in(cards["account"].drop_nulls().implode()) & ~pl.col("card").is_in(
        cards["card"].implode()
    )
    linked = _linked(transactions, cards)
    joined = transactions.join(linked, on="transaction_id", how="left", maintain_order="left").with_columns(
        pl.coalesce(
            pl.when(~own_account).then("account"), "card_account", "account", pl.when(billing).then("card")
        ).alias("account"),
        # Payments and the like stand on the billing account, which is nobody's card.
        pl.when(billing).then(None).otherwise("card").alias("card"),
        pl.coalesce("holder", _person_of("cardholder", people), "cardholder").alias("cardholder"),
        pl.col("is_ambiguous").fill_null(value=False),
    )
    names = joined.select(pl.col("cardholder").unique().drop_nulls()).with_columns(
        folded_name(pl.col("cardholder")).alias("folded")
    )
    keyed = joined.join(names, on="cardholder", how="left", maintain_order="left").with_columns(
        _card_key().alias("card_key")
    )
    return keyed.drop("card_account", "holder", "folded"), _questions(keyed)


def _person_of(column: str, people: pl.DataFrame) -> pl.Expr:
    """Return the person of each printed name; null where nobody, or more than one, has it."""
    named = people.select("person", folded_name(pl.col("name")).alias("folded")).drop_nulls()
    unique = named.filter(pl.col("folded").is_unique()).sort("folded")
    if unique.is_empty():
        return pl.lit(None, pl.String)
    return folded_name(pl.col(column)).replace_strict(
        unique["folded"], unique["person"], default=None, return_dtype=pl.String
    )


def _linked(transactions: pl.DataFrame, cards: pl.DataFrame) -> pl.DataFrame:
    """Return per transaction whose card is known: the card's facts, or none of them where several fit."""
    known = cards.select(
        "card", pl.col("account").alias("card_account"), pl.col("cardholder").alias("holder"), "profile",
        pl.col("site").alias("card_site"), "opened", "closed", pl.col("identity").alias("card_record"),
    )  # fmt: skip
    charges = transactions.select("transaction_id", "card", "account", "cardholder", "date")
    fits = charges.join(known, on="card").filter(
        pl.col("account").is_null()
        | pl.col("card_account").is_null()
        | (pl.col("account") == pl.col("card_account"))
        | (pl.col("account") == pl.col("card"))
    )
    # Nearly every charge fits one card; only the others are looked at closely.
    candidates = pl.len().over("transaction_id")
    facts = ("transaction_id", "card_account", "holder", "profile", "card_site", "card_record")
    sure = fits.filter(candidates == 1).select(*facts, pl.lit(value=False).alias("is_ambiguous"))
    return pl.concat([sure, _told_apart(fits.filter(candidates > 1)).select(*facts, "is_ambiguous")])


def _told_apart(fits: pl.DataFrame) -> pl.DataFrame:
    """Return one row per transaction that several cards fit: the card that holder and dates leave, else no facts."""
    fits = _narrow(fits, folded_name(pl.col("cardholder")) == folded_name(pl.col("holder")))
    in_force = (pl.col("opened").is_null() | (pl.col("opened") <= pl.col("date"))) & (
        pl.col("closed").is_null() | (pl.col("date") <= pl.col("closed"))
    )
    fits = _narrow(fits, in_force)
    # Several rows for one card and holder are its history: the one opened last holds.
    last = fits.sort("opened", "card_record", nulls_last=False).group_by("transaction_id", maintain_order=True)
    one = pl.struct("card_account", "holder").n_unique() == 1
    return last.agg(
        *(
            pl.when(one).then(pl.col(name).last()).alias(name)
            for name in ("card_account", "holder", "profile", "card_site", "card_record")
        ),
        (~one).alias("is_ambiguous"),
    )


def _narrow(fits: pl.DataFrame, right: pl.Expr) -> pl.DataFrame:
    """Keep the candidates for which `right` holds, of transactions that have one."""
    marked = fits.with_columns(right.fill_null(value=False).alias("right"))
    return marked.filter(pl.col("right") | ~pl.col("right").any().over("transaction_id")).drop("right")


def _card_key() -> pl.Expr:
    """The issuer's own id; else account and last four, with the holder where two holders share them."""
    number = pl.concat_str(pl.col("account").fill_null(""), pl.lit("-"), "card")
    shared = pl.col("folded").drop_nulls().n_unique().over("account", "card") > 1
    told_apart = (
        pl.when(shared & pl.col("folded").is_not_null())
        .then(pl.concat_str(number, pl.lit("-"), "folded"))
        .otherwise(number)
    )
    is_number = pl.col("card").str.contains(r"^[0-9]{1,4}$")
    return pl.when(is_number).then(told_apart).otherwise("card")


def _questions(keyed: pl.DataFrame) -> pl.DataFrame:
    unclear = keyed.filter("is_ambiguous").group_by("card_key").agg(pl.len().alias("count"))
    question = pl.concat_str(
        pl.lit("several cards end in these digits; charges that name neither account nor holder of one: "), "count"
    )
    return unclear.select(pl.lit("card").alias("about"), pl.col("card_key").alias("id"), question.alias("question"))


def with_buyers(transactions: pl.DataFrame, custody: pl.DataFrame, orders: pl.DataFrame) -> pl.DataFrame:
    """Add buyer and buyer_from: the custody log's person, else the order's requester, else the cardholder.

    Of a blanket order nobody is the requester.
    """
    # A standing order is drawn on by many: who asked for it bought nothing yet.
    single = orders.filter(pl.col("kind").ne_missing("blanket"))
    requesters = single.select(_reference("po_number").alias("reference_key"), "requester").drop_nulls()
    requesters = requesters.sort("reference_key", "requester").unique(
        "reference_key", keep="first", maintain_order=True
    )
    found = (
        transactions.join(_signed_out(transactions, custody), on="transaction_id", how="left", maintain_order="left")
        .with_columns(_reference("po_number").alias("reference_key"))
        .join(requesters, on="reference_key", how="left", maintain_order="left")
    )
    came_from = (
        pl.when(pl.col("person").is_not_null()).then(pl.lit("custody"))
        .when(pl.col("requester").is_not_null()).then(pl.lit("order"))
        .when(pl.col("cardholder").is_not_null()).then(pl.lit("cardholder"))
        .when("is_ambiguous").then(pl.lit(AMBIGUOUS))
    )  # fmt: skip
    buyer = pl.coalesce("person", "requester", "cardholder").alias("buyer")
    return found.with_columns(buyer, came_from.alias("buyer_from")).drop("person", "requester", "reference_key")


def _reference(column: str) -> pl.Expr:
    return pl.col(column).str.to_uppercase().str.replace_all(r"\s+", "")


def _signed_out(transactions: pl.DataFrame, custody: pl.DataFrame) -> pl.DataFrame:
    """Return who had the card on the day of purchase; on a day it changed hands, who took it last."""
    charges = transactions.filter(~pl.col("is_ambiguous")).select("transaction_id", "card", "date")
    held = charges.join(custody.select("card", "person", "out", "in"), on="card").filter(
        (pl.col("out") <= pl.col("date")) & (pl.col("in").is_null() | (pl.col("date") <= pl.col("in")))
    )
    latest = held.filter(pl.col("out") == pl.col("out").max().over("transaction_id"))
    return latest.group_by("transaction_id").agg(
        pl.when(pl.col("person").n_unique() == 1).then(pl.col("person").first())
    )
