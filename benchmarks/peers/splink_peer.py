"""Splink 5 as a peer: a Fellegi-Sunter model trained by EM, its pairs assigned one to one.

Blocking: equal amount with equal site, cardholder or card, within the window; the same site and day with the same first
letters of the name, and the same cardholder and day, for amounts that differ. Common values weigh less (term
frequencies). The assignment is ours (`links.one_to_one`), as Splink's own clusters by the same rule, only slower.
"""

from __future__ import annotations

import logging

import polars as pl
import splink.comparison_level_library as level
import splink.comparison_library as compare
from splink import DuckDBAPI, Linker, SettingsCreator, block_on
from splink.blocking_rule_library import CustomRule

from benchmarks.peers import links

HEAD = "substr(name, 1, 4)"
NEAR = f"abs(l.day - r.day) <= {links.WINDOW}"
SAMPLED_PAIRS = 2e6  # to estimate how often unrelated records agree; five times as many changed F1 by 0.0002
TRAINING_PAIRS = 1e5  # per EM session; without a limit they take 37 of 48 s at a million charges, for the same F1


def amounts() -> compare.CustomComparison:
    """Return the comparison of amounts: equal, a tip or tax apart, or else."""
    return compare.CustomComparison(
        output_column_name="cents",
        comparison_levels=[
            level.ExactMatchLevel("cents", term_frequency_adjustments=True),
            level.PercentageDifferenceLevel("cents", 0.12),
            level.PercentageDifferenceLevel("cents", 0.25),
            level.ElseLevel(),
        ],
    )


def days() -> compare.CustomComparison:
    """Return the comparison of dates, by the days between them."""
    within = [level.AbsoluteDifferenceLevel("day", apart) for apart in (0, 1, 3, 6, links.WINDOW)]
    return compare.CustomComparison(output_column_name="day", comparison_levels=[*within, level.ElseLevel()])


def settings(charges: int, known: list[str]) -> SettingsCreator:
    """Return the model before it is trained.

    Args:
        charges: how many there are, which sets how likely two records at random belong together.
        known: those of site, holder and card that the receipts say.
    """
    common = {"term_frequency_adjustments": True}
    exact = [compare.ExactMatch(column).configure(**common) for column in known]
    names = compare.JaroWinklerAtThresholds("name", [0.92, 0.8, 0.7]).configure(**common)
    amount_blocks = [CustomRule(f"l.cents = r.cents and l.{column} = r.{column} and {NEAR}") for column in known]
    same_day = [block_on("site", "day", HEAD)] * ("site" in known) + [block_on("holder", "day")] * ("holder" in known)
    return SettingsCreator(
        link_type="link_only",
        unique_id_column_name="row",
        probability_two_random_records_match=0.9 / charges,
        comparisons=[amounts(), days(), names, *exact, compare.ExactMatch("credit")],
        blocking_rules_to_generate_predictions=amount_blocks + same_day,
        retain_matching_columns=False,
    )


def scored(charges: pl.DataFrame, receipts: pl.DataFrame) -> pl.DataFrame:
    """Return the pairs that the trained model holds for matches, with its probability."""
    api = DuckDBAPI()
    tables = [
        api.register(frame.drop("id").to_arrow(), dataset_display_name=name)
        for name, frame in (("charges", charges), ("receipts", receipts))
    ]
    linker = Linker(tables, settings(charges.height, links.known(receipts)), log_level=logging.ERROR)
    linker.training.estimate_u_using_random_sampling(max_pairs=SAMPLED_PAIRS, seed=1)
    for rule in (block_on("cents", "site"), block_on("cents", "name"), block_on("name", "day")):
        linker.training.estimate_parameters_using_expectation_maximisation(rule, max_pairs=TRAINING_PAIRS)
    predicted = linker.inference.predict(threshold_match_probability=links.PROPOSED).as_duckdbpyrelation()
    found: pl.DataFrame = predicted.pl()
    days = charges["day"].gather(found["row_l"]) - receipts["day"].gather(found["row_r"])
    return found.select(
        pl.col("row_l").alias("charge"),
        pl.col("row_r").alias("receipt"),
        pl.col("match_weight").alias("weight"),
        pl.col("match_probability").alias("probability"),
        days.abs().alias("apart"),
    )


if __name__ == "__main__":
    links.main(scored, "splink", "duckdb")
