"""Conditions as data: `field|test: value` maps become polars expressions and English sentences.

A condition stands over a frame whose columns are named by field (`txn.amount`
is Int64 cents). A test of an empty field is not met - never null - and only
`exists: false` sees it.
"""

from __future__ import annotations

from pcard.conditions.compiling import Condition, compile_condition, over_groups, param_fields
from pcard.conditions.params import Dated, Listed, Param, Scalar
from pcard.conditions.tree import TESTS
from pcard.conditions.wording import describe, field_words, param_words, value_words

__all__ = [
    "TESTS", "Condition", "Dated", "Listed", "Param", "Scalar", "compile_condition", "describe", "field_words",
    "over_groups", "param_fields", "param_words", "value_words",
]  # fmt: skip
