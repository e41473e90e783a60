"""What speaks for an edge: its strength on a path, how often it was found again, what the data looks like."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from cadet.model.graph import Mark
from cadet.protocols import Story
from cadet.report import numbers
from cadet.report.association import Association, Columns, columns
from cadet.report.graph_view import Edge, GraphView

_TWO_DIGITS = 0.095
_MARKS = {Mark.ARROW: "an arrowhead", Mark.CIRCLE: "a circle (the data cannot tell)", Mark.TAIL: "a tail"}


@dataclass(frozen=True)
class EdgeEvidence:
    """An edge with its strength (standard deviations of the later node; None off the ranked paths) and association."""

    edge: Edge
    strength: float | None
    association: Association | None

    def facts(self) -> tuple[tuple[str, str], ...]:
        """Return (name, text) of each thing that a reader can know of the edge."""
        edge = self.edge
        told = [
            ("says", says(edge)),
            ("strength", strength_text(self.strength)),
            ("found again", stability_text(edge.stability)),
            ("in the data", association_text(self.association)),
            ("read as", edge.reads or "not read"),
            ("decided by", edge.rule or ("the data" if edge.resolved else "not recorded")),
        ]
        return tuple(told)


@dataclass(frozen=True)
class Step:
    """One arrow of a causal path; `stability` None: not resampled, `strength` None: not worked out."""

    a: str
    b: str
    strength: float | None
    stability: float | None
    found: bool

    @property
    def numbers(self) -> str:
        """The numbers at the arrow: `0.83 sd · 97 %`; empty where none is known."""
        known = [f"{deviations(self.strength)} sd"] if self.strength is not None else []
        known += [numbers.percent(self.stability)] if self.stability is not None else []
        return " · ".join(known)


def evidences(story: Story, view: GraphView, seen: Columns | None) -> tuple[EdgeEvidence, ...]:
    """Return the evidence for each edge of a view, in its order; `seen` is the data behind the graph."""
    known = strengths(story)
    return tuple(
        EdgeEvidence(
            edge,
            known.get((edge.a, edge.b), known.get((edge.b, edge.a))),
            seen.association(edge.a, edge.b) if seen else None,
        )
        for edge in view.edges
    )


def observed(story: Story) -> Columns | None:
    """Return the data behind the graph, None where the story has none."""
    return columns(story.dataset) if story.dataset is not None and len(story.dataset.frame) else None


def strengths(story: Story) -> Mapping[tuple[str, str], float]:
    """Return the effect along each edge of the ranked paths, in standard deviations of its later node."""
    return {
        step: strength
        for path in story.diagnosis.paths
        for step, strength in zip(pairwise(path.nodes), path.strengths, strict=False)
    }


def steps(story: Story, nodes: Sequence[str]) -> tuple[Step, ...]:
    """Return the arrows of a causal path with what is known of each."""
    known, graph = strengths(story), story.graph
    return tuple(
        Step(
            a,
            b,
            known.get((a, b)),
            graph.stability_of(a, b) if graph else None,
            graph is not None and (graph.pag.adjacent(a, b) or (a, b) in graph.admg.directed),
        )
        for a, b in pairwise(nodes)
    )


def says(edge: Edge) -> str:
    """Return what an edge claims, in words."""
    if edge.hidden_cause:
        return f"something that was not recorded causes both {edge.a} and {edge.b}"
    if edge.at_a is Mark.TAIL and edge.at_b is Mark.ARROW:
        return f"{edge.a} causes {edge.b}"
    return f"{edge.a} and {edge.b} belong together: {_MARKS[edge.at_a]} at {edge.a}, {_MARKS[edge.at_b]} at {edge.b}"


def strength_text(strength: float | None) -> str:
    """Return the strength with its unit, or why there is none."""
    if strength is None:
        return "not worked out: no ranked path runs along it"
    return f"{deviations(strength)} standard deviations of what it leads to"


def deviations(strength: float) -> str:
    """Return a strength with the two digits that it is worth."""
    return f"{strength:.2f}" if strength >= _TWO_DIGITS else f"{strength:.1g}"


def stability_text(stability: float | None) -> str:
    """Return how often the edge came back."""
    return (
        "not resampled" if stability is None else f"in {numbers.percent(stability)} of the graphs from half of the data"
    )


def association_text(shown: Association | None) -> str:
    """Return how both ends move together, with interval and number of configurations."""
    if shown is None:
        return "not comparable"
    value = shown.value
    if shown.kind == "share explained":
        spread = f" ({numbers.percent_interval(value)})" if numbers.percent_interval(value) else ""
        told = f"its values explain {numbers.percent(value.estimate)}{spread} of the spread in rank"
    else:
        told = f"rank correlation {numbers.estimate(value)}"
    return f"{told}, {numbers.count(value.repetitions or 0, 'configuration')}"


def association_short(shown: Association | None) -> str:
    """Return the association for a narrow cell: `0.86 (0.76-0.93)`, `52 % explained (30-63 %)`."""
    if shown is None:
        return "not comparable"
    if shown.kind == "share explained":
        spread = numbers.percent_interval(shown.value)
        return f"{numbers.percent(shown.value.estimate)} explained{f' ({spread})' if spread else ''}"
    return numbers.estimate(shown.value)
