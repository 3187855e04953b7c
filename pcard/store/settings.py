"""pcard.yaml: what a district says about itself, its calendar and its limits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from pcard.errors import Fault, Place, Refused
from pcard.periods import MonthDay
from pcard.shipped import shipped
from pcard.store.files import write_whole
from pcard.yamlfile import load_yaml
from pcard.yamlfile.models import Exact, Items, YamlModel, validate

if TYPE_CHECKING:
    from pcard.matching.settings import MatchSettings
    from pcard.policy.calendars import Calendar

FILE_NAME = "pcard.yaml"
BASELINE = "k12-baseline.yaml"
EXAMPLE = "statewide-cliff.yaml"
CALENDAR_YEARS = range(2015, 2041)


def _month_day(text: object) -> MonthDay:
    """Read `07-01`; any year has the day, so 02-29 is none."""
    try:
        day = datetime.strptime(f"2001-{text}", "%Y-%m-%d")  # noqa: DTZ007  a day of no year
    except ValueError:
        msg = "write the month and the day, as 07-01"
        raise ValueError(msg) from None
    return day.month, day.day


def _inside(path: str) -> str:
    if path.startswith(("/", "\\")) or ":" in path or ".." in path.replace("\\", "/").split("/"):
        msg = "name a file inside the workspace"
        raise ValueError(msg)
    return path


InsidePath = Annotated[str, Field(min_length=1, max_length=300), AfterValidator(_inside)]


class Break(YamlModel):
    """Days without school, both ends included."""

    name: str
    first: date = Field(alias="from")
    last: date = Field(alias="to")

    @model_validator(mode="after")
    def _in_order(self) -> Break:
        if self.last < self.first:
            msg = "the break ends before it begins"
            raise ValueError(msg)
        return self


class Thresholds(YamlModel):
    """From which probability a match is accepted without asking, and from which it is a question.

    None leaves the threshold as pcard has it. With `suggest_only` nothing is accepted without asking.
    """

    accept: Exact | None = Field(default=None, gt=0, le=1)
    review: Exact | None = Field(default=None, gt=0, le=1)
    suggest_only: bool = False

    @model_validator(mode="after")
    def _in_order(self) -> Thresholds:
        if self.review and self.accept and self.review > self.accept:
            msg = "review must not be above accept"
            raise ValueError(msg)
        return self


class Settings(YamlModel):
    """A workspace's settings; paths are relative to the workspace."""

    format: Literal["pcard-workspace/1"]
    district: str = Field(min_length=1)
    state: str | None = Field(default=None, pattern="^[A-Z]{2}$")
    fiscal_year_starts: Annotated[MonthDay, BeforeValidator(_month_day)] = (7, 1)
    closing_day: int | None = Field(default=None, ge=1, le=31)
    holidays: Items[date] = ()
    school_breaks: Items[Break] = ()
    sales_tax: Literal["exempt", "taxable"] = "exempt"
    policies: Items[InsidePath] = ()
    waivers: Items[InsidePath] = ()  # none named: rules/waivers.yaml where it is
    programs: Items[InsidePath] = ()
    rebate_facts: InsidePath | None = None
    match: Thresholds = Thresholds()
    storage: Literal["auto", "local", "network"] = "auto"

    def district_facts(self) -> dict[str, str]:
        """Return what policies may refer to as `$sales_tax` and `$home_state`."""
        return {"sales_tax": self.sales_tax, **({"home_state": self.state} if self.state else {})}

    def match_settings(self) -> MatchSettings:
        """Return the settings of matching: pcard's own with the district's thresholds."""
        from pcard.matching.settings import MatchSettings  # noqa: PLC0415  most commands do not match

        own = MatchSettings()
        return replace(
            own,
            accept_probability=float(self.match.accept or own.accept_probability),
            review_probability=float(self.match.review or own.review_probability),
            suggest_only=self.match.suggest_only,
        )

    def calendar(self) -> Calendar:
        """Return the days on which the district works, for all years a purchase may lie in."""
        from pcard.policy.calendars import Calendar  # noqa: PLC0415  most commands count no days

        breaks = [(one.first, one.last, one.name) for one in self.school_breaks]
        return Calendar.of_years(CALENDAR_YEARS, state=self.state, holidays=self.holidays, breaks=breaks)


def load_settings(path: Path) -> Settings:
    """Read pcard.yaml.

    Raises:
        Refused: it cannot be read, or something in it is wrong (all faults).
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        cure = "restore it, or save it as UTF-8 text"
        raise Refused(Fault("settings-unreadable", Place(FILE_NAME), "the settings cannot be read", cure)) from None
    return validate(Settings, load_yaml(text, FILE_NAME))


def copy_rules(root: Path) -> dict[str, list[str]]:
    """Copy the shipped policies and program examples into a new workspace; return the settings' lists of them."""
    listed: dict[str, list[str]] = {}
    for key, source, target, wanted in (
        ("policies", "policies", "rules", "*.yaml"),
        ("programs", "rebates", "rebates", EXAMPLE),
    ):
        found = sorted((shipped("rules") / source).glob(wanted))
        for file in found:
            write_whole(root / target / file.name, file.read_bytes())
        listed[key] = [f"{target}/{file.name}" for file in found if file.name == BASELINE]
    return listed


def template(district: str, *, rules: Mapping[str, Sequence[str]]) -> str:
    """Return the commented pcard.yaml of a new workspace."""
    text = Path(__file__).with_name("pcard.yaml.txt").read_text(encoding="utf-8")
    for key, paths in rules.items():
        items = "".join(f"\n- {path}" for path in paths) or " []"
        text = text.replace(f"{key}: []", f"{key}:{items}")
    return text.replace("'DISTRICT'", "'" + " ".join(district.split()).replace("'", "''") + "'")
