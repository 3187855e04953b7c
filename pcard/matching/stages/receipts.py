"""Charges and receipts: equal amounts first, then groups that sum up, then what is off by tax, tip or a slip.

Each stage locks what it is sure of and leaves the rest to the next, so that a
wide and costly search only ever sees the few leftovers.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from pcard.matching.arrays import Flags, Ints, at_once
from pcard.matching.comparing.aliases import known_names
from pcard.matching.comparing.amounts import AMOUNT
from pcard.matching.comparing.blocking import Blocked, Open, equal_amounts, near_in_time, thinned
from pcard.matching.comparing.comparisons import CARD, CARDHOLDER, NAME, REFERENCE, SITE
from pcard.matching.comparing.dates import RECEIPT_DATE
from pcard.matching.comparing.meeting import Meeting, Pairs
from pcard.matching.settings import MatchSettings
from pcard.matching.stages.equal import Equal, link_likely, link_sure
from pcard.matching.stages.foreign import in_other_currency
from pcard.matching.stages.groups import may_sum
from pcard.matching.stages.leftovers import link_leftovers
from pcard.matching.stages.parts import parts_of_charges
from pcard.matching.stages.sums import Whole, grouped
from pcard.matching.weighing.coincidences import Search, moved
from pcard.matching.weighing.linked import Stage
from pcard.matching.weighing.weights import Model, compare, fit, fit_aliases, shipped

COMPARISONS = (AMOUNT, RECEIPT_DATE, NAME, SITE, CARDHOLDER, CARD, REFERENCE)
_BLOCKED_BY = ("amount",)
_SAMPLE_PAIRS = 60_000
_NEAR_BITS = 2.0  # what must speak for a pair whose amounts differ
_MOVED_DAYS = 77  # whole weeks; beyond a window with a month misread, and not near what recurs monthly


def match_equal(meeting: Meeting, still: Open, settings: MatchSettings) -> Equal:
    """Link equal amounts within the window, and keep only what is sure."""
    blocked, start = at_once(
        lambda: equal_amounts(meeting, still, settings.window_days),
        lambda: shipped(meeting, COMPARISONS, int(still.charges.sum())),
    )
    sheet = compare(meeting, *thinned(meeting, still, blocked.pairs), COMPARISONS, start)
    evidence = int(still.evidence.sum())
    sample = sheet.take(_sampled(meeting, sheet.pairs))
    fitted = fit(sample, start, evidence * len(sample.pairs) / max(len(sheet.pairs), 1), _BLOCKED_BY)
    model, own = fit_aliases(sheet, start, fitted, evidence, _BLOCKED_BY)
    stage = "equal amounts", blocked.kept
    return link_sure(meeting, still, stage, sheet, model, COMPARISONS, own)


def match_receipts(meeting: Meeting, equal: Equal, settings: MatchSettings) -> list[Stage]:
    """Return the stages of matching receipts, in order, from what equal amounts gave on."""
    still, model = equal.still, equal.stage.model
    abroad = in_other_currency(meeting, still, equal.stage, COMPARISONS, settings)
    for stage in abroad:
        still = still.without(stage.links.pairs)
    search = _search(meeting, still, model, settings)
    tax = np.abs(meeting.tax_cents)
    split = [_split(search, model, settings, np.zeros_like(tax))]
    search = search.without(split[0].links.pairs)
    if tax.any():
        split.append(_split(search, model, settings, tax))
        search = search.without(split[1].links.pairs)
    shipped_apart = _shipped_apart(search, model, settings)
    search = search.without(shipped_apart.links.pairs)
    again = link_likely(meeting, search.still, equal, settings)
    search = search.without(again.links.pairs)
    leftovers = link_leftovers(search, equal.stage, COMPARISONS, settings)
    parts = parts_of_charges(search, leftovers, split[0].model, COMPARISONS, settings)
    return [equal.stage, *abroad, *split, shipped_apart, again, leftovers, parts]


def _sampled(meeting: Meeting, pairs: Pairs) -> Flags:
    """Choose whole amounts, that is whole sets of rivals, until there are pairs enough to learn from."""
    amount = meeting.amounts[0][pairs.transaction]
    chosen: Flags = amount % (1 + len(pairs) // _SAMPLE_PAIRS) == 0
    return chosen


def _search(meeting: Meeting, still: Open, model: Model, settings: MatchSettings) -> Search:
    """Look for what is left near in time, and for evidence that was moved out of the time of its own charge."""
    chance = moved(meeting, still, _MOVED_DAYS, settings.misread_days)
    near_by_chance = _near(chance.meeting, chance.still(still), model, settings)
    return Search(meeting, still, _near(meeting, still, model, settings), replace(chance, near=near_by_chance))


def _near(meeting: Meeting, still: Open, model: Model, settings: MatchSettings) -> Blocked:
    """Pair what is left where one may be a part of the other or nearly equal, and all else speaks for it."""
    blocked = near_in_time(meeting, still, known_names(model.aliases), settings.window_days)
    charged, stated = meeting.charges.cents[blocked.pairs.transaction], meeting.evidence.cents[blocked.pairs.evidence]
    pairs = blocked.pairs.take((charged * stated > 0) & (charged != stated))
    least = model.start_bits + _NEAR_BITS
    return Blocked(compare(meeting, pairs, None, COMPARISONS[1:], model, least).pairs, blocked.kept)


def _split(search: Search, model: Model, settings: MatchSettings, tax: Ints) -> Stage:
    """Link charges with the two to four receipts that sum to them, each with the tax it states apart."""
    still, days, pairs = search.still, search.meeting.evidence.day, search.open_pairs
    size, base = search.meeting.sizes(pairs)
    pairs, size, base = _that_may_sum(pairs, pairs.transaction, size, base + tax[pairs.evidence])
    open_wholes = int(still.charges.sum()), 0
    begun, open_parts = np.zeros_like(size), int(still.evidence.sum())
    whole = Whole(*pairs.rows, size, base, days[pairs.evidence], begun, open_wholes, open_parts)
    name = "several receipts with their tax" if tax.any() else "several receipts"
    return _summed(name, search, pairs, whole, model, settings)


def _shipped_apart(search: Search, model: Model, settings: MatchSettings) -> Stage:
    """Link receipts with the two to four charges that sum to them: one purchase, charged as it was shipped."""
    still, days, pairs = search.still, search.meeting.charges.day, search.open_pairs
    size, base = search.meeting.sizes(pairs)
    pairs, base, size = _that_may_sum(pairs, pairs.evidence, base, size)
    open_wholes = int(still.evidence.sum()), 0
    begun, open_parts = np.zeros_like(size), int(still.charges.sum())
    of_charge = days[pairs.transaction]
    whole = Whole(pairs.evidence, pairs.transaction, base, size, of_charge, begun, open_wholes, open_parts)
    return _summed("several charges", search, pairs, whole, model, settings)


def _that_may_sum(pairs: Pairs, whole: Ints, cents: Ints, part_cents: Ints) -> tuple[Pairs, Ints, Ints]:
    """Return the pairs in which one side may be a part of the other, with the sizes of whole and part."""
    rows = np.flatnonzero(part_cents < cents)
    rows = rows[may_sum(whole[rows], part_cents[rows], cents[rows])]
    return pairs.take(rows), cents[rows], part_cents[rows]


def _summed(name: str, search: Search, pairs: Pairs, whole: Whole, model: Model, settings: MatchSettings) -> Stage:
    sheet = compare(search.meeting, pairs, None, COMPARISONS[1:])
    return grouped(name, sheet, model, whole, search.near.kept, COMPARISONS, settings)
