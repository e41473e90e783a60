"""A diagnosis read back from its JSON: the inverse of `Diagnosis.to_dict`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cadet.errors import UsageError
from cadet.model.diagnosis import SCHEMA, Counts, Diagnosis, Fault, Fix, Reuse, RootCause, Verdict
from cadet.model.effect import CausalPath, Estimate
from cadet.model.functional import FunctionalNode
from cadet.model.objective import Goal, Objective
from cadet.model.option import Configuration
from cadet.model.space import Change

Json = Mapping[str, Any]


def diagnosis_of(data: Json, objectives: Sequence[Objective]) -> Diagnosis:
    """Return the diagnosis that `data` holds; `objectives` are those of its target.

    Raises UsageError for another schema.
    """
    if data.get("schema") != SCHEMA:
        raise UsageError(f"this is no {SCHEMA} document: its schema is {data.get('schema')!r}")
    known = {o.name: o for o in objectives}
    return Diagnosis(
        target=data["target"],
        objectives=tuple(known[name] for name in data["objectives"]),
        goals=tuple(_goal(goal, known) for goal in data["goal_details"]),
        verdict=Verdict(data["verdict"]),
        fault=Fault(Configuration(data["fault"]["configuration"]), _estimates(data["fault"]["measured"])),
        fixes=tuple(map(_fix, data["fixes"])),
        root_causes=tuple(map(_root_cause, data["root_causes"])),
        paths=tuple(map(_path, data["paths"])),
        smallest_detectable_effect=data["smallest_detectable_effect"],
        with_consent=tuple(map(_fix, data["with_consent"])),
        counts=Counts(**data["measurements"]),
        measuring_s=data["seconds"]["measuring"],
        thinking_s=data["seconds"]["thinking"],
        notes=tuple(data["notes"]),
        reuse=_reuse(data.get("earlier")),
        functional_nodes=tuple(map(_functional, data.get("functional_nodes", ()))),
        pareto=tuple(map(_fix, data.get("pareto", ()))),
    )


def _functional(data: Json) -> FunctionalNode:
    first, second = data["options"]
    return FunctionalNode(data["expression"], (first, second), data["objective"], _estimate(data["together"]),
                          _estimate(data["apart"]), data["apart_at"], tuple(data["into"]))  # fmt: skip


def _reuse(data: Json | None) -> Reuse | None:
    return None if data is None else Reuse(**{**data, "reason": data["reason"] or ""})


def _goal(data: Json, known: Mapping[str, Objective]) -> Goal:
    return Goal(known[data["objective"]], data["threshold"], data["source"], Configuration(data["level"]))


def _estimate(data: Json) -> Estimate:
    return Estimate(data["estimate"], data["low"], data["high"], data.get("repetitions"), data.get("reason"))


def _estimates(data: Json) -> dict[str, Estimate]:
    return {name: _estimate(estimate) for name, estimate in data.items()}


def _fix(data: Json) -> Fix:
    return Fix(
        changes=tuple(Change(name, c["from"], c["to"]) for name, c in data["changes"].items()),
        configuration=Configuration(data["configuration"]),
        predicted=_estimates(data["predicted"]),
        probability_of_goal=data["probability_of_goal"],
        potential=data["potential"],
        control=data["control"],
        consent=frozenset(data["consent"]),
        measured=_estimates(data["measured"]),
        gain=_estimates(data["gain"]),
        pairs=data["pairs"],
        verdict=Verdict(data["verdict"]) if data["verdict"] else None,
        runs_to_decide=data["runs_to_decide"],
        reason=data["reason"] or "",
    )


def _root_cause(data: Json) -> RootCause:
    return RootCause(
        option=data["option"],
        expression=data["expression"],
        effect=_estimates(data["effect"]),
        ablation=_estimates(data["ablation"]),
        stability=data["stability"],
        paths=tuple(tuple(nodes) for nodes in data["paths"]),
    )


def _path(data: Json) -> CausalPath:
    strengths = tuple(data.get("strengths", ()))  # documents of earlier versions have none
    return CausalPath(tuple(data["nodes"]), data["score"], _estimate(data["ace"]), data["stability"], strengths)
