"""From a PAG to one ADMG that agrees with it, and why each edge reads as it does."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import networkx as nx

from cadet.causal.discovery.partial import Partial
from cadet.causal.discovery.readings import Budget, End, Triple, any_way, exact, first_open, leaves, relaxed, said_by
from cadet.causal.discovery.settling import Settling
from cadet.model.graph import ADMG, PAG, EdgeStability, Mark, Resolution
from cadet.model.knowledge import Knowledge

ENTROPIC = "entropic criterion (a guess)"
CONTRADICTION = "contradiction"  # the marks contradict each other; this one is given up, and the edge is read as ↔
RULES = (
    "knowledge",
    "data",
    "experiment",
    "stability",
    ENTROPIC,
    "guess",
    CONTRADICTION,
)  # from firm to soft; an edge is as soft as its softer end
MAJORITY = 0.5  # of the subsamples that have the edge must show a mark for it to decide
_STEPS = 1_000  # graphs to look at before a PAG is taken to have no member

Ends = tuple[Mark, Mark]  # the marks at a and at b on an edge a–b
Criterion = Callable[[Mapping[tuple[str, str], Ends]], Mapping[tuple[str, str], Ends]]
"""Called with the edges that have a circle left, sorted; returns how it would read them, all or some."""


@dataclass(frozen=True)
class Resolved:
    """The ADMG and, for each edge, the rule that decided.

    member: whether the ADMG is a MAG that agrees with every mark of the PAG; else it is acyclic and keeps what it can.
    """

    admg: ADMG
    resolutions: tuple[Resolution, ...]
    member: bool = True


@dataclass(frozen=True)
class _Claim:
    """Somebody's word on the mark at b on the edge a–b."""

    end: End
    mark: Mark
    rule: str


def resolve(
    pag: PAG,
    knowledge: Knowledge,
    stability: Sequence[EdgeStability] = (),
    effects: Sequence[tuple[str, str]] = (),
    *,
    criterion: Criterion | None = None,
    ambiguous: Collection[Triple] = (),
) -> Resolved:
    """Resolve every circle: by knowledge, the data, the majority of subsamples, a criterion, else by a flagged guess.

    `effects` are (cause, effect) pairs that the data shows: where the reading would leave one without a way, the
    shortest potentially directed path of the PAG is read as directed. That is an experiment's word where the cause was
    randomised, else a guess. `criterion` is asked about the edges that nothing firmer decides, such as
    `cadet.causal.discovery.entropic.criterion`; `ambiguous` are unshielded triples that may be colliders or not.

    A guess reads a o→ b as a → b (Zhang 2008, theorem 2), and a o–o b from the earlier tier, then from the node
    nearer to what was set. What follows from a decision carries its rule. The ADMG is a member of what the PAG stands
    for wherever one is found; where the marks contradict each other, the softest are given up.
    """
    read = _Reading(pag, knowledge, stability, criterion, ambiguous)
    resolved = read.resolved(())
    denied = [(a, b) for a, b in effects if a not in resolved.admg.ancestors(b)]
    if not denied:
        return resolved
    firmest_first = sorted(denied, key=lambda pair: pair[0] not in knowledge.exogenous)
    ways = [
        _Claim((b, a), Mark.TAIL, "experiment" if cause in knowledge.exogenous else "guess")
        for cause, effect in firmest_first
        for a, b in _way(pag, cause, effect)
    ]
    return read.resolved(ways)


class _Reading:
    """What does not depend on the ways that effects need."""

    def __init__(
        self,
        pag: PAG,
        knowledge: Knowledge,
        stability: Sequence[EdgeStability],
        criterion: Criterion | None,
        ambiguous: Collection[Triple],
    ):
        self.pag, self.knowledge, self.criterion = pag, knowledge, criterion
        self.majorities = _majorities(stability)
        self.guesses = _guesses(pag, knowledge)
        self.exact = exact(pag, knowledge, ambiguous)
        adjacent = {frozenset((edge.a, edge.b)): -edge.adjacent for edge in stability}
        stable = sorted(pag.marks, key=lambda end: (adjacent.get(frozenset(end), 0.0), end))
        self.relaxed = relaxed(pag, knowledge, ambiguous, stable)[0]

    def resolved(self, ways: Sequence[_Claim]) -> Resolved:
        start = self.exact or self.relaxed
        claims = self._claims(start, ways)
        found = None
        if self.exact is not None:
            found = next(leaves(start, first_open(_puts(start, claims)), Budget(_STEPS)), None)
        member = found is not None
        if found is None:
            start = self.relaxed
            found = any_way(start, _puts(start, claims))
        return self._told(start, found, claims, member)

    def _claims(self, start: Partial, ways: Sequence[_Claim]) -> list[_Claim]:
        """Return every word on a circle, the firmest first."""
        firm = [*ways, *self.majorities]
        firm = [claim for claim in firm if claim.end in self.pag.marks]
        if self.criterion is None:
            return firm + self.guesses
        state, name = any_way(start, _puts(start, firm)), start.frame.nodes
        pairs = sorted({(name[min(edge)], name[max(edge)]) for edge in state.circles()})
        left = {(a, b): (_mark(state, (b, a)), _mark(state, (a, b))) for a, b in pairs}
        words = [claim for pair, ends in sorted(self.criterion(left).items()) for claim in _word(state, pair, ends)]
        return firm + words + self.guesses

    def _told(self, start: Partial, leaf: Partial, claims: Sequence[_Claim], member: bool) -> Resolved:
        admg = leaf.admg(self.pag.nodes)
        rules = _rules(self.pag, self.knowledge, start, leaf, claims)
        settling = Settling(self.pag, admg, self.knowledge)
        told = []
        for a, b in sorted({(min(end), max(end)) for end in self.pag.marks}):
            at_a, at_b = rules[b, a], rules[a, b]
            reads = (
                f"{a} → {b}" if (a, b) in admg.directed else f"{b} → {a}" if (b, a) in admg.directed else f"{a} ↔ {b}"
            )
            told.append(Resolution(a, b, reads, max(at_a, at_b, key=RULES.index), at_a, at_b, settling.of(a, b)))
        return Resolved(admg, tuple(told), member)


def _word(state: Partial, pair: tuple[str, str], ends: Ends) -> list[_Claim]:
    """Return what a criterion says: on an o→ only whether it is ↔, as a direction is no choice any more."""
    a, b = pair
    at = {(b, a): ends[0], (a, b): ends[1]}
    circles = [end for end in at if _mark(state, end) is Mark.CIRCLE]
    if len(circles) == 1:
        both = ends == (Mark.ARROW, Mark.ARROW)
        return [_Claim(circles[0], Mark.ARROW if both else Mark.TAIL, ENTROPIC)]
    return [_Claim(end, mark, ENTROPIC) for end, mark in at.items() if mark is not Mark.CIRCLE]


def _reads(admg: ADMG, a: str, b: str) -> str:
    if frozenset((a, b)) in admg.bidirected:
        return f"{a} ↔ {b}"
    return f"{a} → {b}" if (a, b) in admg.directed else f"{b} → {a}"


def _puts(start: Partial, claims: Iterable[_Claim]) -> list[tuple[int, int, Mark]]:
    number = start.frame.number
    return [(number[claim.end[0]], number[claim.end[1]], claim.mark) for claim in claims]


def _rules(pag: PAG, knowledge: Knowledge, start: Partial, leaf: Partial, claims: Sequence[_Claim]) -> dict[End, str]:
    """Return for each end the rule that decided it: its own, or that of the decision that it follows from."""
    number = start.frame.number
    rules = {}
    for (a, b), mark in pag.marks.items():
        here = start.mark(number[a], number[b])
        if here is not Mark.CIRCLE:
            firm = "knowledge" if said_by(knowledge, a, b) is here else "data"
            rules[a, b] = firm if mark in (here, Mark.CIRCLE) else CONTRADICTION
    state = start
    for claim, put in zip(claims, _puts(start, claims), strict=True):
        if state.mark(*put[:2]) is Mark.CIRCLE and leaf.mark(*put[:2]) is put[2]:
            state = state.extended([put]) or state
            decided = (end for end in pag.marks if end not in rules and _mark(state, end) is not Mark.CIRCLE)
            rules |= dict.fromkeys(tuple(decided), claim.rule)
    return {end: rules.get(end, "guess" if mark is Mark.CIRCLE else CONTRADICTION) for end, mark in pag.marks.items()}


def _mark(state: Partial, end: End) -> Mark:
    return state.mark(*(state.frame.number[node] for node in end))


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


def _majorities(stability: Sequence[EdgeStability]) -> list[_Claim]:
    """Return the marks that most subsamples with the edge show, the clearest first."""
    shown = []
    for edge in stability:
        for end, seen in (((edge.b, edge.a), edge.at_a), ((edge.a, edge.b), edge.at_b)):
            share = {m: seen.get(m, 0.0) / edge.adjacent for m in (Mark.ARROW, Mark.TAIL) if edge.adjacent}
            shown += [(-of, end, _Claim(end, m, "stability")) for m, of in share.items() if of > MAJORITY]
    return [claim for _, _, claim in sorted(shown, key=lambda s: s[:2])]


def _guesses(pag: PAG, knowledge: Knowledge) -> list[_Claim]:
    """Return a tail for every circle: first those that face an arrowhead, then where an o–o may start."""
    order = _order(pag, knowledge)
    circles = [end for end, mark in pag.marks.items() if mark is Mark.CIRCLE]
    faced = {end: pag.marks[end[::-1]] is Mark.ARROW for end in circles}
    ranked = sorted(circles, key=lambda end: (not faced[end], order[end[1]], order[end[0]]))
    return [_Claim(end, Mark.TAIL, "guess") for end in ranked]


def _order(pag: PAG, knowledge: Knowledge) -> dict[str, tuple[int, int, str]]:
    graph = nx.Graph([(a, b) for a, b, _, _ in pag.edges()])
    first = min(knowledge.tiers.values(), default=0)
    settings = knowledge.exogenous or {n for n in pag.nodes if knowledge.tiers.get(n, 0) == first}
    sources = settings & set(graph)
    distance = nx.multi_source_dijkstra_path_length(graph, sources, weight=None) if sources else {}
    return {n: (knowledge.tiers.get(n, 0), distance.get(n, len(pag.nodes)), n) for n in pag.nodes}
