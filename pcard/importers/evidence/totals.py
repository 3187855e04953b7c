"""The total and the tax of a receipt, from the words beside its amounts and from the sums that explain them.

Confidence is in percent. It starts from the word (`grand total`, `total`) and
where its amount stands, rises where other amounts of the page add up to it,
and falls where another total is as likely.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import combinations

from pcard.importers.evidence.printed import Amount, Label, Printed, beside, next_to, under, with_following
from pcard.importers.evidence.words import MONEY

_START = {
    ("strong", "beside"): 85, ("plain", "beside"): 75, ("strong", "next"): 65, ("strong", "under"): 60,
    ("plain", "next"): 55, ("plain", "under"): 50,
}  # fmt: skip
_EXPLAINED, _REPEATED, _LARGEST, _DOUBTFUL_RUN, _RIVAL = 10, 5, 5, 10, 20
_SAME_RANK = 5
_MOST_PARTS = 6


@dataclass(frozen=True, slots=True)
class Sum:
    """An amount read as the total or the tax, with a confidence in percent."""

    cents: int
    confidence: int
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class _Stated:
    """An amount and the label it stands with; `run` are the amounts of its row that stand together."""

    label: Label
    amount: Amount
    where: str
    run: tuple[int, ...]


def find_total(page: Printed) -> tuple[Sum | None, list[int]]:
    """Return the total, and the other amounts that are as likely where none is more so than the rest."""
    stated = list(_stated(page))
    reachable = _explained(stated)
    largest = max((amount.cents for amount in page.amounts if amount.cents is not None), default=0)
    best: dict[int, Sum] = {}
    seen: dict[int, set[int]] = {}
    for one in stated:
        cents = one.amount.cents
        if not cents or one.label.kind not in ("strong", "plain"):
            continue
        seen.setdefault(cents, set()).add(one.label.line)
        confidence = _START[one.label.kind, one.where] + _weight_of_run(one.run)
        confidence += _EXPLAINED * (cents in reachable) + _LARGEST * (cents >= largest)
        if cents not in best or best[cents].confidence < confidence:
            best[cents] = Sum(cents, confidence, one.amount.currency or _currency(page))
    raised = [
        Sum(one.cents, min(one.confidence + _REPEATED * (len(seen[one.cents]) > 1), 99), one.currency)
        for one in best.values()
    ]
    ranked = sorted(raised, key=lambda one: (-one.confidence, -abs(one.cents)))
    if not ranked:
        return None, []
    first, *others = ranked
    # What the total is made of is no rival of it: the total before the tip.
    made_of = {first.cents - some for some in _sums_of_parts(stated)}
    near = (one.cents for one in others if first.confidence - one.confidence <= _SAME_RANK)
    rivals = [cents for cents in near if cents not in made_of]
    return Sum(first.cents, first.confidence - _RIVAL * bool(rivals), first.currency), rivals


def find_tax(page: Printed, total: Sum | None) -> Sum | None:
    """Return the tax, surer where it and a subtotal make up the total; None where several differ."""
    stated = [one for one in _stated(page) if one.where == "beside"]
    taxes = [one.amount.cents for one in stated if one.label.kind == "tax" and one.amount.cents is not None]
    subtotals = {one.amount.cents for one in stated if one.label.kind == "subtotal"}
    distinct = list(dict.fromkeys(taxes))
    if total:
        distinct = [cents for cents in distinct if abs(cents) < abs(total.cents)]
        for size in range(1, min(len(distinct), _MOST_PARTS) + 1):
            for chosen in combinations(distinct[:_MOST_PARTS], size):
                if total.cents - sum(chosen) in subtotals:
                    return Sum(sum(chosen), 95)
    # Several equal ones, a night's each, are not the tax of the whole.
    return Sum(distinct[0], 75) if len(distinct) == 1 and (len(taxes) == 1 or not distinct[0]) else None


def _stated(page: Printed) -> Iterator[_Stated]:
    """Yield the labelled amounts; an amount under a label counts only where the label heads a column alone."""
    readable = [amount for amount in page.amounts if amount.cents is not None]
    for label, following in with_following(list(page.labels(MONEY))):
        if label.kind == "other":
            continue
        if run := _run(page, beside(label, readable, following)):
            yield _Stated(label, run[-1], "beside", tuple(amount.cents or 0 for amount in run))
        elif (alone := next_to(page, label)) and alone.cents is not None:
            yield _Stated(label, alone, "next", ())
        elif page.stands_alone(label) and (found := under(label, readable)):
            yield _Stated(label, found, "under", ())


def _run(page: Printed, spots: list[Amount]) -> list[Amount]:
    """Return the first amounts with nothing between them: the columns of one row."""
    run: list[Amount] = []
    for spot in spots:
        if run and page.lines[spot.line][run[-1].end : spot.start].strip():
            break
        run.append(spot)
    return run


def _weight_of_run(run: tuple[int, ...]) -> int:
    """Trust the last of several amounts of a row where the others sum to it; doubt it where it is not the largest."""
    if len(run) < 2:
        return 0
    if sum(run[:-1]) == run[-1] or (len(run) > 2 and sum(run[-3:-1]) == run[-1]):
        return _EXPLAINED
    return -_DOUBTFUL_RUN if run[-1] == max(run) else -3 * _DOUBTFUL_RUN


def _explained(stated: list[_Stated]) -> Collection[int]:
    """Return every sum of a subtotal (or lesser total) with taxes, shipping and tips, less what was deducted."""
    starts = {one.amount.cents or 0 for one in stated if one.label.kind in ("subtotal", "plain", "strong")}
    return {start + some for start in starts for some in _sums_of_parts(stated)}


def _sums_of_parts(stated: list[_Stated]) -> Collection[int]:
    """Return every sum of some of the taxes, additions and deductions."""
    by_kind: dict[str, list[int]] = {}
    for one in stated:
        by_kind.setdefault(one.label.kind, []).append(one.amount.cents or 0)
    parts = list(dict.fromkeys(by_kind.get("tax", []) + by_kind.get("addition", [])))
    parts += [-abs(cents) for cents in dict.fromkeys(by_kind.get("deduction", []))]
    parts = [part for part in parts if part][:_MOST_PARTS]
    return {sum(some) for size in range(1, len(parts) + 1) for some in combinations(parts, size)}


def _currency(page: Printed) -> str | None:
    """Return the one currency the amounts name, where there is one."""
    named = {amount.currency for amount in page.amounts if amount.currency}
    return named.pop() if len(named) == 1 else None
