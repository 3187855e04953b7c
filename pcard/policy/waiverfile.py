"""The format pcard-waivers/1 as models: what a file of waivers may say.

Waivers stand apart from the policy: another owner, another signature, and they
change monthly.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field

from pcard.policy.policyfile import Id, Tests, Words
from pcard.yamlfile import Items, YamlModel


class Evidence(YamlModel):
    """A paper the waiver rests on: a file beside the waivers and the beginning of its SHA-256."""

    file: Words
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{8,64}$")] | None = None


class WaiverModel(YamlModel):
    """One written exception to one rule.

    `limit` holds `uses` (how many flags), `total` (how much money in all), and
    a condition over each flag's charges, as `sum(txn.amount)|lte`.
    """

    id: Id
    rule: Id
    scope: Tests
    limit: dict[str, Any] = Field(default_factory=dict)
    reason: Words
    cite: Items[Words] = ()
    requested_by: Words
    approved_by: Words
    granted: date
    expires: date
    evidence: Items[Evidence] = ()


class WaiversFile(YamlModel):
    """A file of waivers."""

    format: Literal["pcard-waivers/1"]
    waivers: Items[WaiverModel] = ()
