"""Random graphs with hidden variables, their true MAGs, and what brute force says about small ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import chain, combinations, permutations, product

import numpy as np

from cadet.causal.independence import Oracle
from cadet.model.graph import ADMG, PAG, Mark
from cadet.model.knowledge import Knowledge


@dataclass(frozen=True)
class Truth:
    """A DAG, which of its nodes are observed, and knowledge that is true of it."""

    dag: ADMG
    observed: tuple[str, ...]
    knowledge: Knowledge


def random_truth(
    rng: np.random.Generator, *, exogenous: bool, tiers: bool, observed: tuple[int, int] = (8, 12),
    hidden: tuple[int, int] = (0, 4), degree: tuple[float, float] = (2.0, 3.6),
) -> Truth:  # fmt: skip
    """From so many to so many observed and hidden nodes, mean degree; names that say nothing about the order."""
    sizes = [int(rng.integers(least, most + 1)) for least, most in (observed, hidden)]
    return _random_truth(rng, sizes[0], sizes[1], rng.uniform(*degree), exogenous, tiers)


def _random_truth(
    rng: np.random.Generator, observed: int, hidden: int, degree: float, exogenous: bool, tiers: bool
) -> Truth:
    size = observed + hidden
    names = [f"v{i:02d}" for i in rng.permutation(size)]
    chance = degree / (size - 1)
    edges = frozenset((names[i], names[j]) for i, j in combinations(range(size), 2) if rng.random() < chance)
    seen = tuple(sorted(rng.permutation(names)[:observed]))
    order = [name for name in names if name in seen]
    roots = {name for name in seen if not any(effect == name for _, effect in edges)}
    some = frozenset(name for name in sorted(roots) if rng.random() < 0.8) if exogenous else frozenset()
    cuts = sorted(rng.choice(observed, size=int(rng.integers(1, 4)), replace=False)) if tiers else []
    tier = {name: int(np.searchsorted(cuts, i, side="right")) for i, name in enumerate(order)}
    return Truth(ADMG(tuple(sorted(names)), edges), seen, Knowledge(tiers=tier, exogenous=some))


def with_edges_known(truth: Truth, rng: np.random.Generator) -> Truth:
    """Some of what is no cause forbidden, and some of the edges between observed nodes required."""
    above = {n: truth.dag.ancestors(n) for n in truth.observed}
    forbidden = frozenset(
        (a, b) for a, b in permutations(truth.observed, 2) if a not in above[b] and rng.random() < 0.1
    )
    seen = [(a, b) for a, b in sorted(truth.dag.directed) if a in truth.observed and b in truth.observed]
    required = frozenset(edge for edge in seen if rng.random() < 0.2)
    return replace(truth, knowledge=replace(truth.knowledge, forbidden=forbidden, required=required))


def confounded_truth(rng: np.random.Generator) -> Truth:
    """Five or six nodes with as many hidden common causes as effects: here neighbours do not always separate."""
    nodes = tuple(f"n{i}" for i in rng.permutation(int(rng.integers(5, 7))))
    pairs = list(combinations(nodes, 2))
    directed = frozenset(pair for pair in pairs if rng.random() < 0.3)
    hidden = frozenset(frozenset(pair) for pair in pairs if rng.random() < 0.3)
    return Truth(ADMG(tuple(sorted(nodes)), directed, hidden), tuple(sorted(nodes)), Knowledge())


def true_mag(truth: Truth) -> PAG:
    """Adjacent is what not even its observed ancestors separate (Richardson & Spirtes 2002, theorem 4.2)."""
    oracle = Oracle(truth.dag, truth.observed)
    above = {n: truth.dag.ancestors(n) for n in truth.observed}
    marks: dict[tuple[str, str], Mark] = {}
    for a, b in combinations(truth.observed, 2):
        if oracle(a, b, sorted(((above[a] | above[b]) & set(truth.observed)) - {a, b})).p_value == 0:
            marks[a, b] = Mark.TAIL if b in above[a] else Mark.ARROW
            marks[b, a] = Mark.TAIL if a in above[b] else Mark.ARROW
    return PAG(truth.observed, marks)


def unshielded_colliders(graph: PAG) -> set[tuple[str, str, str]]:
    return {
        (a, b, c)
        for b in graph.nodes
        for a, c in combinations([n for n in sorted(graph.nodes) if graph.adjacent(n, b)], 2)
        if not graph.adjacent(a, c) and graph.marks[a, b] is graph.marks[c, b] is Mark.ARROW
    }


def contradictions(pag: PAG, mag: PAG) -> list[tuple[str, str]]:
    return [edge for edge, mark in pag.marks.items() if mark not in (Mark.CIRCLE, mag.marks[edge])]


# ── brute force on few nodes ────────────────────────────────────────────────────────────────────────────────────────

Model = frozenset[tuple[int, int, frozenset[int]]]
EDGES = (None, (Mark.TAIL, Mark.ARROW), (Mark.ARROW, Mark.TAIL), (Mark.ARROW, Mark.ARROW))


@lru_cache
def equivalence_classes(size: int) -> Mapping[Model, tuple[PAG, ...]]:
    """All maximal ancestral graphs over `size` nodes without selection, by the independences they entail."""
    classes: dict[Model, list[PAG]] = {}
    for mag, model in _mags(size):
        classes.setdefault(model, []).append(mag)
    return {model: tuple(mags) for model, mags in classes.items()}


def _mags(size: int) -> Iterator[tuple[PAG, Model]]:
    nodes = tuple(f"n{i}" for i in range(size))
    pairs = list(combinations(range(size), 2))
    for choice in product(EDGES, repeat=len(pairs)):
        marks = {}
        for (i, j), ends in zip(pairs, choice, strict=True):
            if ends is not None:
                marks[nodes[j], nodes[i]], marks[nodes[i], nodes[j]] = ends
        mag = PAG(nodes, marks)
        admg = as_admg(mag)
        if admg is None:
            continue
        model = _independences(admg)
        separable = {(i, j) for i, j, _ in model}
        if all((i, j) in separable or mag.adjacent(nodes[i], nodes[j]) for i, j in pairs):
            yield mag, model


def as_admg(mag: PAG) -> ADMG | None:
    """The mixed graph of a MAG, None when it is not ancestral."""
    directed = frozenset((a, b) for (a, b), m in mag.marks.items() if m is Mark.ARROW and mag.marks[b, a] is Mark.TAIL)
    both = frozenset(frozenset(e) for e, m in mag.marks.items() if m is mag.marks[e[::-1]] is Mark.ARROW)
    admg = ADMG(mag.nodes, directed, both)
    cyclic = any(n in admg.ancestors(p) for n in mag.nodes for p in admg.parents(n))
    almost = any(a in admg.ancestors(b) or b in admg.ancestors(a) for a, b in map(sorted, both))
    return None if cyclic or almost else admg


def _independences(admg: ADMG) -> Model:
    oracle, size = Oracle(admg), len(admg.nodes)
    found = set()
    for i, j in combinations(range(size), 2):
        others = [k for k in range(size) if k not in (i, j)]
        for given in chain.from_iterable(combinations(others, r) for r in range(size - 1)):
            if oracle(admg.nodes[i], admg.nodes[j], [admg.nodes[k] for k in given]).p_value == 1:
                found.add((i, j, frozenset(given)))
    return frozenset(found)


def invariant(mags: tuple[PAG, ...]) -> dict[tuple[str, str], Mark]:
    """The marks that all members share; a circle where they differ."""
    return {
        edge: mark if all(m.marks[edge] is mark for m in mags) else Mark.CIRCLE for edge, mark in mags[0].marks.items()
    }


def agrees(mag: PAG, knowledge: Knowledge) -> bool:
    """Whether no mark of the MAG is against the knowledge."""
    return all(
        (m is Mark.TAIL if b in knowledge.exogenous else m is Mark.ARROW or knowledge.may_cause(b, a))
        for (a, b), m in mag.marks.items()
    )
