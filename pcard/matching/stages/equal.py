"""Equal amounts, twice: first what is sure, and once that is settled what was likely."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from pcard.matching.arrays import Floats, distinct
from pcard.matching.comparing.blocking import Open
from pcard.matching.comparing.comparisons import BuiltIn
from pcard.matching.comparing.meeting import Meeting
from pcard.matching.settings import MatchSettings
from pcard.matching.weighing.linked import Stage, solved
from pcard.matching.weighing.posterior import posterior
from pcard.matching.weighing.weights import Model, Sheet, found_share, score_of, weigh

_LOCK = 0.97  # a link this sure is not looked at again
_ROUNDS = 10
_LEAST_FOUND = 0.6  # share of evidence with an open charge of its very amount that is that charge's, at least


@dataclass(frozen=True)
class Equal:
    """What equal amounts gave: the stage with its sure links, what is open, the pairs left open.

    `own` are these pairs' own claims in the aliases, where they were learnt from them.
    """

    stage: Stage
    still: Open
    unsure: Sheet
    own: Floats | None


def link_sure(
    meeting: Meeting,
    still: Open,
    stage: tuple[str, Mapping[str, int]],
    sheet: Sheet,
    model: Model,
    comparisons: tuple[BuiltIn, ...],
    own: Floats | None = None,
) -> Equal:
    """Weigh pairs of equal amounts and link what is sure; `stage` is its name and what its blocking kept."""
    name, kept = stage
    found = solved(meeting, name, sheet, model, weigh(sheet, model, own), kept, comparisons)
    found = replace(found, links=found.links.take(found.links.probability >= _LOCK))
    still = still.without(found.links.pairs)
    unsure = np.flatnonzero(still.holds(sheet.pairs))
    return Equal(found, still, sheet.take(unsure), None if own is None else own[unsure])


def link_likely(meeting: Meeting, still: Open, equal: Equal, settings: MatchSettings) -> Stage:
    """Link equal amounts that were likely, but not sure, now that the sure links and the groups took their rivals.

    That a charge is still open speaks for its pairs: unrelated ones mostly meet charges that are not. What is not
    proposed here is not weighed again.
    """
    pairs = equal.unsure.pairs
    size, base = meeting.sizes(pairs)
    rows = np.flatnonzero(still.holds(pairs) & (size == base))
    sheet, own = equal.unsure.take(rows), None if equal.own is None else equal.own[rows]
    model = replace(equal.stage.model, charges=int(still.charges.sum()))
    evidence = len(distinct(sheet.pairs.evidence))
    for _ in range(_ROUNDS):
        found = posterior(sheet.pairs, score_of(sheet, model, own)).probability
        model = replace(model, found=max(found_share(found, evidence), _LEAST_FOUND))
    name, comparisons = f"{equal.stage.name}, again", equal.stage.comparisons
    stage = solved(meeting, name, sheet, model, weigh(sheet, model, own), {}, comparisons)
    # A pair whose rivals were locked elsewhere is no surer than that was right.
    links = stage.links.take(stage.links.probability >= settings.review_probability).at_most(_LOCK)
    return replace(stage, links=links)
