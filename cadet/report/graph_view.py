"""What a drawing of the causal graph shows: nodes in tiers, edges with their marks as the data supports them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise

from cadet.model.dataset import Dataset, Role
from cadet.model.graph import CausalGraph, Mark
from cadet.protocols import Story
from cadet.report.joint import Joint, joints

MOST_NODES = 150  # more are not legible on one page; the nodes closest to an objective stay
MATTERS = 0.5  # stability from which an edge matters where no root cause says which do

TIERS = {Role.OPTION: 0, Role.CONTEXT: 0, Role.EVENT: 1, Role.OBJECTIVE: 2}
_LEFT = {Mark.CIRCLE: "o", Mark.ARROW: "<", Mark.TAIL: "-"}


@dataclass(frozen=True)
class Node:
    """A variable of the graph; `on_path` when a root cause acts through it."""

    name: str
    role: Role
    on_path: bool = False


@dataclass(frozen=True)
class Edge:
    """An edge from the earlier tier to the later one, with the mark at each end (a circle: the data cannot tell).

    `reads` and `rule` say how effects read the edge and what decided that.
    """

    a: str
    b: str
    at_a: Mark
    at_b: Mark
    stability: float | None = None
    reads: str = ""
    rule: str = ""
    on_path: bool = False

    @property
    def hidden_cause(self) -> bool:
        """Whether the edge says that something unrecorded causes both ends."""
        return self.at_a is Mark.ARROW and self.at_b is Mark.ARROW

    @property
    def resolved(self) -> bool:
        """Whether both ends are known."""
        return Mark.CIRCLE not in (self.at_a, self.at_b)

    @property
    def arrow(self) -> str:
        """The marks in text: `-->`, `o->`, `<->`."""
        return f"{_LEFT[self.at_a]}-{self.at_b.value}"

    def __str__(self) -> str:
        return f"{self.a} {self.arrow} {self.b}"


@dataclass(frozen=True)
class GraphView:
    """The nodes with edges, their edges, the nodes without any, how many did not fit, and what acts only together."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    lonely: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    joints: tuple[Joint, ...] = ()

    @property
    def tiers(self) -> Mapping[str, int]:
        """The tier of each node: 0 options and context, 1 events, 2 objectives."""
        return {node.name: TIERS[node.role] for node in self.nodes}


def view(story: Story) -> GraphView | None:
    """Return what to draw, or None where no graph was learned."""
    if story.graph is None:
        return None
    steps = {step for cause in story.diagnosis.root_causes for nodes in cause.paths for step in pairwise(nodes)}
    return _viewed(story.graph, _roles(story, story.graph), steps, joints(story, _names(story.graph)))


def of_graph(graph: CausalGraph, dataset: Dataset) -> GraphView:
    """Return a graph that no question was asked about yet; what the dataset does not know is an event."""
    known = dataset.by_name
    return _viewed(graph, {n: known[n].role if n in known else Role.EVENT for n in _names(graph)}, set())


def _viewed(
    graph: CausalGraph, roles: Mapping[str, Role], steps: set[tuple[str, str]], together: tuple[Joint, ...] = ()
) -> GraphView:
    tiers = {name: TIERS[role] for name, role in roles.items()}
    edges = [_oriented(edge, tiers, steps) for edge in _edges(graph)]
    bound = {name for joint in together for name in joint.ends}
    joined = {name for edge in edges for name in (edge.a, edge.b)} | bound
    kept = _nearest(edges, joined, roles) | bound
    through = {name for step in steps for name in step}
    return GraphView(
        tuple(Node(name, roles[name], name in through) for name in _names(graph) if name in kept),
        tuple(edge for edge in edges if edge.a in kept and edge.b in kept),
        tuple(name for name in _names(graph) if name not in joined),
        tuple(sorted(joined - kept)),
        together,
    )


def relevant(shown: GraphView, story: Story) -> GraphView:
    """Return the part that matters: ranked paths and those of root causes; without any, stable ways to an objective.

    The whole view where nothing singles out a part of it.
    """
    paths = (*(p.nodes for p in story.diagnosis.paths), *(n for c in story.diagnosis.root_causes for n in c.paths))
    steps = {frozenset(step) for nodes in paths for step in pairwise(nodes)}
    edges = tuple(e for e in shown.edges if frozenset((e.a, e.b)) in steps) or _stable_ways(shown)
    kept = {name for edge in edges for name in (edge.a, edge.b)}
    kept |= {name for joint in shown.joints for name in joint.ends}
    nodes = tuple(n for n in shown.nodes if n.name in kept)
    return GraphView(nodes, edges, joints=shown.joints) if edges else shown


def _stable_ways(shown: GraphView) -> tuple[Edge, ...]:
    """Return the stable edges that lie on a way from an option to an objective, walked towards later tiers."""
    stable = [e for e in shown.edges if e.stability is None or e.stability >= MATTERS]
    tiers = shown.tiers
    ahead = _reached(stable, {n for n, tier in tiers.items() if tier == 0}, forwards=True)
    behind = _reached(stable, {n for n, tier in tiers.items() if tier == 2}, forwards=False)
    return tuple(e for e in stable if e.a in ahead and e.b in behind)


def _reached(edges: Iterable[Edge], start: set[str], *, forwards: bool) -> set[str]:
    ends = [(e.a, e.b) if forwards else (e.b, e.a) for e in edges if not e.hidden_cause]
    seen = set(start)
    while grown := {b for a, b in ends if a in seen} - seen:
        seen |= grown
    return seen


def _names(graph: CausalGraph) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*graph.pag.nodes, *graph.admg.nodes)))


def _roles(story: Story, graph: CausalGraph) -> dict[str, Role]:
    variables = story.dataset.by_name if story.dataset else {}
    objectives = {objective.name for objective in story.diagnosis.objectives}
    context = {c.name for c in story.space.context}

    def role(name: str) -> Role:
        if name in variables:
            return variables[name].role
        if name in objectives:
            return Role.OBJECTIVE
        if name in story.space.by_name:
            return Role.OPTION
        return Role.CONTEXT if name in context else Role.EVENT

    return {name: role(name) for name in _names(graph)}


def _edges(graph: CausalGraph) -> Iterable[Edge]:
    """Yield the edges of the PAG, then those that only the ADMG has."""
    decided = {frozenset((r.a, r.b)): r for r in graph.resolutions}
    for a, b, at_a, at_b in graph.pag.edges():
        known = decided.get(frozenset((a, b)))
        reads = known.reads if known else _reads(graph, a, b)
        yield Edge(a, b, at_a, at_b, graph.stability_of(a, b), reads, known.rule if known else "")
    beside = [(a, b, Mark.TAIL) for a, b in sorted(graph.admg.directed)]
    beside += [(a, b, Mark.ARROW) for a, b in sorted(tuple(sorted(pair)) for pair in graph.admg.bidirected)]
    for a, b, at_a in beside:
        if not graph.pag.adjacent(a, b):
            rule = decided[frozenset((a, b))].rule if frozenset((a, b)) in decided else ""
            yield Edge(a, b, at_a, Mark.ARROW, graph.stability_of(a, b), _reads(graph, a, b), rule)


def _reads(graph: CausalGraph, a: str, b: str) -> str:
    """Return how the ADMG reads an edge: `a → b`, `a ↔ b`, or both."""
    said = [f"{x} → {y}" for x, y in ((a, b), (b, a)) if (x, y) in graph.admg.directed]
    if frozenset((a, b)) in graph.admg.bidirected:
        said.append(f"{a} ↔ {b}")
    return " and ".join(said)


def _oriented(edge: Edge, tiers: Mapping[str, int], steps: set[tuple[str, str]]) -> Edge:
    """Turn the edge so that it leads from the earlier tier to the later, or along its arrow within a tier."""
    on_path = (edge.a, edge.b) in steps or (edge.b, edge.a) in steps
    backwards = edge.at_a is Mark.ARROW and edge.at_b is not Mark.ARROW
    turn = tiers[edge.a] > tiers[edge.b] or (tiers[edge.a] == tiers[edge.b] and backwards)
    ends = (edge.b, edge.a, edge.at_b, edge.at_a) if turn else (edge.a, edge.b, edge.at_a, edge.at_b)
    return Edge(*ends, edge.stability, edge.reads, edge.rule, on_path)


def _nearest(edges: Iterable[Edge], joined: set[str], roles: Mapping[str, Role]) -> set[str]:
    """Return the nodes to draw: all, or the MOST_NODES fewest edges away from an objective."""
    if len(joined) <= MOST_NODES:
        return joined
    neighbours: dict[str, set[str]] = {}
    for edge in edges:
        neighbours.setdefault(edge.a, set()).add(edge.b)
        neighbours.setdefault(edge.b, set()).add(edge.a)
    order = sorted(name for name in joined if roles[name] is Role.OBJECTIVE)
    for name in order:  # grows while it is walked: breadth first
        order.extend(sorted(neighbours[name] - set(order)))
    return set((order + sorted(joined - set(order)))[:MOST_NODES])
