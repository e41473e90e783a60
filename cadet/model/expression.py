"""Constraints, conditions and consents as expressions that are read, never executed.

The grammar is a small part of Python's: names of options (dots allowed), constants, comparisons,
`and` / `or` / `not`, `in` a list, and arithmetic on numbers. There is no call, no index, no attribute of a value.
What it costs to read and to evaluate is bounded, since target files and studies may come from others.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from cadet.errors import ExpressionError, nearest

_MAX_LENGTH = 2_000  # a constraint longer than a page is a mistake
_MAX_DEPTH = 100  # operators inside one another, such as the terms of a sum; far below the interpreter's own limit
_MAX_NUMBER = 1e300  # whole numbers would grow without end, as in x*x*x*...
_SHOWN = 100  # characters of an expression that an error repeats

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

    Raises ExpressionError when `text` uses anything outside the grammar, is too long or too deeply nested.
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
            raise ExpressionError(f"{_shown(self.text)}: unknown name {name!r}{nearest(name, values)}") from None
        except (TypeError, ZeroDivisionError, ValueError, OverflowError) as error:
            raise ExpressionError(f"{_shown(self.text)} cannot be evaluated: {error}") from None

    def holds(self, values: Mapping[str, Any]) -> bool:
        """Tell whether the expression is true of `values`."""
        return bool(self(values))


def _parse(text: str) -> ast.expr:
    if len(text) > _MAX_LENGTH:
        raise ExpressionError(f"expression of {len(text)} characters; at most {_MAX_LENGTH} are read")
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        reason = getattr(error, "msg", None) or str(error)
        raise ExpressionError(f"{_shown(text)} is no expression: {reason}") from None
    if _depth(tree) > _MAX_DEPTH:
        raise ExpressionError(f"{_shown(text)} nests more than {_MAX_DEPTH} operators; split it into several")
    return tree


def _depth(tree: ast.expr) -> int:
    deepest, level = 0, [tree]  # level by level: a recursive walk would meet the limit that this guards
    while level:
        deepest += 1
        level = [child for node in level for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr)]
    return deepest


def _shown(text: str) -> str:
    return repr(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}...")


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
        pairs = zip(node.ops, node.comparators, strict=True)
        return [node.left, *(operand for op, right in pairs for operand in _right(op, right))]
    if isinstance(node, ast.List | ast.Tuple | ast.Set):
        raise ExpressionError(f"{_shown(text)}: a list belongs on the right of in or not in")
    raise ExpressionError(
        f"{_shown(text)}: {type(node).__name__} is not allowed; use comparisons, and/or/not, in, + - * / // %"
    )


def _right(op: ast.cmpop, operand: ast.expr) -> list[ast.expr]:
    if isinstance(op, ast.In | ast.NotIn) and isinstance(operand, ast.List | ast.Tuple | ast.Set):
        return operand.elts
    return [operand]


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
        return _unary(node, values)
    if isinstance(node, ast.BinOp):
        return _arithmetic(node, values)
    if isinstance(node, ast.Compare):
        return _comparison(node, values)
    assert isinstance(node, ast.List | ast.Tuple | ast.Set)
    return [_evaluate(element, values) for element in node.elts]


def _connective(node: ast.BoolOp, values: Mapping[str, Any]) -> bool:
    operands = (bool(_evaluate(value, values)) for value in node.values)
    return all(operands) if isinstance(node.op, ast.And) else any(operands)


def _unary(node: ast.UnaryOp, values: Mapping[str, Any]) -> Any:
    operand = _evaluate(node.operand, values)
    return _UNARY[type(node.op)](operand if isinstance(node.op, ast.Not) else _number(operand))


def _arithmetic(node: ast.BinOp, values: Mapping[str, Any]) -> bool | int | float:
    left, right = _number(_evaluate(node.left, values)), _number(_evaluate(node.right, values))
    result = _number(_BINARY[type(node.op)](left, right))
    if not abs(result) <= _MAX_NUMBER:
        raise OverflowError(f"a number beyond {_MAX_NUMBER:g}")
    return result


def _number(value: object) -> bool | int | float:
    if not isinstance(value, bool | int | float):
        raise TypeError("arithmetic on text")  # 'a' * 10**9 would fill the memory
    return value


def _comparison(node: ast.Compare, values: Mapping[str, Any]) -> bool:
    left = _evaluate(node.left, values)
    for op, comparator in zip(node.ops, node.comparators, strict=True):
        right = _evaluate(comparator, values)
        if not _COMPARE[type(op)](left, right):
            return False
        left = right
    return True
