"""Conditions as data: `field|test: value` maps become polars expressions and English sentences.

A condition stands over a frame whose columns are named by field (`txn.amount`
is Int64 cents). A test of an empty field is not met - never null - and only
`exists: false` sees it.
"""

from __future__ import annotations

from pcard.conditions.compiling import Condition, compile_condition, over_groups, param_column, param_fields
from pcard.conditions.params import Dated, Listed, Param, Scalar
from pcard.conditions.tree import TESTS
from pcard.conditions.wording import describe

__all__ = [
    "TESTS", "Condition", "Dated", "Listed", "Param", "Scalar", "compile_condition", "describe", "over_groups",
    "param_column", "param_fields",
]  # fmt: skip
