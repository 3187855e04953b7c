"""Charges and purchase orders: by the number a charge names, else by what is open, the vendor, the site and the time.

An order may be drawn on by several charges, always against its open amount:
what one charge covers is no longer open to the next. Tax and freight that the
order left out may exceed it by a named tolerance, never more.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from pcard.matching.arrays import UNKNOWN, Flags, Floats, Ints, count_of, sum_before
from pcard.matching.comparing.aliases import Aliases, known_names
from pcard.matching.comparing.amounts import ORDER_AMOUNT
from pcard.matching.comparing.blocking import Blocked, Open, amounts_in_window, same_merchant, same_number, united
from pcard.matching.comparing.comparisons import CARDHOLDER, DRAWN_ON, NAME, REFERENCE, SITE, BuiltIn, reference_level
from pcard.matching.comparing.dates import ORDER_DATE
from pcard.matching.comparing.meeting import Meeting, Pairs
from pcard.matching.records.references import misspelt
from pcard.matching.settings import MatchSettings
from pcard.matching.stages.equal import Equal, link_likely, link_sure
from pcard.matching.stages.groups import may_sum, some_two_sum
from pcard.matching.stages.sums import Whole, grouped
from pcard.matching.weighing.coincidences import counted, moved
from pcard.matching.weighing.habits import RATES_ON_TOP, as_usual, fit_habits, usual_rates
from pcard.matching.weighing.linked import Linked, Stage, seen_levels, single_links, solved
from pcard.matching.weighing.posterior import posterior
from pcard.matching.weighing.weights import Model, Sheet, compare, fit, score_of, shipped, total_of, weigh

_PART = (ORDER_DATE, NAME, SITE, CARDHOLDER, REFERENCE)
COMPARISONS = (ORDER_AMOUNT, DRAWN_ON, *_PART)
_BLANKET = (ORDER_AMOUNT, DRAWN_ON, NAME, SITE, CARDHOLDER)
_BLANKET_SHARES = np.array([0.01, 0.01, 0.97, 0.01])  # amount levels of draws on blanket orders
_DRAWS = 10.0  # expected on one blanket order
_FEW = 40  # charges that may be a shipment of an order
_MOVED_DAYS = 182  # half a year in whole weeks: beyond the time in which an order is drawn on
_LEFTOVER_SHARES = np.array([0.4, 0.5, 0.09, 0.01])  # amount levels among leftovers, at first


def match_orders(meeting: Meeting, still: Open, aliases: Aliases, settings: MatchSettings) -> list[Stage]:
    """Return the stages of matching orders, in order; `aliases` are what the receipts taught."""
    still = Open(still.charges & (meeting.charges.cents > 0), still.evidence)  # a credit draws on nothing
    named = _named(meeting, still, aliases, settings)
    meeting, still = _drawn(meeting, still, named.links, settings)
    equal = _equal(meeting, still, aliases, settings)
    meeting, still = _drawn(meeting, still, equal.stage.links, settings)
    model, near = equal.stage.model, _near(meeting, still, aliases, settings)
    summed = _shipments(meeting, near, still, model, settings)
    meeting, still = _drawn(meeting, still, summed.links, settings)
    again = link_likely(meeting, still, equal, settings)
    meeting, still = _drawn(meeting, still, again.links, settings)
    leftovers, rates = _leftovers(meeting, near, still, model, aliases, settings)
    proposed = leftovers.links.probability >= settings.review_probability
    meeting, still = _drawn(meeting, still, leftovers.links.take(proposed), settings)
    taxed, near = [], _of_few(near, still)
    for rate in rates:
        taxed.append(_shipments(meeting, near, still, model, settings, rate))
        meeting, still = _drawn(meeting, still, taxed[-1].links, settings)
    return [named, equal.stage, summed, again, leftovers, *taxed, _blanket(meeting, still, aliases, settings)]


def _named(meeting: Meeting, still: Open, aliases: Aliases, settings: MatchSettings) -> Stage:
    """Link charges with the order they name, as long as something of it is open; an order takes several."""
    model = shipped(meeting, COMPARISONS, int(still.charges.sum()), found=0.5, aliases=aliases)
    return _drawn_by_many("named", meeting, same_number(meeting, still), model, COMPARISONS, settings)


def _blanket(meeting: Meeting, still: Open, aliases: Aliases, settings: MatchSettings) -> Stage:
    """Link what is left with the blanket order that its site has with its vendor: it is there to be drawn on."""
    waiting = Open(still.charges, still.evidence & meeting.evidence.rows["blanket"].to_numpy())
    window = (-settings.blanket_days, settings.order_early_days)
    known = known_names(aliases) if waiting.evidence.any() else (np.empty(0, np.int64), np.empty(0, np.int64))
    blocked = same_merchant(meeting, waiting, known, window, most=None)
    model = shipped(meeting, _BLANKET, int(still.charges.sum()), found=_DRAWS / (_DRAWS + 1.0), aliases=aliases)
    model = replace(model, shares={**model.shares, "amount": _BLANKET_SHARES})
    return _drawn_by_many("blanket orders", meeting, blocked, model, _BLANKET, settings)


def _drawn_by_many(
    name: str,
    meeting: Meeting,
    blocked: Blocked,
    model: Model,
    comparisons: tuple[BuiltIn, ...],
    settings: MatchSettings,
) -> Stage:
    """Link charges with the order each is likeliest of, as many as fit into what is open."""
    pairs = blocked.pairs
    sheet = compare(meeting, pairs, None, comparisons)
    parts = weigh(sheet, model)
    found = posterior(Pairs(pairs.transaction, np.arange(len(pairs))), total_of(parts))
    best = found.probability >= settings.review_probability
    links = single_links(meeting, sheet, parts, found, _within_open(meeting, pairs, best, settings))
    return Stage(name, links, seen_levels(sheet, model), pairs, found.probability, blocked.kept, model, comparisons)


def _within_open(meeting: Meeting, pairs: Pairs, wanted: Flags, settings: MatchSettings) -> Flags:
    """Tell which wanted pairs fit into what is open of their order, the earlier charges first."""
    limit = _limit(meeting, pairs, settings)
    size = np.abs(meeting.charges.cents[pairs.transaction])
    possible = wanted & (size <= limit)
    size = np.where(possible, size, 0)
    order = np.lexsort((pairs.transaction, meeting.charges.day[pairs.transaction], pairs.evidence))
    fits = np.empty(len(pairs), bool)
    fits[order] = sum_before(pairs.evidence[order], size[order]) + size[order] <= limit[order]
    return fits & possible


def _limit(meeting: Meeting, pairs: Pairs, settings: MatchSettings) -> Ints:
    """Return the most that may be charged to each pair's order: what is open, and the tolerance."""
    covered = meeting.covered_cents[pairs.evidence]
    stated = meeting.evidence.cents[pairs.evidence] + covered
    return stated * (10_000 + settings.order_tolerance_bps) // 10_000 - covered


def _drawn(meeting: Meeting, still: Open, links: Linked, settings: MatchSettings) -> tuple[Meeting, Open]:
    """Take what the links cover off the open amounts, and the linked charges out.

    An order of which no more than a price difference is left was delivered: it is closed.
    """
    drawn = np.bincount(
        links.pairs.evidence, np.abs(meeting.charges.cents[links.pairs.transaction]), len(meeting.evidence)
    ).astype(np.int64)
    cents = np.maximum(meeting.evidence.cents - drawn, 0)
    opened = meeting.evidence.rows["cents"].fill_null(0).to_numpy()
    cents[(drawn > 0) & (cents * 10_000 <= opened * settings.order_close_bps)] = 0
    charges = still.charges.copy()
    charges[links.pairs.transaction] = False
    return meeting.with_evidence_cents(cents), Open(charges, still.evidence & (cents > 0))


def _equal(meeting: Meeting, still: Open, aliases: Aliases, settings: MatchSettings) -> Equal:
    """Link charges with the order of their site whose open amount they equal, where that is sure."""
    blocked = amounts_in_window(meeting, still, _window(settings))
    start = shipped(meeting, COMPARISONS, int(still.charges.sum()), found=0.3, aliases=aliases)
    sheet = compare(meeting, blocked.pairs, None, COMPARISONS, start)
    model = fit(sheet, start, int(still.evidence.sum()), ("amount", "reference"))
    return link_sure(meeting, still, ("what is open", blocked.kept), sheet, model, COMPARISONS)


def _window(settings: MatchSettings) -> tuple[int, int]:
    """The order's day, counted from the charge's."""
    return (-settings.order_days, settings.order_early_days)


def _near(meeting: Meeting, still: Open, aliases: Aliases, settings: MatchSettings) -> Blocked:
    """Pair what is left with orders of the same merchant or of a number typed wrong, up to the tolerance."""
    charges, orders = meeting.charges, meeting.evidence
    merchant = same_merchant(meeting, still, known_names(aliases), _window(settings))
    typed = misspelt(
        meeting.numbers,
        np.where(still.charges, charges.number, UNKNOWN),
        np.where(still.evidence, orders.number, UNKNOWN),
    )
    both = united(meeting, {"merchant": merchant.pairs.rows, "number one off": typed})
    fits = np.abs(charges.cents[both.pairs.transaction]) <= _limit(meeting, both.pairs, settings)
    return Blocked(both.pairs.take(fits), {**merchant.kept, "number one off": len(typed[0])})


def _shipments(
    meeting: Meeting, near: Blocked, still: Open, model: Model, settings: MatchSettings, rate: float = 0.0
) -> Stage:
    """Link orders with the two to four charges that sum to what is open, with a rate on all of the order on top."""
    pairs = near.pairs.take(still.holds(near.pairs))
    covered = meeting.covered_cents
    owed = np.rint((meeting.evidence.cents + covered) * (1.0 + rate)).astype(np.int64) - covered
    size, base = np.abs(meeting.charges.cents[pairs.transaction]), owed[pairs.evidence]
    part = np.flatnonzero(size < base)
    may = some_two_sum if rate else may_sum
    part = part[may(pairs.evidence[part], size[part], base[part])]
    sheet = compare(meeting, pairs.take(part), None, _PART)
    charges, orders = sheet.pairs.rows
    on_top = f" with {100 * rate:.4g} % on top" if rate else ""
    name, said = f"shipments{on_top}", f"sum to the cent{on_top}"
    begun = meeting.evidence.drawn_on
    open_begun = int((begun & still.evidence).sum())
    whole = Whole(
        orders, charges, base[part], size[part], meeting.charges.day[charges], begun[orders].astype(np.int64),
        (int(still.evidence.sum()) - open_begun, open_begun), int(still.charges.sum()), said,
    )  # fmt: skip
    return grouped(name, sheet, model, whole, near.kept, COMPARISONS, settings)


def _of_few(near: Blocked, still: Open) -> Blocked:
    """Return the open pairs of orders that have few: among many some sum with tax is hit by chance."""
    pairs = near.pairs.take(still.holds(near.pairs))
    return replace(near, pairs=pairs.take(count_of(pairs.evidence) <= _FEW))


def _leftovers(
    meeting: Meeting, near: Blocked, still: Open, model: Model, aliases: Aliases, settings: MatchSettings
) -> tuple[Stage, list[float]]:
    """Link what is left one to one: tax or freight on top, a number typed wrong; also return the usual rates."""
    start = replace(
        model, found=0.3, charges=int(still.charges.sum()), shares={**model.shares, "amount": _LEFTOVER_SHARES}
    )
    sheet = compare(meeting, _one_to_one(meeting, near, still), None, COMPARISONS, start)
    evidence = int(still.evidence.sum())
    sheet, fitted, usual = fit_habits(meeting, sheet, start, evidence, (RATES_ON_TOP,), ("reference",))
    chance = moved(meeting, still, _MOVED_DAYS, settings.order_days)
    elsewhere, waiting = chance.meeting, chance.still(still)
    unrelated = _one_to_one(elsewhere, _near(elsewhere, waiting, aliases, settings), waiting)
    by_chance = as_usual(elsewhere, compare(elsewhere, unrelated, None, COMPARISONS, start), usual)
    parts = weigh(sheet, fitted)
    added = _counted(sheet, total_of(parts), by_chance, score_of(by_chance, fitted), chance.weight, evidence)
    parts["coincidences"] = added
    stage = solved(meeting, "leftovers", sheet, fitted, parts, near.kept, COMPARISONS)
    return stage, usual_rates(usual[0])


def _counted(
    sheet: Sheet, score: Floats, by_chance: Sheet, chance_score: Floats, weight: float, evidence: int
) -> Floats:
    """Return what is to be added to each score; what a number says is no matter of days, hence not counted."""
    numbered = sheet.compared["reference"].level >= 0
    coincidences = chance_score[by_chance.compared["reference"].level < 0]
    correction = counted(score[~numbered], coincidences, weight, evidence)
    return np.where(numbered, 0.0, correction.of(score))


def _one_to_one(meeting: Meeting, near: Blocked, still: Open) -> Pairs:
    """Return the open pairs in which the charge takes all that is open, or a number says whose it is."""
    pairs = near.pairs.take(still.holds(near.pairs))
    size, base = np.abs(meeting.charges.cents[pairs.transaction]), meeting.evidence.cents[pairs.evidence]
    # A part of what is open is anybody's guess, unless a number says whose.
    return pairs.take((size > base) | (reference_level(meeting, pairs) >= 0))
