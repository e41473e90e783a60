"""One question to every engine: the edges of a table, and how many seconds they took."""

from __future__ import annotations

import contextlib
import hashlib
import io
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple, Protocol, TypeVar

import numpy as np

from benchmarks.discovery.tables import Table
from cadet.causal.discovery.fci import search
from cadet.causal.discovery.skeleton import Search, learn_skeleton
from cadet.causal.independence.fisher_z import FisherZ
from cadet.model.knowledge import Knowledge

ALPHA = 0.01

T = TypeVar("T")
Pairs = frozenset[tuple[str, str]]


@dataclass(frozen=True)
class Answer:
    """Wall and CPU seconds, the adjacent pairs (sorted names), and how many of them a cap left untested sets for."""

    seconds: float
    cpu: float
    pairs: Pairs
    capped: int = 0

    @property
    def digest(self) -> str:
        """Return the same for the same pairs."""
        return hashlib.sha256(repr(sorted(self.pairs)).encode()).hexdigest()[:16]


class Caps(NamedTuple):
    """Conditions in a set, and sets tried for a pair in Possible-D-SEP, at the most; None for no cap."""

    conditions: int | None = None
    sets: int | None = None


class Engine(Protocol):
    """Learns from a table, from the correlations on; building the engine's own table object is not timed."""

    name: str

    def skeleton(self, table: Table) -> Answer:
        """Return the skeleton of PC-stable with Fisher's z."""
        ...

    def fci(self, table: Table) -> Answer:
        """Return the adjacencies after all of FCI."""
        ...


def timed(call: Callable[[], T]) -> tuple[T, float, float]:
    """Return the result, wall and CPU seconds."""
    wall, cpu = time.perf_counter(), time.process_time()
    result = call()
    return result, time.perf_counter() - wall, time.process_time() - cpu


def pairs_of(edges: Iterable[tuple[str, str]]) -> Pairs:
    """Sort the names within the pairs."""
    return frozenset((min(edge), max(edge)) for edge in edges)


class Cadet:
    """The engine of this project. The skeleton is never capped; FCI as `caps` say."""

    name = "cadet"

    def __init__(self, caps: Caps):
        """Keep the caps."""
        self._caps = caps

    def skeleton(self, table: Table) -> Answer:
        columns = table.columns
        found, *seconds = timed(lambda: learn_skeleton(Search(FisherZ(columns), Knowledge(), ALPHA)))
        return Answer(*seconds, pairs_of(found.pairs()))

    def fci(self, table: Table) -> Answer:
        columns, (conditions, sets) = table.columns, self._caps
        found, *seconds = timed(
            lambda: search(FisherZ(columns), Knowledge(), ALPHA, max_conditioning=conditions, most=sets)
        )
        capped = int(np.triu(found.skeleton.capped & found.skeleton.adjacent).sum())
        return Answer(*seconds, pairs_of(found.pag.marks), capped)


class CausalLearn:
    """The search of causal-learn as it comes, without progress bars and with its prints thrown away."""

    name = "causal-learn"

    def skeleton(self, table: Table) -> Answer:
        from causallearn.graph.GraphNode import GraphNode
        from causallearn.utils.cit import CIT
        from causallearn.utils.FAS import fas

        nodes = [GraphNode(name) for name in table.names]
        run = lambda: fas(table.values, nodes, CIT(table.values, "fisherz"), ALPHA, show_progress=False)  # noqa: E731
        (graph, *_), *seconds = timed(run)
        return Answer(*seconds, _pairs(graph))

    def fci(self, table: Table) -> Answer:
        from causallearn.search.ConstraintBased.FCI import fci

        run = lambda: fci(table.values, "fisherz", ALPHA, show_progress=False, node_names=table.names)  # noqa: E731
        with contextlib.redirect_stdout(io.StringIO()):
            (graph, _), *seconds = timed(run)
        return Answer(*seconds, _pairs(graph))


def _pairs(graph: object) -> Pairs:
    edges = graph.get_graph_edges()  # type: ignore[attr-defined]
    return pairs_of((edge.get_node1().get_name(), edge.get_node2().get_name()) for edge in edges)
