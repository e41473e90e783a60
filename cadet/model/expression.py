"""Constraints, conditions and consents as expressions that are read, never executed.

The grammar is a small part of Python's: names of options (dots allowed), constants, comparisons,
`and` / `or` / `not`, `in`, and arithmetic. There is no call, no index, no attribute of a value.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from cadet.errors import ExpressionError, nearest

_MAX_LENGTH = 2_000  # a constraint longer than a page is a mistake, and deep ones exhaust the parser

_BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}
_UNARY: dict[type[ast.unaryop], Callable[[Any], Any]] = {
    ast.Not: operator.not_,
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
}
_COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda a, b: a in b,
    ast.NotIn: lambda a, b: a not in b,
}
_LITERALS = {"true": True, "false": False}  # TOML's spelling, beside Python's


@dataclass(frozen=True)
class Expression:
    """A parsed expression over option values.

    Raises ExpressionError when `text` uses anything outside the grammar.
    """

    text: str
    names: frozenset[str] = field(init=False, compare=False)
    _tree: ast.expr = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        tree = _parse(self.text)
        object.__setattr__(self, "_tree", tree)
        object.__setattr__(self, "names", frozenset(_names(tree, self.text)))

    def __call__(self, values: Mapping[str, Any]) -> Any:
        """Evaluate on `values`; raises ExpressionError naming the expression when that is impossible."""
        try:
            return _evaluate(self._tree, values)
        except KeyError as missing:
            name = missing.args[0]
            raise ExpressionError(f"{self.text!r}: unknown name {name!r}{nearest(name, values)}") from None
        except (TypeError, ZeroDivisionError, ValueError, OverflowError) as error:
            raise ExpressionError(f"{self.text!r} cannot be evaluated: {error}") from None

    def holds(self, values: Mapping[str, Any]) -> bool:
        """Tell whether the expression is true of `values`."""
        return bool(self(values))


def _parse(text: str) -> ast.expr:
    if len(text) > _MAX_LENGTH:
        raise ExpressionError(f"expression of {len(text)} characters; at most {_MAX_LENGTH} are read")
    try:
        return ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        reason = getattr(error, "msg", None) or str(error)
        raise ExpressionError(f"{text!r} is no expression: {reason}") from None


def _names(node: ast.expr, text: str) -> Iterator[str]:
    dotted = _dotted(node)
    if dotted is not None:
        if dotted not in _LITERALS:
            yield dotted
        return
    if isinstance(node, ast.Constant) and isinstance(node.value, bool | int | float | str):
        return
    for child in _operands(node, text):
        yield from _names(child, text)


def _operands(node: ast.expr, text: str) -> list[ast.expr]:
    if isinstance(node, ast.BoolOp):
        return node.values
    if isinstance(node, ast.UnaryOp) and type(node.op) in _UNARY:
        return [node.operand]
    if isinstance(node, ast.BinOp) and type(node.op) in _BINARY:
        return [node.left, node.right]
    if isinstance(node, ast.Compare) and all(type(op) in _COMPARE for op in node.ops):
        return [node.left, *node.comparators]
    if isinstance(node, ast.List | ast.Tuple | ast.Set):
        return node.elts
    raise ExpressionError(
        f"{text!r}: {type(node).__name__} is not allowed; use comparisons, and/or/not, in, + - * / // %"
    )


def _dotted(node: ast.expr) -> str | None:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        owner = _dotted(node.value)
        return None if owner is None else f"{owner}.{node.attr}"
    return None


def _evaluate(node: ast.expr, values: Mapping[str, Any]) -> Any:
    dotted = _dotted(node)
    if dotted is not None:
        return _LITERALS[dotted] if dotted in _LITERALS and dotted not in values else values[dotted]
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.BoolOp):
        return _connective(node, values)
    if isinstance(node, ast.UnaryOp):
        return _UNARY[type(node.op)](_evaluate(node.operand, values))
    if isinstance(node, ast.BinOp):
        return _arithmetic(node, values)
    if isinstance(node, ast.Compare):
        return _comparison(node, values)
    assert isinstance(node, ast.List | ast.Tuple | ast.Set)
    return [_evaluate(element, values) for element in node.elts]


def _connective(node: ast.BoolOp, values: Mapping[str, Any]) -> bool:
    operands = (bool(_evaluate(value, values)) for value in node.values)
    return all(operands) if isinstance(node.op, ast.And) else any(operands)


def _arithmetic(node: ast.BinOp, values: Mapping[str, Any]) -> Any:
    left, right = _evaluate(node.left, values), _evaluate(node.right, values)
    if isinstance(left, str) or isinstance(right, str):
        raise TypeError("arithmetic on text")  # 'a' * 10**9 would fill the memory
    return _BINARY[type(node.op)](left, right)


def _comparison(node: ast.Compare, values: Mapping[str, Any]) -> bool:
    left = _evaluate(node.left, values)
    for op, comparator in zip(node.ops, node.comparators, strict=True):
        right = _evaluate(comparator, values)
        if not _COMPARE[type(op)](left, right):
            return False
        left = right
    return True
