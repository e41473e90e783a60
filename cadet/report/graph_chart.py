"""The causal graph as an SVG: options left, events between, objectives right."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from cadet.model.dataset import Role
from cadet.model.graph import Mark
from cadet.report import numbers, svg
from cadet.report.figure import document
from cadet.report.graph_layout import Box, Layout, Point, label, layout
from cadet.report.graph_view import Edge, GraphView, Node
from cadet.report.joint_chart import joint_link, joint_node
from cadet.report.stroke import BULGE, along, arc, curve, end, is_arc

LABELLED = 24  # up to so many edges each carries its stability; beyond, only those on a causal path
SOLID, FAINT = 0.8, 0.5  # stabilities from which an edge is drawn strong, or weak

_HEADINGS = ("options", "events", "objectives", "only together")
_TOP = 34.0  # room for the headings
_SIDE = 8.0
_ROUND = 16.0  # at most, of an objective's corners
_SHRINKS = 0.8  # below this share of its natural width the drawing scrolls instead of shrinking
_ALONG = (0.5, 0.35, 0.65, 0.2, 0.8)  # where on its last stretch an edge may carry its label
_MARK = {Mark.ARROW: "an arrowhead", Mark.CIRCLE: "a circle (not known)", Mark.TAIL: "a tail"}


def graph_chart(view: GraphView) -> str:
    """Return the drawing for a page; the table of edges beside it carries the same information as text."""
    inside, width, height = _drawing(view)
    return svg.element(
        "svg",
        inside,
        class_="graph",
        role="img",
        aria_label=summary(view),
        viewBox=f"0 0 {width:.0f} {height:.0f}",
        style=f"width:100%;max-width:{width:.0f}px;min-width:{width * _SHRINKS:.0f}px",
    )


def graph_file(view: GraphView) -> str:
    """Return the drawing as an SVG file."""
    inside, width, height = _drawing(view)
    return document(svg.element("g", inside, class_="graph"), width, height)


def _drawing(view: GraphView) -> tuple[str, float, float]:
    """Return the markup, its width and its height."""
    placed = layout(view)
    width, height = placed.width + 2 * _SIDE + BULGE, placed.height + _TOP + 2 * _SIDE
    lines = sorted(zip(view.edges, placed.routes, strict=True), key=lambda drawn: drawn[0].on_path)
    few = len(view.edges) <= LABELLED
    links = [(joint, pair) for joint in view.joints for pair in joint.links]
    inside = svg.element(
        "g",
        *(_heading(column) for column in _headed(placed)),
        *(_edge(edge, route) for edge, route in lines),
        *(joint_link(joint, pair, route) for (joint, pair), route in zip(links, placed.links, strict=True)),
        *(_node(node, placed.boxes[node.name]) for node in view.nodes),
        *(joint_node(joint, placed.boxes[joint.name]) for joint in view.joints),
        *_stabilities([(edge, route) for edge, route in lines if few or edge.on_path]),
        transform=f"translate({_SIDE:g} {_TOP:g})",
    )
    return inside, width, height


def summary(view: GraphView) -> str:
    """Return in one sentence what the drawing shows."""
    counts = [sum(tier == t for tier in view.tiers.values()) for t in range(3)]
    unresolved = sum(not edge.resolved for edge in view.edges)
    return (
        f"Causal graph of {numbers.count(counts[0], 'option')}, {numbers.count(counts[1], 'event')} and "
        f"{numbers.count(counts[2], 'objective')} with {numbers.count(len(view.edges), 'edge')}, "
        f"{unresolved} of them not fully resolved by the data.{_together(view)}"
    )


def _together(view: GraphView) -> str:
    many = len(view.joints)
    return f" {numbers.count(many, 'combination')} of options act{'s' * (many == 1)} only together." if many else ""


def _headed(placed: Layout) -> list[tuple[float, float, str]]:
    """Return (left, width, heading) for each tier; events may span several columns."""
    spans: dict[int, tuple[float, float]] = {}
    for left, width, tier in placed.columns:
        start, _ = spans.get(tier, (left, left))
        spans[tier] = (start, left + width)
    return [(left, right - left, _HEADINGS[tier]) for tier, (left, right) in spans.items()]


def _heading(column: tuple[float, float, str]) -> str:
    left, width, heading = column
    return svg.text(heading, left + width / 2, -16.0, "heading", "middle")


def _node(node: Node, box: Box) -> str:
    kind = {Role.OPTION: "option", Role.CONTEXT: "context", Role.EVENT: "event", Role.OBJECTIVE: "objective"}[node.role]
    radius = min(box.height / 2, _ROUND) if node.role is Role.OBJECTIVE else 5.0
    return svg.element(
        "g",
        svg.title(f"{node.name} ({kind})"),
        svg.element("rect", x=box.x, y=box.y, width=box.width, height=box.height, rx=radius),
        svg.text(label(node.name), box.x + box.width / 2, box.y + box.height / 2 + 4, anchor="middle"),
        class_=f"node {kind}{' on-path' if node.on_path else ''}",
        data_node=node.name,
    )


def _edge(edge: Edge, route: Sequence[Point]) -> str:
    """Draw the line and its two end marks; ends leave nodes horizontally, so marks need no rotation."""
    within = is_arc(route)
    flow = 1.0 if within or route[0][0] < route[1][0] else -1.0  # from which side the line leaves a
    marks = [
        end(edge.at_a, route[0], flow),
        end(edge.at_b, route[-1], flow if within else -flow),
    ]
    classes = ["edge", _strength(edge), *["hidden"] * edge.hidden_cause, *["on-path"] * edge.on_path]
    d = arc(route) if within else curve(route)
    wide = svg.element("path", d=d, class_="hit")  # what a finger can meet
    line = svg.element("path", d=d, class_="line")
    return svg.element("g", svg.title(_says(edge)), wide, line, *marks, class_=" ".join(classes),
                       data_a=edge.a, data_b=edge.b)  # fmt: skip


def _says(edge: Edge) -> str:
    stability = "" if edge.stability is None else f"; found again in {numbers.percent(edge.stability)} of the resamples"
    ends = "" if edge.resolved else f": {_MARK[edge.at_a]} at {edge.a}, {_MARK[edge.at_b]} at {edge.b}"
    return f"{edge}{ends}{stability}"


def _strength(edge: Edge) -> str:
    if edge.stability is None or edge.stability >= SOLID:
        return "strong"
    return "weak" if edge.stability >= FAINT else "faint"


def _stabilities(drawn: Sequence[tuple[Edge, Sequence[Point]]]) -> list[str]:
    """Label edges with their stability, each where it hides no other label if there is such a place."""
    taken: list[Point] = []
    texts = []
    for edge, route in sorted(drawn, key=lambda line: not line[0].on_path):
        if edge.stability is None:
            continue
        stretches = sorted(pairwise(route), key=lambda ends: ends[1] != route[-1])  # the last stretch first
        places = [along(*ends, share, is_arc(route)) for ends in stretches for share in _ALONG]
        free = (at for at in places if all(abs(at[0] - x) > 34 or abs(at[1] - y) > 12 for x, y in taken))
        taken.append(next(free, places[0]))
        texts.append(_label(edge, numbers.percent(edge.stability), *taken[-1]))
    return texts


def _label(edge: Edge, content: str, x: float, y: float) -> str:
    width = 6.0 * len(content)
    ground = svg.element("rect", x=x - width / 2, y=y - 6, width=width, height=12, rx=3)
    return svg.element("g", ground, svg.text(content, x, y + 3.5, anchor="middle"), class_="stability", data_a=edge.a,
                       data_b=edge.b)  # fmt: skip
