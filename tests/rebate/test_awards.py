from __future__ import annotations

from datetime import date

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from pcard.frames import SHARES
from pcard.rebate.awards import return_journal, returned_to_awards
from pcard.rebate.facts import NOTHING_STATED, Accounts, Known, StatedFile
from tests.rebate.conftest import ProgramOf

TERMS = 'buckets: [{id: standard, rate: {bps: 100}}]\nallocation: {federal: ["51", "52"], federal_funds: %s}\n'
AS_OF = date(2026, 8, 5)
AWARDS = Known(
    StatedFile.model_validate(
        {
            "format": "pcard-rebate-facts/1",
            "awards": [
                {"fund": "51", "title": "Title I"},
                {"fund": "52", "title": "IDEA", "closed": date(2026, 6, 30)},
            ],
        }
    )
)


def shares(*rows: tuple[str, str, int]) -> pl.DataFrame:
    return SHARES.rows(
        {
            "program_id": "example",
            "period": "2026Q1",
            "site": site,
            "fund": fund,
            "volume_cents": 0,
            "share_cents": cents,
        }
        for site, fund, cents in rows
    )


def test_federal_funds_get_their_part_back_and_a_closed_award_is_a_question(program_of: ProgramOf) -> None:
    frame = shares(("hs", "10", 6_00), ("hs", "51", 4_00), ("ms", "52", 1_00), ("es", "51", 0))
    program = program_of(TERMS % "return_to_award")
    found = returned_to_awards(frame, [program], AWARDS, AS_OF)
    assert found.select("fund", "site", "award", "amount_cents", "question").rows() == [
        ("51", "hs", "Title I", 4_00, None),
        ("52", "ms", "IDEA", 1_00, "grants office: IDEA was closed on 2026-06-30; refund it to the grantor?"),
    ]
    unknown = returned_to_awards(frame, [program], NOTHING_STATED, AS_OF)
    assert set(unknown["question"]) == {"grants office: which award is this fund, and is it still open?"}
    assert returned_to_awards(frame, [program_of(TERMS % "as_others")], AWARDS, AS_OF).is_empty()


@given(
    st.dictionaries(
        st.tuples(st.sampled_from(["hs", "ms", "es"]), st.sampled_from(["10", "51", "52"])), st.integers(-900, 900)
    )
)
def test_the_journal_balances_in_every_fund(program_of: ProgramOf, parts: dict[tuple[str, str], int]) -> None:
    frame = shares(*((site, fund, cents) for (site, fund), cents in parts.items()))
    returned = returned_to_awards(frame, [program_of(TERMS % "return_to_award")], AWARDS, AS_OF)
    journal = return_journal(returned, Accounts())
    sums = journal.group_by("entry", "fund").agg(pl.col("debit_cents", "credit_cents").sum())
    assert (sums["debit_cents"] == sums["credit_cents"]).all()
    reduced = journal.filter(pl.col("account") == "expenditures (cost reduction)")
    assert int(reduced["credit_cents"].sum()) - int(reduced["debit_cents"].sum()) == returned["amount_cents"].sum()
