"""Uncovered paths: no node's neighbours on the path are adjacent. They carry R5, R9 and R10 (Zhang 2008).

A path may not come back to a node, so paths are walked, not states. In sparse graphs they are few; a search that takes
more than `STEPS` steps gives up and is counted, which can only leave a circle where a mark would have been possible.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from cadet.causal.compiled import compiled, internal
from cadet.causal.discovery.marks import CIRCLE, NONE, Marks, may_cause, passes

STEPS = 100_000

Ints = npt.NDArray[np.int64]


@compiled
def leads(marks: Marks, a: int, b: int, goal: int) -> bool:
    """Tell whether an uncovered potentially directed path begins with a, b and ends in `goal`."""
    return len(_search(marks, a, b, goal, False)) > 0


@internal
def exits(marks: Marks, a: int, goal: int) -> Ints:
    """Return the second nodes of the uncovered potentially directed paths from a to `goal` (itself when adjacent)."""
    found = np.empty(marks.start[a + 1] - marks.start[a], np.int64)
    count = 0
    for i in range(marks.start[a], marks.start[a + 1]):
        b = marks.neighbour[i]
        if may_cause(marks, a, b) and (b == goal or leads(marks, a, b, goal)):
            found[count] = b
            count += 1
    return found[:count]


@internal
def circle_path(marks: Marks, a: int, b: int) -> Ints:
    """Return an uncovered circle path ⟨a, c, …, d, b⟩ with a, d and b, c not adjacent, empty when there is none."""
    for i in range(marks.start[a], marks.start[a + 1]):
        c = marks.neighbour[i]
        if c != b and marks.at[a, c] == CIRCLE and marks.at[c, a] == CIRCLE and marks.at[b, c] == NONE:
            path = _search(marks, a, c, b, True)
            if len(path) > 0:
                return path
    return np.empty(0, np.int64)


@internal
def _search(marks: Marks, a: int, b: int, goal: int, circles: bool) -> Ints:
    """Return the first uncovered path a, b, …, goal of at least four nodes for circle paths, else of at least three."""
    nodes = len(marks.at)
    path, turn = np.empty(nodes, np.int64), np.empty(nodes, np.int64)
    on = np.zeros(nodes, np.bool_)
    path[0], path[1], turn[1], length = a, b, marks.start[b], 2
    on[a] = on[b] = True
    for _ in range(STEPS):
        if length < 2:
            break
        before, node = path[length - 2], path[length - 1]
        if turn[length - 1] == marks.start[node + 1]:
            on[node] = False
            length -= 1
            continue
        further = marks.neighbour[turn[length - 1]]
        turn[length - 1] += 1
        if on[further] or marks.at[before, further] != NONE or not passes(marks, before, node, further):
            continue
        if circles and (marks.at[node, further] != CIRCLE or marks.at[further, node] != CIRCLE):
            continue
        if not circles and not may_cause(marks, node, further):
            continue
        if further == goal:
            if circles and marks.at[a, node] != NONE:
                continue
            path[length] = goal
            return path[: length + 1]
        path[length], turn[length], length = further, marks.start[further], length + 1
        on[further] = True
    if length >= 2:
        marks.given_up[0] += 1
    return np.empty(0, np.int64)
