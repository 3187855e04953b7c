"""Import profiles: what a delimited or spreadsheet layout means, as data (`pcard-profile/1`).

    format: pcard-profile/1
    id: example-bank
    title: Example Bank, card activity
    table: transactions
    columns:
      date: [Transaction Date, Trans Date]     # our column <- the headings it may have, first found wins
      merchant: {from: Merchant, fill: (not given)}
      amount: Amount
      currency: {fill: USD}                    # no heading: the same in every row
    dates: mdy

docs/profiles.md explains every key.
"""

from __future__ import annotations

import codecs
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias, overload

import polars as pl
from pydantic import AfterValidator, BeforeValidator, Field, field_validator, model_validator

from pcard.frames import KINDS, RECORDS
from pcard.schema import Kind, Table
from pcard.shipped import shipped
from pcard.yamlfile import Items, YamlModel, did_you_mean, load_yaml, validate

# The tables a delimited file can hold; statements come with statement formats.
TABLES = tuple(sorted(set(RECORDS) - {"statements"}))
# What tells a line of a table from a subtotal or a note: a real one has at least one of these.
TELLING = {
    "transactions": ("id", "date", "posted", "merchant"), "bank_lines": ("date", "description"),
    "receipts": ("id", "vendor", "date"), "orders": ("po_number", "vendor", "date"),
    "ap_payments": ("vendor", "date", "payment_no"), "coding": ("transaction",),
}  # fmt: skip
# What every line of these tables has, and so every layout of them must name.
NEEDED = {
    "transactions": (("date", "posted"), ("merchant",), ("amount",)),
    "bank_lines": (("date",), ("description",), ("amount",)),
    "receipts": (("id",),), "orders": (("po_number",), ("vendor",), ("date",), ("amount",)),
    "ap_payments": (("vendor",), ("date",), ("amount",)), "coding": (("transaction",), ("amount",)),
}  # fmt: skip


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _text(value: object) -> object:
    """Take a whole number or a day as the text it was written as."""
    return value if isinstance(value, str | bool) else str(value)


def _pattern(value: str) -> str:
    try:
        pl.select(pl.lit("").str.contains(value))
    except pl.exceptions.ComputeError:
        msg = "this is no regular expression (look-around and back-references are not known)"
        raise ValueError(msg) from None
    return value


Text: TypeAlias = Annotated[str, BeforeValidator(_text)]
Headings: TypeAlias = Annotated[Items[Text], BeforeValidator(_listed)]
Pattern: TypeAlias = Annotated[str, AfterValidator(_pattern)]


class ColumnSource(YamlModel):
    """Where a column of ours comes from: the first of these headings that a file has, else `fill`."""

    headings: Headings = Field(default=(), alias="from")
    fill: Text | None = None


def _source(value: object) -> object:
    return value if isinstance(value, Mapping | ColumnSource) else {"from": value}


class TypeColumn(YamlModel):
    """A column whose words say which way an amount goes."""

    headings: Headings = Field(alias="from")
    debit: Headings
    credit: Headings


class AmountRule(YamlModel):
    """How amounts and their signs are written.

    `majority`: most lines of a card account are spending, so the sign that
    most lines have is spending's. `debit` and `credit` are two columns in
    place of one; `type` a column beside it.
    """

    sign: Literal["spend_positive", "spend_negative", "majority"] = "spend_positive"
    decimal: Literal[".", ",", "infer"] = "."
    debit: Headings = ()
    credit: Headings = ()
    type: TypeColumn | None = None


class KindColumn(YamlModel):
    """The column that names a transaction's kind, and our kind for each of its words."""

    headings: Headings = Field(alias="from")
    values: Mapping[str, str]

    @model_validator(mode="after")
    def _known(self) -> KindColumn:
        for kind in self.values.values():
            if kind not in KINDS:
                msg = f"'{kind}' is no kind of transaction; {did_you_mean(kind, KINDS)}"
                raise ValueError(msg)
        return self


class RowToSkip(YamlModel):
    """Rows that are no records: those whose cells, joined by ` | `, have this pattern in them."""

    text: Pattern
    reason: str


class ControlRow(YamlModel):
    """A row that states a figure about the others: the number in its text, or the sum in the amount column."""

    text: Pattern
    count: Pattern | None = None
    sum: Literal["amount"] | Pattern | None = None


class StatementRows(YamlModel):
    """Where the rows around the table state the account's period and balances: patterns, their first group the value."""

    closed: Pattern
    account: Pattern | None = None
    opened: Pattern | None = None
    opening_balance: Pattern | None = None
    closing_balance: Pattern | None = None
    credit_limit: Pattern | None = None
    minimum_due: Pattern | None = None
    due: Pattern | None = None

    def patterns(self) -> dict[str, str]:
        """Return the patterns that are given, by the statement's column."""
        return self.model_dump(exclude_none=True)


class Profile(YamlModel):
    """One layout. Every name in `columns` is a column of `table`; `needs` and `also` say what a file must have."""

    format: Literal["pcard-profile/1"]
    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")]
    title: str
    table: str
    source: str | None = None
    generic: bool = False
    columns: Mapping[str, Annotated[ColumnSource, BeforeValidator(_source)]]
    needs: Items[str] | None = None
    also: Items[Headings] = ()
    header: Literal["find", "none"] = "find"
    delimiter: Literal[",", ";", "\t", "|"] | None = None
    encoding: str | None = None
    amount: AmountRule = AmountRule()
    dates: Literal["ymd", "mdy", "dmy", "infer"] | Items[str] = "ymd"
    kinds: KindColumn | None = None
    coding: Mapping[Literal["amount", "account_code", "site", "fund", "purpose"], Headings] = Field(
        default_factory=dict
    )
    skip: Items[RowToSkip] = ()
    subtotals: bool = True
    empty: Items[Text] = ()
    one_row_per: str | None = None
    controls: Items[ControlRow] = ()
    statement: StatementRows | None = None
    on_bad_line: Literal["refuse", "skip"] = "refuse"
    unique_ids: bool = False

    @field_validator("encoding")
    @classmethod
    def _is_encoding(cls, value: str | None) -> str | None:
        try:
            return value and codecs.lookup(value).name
        except LookupError:
            msg = f"there is no encoding '{value}'; examples: cp1252, cp437, mac-roman, utf-16-le"
            raise ValueError(msg) from None

    @model_validator(mode="after")
    def _fits_its_table(self) -> Profile:
        if self.table not in TABLES:
            msg = f"there is no table '{self.table}'; {did_you_mean(self.table, TABLES)}"
            raise ValueError(msg)
        names = {column.name for column in self.record.columns} - {"identity", "document", "line", "transaction_id"}
        for name in (*self.columns, *(self.needs or ()), *filter(None, [self.one_row_per])):
            if name not in names:
                msg = f"{self.table} has no column '{name}'; {did_you_mean(name, names)}"
                raise ValueError(msg)
        if self.coding and not (self.table == "transactions" and "id" in self.columns and "amount" in self.coding):
            msg = (
                "coding needs `table: transactions`, a column `id` to tell the transactions apart, and its own `amount`"
            )
            raise ValueError(msg)
        split = bool(self.amount.debit and self.amount.credit)
        if bool(self.amount.debit) != bool(self.amount.credit) or (split and "amount" in self.columns):
            msg = "amounts stand in one column `amount`, or in `debit` and `credit`"
            raise ValueError(msg)
        for any_of in NEEDED.get(self.table, ()):
            if not any(name in self.columns for name in any_of) and not (split and any_of == ("amount",)):
                msg = f"{self.table} needs a column {' or '.join(any_of)}"
                raise ValueError(msg)
        return self

    @cached_property
    def record(self) -> Table:
        """The record table its lines go to."""
        return RECORDS[self.table]

    @cached_property
    def needed(self) -> tuple[str, ...]:
        """Our columns whose headings a file must have: those listed, else all that have no `fill`."""
        if self.needs is not None:
            return self.needs
        return tuple(name for name, source in self.columns.items() if source.headings and source.fill is None)

    @property
    def told_apart_by(self) -> str | None:
        """The column that says which rows are of one record, where a record may have several."""
        return self.one_row_per or ("id" if self.coding else None)

    def of_kind(self, kind: Kind) -> tuple[str, ...]:
        """Return its columns that hold dates, or money."""
        return tuple(name for name in self.columns if self.record.column(name).kind is kind)


def load_profile(path: Path) -> Profile:
    """Read one profile.

    Raises:
        Refused: every fault in it.
    """
    return parse_profile(path.read_text(encoding="utf-8"), path.name)


def parse_profile(text: str, name: str) -> Profile:
    """Read a profile from its YAML text; `load_profile` for text at hand."""
    return validate(Profile, load_yaml(text, name))


def load_profiles(folders: Sequence[Path] = ()) -> tuple[Profile, ...]:
    """Read every profile in folders, then those that ship with pcard.

    A folder's profile replaces a shipped one of the same id.
    """
    found: dict[str, Profile] = {}
    for folder in (*folders, shipped("rules") / "profiles"):
        for path in sorted(folder.glob("*.yaml")):
            profile = load_profile(path)
            found.setdefault(profile.id, profile)
    return tuple(found.values())


class Profiles(Sequence[Profile]):
    """The profiles of folders and those that ship, read when they are first looked at: most files need none."""

    def __init__(self, folders: Sequence[Path] = ()) -> None:
        self._folders = folders

    @cached_property
    def _loaded(self) -> tuple[Profile, ...]:
        return load_profiles(self._folders)

    @overload
    def __getitem__(self, index: int) -> Profile: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Profile]: ...
    def __getitem__(self, index: int | slice) -> Profile | Sequence[Profile]:
        """Return a profile, or several."""
        return self._loaded[index]

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._loaded)


def profile_of(columns: Mapping[str, Any], *, id: str, table: str, **settings: Any) -> Profile:  # noqa: A002
    """Build a profile in code; what YAML would say, by keyword."""
    known = {"format": "pcard-profile/1", "id": id, "title": id, "table": table, "columns": columns}
    return Profile.model_validate({**known, **settings})
