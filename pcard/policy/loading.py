"""Policy files become a Policy: read, joined with what they extend, checked, compiled."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

from pcard.conditions import Dated, Listed, Param
from pcard.documents import open_document
from pcard.errors import Fault, Place, Refused, errors_of
from pcard.policy.compiling import compile_rule
from pcard.policy.lint import lint_pack
from pcard.policy.names import read_lists, read_params
from pcard.policy.policyfile import Points, PolicyFile, Source
from pcard.policy.rules import Pack, Policy, Rule, Waiver
from pcard.policy.waivers import read_waivers
from pcard.shipped import shipped
from pcard.yamlfile import YamlFile, did_you_mean, in_order, load_yaml, validate

_BUILTIN = "builtin:"
__all__ = ["Policy", "check_policy", "load_policy"]


def load_policy(
    paths: Sequence[Path], waivers: Sequence[Path] = (), district: Mapping[str, str] | None = None
) -> Policy:
    """Load policy files with all they extend, and files of waivers from their rules.

    A file extends shipped packs (`builtin:k12-baseline@1`) and files of its own
    folder. Where several files are versions of one policy, each is in force
    until the day before the next one begins. `district` states parameters that
    are the district's own facts (`sales_tax`, `home_state`), where a policy has them.

    Raises:
        Refused: all faults of all files.
    """
    packs, granted, faults = _load_all(paths, waivers, district or {})
    if errors_of(faults):
        raise Refused(*errors_of(faults))
    return Policy(_dated(packs), tuple(faults), granted)


def check_policy(paths: Sequence[Path], waivers: Sequence[Path] = ()) -> tuple[Fault, ...]:
    """Return everything wrong with policy files and their waivers, warnings included; empty where nothing is."""
    return tuple(_load_all(paths, waivers, {})[2])


def policy_path(name: str) -> Path:
    """Return the file of a policy that a person names: a path, or a shipped pack as `builtin:k12-baseline`.

    Raises:
        Refused: there is no such pack.
    """
    return _resolve(name, Path(name), Place(name)) if name.startswith(_BUILTIN) else Path(name)


def _load_all(
    paths: Sequence[Path], waivers: Sequence[Path], district: Mapping[str, str]
) -> tuple[list[Pack], tuple[Waiver, ...], list[Fault]]:
    packs: list[Pack] = []
    faults: list[Fault] = []
    for path in paths:
        try:
            pack, found = _compiled(_read(path, ()), district)
            packs.append(pack)
            faults += found
        except Refused as refused:
            faults += refused.faults
    faults += _repeated(packs)
    granted, found = read_waivers(waivers, packs)
    return packs, granted, in_order([*faults, *found])


@dataclass(frozen=True)
class _Source:
    """A policy file as written, with the sources it extends."""

    model: PolicyFile
    file: YamlFile
    sha256: str
    bases: tuple[_Source, ...]


def _read(path: Path, above: tuple[Path, ...]) -> _Source:
    document = open_document(path)
    file = load_yaml(document.text, document.name)
    model = validate(PolicyFile, file)
    bases = []
    for index, name in enumerate(model.extends):
        place = file.place("extends", index)
        base_path = _resolve(name, path, place)
        if base_path in (*above, path):
            cure = "remove one of the two `extends`"
            raise Refused(Fault("extends-circle", place, f"'{name}' extends this file in turn", cure))
        base = _read(base_path, (*above, path))
        _check_version(name, base, place)
        bases.append(base)
    joined = "".join((document.sha256, *(base.sha256 for base in bases)))
    sha256 = hashlib.sha256(joined.encode()).hexdigest() if bases else document.sha256
    return _Source(model, file, sha256, tuple(bases))


def _resolve(name: str, path: Path, place: Place) -> Path:
    """Return the file that `extends` names: a shipped pack, else a file in the same folder."""
    if name.startswith(_BUILTIN):
        folder, stem = shipped("rules") / "policies", name.removeprefix(_BUILTIN).partition("@")[0]
        known = {each.stem: each for each in sorted(folder.glob("*.yaml"))}
        if stem in known:
            return known[stem]
        cure = did_you_mean(stem, known)
    else:
        found = (path.parent / name).resolve()
        if found.parent == path.parent.resolve() and found.suffix == ".yaml" and found.is_file():
            return found
        cure = f"name a shipped pack ({_BUILTIN}k12-baseline@1) or a .yaml file in this folder"
    raise Refused(Fault("extends-unknown", place, f"'{name}' cannot be extended: there is no such policy", cure))


def _check_version(name: str, base: _Source, place: Place) -> None:
    wanted, version = name.partition("@")[2], base.model.policy.version
    if wanted and version != wanted and not version.startswith(f"{wanted}."):
        message = f"'{name}' is wanted, but version {version} is installed"
        raise Refused(Fault("extends-version", place, message, f"write @{version} after reading what changed"))


def _compiled(source: _Source, district: Mapping[str, str]) -> tuple[Pack, list[Fault]]:
    """Compile a source as it stands with all it extends."""
    faults: list[Fault] = []
    bases: list[Pack] = []
    for base in source.bases:
        pack, found = _compiled(base, district)
        bases.append(pack)
        faults += found
    if errors_of(faults):  # what is wrong with a base would be said again of every rule that changes it
        return _empty(source), faults
    params, param_faults = read_params(source.file, source.model.params)
    lists, list_faults = read_lists(source.model.lists, source.file)
    names: dict[str, Param | Listed] = {}
    for known in (*(base.names for base in bases), params, lists):
        names |= known
    names |= {name: Param(name, (Dated(value),)) for name, value in district.items() if name in names}
    written, rule_faults = _written(source, bases) if not errors_of(faults) else ({}, [])
    rules, found = _rules(written.values(), names, _sources(source, bases))
    pack = Pack(
        about=source.model.policy,
        sha256=source.sha256,
        names=names,
        rules=rules,
        own=frozenset(str(raw.get("id")) for raw in source.model.rules),
        tests=source.model.tests,
        file=source.file,
        bases=tuple(bases),
        points=_points(source.model.points, bases),
    )
    faults += (*param_faults, *list_faults, *rule_faults, *found)
    return pack, faults if errors_of(faults) else [*faults, *lint_pack(pack)]


def _empty(source: _Source) -> Pack:
    return Pack(source.model.policy, source.sha256, {}, (), frozenset(), (), source.file)


def _points(own: Points | None, bases: Iterable[Pack]) -> Points | None:
    """Return what a policy says of points, laid over what it inherits: `points: {status: on}` turns a ladder on."""
    inherited = next((base.points for base in bases if base.points), None)
    if own is None or inherited is None:
        return own or inherited
    return inherited.model_copy(update={name: getattr(own, name) for name in own.model_fields_set})


def _sources(source: _Source, bases: Iterable[Pack]) -> dict[str, Source]:
    merged: dict[str, Source] = {}
    for known in (*(base.sources for base in bases), source.model.policy.sources):
        merged |= known
    return merged


def _written(source: _Source, bases: Sequence[Pack]) -> tuple[dict[str, YamlFile], list[Fault]]:
    """Return every rule as written, by id: a base's, with this file's keys laid over it."""
    written = {rule.id: rule.source for base in bases for rule in base.rules}
    own: dict[str, Place] = {}
    faults: list[Fault] = []
    for index, raw in enumerate(source.model.rules):
        part, rule_id = source.file.part("rules", index), str(raw.get("id", f"rule {index + 1}"))
        if rule_id in own:
            message = f"the rule {rule_id} stands here for the second time (first on line {own[rule_id].line})"
            faults.append(Fault("rule-twice", part.place("id"), message, "remove one, or give it another id"))
        own[rule_id] = part.place("id")
        written[rule_id] = part.over(written[rule_id]) if rule_id in written else part
    return written, faults


def _rules(
    written: Iterable[YamlFile], names: dict[str, Param | Listed], sources: dict[str, Source]
) -> tuple[tuple[Rule, ...], list[Fault]]:
    rules: list[Rule] = []
    faults: list[Fault] = []
    for source in written:
        rule, found = compile_rule(source, names, sources)
        faults += found
        if rule:
            rules.append(rule)
    return tuple(sorted(rules, key=lambda rule: rule.id)), faults


def _repeated(packs: Sequence[Pack]) -> list[Fault]:
    """Find rules that two files state, unless the files are versions of one policy that begin on different days."""
    faults: list[Fault] = []
    for index, pack in enumerate(packs):
        for earlier in packs[:index]:
            versions = earlier.about.id == pack.about.id and _begins(earlier) != _begins(pack)
            twice = {rule.id for rule in earlier.rules if rule.active} & {rule.id for rule in pack.rules if rule.active}
            if twice and not versions:
                message = f"{earlier.file.name} has the rule {min(twice)} too, so it would flag twice"
                cure = "use one of the two files, or let one extend the other"
                faults.append(Fault("rule-in-two-files", pack.file.place("policy"), message, cure))
    return faults


def _begins(pack: Pack) -> date:
    return pack.about.effective.first if pack.about.effective else date.min


def _dated(packs: Iterable[Pack]) -> tuple[Pack, ...]:
    """Give each pack the days it is in force: a version ends where the next of the same policy begins."""
    ordered = sorted(packs, key=lambda pack: (pack.about.id, _begins(pack)))
    dated = []
    for index, pack in enumerate(ordered):
        effective = pack.about.effective
        last = effective.last if effective else None
        following = ordered[index + 1] if index + 1 < len(ordered) else None
        if following and following.about.id == pack.about.id:
            end = _begins(following) - timedelta(days=1)
            last = min(last, end) if last else end
        dated.append(replace(pack, in_force=(effective.first if effective else None, last)))
    return tuple(dated)
