"""The causal graph in the language of Graphviz: `dot -Tsvg`."""

from __future__ import annotations

from cadet.model.dataset import Role
from cadet.model.graph import Mark
from cadet.protocols import Story
from cadet.report import graph_view, numbers
from cadet.report.graph_view import Edge, Node
from cadet.report.joint import Joint

_ENDS = {Mark.ARROW: "normal", Mark.CIRCLE: "odot", Mark.TAIL: "none"}
_SHAPES = {Role.OPTION: "box", Role.CONTEXT: "box", Role.EVENT: "ellipse", Role.OBJECTIVE: "doubleoctagon"}


def dot(story: Story) -> str:
    """Return the graph as DOT: tiers as ranks, marks as arrowheads, a hidden common cause dashed."""
    view = graph_view.view(story)
    lines = ["  rankdir=LR;", "  node [fontname=monospace];"]
    if view is None:
        lines.append("  // no causal graph was learned")
    else:
        lines += [_rank([node for node in view.nodes if view.tiers[node.name] == tier], tier) for tier in (0, 2)]
        lines += [_node(node) for node in view.nodes]
        lines += [_edge(edge) for edge in view.edges]
        lines += [line for joint in view.joints for line in _joint(joint)]
    return "\n".join([f"digraph {quoted(story.diagnosis.target)} {{", *lines, "}", ""])


def quoted(text: str) -> str:
    """Return `text` as a quoted DOT identifier on one line."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def _rank(nodes: list[Node], tier: int) -> str:
    names = "; ".join(quoted(node.name) for node in nodes)
    return f"  {{ rank={'source' if tier == 0 else 'sink'}; {names} }}"


def _node(node: Node) -> str:
    style = ", penwidth=2" if node.on_path else ""
    return f"  {quoted(node.name)} [shape={_SHAPES[node.role]}{style}];"


def _joint(joint: Joint) -> list[str]:
    """Return a combination of option values between its options and what it acts on; no edge of the causal graph."""
    said = quoted("\n".join(joint.lines))
    links = (f"  {quoted(a)} -> {quoted(b)} [style=dotted];" for a, b in joint.links)
    return [f"  {quoted(joint.name)} [shape=hexagon, label={said}];", *links]


def _edge(edge: Edge) -> str:
    attributes = [f"dir=both, arrowtail={_ENDS[edge.at_a]}, arrowhead={_ENDS[edge.at_b]}"]
    if edge.stability is not None:
        attributes.append(f"label={quoted(numbers.percent(edge.stability))}")
    if edge.hidden_cause:
        attributes.append("style=dashed")
    if edge.on_path:
        attributes.append("penwidth=2")
    return f"  {quoted(edge.a)} -> {quoted(edge.b)} [{', '.join(attributes)}];"
