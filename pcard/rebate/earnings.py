"""What a period earns from its volumes: the arithmetic of a program on plain numbers.

    volumes by bucket - losses taken from volume = eligible
    buckets + prompt pay + bonuses + a scheme, raised to the floor = gross
    gross - what a loss trigger takes - fees - losses taken from the rebate = total

Every part is rounded half-up to the cent once; the total is the sum of the parts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from fractions import Fraction

from pcard.money import at_rate, cents_of, show_cents
from pcard.rebate.clauses import Bonus, Fee, PromptPay
from pcard.rebate.figures import Counted, Earned, Facts, Part
from pcard.rebate.losses import less_losses, losses_of, trigger_part, triggered
from pcard.rebate.programs import Program, cited
from pcard.rebate.prompt_pay import prompt_pay_bps, shown_days
from pcard.rebate.terms import Bucket
from pcard.rebate.tiers import Volume, earned_cents, is_cumulative, over, reached


def earn(program: Program, counted: Counted, facts: Facts) -> Earned:
    """Return what a program earns on what was counted."""
    offsets = program.terms.offsets
    due = losses_of(facts, offsets.credit_losses) + facts.carried_over_cents
    from_volume, from_rebate = (due, 0) if offsets.reduce == "volume" else (0, due)
    total_volume = counted.period.whole_cents
    if from_volume:
        absorbed = from_volume if offsets.may_be_negative else min(from_volume, max(counted.period.total_cents, 0))
        counted = less_losses(program, counted, absorbed)
        due -= absorbed
    bases = {
        "total_volume": total_volume,
        "eligible": counted.period.total_cents,
        "net_charge_volume": counted.net_charge_volume_cents,
    }
    nothing = _why_nothing(program, counted, facts)
    parts = [*_gross_parts(program, counted, facts, bases, nothing)]
    bases["gross"] = sum(part.amount_cents for part in parts)
    trigger = program.terms.loss_trigger
    if trigger and trigger.then == "less":
        why = "" if nothing else triggered(trigger, bases["eligible"], facts)
        parts.append(trigger_part(trigger, bases["eligible"], bases["gross"], why))
    parts += [_fee(fee, bases[fee.on], nothing) for fee in program.terms.fees]
    if from_rebate:
        left = sum(part.amount_cents for part in parts)
        absorbed = from_rebate if offsets.may_be_negative else min(from_rebate, max(left, 0))
        words = f"credit losses and what was carried over, {show_cents(due)}, taken from the rebate"
        parts.append(Part("offsets", "offsets", due, None, -absorbed, words, cited(offsets.cite)))
        due -= absorbed
    carry_out = due if offsets.carry_forward else 0
    return Earned(tuple(parts), counted.net_charge_volume_cents, bases["eligible"], carry_out)


def _gross_parts(
    program: Program, counted: Counted, facts: Facts, bases: Mapping[str, int], nothing: str
) -> Iterator[Part]:
    """Yield buckets, prompt pay, bonuses and what raises them to the floor; all zero where nothing is earned."""
    terms, sum_cents = program.terms, 0
    earned = [_bucket(bucket, program, counted) for bucket in program.buckets]
    if terms.prompt_pay:
        earned.append(_prompt_pay(terms.prompt_pay, bases[terms.prompt_pay.on], facts))
    if terms.bonuses:
        earned.append(_bonuses(terms.bonuses, counted))
    earned += counted.scheme
    for part in earned:
        kept = replace(part, amount_cents=0, bps=Fraction(0), words=nothing) if nothing else part
        sum_cents += kept.amount_cents
        yield kept
    if terms.floor and not nothing and (facts.qualified or terms.floor.when == "always"):
        least = cents_of(terms.floor.amount)
        words = f"raises the gross rebate to at least {show_cents(least)}"
        yield Part("floor", "floor", least, None, max(least - sum_cents, 0), words, cited(terms.floor.cite))


def _bucket(bucket: Bucket, program: Program, counted: Counted) -> Part:
    """Return what a bucket earns.

    Slices over a contract year, and every rate under `true_up`, earn the year's
    sum to date less the sum before the period, so that periods add up to the
    year to the cent. Any other rate is the one reached, on the period's volume.
    """
    rate, name = bucket.rate, bucket.id
    volume = counted.period.by_bucket.get(name, 0)
    of_the_year = over(rate) == "contract_year"
    found = reached(rate, name, counted.year if of_the_year else counted.period)
    if not (of_the_year and (is_cumulative(rate) or program.terms.true_up)):
        amount = earned_cents(volume, found.bps)
        return Part(name, "bucket", volume, found.bps, amount, found.words, _cite(bucket, program))
    before = earned_cents(counted.before.by_bucket.get(name, 0), reached(rate, name, counted.before).bps)
    if program.terms.true_up and _below_minimum(program, counted.before):
        before = 0
    amount = earned_cents(counted.year.by_bucket.get(name, 0), found.bps) - before
    average = Fraction(amount * 10_000, volume) if volume else None
    words = f"{found.words}; the year to date less {show_cents(before)} earned before this period"
    return Part(name, "bucket", volume, average, amount, words, _cite(bucket, program))


def _prompt_pay(terms: PromptPay, base_cents: int, facts: Facts) -> Part:
    if facts.average_days_to_pay is None:
        words = "the average days to pay are not known, so nothing is counted"
        return Part("prompt_pay", "prompt_pay", base_cents, None, 0, words, cited(terms.cite))
    days, bps = prompt_pay_bps(terms, facts.average_days_to_pay)
    words = f"{shown_days(facts.average_days_to_pay)} days on average, {terms.round_days} to day {days}"
    return Part(
        "prompt_pay", "prompt_pay", base_cents, Fraction(bps), at_rate(base_cents, bps), words, cited(terms.cite)
    )


def _bonuses(bonuses: tuple[Bonus, ...], counted: Counted) -> Part:
    """Return the bonuses for the full amounts reached in this period and not before it."""
    amount = full = 0
    for bonus in bonuses:
        per_full = cents_of(bonus.per_full)
        if bonus.over == "contract_year":
            new = _full(counted.year, per_full) - _full(counted.before, per_full)
        else:
            new = _full(counted.period, per_full)
        full += new
        amount += new * cents_of(bonus.pays)
    words = f"{full} full amount(s) reached in this period"
    return Part("bonuses", "bonuses", counted.year.total_cents, None, amount, words, cited(bonuses[0].cite))


def _full(volume: Volume, per_full_cents: int) -> int:
    return max(volume.whole_cents, 0) // per_full_cents


def _fee(fee: Fee, base_cents: int, nothing: str) -> Part:
    amount = 0 if nothing else at_rate(base_cents, fee.bps)
    words = nothing or f"a fee on {fee.on.replace('_', ' ')}"
    return Part(fee.id, "fee", base_cents, Fraction(fee.bps), -amount, words, cited(fee.cite))


def _why_nothing(program: Program, counted: Counted, facts: Facts) -> str:
    """Return why the period earns nothing at all; empty where it may earn."""
    minimum = program.terms.minimum
    if not facts.qualified and program.terms.unqualified == "nothing":
        return "nothing is earned: the contract's payment terms were not kept"
    trigger = program.terms.loss_trigger
    if trigger and trigger.then == "nothing" and (why := triggered(trigger, counted.period.total_cents, facts)):
        return f"nothing is earned: {why}"
    measured = counted.year if minimum and minimum.over == "contract_year" else counted.period
    if minimum and _below_minimum(program, measured):
        least = show_cents(cents_of(minimum.volume))
        return f"nothing is earned: {show_cents(measured.whole_cents)} is below the minimum volume of {least}"
    return ""


def _below_minimum(program: Program, volume: Volume) -> bool:
    minimum = program.terms.minimum
    return minimum is not None and volume.whole_cents < cents_of(minimum.volume)


def _cite(bucket: Bucket, program: Program) -> str:
    return cited(bucket.cite) or program.cite
