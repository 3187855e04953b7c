"""Ledger, matches and policy become flags, and a list of the rules that lacked their data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import polars as pl

from pcard.errors import Fault
from pcard.frames import FLAGS, NOT_EVALUATED, RECORDS, Ledger
from pcard.policy.calendars import Calendar
from pcard.policy.fields import lacking
from pcard.policy.finding import Matter, find_each
from pcard.policy.flagging import flags_of
from pcard.policy.memory import EXPLAINED, recall
from pcard.policy.rules import Pack, Policy, Rule, Waiver
from pcard.policy.subject import Subject, build_subject
from pcard.policy.waiving import USES, covers, fields_of, lint_uses, standing, waive


@dataclass(frozen=True)
class Checked:
    """The flags (FLAGS) and the rules that could not be evaluated, with what they lack (NOT_EVALUATED).

    `waivers` (USES) counts what each waiver marked, `explained` (EXPLAINED) what
    each remembered explanation did; `notes` say what is doubtful about a waiver.
    """

    flags: pl.DataFrame
    not_evaluated: pl.DataFrame
    waivers: pl.DataFrame = field(default_factory=USES.empty)
    explained: pl.DataFrame = field(default_factory=EXPLAINED.empty)
    notes: tuple[Fault, ...] = ()

    @classmethod
    def nothing(cls) -> Checked:
        """Return the outcome where no policy is active."""
        return cls(FLAGS.empty(), NOT_EVALUATED.empty())


@dataclass
class Judged:
    """What packs gave: their flags, what rules lack, and which flags lie in a waiver's scope."""

    flags: list[pl.DataFrame] = field(default_factory=lambda: [FLAGS.empty()])
    lacks: list[dict[str, str]] = field(default_factory=list)
    covered: list[pl.DataFrame] = field(default_factory=list)


def check(
    ledger: Ledger, matches: pl.DataFrame, policy: Policy, decisions: pl.DataFrame, as_of: date, calendar: Calendar
) -> Checked:
    """Judge every charge by the policy in force on its purchase date.

    A disposition a person gave and a waiver are shown on their flag; they
    remove none.
    """
    subject = build_subject(ledger, matches, calendar)
    matter = Matter(subject, ledger, matches, as_of, calendar)
    judged, waivers = Judged(), standing(policy.waivers, decisions)
    for pack in policy.packs:
        judge(pack, matter, judged, waivers)
    lacks = [*judged.lacks, *_out_of_force(policy, subject)]
    waived = waive(_disposed(pl.concat(judged.flags), decisions), judged.covered, waivers)
    flags, explained = recall(waived.flags, ledger.transactions, decisions)
    return Checked(
        FLAGS.of(flags),
        NOT_EVALUATED.rows(lacks) if lacks else NOT_EVALUATED.empty(),
        waived.uses,
        explained,
        lint_uses(waivers, waived.uses, as_of),
    )


def judge(pack: Pack, matter: Matter, judged: Judged, waivers: Sequence[Waiver] = ()) -> None:
    """Add the flags of each of a pack's rules on the charges it is in force for, and what rules lack."""
    part = matter.subject.within(*pack.in_force)
    if part.frame.is_empty():
        return
    judging: list[Rule] = []
    for rule in pack.rules:
        if rule.active and (missing := lacks_of(rule, matter.subject)):
            judged.lacks.append({"rule_id": rule.id, "title": rule.model.title, "lacks": missing})
        elif rule.active:
            mine = [waiver for waiver in waivers if waiver.model.rule == rule.id]
            judging.append(replace(rule, fields=rule.fields | fields_of(mine)) if mine else rule)
    for rule, found in zip(judging, find_each(judging, replace(matter, subject=part)), strict=True):
        judged.flags.append(flags_of(rule, pack, found))
        judged.covered += covers(rule.id, found, [waiver for waiver in waivers if waiver.model.rule == rule.id])


def lacks_of(rule: Rule, subject: Subject) -> str:
    """Say which data a rule lacks; empty where it can be judged.

    Of alternative needs, those nearest to being met are named.
    """
    at_hand = subject.present | (RECORDS.keys() - subject.absent)
    gaps = [need - at_hand for need in rule.needs]
    nearest = min(gaps, key=lambda gap: (len(gap), sorted(gap)))
    return "; ".join(lacking(name, subject.absent) for name in sorted(nearest))


def _out_of_force(policy: Policy, subject: Subject) -> list[dict[str, str]]:
    """Report charges for whose date a policy has no version in force."""
    lacks = []
    for policy_id in sorted({pack.about.id for pack in policy.packs}):
        packs = [pack for pack in policy.packs if pack.about.id == policy_id]
        judged = sum(subject.within(*pack.in_force).frame.height for pack in packs)
        if outside := subject.frame.height - judged:
            title, what = packs[-1].about.title, f"a version in force on the date of purchase (charges: {outside})"
            lacks.append({"rule_id": policy_id, "title": title, "lacks": what})
    return lacks


def _disposed(flags: pl.DataFrame, decisions: pl.DataFrame) -> pl.DataFrame:
    """Show on each flag the last disposition a person gave it and did not take back."""
    given = (
        decisions.filter((pl.col("act") == "dispose") & pl.col("undone_by").is_null())
        .sort("at", "decision_id")
        .unique("subject", keep="last", maintain_order=True)
        .select(flag_id="subject", disposition="value")
    )
    return flags.drop("disposition").join(given, on="flag_id", how="left")
