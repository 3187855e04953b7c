"""Files of waivers become waivers ready to apply: read, linted against the rules they except."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from pcard.conditions import Condition, compile_condition
from pcard.documents import Document, open_document
from pcard.errors import Fault, Refused, errors_of
from pcard.money import cents_of
from pcard.policy.compiling import group_fields
from pcard.policy.fields import FIELDS
from pcard.policy.rules import Pack, Waiver
from pcard.policy.waiverfile import WaiverModel, WaiversFile
from pcard.yamlfile import YamlFile, did_you_mean, load_yaml, validate

MOST_DAYS = 366
FILE_NAME = "waivers.yaml"
# A waiver's charges are told by what every charge has once; coding has several lines.
SCOPE_FIELDS = {name: kind for name, kind in FIELDS.items() if not name.startswith("coding.")}
_HOLDERS = ("card.cardholder", "card.custodian", "txn.cardholder", "txn.buyer", "txn.buyer_or_card", "buyer.person")
_CAPS = {"uses": int, "total": Decimal}


def waivers_beside(policies: Sequence[Path]) -> list[Path]:
    """Return the `waivers.yaml` that stand in the folders of policy files."""
    found = dict.fromkeys(path.parent / FILE_NAME for path in policies)
    return [path for path in found if path.is_file()]


def read_waivers(paths: Sequence[Path], packs: Sequence[Pack]) -> tuple[tuple[Waiver, ...], list[Fault]]:
    """Read waivers and lint them against the packs whose rules they except; by id, and everything wrong."""
    waivers: list[Waiver] = []
    faults: list[Fault] = []
    for path in paths:
        try:
            document = open_document(path)
            found, wrong = waivers_in(document, path.parent, packs, {waiver.id for waiver in waivers})
        except Refused as refused:
            faults += refused.faults
        else:
            waivers += found
            faults += wrong
    return tuple(sorted(waivers, key=lambda waiver: waiver.id)), faults


def waivers_in(
    document: Document, folder: Path, packs: Sequence[Pack], taken: Iterable[str] = ()
) -> tuple[list[Waiver], list[Fault]]:
    """Read one file of waivers whose evidence lies in `folder`; ids in `taken` stand in another file.

    Raises:
        Refused: it is no file of waivers at all (all faults).
    """
    file = load_yaml(document.text, document.name)
    model = validate(WaiversFile, file)
    waivers: list[Waiver] = []
    faults: list[Fault] = []
    seen = set(taken)
    for index, each in enumerate(model.waivers):
        reader = _Reader(file.part("waivers", index), each)
        reader.faults += (*reader.check_caps(), *reader.lint(packs, seen), *reader.evidence(folder))
        faults += reader.faults
        seen.add(each.id)
        if waiver := reader.waiver():
            waivers.append(waiver)
    return waivers, faults


class _Reader:
    """Reads one waiver, gathering faults."""

    def __init__(self, file: YamlFile, model: WaiverModel) -> None:
        self.file = file
        self.model = model
        self.faults: list[Fault] = []
        over_each = {key: value for key, value in model.limit.items() if key not in _CAPS}
        self.scope = self.condition(model.scope, SCOPE_FIELDS, "scope")
        self.limit = self.condition(over_each, group_fields(()), "limit") if over_each else None

    def waiver(self) -> Waiver | None:
        """Return the waiver; None where a fault leaves nothing to apply."""
        if self.scope is None or errors_of(self.faults):
            return None
        total = self.model.limit.get("total")
        cents = None if total is None else cents_of(Decimal(total))
        return Waiver(self.model, self.scope, self.limit, self.model.limit.get("uses"), cents, self.file.place("id"))

    def condition(self, raw: object, fields: Mapping[str, Any], key: str) -> Condition | None:
        try:
            return compile_condition(raw, fields, {}, self.file, (key,))
        except Refused as refused:
            self.faults += refused.faults
            return None

    def check_caps(self) -> Iterator[Fault]:
        for name, kind in _CAPS.items():
            cap = self.model.limit.get(name, 1)
            fits = isinstance(cap, int if kind is int else int | Decimal) and not isinstance(cap, bool) and cap > 0
            if not fits or cap != round(Decimal(cap), 2):
                message = (
                    f"'{name}' of a waiver is {'how many flags' if kind is int else 'how much money'} it may cover"
                )
                place = self.file.place("limit", name)
                yield Fault("waiver-limit-unfit", place, message, "write uses: 12, or total: 9800.00")

    def lint(self, packs: Sequence[Pack], earlier: Collection[str]) -> Iterator[Fault]:
        """Hold the waiver to the rules of waivers: of a known rule, short, signed by somebody else."""
        model, name, place = self.model, f"waiver {self.model.id}", self.file.place
        rules = {rule.id for pack in packs for rule in pack.rules}
        sources = {source for pack in packs for source in pack.sources}
        if model.id in earlier:
            yield Fault("waiver-twice", place("id"), f"{name} stands here for the second time", "give it another id")
        if model.rule not in rules:
            message = f"{name} is of the rule {model.rule}, which no policy here has"
            yield Fault("waiver-rule-unknown", place("rule"), message, did_you_mean(model.rule, rules))
        if model.expires < model.granted:
            message = f"{name} expires before it is granted"
            yield Fault("waiver-reversed", place("expires"), message, "correct the dates")
        if (days := (model.expires - model.granted).days) > MOST_DAYS:
            cure = f"the most a waiver may run is {MOST_DAYS} days, here until {model.granted + timedelta(MOST_DAYS)}"
            yield Fault("waiver-too-long", place("expires"), f"{name} runs {days} days", cure)
        if _folded(model.approved_by) in {_folded(each) for each in (model.requested_by, *_held(model.scope))}:
            message = f"{name} was approved by the person it covers"
            yield Fault("waiver-self-signed", place("approved_by"), message, "another approver must sign it")
        for index, cite in enumerate(model.cite):
            if (source := cite.split(" ")[0]) not in sources:
                message, cure = f"{name} cites '{cite}', but sources has no '{source}'", ", ".join(sorted(sources))
                yield Fault("waiver-cite-unknown", place("cite", index), message, f"sources: {cure}")

    def evidence(self, folder: Path) -> Iterator[Fault]:
        for index, paper in enumerate(self.model.evidence):
            place, path = self.file.place("evidence", index), folder / paper.file
            inside = path.resolve().is_relative_to(folder.resolve())
            if not inside or not path.is_file():
                message, cure = f"the evidence '{paper.file}' does not lie beside the waivers", "put it there"
                yield Fault("waiver-evidence-missing", place, message, cure, warning=True)
            elif paper.sha256 and not hashlib.sha256(path.read_bytes()).hexdigest().startswith(paper.sha256):
                message = f"the evidence '{paper.file}' is not the file that was signed: its SHA-256 differs"
                yield Fault("waiver-evidence-changed", place, message, "restore it, or have the waiver signed anew")


def _held(scope: object) -> Iterator[str]:
    """Return the people a scope names, however its tests are joined."""
    if isinstance(scope, Mapping):
        for key, value in scope.items():
            if str(key).partition("|")[0].strip() in _HOLDERS:
                yield from (str(each) for each in (value if isinstance(value, list) else [value]))
            else:
                yield from _held(value)
    elif isinstance(scope, list):
        for each in scope:
            yield from _held(each)


def _folded(name: str) -> str:
    return " ".join(name.split()).casefold()
