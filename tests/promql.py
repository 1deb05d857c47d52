"""Which labels the result of a PromQL expression has, and what it asks for that no series has."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import promql_parser as promql
from promql_parser import AggModifierType, LabelModifierType, MatchOp, ValueType, VectorMatchCardinality

Labels = frozenset[str]
Known = Mapping[str, Labels]
"""Labels by the name of the series."""

_DROPS = {"histogram_quantile": {"le"}}


def examine(expression: str, known: Known) -> tuple[Labels, list[str]]:
    """Give the labels that a result can have, and the faults: series and labels that are not known.

    Raises:
        ValueError: this is no PromQL.

    """
    examination = _Examination(known)
    labels = examination.labels(promql.parse(expression))
    return labels or frozenset(), examination.faults


def names(expression: str) -> set[str]:
    """Give the names of the series that an expression asks for."""
    found: set[str] = set()

    def visit(node: promql.Expr) -> None:
        if isinstance(node, promql.VectorSelector | promql.MatrixSelector):
            found.add(_selector(node).name or "")

    promql.walk(promql.parse(expression), visit)
    return found


def waves(rules: Iterable[Mapping[str, Any]]) -> list[list[Mapping[str, Any]]]:
    """Sort recording rules into waves: each rests on what earlier ones have recorded."""
    pending = list(rules)
    sorted_ = []
    while pending:
        recorded = {rule["record"] for rule in pending}
        wave = [rule for rule in pending if not recorded & names(rule["expr"])]
        assert wave, f"these rules rest on one another: {recorded}"
        sorted_.append(wave)
        pending = [rule for rule in pending if rule not in wave]
    return sorted_


class _Examination:
    """A walk through an expression. No labels at all are those of a number, which is no vector: None."""

    def __init__(self, known: Known) -> None:
        self._known = known
        self.faults: list[str] = []

    def labels(self, node: promql.Expr) -> Labels | None:
        match node:
            case promql.VectorSelector() | promql.MatrixSelector():
                return self._selected(_selector(node))
            case promql.ParenExpr() | promql.UnaryExpr() | promql.SubqueryExpr():
                return self.labels(node.expr)
            case promql.AggregateExpr():
                return self._aggregated(node)
            case promql.BinaryExpr():
                return self._combined(node)
            case promql.Call():
                return self._called(node)
            case _:
                return None

    def _selected(self, node: promql.VectorSelector) -> Labels:
        matchers = node.matchers.matchers
        named = [matcher for matcher in matchers if matcher.name == "__name__"]
        found = [
            name
            for name in self._known
            if (name == node.name if node.name else all(_matches(matcher, name) for matcher in named))
        ]
        if not found:
            self.faults.append(f"there is no series {node}")
            return frozenset()
        labels = frozenset[str]().union(*(self._known[name] for name in found))
        self._must_have(labels, (matcher.name for matcher in matchers if matcher not in named), str(node))
        return labels

    def _aggregated(self, node: promql.AggregateExpr) -> Labels:
        labels = self.labels(node.expr) or frozenset()
        operator = str(node.op)
        modifier = node.modifier
        if modifier:
            self._must_have(labels, modifier.labels, str(node.expr))
        if operator in {"topk", "bottomk"}:
            return labels
        if modifier is None:
            kept: Labels = frozenset()
        elif modifier.type == AggModifierType.By:
            kept = frozenset(modifier.labels)
        else:
            kept = labels - set(modifier.labels)
        return kept | {node.param.val} if operator == "count_values" and node.param else kept

    def _combined(self, node: promql.BinaryExpr) -> Labels | None:
        left, right = self.labels(node.lhs), self.labels(node.rhs)
        if left is None or right is None:
            return left if right is None else right
        modifier = node.modifier
        matching = modifier.matching if modifier else None
        operator = str(node.op).split()[0]
        if matching and matching.type == LabelModifierType.Include:
            matched: Labels = frozenset(matching.labels)
            self._must_have(left, matched, str(node.lhs))
            self._must_have(right, matched, str(node.rhs))
        else:
            ignored: Labels = frozenset(matching.labels if matching else ())
            self._must_have(left | right, ignored, str(node))
            matched = left - ignored
            if matched != right - ignored and operator != "or":
                differing = ", ".join(sorted(matched ^ (right - ignored)))
                self.faults.append(f"the sides of {operator} never match, they differ in {differing}: {node}")
        if operator == "or":
            return left | right
        if operator in {"and", "unless"}:
            return left
        many, one = (left, right)
        if modifier and modifier.card == VectorMatchCardinality.OneToMany:
            many, one = right, left
        elif not modifier or modifier.card == VectorMatchCardinality.OneToOne:
            return matched
        brought = modifier.group_labels or []
        self._must_have(one, brought, f"the one side of {node}")
        return many | set(brought)

    def _called(self, node: promql.Call) -> Labels | None:
        arguments = [self.labels(argument) for argument in node.args]
        name = node.func.name
        if node.func.return_type != ValueType.Vector:
            return None
        if name in {"absent", "absent_over_time"}:
            return _of_absence(node.args[0])
        labels = next((each for each in arguments if each is not None), frozenset[str]())
        texts = [argument.val for argument in node.args if isinstance(argument, promql.StringLiteral)]
        if name == "label_replace":
            target, _, source, _ = texts
            # Without a source the label gets a text of its own.
            self._must_have(labels, filter(None, [source]), str(node))
            return labels | {target}
        if name == "label_join":
            target, _, *sources = texts
            self._must_have(labels, sources, str(node))
            return labels | {target}
        return labels - _DROPS.get(name, set())

    def _must_have(self, labels: Labels, asked: Iterable[str], where: str) -> None:
        self.faults += [f"there is no label {label} in {where}" for label in asked if label not in labels]


def _selector(node: promql.VectorSelector | promql.MatrixSelector) -> promql.VectorSelector:
    return node.vector_selector if isinstance(node, promql.MatrixSelector) else node


def _matches(matcher: promql.Matcher, value: str) -> bool:
    by_pattern = matcher.op in (MatchOp.Re, MatchOp.NotRe)
    same = bool(re.fullmatch(matcher.value, value)) if by_pattern else value == matcher.value
    return same == (matcher.op in (MatchOp.Equal, MatchOp.Re))


def _of_absence(node: promql.Expr) -> Labels:
    """The labels of `absent()`: those that the selector gives a value."""
    if not isinstance(node, promql.VectorSelector | promql.MatrixSelector):
        return frozenset()
    return frozenset(matcher.name for matcher in _selector(node).matchers.matchers if matcher.op == MatchOp.Equal)
