"""What is wrong with a PAG, by kind, and counted into tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from benchmarks.discovery.cases import Case
from benchmarks.discovery.oracles import Said
from benchmarks.discovery.witness import refuted, unwarranted
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
WITNESSES = 100  # marks looked at for each setting and engine
WORDS = {Mark.TAIL: "tail", Mark.ARROW: "arrowhead"}


@dataclass(frozen=True)
class Row:
    """What an engine, run with a hash seed, said about a case; None where it failed or took too long."""

    setting: str
    case: Case
    engine: str
    hash_seed: str
    said: Said | None


def wrong(case: Case, said: Said) -> Counter[tuple[str, str]]:
    """Count the edges and marks by kind and by the step that put the mark.

    false: the generating graph has the opposite. unwarranted: the generating graph has it, but another graph with the
    same independences, in agreement with the same knowledge, has the opposite. missing: all such graphs have it.
    """
    extra, missing = _edges(said.pag, case.mag), _edges(case.mag, said.pag)
    found = Counter({("extra edge", ""): extra, ("missing edge", ""): missing})
    for edge, mark in said.pag.marks.items():
        truth, shared = case.mag.marks.get(edge), case.invariant.get(edge)
        if truth is None or shared is None:
            continue
        if mark is Mark.CIRCLE:
            found["missing mark", ""] += shared is not Mark.CIRCLE
        elif mark is not truth:
            found[f"false {WORDS[mark]}", said.by.get(edge, "")] += 1
        elif shared is Mark.CIRCLE:
            found[f"unwarranted {WORDS[mark]}", said.by.get(edge, "")] += 1
    return +found


def _edges(some: PAG, other: PAG) -> int:
    return len(set(some.marks) - set(other.marks)) // 2


def markdown(rows: Iterable[Row]) -> str:
    """Return the tables of kinds and of steps, and how often the hash seed changed a graph."""
    kept = list(rows)
    first = [row for row in kept if row.hash_seed == kept[0].hash_seed]
    return "\n\n".join([_kinds(first), _steps(first), _witnesses(first), _hash_seeds(kept)]) + "\n"


def _groups(rows: Sequence[Row]) -> dict[tuple[str, str], list[Row]]:
    groups: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        groups.setdefault((row.setting, row.engine), []).append(row)
    return groups


def _kinds(rows: Sequence[Row]) -> str:
    lines = []
    for (setting, engine), of in _groups(rows).items():
        counts = [wrong(row.case, row.said) for row in of if row.said is not None]
        cells = [str(len(of)), str(sum(map(bool, counts))), str(len(of) - len(counts))]
        for kind in KINDS:
            marks = sum(n for count in counts for (k, _), n in count.items() if k == kind)
            graphs = sum(any(k == kind for k, _ in count) for count in counts)
            cells.append(f"{marks} ({graphs})" if marks else "0")
        lines.append([setting, engine, *cells])
    return table(["setting", "engine", "graphs", "with a difference", "failed", *KINDS], lines)


def _steps(rows: Sequence[Row]) -> str:
    lines = []
    for (setting, engine), of in _groups(rows).items():
        total: Counter[tuple[str, str]] = sum((wrong(r.case, r.said) for r in of if r.said is not None), Counter())
        lines += [[setting, engine, kind, step, str(n)] for (kind, step), n in sorted(total.items()) if step]
    return table(["setting", "engine", "kind", "put by", "marks"], lines)


def _witnesses(rows: Sequence[Row]) -> str:
    """Say for how many marks that our own engine left open a graph was found that refutes them."""
    lines = []
    for (setting, engine), of in _groups(rows).items():
        open_ = [(r.case, edge) for r in of if r.said and not r.case.counted for edge in unwarranted(r.case, r.said)]
        if open_:
            sure = sum(refuted(case, edge) for case, edge in open_[:WITNESSES])
            lines.append(f"- {setting}, {engine}: {sure} of the first {min(WITNESSES, len(open_))} of {len(open_)} "
                         "unwarranted marks refuted by a graph with exactly the same separations")  # fmt: skip
    return "\n".join(lines)


def table(head: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    """Return a markdown table."""
    rows = [head, ["---"] * len(head), *lines]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def _hash_seeds(rows: Sequence[Row]) -> str:
    lines = []
    for (setting, engine), of in _groups(rows).items():
        graphs: dict[str, dict[str, str]] = {}
        for row in of:
            graphs.setdefault(row.case.name, {})[row.hash_seed] = "" if row.said is None else str(row.said.pag)
        again = [seen for seen in graphs.values() if len(seen) > 1]
        if again:
            differ = sum(len(set(seen.values())) > 1 for seen in again)
            seeds = len(again[0])
            lines.append(f"- {setting}: {differ} of {len(again)} graphs of {engine} differ over {seeds} hash seeds")
    return "\n".join(lines)
