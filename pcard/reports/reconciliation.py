"""The month itself: what was charged, what is proved, what still needs an answer."""

from __future__ import annotations

from datetime import date

import polars as pl

from pcard.frames import Conclusions, Ledger
from pcard.money import show_cents
from pcard.reports.report import Chart, Figure, Heading, Listing, Section
from pcard.schema import Kind

# Kinds of transaction that a receipt is expected for.
NEEDS_RECEIPT = ("purchase", "cash_advance", "convenience_check")
_CHARGE = (
    Heading("posted", "Posted", Kind.DATE),
    Heading("date", "Bought", Kind.DATE),
    Heading("site", "Site"),
    Heading("cardholder", "Cardholder"),
    Heading("card", "Card"),
    Heading("merchant", "Merchant", wide=True),
    Heading("amount_cents", "Amount", Kind.MONEY, total=True),
)


def of_cycle(ledger: Ledger, cycle: str) -> pl.DataFrame:
    """Return the transactions of one cycle that count (no memo lines), their sites by name."""
    counted = ledger.transactions.filter((pl.col("cycle") == cycle) & ~pl.col("memo"))
    return with_site_names(counted, ledger.sites)


def with_site_names(frame: pl.DataFrame, sites: pl.DataFrame) -> pl.DataFrame:
    """Put each site's name beside its id in the column `site`."""
    named = sites.select("site", site_name=pl.concat_str("site", "name", separator=" "))
    joined = frame.join(named, on="site", how="left", maintain_order="left")
    return joined.with_columns(site=pl.coalesce("site_name", "site")).drop("site_name")


def evidence_state(transactions: pl.DataFrame, found: Conclusions) -> pl.DataFrame:
    """Add `state`: linked, question, no receipt, or not needed; and `evidence`, the receipts proposed or linked.

    The invoice behind a virtual card's payment is with accounts payable: no receipt is asked for.
    """
    is_receipt = pl.col("evidence_kind") == "receipt"
    linked = (
        found.matches.sort("transaction_id", "evidence_id")
        .group_by("transaction_id")
        .agg(
            evidence=pl.col("evidence_id").filter(is_receipt).str.join(";"),
            asked=(pl.col("outcome") == "review").any(),
            probability=pl.col("probability").filter(is_receipt).min(),
        )
        .with_columns(pl.col("evidence").replace("", None))
    )
    answered = found.virtual_cards.filter(pl.col("outcome") == "accepted")["transaction_id"].implode()
    state = (
        pl.when(pl.col("asked"))
        .then(pl.lit("question"))
        .when(pl.col("evidence").is_not_null())
        .then(pl.lit("linked"))
        .when(pl.col("kind").is_in(NEEDS_RECEIPT) & ~pl.col("transaction_id").is_in(answered))
        .then(pl.lit("no receipt"))
        .otherwise(pl.lit("not needed"))
    )
    joined = transactions.join(linked, on="transaction_id", how="left", maintain_order="left")
    return joined.with_columns(state=state)


def summary(ledger: Ledger, found: Conclusions) -> Section:
    """Return the opening section: the month in one sentence and eight figures."""
    charges = evidence_state(of_cycle(ledger, found.cycle), found)
    count = {state: charges.filter(pl.col("state") == state).height for state in ("linked", "question", "no receipt")}
    net = int(charges.filter(~pl.col("kind").is_in(["payment", "transfer", "rebate"]))["amount_cents"].sum())
    flags = flags_of_cycle(charges, found.flags)
    worst = flags.filter(pl.col("severity").is_in(["high", "critical"])).height
    proves = bool(found.proof.height) and bool(found.proof["proves"].all())
    lead = (
        f"{charges.height:,} lines, {show_cents(net)} net of credits. {count['linked']:,} charges have their receipt, "
        f"{count['question']:,} need an answer, {count['no receipt']:,} have no receipt. "
        f"{flags.height:,} possible exceptions, {worst:,} of them serious."
    )
    figures = (
        Figure("Lines in the cycle", charges.height),
        Figure("Charges less credits", net, Kind.MONEY),
        Figure("Linked to a receipt", count["linked"], tone="good"),
        Figure("Need an answer", count["question"], tone="warn" if count["question"] else "good"),
        Figure("Without a receipt", count["no receipt"], tone="warn" if count["no receipt"] else "good"),
        Figure("Possible exceptions", flags.height, tone="warn" if flags.height else "good"),
        Figure("Statement proves", proves, Kind.FLAG, "good" if proves else "bad"),
        Figure("Rebate earned, periods shown", int(found.accruals["amount_cents"].sum()), Kind.MONEY),
    )
    by_site = (
        charges.filter(pl.col("kind").is_in(["purchase", "credit"])).group_by("site").agg(pl.col("amount_cents").sum())
    )
    bars = by_site.sort("amount_cents", "site", descending=[True, False]).rows()
    chart = Chart("Charges less credits by site", Kind.MONEY, tuple((site or "no site", cents) for site, cents in bars))
    return Section("summary", "The month at a glance", lead, figures, (chart,))


def flags_of_cycle(charges: pl.DataFrame, flags: pl.DataFrame) -> pl.DataFrame:
    """Return the flags that concern at least one of these charges."""
    ids = flags.select("flag_id", transaction_id=pl.col("transaction_ids").str.split(";")).explode("transaction_id")
    concerned = ids.join(charges.select("transaction_id"), on="transaction_id", how="semi")["flag_id"].unique()
    return flags.filter(pl.col("flag_id").is_in(concerned.implode()))


def proof(ledger: Ledger, found: Conclusions) -> Section:
    """Return the tie-out: opening + charges - credits - payments = closing = the bank's figure."""
    proved = found.proof.filter(pl.col("proves")).height
    lead = (
        f"{proved} of {found.proof.height} billing accounts prove to the cent."
        if found.proof.height
        else "No statement balance was imported for this cycle, so nothing can be proved."
    )
    money = [name for name in found.proof.columns if name.endswith("_cents")]
    headings = (
        Heading("account", "Account"),
        *(Heading(name, _words(name.removesuffix("_cents")), Kind.MONEY) for name in money),
        Heading("proves", "Proves", Kind.FLAG),
        Heading("explanation", "Explained by", wide=True),
    )
    listings = [
        Listing("proof", "Proof per billing account", headings, found.proof, "No statement balance was imported.")
    ]
    for name, title, frame in (
        ("payments", "Payments and what paid them", _with_places(found.payments, ledger)),
        ("one_sided", "On one side only", found.one_sided.drop("id")),
    ):
        listings.append(Listing(name, title, headings_of(frame), frame, "Nothing."))
    return Section("proof", "The statement, proved", lead, listings=tuple(listings))


def _with_places(payments: pl.DataFrame, ledger: Ledger) -> pl.DataFrame:
    """Say of each payment's evidence where it stands, instead of its internal id."""
    told = payments
    for column, records in (("bank_lines", ledger.bank_lines), ("ap_payments", ledger.ap_payments)):
        place = pl.concat_str("document", pl.lit(" line "), "line")
        named = records.select(pl.col("identity").alias(column), place.alias("place"))
        places = (
            payments.select("transaction_id", pl.col(column).str.split(";"))
            .explode(column)
            .join(named, on=column)
            .sort("transaction_id", "place")
            .group_by("transaction_id", maintain_order=True)
            .agg(pl.col("place").str.join(", ").alias(column))
        )
        told = told.drop(column).join(places, on="transaction_id", how="left", maintain_order="left")
    return told.select(payments.columns)


def questions(ledger: Ledger, found: Conclusions) -> Section:
    """Return the links that pcard proposes and does not make: each needs a person's answer."""
    charges = of_cycle(ledger, found.cycle)
    asked = found.matches.filter(pl.col("outcome") == "review").join(
        charges.select("transaction_id", *(h.column for h in _CHARGE)), on="transaction_id", suffix="_charge"
    )
    frame = asked.sort("probability", "transaction_id", descending=[True, False])
    headings = (
        Heading("transaction_id", "Charge"),
        *_CHARGE[:1],
        *(Heading(h.column, h.title) for h in _CHARGE[2:6]),
        Heading("amount_cents_charge", "Amount", Kind.MONEY),
        Heading("evidence_kind", "Proposed", brief=False),
        Heading("evidence_id", "Its id"),
        Heading("probability", "How sure", Kind.NUMBER),
        Heading("runner_up_id", "Next best"),
        Heading("explanation", "Why", wide=True),
    )
    count = frame["transaction_id"].n_unique()
    lead = f"{count} charges wait for an answer; the likeliest come first." if count else "No open questions."
    listing = Listing("questions", "Questions", headings, frame, "No open questions.")
    return Section("questions", "Needs an answer", lead, listings=(listing,))


def missing(ledger: Ledger, found: Conclusions, as_of: date) -> Section:
    """Return charges without any receipt, by how long they have waited."""
    charges = evidence_state(of_cycle(ledger, found.cycle), found)
    frame = (
        charges.filter(pl.col("state") == "no receipt")
        .with_columns(days=(pl.lit(as_of) - pl.col("posted")).dt.total_days().cast(pl.Int32))
        .sort("days", "transaction_id", descending=[True, False])
    )
    headings = (Heading("transaction_id", "Charge"), *_CHARGE, Heading("days", "Days open", Kind.COUNT))
    by_site = frame.group_by("site").agg(pl.len()).sort("len", "site", descending=[True, False]).rows()
    chart = Chart("Missing receipts by site", Kind.COUNT, tuple((site or "no site", n) for site, n in by_site))
    total = show_cents(int(frame["amount_cents"].sum()))
    lead = f"{frame.height} charges, {total}, have no receipt." if frame.height else "Every charge has its receipt."
    listing = Listing("missing_receipts", "Missing receipts", headings, frame, "Every charge has its receipt.")
    return Section("missing", "Missing receipts", lead, charts=(chart,) if by_site else (), listings=(listing,))


def every_charge(ledger: Ledger, found: Conclusions) -> Section:
    """Return every line of the cycle with its evidence: the clerk's working list."""
    frame = evidence_state(of_cycle(ledger, found.cycle), found).sort("posted", "transaction_id")
    headings = (
        Heading("transaction_id", "Charge"),
        *_CHARGE,
        Heading("kind", "Kind"),
        Heading("fund", "Fund"),
        Heading("state", "Receipt"),
        Heading("evidence", "Linked or proposed"),
        Heading("probability", "How sure", Kind.NUMBER),
        Heading("document", "Document"),
        Heading("line", "Line", Kind.COUNT),
    )
    listing = Listing("charges", "Every line of the cycle", headings, frame, "The cycle has no lines.")
    return Section("charges", "Every line", f"{frame.height} lines, each with where it came from.", listings=(listing,))


def cut_off(found: Conclusions) -> Section:
    """Return charges made in one fiscal year and posted or billed in the next."""
    frame = found.cutoff
    money = "amount_cents" in frame.columns
    total = show_cents(int(frame["amount_cents"].sum())) if money else "0.00"
    lead = f"{frame.height} charges, {total}, cross the year end." if frame.height else "Nothing crosses the year end."
    listing = Listing("cutoff", "Across the year end", headings_of(frame), frame, "Nothing crosses the year end.")
    return Section("cutoff", "Year-end cut-off", lead, listings=(listing,))


def headings_of(frame: pl.DataFrame) -> tuple[Heading, ...]:
    """Return plain headings for a frame: its own column names as words, kinds from its types."""
    kinds: dict[type[pl.DataType], Kind] = {pl.Date: Kind.DATE, pl.Boolean: Kind.FLAG, pl.Float64: Kind.NUMBER}
    return tuple(
        Heading(
            name,
            _words(name.removesuffix("_cents")),
            Kind.MONEY
            if name.endswith("_cents")
            else kinds.get(dtype.base_type(), Kind.COUNT if dtype.is_integer() else Kind.TEXT),
        )
        for name, dtype in frame.schema.items()
    )


def _words(name: str) -> str:
    return name.replace("_", " ").capitalize()
