"""The engine beside each other strategy: paired differences, over all cases or within a family or device."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cadet.bench.bootstrap import paired_interval
from cadet.bench.results import Record, present

COMPARED = ("minimal", "f1", "small")  # on which the engine is to lead
SHARES = ("minimal", "f1")  # of these, the ones that are shares: more is better
REFERENCE = "cadet"
BEHIND = 0.05  # shares by which being behind in a family counts
ALL = "all"


def differences(
    records: Sequence[Record], reference: str = REFERENCE, *, by_family: bool = False
) -> list[dict[str, Any]]:
    """Return, for each goal, (family,) other strategy and compared metric, the paired difference reference - other.

    Worlds and devices are the clusters; within a device, which is but one, its faults are.
    """
    cells: dict[tuple[str, str, str, str], dict[str, float]] = {}
    systems: dict[str, dict[str, str]] = {}
    for record in present(records):
        family = str(record["family"]) if by_family else ALL
        for metric in COMPARED:
            if isinstance(value := record.get(metric), int | float):
                case = f"{record['case']}/{record['seed']}"
                systems.setdefault(family, {})[case] = str(record["system"])
                cells.setdefault((str(record["goal"]), family, metric, str(record["strategy"])), {})[case] = value
    told: list[dict[str, Any]] = []
    for (goal, family, metric, strategy), values in sorted(cells.items()):
        ours = cells.get((goal, family, metric, reference))
        gap = paired_interval(ours, values, _clusters(systems[family])) if ours and strategy != reference else None
        if gap is not None:
            told.append({"goal": goal, "family": family, "metric": metric, "strategy": strategy, "gap": gap})
    return told


def behind(records: Sequence[Record], reference: str = REFERENCE) -> list[dict[str, Any]]:
    """Return the differences within families and devices in which the engine is significantly behind by over .05."""
    found = [d for d in differences(records, reference, by_family=True) if d["metric"] in SHARES]
    return [d for d in found if d["gap"].mean < -BEHIND and d["gap"].high is not None and d["gap"].high < 0]


def _clusters(systems: dict[str, str]) -> dict[str, str]:
    """Return what is resampled as a whole, by session; the sessions of one fault are no independent evidence."""
    return systems if len(set(systems.values())) > 1 else {session: session.rpartition("/")[0] for session in systems}
