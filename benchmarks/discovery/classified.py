"""What is wrong with a PAG, by kind, and counted into tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from benchmarks.discovery.cases import Case
from cadet.model.graph import PAG, Mark

KINDS = (
    "extra edge",
    "missing edge",
    "false tail",
    "false arrowhead",
    "unwarranted tail",
    "unwarranted arrowhead",
    "missing mark",
)
WORDS = {Mark.TAIL: "tail", Mark.ARROW: "arrowhead"}


@dataclass(frozen=True)
class Row:
    """What an engine, run with a hash seed, said about a case; None where it failed or took too long."""

    setting: str
    case: Case
    engine: str
    hash_seed: str
    pag: PAG | None


def wrong(case: Case, pag: PAG) -> Counter[str]:
    """Count the edges and marks of each kind.

    false: the generating graph has the opposite. unwarranted: the generating graph has it, but another graph with the
    same independences, in agreement with the same knowledge, has the opposite. missing: all such graphs have it.
    """
    found = Counter({"extra edge": _edges(pag, case.mag), "missing edge": _edges(case.mag, pag)})
    for edge, mark in pag.marks.items():
        truth, shared = case.mag.marks.get(edge), case.invariant.get(edge)
        if truth is None or shared is None:
            continue
        if mark is Mark.CIRCLE:
            found["missing mark"] += shared is not Mark.CIRCLE
        elif mark is not truth:
            found[f"false {WORDS[mark]}"] += 1
        elif shared is Mark.CIRCLE:
            found[f"unwarranted {WORDS[mark]}"] += 1
    return +found


def _edges(some: PAG, other: PAG) -> int:
    return len(set(some.marks) - set(other.marks)) // 2


def markdown(rows: Iterable[Row]) -> str:
    """Return the table of kinds, and how often the hash seed changed a graph."""
    kept = list(rows)
    first = next((row.hash_seed for row in kept), "")
    head = ["setting", "engine", "graphs", "wrong graphs", "failed", *KINDS]
    lines = ["| " + " | ".join(head) + " |", "| --- | --- |" + " ---: |" * (len(head) - 2)]
    for setting in dict.fromkeys(row.setting for row in kept):
        for engine in sorted({row.engine for row in kept if row.setting == setting}):
            of = [r for r in kept if (r.setting, r.engine, r.hash_seed) == (setting, engine, first)]
            lines.append("| " + " | ".join([setting, engine, *_line(of)]) + " |")
    return "\n".join(lines) + "\n\n" + _hash_seeds(kept)


def _line(rows: list[Row]) -> list[str]:
    counts = [wrong(row.case, row.pag) for row in rows if row.pag is not None]
    graphs = {kind: sum(kind in count for count in counts) for kind in KINDS}
    marks = {kind: sum(count[kind] for count in counts) for kind in KINDS}
    cells = [f"{marks[kind]} ({graphs[kind]})" if marks[kind] else "0" for kind in KINDS]
    return [str(len(rows)), str(sum(map(bool, counts))), str(len(rows) - len(counts)), *cells]


def _hash_seeds(rows: list[Row]) -> str:
    lines = []
    for setting in dict.fromkeys(row.setting for row in rows):
        graphs: dict[str, dict[str, str]] = {}
        for row in rows:
            if row.setting == setting and row.engine == "causal-learn":
                graphs.setdefault(row.case.name, {})[row.hash_seed] = str(row.pag)
        again = [seen for seen in graphs.values() if len(seen) > 1]
        if again:
            differ = sum(len(set(seen.values())) > 1 for seen in again)
            seeds = len(again[0])
            lines.append(f"- {setting}: {differ} of {len(again)} graphs of causal-learn differ over {seeds} hash seeds")
    return "\n".join(lines) + "\n" if lines else ""
