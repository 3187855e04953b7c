"""Conditions: what each test means, on values and on nothing, and how it is said."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pcard.conditions import Condition, Dated, Listed, Param, compile_condition, describe, over_groups
from pcard.errors import Refused
from pcard.schema import Kind
from pcard.yamlfile import load_yaml

FIELDS = {
    "txn.amount": Kind.MONEY,
    "card.single_limit": Kind.MONEY,
    "txn.date": Kind.DATE,
    "order.approved_on": Kind.DATE,
    "txn.mcc": Kind.TEXT,
    "txn.merchant": Kind.TEXT,
    "txn.buyer": Kind.TEXT,
    "approver.person": Kind.TEXT,
    "card.profile": Kind.TEXT,
    "txn.large_ticket": Kind.FLAG,
    "receipt.count": Kind.COUNT,
}
NAMES: Mapping[str, Param | Listed] = {
    "limit": Param(
        "limit",
        (Dated(Decimal("2500.00")), Dated(3000, date(2026, 7, 1))),
        by="card.profile",
        cases={"maintenance": (Dated(Decimal("5000.00")),)},
        own="card.single_limit",
        own_kind=Kind.MONEY,
    ),
    "cash": Listed("cash", ("6010", "6011")),
    "none": Listed("none", ()),
}
ROW: Mapping[str, Any] = {
    "txn.amount": 250_000,
    "card.single_limit": None,
    "txn.date": date(2026, 6, 30),
    "order.approved_on": date(2026, 7, 1),
    "txn.mcc": "6011",
    "txn.merchant": "PAYPAL *CRAFTS",
    "txn.buyer": "Ana",
    "approver.person": " ana",
    "card.profile": "standard",
    "txn.large_ticket": True,
    "receipt.count": 2,
}
SCHEMA = {name: kind.value for name, kind in FIELDS.items()}


def _condition(text: str) -> Condition:
    return compile_condition(load_yaml(text, "c.yaml").value, FIELDS, NAMES, load_yaml(text, "c.yaml"), ())


def _met(text: str, **changes: Any) -> bool:
    row = {**ROW, **{name.replace("__", "."): value for name, value in changes.items()}}
    return bool(pl.DataFrame([row], schema=SCHEMA).select(_condition(text).expr).item())


@pytest.mark.parametrize(
    ("met", "not_met"),
    [
        ("txn.amount: 2500.00", "txn.amount: 2500.01"),
        ("txn.amount|ne: 2500.01", "txn.amount|ne: 2500"),
        ("txn.amount|gt: 2499.99", "txn.amount|gt: 2500.00"),
        ("txn.amount|gte: 2500.00", "txn.amount|gte: 2500.01"),
        ("txn.amount|lt: 2500.01", "txn.amount|lt: 2500.00"),
        ("txn.amount|lte: 2500", "txn.amount|lte: 2499.99"),
        ("txn.amount|between: [2500.00, 2500.00]", "txn.amount|between: [2500.01, 9999.00]"),
        ("txn.amount|in: [1, 2500]", "txn.amount|in: [2500.01]"),
        ("txn.amount|not_in: [1]", "txn.amount|not_in: [1, 2500.00]"),
        ("txn.date|lt: order.approved_on", "txn.date|gte: order.approved_on"),
        ("txn.date|between: [2026-06-30, order.approved_on]", "txn.date|gt: 2026-06-30"),
        ("txn.mcc: '6011'", "txn.mcc: '06011'"),
        ("txn.mcc|in: $cash", "txn.mcc|not_in: $cash"),
        ("txn.mcc|not_in: $none", "txn.mcc|in: $none"),
        ("txn.merchant|contains: crafts", "txn.merchant|contains: [craft, x]\ntxn.mcc: '1'"),
        ("txn.merchant|starts_with: [venmo, PayPal]", "txn.merchant|starts_with: CRAFTS"),
        ("txn.merchant|matches: '^PAY.*\\*'", "txn.merchant|matches: '^pay'"),
        ("approver.person|same_as: txn.buyer", "approver.person|same_as: txn.merchant"),
        ("txn.large_ticket: true", "txn.large_ticket: false"),
        ("receipt.count|gte: 2", "receipt.count|lt: 2"),
        ("txn.mcc|exists: true", "txn.mcc|exists: false"),
        ("not: {txn.mcc: '1'}", "not: {txn.mcc|exists: true}"),
        ("any: [{txn.mcc: '1'}, {receipt.count: 2}]", "any: [{txn.mcc: '1'}, {receipt.count: 1}]"),
        ("all: [{txn.mcc: '6011'}, {receipt.count: 2}]", "all: [{txn.mcc: '6011'}, {receipt.count: 1}]"),
        ("not: {any: [{txn.mcc: '1'}, {receipt.count: 1}]}", "not: {all: [{txn.mcc: '6011'}]}"),
    ],
)
def test_each_test_means_what_it_says(met: str, not_met: str) -> None:
    assert _met(met)
    assert not _met(not_met)


@pytest.mark.parametrize(
    ("changes", "limit_cents"),
    [
        ({}, 250_000),
        ({"txn__date": date(2026, 7, 1)}, 300_000),
        ({"card__profile": "maintenance"}, 500_000),
        ({"card__profile": None}, 250_000),
        ({"card__single_limit": 100, "card__profile": "maintenance"}, 100),
    ],
)
def test_a_parameter_varies_by_field_by_date_and_by_the_rows_own(changes: dict[str, Any], limit_cents: int) -> None:
    assert not _met("txn.amount|gt: $limit", **changes, txn__amount=limit_cents)
    assert _met("txn.amount|gt: $limit", **changes, txn__amount=limit_cents + 1)


def test_before_its_first_date_a_parameter_has_no_value() -> None:
    expr = Param("limit", (Dated(1, date(2026, 7, 1)),)).expr(Kind.MONEY)
    frame = pl.DataFrame({"txn.date": [date(2026, 6, 30), date(2026, 7, 1), None]})
    assert frame.select(expr).to_series().to_list() == [None, 100, None]


values = {
    Kind.MONEY: st.integers(-(10**9), 10**9),
    Kind.DATE: st.dates(date(2020, 1, 1), date(2030, 1, 1)),
    Kind.TEXT: st.sampled_from(["", "6011", "ana", "PAYPAL *CRAFTS", "maintenance", "("]),
    Kind.FLAG: st.booleans(),
    Kind.COUNT: st.integers(0, 9),
}
rows = st.lists(
    st.fixed_dictionaries({name: st.none() | values[kind] for name, kind in FIELDS.items()}), min_size=1, max_size=8
)
tests = st.sampled_from(
    [
        "txn.amount|gt: $limit", "txn.amount|lte: card.single_limit", "txn.amount|ne: 5", "txn.amount|not_in: [5]",
        "txn.mcc|ne: '6011'", "txn.mcc|not_in: $cash", "txn.mcc|in: $cash", "txn.merchant|contains: pay",
        "txn.merchant|starts_with: pay", "txn.merchant|matches: '^P'", "txn.date|lt: order.approved_on",
        "approver.person|same_as: txn.buyer", "txn.large_ticket: false", "receipt.count|between: [0, 3]",
        "txn.mcc|exists: true",
    ]
)  # fmt: skip


@given(rows, tests)
def test_nothing_is_met_by_an_empty_field(rows: list[dict[str, Any]], test: str) -> None:
    condition = _condition(test)
    frame = pl.DataFrame(rows, schema=SCHEMA)
    met = frame.select(condition.expr.alias("met")).to_series()
    assert met.null_count() == 0
    field = test.split("|", maxsplit=1)[0].split(":", maxsplit=1)[0]
    assert not met.filter(frame[field].is_null()).any()


@given(rows, tests, tests)
def test_all_any_and_not_join_as_in_logic(rows: list[dict[str, Any]], left: str, right: str) -> None:
    frame = pl.DataFrame(rows, schema=SCHEMA)
    one, other = (frame.select(_condition(test).expr.alias("met")).to_series() for test in (left, right))
    joined = {
        f"all: [{{{left}}}, {{{right}}}]": one & other,
        f"any: [{{{left}}}, {{{right}}}]": one | other,
        f"not: {{{left}}}": ~one,
    }
    for text, expected in joined.items():
        assert frame.select(_condition(text).expr.alias("met")).to_series().to_list() == expected.to_list()


@given(rows)
def test_over_groups_a_parameter_is_a_column(rows: list[dict[str, Any]]) -> None:
    frame = pl.DataFrame(rows, schema=SCHEMA)
    condition = _condition("any: [{txn.amount|gt: $limit}, {not: {txn.mcc|in: $cash}}]")
    lifted, limits = over_groups(condition)
    assert list(limits) == ["$limit:money"]
    direct = frame.select(condition.expr.alias("met")).to_series()
    carried = frame.with_columns(expr.alias(name) for name, expr in limits.items()).select(lifted.expr.alias("met"))
    assert carried.to_series().to_list() == direct.to_list()


def test_a_condition_knows_what_it_reads_and_needs() -> None:
    condition = _condition("txn.date|lt: order.approved_on\nany: [{txn.amount|gt: $limit}, {txn.large_ticket: true}]")
    assert condition.fields == FIELDS.keys() & {
        "txn.date", "order.approved_on", "txn.amount", "card.profile", "card.single_limit", "txn.large_ticket",
    }  # fmt: skip
    dates = {"txn.date", "order.approved_on"}
    assert set(condition.needs) == {frozenset(dates | {"txn.amount"}), frozenset(dates | {"txn.large_ticket"})}


def test_patterns_run_in_linear_time() -> None:
    frame = pl.DataFrame({**dict.fromkeys(FIELDS), "txn.merchant": ["a" * 5000 + "!"]}, schema=SCHEMA)
    for pattern in ("(.*a){25}", "^(a?b)*$", "(a b|ac)+!", "^([A-Z]{2}[0-9]+,)+$"):
        assert frame.select(_condition(f"txn.merchant|matches: '{pattern}'").expr).height == 1


@pytest.mark.parametrize("pattern", ["^(a+)+$", "(x+x+)+y", "((a*)b?)*", "(?:a*|b)+", "(a{1,}){2,}", "(([a-z]+)?)*!"])
def test_a_repetition_of_a_repetition_is_refused(pattern: str) -> None:
    with pytest.raises(Refused, match="repeats a repetition"):
        _condition(f"txn.merchant|matches: '{pattern}'")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("txn.amount|gt: $limit", "the amount is more than limit (the card's single limit where known; 2,500.00, 3,000.00 from 2026-07-01; maintenance 5,000.00)"),
        ("txn.mcc|in: $cash", "the merchant category is one of cash: 6010, 6011"),
        ("txn.date|lt: order.approved_on", "the date is before the order's approved on"),
        ("approver.person|same_as: txn.buyer", "the approver's name is the same as the buyer"),
        ("txn.large_ticket: true\nreceipt.count|exists: false", "the large ticket is yes and the receipt's count is missing"),
        ("any: [{txn.amount: 5}, {not: {txn.mcc: '1', receipt.count: 1}}]", "either the amount is 5.00 or it is not so that (the merchant category is 1 and the receipt's count is 1)"),
    ],
)  # fmt: skip
def test_conditions_are_said_as_sentences(text: str, sentence: str) -> None:
    assert describe(_condition(text)) == sentence


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=8),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    [
                        "all",
                        "any",
                        "not",
                        *(f"{f}|{t}" for f in FIELDS for t in ("eq", "in", "gt", "matches", "exists")),
                    ]
                ),
                inner,
                max_size=3,
            )
        ),
        max_leaves=6,
    )
)
def test_whatever_stands_there_is_compiled_or_refused(node: object) -> None:  # fmt: skip
    file = load_yaml("a: 1", "c.yaml")
    try:
        condition = compile_condition(node, FIELDS, NAMES, file, ())
    except Refused:
        return
    assert pl.DataFrame([ROW], schema=SCHEMA).select(condition.expr).item() in {True, False}
