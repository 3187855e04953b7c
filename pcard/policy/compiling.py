"""One rule of a policy file, checked and compiled."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from itertools import product
from typing import Any

from pcard.conditions import Condition, Dated, Listed, Param, compile_condition, param_fields
from pcard.errors import Fault, Refused
from pcard.extensions import installed, load
from pcard.policy.fields import FIELDS
from pcard.policy.messages import Template, read_template
from pcard.policy.names import kind_of
from pcard.policy.policyfile import AggregateRule, AnyRule, CheckRule, DeadlineRule, Due, RowRule, RuleModel, WindowRule
from pcard.policy.rules import Body, Deadline, Groups, NamedCheck, Needs, Row, Rule, Unit
from pcard.schema import Kind
from pcard.yamlfile import YamlFile, did_you_mean, validate

_KINDS: Mapping[str, type[RuleModel]] = {
    "row": RowRule,
    "aggregate": AggregateRule,
    "window": WindowRule,
    "deadline": DeadlineRule,
    "check": CheckRule,
}
_ORDERED = {Kind.MONEY, Kind.DATE, Kind.COUNT, Kind.NUMBER}
_LATE = {"days_late": Kind.COUNT, "due": Kind.DATE}
_NONE: Needs = (frozenset(),)


def group_fields(group: tuple[str, ...]) -> dict[str, Kind]:
    """Return what can be said of a group: its fields, counts, sums, extremes, and how many differ."""
    fields = {"count": Kind.COUNT} | {name: FIELDS[name] for name in group if name in FIELDS}
    for name, kind in FIELDS.items():
        fields[f"distinct({name})"] = Kind.COUNT
        if kind in {Kind.MONEY, Kind.COUNT}:
            fields[f"sum({name})"] = kind
        if kind in _ORDERED:
            fields |= {f"min({name})": kind, f"max({name})": kind}
    return fields


def compile_rule(
    source: YamlFile, names: Mapping[str, Param | Listed], sources: Mapping[str, object]
) -> tuple[Rule | None, list[Fault]]:
    """Check and compile a rule; None where a fault leaves nothing to judge with."""
    try:
        model = _read(source)
    except Refused as refused:
        return None, list(refused.faults)
    compiler = _Compiler(source, model, names)
    compiler.check_cites(sources)
    rule = compiler.rule()
    return rule, compiler.faults


def _read(source: YamlFile) -> RuleModel:
    """Fit the model of the rule's kind; without a known kind, the fault says which there are."""
    kind = source.value.get("kind")
    if isinstance(kind, str) and kind in _KINDS:
        return validate(_KINDS[kind], source)
    nested = {("rule", *path): place for path, place in source.places.items()}
    return validate(AnyRule, YamlFile(source.name, {"rule": source.value}, nested)).rule


class _Compiler:
    def __init__(self, source: YamlFile, model: RuleModel, names: Mapping[str, Param | Listed]) -> None:
        self.source = source
        self.model = model
        self.names = names
        self.faults: list[Fault] = []

    def rule(self) -> Rule | None:
        body = self.body()
        unless = None if isinstance(self.model, AggregateRule | WindowRule) else self.condition("unless")
        shown = {**FIELDS, **group_fields(getattr(self.model, "group", ()))}
        shown |= {name: kind_of(each) for name, each in self.names.items() if isinstance(each, Param)}
        shown |= _LATE if isinstance(self.model, DeadlineRule) else {}
        message, ask = self.template("message", shown), self.template("ask", shown)
        if self.faults or body is None:
            return None
        slots = {name: shown[name] for name in (*message.slots, *ask.slots)}
        params = {name: each for name in slots if isinstance(each := self.names.get(name), Param)}
        read = _fields_of(body) | _fields_in(slots) | _read_by(unless)
        read = read.union(*(param.fields for param in params.values()))
        return Rule(self.model, body, message, ask, unless, read, _needs_of(body), slots, params, self.source)

    def body(self) -> Body | None:
        match self.model:
            case RowRule():
                when = self.condition("when")
                return Row(when) if when else None
            case AggregateRule() | WindowRule():
                return self.groups(self.model)
            case DeadlineRule():
                return self.deadline(self.model)
            case CheckRule():
                return self.check(self.model)

    def condition(self, key: str, fields: Mapping[str, Kind] = FIELDS) -> Condition | None:
        """Compile one of the rule's conditions, where it has it."""
        if (raw := getattr(self.model, key, None)) is None:
            return None
        try:
            return compile_condition(raw, fields, self.names, self.source, (key,))
        except Refused as refused:
            self.faults += refused.faults
            return None

    def groups(self, model: AggregateRule | WindowRule) -> Groups | None:
        for index, name in enumerate(model.group):
            self.known_field(name, "group", index)
        known = group_fields(model.group)
        where, having, unless = (
            self.condition("where"),
            self.condition("having", known),
            self.condition("unless", known),
        )
        if having is None:
            return None
        bounds: tuple[int | None, Unit] = _span(model.within) if isinstance(model, WindowRule) else (None, "days")
        return Groups(where, model.group, having, unless, *bounds)

    def deadline(self, model: DeadlineRule) -> Deadline | None:
        where, needs, days = self.condition("where"), self.condition("needs"), self.days(model.due)
        unit: Unit = "days" if model.due.days is not None else "business days"
        self.known_field(model.due.after, "due", "after", kind=Kind.DATE)
        if needs is None or days is None:
            return None
        return Deadline(where, needs, days, unit, model.due.after, model.escalate)

    def days(self, due: Due) -> Param | None:
        """Return the days a deadline gives, as a parameter."""
        given = [each for each in (due.days, due.business_days) if each is not None]
        named = self.names.get(str(given[0])[1:]) if len(given) == 1 and isinstance(given[0], str) else None
        if len(given) == 1 and isinstance(given[0], int) and given[0] >= 0:
            return Param("days", (Dated(given[0]),))
        if isinstance(named, Param) and str(given[0]).startswith("$") and kind_of(named) is Kind.COUNT:
            return named
        message = "a due day takes either `days` or `business_days`, a whole number or a $parameter that is one"
        self.faults.append(
            Fault("due-unfit", self.source.place("due"), message, "write due: {days: 10, after: txn.posted}")
        )
        return None

    def check(self, model: CheckRule) -> NamedCheck | None:
        """Find a named check and fit its settings."""
        place = self.source.place("check")
        try:
            check = load("pcard.checks", model.check)
        except LookupError:
            cure = did_you_mean(model.check, [plugin.name for plugin in installed("pcard.checks")])
            self.faults.append(Fault("check-unknown", place, f"there is no check '{model.check}'", cure))
            return None
        except ImportError as broken:
            self.faults.append(Fault("check-broken", place, str(broken), "reinstall the package or remove the rule"))
            return None
        settings = {name: self.setting(check.defaults, name, value) for name, value in model.settings.items()}
        settings = {**check.defaults, **settings}
        money = [name for name, default in check.defaults.items() if isinstance(default, Decimal)]
        return NamedCheck(check, settings, {name: self.amount(name, settings[name]) for name in money})

    def amount(self, name: str, value: Any) -> Param:
        """Return a setting of money as a parameter: the one it names, else its value."""
        written = getattr(self.model, "settings", {}).get(name)
        named = self.names.get(str(written)[1:]) if isinstance(written, str) else None
        return named if isinstance(named, Param) else Param(name, (Dated(value),))

    def setting(self, defaults: Mapping[str, Any], name: str, value: Any) -> Any:
        place = self.source.place("with", name)
        if name not in defaults:
            self.faults.append(
                Fault("setting-unknown", place, f"the check has no setting '{name}'", did_you_mean(name, defaults))
            )
            return None
        if isinstance(value, str) and isinstance(param := self.names.get(value.removeprefix("$")), Param | Listed):
            value = list(param.items) if isinstance(param, Listed) else _last(param)
        if isinstance(defaults[name], Decimal) and isinstance(value, int) and not isinstance(value, bool):
            value = Decimal(value)
        negative = isinstance(value, int | Decimal) and value < 0
        if type(value) is not type(defaults[name]) or negative:
            message = f"'{name}' must be written as its default is, and not be negative: {defaults[name]}"
            self.faults.append(Fault("setting-unfit", place, message, "correct the value"))
        return value

    def known_field(self, name: str, *path: str | int, kind: Kind | None = None) -> None:
        if name in FIELDS and kind in {None, FIELDS[name]}:
            return
        known = [field for field, its_kind in FIELDS.items() if kind in {None, its_kind}]
        what = "field" if kind is None else "date field"
        self.faults.append(
            Fault("field-unknown", self.source.place(*path), f"there is no {what} '{name}'", did_you_mean(name, known))
        )

    def template(self, key: str, known: Mapping[str, Kind]) -> Template:
        template, faults = read_template(getattr(self.model, key), known, self.source.place(key))
        self.faults += faults
        return template

    def check_cites(self, sources: Mapping[str, object]) -> None:
        for index, cite in enumerate(self.model.cite):
            if cite.split(" ")[0] not in sources:
                message = f"rule {self.model.id} cites '{cite}', but sources has no '{cite.split(' ')[0]}'"
                known = ", ".join(sources) or "none"
                self.faults.append(
                    Fault("cite-unknown", self.source.place("cite", index), message, f"sources: {known}")
                )


def _last(param: Param) -> object:
    return param.default[-1].value if param.default else None


def _span(within: str) -> tuple[int, Unit]:
    """Read `same day`, `5 days`, `3 business days`: how many days the last may lie after the first."""
    if within == "same day":
        return 0, "days"
    return int(within.split(maxsplit=1)[0]), "business days" if "business" in within else "days"


def _fields_in(names: Iterable[str]) -> frozenset[str]:
    """Return the fields among names, those inside `sum(...)` and the like included."""
    inner = (name[name.find("(") + 1 :].removesuffix(")") for name in names)
    return frozenset(inner) & FIELDS.keys()


def _read_by(*conditions: Condition | None) -> frozenset[str]:
    """Return the fields that conditions over rows or groups read, with what their parameters vary by."""
    given = [condition for condition in conditions if condition]
    return frozenset().union(*(_fields_in(each.fields) | param_fields(each.node) for each in given))


def _fields_of(body: Body) -> frozenset[str]:
    match body:
        case Row(when):
            return _read_by(when)
        case Groups():
            return _read_by(body.where, body.having, body.unless) | frozenset(body.group)
        case Deadline():
            roles = frozenset(each.to for each in body.escalate)
            return _read_by(body.where, body.needs) | body.days.fields | (roles | {body.after}) & FIELDS.keys()
        case NamedCheck():
            return frozenset()


def _needs_of(body: Body) -> Needs:
    match body:
        case Row(when):
            return when.needs
        case Groups():
            having = tuple(_fields_in(need) for need in body.having.needs)
            return _together((frozenset(body.group),), having, body.where.needs if body.where else _NONE)
        case Deadline():
            after = (frozenset({body.after}),)
            return _together(after, body.needs.needs, body.where.needs if body.where else _NONE)
        case NamedCheck(check):
            return check.needs if isinstance(check.needs, tuple) else (frozenset(check.needs),)


def _together(*parts: Needs) -> Needs:
    """Return the alternatives of needs that must all be met."""
    return tuple(dict.fromkeys(frozenset().union(*chosen) for chosen in product(*parts)))
