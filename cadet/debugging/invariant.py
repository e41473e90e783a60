"""Which mechanisms are the same in both studies: every event and objective given its direct causes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations

import numpy as np

from cadet.causal.effects.invariance import LEVEL_PART, Invariance, Mask, invariance
from cadet.causal.effects.mechanisms import Table
from cadet.causal.effects.relabelling import relabelled
from cadet.debugging.pooled import STUDY
from cadet.model.comparison import MechanismChange
from cadet.model.effect import Estimate
from cadet.model.graph import PAG, Mark

_EVERY_SUBSET = 3  # with more open parents: none, each alone, all

Tested = tuple[tuple[str, ...], Invariance]


def mechanism_changes(
    data: Table, pag: PAG, nodes: Sequence[str], settings: Sequence[str], second: Mask, level: float,
    rng: np.random.Generator,
) -> tuple[MechanismChange, ...]:  # fmt: skip
    """Return the change of every node's mechanism, p-values adjusted for their number (Holm 1979).

    Where the graph does not say whether a neighbour is a cause, a change must show whether it is one or not. With few
    rows the graph also misses edges; so what looks changed must look so beside the other events that do, as well.
    """

    def tested(node: str, sets: Iterable[tuple[str, ...]]) -> Tested:
        results = [(names, invariance(data, node, names, second, rng, settings=settings)) for names in sets]
        answered = [result for result in results if result[1].p_value is not None]
        return max(answered, key=lambda result: result[1].p_value or 0.0, default=results[0])

    known = {node: [n for n in known_parents(pag, node) if n in data.axes] for node in nodes}
    maybe = {node: [n for n in open_parents(pag, node) if n in data.axes] for node in nodes}
    first = {node: tested(node, ((*known[node], *more) for more in _subsets(maybe[node]))) for node in nodes}
    suspect = [node for node in nodes if (p := first[node][1].p_value) is not None and p <= level]
    for node in suspect:
        others = [
            n for n in suspect if n in data.axes and n not in (node, *first[node][0]) and not _causes(pag, node, n)
        ]
        if others:
            again = tested(node, [(*first[node][0], *others)])
            first[node] = max(first[node], again, key=lambda result: result[1].p_value or 0.0)
            maybe[node] = list(dict.fromkeys((*maybe[node], *others)))
    adjusted = holm([first[node][1].p_value for node in nodes])
    return tuple(_change(data, node, first[node][1], p_value, level, known[node], maybe[node])
                 for node, p_value in zip(nodes, adjusted, strict=True))  # fmt: skip


def overall_changes(
    data: Table, objectives: Sequence[str], settings: Sequence[str], second: Mask, level: float,
    rng: np.random.Generator, *, exchangeable: bool = False,
) -> tuple[MechanismChange, ...]:  # fmt: skip
    """Return what became of each objective at equal options and context, through whatever events.

    exchangeable: both studies drew the settings at random from the same values, so that which study a row is from can
    be exchanged.
    """
    test = relabelled if exchangeable else invariance
    tested = [test(data, name, settings, second, rng) for name in objectives]
    adjusted = holm([result.p_value for result in tested])
    return tuple(_change(data, name, result, p_value, level, settings)
                 for name, result, p_value in zip(objectives, tested, adjusted, strict=True))  # fmt: skip


def holm(p_values: Sequence[float | None]) -> list[float | None]:
    """Return p-values adjusted for their number (Holm 1979); what is None was not tested and does not count."""
    known = sorted((p, i) for i, p in enumerate(p_values) if p is not None)
    adjusted: list[float | None] = [None] * len(p_values)
    floor = 0.0
    for rank, (p, i) in enumerate(known):
        floor = max(floor, min(1.0, p * (len(known) - rank)))
        adjusted[i] = floor
    return adjusted


def known_parents(pag: PAG, node: str) -> list[str]:
    """Return the neighbours that the graph says are causes of `node`."""
    return [n for n in _neighbours(pag, node) if pag.marks[node, n] is Mark.TAIL and pag.marks[n, node] is Mark.ARROW]


def open_parents(pag: PAG, node: str) -> list[str]:
    """Return the neighbours that may be causes of `node` or not."""
    return [n for n in _neighbours(pag, node) if n not in known_parents(pag, node)
            and pag.marks[node, n] is not Mark.ARROW and pag.marks[n, node] is not Mark.TAIL]  # fmt: skip


def _neighbours(pag: PAG, node: str) -> list[str]:
    return [n for n in pag.nodes if pag.adjacent(node, n) and n != STUDY]


def _causes(pag: PAG, node: str, other: str) -> bool:
    """Tell whether the graph says that `node` is a direct cause of `other`."""
    return pag.adjacent(node, other) and node in known_parents(pag, other)


def _subsets(names: Sequence[str]) -> Iterator[tuple[str, ...]]:
    sizes = range(len(names) + 1) if len(names) <= _EVERY_SUBSET else sorted({0, 1, len(names)})
    for size in sizes:
        yield from combinations(names, size)


def _change(
    data: Table, node: str, result: Invariance, p_value: float | None, level: float,
    known: Sequence[str], maybe: Sequence[str] = (),
) -> MechanismChange:  # fmt: skip
    relative = node in data.logarithmic
    changed = p_value is not None and p_value <= level
    responses = tuple(name for name, p in result.parts.items() if name != LEVEL_PART and p <= level) if changed else ()
    shift = _natural(result.shift) if relative else result.shift
    return MechanismChange(node, tuple(known), shift, relative, p_value, changed, responses, tuple(maybe),
                           result.reason)  # fmt: skip


def _natural(shift: Estimate) -> Estimate:
    """Return a difference of logarithms as a factor."""
    if shift.estimate is None or shift.low is None or shift.high is None:
        return shift
    low, middle, high = (float(np.exp(x)) for x in (shift.low, shift.estimate, shift.high))
    return Estimate(middle, low, high)
