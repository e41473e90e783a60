"""What the page knows of its graph when a reader points at it: facts of every edge, values of every node."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence

import numpy as np

from cadet.model.diagnosis import Diagnosis
from cadet.report import joint as joint_of
from cadet.report.association import Array, Columns
from cadet.report.edge_evidence import EdgeEvidence
from cadet.report.graph_view import GraphView
from cadet.report.joint import Joint

MOST_VALUES = 80  # points of a scatter plot; more of them tell an eye nothing new
_DIGITS = 4


def graph_data(view: GraphView, edges: Sequence[EdgeEvidence], seen: Columns | None, diagnosis: Diagnosis) -> str:
    """Return the data as JSON that may stand inside of an HTML element."""
    data = {
        "nodes": {node.name: _node(node.name, node.role.value, seen) for node in view.nodes}
        | {joint.name: {"role": "only together"} for joint in view.joints},
        "edges": [
            {"a": e.edge.a, "b": e.edge.b, "stability": e.edge.stability, "name": str(e.edge), "facts": e.facts()}
            for e in edges
        ]
        + [_link(joint, pair, joint_of.says(diagnosis, joint.node)) for joint in view.joints for pair in joint.links],
    }
    return embedded(data)


def embedded(data: object) -> str:
    """Return JSON in which nothing can end the element that it stands in."""
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def _node(name: str, role: str, seen: Columns | None) -> dict[str, object]:
    if seen is None or name not in seen.values:
        return {"role": role}
    known: dict[str, object] = {"role": role, "values": _thinned(seen.values[name])}
    return known | ({"levels": seen.levels[name]} if name in seen.levels else {})


def _link(joint: Joint, pair: tuple[str, str], says: str) -> dict[str, object]:
    facts = [("says", f"{joint.name} acts only together"), ("tested", says)]
    return {
        "a": pair[0],
        "b": pair[1],
        "stability": None,
        "name": f"{pair[0]} ··· {pair[1]}",
        "facts": facts,
        "joint": True,
    }


def _thinned(values: Array) -> Sequence[float | None]:
    """Return at most MOST_VALUES of the values, the same places for every node."""
    places = np.linspace(0, max(len(values) - 1, 0), min(len(values), MOST_VALUES)).round().astype(int)
    return [_rounded(float(values[i])) for i in places]


def _rounded(value: float) -> float | None:
    return float(f"{value:.{_DIGITS}g}") if math.isfinite(value) else None
