"""A policy ready to judge with: packs of compiled rules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal, TypeAlias

from pcard.conditions import Condition, Listed, Param
from pcard.errors import Fault, Place
from pcard.policy.messages import Template
from pcard.policy.policyfile import About, Escalation, Points, RuleModel, RuleTest, Source
from pcard.policy.waiverfile import WaiverModel
from pcard.schema import Kind
from pcard.yamlfile import YamlFile

Unit: TypeAlias = Literal["days", "business days"]
Needs: TypeAlias = tuple[frozenset[str], ...]


@dataclass(frozen=True)
class Row:
    """Each charge that meets `when`."""

    when: Condition


@dataclass(frozen=True)
class Groups:
    """All charges that meet `where` and agree in `group`, where together they meet `having`.

    Of a parameter that differs among the members the lowest counts. `span`
    bounds the days from the first to the last member; None: no bound.
    """

    where: Condition | None
    group: tuple[str, ...]
    having: Condition
    unless: Condition | None
    span: int | None = None
    unit: Unit = "days"


@dataclass(frozen=True)
class Deadline:
    """Charges that meet `where` and, some days after `after`, do not meet `needs`."""

    where: Condition | None
    needs: Condition
    days: Param
    unit: Unit
    after: str
    escalate: tuple[Escalation, ...]


@dataclass(frozen=True)
class NamedCheck:
    """What a check of this name finds with these settings; `params` are those of money, as they are in force."""

    check: Any  # pcard.extensions.Check
    settings: Mapping[str, Any]
    params: Mapping[str, Param]


Body: TypeAlias = Row | Groups | Deadline | NamedCheck


@dataclass(frozen=True)
class Rule:
    """One rule: what it is about (`model`), whom it is met by (`body`), what it says.

    `fields` are all columns it reads, `needs` alternative sets of fields of
    which one must have data. `slots` are the kinds of what its words show, `params`
    those among them that are parameters.
    """

    model: RuleModel
    body: Body
    message: Template
    ask: Template
    unless: Condition | None
    fields: frozenset[str]
    needs: Needs
    slots: Mapping[str, Kind]
    params: Mapping[str, Param]
    source: YamlFile

    @property
    def id(self) -> str:
        """The rule's id."""
        return self.model.id

    @property
    def active(self) -> bool:
        """Whether it judges: drafts and retired rules do not."""
        return self.model.status in {"trial", "stable"}


@dataclass(frozen=True)
class Pack:
    """One policy file with all it extends, as it stands.

    `names` is what `$name` may refer to. `rules` are its own and the inherited ones by id; `own` the ids it states
    or changes itself. `sha256` is of the file and of all it extends.
    """

    about: About
    sha256: str
    names: Mapping[str, Param | Listed]
    rules: tuple[Rule, ...]
    own: frozenset[str]
    tests: tuple[RuleTest, ...]
    file: YamlFile
    bases: tuple[Pack, ...] = ()
    in_force: tuple[date | None, date | None] = (None, None)
    points: Points | None = None

    @property
    def sources(self) -> Mapping[str, Source]:
        """The texts it and its bases cite."""
        merged: dict[str, Source] = {}
        for known in (*(base.sources for base in self.bases), self.about.sources):
            merged |= known
        return merged


@dataclass(frozen=True)
class Waiver:
    """A written exception: which charges (`scope`), how many flags and how much money at most, and who signed.

    `limit` is met by the charges of each flag it covers; `total` is in cents.
    """

    model: WaiverModel
    scope: Condition
    limit: Condition | None
    uses: int | None
    total: int | None
    place: Place

    @property
    def id(self) -> str:
        """The waiver's id."""
        return self.model.id


@dataclass(frozen=True)
class Policy:
    """The packs a district judges by; of one pack's versions, each for its own dates; and the waivers by id."""

    packs: tuple[Pack, ...]
    warnings: tuple[Fault, ...] = field(default=())
    waivers: tuple[Waiver, ...] = ()

    def all_packs(self) -> Iterator[Pack]:
        """Yield every pack with all it extends, bases first, each once."""
        seen: set[str] = set()
        for pack in self._bases_first(self.packs):
            if pack.sha256 not in seen:
                seen.add(pack.sha256)
                yield pack

    def _bases_first(self, packs: tuple[Pack, ...]) -> Iterator[Pack]:
        for pack in packs:
            yield from self._bases_first(pack.bases)
            yield pack
