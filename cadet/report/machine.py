"""The JSON contract `cadet.diagnosis/1`, strict: every number is finite, what is missing is null with its reason.

Beside the diagnosis it holds what else the report shows: commands, costs, fronts, noise, the graph with its evidence.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping

from cadet.protocols import Story
from cadet.report import answer, costs, edge_evidence, evidence, graph_view, numbers, plain, quality, tradeoff
from cadet.report.numbers import NO_REASON


def to_json(story: Story) -> str:
    """Return the diagnosis as JSON text that any strict parser reads."""
    told = {**_beside(story), **story.diagnosis.to_dict()}
    return json.dumps(strict(told), ensure_ascii=False, allow_nan=False, indent=2) + "\n"


def _beside(story: Story) -> dict[str, object]:
    fix = answer.best_fix(story.diagnosis)
    repeated = quality.repetitions(story)
    return {
        "plainly": plain.plain(story.diagnosis),
        "instructions": [step.to_dict() for step in story.instructions],
        "costs": list(costs.costs(story, fix)) if fix else [],
        "side_effects": {e.objective.name: e.change.to_dict() for e in costs.side_effects(story, fix)} if fix else {},
        "fronts": [_front(shown) for shown in tradeoff.tradeoffs(story)],
        "noise": {seen.goal.label: seen.noise.to_dict() for seen in repeated},
        "drift": {seen.goal.label: seen.drift.to_dict() for seen in repeated},
        "runs_by_status": evidence.statuses(story.runs),
        "left_out": [
            {"column": c.column, "reason": c.reason} for c in (story.dataset.left_out if story.dataset else ())
        ],
        "graph": _graph(story),
        "commands": list(story.commands),
        "versions": dict(story.versions),
        "environment": dict(story.environment or {}),
    }


def _front(shown: tradeoff.Tradeoff) -> dict[str, object]:
    labels = (shown.x.label, shown.y.label)
    points = [{"configuration": c.says, **dict(zip(labels, (c.x, c.y), strict=True))} for c in shown.front]
    return {"objectives": list(labels), "front": points, "measured": len(shown.candidates)}


def _graph(story: Story) -> object:
    view = graph_view.view(story)
    if view is None or story.graph is None:
        return None
    edges = edge_evidence.evidences(story, view, edge_evidence.observed(story))
    found = [
        {
            "a": e.edge.a, "b": e.edge.b, "at_a": e.edge.at_a.value, "at_b": e.edge.at_b.value,
            "stability": e.edge.stability, "strength": e.strength, "reads": e.edge.reads, "rule": e.edge.rule,
            "association": {"kind": e.association.kind, **e.association.value.to_dict()} if e.association else None,
        }
        for e in edges
    ]  # fmt: skip
    return {"nodes": {node.name: node.role.value for node in view.nodes}, "edges": found, "lonely": list(view.lonely)}


def strict(data: object) -> object:
    """Return `data` with infinite and undefined numbers as null, and a reason beside every null estimate."""
    if isinstance(data, Mapping):
        return _with_reason({str(key): strict(value) for key, value in data.items()})
    if isinstance(data, list | tuple):
        return [strict(item) for item in data]
    if isinstance(data, float) and not math.isfinite(data):
        return None
    item = getattr(data, "item", None)  # a numpy scalar
    return strict(item()) if callable(item) else data


def _with_reason(data: dict[str, object]) -> dict[str, object]:
    is_estimate = data.keys() >= {"estimate", "low", "high"}
    if is_estimate and None in (data["estimate"], data["low"], data["high"]) and not data.get("reason"):
        return data | {"reason": NO_REASON}
    return data


def flat(values: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Yield (key, text) of a nested mapping, keys joined by dots."""
    for key, value in values.items():
        if isinstance(value, Mapping):
            yield from flat(value, f"{prefix}{key}.")
        elif isinstance(value, list | tuple):
            yield f"{prefix}{key}", ", ".join(numbers.value(item) for item in value) or "nothing"
        else:
            yield f"{prefix}{key}", "not known" if value is None else numbers.value(value)
