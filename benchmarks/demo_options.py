"""Which options of the demo matter: one change at a time, from the deployed configuration and from a tuned one.

    python benchmarks/demo_options.py [BLOCKS] [DIRECTORY]

Randomised complete blocks: every block runs the reference and every change once, in random order; a ratio is taken
within a block and the median over the blocks is shown, with the lowest and the highest. Prints a markdown table.
"""

from __future__ import annotations

import random
import statistics
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cadet.demo import ingest, prepare

TUNED = {
    "journal_mode": "wal",
    "synchronous": "full",
    "page_size": 4096,
    "cache_size": 4096,
    "mmap_size": 16777216,
    "temp_store": "memory",
    "locking_mode": "exclusive",
    "auto_vacuum": "none",
    "wal_autocheckpoint": 1000,
    "sort_threads": 0,
    "rows_per_transaction": 1000,
    "statements": "batched",
    "connection": "kept",
    "begin": "deferred",
    "build_indexes": "after",
    "cluster_by": "arrival",
    "fetch": "joined",
}
ELSEWHERE = {"sort_threads": 2, "begin": "exclusive", "wal_autocheckpoint": 10}  # where tuned and deployed agree
SEED = 1


def measure(settings: Mapping[str, Any], directory: Path) -> tuple[float, float]:
    """Return wall and CPU seconds of one run."""
    wall, cpu = time.perf_counter(), time.process_time()
    ingest.run(settings, directory)
    return time.perf_counter() - wall, time.process_time() - cpu


def changes(reference: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the reference and each configuration that takes one value from `other`."""
    alternatives = {o: other[o] if other[o] != reference[o] else ELSEWHERE[o] for o in reference}
    return {"": dict(reference)} | {o: {**reference, o: value} for o, value in alternatives.items()}


def in_blocks(cells: Mapping[str, Mapping[str, Any]], blocks: int, directory: Path) -> dict[str, list[Any]]:
    """Run every cell once per block, in random order."""
    rng = random.Random(SEED)
    seen: dict[str, list[Any]] = {name: [] for name in cells}
    for _ in range(blocks):
        for name in rng.sample(list(cells), len(cells)):
            seen[name].append(measure(cells[name], directory))
    return seen


def ratios(runs: list[Any], reference: list[Any], which: int) -> str:
    """Return the median change within blocks and its range, as text."""
    found = sorted(run[which] / base[which] - 1 for run, base in zip(runs, reference, strict=True))
    return f"{statistics.median(found):+.0%} ({found[0]:+.0%} … {found[-1]:+.0%})"


def main(blocks: int = 9, directory: str | None = None) -> None:
    """Measure and print."""
    demo = prepare(Path(directory) if directory else None)
    print(f"<!-- {demo.note}; {blocks} blocks -->")
    deployed = dict(demo.fault)
    for title, reference, other in (("deployed", deployed, TUNED), ("tuned", TUNED, deployed)):
        cells = changes(reference, other)
        seen = in_blocks(cells, blocks, demo.directory)
        wall, cpu = (statistics.median(run[i] for run in seen[""]) for i in (0, 1))
        print(f"\n| from {title}: {wall:.3f} s wall, {cpu:.3f} s CPU | to | wall | CPU |\n| --- | --- | --- | --- |")
        for name in cells:
            if name:
                row = (f"{name} = {reference[name]}", str(cells[name][name]),
                       ratios(seen[name], seen[""], 0), ratios(seen[name], seen[""], 1))  # fmt: skip
                print(f"| {' | '.join(row)} |", flush=True)


if __name__ == "__main__":
    main(*(int(a) if a.isdigit() else a for a in sys.argv[1:]))  # type: ignore[arg-type]
