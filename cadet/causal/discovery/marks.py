"""A graph under orientation: circles become arrowheads and tails, and never change again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from cadet.causal.compiled import arithmetic, compiled, internal, subroutine
from cadet.causal.discovery.background import Background
from cadet.model.graph import PAG, Mark

NONE, CIRCLE, ARROW, TAIL = 0, 1, 2, 3
MARK = {CIRCLE: Mark.CIRCLE, ARROW: Mark.ARROW, TAIL: Mark.TAIL}
CODE = {mark: code for code, mark in MARK.items()}

Codes = npt.NDArray[np.int8]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


class Marks(NamedTuple):
    """at[a, b] is the mark at b on the edge a–b, NONE where there is no edge; for compiled code.

    start, neighbour: the neighbours of a are neighbour[start[a]:start[a + 1]], sorted. ambiguous: sorted codes of the
    unshielded (a, b, c) of which the tests do not tell whether b is a collider; nothing follows from them. given_up:
    (1,) how many searches for a path ended before all were looked at, counted in place.
    """

    at: Codes
    start: Ints
    neighbour: Ints
    ambiguous: Ints
    given_up: Ints


def circles(adjacent: Flags, background: Background) -> Marks:
    """Return the edges with what is known: arrowheads at what is no cause, tails at what is exogenous or required."""
    at = adjacent.astype(np.int8)
    at[adjacent & ~background.may_cause.T] = ARROW
    at[adjacent & background.exogenous[None, :]] = TAIL
    at[background.required] = ARROW
    at[background.required.T] = TAIL
    start = np.concatenate([[0], np.cumsum(adjacent.sum(axis=1))])
    return Marks(at, start, np.nonzero(adjacent)[1], np.empty(0, np.int64), np.zeros(1, np.int64))


def to_marks(pag: PAG) -> Marks:
    """Return the marks of a PAG over its sorted nodes."""
    nodes = sorted(pag.nodes)
    at = np.zeros((len(nodes), len(nodes)), np.int8)
    place = {node: i for i, node in enumerate(nodes)}
    for (a, b), mark in pag.marks.items():
        at[place[a], place[b]] = CODE[mark]
    adjacent = at != NONE
    start = np.concatenate([[0], np.cumsum(adjacent.sum(axis=1))])
    return Marks(at, start, np.nonzero(adjacent)[1], np.empty(0, np.int64), np.zeros(1, np.int64))


def to_pag(names: Sequence[str], marks: Marks) -> PAG:
    """Return the marks as they are now."""
    edges = zip(*(places.tolist() for places in np.nonzero(marks.at)), strict=True)
    return PAG(tuple(names), {(names[a], names[b]): MARK[int(marks.at[a, b])] for a, b in edges})


def triples_code(marks: Marks, triples: Ints) -> Ints:
    """Return the codes of unshielded (a, b, c), a < c, sorted."""
    nodes = len(marks.at)
    return np.sort((triples[:, 1] * nodes + triples[:, 0]) * nodes + triples[:, 2])


def unclear(names: Sequence[str], marks: Marks) -> tuple[tuple[str, str, str], ...]:
    """Return the ambiguous triples by name, the middle in the middle."""
    nodes = len(marks.at)
    codes = marks.ambiguous.tolist()
    return tuple((names[code // nodes % nodes], names[code // nodes**2], names[code % nodes]) for code in codes)


@subroutine
def passes(marks: Marks, a: int, b: int, c: int) -> bool:
    """Tell whether b is known to be no collider on the unshielded a–b–c that was not oriented as one."""
    if len(marks.ambiguous) == 0:
        return True
    nodes = len(marks.at)
    code = (b * nodes + min(a, c)) * nodes + max(a, c)
    low, high = 0, len(marks.ambiguous)
    while low < high:
        middle = (low + high) // 2
        if marks.ambiguous[middle] < code:
            low = middle + 1
        else:
            high = middle
    return bool(low == len(marks.ambiguous) or marks.ambiguous[low] != code)


@arithmetic
def put(marks: Marks, a: int, b: int, mark: int) -> bool:
    """Put `mark` at b on the edge a–b where there is a circle; tell whether anything changed.

    What is decided stays: knowledge is never overwritten, and errors of tests cannot flip a mark back and forth.
    """
    if marks.at[a, b] != CIRCLE:
        return False
    marks.at[a, b] = mark
    return True


@arithmetic
def direct(marks: Marks, a: int, b: int) -> bool:
    """Orient a → b as far as there are circles."""
    tail = put(marks, b, a, TAIL)
    arrow = put(marks, a, b, ARROW)
    return tail or arrow


@arithmetic
def causes(marks: Marks, a: int, b: int) -> bool:
    """Tell whether a → b."""
    return bool(marks.at[a, b] == ARROW and marks.at[b, a] == TAIL)


@arithmetic
def may_cause(marks: Marks, a: int, b: int) -> bool:
    """Tell whether a → b is possible: no arrowhead at a, no tail at b (an edge of a potentially directed path)."""
    return bool(marks.at[a, b] != NONE and marks.at[b, a] != ARROW and marks.at[a, b] != TAIL)


@internal
def doubled(found: Ints) -> Ints:
    """Return the rows and room for as many more."""
    longer = np.empty((2 * len(found), found.shape[1]), np.int64)
    for row in range(len(found)):
        for place in range(found.shape[1]):
            longer[row, place] = found[row, place]
    return longer


@compiled
def unshielded(marks: Marks) -> Ints:
    """Return every (a, b, c), a < c, with edges a–b–c and none between a and c, (triples, 3), by b, a, c."""
    found = np.empty((64, 3), np.int64)
    count = 0
    for b in range(len(marks.at)):
        for i in range(marks.start[b], marks.start[b + 1]):
            for j in range(i + 1, marks.start[b + 1]):
                a, c = marks.neighbour[i], marks.neighbour[j]
                if marks.at[a, c] != NONE:
                    continue
                if count == len(found):
                    found = doubled(found)
                found[count, 0], found[count, 1], found[count, 2] = a, b, c
                count += 1
    return found[:count]
