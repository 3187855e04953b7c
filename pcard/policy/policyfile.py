"""The format pcard-policy/1 as models: what a policy file may say."""

from __future__ import annotations

import re
from datetime import date
from itertools import pairwise
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import AfterValidator, Field, model_validator

from pcard.yamlfile import Items, YamlModel

Id: TypeAlias = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]
Words: TypeAlias = Annotated[str, Field(min_length=1, max_length=2000)]
Severity: TypeAlias = Literal["info", "low", "medium", "high", "critical"]
Tests: TypeAlias = dict[str, Any]  # a condition; pcard.conditions checks it


def _span(within: str) -> str:
    if not re.fullmatch(r"same day|[1-9][0-9]{0,2} (business )?days?", within):
        msg = "write `same day`, `5 days` or `3 business days`"
        raise ValueError(msg)
    return within


class Effective(YamlModel):
    """The purchase dates a policy's version is in force for, both ends included."""

    first: date = Field(alias="from")
    last: date | None = Field(default=None, alias="to")


class Approved(YamlModel):
    """Who adopted the policy."""

    by: Words
    on: date
    item: str | None = None


class Source(YamlModel):
    """A text that rules cite."""

    title: Words
    file: str | None = None
    url: str | None = None


class About(YamlModel):
    """What a policy is."""

    id: Id
    title: Words
    version: Words
    effective: Effective | None = None
    approved: Approved | None = None
    sources: dict[str, Source] = Field(default_factory=dict)


class _Rule(YamlModel):
    id: Id
    title: Words
    severity: Severity
    status: Literal["draft", "trial", "stable", "retired"] = "stable"
    cite: Items[Words] = Field(min_length=1)
    rationale: Words | None = None
    unless: Tests | None = None
    message: Words
    ask: Words
    known_false_positives: Items[Words] = ()


class RowRule(_Rule):
    """Judges each charge by itself."""

    kind: Literal["row"]
    when: Tests


class AggregateRule(_Rule):
    """Judges all charges that agree in the fields of `group`."""

    kind: Literal["aggregate"]
    where: Tests | None = None
    group: Items[str] = Field(min_length=1)
    having: Tests


class WindowRule(_Rule):
    """Judges charges of one group that lie close together: two or more, `within` a number of days."""

    kind: Literal["window"]
    where: Tests | None = None
    group: Items[str] = Field(min_length=1)
    within: Annotated[str, AfterValidator(_span)]
    having: Tests


class Due(YamlModel):
    """A day by which something must have happened."""

    days: int | str | None = None
    business_days: int | str | None = None
    after: str


class Escalation(YamlModel):
    """From how many days late who is told, and how severe it has become."""

    after: Annotated[int, Field(ge=0)]
    to: Words
    severity: Severity | None = None


class DeadlineRule(_Rule):
    """Judges charges that still lack what they need after a due day."""

    kind: Literal["deadline"]
    where: Tests | None = None
    needs: Tests
    due: Due
    escalate: Items[Escalation] = ()


class CheckRule(_Rule):
    """Asks a named check."""

    kind: Literal["check"]
    check: str
    settings: dict[str, Any] = Field(default_factory=dict, alias="with")


RuleModel: TypeAlias = RowRule | AggregateRule | WindowRule | DeadlineRule | CheckRule


class AnyRule(YamlModel):
    """One rule, whole, of whichever kind it says."""

    rule: Annotated[RuleModel, Field(discriminator="kind")]


class Rung(YamlModel):
    """From how many points a step is due."""

    at: Annotated[int, Field(ge=1, alias="from")]
    step: Words


class Points(YamlModel):
    """Points for violations and the ladder of steps they lead to; `off` until a district turns them on.

    A rule's own points come before those of its severity; `within` is the days
    over which points are counted together.
    """

    status: Literal["on", "off"] = "off"
    within: Annotated[int, Field(ge=1, le=3660)] = 365
    by_severity: dict[Severity, Annotated[int, Field(ge=0)]] = Field(default_factory=dict)
    by_rule: dict[str, Annotated[int, Field(ge=0)]] = Field(default_factory=dict)
    ladder: Items[Rung] = ()
    cite: Items[Words] = ()

    @model_validator(mode="after")
    def _rising(self) -> Points:
        if any(lower.at >= upper.at for lower, upper in pairwise(self.ladder)):
            msg = "each step of the ladder begins at more points than the one before"
            raise ValueError(msg)
        return self


class RuleTest(YamlModel):
    """Charges as given, and all the flags that the file's own rules must raise on them."""

    name: Words
    as_of: date | None = None
    given: Items[dict[str, Any]] = Field(min_length=1)
    records: dict[str, Items[dict[str, Any]]] = Field(default_factory=dict)
    params: dict[str, Any] = Field(default_factory=dict)
    expect: dict[str, Items[Items[str]]]
    expect_severity: dict[str, Severity] = Field(default_factory=dict)
    expect_waived: dict[str, Items[Items[str]]] = Field(default_factory=dict)


class PolicyFile(YamlModel):
    """A policy file; its rules are read one by one, since a rule may complete one that it extends."""

    format: Literal["pcard-policy/1"]
    policy: About
    extends: Items[str] = ()
    params: dict[str, Any] = Field(default_factory=dict)
    lists: dict[str, Items[Any]] = Field(default_factory=dict)
    points: Points | None = None
    rules: Items[dict[str, Any]] = ()
    tests: Items[RuleTest] = ()
