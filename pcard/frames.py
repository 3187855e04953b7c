"""The schema at each border, in the data's order.

The model in ten lines:

    A *document* is one imported file. Its importer finds *lines* in it: text cells under our names (`Extract`).
    The ledger types them once - cents, dates, last four digits, identities - into *records* (`RECORDS`):
    *transactions* of card accounts, *statements* about them, *bank lines* of the district's own account,
    the *evidence* (receipts, orders), and who is who (cards, people, sites, vendors).
    A `Ledger` is all records together, each transaction with its cycle, buyer, site and merchant key.
    A *match* links a transaction with a piece of evidence, with a probability and an outcome.
    A *flag* is what one rule says about one transaction or group: a question until a person disposes of it.
    An *accrual* is what a rebate program earns in a period per bucket; a *share* is a site's and fund's part.
    A *decision* is any act of a person. Records and decisions are stored; all else is computed from them.
    Money is cents, spending is positive; every record names its document and line.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from pcard.errors import Fault
from pcard.money import DecimalMark
from pcard.schema import Table, columns

# What every record carries about where it came from. `identity` is taken once, at import,
# from the source's own reference or the raw cells, and never recomputed.
_ORIGIN = columns("identity! document! line:count!")


def _record(name: str, key: str, spec: str, aliases: Mapping[str, str] | None = None) -> Table:
    """Declare a record table: `spec` is its contract with files."""
    return Table(name, (*columns(spec), *_ORIGIN), tuple(key.split()), aliases or {})


# -- 1  documents -> lines -> records ------------------------------------------------------------

KINDS = (
    "purchase", "credit", "fee", "finance_charge", "cash_advance", "convenience_check",
    "payment", "adjustment", "transfer", "rebate",
)  # fmt: skip

TRANSACTIONS = _record("transactions", "transaction_id",
    "transaction_id! id date:date! posted:date! amount:money! merchant! account card cardholder site kind!"
    " currency original_amount:money original_currency mcc reference po_number sales_tax:money city state country"
    " description large_ticket:flag fund memo:flag! extra")  # fmt: skip
STATEMENTS = _record("statements", "account closed document",
    "account! kind! opened:date closed:date! cycle opening_balance:money closing_balance:money credit_limit:money"
    " minimum_due:money due:date charges:money credits:money payments:money count:count currency")  # fmt: skip
BANK_LINES = _record(
    "bank_lines", "identity", "date:date! amount:money! description! account reference type currency kind"
)
RECEIPTS = _record("receipts", "id",
    "id! vendor date:date total:money file transaction kind tax:money cardholder card site po_number order_number"
    " purpose received_by description")  # fmt: skip
ORDERS = _record("orders", "po_number",
    "po_number! vendor! date:date! amount:money! kind open_amount:money site requester approver approved_on:date"
    " status fund")  # fmt: skip
CARDS = _record(
    "cards",
    "identity",
    "card! cardholder! type custodian replaces account site profile approver single_limit:money cycle_limit:money"
    " amount:money opened:date closed:date ends:date",
)
SITES = _record("sites", "site", "site! name! enrollment:count fund")
PEOPLE = _record("people", "person", "person! name email language reports_to employed_from:date employed_to:date site")
VENDORS = _record("vendors", "vendor", "vendor! name! accepts_po:flag accepts_card:flag contract:flag tax_id_last4")
AP_PAYMENTS = _record(
    "ap_payments",
    "identity",
    "vendor! date:date! amount:money! payment_no method status payee_type invoice po_number fund",
)
CODING = _record(
    "coding",
    "transaction line_no",
    "transaction! line_no! amount:money! account_code site fund purpose",
    aliases={"line": "line_no"},
)
APPROVALS = _record("approvals", "identity", "transaction po_number step! person! on:date!")
CUSTODY = _record("custody", "identity", "card! person! out:date! in:date purpose")
DISPUTES = _record(
    "disputes", "transaction", "transaction! opened:date! reason provisional_credit:money final:date reversed:flag"
)
# The bank's own report of a rebate: a row a charge (with its date) or a row a rebate type; `rate` as it is written.
REBATE_REPORTS = _record("rebate_reports", "identity",
    "rebate_type! amount:money! rebate:money rate date:date merchant reference period credits:money write_offs:money"
    " extra")  # fmt: skip

RECORDS: Mapping[str, Table] = {
    table.name: table
    for table in (
        TRANSACTIONS, STATEMENTS, BANK_LINES, RECEIPTS, ORDERS, CARDS, SITES, PEOPLE, VENDORS, AP_PAYMENTS, CODING,
        APPROVALS, CUSTODY, DISPUTES, REBATE_REPORTS,
    )
}  # fmt: skip

REFUSALS = Table(
    "refusals",
    columns("document! line:count table state! code! field value message! cure! amount:money"),
    ("document", "line", "code", "field"),
)


@dataclass(frozen=True, slots=True)
class Reading:
    """How a document's cells are to be read; settled by its format or its profile."""

    decimal_mark: DecimalMark = "."
    date_formats: tuple[str, ...] = ("%Y-%m-%d",)
    negate: bool = False  # the source writes spending as negative
    thousands: bool = True  # `1,234` is a thousand; where False it is refused as ambiguous
    on_bad_line: str = "refuse"  # or "skip": such lines are listed and counted


@dataclass(frozen=True, slots=True)
class Control:
    """A figure that the document states about itself, beside the figure its lines give."""

    name: str
    stated: str
    found: str

    @property
    def agrees(self) -> bool:
        """Whether the document and its lines agree."""
        return self.stated == self.found


@dataclass(frozen=True, slots=True)
class Skipped:
    """A line that is no record - a preamble, a subtotal, a trailer - and why; `amount` where it shows one."""

    line: int
    reason: str
    text: str = ""
    amount: str | None = None


@dataclass(frozen=True)
class Extract:
    """What an importer found in one document: cells as text under the tables' file names.

    `lines` maps a record table's name to a frame of text columns named as in files, plus `line` (Int32,
    1-based, where in the document the row starts). A column a table does not know is kept in `extra` by the
    ledger. `cut` holds the full account numbers the importer shortened to four digits, so that the kept original
    can be redacted (in memory only); `kept` is kept in its place where they cannot be cut out of it.
    """

    importer: str
    version: str
    lines: Mapping[str, pl.DataFrame]
    reading: Reading = Reading()
    readings: Mapping[str, Reading] = field(default_factory=dict)  # per table, where it differs
    skipped: tuple[Skipped, ...] = ()
    controls: tuple[Control, ...] = ()
    faults: tuple[Fault, ...] = ()
    cut: frozenset[str] = frozenset()
    unique_ids: bool = False  # the source promises that its ids are unique in this layout
    kept: bytes | None = None


# -- 2  records -> Ledger ------------------------------------------------------------------------

# What the ledger adds to each transaction; pure, from the other records.
ENRICHED = Table(
    "ledger_transactions",
    (
        *TRANSACTIONS.columns,
        *columns(
            "cycle! merchant_key! buyer buyer_from site_from fund_from card_key card_record profile card_site"
            " days_to_post:count!"
        ),
    ),
    ("transaction_id",),
)
# The parts of a transaction by site and fund; they sum to it. `source`: coding, transaction or card.
ALLOCATIONS = Table(
    "allocations",
    columns("transaction_id! line_no! amount:money! account_code site fund purpose source!"),
    ("transaction_id", "line_no"),
)
# The billing cycles in order: from the statements where they say so, else from the closing day.
CYCLES = Table("cycles", columns("cycle! opened:date! closed:date!"), ("cycle",))
# Lines that belong to another line. `kind`: refund, provisional_credit, reversal, foreign_fee; `choices`: how many
# charges would do; `state`: what it leaves (refunded in part, open until the dispute is final, ...).
RELATED = Table("related", columns(
    "transaction_id! kind! charge_id! amount:money! outcome! state! choices:count! explanation!"),
    ("transaction_id", "kind", "charge_id"))  # fmt: skip
# What assembling could not settle without a person: `about` names the record, `id` which one.
QUESTIONS = Table("questions", columns("about! id! question!"), ("about", "id", "question"))


@dataclass(frozen=True)
class Ledger:
    """All records together. Every frame has its border's schema and is sorted by its key."""

    transactions: pl.DataFrame = field(default_factory=ENRICHED.empty)
    allocations: pl.DataFrame = field(default_factory=ALLOCATIONS.empty)
    cycles: pl.DataFrame = field(default_factory=CYCLES.empty)
    statements: pl.DataFrame = field(default_factory=STATEMENTS.empty)
    bank_lines: pl.DataFrame = field(default_factory=BANK_LINES.empty)
    receipts: pl.DataFrame = field(default_factory=RECEIPTS.empty)
    orders: pl.DataFrame = field(default_factory=ORDERS.empty)
    cards: pl.DataFrame = field(default_factory=CARDS.empty)
    sites: pl.DataFrame = field(default_factory=SITES.empty)
    people: pl.DataFrame = field(default_factory=PEOPLE.empty)
    vendors: pl.DataFrame = field(default_factory=VENDORS.empty)
    ap_payments: pl.DataFrame = field(default_factory=AP_PAYMENTS.empty)
    approvals: pl.DataFrame = field(default_factory=APPROVALS.empty)
    custody: pl.DataFrame = field(default_factory=CUSTODY.empty)
    disputes: pl.DataFrame = field(default_factory=DISPUTES.empty)
    rebate_reports: pl.DataFrame = field(default_factory=REBATE_REPORTS.empty)
    questions: pl.DataFrame = field(default_factory=QUESTIONS.empty)
    absent: frozenset[str] = frozenset()  # record tables of which nothing was ever imported


# -- 3  decisions, matches, candidates -----------------------------------------------------------

# `act`: link, unlink, confirm, reject, dispose, code, undo. `subject`: the transaction or flag. `value` of a verdict on
# a link: what it was, accepted or review; `instead` where an accepted link gives way.
DECISIONS = Table("decisions", columns(
    "decision_id! at! who! act! subject! evidence_kind evidence_id value reason replaces undone_by amount:money"),
    ("decision_id",))  # fmt: skip
OUTCOMES = ("accepted", "review", "confirmed")
MATCHES = Table("matches", columns(
    "group_id! transaction_id! evidence_kind! evidence_id! amount:money! probability:number! outcome!"
    " runner_up_id runner_up_probability:number explanation!"),
    ("transaction_id", "evidence_kind", "evidence_id"))  # fmt: skip
CANDIDATES = Table("candidates", columns(
    "transaction_id! evidence_kind! evidence_id! rank:count! probability:number!"), ("transaction_id", "evidence_kind", "rank"))  # fmt: skip
# Orders that were paid by card: what to release so that accounts payable does not pay the invoice too.
LIQUIDATION = Table("liquidation", columns(
    "po_number! vendor! site ordered:money! open_before:money! paid_by_card:money! open_after:money! release:money!"
    " state! in_question:money! paid_by_ap:money! transactions! question"), ("po_number",))  # fmt: skip
# Virtual-card charges beside the payment of accounts payable each was issued for.
VIRTUAL_CARDS = Table("virtual_cards", columns(
    "transaction_id! payment payment_no invoice vendor authorized:money charged:money! outcome! question explanation!"),
    ("transaction_id", "payment"))  # fmt: skip

# -- 4  flags -------------------------------------------------------------------------------------

SEVERITIES = ("info", "low", "medium", "high", "critical")
FLAGS = Table("flags", columns(
    "flag_id! rule_id! policy_version! severity! transaction_ids! card cardholder site amount:money!"
    " suspicion:number! reasons message! ask cite! disposition waiver_id title! due:date escalate_to policy_hash"),
    ("flag_id",))  # fmt: skip
NOT_EVALUATED = Table("not_evaluated", columns("rule_id! title! lacks!"), ("rule_id",))

# -- 5  rebate ------------------------------------------------------------------------------------

ACCRUALS = Table("accruals", columns(
    "program_id! period! bucket! volume:money! excluded:money! rate_bps:rate amount:money! cite!"),
    ("program_id", "period", "bucket"))  # fmt: skip
SHARES = Table("shares", columns(
    "program_id! period! site fund volume:money! share:money!"), ("program_id", "period", "site", "fund"))  # fmt: skip
# What was earned of each period beside what came; the sums that came; shares that go back to a federal award.
SETTLEMENTS = Table("settlements", columns(
    "program_id! period! last:date! due:date estimate_due:date earned:money! lead_fee:money! estimated:money!"
    " reported:money received:money! difference:money! state! evidence"), ("program_id", "period"))  # fmt: skip
REBATES_RECEIVED = Table("rebates_received", columns(
    "identity! id! side! date:date! amount:money! description! program_id period why!"), ("date", "identity"))  # fmt: skip
RETURNED = Table("returned", columns(
    "program_id! period! fund! site award amount:money! question"), ("program_id", "period", "fund", "site"))  # fmt: skip

# -- 6  everything computed, together ---------------------------------------------------------------


@dataclass(frozen=True)
class Conclusions:
    """What is computed from a ledger, the decisions, the policies and the programs, as of one day.

    `proof`, `payments` and `one_sided` are the tie-out's tables, `cutoff` the
    charges made in one fiscal year and posted in the next; `settlements`, `received` and `returned` the rebate's.
    """

    cycle: str
    matches: pl.DataFrame
    candidates: pl.DataFrame
    flags: pl.DataFrame
    not_evaluated: pl.DataFrame
    accruals: pl.DataFrame
    shares: pl.DataFrame
    proof: pl.DataFrame
    payments: pl.DataFrame
    one_sided: pl.DataFrame
    cutoff: pl.DataFrame
    settlements: pl.DataFrame = field(default_factory=SETTLEMENTS.empty)
    received: pl.DataFrame = field(default_factory=REBATES_RECEIVED.empty)
    returned: pl.DataFrame = field(default_factory=RETURNED.empty)
    related: pl.DataFrame = field(default_factory=RELATED.empty)
    liquidation: pl.DataFrame = field(default_factory=LIQUIDATION.empty)
    virtual_cards: pl.DataFrame = field(default_factory=VIRTUAL_CARDS.empty)
