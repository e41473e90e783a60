"""From the log to tables: medians of ratios within repetitions, with the lowest and the highest.

Seconds are CPU seconds of one thread, which are wall seconds on a quiet machine; the log has both.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from statistics import median

from benchmarks.discovery.log import Log, Timing

OURS = "cadet"
MEGABYTE = 1e6
RACES = (("skeleton", "Skeleton"), ("fci", "FCI"), ("density", "Skeleton by density"))


def markdown(log: Log) -> str:
    """Return the tables of all parts that were run."""
    sections = [
        *(_race(log, part, title) for part, title in RACES),
        _large(log),
        _subsamples(log),
        _memory(log),
        _first_use(log),
        _growth(log),
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


def tables_of(timings: Iterable[Timing]) -> list[str]:
    """Return the names of the tables in the order they were run."""
    return list(dict.fromkeys(t.table for t in timings))


def ratios(log: Log, part: str, table: str, peer: str, ours: str = OURS) -> list[float]:
    """Return for every repetition CPU seconds of the peer by the median CPU seconds of ours around it."""
    found = []
    for theirs in log.of(part, table, peer):
        near = [t.cpu for t in log.of(part, table, ours) if t.repetition == theirs.repetition and t.cpu is not None]
        if theirs.cpu is not None and near:
            found.append(theirs.cpu / median(near))
    return found


def _race(log: Log, part: str, title: str) -> str:
    rows = []
    for table in tables_of(log.of(part)):
        ours = log.of(part, table, OURS)
        capped = max((t.capped or 0 for t in ours), default=0)
        row = [table, _edges(ours), _seconds(ours), str(capped)]
        for peer in ("causal-learn", "tetrad"):
            theirs = log.of(part, table, peer)
            row += [_edges(theirs), _same(ours, theirs), _seconds(theirs), _ratio(log, part, table, peer)]
        rows.append(row)
    head = ["table", "edges", "cadet", "capped pairs"]
    for peer in ("causal-learn", "Tetrad, warm"):
        head += ["edges", "the same", peer, "ratio"]
    return _table(title, head, rows)


def _large(log: Log) -> str:
    rows = []
    for part in ("large skeleton", "large fci"):
        for table in tables_of(log.of(part)):
            ours = log.of(part, table, OURS)
            rows.append([part, table, _edges(ours), _seconds(ours), str(max(t.capped or 0 for t in ours))])
    return _table("Large", ["part", "table", "edges", "cadet", "capped pairs"], rows)


def _subsamples(log: Log) -> str:
    rows, ours = [], "cadet, 200 halves"
    for part in ("subsamples skeleton", "subsamples fci"):
        for table in tables_of(log.of(part)):
            theirs = log.of(part, table, "causal-learn")
            ratio = _ratio(log, part, table, "causal-learn", ours)
            rows.append([part, table, _seconds(log.of(part, table, ours)), _seconds(theirs), ratio])
    return _table("Subsamples", ["part", "table", "200 halves by cadet", "one run of causal-learn", "ratio"], rows)


def _memory(log: Log) -> str:
    rows = [
        [t.part, t.table, _human(t.cpu), *(f"{t.details[k] / MEGABYTE:.0f} MB" for k in ("before", "peak"))]
        for part in ("memory skeleton", "memory fci")
        for t in log.of(part)
        if t.details
    ]
    return _table("Memory", ["part", "table", "CPU seconds", "peak before the run", "peak after it"], rows)


def _first_use(log: Log) -> str:
    rows = []
    for run, name in enumerate(("nothing compiled", "compiled code on disk")):
        seen = [t.details for t in log.of("first use") if t.run == run and t.details]
        if seen:
            rows.append([name, *(_human(median(d[k] for d in seen)) for k in seen[0])])
    keys = next((list(t.details) for t in log.of("first use") if t.details), [])
    return _table("First use in a new process (p = 20, n = 1000)", ["", *keys], rows)


def _growth(log: Log) -> str:
    tables = tables_of(t for part in ("growth skeleton", "growth fci") for t in log.of(part))
    rows = [
        [table, *(_seconds(log.of(f"growth {what}", table, OURS)) for what in ("skeleton", "fci"))] for table in tables
    ]
    return _table("Growth", ["table", "skeleton", "FCI"], rows)


def _edges(timings: Sequence[Timing]) -> str:
    return ", ".join(str(n) for n in sorted({t.edges for t in timings if t.edges is not None})) or "–"


def _same(ours: Sequence[Timing], theirs: Sequence[Timing]) -> str:
    graphs = {t.graph for t in theirs if t.seconds is not None}
    return "–" if not graphs else "yes" if graphs == {t.graph for t in ours} else "no"


def _seconds(timings: Sequence[Timing]) -> str:
    seen = [t.cpu for t in timings if t.cpu is not None]
    return _human(median(seen)) if seen else next((t.note for t in timings if t.note), "–")


def _human(seconds: float | None) -> str:
    if seconds is None:
        return "–"
    return f"{seconds:.3g} s" if seconds >= 0.1 else f"{seconds * 1e3:.3g} ms"


def _ratio(log: Log, part: str, table: str, peer: str, ours: str = OURS) -> str:
    seen = ratios(log, part, table, peer, ours)
    if seen:
        return f"**{_round(median(seen))}** ({_round(min(seen))}–{_round(max(seen))}; {len(seen)})"
    spent = [t.details["cpu spent"] for t in log.of(part, table, peer) if t.details]
    near = [t.cpu for t in log.of(part, table, ours) if t.cpu is not None]
    return f"> {_round(spent[0] / median(near))}" if spent and near else "–"


def _table(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    if not rows:
        return ""
    lines = [f"## {title}", "", "| " + " | ".join(head) + " |", "| --- |" + " ---: |" * (len(head) - 1)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def _round(ratio: float) -> str:
    """Three significant digits, without an exponent."""
    return f"{float(f'{ratio:.3g}'):,.12g}"
