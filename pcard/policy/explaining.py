"""A policy in plain words: each rule as a sentence, its parameters, clause and tests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from textwrap import fill
from typing import Any

from pcard.conditions import Condition, Listed, Param, describe, field_words, param_words, value_words
from pcard.policy.fields import FIELDS
from pcard.policy.given import AS_OF, DEFAULTS, FOLLOWS
from pcard.policy.names import kind_of
from pcard.policy.policyfile import DeadlineRule, WindowRule
from pcard.policy.rules import Deadline, Groups, NamedCheck, Pack, Policy, Row, Rule

_WIDTH = 100


def explain_policy(policy: Policy, rule_id: str | None = None) -> str:
    """Return a policy's rules in words, or one rule's; with what a test's row is where it says nothing.

    Raises:
        LookupError: no rule has this id.
    """
    blocks = [block for pack in policy.packs for block in _pack_blocks(pack, rule_id)]
    if rule_id and not blocks:
        msg = f"no rule {rule_id}"
        raise LookupError(msg)
    return "\n".join([*blocks, _test_rows()])


def sentence(rule: Rule) -> str:
    """Say what a rule flags, in one sentence."""
    said = _body_words(rule)
    unless = rule.unless or (rule.body.unless if isinstance(rule.body, Groups) else None)
    return f"Flags {said}{f'; not where {describe(unless)}' if unless else ''}."


def needs_words(rule: Rule) -> str:
    """Say which data a rule cannot do without; where it is missing, the rule is reported as not evaluated."""
    always = {"txn.id", "txn.date", "txn.posted", "txn.amount", "txn.merchant", "txn.merchant_key", "txn.kind"}
    ways = [", ".join(sorted(need - always)) for need in rule.needs]
    return " or ".join(sorted(set(ways), key=lambda way: (len(way), way))) if all(ways) else "charges alone"


def _pack_blocks(pack: Pack, rule_id: str | None) -> Iterator[str]:
    if rule_id is None:
        yield _about(pack)
    for rule in pack.rules:
        if rule_id in {None, rule.id}:
            yield _rule_block(rule, pack)


def _about(pack: Pack) -> str:
    about = pack.about
    lines = [f"{about.title}  ({about.id} {about.version})"]
    if about.approved:
        item = f", item {about.approved.item}" if about.approved.item else ""
        lines.append(f"  adopted by {about.approved.by} on {about.approved.on}{item}")
    if about.effective:
        lines.append(
            f"  judges purchases from {about.effective.first}{f' to {about.effective.last}' if about.effective.last else ''}"
        )
    lines += [f"  extends {base.about.id} {base.about.version}" for base in pack.bases]
    lines += [f"  {name}: {source.title}" for name, source in pack.sources.items()]
    for name, known in pack.names.items():
        said = param_words(known, kind_of(known)) if isinstance(known, Param) else _list_words(known)
        lines.append(_indented(f"${name} = {said}"))
    return "\n".join(lines) + "\n"


def _list_words(known: Listed) -> str:
    return ", ".join(str(item) for item in known.items) or "(empty)"


def _rule_block(rule: Rule, pack: Pack) -> str:
    model = rule.model
    tests = [test.name for each in _with_bases(pack) for test in each.tests if rule.id in test.expect]
    lines = [f"{rule.id}  {model.title}  ({model.kind}, {model.severity}, {model.status})", _indented(sentence(rule))]
    lines += [
        _indented(f"says:  {model.message}"),
        _indented(f"asks:  {model.ask}"),
        f"  cites: {'; '.join(model.cite)}",
    ]
    lines.append(_indented(f"needs: {needs_words(rule)}"))
    lines += [_indented(f"why:   {model.rationale}")] if model.rationale else []
    lines += [_indented(f"often right all the same: {case}") for case in model.known_false_positives]
    lines += [_indented(f"tested by: {name}") for name in tests] or ["  no test expects a flag of it"]
    lines.append(f"  stands in {rule.source.place('id')}")
    return "\n".join(lines) + "\n"


def _with_bases(pack: Pack) -> Iterator[Pack]:
    yield pack
    for base in pack.bases:
        yield from _with_bases(base)


def _body_words(rule: Rule) -> str:
    body = rule.body
    match body:
        case Row(when):
            return f"each charge where {describe(when)}"
        case Groups():
            alike = " and ".join(field_words(name) for name in body.group)
            within = f", two or more {_within(rule.model)}" if isinstance(rule.model, WindowRule) else ""
            return f"charges{_where(body.where)} that agree in {alike}{within}, if {describe(body.having)}"
        case Deadline():
            return f"charges{_where(body.where)} that do not meet this by their due day: {describe(body.needs)}. {_due(rule, body)}"
        case NamedCheck(check, settings):
            given = ", ".join(f"{name} {value}" for name, value in settings.items())
            doc = (type(check).__doc__ or "").strip().splitlines()
            return f"what the check `{check.name}` ({given}) finds: {doc[0].removesuffix('.') if doc else check.name}"


def _within(model: WindowRule) -> str:
    return "on one day" if model.within == "same day" else f"within {model.within}"


def _where(condition: Condition | None) -> str:
    return f" where {describe(condition)}" if condition else ""


def _due(rule: Rule, body: Deadline) -> str:
    named = "" if body.days.name == "days" else f"{body.days.name}: "
    days = named + param_words(body.days, kind_of(body.days))
    steps = rule.model.escalate if isinstance(rule.model, DeadlineRule) else ()
    told = (f"from {step.after} days late {step.to}{f' ({step.severity})' if step.severity else ''}" for step in steps)
    return f"Due {days} {body.unit} after {field_words(body.after)}; told are {', '.join(told) or 'nobody'}"


def _test_rows() -> str:
    """Say what a test's row is where it says nothing."""
    lines = [
        f"A row of a test is a purchase as it should be, judged as of {AS_OF}, unless the row or test says otherwise:"
    ]
    lines += [_indented(", ".join(_defaults(DEFAULTS)))]
    follows = ", ".join(f"{name} as {other}" for name, other in FOLLOWS.items())
    lines += [_indented(f"and these follow others of the row: {follows}. All other fields are empty.")]
    return "\n".join(lines) + "\n"


def _defaults(values: Mapping[str, Any]) -> Iterator[str]:
    for name, value in values.items():
        yield f"{name} {value_words(value, FIELDS[name])}"


def _indented(text: str) -> str:
    return fill(text, _WIDTH, initial_indent="  ", subsequent_indent="      ", break_long_words=False)
