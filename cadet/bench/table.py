"""Records as a table: one row for each strategy and goal, means with intervals over worlds and devices."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cadet.bench.bootstrap import Interval, mean_interval
from cadet.bench.gaps import COMPARED, behind, differences
from cadet.bench.metrics import calibration
from cadet.bench.results import Record, present

METRICS: Mapping[str, str] = {
    "met": "goal met",
    "minimal": "minimal",
    "irreducible": "irreducible",
    "precision": "precision",
    "recall": "recall",
    "f1": "F1",
    "jaccard": "ACE-weighted Jaccard",
    "false": "false fixes",
    "excess": "excess changes",
    "gain": "gain",
    "share": "share of possible gain",
    "regret": "regret",
    "first": "measurements to success",
    "small": "to small success",
    "first_of_all": "configurations to success",
    "small_of_all": "configurations to small success",
    "measurements": "measurements",
    "total": "all configurations",
    "pair_runs": "verification runs",
    "path_precision": "path precision",
    "path_recall": "main path in first 3",
    "thinking": "s per decision",
    "slowest": "s of the slowest decision",
}
SHORT = ("met", "minimal", "f1", "false", "excess", "first", "small", "measurements", "thinking")
BRIEF = {"met": "met", "false": "false", "excess": "excess", "first": "first", "small": "small", "thinking": "s",
         "measurements": "meas."}  # fmt: skip
WITHOUT_FIX = ("false", "thinking", "slowest")  # of all cases, also those without a possible fix
SPENT = ("measurements", "total", "pair_runs")  # of cases with a fix: where none exists, all that may be is spent
DECIDABLE = 0.05  # a minimal fix that meets its goals by less is not always confirmed at 3 % noise (decision 0003)


@dataclass(frozen=True)
class Row:
    """One strategy at one goal, in one family (or in all of them)."""

    strategy: str
    goal: str
    family: str
    cases: int
    errors: int
    metrics: Mapping[str, Interval]

    def to_dict(self) -> dict[str, object]:
        """Return plain values."""
        return {"strategy": self.strategy, "goal": self.goal, "family": self.family, "cases": self.cases,
                "errors": self.errors, "metrics": {k: vars(v) for k, v in self.metrics.items()}}  # fmt: skip


def rows(records: Sequence[Record], *, by_family: bool = False) -> list[Row]:
    """Return one row for each goal, strategy (and family); cases without a possible fix count for `false` only."""
    groups: dict[tuple[str, str, str], list[Record]] = {}
    for record in present(records):
        family = str(record["family"]) if by_family else "all"
        groups.setdefault((str(record["goal"]), family, str(record["strategy"])), []).append(record)
    return [Row(strategy, goal, family, len(members), sum(r["error"] is not None for r in members), _means(members))
            for (goal, family, strategy), members in sorted(groups.items())]  # fmt: skip


def decidable(records: Sequence[Record]) -> list[Record]:
    """Return the records of cases whose best minimal fix meets the goals by so much that a verification can tell."""
    return [r for r in present(records) if isinstance(m := r.get("margin"), int | float) and m >= DECIDABLE]


def _means(members: Sequence[Record]) -> dict[str, Interval]:
    fixable = [r for r in members if r.get("least") is not None]
    told: dict[str, Interval] = {}
    for name in METRICS:
        of = members if name in WITHOUT_FIX or (name in SPENT and not fixable) else fixable
        known = [(float(v), str(r["system"])) for r in of if isinstance(v := r.get(name), int | float)]
        if known:
            told[name] = mean_interval([v for v, _ in known], [s for _, s in known])
    return told


def calibrations(records: Sequence[Record]) -> dict[str, list[dict[str, Any]]]:
    """Return, by strategy, the calibration of P(goal) in deciles."""
    told: dict[str, list[tuple[float, bool]]] = {}
    for record in present(records):
        pairs = record.get("promises")
        if isinstance(pairs, list) and pairs:
            told.setdefault(str(record["strategy"]), []).extend((float(p), bool(came)) for p, came in pairs)
    return {s: [{"stated": a, "came_true": b, "cases": n} for a, b, n in calibration(pairs)]
            for s, pairs in told.items()}  # fmt: skip


def document(records: Sequence[Record]) -> dict[str, object]:
    """Return everything as plain values for JSON."""
    return {
        "schema": "cadet.bench/1",
        "rows": [row.to_dict() for row in rows(records)],
        "decidable": [row.to_dict() for row in rows(decidable(records))],
        "families": [row.to_dict() for row in rows(records, by_family=True)],
        "differences": [{**d, "gap": vars(d["gap"])} for d in differences(records)],
        "behind": [{**d, "gap": vars(d["gap"])} for d in behind(records)],
        "coverage": coverages(records),
        "calibration": calibrations(records),
        "errors": [{"key": r["key"], "error": r["error"]} for r in present(records) if r["error"]],
    }


def markdown(records: Sequence[Record], metrics: Sequence[str] = SHORT, *, by_family: bool = False) -> str:
    """Return a table in Markdown."""
    header = ["goal", *(["family"] if by_family else []), "strategy", "cases", *(METRICS[m] for m in metrics)]
    lines = [_line(header), _line(["---"] * len(header))]
    for row in rows(records, by_family=by_family):
        family = [row.family] if by_family else []
        cells = [_cell(row.metrics.get(m)) for m in metrics]
        errors = f" ({row.errors} failed)" if row.errors else ""
        lines.append(_line([row.goal, *family, row.strategy, f"{row.cases}{errors}", *cells]))
    return "\n".join(lines) + "\n"


def report(records: Sequence[Record]) -> str:
    """Return every table in Markdown: overall, all metrics, differences, calibration, by family and device."""
    parts = [
        "## Overall\n\n" + markdown(records),
        f"## Cases that can be decided\n\nThe best minimal fix meets its goals by {DECIDABLE:.0%} or more.\n\n"
        + markdown(decidable(records)),
        "## Every metric\n\n" + markdown(records, [m for m in METRICS if m not in SHORT]),
        "## Paired differences\n\nEngine less other strategy, by case and seed.\n\n" + difference_table(records),
        "## Where another is ahead\n\n" + behind_table(records),
        "## Calibration of P(goal)\n\n" + calibration_table(records),
        "## Intervals\n\n" + coverage_table(records),
        "## By family and device\n\n" + markdown(records, by_family=True),
    ]
    return "\n".join(parts)


def difference_table(records: Sequence[Record]) -> str:
    """Return the paired differences of the engine and every other strategy in Markdown."""
    lines = [_line(["goal", "strategy", *(METRICS[m] for m in COMPARED)]), _line(["---"] * (2 + len(COMPARED)))]
    gaps = {(g["goal"], g["strategy"], g["metric"]): g["gap"] for g in differences(records)}
    for goal, strategy in sorted({(str(g), str(s)) for g, s, _ in gaps}):
        cells = [gaps.get((goal, strategy, m)) for m in COMPARED]
        lines.append(_line([goal, strategy, *(_cell(c if isinstance(c, Interval) else None) for c in cells)]))
    return "\n".join(lines) + "\n"


def behind_table(records: Sequence[Record]) -> str:
    """Return where another strategy is ahead, in Markdown; a sentence where none is."""
    found = behind(records)
    if not found:
        return "In no family and on no device is another strategy ahead by more than .05, significantly.\n"
    lines = [_line(["goal", "family", "strategy", "metric", "engine less other"]), _line(["---"] * 5)]
    lines += [_line([d["goal"], d["family"], d["strategy"], METRICS[d["metric"]], _cell(d["gap"])]) for d in found]
    return "\n".join(lines) + "\n"


def calibration_table(records: Sequence[Record]) -> str:
    """Return how often what was stated came true in Markdown."""
    lines = [_line(["strategy", "stated", "came true", "cases"]), _line(["---"] * 4)]
    lines += [_line([strategy, f"{c['stated']:.3f}", f"{c['came_true']:.3f}", str(c["cases"])])
              for strategy, cells in calibrations(records).items() for c in cells]  # fmt: skip
    return "\n".join(lines) + "\n"


def coverage_table(records: Sequence[Record]) -> str:
    """Return how many of the intervals hold the truth in Markdown."""
    lines = [_line(["strategy", "95 % intervals", "hold the truth", "intervals"]), _line(["---"] * 4)]
    lines += [_line([c["strategy"], c["kind"], f"{c['share']:.3f}", str(c["intervals"])]) for c in coverages(records)]
    return "\n".join(lines) + "\n"


def coverages(records: Sequence[Record]) -> list[dict[str, Any]]:
    """Return, by strategy, the share of its 95 % intervals that hold the truth, predicted and measured ones."""
    held: dict[tuple[str, str], list[bool]] = {}
    for record in present(records):
        for kind in ("predicted", "measured"):
            stated = record.get(kind)
            if isinstance(stated, list) and stated:
                held.setdefault((str(record["strategy"]), kind), []).extend(stated)
    return [{"strategy": s, "kind": kind, "share": sum(cells) / len(cells), "intervals": len(cells)}
            for (s, kind), cells in sorted(held.items())]  # fmt: skip


def text(
    records: Sequence[Record], metrics: Sequence[str] = SHORT, *, by_family: bool = False
) -> tuple[list[str], list[list[str]]]:
    """Return header and lines for a terminal: means without their intervals, which would not fit."""
    header = ["goal", *(["family"] if by_family else []), "strategy", "n", *(BRIEF.get(m, METRICS[m]) for m in metrics)]
    lines = []
    for row in rows(records, by_family=by_family):
        family = [row.family] if by_family else []
        means = [_short(row.metrics[m].mean) if m in row.metrics else "–" for m in metrics]
        lines.append([row.goal, *family, row.strategy, str(row.cases), *means])
    return header, lines


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _cell(interval: Interval | None) -> str:
    if interval is None:
        return "–"
    show: Callable[[float], str] = _short
    if interval.low is None or interval.high is None:
        return show(interval.mean)
    return f"{show(interval.mean)} [{show(interval.low)}, {show(interval.high)}]"


def _short(value: float) -> str:
    if abs(value) >= 10:
        return f"{value:.1f}"
    return f"{value:.2f}".replace("0.", ".", 1) if abs(value) < 1 else f"{value:.2f}"
