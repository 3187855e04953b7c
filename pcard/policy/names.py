"""The names a policy file gives to values: `params` and `lists`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from pcard.conditions import Dated, Listed, Param, Scalar
from pcard.conditions.params import fits
from pcard.errors import Fault
from pcard.policy.fields import FIELDS
from pcard.schema import Kind
from pcard.yamlfile import YamlFile, YamlPath, did_you_mean

_SETTINGS = {"default", "by", "own", "on"}


def read_params(file: YamlFile, params: Mapping[str, object]) -> tuple[dict[str, Param], list[Fault]]:
    """Read `params`: a value, or {default, by: field, CASE: value ..., own: field, on: date field}.

    Any value may be a list of {from: date, value: ...}: the one in force counts.
    """
    reader = _Reader(file)
    read = {name: reader.param(name, raw) for name, raw in params.items()}
    return read, reader.faults


def read_lists(lists: Mapping[str, tuple[object, ...]], file: YamlFile) -> tuple[dict[str, Listed], list[Fault]]:
    """Read `lists`: values of one type each."""
    faults = []
    for name, items in lists.items():
        if any(not isinstance(item, Scalar) for item in items) or len({type(item) for item in items}) > 1:
            message = f"the list '{name}' mixes values of different types"
            cure = 'write all of one type; codes in quotes: "5813"'
            faults.append(Fault("list-mixed", file.place("lists", name), message, cure))
    return {name: Listed(name, tuple(items)) for name, items in lists.items()}, faults  # type: ignore[arg-type]


class _Reader:
    def __init__(self, file: YamlFile) -> None:
        self.file = file
        self.faults: list[Fault] = []

    def param(self, name: str, raw: object) -> Param:
        path: YamlPath = ("params", name)
        if not isinstance(raw, Mapping):
            return Param(name, self.series(raw, path))
        by, own, on = (self.field(raw.get(key), (*path, key)) for key in ("by", "own", "on"))
        cases = {case: self.series(value, (*path, case)) for case, value in raw.items() if case not in _SETTINGS}
        if cases and by is None:
            message = f"'{name}' has values for {', '.join(cases)}, but does not say by which field they go"
            self.unfit(path, message, f"add `by: card.profile` to '{name}'")
        elif by and FIELDS.get(by) is not Kind.TEXT:
            self.unfit((*path, "by"), f"'{name}' can only vary by a field that holds text", "name another field")
        if on and FIELDS.get(on) is not Kind.DATE:
            self.unfit((*path, "on"), f"'{on}' holds no date", "name a date, as txn.date")
        if "default" not in raw and own is None:
            self.unfit(path, f"'{name}' has no default", "add `default: ...`")
        default = self.series(raw["default"], (*path, "default")) if "default" in raw else ()
        return Param(name, default, by, cases, own, FIELDS[own] if own else None, on or "txn.date")

    def field(self, name: object, path: YamlPath) -> str | None:
        if name is None or (isinstance(name, str) and name in FIELDS and not name.startswith("coding.")):
            return name
        self.unfit(path, f"there is no field '{name}'", did_you_mean(str(name), FIELDS))
        return None

    def series(self, raw: object, path: YamlPath) -> tuple[Dated, ...]:
        steps = raw if isinstance(raw, list) and raw else [{"value": raw}]
        return tuple(self.dated(step, path) for step in steps)

    def dated(self, step: object, path: YamlPath) -> Dated:
        if isinstance(step, Mapping) and set(step) <= {"from", "value"}:
            value, since = step.get("value"), step.get("from")
            if isinstance(value, Scalar) and (since is None or isinstance(since, date)):
                return Dated(value, since)
        self.unfit(path, "this is no value", "write a value, or [{from: 2026-07-01, value: 2500.00}]")
        return Dated(0)

    def unfit(self, path: YamlPath, message: str, cure: str) -> None:
        self.faults.append(Fault("param-unfit", self.file.place(*path), message, cure))


def kind_of(param: Param) -> Kind:
    """Return what a parameter is when it is shown: the first kind that all its values fit, money if one has decimals."""
    if param.own_kind:
        return param.own_kind
    values = list(param.values)
    decimals = any(isinstance(value, Decimal) for value in values)
    kinds = (Kind.MONEY, Kind.RATE) if decimals else (Kind.COUNT, Kind.MONEY, Kind.DATE, Kind.FLAG)
    return next((kind for kind in kinds if all(fits(value, kind) for value in values)), Kind.TEXT)
