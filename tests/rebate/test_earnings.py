from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pcard.rebate.earnings import earn
from pcard.rebate.figures import Counted, Facts
from pcard.rebate.losses import losses_of
from pcard.rebate.tiers import Volume
from tests.rebate.conftest import ProgramOf

FLAT = "buckets: [{id: standard, rate: {bps: 100}}]\n"
CLIFF = """buckets:
- id: standard
  rate: {tiers: {by: volume, over: contract_year, method: cliff, steps: [{from: 0, bps: 100}, {from: 5000, bps: 135}]}}
"""


def figures(
    program_of: ProgramOf, terms: str, volume: int, facts: Facts | None = None, before: int = 0
) -> dict[str, int]:
    counted = Counted(Volume({"standard": volume}), Volume({"standard": before}), volume)
    return dict(earn(program_of(terms), counted, facts or Facts()).figures)


def test_the_parts_sum_to_the_total(program_of: ProgramOf) -> None:
    terms = (
        CLIFF
        + """prompt_pay: {table: [{days: 30, bps: 4}], round_days: floor}
bonuses: [{per_full: 1000.00, pays: 5.00}]
floor: {amount: 200.00}
fees: [{id: access_fee, bps: 6.5, on: gross}, {id: lead_fee, bps: 1, on: net_charge_volume}]
offsets: {credit_losses: net, may_be_negative: true}
"""
    )
    facts = Facts(Fraction(61, 2), gross_losses_cents=90_00, net_losses_cents=70_00)
    counted = Counted(Volume({"standard": 5_500_00}), Volume({"standard": 1_600_00}), 6_000_00)
    earned = earn(program_of(terms), counted, facts)
    found = earned.figures
    assert found["standard"] == 74_25
    assert found["prompt_pay"] == 2_20
    assert found["bonuses"] == 30_00  # the year's 2nd to 7th thousand
    assert found["floor"] == 200_00 - 74_25 - 2_20 - 30_00
    assert found["gross"] == 200_00
    assert (found["access_fee"], found["lead_fee"], found["offsets"]) == (13, 60, 70_00)
    assert found["total"] == 200_00 - 13 - 60 - 70_00 == sum(part.amount_cents for part in earned.parts)


@pytest.mark.parametrize(
    ("offsets", "losses", "carried", "taken", "carry_out", "total"),
    [
        ("credit_losses: gross, may_be_negative: true", 55, 0, 55, 0, -5),
        ("credit_losses: gross, carry_forward: true", 55, 0, 50, 5, 0),
        ("credit_losses: gross", 55, 0, 50, 0, 0),
        ("credit_losses: gross, carry_forward: true", 20, 25, 45, 0, 5),
        ("credit_losses: none", 55, 0, 0, 0, 50),
        ("credit_losses: gross, carry_forward: true, may_be_negative: true", 55, 0, 55, 0, -5),
    ],
)
def test_losses_are_invoiced_carried_or_dropped(
    program_of: ProgramOf, offsets: str, losses: int, carried: int, taken: int, carry_out: int, total: int
) -> None:
    facts = Facts(gross_losses_cents=losses * 100, carried_over_cents=carried * 100)
    found = figures(program_of, FLAT + f"offsets: {{{offsets}}}\n", 5000_00, facts)
    assert [found[name] for name in ("offsets", "carry_out", "total")] == [taken * 100, carry_out * 100, total * 100]


def test_gross_and_net_losses_stand_for_each_other_where_one_is_known(program_of: ProgramOf) -> None:
    for kind, facts in (("net", Facts(gross_losses_cents=10_00)), ("gross", Facts(net_losses_cents=10_00))):
        assert figures(program_of, FLAT + f"offsets: {{credit_losses: {kind}}}\n", 5000_00, facts)["offsets"] == 10_00


def test_losses_taken_from_volume_come_out_of_the_bucket_for_all_that_is_left(program_of: ProgramOf) -> None:
    terms = """buckets:
- {id: large_ticket, when: {txn.large_ticket: true}, rate: {bps: 50}}
- {id: standard, rate: {bps: 100}}
offsets: {credit_losses: gross, reduce: volume, may_be_negative: true}
"""
    counted = Counted(Volume({"large_ticket": 1000_00, "standard": 1000_00}), net_charge_volume_cents=2000_00)
    found = earn(program_of(terms), counted, Facts(gross_losses_cents=3000_00)).figures
    assert (found["large_ticket"], found["standard"], found["eligible"]) == (5_00, -20_00, -1000_00)


@pytest.mark.parametrize(("unqualified", "gross"), [("nothing", 0), ("no_floor", 10_00)])
def test_missed_payment_terms_cost_the_rebate_or_the_floor(program_of: ProgramOf, unqualified: str, gross: int) -> None:
    terms = FLAT + f"floor: {{amount: 50.00, when: qualified}}\nunqualified: {unqualified}\n"
    assert figures(program_of, terms, 1000_00)["gross"] == 50_00
    assert figures(program_of, terms, 1000_00, Facts(qualified=False))["gross"] == gross
    always = terms.replace("when: qualified", "when: always")
    assert figures(program_of, always, 1000_00, Facts(qualified=False))["gross"] == (50_00 if gross else 0)


def test_below_the_minimum_nothing_is_earned_and_no_fee_is_taken(program_of: ProgramOf) -> None:
    terms = FLAT + "minimum: {volume: 1000}\nfloor: {amount: 5.00}\nfees: [{id: fee, bps: 10}]\n"
    assert figures(program_of, terms, 999_99)["total"] == 0
    assert figures(program_of, terms, 1_00, before=999_00)["total"] == 5_00
    of_the_period = terms.replace("volume: 1000", "volume: 1000, over: period")
    assert figures(program_of, of_the_period, 1_00, before=999_00)["total"] == 0


def test_true_up_pays_the_difference_on_the_years_earlier_periods(program_of: ProgramOf) -> None:
    assert figures(program_of, CLIFF, 1000_00, before=4000_00)["standard"] == 13_50
    trued = CLIFF + "true_up: true\n"
    assert figures(program_of, trued, 1000_00, before=4000_00)["standard"] == 67_50 - 40_00
    from_minimum = FLAT + "true_up: true\nminimum: {volume: 5000}\n"
    assert figures(program_of, from_minimum, 1000_00, before=3999_99)["standard"] == 0
    assert figures(program_of, from_minimum, 1000_00, before=4000_00)["standard"] == 50_00
    assert figures(program_of, from_minimum, 1000_00, before=5000_00)["standard"] == 10_00


def test_prompt_pay_may_stand_on_another_volume(program_of: ProgramOf) -> None:
    terms = FLAT + "prompt_pay: {on: net_charge_volume, table: [{days: 30, bps: 10}]}\n"
    counted = Counted(Volume({"standard": 1000_00}), net_charge_volume_cents=1500_00)
    assert earn(program_of(terms), counted, Facts(Fraction(3))).figures["prompt_pay"] == 1_50


def test_unknown_days_earn_no_prompt_pay_and_the_part_says_so(program_of: ProgramOf) -> None:
    program = program_of(FLAT + "prompt_pay: {table: [{days: 30, bps: 10}]}\n")
    part = earn(program, Counted(Volume({"standard": 1000_00})), Facts()).parts[1]
    assert (part.name, part.amount_cents) == ("prompt_pay", 0)
    assert "not known" in part.words


def test_a_bonus_may_begin_anew_in_every_period(program_of: ProgramOf) -> None:
    terms = FLAT + "bonuses: [{per_full: 1000.00, pays: 5.00, over: OVER}]\n"
    found = {
        over: figures(program_of, terms.replace("OVER", over), 1500_00, before=800_00)["bonuses"]
        for over in ("period", "contract_year")
    }
    assert found == {"period": 5_00, "contract_year": 10_00}


RISING = st.lists(st.integers(1, 500_000), max_size=4, unique=True).map(lambda starts: [0, *sorted(starts)])
BPS = st.integers(0, 3900).map(lambda quarter: f"{quarter / 4:g}")


@st.composite
def rates(draw: st.DrawFn) -> str:
    """Draw a rate that never falls: flat, cliff or slices."""
    starts = draw(RISING)
    bps = sorted(draw(st.lists(BPS, min_size=len(starts), max_size=len(starts))), key=float)
    if len(starts) == 1:
        return f"{{bps: {bps[0]}}}"
    steps = ", ".join(f"{{from: {start}, bps: {each}}}" for start, each in zip(starts, bps, strict=True))
    over, method = draw(st.sampled_from(["period", "contract_year"])), draw(st.sampled_from(["cliff", "marginal"]))
    return f"{{tiers: {{over: {over}, method: {method}, steps: [{steps}]}}}}"


@st.composite
def contracts(draw: st.DrawFn) -> str:
    """Draw a contract of two buckets with any of the further clauses."""

    def one_of(*words: str) -> str:
        return draw(st.sampled_from(words))

    table = f"[{{days: 10, bps: {draw(BPS)}}}, {{days: 45, bps: {draw(BPS)}}}]"
    losses = f"credit_losses: {one_of('gross', 'net', 'none')}, reduce: {one_of('rebate', 'volume')}"
    negative = f"carry_forward: {one_of('true', 'false')}, may_be_negative: {one_of('true', 'false')}"
    further = [
        f"prompt_pay: {{table: {table}, round_days: {one_of('ceil', 'floor', 'half_up')}}}",
        f"minimum: {{volume: {draw(st.integers(0, 300_000))}}}",
        f"bonuses: [{{per_full: {draw(st.integers(1, 200_000))}, pays: {draw(st.integers(0, 500))}}}]",
        f"floor: {{amount: {draw(st.integers(0, 900))}, when: {one_of('qualified', 'always')}}}",
        f"fees: [{{id: f, bps: {draw(BPS)}, on: {one_of('eligible', 'gross', 'total_volume')}}}]",
        f"offsets: {{{losses}, {negative}}}",
    ]
    buckets = f"buckets: [{{id: a, when: {{txn.mcc: '1'}}, rate: {draw(rates())}}}, {{id: b, rate: {draw(rates())}}}]"
    chosen = draw(st.lists(st.sampled_from(further), unique=True))
    return "\n".join([buckets, *chosen]) + "\n"


VOLUMES = st.integers(-100_000_00, 900_000_00)
KNOWN = st.builds(
    Facts,
    st.none() | st.fractions(0, 60),
    st.none() | st.integers(0, 9_000_00),
    st.none() | st.integers(0, 9_000_00),
    st.integers(0, 900_00),
    st.none(),
    st.booleans(),
)


@given(contracts(), VOLUMES, VOLUMES, VOLUMES, KNOWN)
def test_the_figures_of_any_contract_sum_as_the_terms_say(
    program_of: ProgramOf, terms: str, one: int, other: int, before: int, known: Facts
) -> None:
    program = program_of(terms)
    found = earn(program, Counted(Volume({"a": one, "b": other}), Volume({"b": before})), known)
    figures = found.figures
    gross = sum(figures[name] for name in ("a", "b", "prompt_pay", "bonuses", "floor"))
    assert figures["gross"] == gross
    assert figures["total"] == gross - figures.get("f", 0) - figures["offsets"]
    assert figures["carry_out"] >= 0
    offsets = program.terms.offsets
    if offsets.reduce == "rebate" and offsets.carry_forward:
        due = figures["carry_out"] + figures["offsets"]
        assert due == losses_of(known, offsets.credit_losses) + known.carried_over_cents


@given(rates(), st.integers(0, 900_000_00), st.integers(0, 900_000_00), st.integers(0, 900_000_00))
def test_more_eligible_spend_never_lowers_a_rate_that_does_not_fall(
    program_of: ProgramOf, rate: str, volume: int, more: int, before: int
) -> None:
    program = program_of(f"buckets: [{{id: b, rate: {rate}}}]\n")
    less, greater = (
        earn(program, Counted(Volume({"b": cents}), Volume({"b": before})), Facts()).total_cents
        for cents in (volume, volume + more)
    )
    assert less <= greater


@given(st.lists(st.integers(-100_00, 900_000_00), min_size=1, max_size=6), rates())
def test_the_periods_of_a_year_of_slices_sum_to_the_year(program_of: ProgramOf, volumes: list[int], rate: str) -> None:
    program = program_of(
        f"buckets: [{{id: b, rate: {rate.replace('cliff', 'marginal').replace('period', 'contract_year')}}}]\n"
    )
    edges = [sum(volumes[:count]) for count in range(len(volumes) + 1)]
    if not program.buckets[0].rate.tiers or min(edges) < 0:
        return
    parts = [
        earn(program, Counted(Volume({"b": volume}), Volume({"b": edge})), Facts()).total_cents
        for volume, edge in zip(volumes, edges, strict=False)
    ]
    assert sum(parts) == earn(program, Counted(Volume({"b": sum(volumes)})), Facts()).total_cents
