"""Graphs with a known answer: what every engine is asked about when its tests make no errors."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from benchmarks.discovery.oracles import cadet, dag
from cadet.model.graph import PAG, Mark
from cadet.model.knowledge import Knowledge
from tests.causal.discovery.graphs import (
    Truth,
    agrees,
    as_admg,
    confounded_truth,
    equivalence_classes,
    invariant,
    random_truth,
    true_mag,
)

Marks = Mapping[tuple[str, str], Mark]


@dataclass(frozen=True)
class Case:
    """A truth, its maximal ancestral graph, and the marks that all graphs with its independences share.

    The invariant marks are those of our own engine where brute force cannot count them; `counted` tells.
    """

    name: str
    truth: Truth
    mag: PAG
    invariant: Marks
    counted: bool


def random(count: int, *, tiers: bool) -> Iterator[Case]:
    """Yield 8–12 observed and up to 4 hidden nodes of mean degree 2–4; the seed is the place in the sequence."""
    for seed in range(count):
        yield _judged(f"seed {seed}", random_truth(np.random.default_rng(seed), exogenous=False, tiers=tiers))


def confounded(count: int) -> Iterator[Case]:
    """Yield 5–6 nodes with as many hidden common causes as effects: Possible-D-SEP matters here."""
    for seed in range(count):
        truth = confounded_truth(np.random.default_rng(seed))
        yield _judged(f"seed {seed}", dag(truth.dag, truth.observed))


def _judged(name: str, truth: Truth) -> Case:
    return Case(name, truth, true_mag(truth), cadet(truth).pag.marks, counted=False)


def small() -> Iterator[Case]:
    """Yield one graph of every Markov equivalence class on up to four nodes."""
    for size in (2, 3, 4):
        for i, mags in enumerate(equivalence_classes(size).values()):
            yield _counted(f"{size} nodes, class {i}", mags, Knowledge())


def small_with_tiers() -> Iterator[Case]:
    """Yield one graph of every class on four nodes that agrees with each division into two tiers."""
    for i, mags in enumerate(equivalence_classes(4).values()):
        for tiers in list(product(range(2), repeat=4))[1:-1]:
            knowledge = Knowledge(tiers={f"n{j}": tier for j, tier in enumerate(tiers)})
            if permitted := tuple(mag for mag in mags if agrees(mag, knowledge)):
                yield _counted(f"class {i}, tiers {''.join(map(str, tiers))}", permitted, knowledge)


def _counted(name: str, mags: tuple[PAG, ...], knowledge: Knowledge) -> Case:
    admg = as_admg(mags[0])
    assert admg is not None
    return Case(name, replace(dag(admg, mags[0].nodes), knowledge=knowledge), mags[0], invariant(mags), counted=True)


SETTINGS: dict[str, Callable[[int], Iterator[Case]]] = {
    "random, no knowledge": lambda count: random(count, tiers=False),
    "random, tiers": lambda count: random(count, tiers=True),
    "much confounding, no knowledge": confounded,
    "all classes of 2–4 nodes, no knowledge": lambda count: small(),
    "all classes of 4 nodes, two tiers": lambda count: small_with_tiers(),
}
