"""Which variables to condition on, so that an observed difference is a causal effect; and whether anything would do."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import Enum

import networkx as nx

from cadet.causal.effects.hedge import Hedge, hedge
from cadet.causal.effects.open_path import open_path
from cadet.errors import NotIdentifiable, UsageError, nearest
from cadet.model.graph import ADMG

_HIDDEN = "hidden cause"  # the first part of a hidden node's key, a tuple: no observed node has such a name


class Verdict(str, Enum):
    """How far an effect follows from what is observed."""

    NO_EFFECT = "no effect"
    ADJUSTMENT = "by adjustment"
    OTHER_FORMULA = "by another formula than adjustment"
    NOT_IDENTIFIABLE = "not identifiable"


@dataclass(frozen=True)
class Identification:
    """Whether, and how, the graph identifies the total effect of `cause` on `effect`.

    adjustment: the set that works whenever any does, None when none does. Where none does, `open` is a path that no
    adjustment closes, and `hedge` what stands in the way of every other formula too, None when one exists.
    """

    cause: str
    effect: str
    verdict: Verdict
    adjustment: frozenset[str] | None = None
    open: str | None = None
    hedge: Hedge | None = None

    def __str__(self) -> str:
        about = f"the effect of {self.cause} on {self.effect}"
        if self.verdict is Verdict.NO_EFFECT:
            return f"{about} is zero: no directed path joins them" + (f"; yet {self.open} stays open" * bool(self.open))
        if self.verdict is Verdict.ADJUSTMENT:
            return f"{about} is identified by adjustment for {sorted(self.adjustment or ())}"
        unadjusted = f"{about} is not identified by adjustment: {self.open} stays open"
        if self.verdict is Verdict.OTHER_FORMULA:
            return f"{unadjusted}; another formula identifies it (the front door, or the ID algorithm's), not used here"
        return f"{unadjusted}; nor is it by any other formula, because of {self.hedge}"


def identify(graph: ADMG, cause: str, effect: str) -> Identification:
    """Tell whether the graph identifies the total effect of `cause` on `effect`, and how.

    Raises UsageError for names that are not two nodes of the graph.
    """
    _require_nodes(graph, cause, effect)
    backdoor = _backdoor(graph, cause, effect)
    candidates = _allowed(graph, cause, effect) & (graph.ancestors(cause) | graph.ancestors(effect))
    works = separated(backdoor, cause, effect, candidates)
    adjustment = candidates if works else None
    still_open = None if works else open_path(backdoor, cause, effect, candidates)
    if effect not in graph.descendants(cause):
        return Identification(cause, effect, Verdict.NO_EFFECT, adjustment, still_open)
    if works:
        return Identification(cause, effect, Verdict.ADJUSTMENT, adjustment)
    obstacle = hedge(graph, [cause], [effect])
    verdict = Verdict.OTHER_FORMULA if obstacle is None else Verdict.NOT_IDENTIFIABLE
    return Identification(cause, effect, verdict, None, still_open, obstacle)


def adjustment_set(graph: ADMG, cause: str, effect: str) -> frozenset[str]:
    """Return a set that satisfies the generalised adjustment criterion for the total effect of `cause` on `effect`.

    The set is the one that works whenever any does: the observed ancestors of the two that are neither on a causal
    path nor caused by one (van der Zander, Liśkiewicz & Textor 2014, theorem 4). Raises NotIdentifiable when there is
    none, naming a path that no adjustment closes, and telling whether another formula would do.
    """
    identified = identify(graph, cause, effect)
    if identified.adjustment is None:
        raise NotIdentifiable(str(identified))
    return identified.adjustment


def minimal_adjustment_set(graph: ADMG, cause: str, effect: str) -> frozenset[str]:
    """Return an adjustment set of which no part would do; of those the one nearest to the effect.

    Covariates near the effect make the estimate more precise, those near the cause less (Henckel, Perković & Maathuis
    2022). Raises NotIdentifiable as `adjustment_set` does.
    """
    candidates = adjustment_set(graph, cause, effect)
    backdoor = _with_hidden(_backdoor(graph, cause, effect))
    # van der Zander & Liśkiewicz (2020): the minimal separator that is nearest to the first of the two
    found = nx.find_minimal_d_separator(backdoor, {effect}, {cause}, restricted=set(candidates))
    return frozenset(found)


def separated(graph: ADMG, x: str, y: str, given: Collection[str]) -> bool:
    """Tell whether `given` m-separates x and y (Richardson 2003), a hidden cause standing for each bidirected edge."""
    return bool(nx.is_d_separator(_with_hidden(graph), {x}, {y}, set(given)))


def _allowed(graph: ADMG, cause: str, effect: str) -> frozenset[str]:
    """Return the nodes that are neither on a causal path nor caused by one."""
    on_path = _on_path(graph, cause, effect)
    return frozenset(graph.nodes) - on_path.union({cause, effect}, *(graph.descendants(node) for node in on_path))


def _on_path(graph: ADMG, cause: str, effect: str) -> frozenset[str]:
    """Return the nodes on directed paths from `cause` to `effect`, `cause` excluded."""
    return graph.descendants(cause) & (graph.ancestors(effect) | {effect})


def _backdoor(graph: ADMG, cause: str, effect: str) -> ADMG:
    """Return the proper back-door graph: without the first edge of every causal path."""
    on_path = _on_path(graph, cause, effect)
    kept = frozenset(edge for edge in graph.directed if not (edge[0] == cause and edge[1] in on_path))
    return ADMG(graph.nodes, kept, graph.bidirected)


def _with_hidden(graph: ADMG) -> nx.DiGraph:
    expanded = graph.digraph.copy()
    for pair in sorted(tuple(sorted(pair)) for pair in graph.bidirected):
        expanded.add_edges_from(((_HIDDEN, *pair), node) for node in pair)
    return expanded


def _require_nodes(graph: ADMG, cause: str, effect: str) -> None:
    for name in (cause, effect):
        if name not in graph.nodes:
            raise UsageError(f"the graph has no node {name!r}{nearest(name, graph.nodes)}")
    if cause == effect:
        raise UsageError(f"asked for the effect of {cause!r} on itself; name two different nodes")
