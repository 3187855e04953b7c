"""How good a solution is, measured against links known to be true.

Every row of the proposed solution counts, accepted and review alike; accepted
ones alone give the share of the truth that needs no person, and the wrong
links among it. Copies - a receipt uploaded twice, a charge made twice - are one
class: a link to any of them counts, once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import polars as pl

from pcard.frames import Ledger
from pcard.ledger.verdicts import FOR, in_force
from pcard.matching.copies import Copies, copies_in
from pcard.schema import Table, columns

TRUTH = Table(
    "truth", columns("evidence_kind! transaction_id! evidence_id!"), ("evidence_kind", "transaction_id", "evidence_id")
)
KINDS = Table(
    "kinds",
    columns(
        "evidence_kind! links:count! truth:count! right:count! precision:number recall:number f1:number accepted:count!"
        " accepted_wrong:count! wrong_per_10k:number coverage:number ece:number worst_bin:number never_looked_at:count!"
    ),
    ("evidence_kind",),
)
SHAPES = Table(
    "shapes",
    columns(
        "evidence_kind! shape! links:count! right:count! truth:count! found:count! precision:number recall:number"
        " f1:number"
    ),
    ("evidence_kind", "shape"),
)
CALIBRATION = Table(
    "calibration",
    columns("evidence_kind! at_least:number! below:number! links:count! stated:number! seen:number!"),
    ("evidence_kind", "at_least"),
)
COVERAGE = Table(
    "coverage",
    columns("evidence_kind! allowed_per_10k:count! links:count! probability:number coverage:number"),
    ("evidence_kind", "allowed_per_10k"),
)
REVIEW = Table(
    "review",
    columns("evidence_kind! questions:count! right:count! not_proposed:count! minutes:number!"),
    ("evidence_kind",),
)

BINS = (0.0, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999, 0.9999, 1.0001)
_BIG_BIN = 200  # links from which a bin's error says something
_ALLOWED = (5, 10, 50, 100)  # wrong links in 10,000
_KINDS = ("receipt", "order")


@dataclass(frozen=True)
class Evaluation:
    """The figures, a frame each by its table; `minutes` is what one question was taken to cost."""

    kinds: pl.DataFrame
    shapes: pl.DataFrame
    calibration: pl.DataFrame
    coverage: pl.DataFrame
    review: pl.DataFrame
    minutes: float

    def tables(self) -> list[tuple[Table, pl.DataFrame]]:
        """Return the frames with their tables, in the order they are read."""
        tables = (KINDS, SHAPES, CALIBRATION, COVERAGE, REVIEW)
        return list(zip(tables, (self.kinds, self.shapes, self.calibration, self.coverage, self.review), strict=True))


def evaluate(
    ledger: Ledger,
    matches: pl.DataFrame,
    truth: pl.DataFrame,
    looked_at: pl.DataFrame,
    minutes: float = 1.0,
) -> Evaluation:
    """Measure matches (MATCHES) against `TRUTH`; `looked_at` are those of the true pairs that were weighed.

    A kind of evidence of which the truth names no link is left out. `minutes`
    is what a question costs a person.
    """
    copies = copies_in(ledger)
    graded = [
        _Graded.of(copies, kind, *(frame.filter(pl.col("evidence_kind") == kind) for frame in (matches, truth)))
        for kind in _KINDS
        if truth["evidence_kind"].is_in([kind]).any()
    ]
    return Evaluation(
        kinds=KINDS.rows(each.figures(looked_at) for each in graded),
        shapes=SHAPES.rows(row for each in graded for row in each.by_shape()),
        calibration=CALIBRATION.rows(row for each in graded for row in each.bins()),
        coverage=COVERAGE.rows(row for each in graded for row in each.at_error_rates()),
        review=REVIEW.rows(each.left_to_do(minutes) for each in graded),
        minutes=minutes,
    )


def confirmed_links(decisions: pl.DataFrame) -> pl.DataFrame:
    """Return the links people confirmed and did not take back, as `TRUTH`."""
    return TRUTH.of(
        pl.concat(
            in_force(kind, decisions)
            .filter(pl.col("act").is_in(FOR) & pl.col("evidence_id").is_not_null())
            .select(pl.lit(kind).alias("evidence_kind"), pl.col("subject").alias("transaction_id"), "evidence_id")
            for kind in _KINDS
        )
    )


@dataclass(frozen=True)
class _Graded:
    """The proposed links of one kind, most probable first, with `right`; and the true ones, with `found`."""

    kind: str
    links: pl.DataFrame
    truth: pl.DataFrame

    @classmethod
    def of(cls, copies: Copies, kind: str, matches: pl.DataFrame, truth: pl.DataFrame) -> _Graded:
        key = ["charge_class", "evidence_class"]
        proposed, true = (copies.classed(frame, kind).with_columns(shape=_shape(kind)) for frame in (matches, truth))
        true = true.unique(key, keep="first", maintain_order=True)
        order = ["probability", "transaction_id", "evidence_id"]
        links = (
            proposed.sort(order, descending=[True, False, False])
            .join(true.select(*key, true=pl.lit(value=True)), on=key, how="left", maintain_order="left")
            .with_columns(right=pl.col("true").fill_null(value=False) & pl.struct(key).is_first_distinct())
        )
        found = true.join(links.filter("right").select(*key, found=pl.lit(value=True)), on=key, how="left")
        return cls(kind, links, found.with_columns(pl.col("found").fill_null(value=False)))

    @property
    def accepted(self) -> pl.DataFrame:
        """The links nobody is asked about."""
        return self.links.filter(pl.col("outcome") != "review")

    def figures(self, looked_at: pl.DataFrame) -> dict[str, object]:
        right, accepted = int(self.links["right"].sum()), self.accepted
        wrong = accepted.height - int(accepted["right"].sum())
        bins = list(self.bins())
        off = [(row["links"], abs(row["stated"] - row["seen"])) for row in bins]
        unseen = self.truth.filter(~pl.col("found")).join(looked_at, on=TRUTH.names, how="anti")
        return {
            "evidence_kind": self.kind,
            "links": self.links.height,
            "truth": self.truth.height,
            "right": right,
            **_rates(self.links.height, right, self.truth.height, right),
            "accepted": accepted.height,
            "accepted_wrong": wrong,
            "wrong_per_10k": _share(10_000 * wrong, accepted.height),
            "coverage": _share(accepted.height - wrong, self.truth.height),
            "ece": _share(sum(links * gap for links, gap in off), self.links.height),
            "worst_bin": max((gap for links, gap in off if links >= _BIG_BIN), default=None),
            "never_looked_at": unseen.height,
        }

    def by_shape(self) -> Iterator[dict[str, object]]:
        """Yield precision over the links proposed in a shape, recall over those true in it."""
        for shape in sorted({*self.links["shape"], *self.truth["shape"]}):
            links, truth = (frame.filter(pl.col("shape") == shape) for frame in (self.links, self.truth))
            counts = links.height, int(links["right"].sum()), truth.height, int(truth["found"].sum())
            names = ("links", "right", "truth", "found")
            yield {
                "evidence_kind": self.kind,
                "shape": shape,
                **dict(zip(names, counts, strict=True)),
                **_rates(*counts),
            }

    def bins(self) -> Iterator[dict[str, float]]:
        """Yield each bin of stated probability that has links, with the share that was right."""
        for low, high in pairwise(BINS):
            inside = self.links.filter((pl.col("probability") >= low) & (pl.col("probability") < high))
            if inside.height:
                stated, seen = inside.select(pl.col("probability").mean(), pl.col("right").mean().alias("seen")).row(0)
                row = {"at_least": low, "below": min(high, 1.0), "links": inside.height, "stated": stated, "seen": seen}
                yield {"evidence_kind": self.kind, **row}  # type: ignore[dict-item]

    def at_error_rates(self) -> Iterator[dict[str, object]]:
        """Yield how much could be taken without asking at each rate of wrong links, by probability alone."""
        counted = self.links.with_columns(
            taken=pl.int_range(1, pl.len() + 1),
            wrong=(~pl.col("right")).cum_sum(),
            last=pl.col("probability") != pl.col("probability").shift(-1).fill_null(-1.0),
        )
        for allowed in _ALLOWED:
            within = counted.filter(pl.col("last") & (10_000 * pl.col("wrong") <= allowed * pl.col("taken"))).tail(1)
            taken, wrong = (within["taken"].item(), within["wrong"].item()) if within.height else (0, 0)
            yield {
                "evidence_kind": self.kind,
                "allowed_per_10k": allowed,
                "links": taken,
                "probability": within["probability"].item() if within.height else None,
                "coverage": _share(taken - wrong, self.truth.height),
            }

    def left_to_do(self, minutes: float) -> dict[str, object]:
        asked = self.links.filter(pl.col("outcome") == "review").group_by("group_id").agg(pl.col("right").all())
        questions = asked.height
        return {
            "evidence_kind": self.kind,
            "questions": questions,
            "right": int(asked["right"].sum()),
            "not_proposed": int((~self.truth["found"]).sum()),
            "minutes": questions * minutes,
        }


def _shape(kind: str) -> pl.Expr:
    """Name what a link is part of, by how many links its two ends have."""
    several_evidence = pl.struct("evidence_class").n_unique().over("charge_class") > 1
    several_charges = pl.struct("charge_class").n_unique().over("evidence_class") > 1
    return (
        pl.when(several_charges)
        .then(pl.lit(f"several charges, one {kind}"))
        .when(several_evidence)
        .then(pl.lit(f"one charge, several {kind}s"))
        .otherwise(pl.lit("one to one"))
    )


def _rates(links: int, right: int, truth: int, found: int) -> dict[str, float | None]:
    precision, recall = _share(right, links), _share(found, truth)
    both = (precision or 0.0) + (recall or 0.0)
    f1 = 2 * (precision or 0.0) * (recall or 0.0) / both if both else 0.0
    return {"precision": precision, "recall": recall, "f1": f1}


def _share(part: float, whole: int) -> float | None:
    return part / whole if whole else None
