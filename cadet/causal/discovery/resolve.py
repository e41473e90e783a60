"""From a PAG to one ADMG that agrees with it, and why each edge reads as it does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import networkx as nx

from cadet.model.graph import ADMG, PAG, EdgeStability, Mark, Resolution
from cadet.model.knowledge import Knowledge

RULES = (
    "knowledge",
    "data",
    "experiment",
    "stability",
    "guess",
)  # from firm to soft; an edge is as soft as its softer end
ACYCLIC = "acyclicity"  # the marks close a directed cycle, so one edge of it is read as a hidden common cause
MAJORITY = 0.5  # of the subsamples that have the edge must show a mark for it to decide

End = tuple[Mark, str]


@dataclass(frozen=True)
class Resolved:
    """The ADMG and, for each edge, the rule that decided."""

    admg: ADMG
    resolutions: tuple[Resolution, ...]


@dataclass(frozen=True)
class _Reading:
    """An edge that wants to be read as cause → effect, or as a ↔ b; `free` ones may be turned round."""

    cause: str
    effect: str
    bidirected: bool
    rule: str
    free: bool
    stable: float


def resolve(
    pag: PAG,
    knowledge: Knowledge,
    stability: Sequence[EdgeStability] = (),
    effects: Sequence[tuple[str, str]] = (),
) -> Resolved:
    """Resolve every circle: by knowledge, by the data, by the majority of subsamples, else by a flagged guess.

    `effects` are (cause, effect) pairs that the data shows: where the reading would leave one without a way, the
    shortest potentially directed path of the PAG is read as directed. That is an experiment's word where the cause was
    randomised, else a guess.

    A guess reads a o→ b as a → b (Zhang 2008, theorem 2), and a o–o b from the earlier tier, then from the node
    nearer to what was set. Firm edges enter first; an edge that would close a cycle becomes ↔.
    """
    resolved = _resolved(pag, knowledge, stability, {})
    denied = [(a, b) for a, b in effects if a not in resolved.admg.ancestors(b)]
    if not denied:
        return resolved
    softest_first = sorted(denied, key=lambda pair: pair[0] in knowledge.exogenous)
    ways = {edge: "experiment" if a in knowledge.exogenous else "guess"
            for a, b in softest_first for edge in _way(pag, a, b)}  # fmt: skip
    return _resolved(pag, knowledge, stability, ways)


def _resolved(
    pag: PAG, knowledge: Knowledge, stability: Sequence[EdgeStability], ways: Mapping[tuple[str, str], str]
) -> Resolved:
    resampled = {frozenset((edge.a, edge.b)): edge for edge in stability}
    order = _order(pag, knowledge)
    readings = [
        _on_the_way(_read(pag, a, b, knowledge, resampled.get(frozenset((a, b))), order), ways)
        for a, b, _, _ in pag.edges()
    ]
    graph = nx.DiGraph()
    graph.add_nodes_from(pag.nodes)
    bidirected: set[frozenset[str]] = set()
    resolutions = [_enter(graph, bidirected, reading) for reading in sorted(readings, key=_firmness)]
    admg = ADMG(pag.nodes, frozenset(graph.edges), frozenset(bidirected))
    return Resolved(admg, tuple(sorted(resolutions, key=lambda r: (r.a, r.b))))


def _way(pag: PAG, a: str, b: str) -> list[tuple[str, str]]:
    """Return the edges of the shortest potentially directed path from a to b, none when there is no such path."""
    graph = nx.DiGraph()
    graph.add_nodes_from(sorted(pag.nodes))
    possible = (
        (x, y) for (x, y), at_y in pag.marks.items() if at_y is not Mark.TAIL and pag.marks[y, x] is not Mark.ARROW
    )
    graph.add_edges_from(sorted(possible))
    if not nx.has_path(graph, a, b):
        return []
    nodes = nx.shortest_path(graph, a, b)
    return list(pairwise(nodes))


def _on_the_way(reading: _Reading, ways: Mapping[tuple[str, str], str]) -> _Reading:
    """Turn a soft reading along a way that the data shows."""
    if RULES.index(reading.rule) < RULES.index("experiment"):
        return reading
    for cause, effect in ((reading.cause, reading.effect), (reading.effect, reading.cause)):
        if (cause, effect) in ways:
            return replace(reading, cause=cause, effect=effect, bidirected=False, rule=ways[cause, effect], free=False)
    return reading


def _read(
    pag: PAG, a: str, b: str, knowledge: Knowledge, stable: EdgeStability | None, order: dict[str, tuple[int, int, str]]
) -> _Reading:
    at_a, at_b = _end(pag, b, a, knowledge, stable), _end(pag, a, b, knowledge, stable)
    free = at_a is None and at_b is None
    if at_a is None and at_b is None:
        at_a, at_b = ((Mark.TAIL, "guess"), (Mark.ARROW, "guess"))
        at_a, at_b = (at_a, at_b) if order[a] < order[b] else (at_b, at_a)
    at_a, at_b = at_a or _opposite(at_b), at_b or _opposite(at_a)
    if at_a[0] is Mark.TAIL and at_b[0] is Mark.TAIL:  # two majorities that cannot both hold
        at_a, at_b = (at_a, _opposite(at_a)) if order[a] < order[b] else (_opposite(at_b), at_b)
    rule = max(at_a[1], at_b[1], key=RULES.index)
    cause, effect = (a, b) if at_b[0] is Mark.ARROW else (b, a)
    both = at_a[0] is at_b[0] is Mark.ARROW
    return _Reading(cause, effect, both, rule, free, stable.adjacent if stable else 0.0)


def _opposite(end: End | None) -> End:
    """Without selection bias a tail faces an arrowhead; that an arrowhead faces a tail is a guess."""
    assert end is not None
    return (Mark.ARROW, end[1]) if end[0] is Mark.TAIL else (Mark.TAIL, "guess")


def _end(pag: PAG, a: str, b: str, knowledge: Knowledge, stable: EdgeStability | None) -> End | None:
    """Return the mark at b on the edge a–b and what decided it, None where it takes a guess."""
    mark = pag.marks[a, b]
    if mark is not Mark.CIRCLE:
        known = b in knowledge.exogenous or not knowledge.may_cause(b, a)
        return mark, "knowledge" if known else "data"
    if stable is None:
        return None
    seen = stable.at_b if stable.b == b else stable.at_a
    decided = [m for m in (Mark.ARROW, Mark.TAIL) if seen.get(m, 0.0) > MAJORITY * stable.adjacent]
    return (decided[0], "stability") if decided else None


def _order(pag: PAG, knowledge: Knowledge) -> dict[str, tuple[int, int, str]]:
    graph = nx.Graph([(a, b) for a, b, _, _ in pag.edges()])
    first = min(knowledge.tiers.values(), default=0)
    settings = knowledge.exogenous or {n for n in pag.nodes if knowledge.tiers.get(n, 0) == first}
    sources = settings & set(graph)
    distance = nx.multi_source_dijkstra_path_length(graph, sources, weight=None) if sources else {}
    return {n: (knowledge.tiers.get(n, 0), distance.get(n, len(pag.nodes)), n) for n in pag.nodes}


def _firmness(reading: _Reading) -> tuple[int, float, str, str]:
    return RULES.index(reading.rule), -reading.stable, reading.cause, reading.effect


def _enter(graph: nx.DiGraph, bidirected: set[frozenset[str]], reading: _Reading) -> Resolution:
    cause, effect, rule = reading.cause, reading.effect, reading.rule
    if not reading.bidirected and nx.has_path(graph, effect, cause):
        if not reading.free:
            rule = ACYCLIC
        cause, effect = effect, cause
    a, b = min(cause, effect), max(cause, effect)
    if reading.bidirected or rule == ACYCLIC:
        bidirected.add(frozenset((a, b)))
        return Resolution(a, b, f"{a} ↔ {b}", rule)
    graph.add_edge(cause, effect)
    return Resolution(a, b, f"{cause} → {effect}", rule)
