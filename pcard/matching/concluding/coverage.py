"""How much of a charge each link covers, so that nothing serves beyond its amount."""

from __future__ import annotations

import numpy as np

from pcard.matching.arrays import Ints, sorted_rows, sum_before
from pcard.matching.comparing.meeting import Pairs
from pcard.matching.records.encode import Side


def covered_cents(charges: Side, evidence: Side, links: Pairs, limit_cents: Ints) -> Ints:
    """Return the part of the charge each link covers, in the charge's sign.

    The links' order settles who is served first. No evidence covers more than
    its amount over all its links, no charge is covered beyond its own; an
    unread receipt covers what others left. `limit_cents` is what a person
    stated (0: nothing).
    """
    charged = charges.cents[links.transaction]
    size = np.abs(charged)
    stated = np.abs(evidence.cents[links.evidence])
    readable = stated > 0
    wanted = np.where(limit_cents > 0, np.minimum(size, limit_cents), size)
    wanted = np.where(readable, np.minimum(wanted, stated), wanted)
    given = np.where(readable, _left(links.evidence, wanted, stated), wanted)
    served = sorted_rows(2 * links.transaction + ~readable)[0]  # the read before the unread
    covered = np.empty(len(links), np.int64)
    covered[served] = _left(links.transaction[served], given[served], size[served])
    return covered * np.sign(charged)


def _left(owner: Ints, wanted: Ints, available: Ints) -> Ints:
    """Give each row what is still available of its owner after the rows before it took theirs."""
    order, owners = sorted_rows(owner)
    given = np.empty(len(owner), np.int64)
    given[order] = np.clip(available[order] - sum_before(owners, wanted[order]), 0, wanted[order])
    return given
